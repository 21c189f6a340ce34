/* SPDX-License-Identifier: Apache-2.0 */
#include "cpu/tlb.h"
#include "cpu/sysreg.h"

/* From here on a flush of the whole VMID is the cheaper one. */
#define MAX_PAGES 512

#define tlbi(op)	 __asm__ volatile("tlbi " op ::: "memory")
#define tlbi_arg(op, rt) __asm__ volatile("tlbi " op ", %0" ::"r"(rt) : "memory")

/*
 * VTTBR_EL2 selects the VMID that the instructions act on. Before: what was written into tables is
 * there, and no walk that a guest has begun is under way any more, as it would go on with this
 * VMID.
 */
static u64 vmid_enter(u64 vttbr)
{
	u64 old = read_sysreg(VTTBR_EL2);

	dsb(ish);
	if (old != vttbr) {
		write_sysreg(vttbr, VTTBR_EL2);
		isb();
	}
	return old;
}

static void vmid_leave(u64 old, u64 vttbr)
{
	dsb(ish);
	if (old != vttbr)
		write_sysreg(old, VTTBR_EL2);
	isb();
}

void tlb_flush_vmid(u64 vttbr)
{
	u64 old = vmid_enter(vttbr);

	tlbi("vmalls12e1is");
	vmid_leave(old, vttbr);
}

void tlb_flush_ipa(u64 vttbr, u64 ia, u64 size)
{
	u64 old = vmid_enter(vttbr);

	if (size > MAX_PAGES * PAGE_SIZE) {
		tlbi("vmalls12e1is");
	} else {
		for (u64 off = 0; off < size; off += PAGE_SIZE)
			tlbi_arg("ipas2e1is", (ia + off) >> PAGE_SHIFT);
		dsb(ish);
		tlbi("vmalle1is");
	}
	vmid_leave(old, vttbr);
}

void tlb_flush_stage1(u64 vttbr, const struct tlbi_op *op, u64 rt)
{
	u64 old = vmid_enter(vttbr);

	/* L1 is always offered FEAT_TTL, hardware of ARMv8.3 need not have it: no level hint. */
	rt &= ~GENMASK(47, 44);
	/* A range is not handed on: the hardware may not have FEAT_TLBIRANGE, and it is rare. */
	switch (op->range ? TLBI_VMALL_E1 : op->kind) {
	case TLBI_ASID_E1:
		tlbi_arg("aside1is", rt);
		break;
	case TLBI_VA_E1:
		if (op->last_level)
			tlbi_arg("vale1is", rt);
		else
			tlbi_arg("vae1is", rt);
		break;
	case TLBI_VAA_E1:
		if (op->last_level)
			tlbi_arg("vaale1is", rt);
		else
			tlbi_arg("vaae1is", rt);
		break;
	default:
		tlbi("vmalle1is");
		break;
	}
	vmid_leave(old, vttbr);
}

void tlb_flush_local(void)
{
	tlbi("alle1");
	dsb(nsh);
	isb();
}
