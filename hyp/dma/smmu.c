/* SPDX-License-Identifier: Apache-2.0 */
#include "dma/smmu.h"

#include "lib/printf.h"

#define IDR0_S2P	 BIT(0)
#define IDR0_TTF_AARCH64 BIT(3)
#define IDR0_COHACC	 BIT(4)
#define IDR0_ATS	 BIT(10)
#define IDR0_MSI	 BIT(13)
#define IDR0_TTENDIAN(r) FIELD(r, 22, 21)
#define IDR0_STALL(r)	 FIELD(r, 25, 24)
#define IDR0_TWO_LEVEL	 BIT(27)

#define IDR1_SIDSIZE(r) ((u32)FIELD(r, 5, 0))
#define IDR1_EVENTQS(r) ((u32)FIELD(r, 20, 16))
#define IDR1_CMDQS(r)	((u32)FIELD(r, 25, 21))
#define IDR1_PRESET	(BIT(30) | BIT(29) | BIT(28)) /* tables, queues; REL: relative to a base */

#define IDR5_OAS(r) FIELD(r, 2, 0)
#define IDR5_GRAN4K BIT(4)

#define TTENDIAN_BIG 3
#define STALL_FORCED 2

/* Stream table entry, by its 64-bit words */
#define STE0_V	      BIT(0)
#define STE0_S2	      (UINT64_C(6) << 1)  /* Config: stage 1 is bypassed, stage 2 translates */
#define STE1_SHCFG    (UINT64_C(1) << 44) /* shareability is what comes in */
#define STE2_T0SZ(t)  ((u64)(t) << 32)
#define STE2_SL0(s)   ((u64)(s) << 38)
#define STE2_WALK_WB  (UINT64_C(1) << 40 | UINT64_C(1) << 42)
#define STE2_WALK_ISH (UINT64_C(3) << 44)
#define STE2_PS(p)    ((u64)(p) << 48)
#define STE2_AA64     BIT(51)
#define STE2_RECORD   BIT(58) /* S2R: faults go to the event queue. S2S is 0: they do not stall. */

#define CFG_TWO_LEVEL BIT(16)
#define CFG_SPLIT(n)  ((n) << 6)

#define MAX_CMDQ_BITS  8 /* 16 bytes each */
#define MAX_EVENT_BITS 7

/* The second page of 64 KiB of an ITS has GITS_TRANSLATER, and nothing else (Arm IHI 0069). */
#define ITS_TRANSLATION SZ_64K

static const u8 oas_bits[] = {32, 36, 40, 42, 44, 48};

static u32 at_most(u32 a, u32 b)
{
	return a < b ? a : b;
}

const char *smmu_identify(u32 idr0, u32 idr1, u32 idr5, struct smmu_info *info)
{
	u32 oas = (u32)IDR5_OAS(idr5), sids = IDR1_SIDSIZE(idr1);

	*info = (struct smmu_info){
		.sid_bits = at_most(sids, SMMU_MAX_SIDS),
		.two_level = sids > SMMU_STE_BITS,
		/* 52 bits, and more to come, are 48 for a table of ours */
		.oas_bits = oas_bits[at_most(oas, ARRAY_SIZE(oas_bits) - 1)],
		.cmdq_bits = at_most(IDR1_CMDQS(idr1), MAX_CMDQ_BITS),
		.event_bits = at_most(IDR1_EVENTQS(idr1), MAX_EVENT_BITS),
		.ats = idr0 & IDR0_ATS,
		.msi = idr0 & IDR0_MSI,
	};
	if (!(idr0 & IDR0_S2P))
		return "has no stage 2 (SMMU_IDR0.S2P)";
	if (!(idr0 & IDR0_TTF_AARCH64) || IDR0_TTENDIAN(idr0) == TTENDIAN_BIG ||
	    !(idr5 & IDR5_GRAN4K))
		return "does not walk little-endian AArch64 tables of 4 KiB pages "
		       "(SMMU_IDR0.TTF, TTENDIAN, SMMU_IDR5.GRAN4K)";
	if (!(idr0 & IDR0_COHACC))
		return "does not see the CPUs' caches (SMMU_IDR0.COHACC)";
	if (IDR0_STALL(idr0) == STALL_FORCED)
		return "can only stall what it refuses (SMMU_IDR0.STALL_MODEL)";
	if (idr1 & IDR1_PRESET)
		return "has tables of its own (SMMU_IDR1.TABLES_PRESET, QUEUES_PRESET, REL)";
	if (info->two_level && !(idr0 & IDR0_TWO_LEVEL))
		return "has no Stream tables of two levels (SMMU_IDR0.ST_LEVEL)";
	return NULL;
}

static u64 ps_of(u32 bits)
{
	u64 ps = 0;

	while (ps < ARRAY_SIZE(oas_bits) - 1 && oas_bits[ps] < bits)
		ps++;
	return ps;
}

void smmu_make_ste(u64 ste[SMMU_STE_WORDS], const struct pgtable *pt, u32 vmid)
{
	u64 tcr = pgtable_tcr(pt);

	for (u32 i = 0; i < SMMU_STE_WORDS; i++)
		ste[i] = 0;
	ste[0] = STE0_V | STE0_S2;
	ste[1] = STE1_SHCFG;
	/* T0SZ and SL0 are encoded as in VTCR_EL2 */
	ste[2] = vmid | STE2_T0SZ(FIELD(tcr, 5, 0)) | STE2_SL0(FIELD(tcr, 7, 6)) | STE2_WALK_WB |
		 STE2_WALK_ISH | STE2_PS(ps_of(pt->oa_bits)) | STE2_AA64 | STE2_RECORD;
	ste[3] = pt->root.v;
}

u64 smmu_make_l1std(hpa_t stes)
{
	return stes.v | (SMMU_STE_BITS + 1); /* Span */
}

u32 smmu_strtab_cfg(const struct smmu_info *info)
{
	return info->sid_bits | (info->two_level ? CFG_TWO_LEVEL | CFG_SPLIT(SMMU_STE_BITS) : 0);
}

int smmu_map(struct pgtable *pt, const struct machine *m, const struct vm_plan *host)
{
	int ret = 0;

	for (u32 i = 0; i < host->nr_ram && !ret; i++)
		ret = pgtable_map(pt, host->ram[i].base.v, host->ram[i].base, host->ram[i].size,
				  pgtable_s2_normal(PERM_R | PERM_W), 0);
	for (u32 i = 0; i < m->gic.nr_its && m->gic.lpis && !ret; i++) {
		u64 page = m->gic.its[i].base.v + ITS_TRANSLATION;

		ret = pgtable_map(pt, page, HPA(page), PAGE_SIZE, pgtable_s2_device(PERM_W), 0);
	}
	return ret;
}

void smmu_describe(const u64 event[SMMU_EVENT_WORDS], char *text, size_t size)
{
	static const struct {
		u8 type;
		const char *name;
	} names[] = {{0x02, "a stream that the table does not have"},
		     {0x10, "not mapped"},
		     {0x11, "beyond the address size"},
		     {0x13, "not with that permission"},
		     {0x21, "a translated request"}};
	u32 type = (u32)FIELD(event[0], 7, 0), stream = (u32)(event[0] >> 32);
	const char *name = "see IHI 0070";

	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i].type == type)
			name = names[i].name;
	}
	if (type < 0x10)
		fmt_snprintf(text, size, "stream 0x%x: event 0x%x, %s", stream, type, name);
	else
		fmt_snprintf(text, size, "stream 0x%x: a %s at 0x%lx: event 0x%x, %s", stream,
			     event[1] & BIT(35) ? "read" : "write", event[2], type, name);
}
