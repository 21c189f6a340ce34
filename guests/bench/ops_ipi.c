/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPIs from the boot CPU to CPU 1. CPU 1 is started by the first operation that needs it and then
 * stays: asleep in WFI between the operations, so that it takes nothing from the others.
 */
#include "bench.h"
#include "cpu.h"
#include "gic.h"
#include "machine.h"

#define SGI_PING 1
#define SGI_WAKE 2

enum mode { MODE_SLEEP, MODE_SPIN };

/* Each word is written by one CPU only. */
static u32 mode;				  /* boot CPU: what CPU 1 shall do */
static u32 sent;				  /* boot CPU: pings */
static u32 released;				  /* boot CPU: pings whose sample is over */
static u32 mode_seen;				  /* CPU 1 */
static u32 received __attribute__((aligned(64))); /* CPU 1: pings acknowledged */
static u32 settled;				  /* CPU 1: pings completed, and waiting for more */

static void ping_handler(u32 intid)
{
	(void)intid;
	__atomic_store_n(&received, received + 1, __ATOMIC_RELEASE);
}

static void wake_handler(u32 intid)
{
	(void)intid;
}

static void responder_spin(void)
{
	while (__atomic_load_n(&mode, __ATOMIC_ACQUIRE) == MODE_SPIN) {
		u32 n = __atomic_load_n(&received, __ATOMIC_RELAXED);

		__atomic_store_n(&settled, n, __ATOMIC_RELEASE);
		cpu_relax();
	}
}

/* Going back to sleep is no part of a sample: not before it is over. */
static void wait_release(void)
{
	while (__atomic_load_n(&released, __ATOMIC_ACQUIRE) != received &&
	       __atomic_load_n(&mode, __ATOMIC_ACQUIRE) == MODE_SLEEP)
		cpu_relax();
}

/* A change of mode comes with an SGI, which ends a WFI also while masked: no wake-up is lost. */
static void responder_sleep(void)
{
	wait_release();
	local_irq_disable();
	__atomic_store_n(&settled, received, __ATOMIC_RELEASE);
	if (__atomic_load_n(&mode, __ATOMIC_ACQUIRE) == MODE_SLEEP)
		wfi();
	local_irq_enable();
	isb();
}

static void responder_main(void)
{
	local_irq_enable();
	for (;;) {
		u32 now = __atomic_load_n(&mode, __ATOMIC_ACQUIRE);

		__atomic_store_n(&mode_seen, now, __ATOMIC_RELEASE);
		if (now == MODE_SPIN)
			responder_spin();
		else
			responder_sleep();
	}
}

static void set_mode(enum mode m)
{
	__atomic_store_n(&released, sent, __ATOMIC_RELEASE);
	__atomic_store_n(&mode, m, __ATOMIC_RELEASE);
	gic_send_sgi(SGI_WAKE, cpus[1].mpidr);
	bench_wait(&mode_seen, m, "CPU 1 did not change its mode in ten seconds");
}

static bool start_responder(void)
{
	if (cpus[1].online)
		return true;
	gic_set_handler(SGI_PING, ping_handler);
	gic_set_handler(SGI_WAKE, wake_handler);
	if (cpu_start(1, responder_main))
		return true;
	bench_fail("CPU 1 did not come up in ten seconds (PSCI CPU_ON)");
	return false;
}

bool bench_sleep_cpu1(void)
{
	if (!start_responder())
		return false;
	set_mode(MODE_SLEEP);
	return true;
}

static void ipi_setup(void)
{
	if (start_responder())
		set_mode(MODE_SPIN);
}

static void release(void)
{
	__atomic_store_n(&released, sent, __ATOMIC_RELEASE);
}

/* The last ping must be complete: one that meets an active SGI would take longer. */
static void ipi_prepare(void)
{
	release();
	bench_wait(&settled, sent, "CPU 1 did not complete the IPI in ten seconds");
}

static void ipi_body(void)
{
	__atomic_store_n(&sent, sent + 1, __ATOMIC_RELAXED);
	gic_send_sgi(SGI_PING, cpus[1].mpidr);
	bench_wait(&received, sent, "CPU 1 did not get the IPI in ten seconds");
}

static void ipi_teardown(void)
{
	if (cpus[1].online && mode != MODE_SLEEP)
		set_mode(MODE_SLEEP);
}

const struct bench_op op_virtual_ipi = {
	.name = "virtual-ipi",
	.min_cpus = 2,
	.setup = ipi_setup,
	.prepare = ipi_prepare,
	.body = ipi_body,
	.teardown = ipi_teardown,
};

static void ipi_idle_setup(void)
{
	bench_sleep_cpu1();
}

/*
 * CPU 1 says that it is about to sleep; then its hypervisor gets time to put it to sleep (KVM polls
 * for up to half a millisecond first).
 */
static void ipi_idle_prepare(void)
{
	ipi_prepare();
	bench_settle();
}

const struct bench_op op_virtual_ipi_idle = {
	.name = "virtual-ipi-idle",
	.flags = OP_PREPARE_TRAPS,
	.min_cpus = 2,
	.setup = ipi_idle_setup,
	.prepare = ipi_idle_prepare,
	.body = ipi_body,
	.teardown = release, /* or CPU 1 would stay awake */
};
