/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stage-2 aborts: of L1 on its own memory, and of L2 on its shadow.
 */
#include "cpu/hcr.h"
#include "cpu/sysreg.h"
#include "nested/regime.h"
#include "nested/shadow.h"
#include "nested/world.h"
#include "vm/exit.h"
#include "vm/mmio.h"
#include "vm/vm.h"

#define FSC_SEA	     0x10 /* synchronous external abort, not on a table walk */
#define FSC_SEA_WALK 0x14 /* + level */
#define FSC_TYPE     0x3c /* fault status without the level */
#define FSC_PERM     0x0c
#define FSC_MMU_LAST 0x0f /* up to here: address size, translation, access flag, permission */
#define FSC_SEA_LAST 0x1f /* up to here: external aborts, on walks too */

static bool is_fetch(u64 esr)
{
	return ESR_EC(esr) == EC_IABT_LOWER;
}

/*
 * The faulting address of stage 2. HPFAR_EL2 has the page; the offset in it is that of FAR_EL2,
 * except for a fault on a stage-1 table, where FAR_EL2 is about the access that walked. A
 * permission fault leaves HPFAR_EL2 UNKNOWN, but on a walk (Arm ARM, HPFAR_EL2): stage 1 has the
 * address. False: it has none any more.
 */
static bool fault_address(struct vcpu *v, u64 esr, u64 far, nipa_t *addr)
{
	u64 page;

	if ((esr & FSC_TYPE) == FSC_PERM && !(esr & ABT_S1PTW))
		return regime_stage1(v, GVA(far), addr);
	page = (read_sysreg(HPFAR_EL2) & GENMASK(43, 4)) << 8;
	*addr = NIPA(esr & ABT_S1PTW ? page : page | (far & (PAGE_SIZE - 1)));
	return true;
}

/*
 * The application that L1 hosts with {E2H,TGE} = {0,1} has its faults of stage 1 in EL2 as well,
 * with nothing in HPFAR_EL2: of an address that is none, as SCTLR_EL1.M counts as 0.
 */
static bool hosted_stage1(struct vcpu *v, u64 esr, u64 far)
{
	nipa_t out;

	return v->context == IN_GUEST && (v->hw.hcr & HCR_TGE) && !(esr & ABT_S1PTW) &&
	       (esr & ABT_FSC) <= FSC_MMU_LAST && !regime_stage1(v, GVA(far), &out);
}

/*
 * What the access asks of stage 2. A stage-1 walk reads; with hardware update it may write. Cache
 * maintenance, which is always reported as a write, reads at EL0; an invalidation may want to be
 * allowed to write. 0: what was not allowed of these two.
 */
static unsigned access_of(u64 esr, bool el0)
{
	if (esr & (is_fetch(esr) ? ABT_S1PTW : ABT_S1PTW | ABT_CM))
		return (esr & FSC_TYPE) == FSC_PERM ? 0 : PERM_R;
	if (is_fetch(esr))
		return el0 ? PERM_XU : PERM_XP;
	return esr & ABT_WNR ? PERM_W : PERM_R;
}

/* External aborts are of the EL below vEL2, but L1 routes them to itself with HCR_EL2.TEA. */
static enum exit_action take_external(struct vcpu *v, u64 esr, u64 far)
{
	if (v->context == IN_GUEST && (world_hcr(v) & HCR_TEA))
		world_take_to_vel2(v, EXC_SYNC, esr, far);
	else
		world_take_own(v, esr, far);
	return EXIT_RESUME;
}

/* As hardware reports an access to an address where there is nothing. */
static enum exit_action external_abort(struct vcpu *v, u64 esr, u64 far)
{
	u64 iss = esr & (ABT_CM | ABT_WNR), ec = is_fetch(esr) ? EC_IABT_LOWER : EC_DABT_LOWER;

	iss |= esr & ABT_S1PTW ? FSC_SEA_WALK | 3 : FSC_SEA;
	return take_external(v, ec << 26 | ESR_IL | iss, far);
}

/* A fault that is the host's to resolve: at an IPA of L1. */
static enum exit_action host_fault(struct vcpu *v, u64 esr, u64 far, u64 ipa)
{
	int r;

	switch (exit_mmio(v, esr, far, ipa)) {
	case MMIO_DONE:
		return EXIT_ADVANCE;
	case MMIO_AGAIN:
		return EXIT_RESUME;
	case MMIO_REFUSED:
		return external_abort(v, esr, far);
	case MMIO_NONE:
		break;
	}
	r = vm_map(v->vm, IPA(ipa));
	if (!r || (r == -ENOMEM && shadow_give(v->vm)))
		return EXIT_RESUME;
	return external_abort(v, esr, far);
}

/* L1's stage 2 refuses: the abort as the hardware would have delivered it to EL2. */
static enum exit_action forward_abort(struct vcpu *v, u64 esr, u64 far, nipa_t nipa, u8 fsc)
{
	v->ctx[CTX_HPFAR_EL2] = (nipa.v >> 8) & GENMASK(43, 4);
	world_take_to_vel2(v, EXC_SYNC, (esr & ~ABT_FSC) | fsc, far);
	return EXIT_RESUME;
}

enum exit_action exit_abort(struct vcpu *v, u64 esr)
{
	u64 far = read_sysreg(FAR_EL2);
	bool el0 = pstate_is_el0(v->pstate);
	nipa_t addr;
	ipa_t ipa;
	u8 fsc;

	fsc = esr & ABT_FSC;
	if (hosted_stage1(v, esr, far)) {
		world_take_to_vel2(v, EXC_SYNC, esr, far);
		return EXIT_RESUME;
	}
	if (!fault_address(v, esr, far, &addr))
		return EXIT_RESUME;
	/*
	 * What stage 2 does not support (0x31, 0x35: an atomic access, or update of a descriptor,
	 * in memory of this type): the type is L1's if it has a stage 2.
	 */
	if (fsc > FSC_SEA_LAST && v->context == IN_GUEST && v->shadow->stage2)
		return forward_abort(v, esr, far, addr, fsc);
	if (fsc > FSC_MMU_LAST)
		return take_external(v, esr, far);
	if (v->context == IN_HYP)
		return host_fault(v, esr, far, addr.v);
	switch (shadow_fault(v, addr, access_of(esr, el0),
			     (esr & ABT_S1PTW) && (world_hcr(v) & HCR_PTW), &fsc, &ipa)) {
	case SHADOW_DONE:
		return EXIT_RESUME;
	case SHADOW_FORWARD:
		return forward_abort(v, esr, far, addr, fsc);
	case SHADOW_HOST:
		break;
	}
	return host_fault(v, esr, far, ipa.v);
}
