/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The generated table against what was measured (tests/data/README.md), and against itself.
 */
#include "gen/context.h"
#include "gen/id_fields.h"
#include "gen/route_groups.h"
#include "gen/sysreg_enc.h"
#include "gen/sysreg_id.h"
#include "gen/vncr.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

#define MODES 5 /* HCR_EL2: no NV; NV; NV,NV1; NV,NV2; NV,NV1,NV2 */

/* ---- the machine of the scan ---- */

struct machine {
	u64 id[SR_COUNT];
};

/* Number of registers of each kind that QEMU's `max` has. */
static unsigned int count_of(const struct machine *m, enum sysreg_count count)
{
	u64 dfr0 = m->id[SR_ID_AA64DFR0_EL1];

	switch (count) {
	case COUNT_BRP:
		return FIELD(dfr0, 15, 12) + 1;
	case COUNT_WRP:
		return FIELD(dfr0, 23, 20) + 1;
	case COUNT_PMC:
		return 6; /* PMCR_EL0.N */
	case COUNT_LR:
		return 4; /* ICH_VTR_EL2.ListRegs + 1 */
	case COUNT_PRI:
		return 1; /* ICH_VTR_EL2.PREbits: 5 */
	case COUNT_ERR:
		return 0; /* ERRIDR_EL1.NUM */
	default:
		return G_MAXUINT;
	}
}

static bool feature_present(const struct machine *m, unsigned int f)
{
	const struct sysreg_feature_desc *d = &sysreg_features[f];

	if (f == FEAT_NONE)
		return true;
	for (unsigned int i = 0; i < ARRAY_SIZE(d->any); i++) {
		if (d->any[i].min && (m->id[d->any[i].id] >> d->any[i].shift & 15) >= d->any[i].min)
			return true;
	}
	return false;
}

static bool implemented(const struct machine *m, const struct sysreg_desc *d)
{
	return feature_present(m, d->feature) && d->index < count_of(m, d->count);
}

static bool parse_ids(struct machine *m, const char *line)
{
	static const struct {
		const char *name;
		enum sysreg_id id;
	} ids[] = {
		{" pfr0 ", SR_ID_AA64PFR0_EL1},	  {" pfr1 ", SR_ID_AA64PFR1_EL1},
		{" dfr0 ", SR_ID_AA64DFR0_EL1},	  {" isar1 ", SR_ID_AA64ISAR1_EL1},
		{" isar2 ", SR_ID_AA64ISAR2_EL1}, {"id_mmfr0 ", SR_ID_AA64MMFR0_EL1},
		{" mmfr1 ", SR_ID_AA64MMFR1_EL1}, {" mmfr2 ", SR_ID_AA64MMFR2_EL1},
		{" mmfr3 ", SR_ID_AA64MMFR3_EL1}, {" mmfr4 ", SR_ID_AA64MMFR4_EL1},
	};

	if (!g_str_has_prefix(line, "id_mmfr0 "))
		return false;
	for (unsigned int i = 0; i < ARRAY_SIZE(ids); i++) {
		const char *at = strstr(line, ids[i].name);

		g_assert_nonnull(at);
		m->id[ids[i].id] = g_ascii_strtoull(at + strlen(ids[i].name), NULL, 16);
	}
	/* The scan did not print it; this is what the same CPU reads. */
	m->id[SR_ID_AA64ISAR0_EL1] = UINT64_C(0x1221111110212120);
	return true;
}

/* ---- what the table predicts ---- */

static char letter(unsigned int act)
{
	switch (act) {
	case ACT_UNDEF:
		return 'U';
	case ACT_TRAP:
		return 'T';
	case ACT_MEMORY:
		return 'M';
	case ACT_NATIVE:
	case ACT_REDIRECT: /* executes: that it reaches another register does not show */
		return 'N';
	}
	g_assert_not_reached();
}

/* Trapped in every mode: EnSCXT is 0. */
static bool trapped_by_scan(const struct sysreg_desc *d)
{
	return d->route.group == CGT_ENSCXT;
}

