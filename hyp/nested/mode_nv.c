/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FEAT_NV without NV2 (ARMv8.3): every access of vEL2 to a hypervisor register traps and is
 * emulated into the page. With E2H = 0 most EL1 names mean vEL1's registers, but the hardware traps
 * few of them (HCR_EL2.NV1); the rest is trapped with the controls made for other ends: TVM and
 * TRVM, TACR, CPTR_EL2.TCPAC, CNTHCTL_EL2.EL1PCEN. What none of these reach stays live.
 */
#include "cpu/features.h"
#include "cpu/hcr.h"
#include "cpu/sysreg.h"
#include "nested/mode.h"

static bool supported(void)
{
	return cpu_features.nv;
}

static void nothing(struct vcpu *v)
{
}

static void hyp_controls(const struct vcpu *v, struct hw_controls *c)
{
	c->hcr |= HCR_NV;
	if (v->e2h)
		return;
	c->hcr |= HCR_NV1 | HCR_TVM | HCR_TRVM;
	c->cptr |= CPTR_TCPAC;
	c->cnthctl &= ~CNTHCTL_EL1PCEN;
}

/* MDSCR_EL1 is vEL2's to write, in hardware, in both layouts; it governs debug there as well. */
static void save_live(struct vcpu *v)
{
	if (!(v->hw.mdcr & MDCR_TDA)) /* nested/debug.h */
		v->hw.mdscr = v->vncr->mdscr_el1 = read_sysreg(MDSCR_EL1);
	if (!v->e2h && cpu_features.sve)
		v->vncr->zcr_el1 = read_sysreg(ZCR_EL1);
}

static void load_live(struct vcpu *v)
{
	/* With E2H = 0 the name ZCR_EL1 is vEL1's; vEL2's own limit is then the host's maximum. */
	if (!v->e2h && cpu_features.sve)
		write_sysreg(v->vncr->zcr_el1, ZCR_EL1);
}

const struct nested_mode mode_nv = {
	.name = "nv",
	.needs = "FEAT_NV",
	.supported = supported,
	.load = nothing,
	.hyp_controls = hyp_controls,
	.save_live = save_live,
	.load_live = load_live,
	.virtual_timer_live = true,
	.spsr_real = true,
	.mdscr_live = true,
};
