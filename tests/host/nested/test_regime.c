/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hyp/nested/regime.c: whose translations a TLBI or an AT of vEL2 means, and which of them exist
 * for L1 at all.
 */
#include <glib.h>
#include <string.h>

#include "cpu/features.h"
#include "cpu/hcr.h"
#include "cpu/tlb.h"
#include "mm/at.h"
#include "nested/regime.h"
#include "nested/shadow.h"
#include "nested/world.h"
#include "vm/vm.h"

#define OPERAND UINT64_C(0x4321000000000777)
#define OWN	(UINT64_C(1) << 48 | 0x9000)
#define VA	UINT64_C(0x1234567)

struct cpu_features cpu_features;
unsigned int vm_ipa_bits = 48;

static struct vcpu vcpu;
static struct vncr_page page;
static u64 par;
static u64 table[512]; /* of any stage 1 or 2: that is at address 0x10000 */

/* What was flushed: own is vEL2's. */
static struct {
	unsigned int own, guest;
	enum tlbi_kind kind;
} flushed;

/* In hardware */
static struct {
	u64 sctlr, tcr, ttbr0;
} live;

u64 fake_read(const char *reg)
{
	if (!strcmp(reg, "SCTLR_EL1"))
		return live.sctlr;
	if (!strcmp(reg, "TCR_EL1"))
		return live.tcr;
	if (!strcmp(reg, "TTBR0_EL1"))
		return live.ttbr0;
	if (!strcmp(reg, "TTBR1_EL1"))
		return 0;
	g_assert_cmpstr(reg, ==, "MAIR_EL1");
	return 0xff;
}

void fake_write(const char *reg, u64 val)
{
	g_assert_cmpstr(reg, ==, "PAR_EL1");
	par = val;
}

u64 world_hcr(const struct vcpu *v)
{
	return v->vncr->hcr_el2;
}

u64 world_read_ctx(struct vcpu *v, enum ctx_reg r)
{
	return v->ctx[r];
}

void tlb_flush_stage1(u64 vttbr, const struct tlbi_op *op, u64 rt)
{
	g_assert_cmphex(vttbr, ==, OWN);
	g_assert_cmphex(rt, ==, OPERAND);
	flushed.own++;
	flushed.kind = op->kind;
}

void shadow_tlbi(struct vcpu *v, const struct tlbi_op *op, u64 rt)
{
	g_assert_true(v == &vcpu);
	g_assert_cmphex(rt, ==, OPERAND);
	flushed.guest++;
	flushed.kind = op->kind;
}

/* What was forgotten: page of the shadow, this CPU's TLB. */
static struct {
	unsigned int pages, tlbs, contexts;
	u64 nipa;
} forgot;

void shadow_forget(struct vcpu *v, nipa_t in)
{
	g_assert_true(v == &vcpu);
	forgot.pages++;
	forgot.nipa = in.v;
}

void shadow_forget_all(struct vcpu *v)
{
	g_assert_true(v == &vcpu);
	forgot.contexts++;
}

void tlb_flush_local(void)
{
	forgot.tlbs++;
}

void shadow_walk_cfg(struct vcpu *v, u64 vttbr, u64 vtcr, struct s2walk_cfg *cfg)
{
	*cfg = (struct s2walk_cfg){
		.vttbr = vttbr, .vtcr = vtcr, .granules = GRANULE_ALL, .pa_bits = 48};
}

int shadow_read64(void *ctx, ipa_t ipa, u64 *val)
{
	if (ipa.v < 0x10000 || ipa.v >= 0x11000)
		return -1;
	*val = table[(ipa.v - 0x10000) / 8];
	return 0;
}

static void setup(bool e2h, u64 hcr)
{
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&page, 0, sizeof(page));
	memset(&flushed, 0, sizeof(flushed));
	memset(table, 0, sizeof(table));
	cpu_features = (struct cpu_features){
		.tlbirange = true, .tlbios = true, .s1_granules = GRANULE_ALL, .hafdbs = 2};
	vcpu.vncr = &page;
	vcpu.hw.vttbr = OWN;
	vcpu.e2h = e2h;
	page.hcr_el2 = hcr | (e2h ? HCR_E2H : 0);
	par = 0;
}

