/* SPDX-License-Identifier: Apache-2.0 */
/* System registers, barriers and interrupt masking for bare-metal guest payloads. */
#ifndef GUEST_SYSREG_H
#define GUEST_SYSREG_H

#include "types.h"

#define read_sysreg(reg)                                                                           \
	({                                                                                         \
		u64 val_;                                                                          \
		asm volatile("mrs %0, " #reg : "=r"(val_)::"memory");                              \
		val_;                                                                              \
	})

#define write_sysreg(reg, val) asm volatile("msr " #reg ", %x0" ::"rZ"((u64)(val)) : "memory")

#define CURRENTEL_EL2	    (UINT64_C(2) << 2)
#define HCR_EL2_E2H	    BIT(34)
#define HCR_EL2_AMO_IMO_FMO GENMASK(5, 3)
#define MPIDR_AFFINITY	    (GENMASK(39, 32) | GENMASK(23, 0))

/*
 * With HCR_EL2.E2H = 1 the EL1 names used at EL2 reach the EL2 registers, so only EL2 with E2H = 0
 * needs the EL2 names.
 */
static inline bool needs_el2_names(void)
{
	return read_sysreg(CurrentEL) == CURRENTEL_EL2 && !(read_sysreg(hcr_el2) & HCR_EL2_E2H);
}

/* A register of the regime that the payload runs in, by its name without the _ELx. */
#define read_sysreg_elx(reg) (needs_el2_names() ? read_sysreg(reg##_el2) : read_sysreg(reg##_el1))

static inline void isb(void)
{
	asm volatile("isb" ::: "memory");
}

#define dsb(scope) asm volatile("dsb " #scope ::: "memory")

static inline void local_irq_enable(void)
{
	asm volatile("msr daifclr, #2" ::: "memory");
}

static inline void local_irq_disable(void)
{
	asm volatile("msr daifset, #2" ::: "memory");
}

/*
 * For loops that wait for another CPU: QEMU's instruction-counting mode runs one CPU at a time and
 * goes to the next one at a YIELD. A guest's YIELD never traps.
 */
static inline void cpu_relax(void)
{
	asm volatile("yield" ::: "memory");
}

static inline void wfi(void)
{
	asm volatile("dsb sy\n\twfi" ::: "memory");
}

/*
 * The virtual counter, ordered against what stands before and after it. Never traps in a VM of KVM
 * or Xen.
 */
static inline u64 counter_read(void)
{
	u64 val;

	asm volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r"(val)::"memory");
	return val;
}

static inline u64 counter_hz(void)
{
	return read_sysreg(cntfrq_el0);
}

/* A few thousand instructions that access nothing and cannot trap. */
static inline void busy_pause(void)
{
	for (u32 i = 0; i < 1000; i++)
		asm volatile("");
}

/*
 * Between two looks at what another CPU or a device shall do, `elapsed` ticks after the first one:
 * short at first; after a millisecond it hardly comes any more, and YIELDs make emulation slow.
 */
static inline void poll_pause(u64 elapsed)
{
	if (elapsed > counter_hz() / 1000)
		busy_pause();
	cpu_relax();
}

#endif