static void predict(const struct sysreg_desc *d, bool write, char out[MODES + 1])
{
	u32 op1 = FIELD(d->key, 16, 14);
	bool can = d->access & (write ? SYSREG_W : SYSREG_R);

	memset(out, 0, MODES + 1);
	if (trapped_by_scan(d)) {
		memset(out, 'T', MODES);
		return;
	}
	/* Without NV, op1 4 and up are the names of higher exception levels. */
	out[0] = op1 < 4 && can ? 'N' : 'U';
	for (int i = 0; i < 4; i++)
		out[i + 1] = letter(write ? d->act_w[i] : d->act[i]);
}

static bool same_prefix(const char *a, const char *b)
{
	return strncmp(a, b, MODES) == 0;
}

static void check_line(const struct machine *m, const char *line, bool *seen)
{
	unsigned int op0, op1, crn, crm, op2, r3, r4, w3, w4;
	const struct sysreg_desc *d;
	char r[MODES + 1], w[MODES + 1], want[MODES + 1];
	int n = sscanf(line, "%u %u %u %u %u : %5s %5s off %x/%x w %x/%x", &op0, &op1, &crn, &crm,
		       &op2, r, w, &r3, &r4, &w3, &w4);

	g_assert_cmpint(n, >=, 7);
	d = sysreg_find(op0 << 20 | op2 << 17 | op1 << 14 | crn << 10 | crm << 1);
	if (!d) {
		g_test_message("not in the table: %s", line);
		g_test_fail();
		return;
	}
	seen[d->id] = true;
	if (!implemented(m, d)) {
		g_test_message("%s is there, but its feature or count says no", sysreg_name(d));
		g_test_fail();
	}
	predict(d, false, want);
	if (!same_prefix(want, r)) {
		g_test_message("%s reads: table %s, measured %s", sysreg_name(d), want, r);
		g_test_fail();
	}
	predict(d, true, want);
	if (!same_prefix(want, w)) {
		g_test_message("%s writes: table %s, measured %s", sysreg_name(d), want, w);
		g_test_fail();
	}
	if ((strchr(r, 'M') != NULL) != (n == 11)) {
		g_test_message("%s: memory without an offset, or the reverse", sysreg_name(d));
		g_test_fail();
	}
	if (n == 11 && ((r[3] == 'M' && (r3 != d->slot || w3 != d->slot)) ||
			(r[4] == 'M' && (r4 != d->slot || w4 != d->slot)))) {
		g_test_message("%s: table %03x, measured %03x/%03x w %03x/%03x", sysreg_name(d),
			       d->slot, r3, r4, w3, w4);
		g_test_fail();
	}
}

/* Returns the number of encodings in the file. */
static unsigned int check_file(struct machine *m, const char *name, bool *seen)
{
	const char *dir = g_getenv("NEVE_TEST_DATA");
	g_autofree char *path = NULL, *text = NULL;
	g_auto(GStrv) lines = NULL;
	unsigned int count = 0;
	bool ids = false;

	g_assert_nonnull(dir);
	path = g_build_filename(dir, name, NULL);
	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	lines = g_strsplit(text, "\n", -1);
	for (char **l = lines; *l; l++) {
		if (parse_ids(m, *l)) {
			ids = true;
		} else if (g_ascii_isdigit(**l)) {
			g_assert_true(ids);
			check_line(m, *l, seen);
			count++;
		}
	}
	return count;
}

static void test_measured(void)
{
	static struct machine m;
	static bool seen[SR_COUNT];

	/* So that a cut file does not pass. */
	g_assert_cmpuint(check_file(&m, "scan.out", seen), ==, 326);
	g_assert_cmpuint(check_file(&m, "scan_sys.out", seen), ==, 164);
	for (unsigned int i = 0; i < SR_COUNT; i++) {
		const struct sysreg_desc *d = &sysreg_table[i];
		char r[MODES + 1], w[MODES + 1];

		predict(d, false, r);
		predict(d, true, w);
		if (seen[i] || !implemented(&m, d) || d->count == COUNT_CPU ||
		    (!strcmp(r, "UUUUU") && !strcmp(w, "UUUUU")))
			continue;
		g_test_message("%s: table %s %s, measured undefined", sysreg_name(d), r, w);
		g_test_fail();
	}
}