static u32 encoding(unsigned int op1, unsigned int crn, unsigned int crm, unsigned int op2)
{
	return 1 << 20 | op2 << 17 | op1 << 14 | crn << 10 | crm << 1;
}

/* ---- TLBI ---- */

static bool is_range(unsigned int op1, unsigned int crm, unsigned int op2)
{
	return crm == 2 || crm == 5 || crm == 6 ||
	       (op1 == 4 && crm == 0 && (op2 == 2 || op2 == 6)) ||
	       (op1 == 4 && crm == 4 && (op2 == 2 || op2 == 3 || op2 == 6 || op2 == 7));
}

static bool is_outer(unsigned int crm, unsigned int op2)
{
	return crm == 1 || crm == 5 || (crm == 4 && (op2 % 4 == 0 || op2 % 4 == 3));
}

/* By the names of the instructions: which ones there are, and which mean vEL2's own regime. */
static void tlbi(unsigned int op1, unsigned int crn, unsigned int crm, unsigned int op2, bool e2h,
		 bool tge)
{
	static const u8 el1_plain = 0xaf, el1_range = 0xaa, el2_plain = 0x73, el2_range = 0x22;
	bool range_row = crm == 2 || crm == 5 || crm == 6;
	u8 row = op1 == 0   ? (crm == 0 || crm == 4 ? 0
			       : range_row	    ? el1_range
						    : el1_plain)
		 : crm == 0 ? 0x66
		 : crm == 4 ? 0xff
			    : (range_row ? el2_range : el2_plain);
	bool exists = (row & BIT(op2)) && crn == 8, own;

	exists &= cpu_features.tlbirange || !is_range(op1, crm, op2);
	exists &= cpu_features.tlbios || !is_outer(crm, op2);
	/* EL2's own forms; EL1's with {E2H,TGE} = {1,1}. op1 4: ALLE1, VMALLS12E1, IPAS2E1 are not.
	 */
	own = op1 == 0 ? e2h && tge : crm != 0 && crm != 4 && op2 != 4 && op2 != 6;
	memset(&flushed, 0, sizeof(flushed));
	g_assert_cmpint(regime_tlbi(&vcpu, encoding(op1, crn, crm, op2), OPERAND), ==,
			exists ? EXIT_ADVANCE : EXIT_UNDEF);
	g_assert_cmpuint(flushed.own, ==, exists && own);
	g_assert_cmpuint(flushed.guest, ==, exists && !own);
	if (!exists || !own || op1 == 0)
		return;
	g_assert_cmpint(flushed.kind, ==,
			op2 == 0 ? TLBI_VMALL_E1
			: e2h	 ? TLBI_VA_E1
				 : TLBI_VAA_E1);
}

static void test_tlbi(void)
{
	for (unsigned int how = 0; how < 16; how++) {
		bool e2h = how & 1, tge = how & 2;

		setup(e2h, tge ? HCR_TGE : 0);
		cpu_features.tlbirange = how & 4;
		cpu_features.tlbios = how & 8;
		for (unsigned int i = 0; i < 2 * 2 * 64; i++)
			tlbi(i & 64 ? 4 : 0, i & 128 ? 9 : 8, i >> 3 & 7, i & 7, e2h, tge);
	}
	g_assert_cmpint(regime_tlbi(&vcpu, encoding(3, 8, 7, 0), OPERAND), ==, EXIT_UNDEF);
	g_assert_cmpint(regime_tlbi(&vcpu, encoding(0, 8, 8, 0), OPERAND), ==, EXIT_UNDEF);
}

/* ---- AT ---- */

#define TCR   (25 | UINT64_C(1) << 31) /* 39 bits from level 1; RES1 of TCR_EL2 */
#define BLOCK (UINT64_C(3) << 30 | PTE_AF | PTE_SH(SH_INNER) | 1 | BIT(6))

enum { S1E1R = 0, S1E1W = 1, S1E0R = 2, S1E2R = 4 << 3, S12E1R = 4 << 3 | 4, S12E1W, S12E0R };

static enum exit_action at(unsigned int op1_op2)
{
	par = 0;
	return regime_at(&vcpu, encoding(op1_op2 >> 3, 7, 8, op1_op2 & 7), GVA(VA));
}

static void expect_at(unsigned int op1_op2, u64 pa)
{
	g_assert_cmpint(at(op1_op2), ==, EXIT_ADVANCE);
	g_assert_false(par & PAR_F);
	g_assert_cmphex(par & GENMASK(47, 12), ==, pa & GENMASK(47, 12));
}

