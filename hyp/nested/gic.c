/* SPDX-License-Identifier: Apache-2.0 */
#include "nested/gic.h"
#include "cpu/sysreg.h"
#include "irq/gic.h"
#include "irq/vgic.h"
#include "nested/timer.h"
#include "nested/world.h"
#include "vm/vm.h"

/* ICH_HCR_EL2 bits of L1 that take effect while L2 runs. */
#define ICH_HCR_IE                                                                                 \
	(ICH_HCR_UIE | ICH_HCR_LRENPIE | ICH_HCR_NPIE | ICH_HCR_VGRP0EIE | ICH_HCR_VGRP0DIE |      \
	 ICH_HCR_VGRP1EIE | ICH_HCR_VGRP1DIE)
#define ICH_HCR_TRAPS	(ICH_HCR_TC | ICH_HCR_TALL0 | ICH_HCR_TALL1 | ICH_HCR_TDIR)
#define ICH_HCR_FROM_L1 (ICH_HCR_EN | ICH_HCR_IE | ICH_HCR_TRAPS)

static u32 nr_lrs(void)
{
	return gic_info()->nr_lrs;
}

static void clear_lrs(u32 mask)
{
	for (u32 i = 0; mask; i++, mask >>= 1) {
		if (mask & 1)
			gic_write_lr(i, 0);
	}
}

/* ---- L1's own interface ---- */

void nested_gic_sync(struct vcpu *v)
{
	u32 used = vgic_lrs_used(&v->vm->vgic, v->id);
	u64 lr[GIC_MAX_LRS];

	if (!used)
		return;
	gic_read_lrs(lr, used);
	vgic_sync(&v->vm->vgic, v->id, lr, gic_read_hcr());
	clear_lrs(used);
}

static void fill(struct vcpu *v)
{
	struct vgic_lrs l;

	vgic_fill(&v->vm->vgic, v->id, &l, nr_lrs(), gic_read_vmcr());
	gic_write_lrs(l.lr, l.used);
	gic_write_hcr(ICH_HCR_EN | l.hcr | v->gic_traps);
}

/* ---- L2's interface: L1's page ---- */

static bool map_l1_intid(void *ctx, u32 l1_intid, u32 *pintid, u32 *occurrence)
{
	struct vcpu *v = ctx;

	return vgic_hw_linked(&v->vm->vgic, v->id, l1_intid, pintid, occurrence);
}

static void page_to_vcpuif(const struct vncr_page *p, struct gic_vcpuif *cif)
{
	cif->hcr = p->ich_hcr_el2;
	cif->vmcr = p->ich_vmcr_el2;
	for (unsigned i = 0; i < 4; i++) {
		cif->ap0r[i] = p->ich_ap0r_el2[i];
		cif->ap1r[i] = p->ich_ap1r_el2[i];
	}
}

static void vcpuif_to_page(const struct gic_vcpuif *cif, struct vncr_page *p)
{
	p->ich_vmcr_el2 = cif->vmcr;
	for (unsigned i = 0; i < 4; i++) {
		p->ich_ap0r_el2[i] = cif->ap0r[i];
		p->ich_ap1r_el2[i] = cif->ap1r[i];
	}
}

/* All list registers ORed. */
static u64 page_lrs(const struct vncr_page *p)
{
	u64 any = 0;

	for (u32 i = 0; i < nr_lrs(); i++)
		any |= p->ich_lr_el2[i];
	return any;
}

static bool page_asks_for_mi(const struct vncr_page *p)
{
	return lr_maintenance(p->ich_lr_el2, nr_lrs(), p->ich_hcr_el2, p->ich_vmcr_el2);
}

/* L1's maintenance interrupt is a level, a function of its page. */
static void update_mi(struct vcpu *v)
{
	bool level = page_asks_for_mi(v->vncr);

	if (level == v->mi_level)
		return;
	v->mi_level = level;
	vgic_set_level(&v->vm->vgic, v->id, gic_info()->maint_intid, level);
}

static void load_l2_lrs(struct vcpu *v)
{
	const struct lr_nest_ops ops = {.map = map_l1_intid, .ctx = v};
	u64 hcr = v->vncr->ich_hcr_el2 & ICH_HCR_FROM_L1;
	u64 real[GIC_MAX_LRS], any = page_lrs(v->vncr);

	/* What it was for may have gone without a trap. */
	if (v->mi_level)
		update_mi(v);
	v->nest.nr = 0;
	if (any & LR_STATE_MASK) {
		lr_nest(&v->nest, v->vncr->ich_lr_el2, nr_lrs(), real, nr_lrs(),
			gic_info()->id_bits, &ops);
		for (u32 i = 0; i < v->nest.nr; i++)
			gic_write_lr(i, real[i]);
	}
	/*
	 * A maintenance interrupt that L1 has pending already is not asked for again: it would
	 * fire for ever while L1 does not take it.
	 */
	if (v->mi_level)
		hcr &= ~ICH_HCR_IE;
	/* EOIs that L1 has been told of already: the hardware knows nothing of them. */
	else if (((any & LR_EOI) || ICH_HCR_EOICOUNT(v->vncr->ich_hcr_el2)) &&
		 page_asks_for_mi(v->vncr))
		v->mi_check = true;
	gic_write_hcr(hcr);
}

