/* SPDX-License-Identifier: Apache-2.0 */
#include "sleep.h"

#include "bench.h"
#include "gic.h"
#include "machine.h"
#include "sysreg.h"

#define CNT_CTL_ENABLE BIT(0)

static u32 fired;

static void timer_handler(u32 intid)
{
	(void)intid;
	write_sysreg(cntv_ctl_el0, 0);
	isb();
	fired++;
}

const char *sleep_start(void)
{
	if (!machine.virt_timer_intid)
		return "no virtual timer interrupt in the device tree";
	write_sysreg(cntv_ctl_el0, 0);
	isb();
	gic_set_handler(machine.virt_timer_intid, timer_handler);
	gic_enable_ppi(machine.virt_timer_intid);
	return NULL;
}

void sleep_stop(void)
{
	write_sysreg(cntv_ctl_el0, 0);
	isb();
	if (machine.virt_timer_intid)
		gic_disable_ppi(machine.virt_timer_intid);
}

void sleep_arm(u64 ticks)
{
	local_irq_disable();
	write_sysreg(cntv_cval_el0, counter_read() + ticks);
	write_sysreg(cntv_ctl_el0, CNT_CTL_ENABLE);
	isb();
}

void sleep_wait(void)
{
	u32 before = fired;

	wfi();
	local_irq_enable();
	bench_wait(&fired, before + 1, "the timer interrupt did not come in ten seconds");
}
