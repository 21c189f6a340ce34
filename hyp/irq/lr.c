// SPDX-License-Identifier: Apache-2.0
#include "irq/lr.h"

u64 lr_make_sw(u32 vintid, u32 state, bool group1, u32 prio, bool eoi)
{
	return (u64)vintid | (eoi ? LR_EOI : 0) | ((u64)(prio & 0xff) << 48) |
	       (group1 ? LR_GROUP1 : 0) | ((u64)state << 62);
}

u64 lr_make_hw(u32 vintid, u32 state, bool group1, u32 prio, u32 pintid)
{
	return (u64)vintid | ((u64)(pintid & 0x1fff) << 32) | ((u64)(prio & 0xff) << 48) |
	       (group1 ? LR_GROUP1 : 0) | LR_HW | ((u64)state << 62);
}

u32 lr_eisr(const u64 *lr, u32 nr)
{
	u32 r = 0;

	for (u32 i = 0; i < nr; i++)
		if ((lr[i] & (LR_STATE_MASK | LR_HW | LR_EOI)) == LR_EOI)
			r |= BIT(i);
	return r;
}

u32 lr_elrsr(const u64 *lr, u32 nr)
{
	u32 r = 0;

	/* empty, and no EOI maintenance interrupt would be lost by using it */
	for (u32 i = 0; i < nr; i++)
		if (!(lr[i] & LR_STATE_MASK) && (lr[i] & (LR_HW | LR_EOI)) != LR_EOI)
			r |= BIT(i);
	return r;
}

u32 lr_misr(const u64 *lr, u32 nr, u64 hcr, u64 vmcr)
{
	u32 valid = 0, pending = 0, r = 0;

	for (u32 i = 0; i < nr; i++) {
		valid += LR_STATE(lr[i]) != LR_INVALID;
		pending += LR_STATE(lr[i]) == LR_PENDING;
	}
	if (lr_eisr(lr, nr))
		r |= ICH_MISR_EOI;
	if ((hcr & ICH_HCR_UIE) && valid <= 1)
		r |= ICH_MISR_U;
	if ((hcr & ICH_HCR_LRENPIE) && ICH_HCR_EOICOUNT(hcr))
		r |= ICH_MISR_LRENP;
	if ((hcr & ICH_HCR_NPIE) && !pending)
		r |= ICH_MISR_NP;
	if ((hcr & ICH_HCR_VGRP0EIE) && (vmcr & ICH_VMCR_VENG0))
		r |= ICH_MISR_VGRP0E;
	if ((hcr & ICH_HCR_VGRP0DIE) && !(vmcr & ICH_VMCR_VENG0))
		r |= ICH_MISR_VGRP0D;
	if ((hcr & ICH_HCR_VGRP1EIE) && (vmcr & ICH_VMCR_VENG1))
		r |= ICH_MISR_VGRP1E;
	if ((hcr & ICH_HCR_VGRP1DIE) && !(vmcr & ICH_VMCR_VENG1))
		r |= ICH_MISR_VGRP1D;
	return r;
}

bool lr_maintenance(const u64 *lr, u32 nr, u64 hcr, u64 vmcr)
{
	return (hcr & ICH_HCR_EN) && lr_misr(lr, nr, hcr, vmcr);
}

static bool group_enabled(u64 vmcr, bool group1)
{
	return vmcr & (group1 ? ICH_VMCR_VENG1 : ICH_VMCR_VENG0);
}

int lr_highest_pending(const u64 *lr, u32 nr, u64 vmcr)
{
	u32 best = GIC_PRIO_IDLE;
	int idx = -1;

	for (u32 i = 0; i < nr; i++) {
		if (LR_STATE(lr[i]) != LR_PENDING || !group_enabled(vmcr, lr[i] & LR_GROUP1))
			continue;
		if (LR_PRIO(lr[i]) < best) {
			best = LR_PRIO(lr[i]);
			idx = (int)i;
		}
	}
	return idx;
}

u32 gic_active_priority(const struct gic_vcpuif *cif, u32 prebits)
{
	for (u32 i = 0; i < 4; i++) {
		u32 apr = cif->ap0r[i] | cif->ap1r[i];

		if (apr)
			return ((i * 32 + (u32)__builtin_ctz(apr)) << (8 - prebits)) & 0xff;
	}
	return GIC_PRIO_IDLE;
}

/* The bits of a priority that take part in preemption, for interrupts of this group. */
static u32 group_priority_mask(u64 vmcr, u32 prebits, bool group1)
{
	u32 min = 7 - prebits, bpr;

	/* ICV_BPR1 counts from 1: its value n means what n-1 means in ICV_BPR0 */
	if (!group1 || (vmcr & ICH_VMCR_VCBPR)) {
		bpr = ICH_VMCR_VBPR0(vmcr);
	} else {
		bpr = ICH_VMCR_VBPR1(vmcr);
		bpr -= bpr > 0;
	}
	if (bpr < min)
		bpr = min; /* the least value that the hardware takes */
	return (0xffu << (bpr + 1)) & 0xff;
}

