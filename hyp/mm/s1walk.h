/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Software walk of a guest's stage 1 (Arm ARM, D8.2 to D8.4): regimes EL1&0, EL2, EL2&0. For AT,
 * and for where a fault or an instruction was, which are no accesses: where hardware would set the
 * access flag, or note that a page is dirty, the walk takes it for done, and writes nothing.
 *
 * Pure, hostile tables expected; bounded by the levels. Not offered to guests, thus not walked
 * here: LPA2 (DS), LVA, 52-bit addresses, S1PIE, S1POE, MTE tag attributes beyond MAIR's byte.
 */
#ifndef NEVE_MM_S1WALK_H
#define NEVE_MM_S1WALK_H

#include "types.h"
#include "mm/s2walk.h"
#include "mm/walk.h"

enum s1_regime {
	S1_EL10, /* TTBR0_EL1, TTBR1_EL1, TCR_EL1 */
	S1_EL2,	 /* TTBR0_EL2, TCR_EL2 with E2H = 0: one range, one privilege level */
	S1_EL20, /* E2H = 1: EL1's layout */
};

/* Permissions, and the access that asks for them: privileged, and unprivileged (EL0) */
#define S1_PR BIT(0)
#define S1_PW BIT(1)
#define S1_PX BIT(2)
#define S1_UR BIT(3)
#define S1_UW BIT(4)
#define S1_UX BIT(5)

/* Registers of the regime, unsanitised, and what the guest's ID registers promise. */
struct s1walk_cfg {
	enum s1_regime regime;
	u64 sctlr;
	u64 tcr;
	u64 ttbr0;
	u64 ttbr1; /* not S1_EL2 */
	u64 mair;
	u32 granules; /* GRANULE_*: ID_AA64MMFR0_EL1.TGran*; not 0 */
	u8 pa_bits;   /* ID_AA64MMFR0_EL1.PARange, at most 48 */
	bool ttst;    /* FEAT_TTST */
	bool hw_af;   /* FEAT_HAFDBS */
	bool hw_dbm;
	bool hpds; /* FEAT_HPDS */
	bool e0pd; /* FEAT_E0PD */
	bool epan; /* FEAT_PAN3: SCTLR.EPAN */
	bool pan;  /* PSTATE.PAN applies to this access */
	bool nv1;  /* S1_EL10 under HCR_EL2.{NV,NV1} = {1,1}: one privilege level */
	bool dc;   /* S1_EL10 under HCR_EL2.DC: stage 1 off, Normal memory */
};

/* Why a table access failed in stage 2. */
struct s1walk_s2fault {
	enum walk_fault fault;
	u8 level;
	u64 ipa; /* the stage-1 table's address: for HPFAR_EL2 */
};

/* Where the tables are, and how they are read. */
struct s1walk_tables {
	const struct s2walk_cfg *s2; /* L1's stage 2, behind which they lie; NULL: in L1's IPAs */
	int (*read64)(void *ctx, ipa_t ipa, u64 *val); /* as in struct walk_mem */
	void *ctx;
	bool ptw; /* HCR_EL2.PTW: a table in Device memory is a permission fault */
};

struct s1walk_result {
	enum walk_fault fault;
	u8 level; /* of the leaf, or of the fault (stage 1's level) */
	bool s2;  /* the fault is a stage-2 fault on a table access: see s2fault */
	struct s1walk_s2fault s2fault;
	u64 out;  /* output address of the very input address */
	u64 size; /* of the leaf; 0 with the MMU off */
	u8 perms; /* S1_*, after PAN, WXN, hierarchical bits */
	u8 attr;  /* MAIR attribute byte */
	u8 sh;	  /* SH_*, as PAR_EL1 reports it */
	bool ng;
	bool contiguous;
	u64 desc; /* the leaf */
};

/*
 * Translates `va` for `access` (S1_* bits, all of one privilege level, not 0). WALK_PERMISSION when
 * one of them is not allowed; `out` and the rest are then valid too. Returns res->fault.
 */
enum walk_fault s1walk(const struct s1walk_cfg *cfg, const struct s1walk_tables *tables, gva_t va,
		       unsigned int access, struct s1walk_result *res);

#endif
