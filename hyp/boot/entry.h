/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by entry.S and the C part of the boot; for assembly as well. */
#ifndef NEVE_BOOT_ENTRY_H
#define NEVE_BOOT_ENTRY_H

/* How the CPU came in. All but the first end in one line on the console. */
#define ENTRY_EL2 0 /* EL2 with E2H=0 */
#define ENTRY_EL1 1
#define ENTRY_E2H 2 /* EL2, but HCR_EL2.E2H cannot be cleared */
#define ENTRY_EL3 3

#define STACK_SIZE   0x4000 /* per CPU */
#define STACK_GUARD  0x1000 /* below each stack, never mapped */
#define STACK_STRIDE (STACK_SIZE + STACK_GUARD)
#define STACK_COUNT  8 /* = MAX_CPUS */

/* Offsets in struct boot_mmu */
#define MMU_TTBR  0
#define MMU_TCR	  8
#define MMU_MAIR  16
#define MMU_SCTLR 24

#ifndef __ASSEMBLER__
#include "types.h"

/* What every CPU loads to turn its MMU on; read with the MMU off, so cleaned to memory. */
struct boot_mmu {
	u64 ttbr, tcr, mair, sctlr;
};

_Static_assert(offsetof(struct boot_mmu, ttbr) == MMU_TTBR, "entry.S");
_Static_assert(offsetof(struct boot_mmu, tcr) == MMU_TCR, "entry.S");
_Static_assert(offsetof(struct boot_mmu, mair) == MMU_MAIR, "entry.S");
_Static_assert(offsetof(struct boot_mmu, sctlr) == MMU_SCTLR, "entry.S");
_Static_assert(STACK_COUNT == MAX_CPUS, "entry.S");

extern struct boot_mmu boot_mmu;

/* neve.ld: bounds of the Image's parts, whole pages */
extern char image_start[], text_start[], text_end[], rodata_end[], image_end[];
/* entry.S: STACK_COUNT times guard and stack */
extern char boot_stacks[];

/* entry.S: where PSCI starts the other CPUs; x0 = pcpu */
extern char secondary_entry[];

/* entry.S: data cache maintenance by address, to the point of coherency */
void cache_clean_range(const void *start, u64 size);

/* Called by entry.S, MMU off: no atomics, no unaligned accesses, no libfdt. */
void boot_early_map(u64 kind, hpa_t dtb);

/* Called by entry.S, each on its own stack */
void boot_main(u64 kind, hpa_t dtb) __attribute__((noreturn));
void secondary_main(unsigned int pcpu) __attribute__((noreturn));
void boot_exception(u64 esr, u64 elr, u64 far) __attribute__((noreturn));
#endif

#endif