/* ---- the table against itself ---- */

static void test_order(void)
{
	for (unsigned int i = 0; i < SR_COUNT; i++) {
		const struct sysreg_desc *d = &sysreg_table[i];

		g_assert_cmpuint(d->id, ==, i);
		if (i)
			g_assert_cmpuint(d[-1].key, <, d->key);
		g_assert_cmpuint(d->route.group, <, CGT_COUNT);
		g_assert_cmpuint(d->handler, <, H_COUNT);
		g_assert_cmpuint(d->feature, <, FEAT_COUNT);
		g_assert_cmpuint(d->target, <=, SR_COUNT);
		g_assert_cmpint(d->where == WHERE_CTX, ==, d->ctx < CTX_COUNT);
		g_assert_cmpint(d->where == WHERE_SLOT, ==, d->slot != SYSREG_NO_SLOT);
	}
}

static const struct sysreg_desc *search(u32 key)
{
	for (unsigned int i = 0; i < SR_COUNT; i++) {
		if (sysreg_table[i].key == key)
			return &sysreg_table[i];
	}
	return NULL;
}

static void test_find(void)
{
	for (unsigned int i = 0; i < SR_COUNT; i++)
		g_assert_true(sysreg_find(sysreg_table[i].key) == &sysreg_table[i]);
	/* Rt, the direction and bits above Op0 are no part of a key. */
	g_assert_null(sysreg_find(SYSREG_KEY_HCR_EL2 | 1));
	g_assert_null(sysreg_find(SYSREG_KEY_HCR_EL2 | 1 << 5));
	g_assert_null(sysreg_find(SYSREG_KEY_HCR_EL2 | 1 << 22));
	g_assert_null(sysreg_find(SYSREG_KEY_HCR_EL2 | 1U << 31));
	g_assert_null(sysreg_find(0));
	g_assert_null(sysreg_find(0xffffffff));
}

static void test_find_random(void)
{
	for (int i = 0; i < 20000; i++) {
		u32 key = g_test_rand_int() & (i & 1 ? 0xffffffff : 0x3ffc1e);

		g_assert_true(sysreg_find(key) == search(key));
	}
}

static void test_keys(void)
{
	/* ESR_EL2 values measured on QEMU, Rt and direction cleared. */
	g_assert_cmphex(SYSREG_KEY_VTCR_EL2, ==, 0x350802);
	g_assert_cmphex(SYSREG_KEY_SCTLR_EL12, ==, 0x314400);
	g_assert_cmphex(SYSREG_KEY_ID_AA64PFR0_EL1, ==, 0x300008);
	g_assert_cmphex(SYSREG_KEY_ICC_SGI1R_EL1, ==, 0x3a3016);
	g_assert_cmphex(SYSREG_KEY_TLBI_VMALLE1, ==, 0x10200e);
	g_assert_cmphex(SYSREG_KEY_TLBI_VMALLE1IS, ==, 0x102006);
	g_assert_cmphex(SYSREG_KEY_AT_S1E1R, ==, 0x101c10);
	g_assert_cmphex(SYSREG_KEY_CNTPCT_EL0, ==, 0x32f800);
}

static void test_aliases(void)
{
	unsigned int aliases = 0;

	for (unsigned int i = 0; i < SR_COUNT; i++) {
		const struct sysreg_desc *d = &sysreg_table[i], *t;

		if (FIELD(d->key, 16, 14) != 5)
			continue;
		g_assert_cmpuint(d->target, <, SR_COUNT);
		t = &sysreg_table[d->target];
		g_assert_cmphex(d->slot, ==, t->slot);
		/* The same register but for op1; the EL0 timers have op1 3. */
		g_assert_cmphex(d->key & ~0x1c000U, ==, t->key & ~0x1c000U);
		aliases++;
	}
	g_assert_cmpuint(aliases, >=, 22);
}

