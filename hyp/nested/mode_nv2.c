/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FEAT_NV2 (ARMv8.4; "NEVE" in the paper): vEL2's accesses to registers with a slot are loads and
 * stores of the VNCR page, those to its own exception registers reach the EL1 ones.
 */
#include "cpu/features.h"
#include "cpu/hcr.h"
#include "cpu/sysreg.h"
#include "nested/mode.h"

static bool supported(void)
{
	return cpu_features.nv2;
}

static void load(struct vcpu *v)
{
	write_sysreg((u64)(uintptr_t)v->vncr, VNCR_EL2);
}

static void hyp_controls(const struct vcpu *v, struct hw_controls *c)
{
	c->hcr |= HCR_NV | HCR_NV2;
	if (v->e2h)
		return;
	c->hcr |= HCR_NV1;
	/* CNTP_TVAL_EL0 has no slot, and means vEL1's timer, which is in the page. */
	c->cnthctl &= ~CNTHCTL_EL1PCEN;
}

/* MDSCR_EL1 and ACTLR_EL1 are memory for vEL2 in both layouts; nothing of vEL1 is live. */
const struct nested_mode mode_nv2 = {
	.name = "nv2",
	.needs = "FEAT_NV2",
	.supported = supported,
	.load = load,
	.hyp_controls = hyp_controls,
};
