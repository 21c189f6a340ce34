/* SPDX-License-Identifier: Apache-2.0 */
#include "nested/debug.h"
#include "cpu/features.h"
#include "cpu/hcr.h"
#include "cpu/sysreg.h"
#include "nested/eret.h"
#include "nested/mode.h"
#include "vm/exit.h"

#define TRAPS (MDCR_TDA | MDCR_TDCC)

static void set_mdscr(struct vcpu *v, u64 val)
{
	if (v->hw.mdscr != val) {
		v->hw.mdscr = val;
		write_sysreg(val, MDSCR_EL1);
	}
}

static void set_mdcr(struct vcpu *v, u64 val)
{
	if (v->hw.mdcr != val) {
		v->hw.mdcr = val;
		write_sysreg(val, MDCR_EL2);
	}
}

/* Are debug exceptions from vEL2 vEL2's own? */
static bool debugs_itself(const struct vcpu *v)
{
	return (v->ctx[CTX_MDCR_EL2] & MDCR_TDE) || (v->vncr->hcr_el2 & HCR_TGE);
}

void debug_return_to_hyp(struct vcpu *v)
{
	u64 mdscr;

	if (nested_mode->mdscr_live && !(v->hw.mdcr & MDCR_TDA))
		v->hw.mdscr = v->vncr->mdscr_el1 = read_sysreg(MDSCR_EL1);
	mdscr = v->vncr->mdscr_el1;
	/* With debug exceptions enabled where it is executed, ERET makes PSTATE.SS 0. */
	if ((v->hw.mdscr & MDSCR_KDE) && debugs_itself(v) && !(read_sysreg(SPSR_EL2) & PSTATE_D))
		v->pstate &= ~PSTATE_SS;
	if ((mdscr & MDSCR_KDE) && !debugs_itself(v)) {
		mdscr &= ~MDSCR_KDE;
		if (nested_mode->mdscr_live)
			set_mdcr(v, v->hw.mdcr | MDCR_TDA);
	}
	set_mdscr(v, mdscr);
	if (pstate_is_el0(v->pstate))
		set_mdcr(v, v->hw.mdcr | (cpu_features.fgt ? MDCR_TDCC : MDCR_TDA));
}

void debug_hide_guest(struct vcpu *v)
{
	if (nested_mode->mdscr_live) {
		/* vEL2 can change the register that counts before it clears PSTATE.D. */
		if (debugs_itself(v))
			return;
		set_mdcr(v, v->hw.mdcr | MDCR_TDA);
	}
	set_mdscr(v, v->hw.mdscr & ~MDSCR_KDE);
}

void debug_open(struct vcpu *v)
{
	if (nested_mode->mdscr_live && (v->hw.mdcr & MDCR_TDA))
		set_mdscr(v, v->vncr->mdscr_el1);
	set_mdcr(v, v->hw.mdcr & ~TRAPS);
}

enum exit_action debug_access(struct vcpu *v, const struct sysreg_desc *d, bool read, unsigned rt)
{
	if (!(v->hw.mdcr & TRAPS))
		return EXIT_UNDEF;
	if (pstate_is_el0(v->pstate))
		return EXIT_FORWARD;
	if (d->id != SR_MDSCR_EL1) {
		debug_open(v);
		return EXIT_RESUME;
	}
	if (read)
		vcpu_set_reg(v, rt, v->vncr->mdscr_el1);
	else
		v->vncr->mdscr_el1 = vcpu_reg(v, rt);
	return EXIT_ADVANCE;
}