bool gic_would_signal(const struct gic_vcpuif *cif, u32 prebits, u32 prio, bool group1)
{
	u32 active, mask;

	if (!group_enabled(cif->vmcr, group1) || prio >= ICH_VMCR_VPMR(cif->vmcr))
		return false;
	active = gic_active_priority(cif, prebits);
	if (active == GIC_PRIO_IDLE)
		return true;
	mask = group_priority_mask(cif->vmcr, prebits, group1);
	return (prio & mask) < (active & mask);
}

bool lr_would_signal(const u64 *lr, u32 nr, const struct gic_vcpuif *cif, u32 prebits)
{
	int i = lr_highest_pending(lr, nr, cif->vmcr);

	return i >= 0 && gic_would_signal(cif, prebits, LR_PRIO(lr[i]), lr[i] & LR_GROUP1);
}

/* May this vINTID stand in a list register, and does none of the nr before have it? */
static bool vintid_ok(u32 vintid, const u64 *real, u32 nr, u32 idbits)
{
	if (vintid >= GIC_NR_INTIDS && (vintid < GIC_FIRST_LPI || vintid >> idbits))
		return false;
	for (u32 i = 0; i < nr; i++)
		if (LR_VINTID(real[i]) == vintid)
			return false;
	return true;
}

/* The real list register for a valid one of L1 that is going to be number n->nr. */
static u64 nest_one(struct lr_nest *n, u64 lr, const struct lr_nest_ops *ops)
{
	u32 vintid = LR_VINTID(lr), state = LR_STATE(lr), pintid = LR_PINTID(lr), phys;
	bool g1 = lr & LR_GROUP1;

	if (!(lr & LR_HW))
		return lr_make_sw(vintid, state, g1, LR_PRIO(lr), lr & LR_EOI);
	/* an SGI cannot be linked, nor what L1's GIC does not have: then HW means nothing */
	if (pintid < GIC_NR_SGIS || pintid >= GIC_NR_INTIDS)
		return lr_make_sw(vintid, state, g1, LR_PRIO(lr), false);
	n->l1_hw |= BIT(n->nr);
	if (state != LR_PENDACT && ops->map(ops->ctx, pintid, &phys, &n->occurrence[n->nr])) {
		n->hw |= BIT(n->nr);
		return lr_make_hw(vintid, state, g1, LR_PRIO(lr), phys);
	}
	return lr_make_sw(vintid, state, g1, LR_PRIO(lr), true);
}

void lr_nest(struct lr_nest *n, const u64 *l1, u32 nr_l1, u64 *real, u32 nr_real, u32 idbits,
	     const struct lr_nest_ops *ops)
{
	n->nr = 0;
	n->hw = 0;
	n->l1_hw = 0;
	for (u32 i = 0; i < nr_l1 && n->nr < nr_real; i++) {
		if (LR_STATE(l1[i]) == LR_INVALID ||
		    !vintid_ok(LR_VINTID(l1[i]), real, n->nr, idbits))
			continue;
		real[n->nr] = nest_one(n, l1[i], ops);
		n->idx[n->nr] = (u8)i;
		n->nr++;
	}
	for (u32 i = n->nr; i < nr_real; i++)
		real[i] = 0;
}

u32 lr_unnest(const struct lr_nest *n, const u64 *real, u64 *l1, u32 nr_l1,
	      struct lr_deact deact[GIC_MAX_LRS])
{
	u32 nr = 0;

	for (u32 i = 0; i < n->nr; i++) {
		u64 *lr = &l1[n->idx[i]];

		if (n->idx[i] >= nr_l1)
			continue;
		*lr = lr_set_state(*lr, LR_STATE(real[i]));
		if (!(n->l1_hw & BIT(i)) || LR_STATE(real[i]) != LR_INVALID)
			continue;
		deact[nr].l1_intid = LR_PINTID(*lr);
		deact[nr].phys_done = n->hw & BIT(i);
		deact[nr].occurrence = deact[nr].phys_done ? n->occurrence[i] : 0;
		nr++;
	}
	return nr;
}

u64 lr_add_eoicount(u64 l1_hcr, u64 hw_hcr)
{
	u64 count = (ICH_HCR_EOICOUNT(l1_hcr) + ICH_HCR_EOICOUNT(hw_hcr)) & 31;

	return (l1_hcr & ~GENMASK(31, 27)) | (count << ICH_HCR_EOICOUNT_SHIFT);
}