#define MAPPED (UINT64_C(3) << 30 | VA)

/* Each regime in turn is the one with its MMU on. */
static void test_at_regimes(void)
{
	/* vEL1's */
	setup(false, 0);
	table[0] = BLOCK;
	page.sctlr_el1 = 1;
	page.tcr_el1 = TCR | UINT64_C(25) << 16 | UINT64_C(5) << 32;
	page.ttbr0_el1 = 0x10000;
	page.mair_el1 = 0xff;
	expect_at(S1E1R, MAPPED);
	expect_at(S1E0R, MAPPED);
	expect_at(S12E1R, MAPPED);
	expect_at(S1E2R, VA);
	/* With a stage 2 that maps nothing it is S12's to fault; stage 1's table is behind it too.
	 */
	page.hcr_el2 |= HCR_VM;
	page.vtcr_el2 = UINT64_C(1) << 31 | 5 << 16 | 1 << 6 | 25;
	page.vttbr_el2 = 0x20000;
	g_assert_cmpint(at(S12E1R), ==, EXIT_ADVANCE);
	g_assert_true(par & PAR_F);
	page.hcr_el2 = HCR_E2H;
	vcpu.e2h = true;
	expect_at(S1E1R, MAPPED);
	/* {E2H,TGE} = {1,1}: vEL2's own, for S12 too. */
	page.hcr_el2 |= HCR_TGE;
	expect_at(S1E1R, VA);
	expect_at(S12E1R, VA);
	/* TGE alone: vEL1's MMU counts as off. */
	page.hcr_el2 = HCR_TGE;
	vcpu.e2h = false;
	expect_at(S1E1R, VA);
	expect_at(S12E0R, VA);

	/* vEL2's, in both layouts */
	setup(false, 0);
	table[0] = BLOCK;
	vcpu.ctx[CTX_SCTLR_EL2] = 1;
	vcpu.ctx[CTX_TCR_EL2] = TCR | UINT64_C(5) << 16;
	vcpu.ctx[CTX_TTBR0_EL2] = 0x10000;
	vcpu.ctx[CTX_MAIR_EL2] = 0xff;
	expect_at(S1E2R, MAPPED);
	expect_at(S1E1R, VA);
	vcpu.e2h = true;
	page.hcr_el2 = HCR_E2H | HCR_TGE;
	vcpu.ctx[CTX_TCR_EL2] = TCR | UINT64_C(25) << 16 | UINT64_C(5) << 32;
	expect_at(S1E2R, MAPPED);
	expect_at(S1E1R, MAPPED);
	expect_at(S1E0R, MAPPED);
}

static void test_at_refused(void)
{
	setup(false, 0);
	g_assert_cmpint(regime_at(&vcpu, encoding(4, 7, 8, 2), GVA(VA)), ==, EXIT_UNDEF);
	g_assert_cmphex(par, ==, 0);
}

/* It is no access: a page that hardware could make dirty can be written, and stays clean. */
static void test_at_clean(void)
{
	u64 clean = (BLOCK & ~PTE_AF) | PTE_DBM | S1_AP_RO;

	setup(false, 0);
	table[0] = clean;
	page.sctlr_el1 = 1;
	page.tcr_el1 = TCR | UINT64_C(25) << 16 | UINT64_C(5) << 32 | BIT(39) | BIT(40);
	page.ttbr0_el1 = 0x10000;
	page.mair_el1 = 0xff;
	expect_at(S1E1W, MAPPED);
	expect_at(S12E1W, MAPPED);
	g_assert_cmphex(table[0], ==, clean);
}

static void expect_translate(u64 pa)
{
	u64 p = regime_translate(&vcpu, GVA(VA));

	g_assert_false(p & PAR_F);
	g_assert_cmphex(p & GENMASK(47, 12), ==, pa & GENMASK(47, 12));
}

