/* SPDX-License-Identifier: Apache-2.0 */
/*
 * neve-mmu: see mmu.h. Option in the device tree's bootargs: cases=own,stage2,s2-tlbi,vmid,xnx,
 * s2-update,guest,flip,sparse,device,random,smp (these); seeds=8, of random; trace=1: sparse asks
 * neve for memory for tracing as well. Runs at EL2 with the MMU off but for the cases of EL2's own
 * stage 1; with HCR_EL2.E2H = 0, with 1, and with 0 again. On one CPU, but for smp, which is left
 * out where there is no second one.
 *
 * On the console: one line a case, `mmu: end lines=N wrong=N`, or `mmu: failed: WHY`.
 */
#include "bootargs.h"
#include "console.h"
#include "exception.h"
#include "gic.h"
#include "machine.h"
#include "mmu.h"

#define HCR_TSC BIT(19)
#define HCR_RW	BIT(31)
#define HCR_APK BIT(40)
#define HCR_API BIT(41)

static const struct {
	const char *name;
	void (*run)(void);
	u32 passes; /* 3: once more with E2H = 0, after it was 1 */
} cases[] = {
	{"own", cases_own, 2},	     {"stage2", cases_stage2, 3}, {"s2-tlbi", cases_s2_tlbi, 2},
	{"vmid", cases_vmid, 3},     {"xnx", cases_xnx, 2},	  {"s2-update", cases_s2_update, 2},
	{"guest", cases_guest, 2},   {"flip", cases_flip, 1},	  {"sparse", cases_sparse, 2},
	{"device", cases_device, 2}, {"random", cases_random, 2}, {"smp", cases_smp, 2},
};

struct granule granules[NR_GRANULES] = {
	{"4k", 12, 0 << 14, 1, false, false},
	{"16k", 14, 2 << 14, 2, false, false},
	{"64k", 16, 1 << 14, 3, false, false},
};

bool has_tlbi_os, has_tlbi_range, has_ttl, has_xnx, has_vmid16, has_ttst, has_af, has_dbm, has_hpd,
	e2h;
u64 random_seeds = 8, greedy;

void payload_abort(const char *why)
{
	console_printf("mmu: failed: %s\n", why);
}

void enter_stray(u64 vector, u64 esr, u64 elr, u64 far, u64 spsr)
{
	fatal("exception in the payload itself: vector 0x%lx esr 0x%lx elr 0x%lx far 0x%lx spsr 0x%lx",
	      vector, esr, elr, far, spsr);
}

/* A stage-2 field of ID_AA64MMFR0_EL1 is 1: none, 0: as stage 1, else there is. */
static bool stage2_too(u64 field, bool stage1)
{
	return field ? field != 1 : stage1;
}

static void find_features(void)
{
	u64 mmfr0 = read_sysreg(id_aa64mmfr0_el1), mmfr1 = read_sysreg(id_aa64mmfr1_el1);
	u64 mmfr2 = read_sysreg(id_aa64mmfr2_el1), isar0 = read_sysreg(id_aa64isar0_el1);

	granules[0].stage1 = FIELD(mmfr0, 31, 28) != 15;
	granules[1].stage1 = FIELD(mmfr0, 23, 20) != 0;
	granules[2].stage1 = FIELD(mmfr0, 27, 24) != 15;
	granules[0].stage2 = stage2_too(FIELD(mmfr0, 43, 40), granules[0].stage1);
	granules[1].stage2 = stage2_too(FIELD(mmfr0, 35, 32), granules[1].stage1);
	granules[2].stage2 = stage2_too(FIELD(mmfr0, 39, 36), granules[2].stage1);
	has_tlbi_os = FIELD(isar0, 59, 56) >= 1;
	has_tlbi_range = FIELD(isar0, 59, 56) >= 2;
	has_ttl = FIELD(mmfr2, 51, 48);
	has_ttst = FIELD(mmfr2, 31, 28);
	has_xnx = FIELD(mmfr1, 31, 28);
	has_vmid16 = FIELD(mmfr1, 7, 4) == 2;
	has_af = FIELD(mmfr1, 3, 0) >= 1;
	has_dbm = FIELD(mmfr1, 3, 0) >= 2;
	has_hpd = FIELD(mmfr1, 15, 12);
	for (u32 i = 0; i < NR_GRANULES; i++)
		console_printf("mmu: granule %s stage1=%u stage2=%u\n", granules[i].name,
			       granules[i].stage1, granules[i].stage2);
	console_printf("mmu: os=%u range=%u ttl=%u ttst=%u xnx=%u vmid16=%u af=%u dbm=%u\n",
		       has_tlbi_os, has_tlbi_range, has_ttl, has_ttst, has_xnx, has_vmid16, has_af,
		       has_dbm);
}

static bool wanted(const char *name)
{
	size_t len;
	const char *list = bootargs_find(machine.bootargs, "cases", &len);

	return !list || bootargs_list_has(list, len, name);
}

/* The image is mapped where it lies, so that the change is seamless. */
static void mmu_off(void)
{
	write_sysreg(sctlr_el2, read_sysreg(sctlr_el2) & ~UINT64_C(0x5)); /* M, C */
	isb();
}

void set_e2h(bool on)
{
	write_sysreg(hcr_el2, HCR_RW | HCR_TSC | HCR_APK | HCR_API | (on ? HCR_EL2_E2H : 0));
	isb();
	/*
	 * An access that traps to a hypervisor below: where the write to HCR_EL2 is to memory, it
	 * learns of it here.
	 */
	(void)read_sysreg(sctlr_el2);
	e2h = on;
}

void payload_main(void)
{
	const char *wrong_gic;

	if (read_sysreg(CurrentEL) != CURRENTEL_EL2)
		fatal("found EL1, expected EL2; for QEMU: -M virt,virtualization=on");
	wrong_gic = machine.nr_cpus > 1 ? gic_init() : NULL;
	if (wrong_gic)
		fatal("%s", wrong_gic);
	mmu_off();
	write_sysreg(vbar_el2, (u64)enter_vectors);
	isb();
	console_printf("mmu: begin\n");
	find_features();
	if (!bootargs_number(machine.bootargs, "seeds", 0, 1000000, &random_seeds) ||
	    !bootargs_number(machine.bootargs, "greedy", 0, 1, &greedy))
		fatal("found another seeds= or greedy= in the bootargs, expected a number");
	for (u32 pass = 0; pass < 3; pass++) {
		set_e2h(pass == 1);
		console_printf("mmu: pass %u e2h=%u\n", pass, e2h);
		for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
			if (pass < cases[i].passes && wanted(cases[i].name))
				cases[i].run();
		}
	}
	console_printf("mmu: end lines=%u wrong=%u\n", lines, wrong);
}
