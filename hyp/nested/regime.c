/* SPDX-License-Identifier: Apache-2.0 */
#include "nested/regime.h"
#include "cpu/features.h"
#include "cpu/hcr.h"
#include "cpu/sysreg.h"
#include "cpu/tlb.h"
#include "mm/at.h"
#include "nested/shadow.h"
#include "nested/tlbi.h"
#include "nested/world.h"
#include "vm/vm.h"

/* {E2H,TGE} = {1,1}: what names EL1&0 acts on vEL2's own EL2&0 regime, AT S12E1R too. */
static bool el1_means_el20(const struct vcpu *v)
{
	u64 both = HCR_E2H | HCR_TGE;

	return (world_hcr(v) & both) == both;
}

static bool offered(const struct tlbi_op *op)
{
	return !op->nxs && (!op->range || cpu_features.tlbirange) &&
	       (op->share != TLBI_OS || cpu_features.tlbios);
}

/* vEL2's own regime: VMID of the hyp context, the EL1&0 operations of the hardware. */
static void tlbi_own(struct vcpu *v, struct tlbi_op *op, u64 rt)
{
	switch (op->kind) {
	case TLBI_ALL_E2:
		op->kind = TLBI_VMALL_E1;
		break;
	case TLBI_VA_E2:
		/* Without E2H there is no ASID: the tables run with ASID 0 and nG clear or set. */
		op->kind = v->e2h ? TLBI_VA_E1 : TLBI_VAA_E1;
		break;
	default:
		break;
	}
	tlb_flush_stage1(v->hw.vttbr, op, rt);
}

enum exit_action regime_tlbi(struct vcpu *v, u32 key, u64 val)
{
	struct tlbi_op op;

	if (!tlbi_decode(key, val, &op) || !offered(&op))
		return EXIT_UNDEF;
	switch (op.kind) {
	case TLBI_ALL_E2:
	case TLBI_VA_E2:
		tlbi_own(v, &op, val);
		break;
	case TLBI_VMALL_E1:
	case TLBI_VA_E1:
	case TLBI_VAA_E1:
	case TLBI_ASID_E1:
		if (el1_means_el20(v)) {
			tlbi_own(v, &op, val);
			break;
		}
		/* fall through */
	case TLBI_ALL_E1:
	case TLBI_VMALLS12:
	case TLBI_IPA_S2:
		shadow_tlbi(v, &op, val);
		break;
	}
	return EXIT_ADVANCE;
}

static void s1_common(const struct vcpu *v, struct s1walk_cfg *s1)
{
	s1->granules = cpu_features.s1_granules;
	s1->pa_bits = vm_ipa_bits;
	s1->ttst = cpu_features.ttst;
	s1->hw_af = cpu_features.hafdbs >= 1;
	s1->hw_dbm = cpu_features.hafdbs >= 2;
	s1->hpds = cpu_features.hpds;
	s1->e0pd = cpu_features.e0pd;
	s1->epan = cpu_features.epan;
	s1->pan = v->pstate & PSTATE_PAN;
}

/* vEL1's regime, as its registers in the page say. */
static void s1_guest(struct vcpu *v, u64 hcr, struct s1walk_cfg *s1)
{
	const struct vncr_page *p = v->vncr;

	*s1 = (struct s1walk_cfg){
		.regime = S1_EL10,
		.sctlr = p->sctlr_el1,
		.tcr = p->tcr_el1,
		.ttbr0 = p->ttbr0_el1,
		.ttbr1 = p->ttbr1_el1,
		.mair = p->mair_el1,
		.dc = hcr & HCR_DC,
	};
	/* With TGE, SCTLR_EL1.M counts as 0 (Arm ARM, HCR_EL2.TGE). */
	if (hcr & HCR_TGE)
		s1->sctlr &= ~SCTLR_M;
	s1_common(v, s1);
}