/* What NV2 puts in memory has one place, and each place one register. */
static void test_slots(void)
{
	const struct sysreg_desc *owner[512] = {NULL};

	for (unsigned int i = 0; i < SR_COUNT; i++) {
		const struct sysreg_desc *d = &sysreg_table[i];
		bool memory = false;

		for (int k = 0; k < 4; k++)
			memory |= d->act[k] == ACT_MEMORY || d->act_w[k] == ACT_MEMORY;
		g_assert_cmpint(memory, ==, d->slot != SYSREG_NO_SLOT);
		if (!memory || FIELD(d->key, 16, 14) == 5)
			continue;
		g_assert_cmphex(d->slot % 8, ==, 0);
		g_assert_cmphex(d->slot, <, sizeof(struct vncr_page));
		g_assert_null(owner[d->slot / 8]);
		owner[d->slot / 8] = d;
	}
	g_assert_true(owner[offsetof(struct vncr_page, hcr_el2) / 8] ==
		      sysreg_find(SYSREG_KEY_HCR_EL2));
	g_assert_true(owner[offsetof(struct vncr_page, ich_lr_el2[15]) / 8] ==
		      sysreg_find(SYSREG_KEY_ICH_LR15_EL2));
}

/* Whatever traps at vEL2 and is offered to L1 has somebody to emulate it. */
static void test_traps_have_an_end(void)
{
	for (unsigned int i = 0; i < SR_COUNT; i++) {
		const struct sysreg_desc *d = &sysreg_table[i];

		for (int k = 0; k < 4; k++) {
			if (d->act[k] != ACT_TRAP && d->act_w[k] != ACT_TRAP)
				continue;
			g_assert_true(d->handler != H_NONE || d->where == WHERE_CTX ||
				      d->where == WHERE_SLOT);
			g_assert_cmpint(d->handler == H_UNDEF, <=,
					!sysreg_features[d->feature].offered);
		}
	}
}

