/* SPDX-License-Identifier: Apache-2.0 */
#include "nested/world.h"
#include "cpu/features.h"
#include "cpu/hcr.h"
#include "cpu/sysreg.h"
#include "cpu/tlb.h"
#include "gen/context.h"
#include "irq/gic.h"
#include "nested/debug.h"
#include "nested/gic.h"
#include "nested/mode.h"
#include "nested/pmu.h"
#include "nested/timer.h"
#include "nested/vel2_regs.h"
#include "vm/exit.h"
#include "vm/vm.h"

/* Writes a register only when it does not hold the value: many are the same on both sides. */
#define HW(v, field, reg, val)                                                                     \
	do {                                                                                       \
		u64 new_ = (val);                                                                  \
		if ((v)->hw.field != new_) {                                                       \
			(v)->hw.field = new_;                                                      \
			write_sysreg(new_, reg);                                                   \
		}                                                                                  \
	} while (0)

u64 world_hcr(const struct vcpu *v)
{
	return v->vncr->hcr_el2 & ~SYSREG_RES0_HCR_EL2;
}

void world_l1_controls(struct vcpu *v, struct l1_controls *c)
{
	const struct vncr_page *p = v->vncr;

	*c = (struct l1_controls){
		.hcr = world_hcr(v),
		.hcrx = p->hcrx_el2,
		.mdcr = v->ctx[CTX_MDCR_EL2],
		.cptr = world_read_ctx(v, CTX_CPTR_EL2),
		.cnthctl = world_read_ctx(v, CTX_CNTHCTL_EL2),
		.ich_hcr = p->ich_hcr_el2,
		.hstr = p->hstr_el2,
		.hfgrtr = p->hfgrtr_el2,
		.hfgwtr = p->hfgwtr_el2,
		.hfgitr = p->hfgitr_el2,
		.hdfgrtr = p->hdfgrtr_el2,
		.hdfgwtr = p->hdfgwtr_el2,
		.e2h = v->e2h,
		.has_fgt = cpu_features.fgt,
		.has_hcx = cpu_features.hcx,
		.has_sve = cpu_features.sve,
	};
}

/* ---- the EL1 registers ---- */

/*
 * FOR_EACH_EL1_CONTEXT lists the EL1 registers that have an EL2 counterpart. While IN_HYP with E2H
 * they hold that; with E2H = 0 a translation of it; while IN_GUEST they are vEL1's, whose place is
 * the page. ELR, SPSR, ESR and FAR are vEL2's in hardware in both layouts (NV2 redirects).
 */

/*
 * On many implementations, and on QEMU, writing these is a pipeline or TLB flush even if nothing
 * changes. (A constant, also without optimization.)
 */
#define COSTLY(name) (!__builtin_strcmp(name, "TCR_EL1") || !__builtin_strcmp(name, "SCTLR_EL1"))

