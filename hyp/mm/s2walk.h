/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Software walk of the stage 2 that a guest hypervisor (L1) keeps for its guest (L2), and its merge
 * with the host's stage 2 into a leaf of the shadow stage 2 (Arm ARM, D8.2 and D8.5).
 *
 * Pure. The tables are in memory that L1, and maybe L2, change at any time: each descriptor is read
 * once, and the number of reads is bounded by the levels. Not offered to L1, thus not walked here:
 * LPA2 (DS), 52-bit addresses, FWB, S2PIE, secure stage 2.
 */
#ifndef NEVE_MM_S2WALK_H
#define NEVE_MM_S2WALK_H

#include "types.h"
#include "mm/pgtable.h"
#include "mm/walk.h"

/* L1's registers as they are at the time of the walk, and what L1's ID registers promise. */
struct s2walk_cfg {
	u64 vtcr;	 /* VTCR_EL2, unsanitised */
	u64 vttbr;	 /* VTTBR_EL2, unsanitised */
	u32 granules;	 /* GRANULE_*: ID_AA64MMFR0_EL1.TGran*_2; not 0 */
	u8 pa_bits;	 /* ID_AA64MMFR0_EL1.PARange, at most 48 */
	bool big_endian; /* SCTLR_EL2.EE */
	bool xnx;	 /* FEAT_XNX */
	bool ttst;	 /* FEAT_TTST */
	bool hw_af;	 /* FEAT_HAFDBS: VTCR_EL2.HA works */
	bool hw_dbm;	 /* and HD */
};

struct s2walk_result {
	enum walk_fault fault; /* WALK_OK: all below is valid; else only `level` */
	u8 level;	       /* of the leaf, or of the fault */
	ipa_t out;	       /* output address of the very input address */
	u64 size;	       /* of the leaf: 4K to 1G by granule and level */
	u8 perms;	       /* PERM_*; the caller compares them with the access */
	u8 memattr;	       /* MemAttr[3:0] */
	u8 sh;		       /* SH[1:0] */
	bool contiguous;
	ipa_t desc_addr; /* of the last descriptor read */
	u64 desc;	 /* that descriptor, little-endian, as updated */
};

/*
 * Translates `in`. `access` (PERM_*) is the access that asks: a write makes a writable-clean leaf
 * dirty when VTCR_EL2.HD is on; permissions are reported, not checked. Returns res->fault; never
 * WALK_PERMISSION.
 */
enum walk_fault s2walk(const struct s2walk_cfg *cfg, const struct walk_mem *mem, void *ctx,
		       nipa_t in, unsigned int access, struct s2walk_result *res);

/*
 * Largest span one leaf of L1's stage 2 may have: what a TLBI by IPA without TTL and without a tag
 * in the shadow has to cover. And the size of a leaf at `level` of VTCR_EL2's granule.
 */
u64 s2walk_max_leaf(const struct s2walk_cfg *cfg);
u64 s2walk_leaf_size(const struct s2walk_cfg *cfg, unsigned int level);

/* log2 of the granule VTCR_EL2.TG0 selects; an unimplemented one counts as an implemented one. */
unsigned int s2walk_granule(const struct s2walk_cfg *cfg);

/*
 * The VMID in VTTBR_EL2: 16 bits with VTCR_EL2.VS = 1, else 8, and the upper byte is ignored.
 * `vmid16`: 16-bit VMIDs are implemented.
 */
u16 s2walk_vmid(u64 vttbr, u64 vtcr, bool vmid16);

/* The stage 2 of HCR_EL2.VM = 0: flat, all permissions, weakest memory type. */
void s2walk_flat(nipa_t in, struct s2walk_result *res);

enum s2_verdict {
	S2_MAP,	    /* install the leaf and resume */
	S2_FORWARD, /* L1's tables forbid the access: stage-2 permission fault, guest's level */
	S2_HOST,    /* L1's allow it, the host's do not: the host's own fault, address `ipa` */
};

/* A leaf for the shadow stage 2. */
struct s2_shadow {
	nipa_t nipa; /* first address, aligned to size */
	ipa_t ipa;   /* what L1's tables make of it (for a reverse map) */
	hpa_t hpa;
	u64 size;  /* power of two, at least 4 KiB; never more than either leaf */
	u64 attrs; /* for pgtable_map(), tagged with the guest's level */
	u8 perms;
};

/*
 * Merges L1's translation `guest` (WALK_OK) of `in` with the host leaf that translates guest->out:
 * permissions by intersection, memory type the stronger one, size the smaller one. Execution
 * differs between EL0 and EL1 only when L1 was offered FEAT_XNX, so never on hardware without it.
 * Fills `out` for S2_MAP and S2_HOST.
 */
enum s2_verdict s2_combine(const struct s2walk_result *guest, const struct pgtable_leaf *host,
			   nipa_t in, unsigned int access, struct s2_shadow *out);

/*
 * What a walk of stage 1 wanted at `in` that the shadow `pt` answered with a permission fault: a
 * read, or, where that is allowed, the update of a descriptor (FEAT_HAFDBS). The syndrome does not
 * tell: its WnR may be that of the access for which the walk was.
 */
unsigned int s2_walk_access(const struct pgtable *pt, nipa_t in);

/*
 * Widens [*base, *base + *size) until it holds every leaf of L1's tables that touches it, as far as
 * the shadow `pt` was filled from that leaf. A TLBI by IPA removes what was made of a leaf as a
 * whole, also when it names only a part and the shadow has smaller leaves. `cfg`: L1's registers
 * when the shadow was filled. Not needed where the instruction has a level hint.
 */
void s2_widen(const struct pgtable *pt, const struct s2walk_cfg *cfg, u64 *base, u64 *size);

/* Stronger of two stage-2 memory types, and of two shareabilities (Arm ARM, D8.6). */
u8 s2_combine_memattr(u8 a, u8 b);
u8 s2_combine_sh(u8 a, u8 b);

#endif