static void test_contexts(void)
{
	unsigned int n = 0;

#define X(el1, field, el2)                                                                         \
	g_assert_cmphex(sysreg_table[SR_##el1].slot, ==, offsetof(struct vncr_page, field));       \
	g_assert_cmpuint(sysreg_table[SR_##el2].target, ==, SR_##el1);                             \
	g_assert_cmpuint(sysreg_table[SR_##el2].ctx, ==, CTX_##el2);                               \
	n++;
	FOR_EACH_EL1_CONTEXT(X)
	g_assert_cmpuint(n, ==, 15);
	FOR_EACH_EL1_CONTEXT_SVE(X)
	g_assert_cmpuint(n, ==, 16);
#undef X
#define X(reg, field)                                                                              \
	g_assert_cmphex(sysreg_table[SR_##reg].slot, ==, offsetof(struct vncr_page, field));       \
	n++;
	FOR_EACH_FGT(X)
#undef X
	g_assert_cmpuint(n, ==, 21);
}

static void test_groups(void)
{
	g_assert_cmpuint(cgt_first[CGT_NONE], ==, cgt_first[CGT_NONE + 1]);
	for (unsigned int g = 1; g < CGT_COUNT; g++) {
		g_assert_cmpuint(cgt_first[g], <, cgt_first[g + 1]);
		for (unsigned int i = cgt_first[g]; i < cgt_first[g + 1]; i++) {
			g_assert_cmpuint(cgt_conds[i].ctrl, <, CTRL_COUNT);
			g_assert_cmpuint(cgt_conds[i].bit, <, 64);
			g_assert_cmpuint(cgt_conds[i].rw - 1, <, 3);
			g_assert_cmpuint(cgt_conds[i].el - 1, <, 3);
		}
	}
	/* HCR_EL2.TVM: bit 26, writes from EL1; TRVM: bit 30, reads. */
	g_assert_cmpuint(cgt_first[CGT_TVM + 1] - cgt_first[CGT_TVM], ==, 2);
	g_assert_cmpuint(cgt_conds[cgt_first[CGT_TVM]].bit, ==, 26);
	g_assert_cmpuint(cgt_conds[cgt_first[CGT_TVM]].rw, ==, 2);
	g_assert_cmpuint(cgt_conds[cgt_first[CGT_TVM] + 1].bit, ==, 30);
	g_assert_cmpuint(cgt_conds[cgt_first[CGT_TVM] + 1].rw, ==, 1);
	g_assert_true(cgt_conds[cgt_first[CGT_APK]].neg);
}

static void test_id_fields(void)
{
	unsigned int next = 0;

	for (unsigned int i = 0; i < ID_COUNT; i++) {
		u64 used = 0;

		g_assert_cmpuint(sysreg_table[id_regs[i].sysreg_id].where, ==, WHERE_ID);
		g_assert_cmpuint(id_regs[i].first, ==, next);
		for (unsigned int k = 0; k < id_regs[i].count; k++) {
			const struct id_field *f = &id_fields[next++];
			u64 mask = GENMASK(f->shift + f->width - 1, f->shift);

			g_assert_cmphex(used & mask, ==, 0);
			used |= mask;
			g_assert_cmpuint(f->limit >> f->width, ==, 0);
		}
	}
	g_assert_cmpuint(next, ==, ID_FIELD_COUNT);

	/* The array and the macro have the same order. */
	next = 0;
#define X(reg) g_assert_cmpuint(id_regs[next++].sysreg_id, ==, SR_##reg);
	FOR_EACH_ID(X)
#undef X
	g_assert_cmpuint(next, ==, ID_COUNT);
	/* op0 3, op1 0, CRn 0, CRm 1 to 7: all of the space is there. */
	g_assert_cmpuint(ID_COUNT, ==, 7 * 8);
}

static void test_masks(void)
{
	const u64 nesting = BIT(42) | BIT(43) | BIT(45);
	const struct sysreg_desc *hcr = &sysreg_table[SR_HCR_EL2];

	g_assert_cmphex(SYSREG_RES0_HCR_EL2 & nesting, ==, nesting);
	g_assert_cmphex(SYSREG_RES0_HCR_EL2 & (BIT(0) | BIT(27) | BIT(34) | BIT(44)), ==, 0);
	g_assert_cmphex(hcr->res0, ==, SYSREG_RES0_HCR_EL2);
	g_assert_cmphex(hcr->res1, ==, SYSREG_RES1_HCR_EL2);
	for (unsigned int i = 0; i < SR_COUNT; i++)
		g_assert_cmphex(sysreg_table[i].res0 & sysreg_table[i].res1, ==, 0);
	/* Fine-grained traps: SCTLR_EL1 is offered, SMPRI_EL1 (SME) is not; ERET is no register. */
	g_assert_cmphex(SYSREG_RES0_HFGRTR_EL2 & (BIT(29) | BIT(54)), ==, BIT(54));
	g_assert_cmphex(SYSREG_RES0_HFGITR_EL2 & BIT(51), ==, 0);
	/* Read-only registers have no bit in the write register. */
	g_assert_cmphex(SYSREG_RES0_HFGWTR_EL2 & BIT(25), ==, BIT(25));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/sysreg/measured", test_measured);
	g_test_add_func("/sysreg/order", test_order);
	g_test_add_func("/sysreg/find", test_find);
	g_test_add_func("/sysreg/find-random", test_find_random);
	g_test_add_func("/sysreg/keys", test_keys);
	g_test_add_func("/sysreg/aliases", test_aliases);
	g_test_add_func("/sysreg/slots", test_slots);
	g_test_add_func("/sysreg/traps", test_traps_have_an_end);
	g_test_add_func("/sysreg/contexts", test_contexts);
	g_test_add_func("/sysreg/groups", test_groups);
	g_test_add_func("/sysreg/id-fields", test_id_fields);
	g_test_add_func("/sysreg/masks", test_masks);
	return g_test_run();
}
