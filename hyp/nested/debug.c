/* SPDX-License-Identifier: Apache-2.0 */
#include "nested/debug.h"
#include "cpu/esr.h"
#include "cpu/features.h"
#include "cpu/hcr.h"
#include "cpu/sysreg.h"
#include "nested/breakpoint.h"
#include "nested/eret.h"
#include "nested/mode.h"
#include "nested/world.h"
#include "vm/exit.h"

#define TRAPS (MDCR_TDA | MDCR_TDCC)

#define OSLSR_OSLK BIT(1)
#define OSDLR_DLK  BIT(0)

/* ISS of EC_STEP_LOWER: ISV, IFSC "debug exception"; EX is 0, as neve executes no load-exclusive.
 */
#define ISS_STEPPED (BIT(24) | 0x22)

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

/* Are debug exceptions vEL2's, those from vEL2 among them? */
static bool debugs_itself(const struct vcpu *v)
{
	return (v->ctx[CTX_MDCR_EL2] & MDCR_TDE) || (v->vncr->hcr_el2 & HCR_TGE);
}

/* The architecture's AArch64.GenerateDebugExceptions() with MDSCR_EL1.SS, for what runs now. */
static bool steps(const struct vcpu *v)
{
	u64 mdscr = read_sysreg(MDSCR_EL1);

	if (!(mdscr & MDSCR_SS) || (read_sysreg(OSLSR_EL1) & OSLSR_OSLK) ||
	    (read_sysreg(OSDLR_EL1) & OSDLR_DLK))
		return false;
	return (v->context == IN_GUEST && debugs_itself(v)) || pstate_is_el0(v->pstate) ||
	       ((mdscr & MDSCR_KDE) && !(v->pstate & PSTATE_D));
}

void debug_stepped(struct vcpu *v)
{
	u64 esr = (u64)EC_STEP_LOWER << 26 | ESR_IL | ISS_STEPPED;

	v->pstate &= ~PSTATE_SS;
	if (!steps(v))
		return;
	if (v->context == IN_GUEST && debugs_itself(v))
		world_take_to_vel2(v, EXC_SYNC, esr, 0);
	else
		world_take_own(v, esr, 0);
}

void debug_return_to_guest(struct vcpu *v)
{
	if ((v->pstate & PSTATE_SS) && !steps(v))
		v->pstate &= ~PSTATE_SS;
}

void debug_return_to_hyp(struct vcpu *v)
{
	bool stepped = false;
	u64 mdscr;

	if (nested_mode->mdscr_live && !(v->hw.mdcr & MDCR_TDA))
		v->hw.mdscr = v->vncr->mdscr_el1 = read_sysreg(MDSCR_EL1);
	mdscr = v->vncr->mdscr_el1;
	/* With debug exceptions enabled where it is executed, ERET makes PSTATE.SS 0. */
	if ((v->hw.mdscr & MDSCR_KDE) && debugs_itself(v)) {
		u64 spsr = read_sysreg(SPSR_EL2);

		if (!(spsr & PSTATE_D)) {
			v->pstate &= ~PSTATE_SS;
			stepped = spsr & PSTATE_SS;
		}
	}
	if (mdscr & MDSCR_KDE) {
		bool own = debugs_itself(v);

		if (!own)
			mdscr &= ~MDSCR_KDE;
		else if (mdscr & MDSCR_MDE)
			breakpoints_translate(v);
		if (v->points.translated || (!own && nested_mode->mdscr_live))
			set_mdcr(v, v->hw.mdcr | MDCR_TDA);
	}
	set_mdscr(v, mdscr);
	if (pstate_is_el0(v->pstate))
		set_mdcr(v, v->hw.mdcr | (cpu_features.fgt ? MDCR_TDCC : MDCR_TDA) |
				    (v->ctx[CTX_MDCR_EL2] & (MDCR_TPM | MDCR_TPMCR)));
	if (stepped)
		debug_stepped(v);
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
	breakpoints_restore(v);
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
	if (breakpoints_access(v, d, read, rt))
		return EXIT_ADVANCE;
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
