/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on interrupts of one CPU. */
#include "bench.h"
#include "cpu.h"
#include "gic.h"
#include "machine.h"

#define SGI_SELF       0
#define ISR_I	       BIT(7) /* ISR_EL1: an IRQ is pending */
#define CNT_CTL_ENABLE BIT(0)

static void virtual_eoi_setup(void)
{
	local_irq_disable();
}

static void virtual_eoi_prepare(void)
{
	u64 start = counter_read();

	gic_send_sgi(SGI_SELF, this_cpu()->mpidr);
	while (!(read_sysreg(isr_el1) & ISR_I))
		if (counter_read() - start > BENCH_WAIT_S * counter_hz())
			return bench_fail("an SGI to the own CPU is not pending after ten seconds");
}

static void virtual_eoi_body(void)
{
	u32 intid = gic_ack();

	gic_eoi(intid);
	if (intid != SGI_SELF)
		bench_fail("another interrupt came instead of the SGI");
}

const struct bench_op op_virtual_eoi = {
	.name = "virtual-eoi",
	.flags = OP_PREPARE_TRAPS,
	.setup = virtual_eoi_setup,
	.prepare = virtual_eoi_prepare,
	.body = virtual_eoi_body,
};

static u32 timer_fired, timer_expected;

static void timer_handler(u32 intid)
{
	(void)intid;
	write_sysreg(cntv_ctl_el0, 0);
	isb();
	timer_fired++;
}

static void timer_setup(void)
{
	if (!machine.virt_timer_intid)
		return bench_fail("no virtual timer interrupt in the device tree");
	timer_fired = timer_expected = 0;
	write_sysreg(cntv_ctl_el0, 0);
	isb();
	gic_set_handler(machine.virt_timer_intid, timer_handler);
	gic_enable_ppi(machine.virt_timer_intid);
}

/*
 * Programmed for now, so that the sample has no waiting in it: programme, take, stop the timer,
 * complete.
 */
static void timer_body(void)
{
	timer_expected++;
	write_sysreg(cntv_cval_el0, read_sysreg(cntvct_el0));
	write_sysreg(cntv_ctl_el0, CNT_CTL_ENABLE);
	isb();
	bench_wait(&timer_fired, timer_expected, "the timer interrupt did not come in ten seconds");
}

static void timer_teardown(void)
{
	write_sysreg(cntv_ctl_el0, 0);
	isb();
	if (machine.virt_timer_intid)
		gic_disable_ppi(machine.virt_timer_intid);
}

const struct bench_op op_timer = {
	.name = "timer",
	.setup = timer_setup,
	.body = timer_body,
	.teardown = timer_teardown,
};