/* What L2 did to its list registers, to L1's page and L1's vGIC. Hardware ones are empty after. */
static void save_l2_lrs(struct vcpu *v)
{
	struct vncr_page *p = v->vncr;
	struct lr_deact deact[GIC_MAX_LRS];
	u64 real[GIC_MAX_LRS];
	u32 n;

	p->ich_hcr_el2 = lr_add_eoicount(p->ich_hcr_el2, gic_read_hcr());
	if (!v->nest.nr)
		return;
	for (u32 i = 0; i < v->nest.nr; i++) {
		real[i] = gic_read_lr(i);
		gic_write_lr(i, 0);
	}
	n = lr_unnest(&v->nest, real, p->ich_lr_el2, nr_lrs(), deact);
	for (u32 i = 0; i < n; i++) {
		const struct lr_deact *d = &deact[i];

		if (d->phys_done)
			vgic_hw_deactivated(&v->vm->vgic, v->id, d->l1_intid, d->occurrence);
		else
			vgic_deactivate(&v->vm->vgic, v->id, d->l1_intid);
	}
	v->nest.nr = 0;
}

/* ---- change of context ---- */

void nested_gic_load(struct vcpu *v)
{
	clear_lrs((u32)BIT(nr_lrs()) - 1);
	__builtin_memset(&v->gic, 0, sizeof(v->gic));
	v->gic.hcr = ICH_HCR_EN;
	gic_restore_vcpuif(&v->gic);
	v->gic_is_l2 = false;
	v->gic_traps = 0;
	if (v->mi_level) /* at CPU_OFF */
		vgic_set_level(&v->vm->vgic, v->id, gic_info()->maint_intid, false);
	v->mi_level = false;
}

/*
 * L1's traps of the CPU interface hold for its guest also when that one has L1's interface
 * (HCR_EL2.IMO = 0), and not for vEL2.
 */
static void load_traps(struct vcpu *v)
{
	u64 traps = v->context == IN_GUEST ? v->vncr->ich_hcr_el2 & ICH_HCR_TRAPS : 0;

	if (traps == v->gic_traps)
		return;
	/* TDIR may be the vGIC's own wish: it comes with the list registers, which are empty now.
	 */
	gic_write_hcr((gic_read_hcr() & ~ICH_HCR_TRAPS) | traps);
	v->gic_traps = traps;
}

void nested_gic_leave(struct vcpu *v)
{
	if (v->gic_is_l2)
		save_l2_lrs(v);
	else
		nested_gic_sync(v);
}

void nested_gic_enter(struct vcpu *v, bool l2)
{
	struct gic_vcpuif cif;

	if (l2 && !v->gic_is_l2) {
		gic_save_vcpuif(&v->gic);
		page_to_vcpuif(v->vncr, &cif);
		cif.hcr = 0; /* load_l2_lrs() writes it */
		gic_restore_vcpuif(&cif);
	} else if (!l2 && v->gic_is_l2) {
		__builtin_memset(&cif, 0, sizeof(cif)); /* APRs that the hardware has not */
		gic_save_vcpuif(&cif);
		vcpuif_to_page(&cif, v->vncr);
		v->gic.hcr = ICH_HCR_EN;
		v->gic_traps = 0;
		gic_restore_vcpuif(&v->gic);
	}
	v->gic_is_l2 = l2;
	if (l2)
		load_l2_lrs(v);
	else
		load_traps(v);
}

void nested_gic_maintenance(struct vcpu *v)
{
	if (!v->gic_is_l2) {
		nested_gic_sync(v);
		fill(v);
		return;
	}
	/*
	 * To the page, so that L1's own maintenance interrupt can be found out; then again. Until
	 * then nothing may ask for one: empty list registers are a reason (UIE, NPIE) for the next.
	 */
	save_l2_lrs(v);
	gic_write_hcr(0);
	v->vncr->ich_vmcr_el2 = gic_read_vmcr();
	v->mi_check = true;
}

void nested_gic_before_entry(struct vcpu *v)
{
	struct vgic *vg = &v->vm->vgic;

	if (v->context == IN_HYP ? v->mi_level : v->mi_check)
		update_mi(v);

	if (v->gic_is_l2) {
		enum vgic_signal signal = vgic_idle(vg, v->id) ? VGIC_NONE
							       : vgic_signals(vg, v->id, &v->gic,
									      gic_info()->pre_bits);

		if (signal != VGIC_NONE) {
			v->mi_check = false;
			world_take_to_vel2(v, signal == VGIC_FIQ ? EXC_FIQ : EXC_IRQ, 0, 0);
			/* A timer of L2's that is in memory now: its line, for L1 to find. */
			timer_before_entry(v);
		} else {
			if (v->mi_check) {
				v->mi_check = false;
				load_l2_lrs(v);
				/*
				 * The hardware had a reason that L1's list registers have not, as
				 * two of one interrupt are one in the hardware: not again at once.
				 */
				if (!v->mi_level)
					gic_write_hcr(gic_read_hcr() & ~(u64)ICH_HCR_IE);
			}
			return;
		}
	}
	if (vgic_attention(vg, v->id)) {
		nested_gic_sync(v);
		fill(v);
	}
}

u64 nested_gic_status(struct vcpu *v, enum sysreg_id r)
{
	const struct vncr_page *p = v->vncr;

	switch (r) {
	case SR_ICH_VTR_EL2:
		/* GICv4 (direct injection; nV4 says that it is not there) and DVIM are not offered.
		 */
		return ((gic_info()->vtr & ~ICH_VTR_DVIM) | ICH_VTR_NV4) & GENMASK(31, 0);
	case SR_ICH_MISR_EL2:
		return lr_misr(p->ich_lr_el2, nr_lrs(), p->ich_hcr_el2, p->ich_vmcr_el2);
	case SR_ICH_EISR_EL2:
		return lr_eisr(p->ich_lr_el2, nr_lrs());
	default:
		return lr_elrsr(p->ich_lr_el2, nr_lrs());
	}
}