/* What runs is translated by what is in hardware, and by L1's stage 2 if it is behind one. */
static void test_translate(void)
{
	struct shadow shadow = {0};
	nipa_t out;

	setup(false, 0);
	vcpu.pstate = MODE_EL1h;
	vcpu.shadow = &shadow;
	live.sctlr = 1;
	live.tcr = TCR | UINT64_C(25) << 16 | UINT64_C(5) << 32;
	live.ttbr0 = 0x10000;
	table[0] = BLOCK & ~BIT(6); /* not EL0's */
	expect_translate(MAPPED);
	vcpu.pstate = MODE_EL0t;
	g_assert_true(regime_translate(&vcpu, GVA(VA)) & PAR_F);
	/* ... but for {NV,NV1} = {1,1} vEL2 has the bit for PXN there */
	vcpu.pstate = MODE_EL1h;
	vcpu.hw.hcr = HCR_NV | HCR_NV1;
	expect_translate(MAPPED);
	vcpu.hw.hcr = HCR_TGE;
	expect_translate(VA);
	vcpu.hw.hcr = HCR_DC;
	expect_translate(VA);
	vcpu.hw.hcr = 0;
	/* no table there: for hardware an external abort, here an answer */
	live.ttbr0 = 0x20000;
	g_assert_cmphex(PAR_FSC(regime_translate(&vcpu, GVA(VA))), ==, 0x15);
	/* L1's stage 2, which maps a GiB as stage 1 does; none of it in the hyp context */
	live.sctlr = 0;
	table[0] = UINT64_C(3) << 30 | PTE_AF | PTE_SH(SH_INNER) | S2_S2AP_R | 1;
	shadow.stage2 = true;
	shadow.vtcr = UINT64_C(1) << 31 | 5 << 16 | 1 << 6 | 25;
	shadow.vttbr = 0x10000;
	expect_translate(VA);
	vcpu.context = IN_GUEST;
	expect_translate(MAPPED);
	/* stage 1 alone: it is off */
	g_assert_true(regime_stage1(&vcpu, GVA(VA), &out));
	g_assert_cmphex(out.v, ==, VA);
	table[0] = 0;
	g_assert_true(regime_translate(&vcpu, GVA(VA)) & PAR_S);
	g_assert_true(regime_stage1(&vcpu, GVA(VA), &out));
	live.sctlr = 1;
	live.ttbr0 = 0;
	g_assert_cmpuint(forgot.pages + forgot.tlbs, ==, 0);
	g_assert_false(regime_stage1(&vcpu, GVA(VA), &out)); /* its table is not in stage 2 */
	g_assert_cmpuint(forgot.pages, ==, 1);
	g_assert_cmphex(forgot.nipa, ==, 0);
	g_assert_cmpuint(forgot.tlbs, ==, 1);
	/* aged by L1: stage 1's table, which the next GiB of stage 2 has; no hardware flag */
	live.ttbr0 = SZ_1G + 0x10000;
	table[1] = PTE_SH(SH_INNER) | S2_S2AP_R | S2_MEMATTR(MEMATTR_NORMAL_WB) | 1;
	g_assert_false(regime_stage1(&vcpu, GVA(VA), &out));
	g_assert_cmpuint(forgot.pages, ==, 2);
	g_assert_cmphex(forgot.nipa, ==, SZ_1G + 0x10000);
	table[1] |= PTE_AF;
	table[0] = BLOCK & ~PTE_AF; /* by L2 */
	g_assert_false(regime_stage1(&vcpu, GVA(VA), &out));
	g_assert_cmpuint(forgot.pages, ==, 2);
	g_assert_cmpuint(forgot.tlbs, ==, 3);
	table[0] = BLOCK;
	g_assert_true(regime_stage1(&vcpu, GVA(VA), &out));
	g_assert_cmphex(out.v, ==, MAPPED);
	/* tables that neve cannot read, which stage 2 has, and the hardware reads */
	g_assert_cmpuint(forgot.contexts, ==, 0);
	live.ttbr0 = SZ_1G + 0x20000;
	g_assert_false(regime_stage1(&vcpu, GVA(VA), &out));
	g_assert_cmpuint(forgot.contexts, ==, 1);
	g_assert_cmpuint(forgot.pages, ==, 2);
	live.sctlr = 0;
	shadow.stage2 = false;
	expect_translate(VA);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/regime/tlbi", test_tlbi);
	g_test_add_func("/regime/at", test_at_regimes);
	g_test_add_func("/regime/at-refused", test_at_refused);
	g_test_add_func("/regime/at-clean", test_at_clean);
	g_test_add_func("/regime/translate", test_translate);
	return g_test_run();
}
