/* SPDX-License-Identifier: Apache-2.0 */
/*
 * neve-probe. Options in the device tree's bootargs:
 * tests=regs,traps,exc,abort,debug,irq,guard,random,insn,values (these), pmu (on a machine with
 * -icount). More options: traps.c, regs.c, random.c. Runs at EL2 with the MMU off, on one CPU.
 */
#include "bootargs.h"
#include "console.h"
#include "exception.h"
#include "machine.h"
#include "probe.h"

static const struct {
	const char *name;
	void (*run)(void);
	bool asked; /* only when asked for */
} tests[] = {
	{"regs", probe_regs, false},   {"traps", probe_traps, false},
	{"exc", probe_exc, false},     {"abort", probe_abort, false},
	{"debug", probe_debug, false}, {"irq", probe_irq, false},
	{"guard", probe_guard, false}, {"random", probe_random, false},
	{"insn", probe_insn, false},   {"values", probe_values, false},
	{"pmu", probe_pmu, true},
};

void payload_abort(const char *why)
{
	console_printf("probe: failed: %s\n", why);
}

static bool wanted(const char *name, bool asked)
{
	size_t len;
	const char *list = bootargs_find(machine.bootargs, "tests", &len);

	return list ? bootargs_list_has(list, len, name) : !asked;
}

/* The image is mapped where it lies, so that the change is seamless. */
static void mmu_off(void)
{
	write_sysreg(sctlr_el2, read_sysreg(sctlr_el2) & ~UINT64_C(0x5)); /* M, C */
	isb();
}

void payload_main(void)
{
	if (read_sysreg(CurrentEL) != CURRENTEL_EL2)
		fatal("found EL1, expected EL2; for QEMU: -M virt,virtualization=on");
	mmu_off();
	write_sysreg(vbar_el2, (u64)enter_vectors);
	isb();
	thunks_init();
	console_printf("probe: begin\n");
	for (u32 i = 0; i < ARRAY_SIZE(tests); i++) {
		if (wanted(tests[i].name, tests[i].asked))
			tests[i].run();
	}
	console_printf("probe: end\n");
}
