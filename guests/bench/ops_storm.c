/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPIs from all CPUs to all CPUs at once. Each CPU starts a token, which goes round all CPUs as an
 * SGI with an INTID of its own. Only who has taken a token sends it on, so that no SGI meets itself
 * pending: each must arrive, and a lost one is seen.
 */
#include "bench.h"
#include "cpu.h"
#include "gic.h"
#include "machine.h"

#define SGI_TOKEN 8 /* and up to MAX_CPUS - 1 more */
#define LAPS	  4

_Static_assert(SGI_TOKEN + MAX_CPUS <= 16, "an SGI for each token");

static u32 hops[MAX_CPUS]; /* that a token has still to make; written by who has it */
static u32 done;	   /* tokens at their end */

static void pass_on(u32 token, u32 from)
{
	gic_send_sgi(SGI_TOKEN + token, cpus[(from + 1) % machine.nr_cpus].mpidr);
}

static void token_handler(u32 intid)
{
	u32 token = intid - SGI_TOKEN;

	if (--hops[token])
		pass_on(token, this_cpu()->id);
	else
		__atomic_fetch_add(&done, 1, __ATOMIC_RELEASE);
}

static void storm_cpu(void)
{
	local_irq_enable();
	for (;;)
		wfi();
}

static void storm_setup(void)
{
	for (u32 i = 0; i < machine.nr_cpus; i++)
		gic_set_handler(SGI_TOKEN + i, token_handler);
	if (!bench_sleep_cpu1())
		return;
	for (u32 i = 2; i < machine.nr_cpus; i++) {
		if (!cpus[i].online && !cpu_start(i, storm_cpu))
			bench_fail("a CPU did not come up in ten seconds (PSCI CPU_ON)");
	}
	bench_describe("%u CPUs, %u SGIs", machine.nr_cpus,
		       machine.nr_cpus * machine.nr_cpus * LAPS);
}

static void storm_body(void)
{
	__atomic_store_n(&done, 0, __ATOMIC_RELAXED);
	for (u32 i = 0; i < machine.nr_cpus; i++)
		hops[i] = LAPS * machine.nr_cpus;
	for (u32 i = 0; i < machine.nr_cpus; i++)
		pass_on(i, i);
	bench_wait(&done, machine.nr_cpus, "an IPI was lost, or took more than ten seconds");
}

const struct bench_op op_ipi_storm = {
	.name = "ipi-storm",
	.flags = OP_NAMED_ONLY,
	.min_cpus = 2,
	.setup = storm_setup,
	.body = storm_body,
};
