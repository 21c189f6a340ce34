/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Translation tables that neve owns: EL2 stage 1, stage 2 of a VM, shadow stage 2 of a nested VM.
 * 4 KiB granule, at most 48 bits of input and output address (Arm ARM, D8.2).
 *
 * Pure: memory comes through callbacks. Nothing here is locked: one writer at a time for a table
 * (the owner's lock). Hardware walks concurrently: every descriptor is one aligned 64-bit store
 * with release order, and a new table is linked only when its content is complete.
 *
 * Break-before-make (Arm ARM, D8.16) is shared with the caller:
 *  - pgtable_map() never turns one valid leaf into a different one, except for what the
 *    architecture allows in place (PGTABLE_UPDATE);
 *  - pgtable_unmap*() only makes descriptors invalid. The tables that became empty stay allocated,
 *    in limbo, until the caller has invalidated the TLBs and calls pgtable_reap();
 *  - splitting a block needs an invalidation in the middle: mem->invalidate does it.
 * Addresses and sizes are bytes and multiples of 4 KiB.
 */
#ifndef NEVE_MM_PGTABLE_H
#define NEVE_MM_PGTABLE_H

#include "types.h"
#include "errcode.h"
#include "mm/pte.h"

struct pgtable_mem {
	/* 2^order zeroed pages, aligned to their size; false when there are none. */
	bool (*alloc)(void *ctx, unsigned int order, hpa_t *pa);
	/* Gives back what alloc() returned. */
	void (*free)(void *ctx, hpa_t pa, unsigned int order);
	/* The pages at `pa`, which alloc() returned, all 2^order of them. Never NULL. */
	u64 *(*ptr)(void *ctx, hpa_t pa);
	/*
	 * In a split, between break and make: must complete the TLB invalidation of
	 * [ia, ia + size), barriers included. May be NULL: pgtable_unmap() then refuses to split.
	 */
	void (*invalidate)(void *ctx, u64 ia, u64 size);
	/* After a call stored new descriptors (DSB ISHST; ISB for EL2's own). May be NULL. */
	void (*publish)(void *ctx);
};

struct pgtable {
	hpa_t root;	/* first of 2^root_order contiguous pages */
	u8 ia_bits;	/* input address size */
	u8 oa_bits;	/* output address size */
	u8 start_level; /* 0 to 3 */
	u8 root_order;	/* concatenated tables of stage 2: 1 << root_order */
	bool stage2;
	u32 pages;     /* table pages held: root, linked tables and limbo */
	u32 max_pages; /* limit of `pages`, 0: none. The owner may change it at any time. */
	hpa_t limbo;   /* unlinked table pages, chained through their first descriptor */
	u32 limbo_pages;
	const struct pgtable_mem *mem;
	void *ctx; /* for the callbacks */
};

/* A leaf as found, or as to be made. */
struct pgtable_leaf {
	u64 ia;	   /* first input address it translates */
	hpa_t pa;  /* first output address */
	u64 size;  /* 4 KiB, 2 MiB or 1 GiB */
	u64 attrs; /* all descriptor bits but address, type and valid */
	u8 level;  /* 1 to 3 */
};

/* What an unmap took away. */
struct pgtable_span {
	u64 ia;	  /* a range that contains every leaf removed: to be invalidated */
	u64 size; /* 0: nothing was mapped there, no invalidation needed */
	bool split;
};

/* pgtable_map() may change permissions, AF and software bits of leaves that exist. */
#define PGTABLE_UPDATE BIT(0)

/*
 * An empty table. `ia_bits` 25 to 48 (stage 2 from 32), `oa_bits` up to 48. Stage 2 starts at the
 * lowest level that 16 concatenated tables allow, which every PARange permits.
 * Returns 0, -EINVAL, -ENOMEM.
 */
int pgtable_init(struct pgtable *pt, bool stage2, unsigned int ia_bits, unsigned int oa_bits,
		 const struct pgtable_mem *mem, void *ctx);

/* Frees everything, limbo too. The hardware must no longer use the table. */
void pgtable_destroy(struct pgtable *pt);

/*
 * Maps [ia, ia + size) to [pa, pa + size) with the largest blocks that alignment permits.
 * `attrs`: leaf bits outside address, type and valid (PGTABLE_ATTRS_MASK).
 * A range that is already mapped just so is fine, also as part of a larger leaf.
 * Returns 0; -EINVAL (nothing done): misaligned, empty, out of range, attrs; -EEXIST: something
 * else is mapped there; -ENOMEM. After -EEXIST and -ENOMEM a part at the front may be mapped: the
 * caller may unmap the range. No call needs a TLB invalidation, except one with PGTABLE_UPDATE
 * that took permissions away.
 */
int pgtable_map(struct pgtable *pt, u64 ia, hpa_t pa, u64 size, u64 attrs, unsigned int flags);

/*
 * Unmaps exactly [ia, ia + size). A block that is covered in part is split: invalid,
 * mem->invalidate(), then a table with the rest. Returns 1 when something was removed, 0 when
 * nothing was there, -EINVAL (nothing done), -ENOMEM (no page for a split: a part at the front may
 * be unmapped). `span` may be NULL; it is valid after errors as well. When the result is not 0,
 * the caller invalidates the TLBs for the span, then calls pgtable_reap().
 */
int pgtable_unmap(struct pgtable *pt, u64 ia, u64 size, struct pgtable_span *span);

/*
 * Unmaps every leaf that touches [ia, ia + size), whole: for tables that are a cache (shadow
 * stage 2). Needs no memory and no alignment; a range that leaves the input size is clipped.
 * `span` may be larger than what was asked for. Returns 1, or 0 when nothing was there.
 */
int pgtable_unmap_leaves(struct pgtable *pt, u64 ia, u64 size, struct pgtable_span *span);

/* Frees tables in limbo; after the TLB invalidation that follows an unmap. */
void pgtable_reap(struct pgtable *pt);

/*
 * The leaf that translates `ia`. False when none does; leaf->level, ia and size then tell of the
 * invalid descriptor, and size is 0 beyond the input size.
 */
bool pgtable_lookup(const struct pgtable *pt, u64 ia, struct pgtable_leaf *leaf);

/*
 * The first leaf with a part in [ia, end); `end` may be beyond the input size. False when there is
 * none. Iteration goes on at leaf->ia + leaf->size.
 */
bool pgtable_next(const struct pgtable *pt, u64 ia, u64 end, struct pgtable_leaf *leaf);

/* T0SZ and SL0 of VTCR_EL2 (stage 2) or T0SZ of TCR_EL2 (stage 1) for this table. */
u64 pgtable_tcr(const struct pgtable *pt);

/*
 * Leaf bits that `attrs` may have. Not the contiguous bit: its rules for changes are not kept here.
 * Not DBM: hardware that writes to the tables would race with PGTABLE_UPDATE.
 */
#define PGTABLE_ATTRS_MASK (GENMASK(58, 53) | BIT(50) | GENMASK(11, 2))

/*
 * The leaf tag, in software bits: level of the guest's leaf (1 to 3) that a shadow leaf is part of;
 * 0: none. TLBI by IPA without TTL takes its span from it.
 */
static inline u64 pgtable_tag(unsigned int level)
{
	return (u64)level << 55;
}

static inline unsigned int pgtable_tag_of(u64 attrs)
{
	return FIELD(attrs, 58, 55);
}

/* Attributes of a stage-2 leaf. `perms` PERM_*, `memattr` MEMATTR_*, `sh` SH_*. */
static inline u64 pgtable_s2_attrs(unsigned int perms, unsigned int memattr, unsigned int sh)
{
	u64 a = PTE_AF | PTE_SH(sh) | S2_MEMATTR(memattr);
	/* XN[1:0]: 0 all execute, 1 EL0 only, 2 none, 3 EL1 only; 0 and 2 need no FEAT_XNX. */
	static const u8 xn[4] = {2, 1, 3, 0};

	if (perms & PERM_R)
		a |= S2_S2AP_R;
	if (perms & PERM_W)
		a |= S2_S2AP_W;
	return a | (u64)xn[(perms & PERM_X) >> 2] << 53;
}

static inline u64 pgtable_s2_normal(unsigned int perms)
{
	return pgtable_s2_attrs(perms, MEMATTR_NORMAL_WB, SH_INNER);
}

static inline u64 pgtable_s2_device(unsigned int perms)
{
	return pgtable_s2_attrs(perms, MEMATTR_nGnRE, SH_NON);
}

static inline unsigned int pgtable_s2_perms(u64 attrs)
{
	static const u8 x[4] = {PERM_X, PERM_XU, 0, PERM_XP};
	unsigned int perms = x[FIELD(attrs, 54, 53)];

	if (attrs & S2_S2AP_R)
		perms |= PERM_R;
	if (attrs & S2_S2AP_W)
		perms |= PERM_W;
	return perms;
}

/* EL2 stage 1: MAIR_EL2 for the attribute indices below (0 Normal WB, 1 Device-nGnRE, 2 Normal NC)
 */
#define PGTABLE_EL2_MAIR UINT64_C(0x4404ff)

#define PGTABLE_EL2_NORMAL (PTE_AF | PTE_SH(SH_INNER) | S1_ATTRIDX(0) | S1_AP_EL0)
#define PGTABLE_EL2_RX	   (PGTABLE_EL2_NORMAL | S1_AP_RO)
#define PGTABLE_EL2_RO	   (PGTABLE_EL2_NORMAL | S1_AP_RO | S1_UXN)
#define PGTABLE_EL2_RW	   (PGTABLE_EL2_NORMAL | S1_UXN)
#define PGTABLE_EL2_DEVICE (PTE_AF | S1_ATTRIDX(1) | S1_AP_EL0 | S1_UXN)
#define PGTABLE_EL2_NC	   (PTE_AF | PTE_SH(SH_OUTER) | S1_ATTRIDX(2) | S1_AP_EL0 | S1_UXN)

#endif