static void s1_own(struct vcpu *v, struct s1walk_cfg *s1)
{
	*s1 = (struct s1walk_cfg){
		.regime = v->e2h ? S1_EL20 : S1_EL2,
		.sctlr = world_read_ctx(v, CTX_SCTLR_EL2),
		.tcr = world_read_ctx(v, CTX_TCR_EL2),
		.ttbr0 = world_read_ctx(v, CTX_TTBR0_EL2),
		.ttbr1 = world_read_ctx(v, CTX_TTBR1_EL2),
		.mair = world_read_ctx(v, CTX_MAIR_EL2),
	};
	s1_common(v, s1);
}

/* The EL1&0 regime in hardware, which is vEL2's own or its guest's. */
static void s1_live(const struct vcpu *v, struct s1walk_cfg *s1)
{
	*s1 = (struct s1walk_cfg){
		.regime = S1_EL10,
		.sctlr = read_sysreg(SCTLR_EL1),
		.tcr = read_sysreg(TCR_EL1),
		.ttbr0 = read_sysreg(TTBR0_EL1),
		.ttbr1 = read_sysreg(TTBR1_EL1),
		.mair = read_sysreg(MAIR_EL1),
		.nv1 = (v->hw.hcr & HCR_NV) && (v->hw.hcr & HCR_NV1),
		.dc = v->hw.hcr & HCR_DC,
	};
	if (v->hw.hcr & HCR_TGE)
		s1->sctlr &= ~SCTLR_M;
	s1_common(v, s1);
}

/* L1's stage 2 behind it, or NULL. */
static const struct s2walk_cfg *s2_live(struct vcpu *v, struct s2walk_cfg *s2)
{
	if (v->context != IN_GUEST || !v->shadow->stage2)
		return NULL;
	shadow_walk_cfg(v, v->shadow->vttbr, v->shadow->vtcr, s2);
	return s2;
}

u64 regime_translate(struct vcpu *v, gva_t va)
{
	const struct at_op op = {.el = pstate_is_el0(v->pstate) ? 0 : 1, .stage2 = true};
	struct s1walk_cfg s1;
	struct s2walk_cfg s2;

	s1_live(v, &s1);
	return at_translate(&op, &s1, s2_live(v, &s2), v->hw.hcr & HCR_PTW, shadow_read64, v->vm,
			    va);
}

bool regime_stage1(struct vcpu *v, gva_t va, nipa_t *out)
{
	struct s2walk_cfg s2;
	const struct s1walk_tables tables = {
		.s2 = s2_live(v, &s2),
		.read64 = shadow_read64,
		.ctx = v->vm,
		.ptw = v->hw.hcr & HCR_PTW,
	};
	struct s1walk_cfg s1;
	struct s1walk_result res;

	s1_live(v, &s1);
	s1walk(&s1, &tables, va, S1_PR, &res);
	if (res.s2 || (res.fault && res.fault != WALK_PERMISSION)) {
		/*
		 * No TLBI need come for what an access flag says. And where neve cannot read the
		 * tables (they are in no RAM), faults that have their address in HPFAR_EL2 come
		 * instead of this one.
		 */
		if (res.s2)
			shadow_forget(v, NIPA(res.s2fault.ipa));
		else if (res.fault == WALK_EXTERNAL && v->context == IN_GUEST)
			shadow_forget_all(v);
		tlb_flush_local();
		return false;
	}
	*out = NIPA(res.out);
	return true;
}

enum exit_action regime_at(struct vcpu *v, u32 key, gva_t va)
{
	u64 hcr = world_hcr(v);
	struct s1walk_cfg s1;
	struct s2walk_cfg s2;
	struct at_op op;
	bool own;

	if (!at_decode(key, &op))
		return EXIT_UNDEF;
	own = op.el == 2 || el1_means_el20(v);
	if (own) {
		s1_own(v, &s1);
	} else {
		s1_guest(v, hcr, &s1);
		shadow_walk_cfg(v, v->vncr->vttbr_el2, v->vncr->vtcr_el2, &s2);
	}
	write_sysreg(at_translate(&op, &s1, !own && (hcr & (HCR_VM | HCR_DC)) ? &s2 : NULL,
				  hcr & HCR_PTW, shadow_read64, v->vm, va),
		     PAR_EL1);
	return EXIT_ADVANCE;
}
