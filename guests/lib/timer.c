/* SPDX-License-Identifier: Apache-2.0 */
#include "timer.h"

#include "machine.h"

#define CNT_CTL_ENABLE BIT(0)

static bool at_el2(void)
{
	return read_sysreg(CurrentEL) == CURRENTEL_EL2;
}

u32 timer_intid(void)
{
	return at_el2() ? machine.hyp_timer_intid : machine.virt_timer_intid;
}

void timer_set(u64 at)
{
	if (at_el2()) {
		write_sysreg(cnthp_cval_el2, at);
		write_sysreg(cnthp_ctl_el2, CNT_CTL_ENABLE);
	} else {
		write_sysreg(cntv_cval_el0, at);
		write_sysreg(cntv_ctl_el0, CNT_CTL_ENABLE);
	}
	isb();
}

void timer_off(void)
{
	if (at_el2())
		write_sysreg(cnthp_ctl_el2, 0);
	else
		write_sysreg(cntv_ctl_el0, 0);
	isb();
}