#define LOAD(reg, val)                                                                             \
	do {                                                                                       \
		u64 val_ = (val);                                                                  \
		if (!COSTLY(#reg) || read_sysreg(reg) != val_)                                     \
			write_sysreg(val_, reg);                                                   \
	} while (0)

/* vEL2's registers -> hardware EL1. */
static void load_hyp_regs(struct vcpu *v)
{
	const u64 *ctx = v->ctx;

	if (v->e2h) {
#define X(el1, slot, el2) LOAD(el1, ctx[CTX_##el2]);
		FOR_EACH_EL1_CONTEXT(X)
#undef X
		write_sysreg(ctx[CTX_CNTHCTL_EL2] & CNTHCTL_IN_CNTKCTL, CNTKCTL_EL1);
	} else {
		LOAD(TCR_EL1, vel2_tcr_to_el1(ctx[CTX_TCR_EL2]));
		LOAD(SCTLR_EL1, vel2_sctlr_to_el1(ctx[CTX_SCTLR_EL2]));
		LOAD(TTBR0_EL1, vel2_ttbr0_to_el1(ctx[CTX_TTBR0_EL2]));
		LOAD(CPACR_EL1, vel2_cptr_to_cpacr(ctx[CTX_CPTR_EL2]));
		LOAD(MAIR_EL1, ctx[CTX_MAIR_EL2]);
		LOAD(AMAIR_EL1, ctx[CTX_AMAIR_EL2]);
		LOAD(AFSR0_EL1, ctx[CTX_AFSR0_EL2]);
		LOAD(AFSR1_EL1, ctx[CTX_AFSR1_EL2]);
		LOAD(VBAR_EL1, ctx[CTX_VBAR_EL2]);
		LOAD(ESR_EL1, ctx[CTX_ESR_EL2]);
		LOAD(FAR_EL1, ctx[CTX_FAR_EL2]);
		LOAD(ELR_EL1, ctx[CTX_ELR_EL2]);
		LOAD(SPSR_EL1, mode_spsr(v, ctx[CTX_SPSR_EL2]));
	}
	write_sysreg(v->sp_el2, SP_EL1);
	if (cpu_features.sve)
		write_sysreg(ctx[CTX_ZCR_EL2], ZCR_EL1);
}

/*
 * vEL2's CPTR_EL2 with E2H = 1 is in CPACR_EL1, where TCPAC and TAM are RES0: they may be held
 * there or not.
 */
static void find_cpacr(struct vcpu *v)
{
	write_sysreg(CPTR_TCPAC | CPTR_TAM, CPACR_EL1);
	v->hw.not_in_cpacr = (CPTR_TCPAC | CPTR_TAM) & ~read_sysreg(CPACR_EL1);
}

static u64 not_in_cpacr(const struct vcpu *v)
{
	return v->ctx[CTX_CPTR_EL2] & v->hw.not_in_cpacr;
}

/* Hardware EL1 -> vEL2's registers: those that vEL2 can write without a trap. */
static void save_hyp_regs(struct vcpu *v)
{
	u64 *ctx = v->ctx;

	if (v->e2h) {
		u64 cptr = not_in_cpacr(v);

#define X(el1, slot, el2) ctx[CTX_##el2] = read_sysreg(el1);
		FOR_EACH_EL1_CONTEXT(X)
#undef X
		ctx[CTX_CPTR_EL2] |= cptr;
		ctx[CTX_CNTHCTL_EL2] = (ctx[CTX_CNTHCTL_EL2] & ~CNTHCTL_IN_CNTKCTL) |
				       (read_sysreg(CNTKCTL_EL1) & CNTHCTL_IN_CNTKCTL);
		if (cpu_features.sve)
			ctx[CTX_ZCR_EL2] = read_sysreg(ZCR_EL1);
	} else {
		ctx[CTX_ESR_EL2] = read_sysreg(ESR_EL1);
		ctx[CTX_FAR_EL2] = read_sysreg(FAR_EL1);
		ctx[CTX_ELR_EL2] = read_sysreg(ELR_EL1);
		ctx[CTX_SPSR_EL2] = mode_spsr(v, read_sysreg(SPSR_EL1));
	}
	v->sp_el2 = read_sysreg(SP_EL1);
}

/* vEL1's registers, from and to the page. */
static void load_guest_regs(struct vcpu *v)
{
	const struct vncr_page *p = v->vncr;

#define X(el1, slot, el2) LOAD(el1, p->slot);
	FOR_EACH_EL1_CONTEXT(X)
#undef X
	write_sysreg(p->sp_el1, SP_EL1);
	if (v->e2h)
		write_sysreg(v->cntkctl_el1, CNTKCTL_EL1);
	if (cpu_features.sve)
		write_sysreg(p->zcr_el1, ZCR_EL1);
}

static void save_guest_regs(struct vcpu *v)
{
	struct vncr_page *p = v->vncr;
	u64 mdscr;

#define X(el1, slot, el2) p->slot = read_sysreg(el1);
	FOR_EACH_EL1_CONTEXT(X)
#undef X
	p->sp_el1 = read_sysreg(SP_EL1);
	/* There is one MDSCR_EL1; below vEL2 accesses to it reach the hardware. */
	mdscr = read_sysreg(MDSCR_EL1);
	p->mdscr_el1 = v->hw.mdscr = mdscr;
	if (mdscr & MDSCR_KDE)
		debug_hide_guest(v);
	if (v->e2h)
		v->cntkctl_el1 = read_sysreg(CNTKCTL_EL1);
	if (cpu_features.sve)
		p->zcr_el1 = read_sysreg(ZCR_EL1);
}

/* ---- trap controls ---- */

/* CPTR_EL2.TZ traps at EL2 as well: neve's accesses to ZCR_ELx have to see that it is 0 again. */
static void load_cptr(struct vcpu *v, u64 cptr)
{
	u64 was = v->hw.cptr;

	if (was == cptr)
		return;
	v->hw.cptr = cptr;
	write_sysreg(cptr, CPTR_EL2);
	if (was & ~cptr & CPTR_TZ)
		isb();
}

/*
 * The hardware clears HCR_EL2.VSE when EL1 takes the SError or an ESB defers it. It was one that
 * neve got for L1, or else L1's own for its guest, which clears the bit in L1's HCR_EL2.
 */
static void follow_vse(struct vcpu *v)
{
	if (!(v->hw.hcr & HCR_VSE))
		return;
	v->hw.hcr = read_sysreg(HCR_EL2);
	if (v->hw.hcr & HCR_VSE)
		return;
	if (v->serror)
		v->serror = 0;
	else
		v->vncr->hcr_el2 &= ~HCR_VSE;
}

static void load_controls(struct vcpu *v, const struct hw_controls *hw)
{
	follow_vse(v);
	HW(v, hcr, HCR_EL2, hw->hcr);
	HW(v, mdcr, MDCR_EL2, hw->mdcr);
	load_cptr(v, hw->cptr);
	HW(v, cnthctl, CNTHCTL_EL2, hw->cnthctl);
	HW(v, hstr, HSTR_EL2, hw->hstr);
	if (cpu_features.hcx)
		HW(v, hcrx, HCRX_EL2, hw->hcrx);
	if (cpu_features.fgt) {
		HW(v, hfgrtr, HFGRTR_EL2, hw->hfgrtr);
		HW(v, hfgwtr, HFGWTR_EL2, hw->hfgwtr);
		HW(v, hfgitr, HFGITR_EL2, hw->hfgitr);
		HW(v, hdfgrtr, HDFGRTR_EL2, hw->hdfgrtr);
		HW(v, hdfgwtr, HDFGWTR_EL2, hw->hdfgwtr);
	}
}

/* neve's own controls, all but those of the PMU the same in both contexts. */
static void own_controls(const struct vcpu *v, enum vcpu_context context, struct hw_controls *c)
{
	*c = (struct hw_controls){
		.hcr = v->own_hcr,
		.mdcr = v->pmu.mdcr[context],
		.cptr = CPTR_RES1 | CPTR_TSM | CPTR_TAM | CPTR_TTA |
			(cpu_features.sve ? 0 : CPTR_TZ),
		.cnthctl = CNTHCTL_EL1PCTEN | CNTHCTL_EL1PCEN,
		.hcrx = cpu_features.mops ? HCRX_MSCEN : 0,
		.hdfgrtr = PMU_HDFGRTR,
		.hdfgwtr = PMU_HDFGWTR,
		/*
		 * The other fine-grained controls stay 0: no positive bit traps; the negative ones
		 * trap what belongs to features that L1 is not offered (SME's TPIDR2_EL0, GCS,
		 * ...).
		 */
	};
}

/*
 * Error records may be of what a cluster of CPUs has in common, and then one VM's write would hide
 * what concerns another: they are the host VM's.
 */
static u64 own_hcr(const struct vcpu *v)
{
	return HCR_RW | HCR_VM | HCR_SWIO | HCR_FMO | HCR_IMO | HCR_AMO | HCR_TSC | HCR_TID3 |
	       HCR_TIDCP | HCR_TACR | (v->vm->plan->owns_machine ? 0 : HCR_TERR);
}

/* Controls of what is not offered, and never changes. Firmware may have left anything in them. */
static void load_constant_controls(void)
{
	if (cpu_features.fgt2) {
		write_sysreg(0, HFGRTR2_EL2);
		write_sysreg(0, HFGWTR2_EL2);
		write_sysreg(0, HFGITR2_EL2);
		write_sysreg(0, HDFGRTR2_EL2);
		write_sysreg(0, HDFGWTR2_EL2);
	}
	if (cpu_features.mpam)
		write_sysreg(MPAM2_TRAPS, MPAM2_EL2);
}

static void load_hyp_controls(struct vcpu *v)
{
	struct hw_controls c;

	own_controls(v, IN_HYP, &c);
	/*
	 * The EL1 forms of AT and TLBI mean L2's translations unless {E2H,TGE} = {1,1}, and vEL2
	 * changes these without a trap.
	 */
	c.hcr |= HCR_AT | HCR_TTLB | HCR_API | HCR_APK;
	nested_mode->hyp_controls(v, &c);
	load_controls(v, &c);
	HW(v, vpidr, VPIDR_EL2, read_sysreg(MIDR_EL1));
	HW(v, vmpidr, VMPIDR_EL2, v->mpidr);
	if (cpu_features.sve && v->hw.sve_limited) {
		write_sysreg(ZCR_LEN_MAX, ZCR_EL2);
		v->hw.sve_limited = false;
	}
}

static void load_guest_controls(struct vcpu *v)
{
	struct hw_controls own, c;
	struct l1_controls l1;

	/* In this order: L1's CPTR_EL2 may make the SVE registers trap here as well. */
	if (cpu_features.sve && (v->ctx[CTX_ZCR_EL2] & ZCR_LEN_MAX) != ZCR_LEN_MAX) {
		write_sysreg(v->ctx[CTX_ZCR_EL2] & ZCR_LEN_MAX, ZCR_EL2);
		v->hw.sve_limited = true;
	}
	own_controls(v, IN_GUEST, &own);
	world_l1_controls(v, &l1);
	route_merge(&l1, &own, &c);
	load_controls(v, &c);
	HW(v, vpidr, VPIDR_EL2, v->vncr->vpidr_el2);
	HW(v, vmpidr, VMPIDR_EL2, v->vncr->vmpidr_el2);
	if (l1.hcr & HCR_VSE)
		write_sysreg(v->vncr->vsesr_el2, VSESR_EL2);
}

void world_sync_mdcr(struct vcpu *v)
{
	u64 own = v->pmu.mdcr[v->context];

	HW(v, mdcr, MDCR_EL2,
	   v->context == IN_HYP ? own | (v->hw.mdcr & (MDCR_TDA | MDCR_TDCC)) /* nested/debug.h */
				: route_merge_mdcr(v->ctx[CTX_MDCR_EL2], own));
}

/* MDSCR_EL1 has a slot, so vEL2's writes may be in memory; debug depends on the real one. */
static void sync_debug(struct vcpu *v)
{
	HW(v, mdscr, MDSCR_EL1, v->vncr->mdscr_el1);
}

/*
 * DISR_EL1 below EL2 is the real VDISR_EL2, as neve's AMO is on. With L1's AMO (or TGE) its guest
 * has another one than vEL2, VDISR_EL2 in the page. Most often all of them are 0: the callers see
 * to that.
 */
static bool guest_has_disr(struct vcpu *v)
{
	return world_hcr(v) & (HCR_AMO | HCR_TGE);
}

static __attribute__((noinline)) void disr_to_guest(struct vcpu *v, u64 disr)
{
	if (!guest_has_disr(v))
		return;
	v->disr = disr;
	write_sysreg(v->vncr->vdisr_el2, VDISR_EL2);
	v->vncr->vdisr_el2 = 0; /* until it is known what the guest leaves */
}

static __attribute__((noinline)) void disr_to_hyp(struct vcpu *v, u64 disr)
{
	if (!guest_has_disr(v))
		return;
	v->vncr->vdisr_el2 = disr;
	write_sysreg(v->disr, VDISR_EL2);
	v->disr = 0;
}

/* ---- the change of context ---- */

/*
 * Walks that what ran has begun go on after its exception. Before its regime's registers change
 * they must be over, or one may put a translation into the TLB that is half of one regime's and
 * half of the other's (Arm ARM, out-of-context translation regimes).
 */
static void finish_walks(void)
{
	dsb(nsh);
}

void world_enter_guest(struct vcpu *v)
{
	u64 disr = read_sysreg(VDISR_EL2), hcr = world_hcr(v);

	finish_walks();
	if (disr | v->vncr->vdisr_el2)
		disr_to_guest(v, disr);
	if (v->points.translated)
		debug_open(v);
	nested_gic_leave(v);
	timer_save(v);
	save_hyp_regs(v);
	mode_save_live(v);
	v->context = IN_GUEST;
	/* DC makes VM behave as 1. */
	shadow_select(v, hcr & (HCR_VM | HCR_DC), v->vncr->vttbr_el2, v->vncr->vtcr_el2);
	HW(v, vttbr, VTTBR_EL2, v->shadow->hw_vttbr);
	/* In this order: L1's CPTR_EL2 may make ZCR_EL1 trap here as well. */
	load_guest_regs(v);
	load_guest_controls(v);
	pmu_change_context(v);
	sync_debug(v);
	timer_restore(v);
	/* With TGE physical interrupts are vEL2's, as with IMO; there are no virtual ones then. */
	nested_gic_enter(v, hcr & (HCR_IMO | HCR_TGE));
}

void world_enter_hyp(struct vcpu *v)
{
	u64 disr = read_sysreg(VDISR_EL2);

	finish_walks();
	if (disr | v->disr)
		disr_to_hyp(v, disr);
	nested_gic_leave(v);
	timer_save(v);
	v->context = IN_HYP;
	HW(v, vttbr, VTTBR_EL2, v->vm->vttbr);
	load_hyp_controls(v);
	pmu_change_context(v);
	save_guest_regs(v);
	load_hyp_regs(v);
	mode_load_live(v);
	timer_restore(v);
	nested_gic_enter(v, false);
}

bool world_follow_e2h(struct vcpu *v)
{
	bool e2h = cpu_features.vhe && (v->vncr->hcr_el2 & HCR_E2H);

	if (e2h == v->e2h)
		return false;
	finish_walks();
	debug_open(v);
	save_hyp_regs(v);
	mode_save_live(v);
	/* CNTKCTL_EL1 is vEL1's with E2H = 0, and vEL2's (CNTHCTL_EL2) with E2H = 1. */
	if (e2h)
		v->cntkctl_el1 = read_sysreg(CNTKCTL_EL1);
	else
		write_sysreg(v->cntkctl_el1, CNTKCTL_EL1);
	timer_save(v);
	v->e2h = e2h;
	load_hyp_controls(v);
	load_hyp_regs(v);
	mode_load_live(v);
	timer_restore(v);
	/* The EL2 and EL2&0 regimes share a VMID here; their entries must not meet. */
	tlb_flush_vmid(v->hw.vttbr);
	return true;
}

void world_load(struct vcpu *v)
{
	/* Nothing is known about the hardware: make every comparison fail, then load. */
	__builtin_memset(&v->hw, 0xff, sizeof(v->hw));
	v->hw.cnthp_on = true;
	v->hw.sve_limited = true;
	v->context = IN_HYP;
	v->own_hcr = own_hcr(v);
	write_sysreg(vm_vtcr, VTCR_EL2);
	load_constant_controls();
	write_sysreg(0, VDISR_EL2);
	pmu_load(v);
	nested_mode->load(v);
	HW(v, vttbr, VTTBR_EL2, v->vm->vttbr);
	load_hyp_controls(v);
	find_cpacr(v);
	load_hyp_regs(v);
	mode_load_live(v);
	sync_debug(v);
	nested_gic_load(v);
	timer_load(v);
	isb();
}

/* ---- vEL2's registers without a slot ---- */

/* With E2H = 0: does the hardware hold something that depends on `r`? */
static bool holds_translation(enum ctx_reg r)
{
	switch (r) {
#define X(el1, slot, el2) case CTX_##el2:
		FOR_EACH_EL1_CONTEXT(X)
		FOR_EACH_EL1_CONTEXT_SVE(X)
#undef X
		return true;
	default:
		return false;
	}
}

u64 world_read_ctx(struct vcpu *v, enum ctx_reg r)
{
	if (v->context != IN_HYP)
		return v->ctx[r];
	if (!v->e2h) {
		/* The hardware takes vEL2's exceptions to EL1 in both layouts. */
		switch (r) {
		case CTX_ESR_EL2:
			return read_sysreg(ESR_EL1);
		case CTX_FAR_EL2:
			return read_sysreg(FAR_EL1);
		case CTX_ELR_EL2:
			return read_sysreg(ELR_EL1);
		case CTX_SPSR_EL2:
			return mode_spsr(v, read_sysreg(SPSR_EL1));
		default:
			return v->ctx[r];
		}
	}
	switch (r) {
#define X(el1, slot, el2)                                                                          \
	case CTX_##el2:                                                                            \
		return read_sysreg(el1) | (CTX_##el2 == CTX_CPTR_EL2 ? not_in_cpacr(v) : 0);
		FOR_EACH_EL1_CONTEXT(X)
#undef X
	case CTX_ZCR_EL2:
		return cpu_features.sve ? read_sysreg(ZCR_EL1) : 0;
	case CTX_CNTHCTL_EL2:
		return (v->ctx[r] & ~CNTHCTL_IN_CNTKCTL) |
		       (read_sysreg(CNTKCTL_EL1) & CNTHCTL_IN_CNTKCTL);
	default:
		return v->ctx[r];
	}
}

void world_write_ctx(struct vcpu *v, enum ctx_reg r, u64 val)
{
	if (v->context != IN_HYP) {
		v->ctx[r] = val;
		return;
	}
	if (!v->e2h) {
		/* The exception registers are live; of the others a translation is. */
		save_hyp_regs(v);
		mode_save_live(v);
		v->ctx[r] = val;
		if (holds_translation(r)) {
			finish_walks();
			load_hyp_regs(v);
			mode_load_live(v);
		}
		return;
	}
	v->ctx[r] = val;
	finish_walks();
	switch (r) {
#define X(el1, slot, el2)                                                                          \
	case CTX_##el2:                                                                            \
		write_sysreg(val, el1);                                                            \
		break;
		FOR_EACH_EL1_CONTEXT(X)
#undef X
	case CTX_ZCR_EL2:
		if (cpu_features.sve)
			write_sysreg(val, ZCR_EL1);
		break;
	case CTX_CNTHCTL_EL2:
		write_sysreg(val & CNTHCTL_IN_CNTKCTL, CNTKCTL_EL1);
		break;
	default:
		break;
	}
}

/* ---- exceptions ---- */

void world_serror(struct vcpu *v, u64 esr)
{
	follow_vse(v); /* the last one */
	v->serror = esr;
}

void world_sync_serror(struct vcpu *v)
{
	u64 esr = v->serror;

	if (!esr)
		return;
	if (v->context == IN_GUEST && (world_hcr(v) & (HCR_AMO | HCR_TGE))) {
		/* Routed to vEL2 from a lower EL: PSTATE.A does not mask it. */
		v->serror = 0;
		world_take_to_vel2(v, EXC_SERROR, esr, 0);
		return;
	}
	/* Else the real EL1 has it pending until it takes it: vEL2, or L1's EL1. */
	follow_vse(v);
	if (v->serror) {
		write_sysreg(esr & GENMASK(24, 0), VSESR_EL2);
		HW(v, hcr, HCR_EL2, v->hw.hcr | HCR_VSE);
	}
}

/* PSTATE.PAN is set by an exception to EL1, and to EL2 when it hosts EL0. */
static bool pan_at_vel2(u64 hcr)
{
	return cpu_features.pan && (hcr & HCR_E2H) && (hcr & HCR_TGE);
}

/* Only aborts, PC alignment faults and watchpoints write FAR_ELx. */
static bool writes_far(u64 esr)
{
	unsigned ec = ESR_EC(esr);

	return (ec >= EC_IABT_LOWER && ec <= EC_DABT_SAME) || ec == 0x34 || ec == 0x35;
}

/* The vector and the saved state, on the live EL1 registers. */
static void enter_vector(struct vcpu *v, enum exception_kind kind, bool lower, bool pan)
{
	u64 vbar = read_sysreg(VBAR_EL1), sctlr = read_sysreg(SCTLR_EL1);
	struct exception_entry e =
		exception_enter(v->pstate, lower, kind, sctlr, pan, cpu_features.nmi);

	v->pc = vbar + e.offset;
	v->pstate = e.pstate;
}

void world_take_to_vel2(struct vcpu *v, enum exception_kind kind, u64 esr, u64 far)
{
	bool was_hyp = v->context == IN_HYP;
	bool lower = !was_hyp || pstate_is_el0(v->pstate);

	if (was_hyp) {
		u64 spsr = spsr_from_real(v->pstate);

		write_sysreg(v->pc, ELR_EL1);
		write_sysreg(mode_spsr(v, spsr), SPSR_EL1);
		if (kind == EXC_SYNC) {
			write_sysreg(esr, ESR_EL1);
			if (writes_far(esr))
				write_sysreg(far, FAR_EL1);
		} else if (kind == EXC_SERROR) {
			write_sysreg(esr, ESR_EL1);
		}
	} else {
		v->ctx[CTX_ELR_EL2] = v->pc;
		v->ctx[CTX_SPSR_EL2] = v->pstate;
		if (kind == EXC_SYNC) {
			v->ctx[CTX_ESR_EL2] = esr;
			if (writes_far(esr))
				v->ctx[CTX_FAR_EL2] = far;
		} else if (kind == EXC_SERROR) {
			v->ctx[CTX_ESR_EL2] = esr;
		}
		world_enter_hyp(v);
		/* The vector is by the state of the EL below EL2: vEL1 is in AArch64. */
		v->pstate &= ~PSTATE_A32;
	}
	enter_vector(v, kind, lower, pan_at_vel2(world_hcr(v)));
}

void world_take_own(struct vcpu *v, u64 esr, u64 far)
{
	bool el0 = pstate_is_el0(v->pstate);
	unsigned ec = ESR_EC(esr);

	/* "From a lower EL" or "without a change of EL": bit 0 of the aborts' and debug's EC. */
	if ((ec >= EC_IABT_LOWER && ec <= EC_DABT_SAME && ec != 0x22) || (ec >= 0x30 && ec <= 0x35))
		esr = (esr & ~BIT(26)) | (el0 ? 0 : BIT(26));
	if (v->context == IN_HYP || (el0 && (world_hcr(v) & HCR_TGE))) {
		world_take_to_vel2(v, EXC_SYNC, esr, far);
		return;
	}
	write_sysreg(v->pc, ELR_EL1);
	write_sysreg(v->pstate, SPSR_EL1);
	write_sysreg(esr, ESR_EL1);
	if (writes_far(esr))
		write_sysreg(far, FAR_EL1);
	enter_vector(v, EXC_SYNC, el0, cpu_features.pan);
}

void world_undef(struct vcpu *v)
{
	world_take_own(v, (u64)EC_UNKNOWN << 26 | ESR_IL, 0);
}
