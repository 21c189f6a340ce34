/* SPDX-License-Identifier: Apache-2.0 */
/* What neve gives an SMMU: field by field after Arm IHI 0070, and the map of any plan. */
#include "dma/smmu.h"

#include <glib.h>
#include <string.h>
#include "../boot/dtgen.h"
#include "../mm/pool.h"

/* QEMU 11.1: both stages, 16 bits of streams, 44 of address */
#define IDR0 0x0d44101bu
#define IDR1 0x02730010u
#define IDR5 0x00000074u

static struct pool pool;

static void test_identify(void)
{
	static const struct {
		u32 clear0, set0, set1, clear5;
		const char *why;
	} bad[] = {
		{1u << 0, 0, 0, 0, "stage 2"},	      {1u << 3, 0, 0, 0, "TTF"},
		{0, 3u << 21, 0, 0, "TTENDIAN"},      {0, 0, 0, 1u << 4, "GRAN4K"},
		{1u << 4, 0, 0, 0, "COHACC"},	      {3u << 24, 2u << 24, 0, 0, "STALL_MODEL"},
		{0, 0, 1u << 30, 0, "TABLES_PRESET"}, {0, 0, 1u << 29, 0, "QUEUES_PRESET"},
		{0, 0, 1u << 28, 0, "REL"},	      {3u << 27, 0, 0, 0, "ST_LEVEL"},
	};
	static const u32 oas[] = {32, 36, 40, 42, 44, 48, 48, 48};
	struct smmu_info info;

	g_assert_null(smmu_identify(IDR0, IDR1, IDR5, &info));
	g_assert_cmpuint(info.sid_bits, ==, 16);
	g_assert_true(info.two_level);
	g_assert_cmpuint(info.oas_bits, ==, 44);
	g_assert_cmpuint(info.cmdq_bits, ==, 8);
	g_assert_cmpuint(info.event_bits, ==, 7);
	g_assert_false(info.ats);
	g_assert_cmphex(smmu_strtab_cfg(&info), ==, 1 << 16 | 8 << 6 | 16);
	for (unsigned int i = 0; i < G_N_ELEMENTS(bad); i++) {
		const char *why = smmu_identify((IDR0 & ~bad[i].clear0) | bad[i].set0,
						IDR1 | bad[i].set1, IDR5 & ~bad[i].clear5, &info);

		g_assert_nonnull(why);
		if (!strstr(why, bad[i].why))
			g_error("expected \"%s\" in: %s", bad[i].why, why);
	}
	for (u32 i = 0; i < G_N_ELEMENTS(oas); i++) {
		g_assert_null(smmu_identify(IDR0, IDR1, (IDR5 & ~7u) | i, &info));
		g_assert_cmpuint(info.oas_bits, ==, oas[i]);
	}
	/* few streams need no second level, many get no more than the table has */
	g_assert_null(smmu_identify(IDR0 & ~(3u << 27), (IDR1 & ~0x3fu) | 8, IDR5, &info));
	g_assert_cmphex(smmu_strtab_cfg(&info), ==, 8);
	g_assert_null(smmu_identify(IDR0, (IDR1 & ~0x3fu) | 32, IDR5, &info));
	g_assert_cmphex(smmu_strtab_cfg(&info), ==, 1 << 16 | 8 << 6 | 20);
	/* small queues; ATS and MSIs */
	g_assert_null(
		smmu_identify(IDR0 | 1u << 10 | 1u << 13, 2u << 21 | 1u << 16 | 16, IDR5, &info));
	g_assert_cmpuint(info.cmdq_bits, ==, 2);
	g_assert_cmpuint(info.event_bits, ==, 1);
	g_assert_true(info.ats);
	g_assert_true(info.msi);
}

static void test_ste(void)
{
	static const struct {
		unsigned int bits;
		u64 t0sz, sl0, ps;
	} sizes[] = {
		{32, 32, 0, 0}, {40, 24, 1, 2}, {42, 22, 1, 3}, {44, 20, 2, 4}, {48, 16, 2, 5}};
	struct pgtable pt;
	u64 ste[SMMU_STE_WORDS];

	pool_init(&pool);
	for (unsigned int i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_assert_cmpint(
			pgtable_init(&pt, true, sizes[i].bits, sizes[i].bits, &pool_mem, &pool), ==,
			0);
		memset(ste, 0xff, sizeof(ste));
		smmu_make_ste(ste, &pt, 0x1234);
		g_assert_cmphex(ste[0], ==, 1 | 6 << 1);	/* V, Config */
		g_assert_cmphex(ste[1], ==, UINT64_C(1) << 44); /* SHCFG; EATS, STRW 0 */
		g_assert_cmphex(FIELD(ste[2], 15, 0), ==, 0x1234);
		g_assert_cmpuint(FIELD(ste[2], 37, 32), ==, sizes[i].t0sz);
		g_assert_cmpuint(FIELD(ste[2], 39, 38), ==, sizes[i].sl0);
		g_assert_cmpuint(FIELD(ste[2], 41, 40), ==, 1); /* S2IR0, S2OR0: write-back */
		g_assert_cmpuint(FIELD(ste[2], 43, 42), ==, 1);
		g_assert_cmpuint(FIELD(ste[2], 45, 44), ==, 3); /* S2SH0 */
		g_assert_cmpuint(FIELD(ste[2], 47, 46), ==, 0); /* S2TG: 4 KiB */
		g_assert_cmpuint(FIELD(ste[2], 50, 48), ==, sizes[i].ps);
		g_assert_cmpuint(FIELD(ste[2], 58, 51), ==, 0x81); /* S2AA64, S2R; not S2S */
		g_assert_cmphex(ste[2] >> 59, ==, 0);
		g_assert_cmphex(ste[3], ==, pt.root.v);
		for (unsigned int w = 4; w < SMMU_STE_WORDS; w++)
			g_assert_cmphex(ste[w], ==, 0);
		pgtable_destroy(&pt);
	}
	pool_fini(&pool);
	/* Span 9: 2^8 entries */
	g_assert_cmphex(smmu_make_l1std(HPA(0x40404000)), ==, 0x40404009);
}

static void test_describe(void)
{
	char text[128];
	u64 event[SMMU_EVENT_WORDS] = {UINT64_C(8) << 32 | 0x10, 0, 0x40200000, 0};

	smmu_describe(event, text, sizeof(text));
	g_assert_cmpstr(text, ==, "stream 0x8: a write at 0x40200000: event 0x10, not mapped");
	event[1] = BIT(35);
	event[0] |= 3;
	smmu_describe(event, text, sizeof(text));
	g_assert_cmpstr(text, ==,
			"stream 0x8: a read at 0x40200000: event 0x13, not with that permission");
	event[0] = ~UINT64_C(0) << 32 | 2;
	smmu_describe(event, text, sizeof(text));
	g_assert_cmpstr(text, ==,
			"stream 0xffffffff: event 0x2, a stream that the table does not have");
	memset(event, 0xff, sizeof(event));
	smmu_describe(event, text, sizeof(text));
	g_assert_nonnull(strstr(text, "event 0xff, see IHI 0070"));
	memset(text, 'x', sizeof(text));
	smmu_describe(event, text, 16);
	g_assert_cmpuint(strlen(text), <, 16);
	g_assert_cmpint(text[16], ==, 'x');
}

/* Every leaf is memory of the host VM, or the page that takes MSIs; together they are all of it. */
static void check_map(const struct pgtable *pt, const struct machine *m, const struct plan *plan)
{
	const struct vm_plan *host = &plan->vm[0];
	struct pgtable_leaf leaf;
	u64 at = 0, ram = 0, mapped = 0, msi = 0;

	for (unsigned int i = 0; i < host->nr_ram; i++)
		ram += host->ram[i].size;
	for (; pgtable_next(pt, at, BIT(48), &leaf); at = leaf.ia + leaf.size) {
		struct mem_range r = RANGE(leaf.pa.v, leaf.size);
		bool found = false;

		g_assert_cmphex(leaf.ia, ==, leaf.pa.v);
		g_assert_cmpint(pgtable_s2_perms(leaf.attrs) & PERM_X, ==, 0);
		if (leaf.ia == m->gic.its[0].base.v + SZ_64K && m->gic.lpis) {
			g_assert_cmphex(leaf.size, ==, PAGE_SIZE);
			g_assert_cmpint(pgtable_s2_perms(leaf.attrs), ==, PERM_W);
			msi++;
			continue;
		}
		for (unsigned int i = 0; i < host->nr_ram && !found; i++)
			found = range_contains(host->ram[i], r);
		g_assert_true(found);
		for (unsigned int i = 0; i < plan->nr_own; i++)
			g_assert_false(ranges_overlap(plan->own[i], r));
		for (unsigned int i = 1; i < plan->nr_vms; i++)
			g_assert_false(ranges_overlap(plan->vm[i].ram[0], r));
		g_assert_cmpint(pgtable_s2_perms(leaf.attrs), ==, PERM_R | PERM_W);
		mapped += leaf.size;
	}
	g_assert_cmphex(mapped, ==, ram);
	g_assert_cmpuint(msi, ==, m->gic.lpis);
}

/* A machine with memory in odd pieces, and VMs in it. */
static bool random_plan(GRand *rand, struct machine *m, struct plan *plan)
{
	static const struct image_header header = {.image_size = 0x800000, .magic = IMAGE_MAGIC};
	struct boot_report report = {.error = ""};
	void *fdt = dt_new(2);
	int node = dt_at(fdt, "/memory@40000000");
	u64 gap = (u64)g_rand_int_range(rand, 1, 0x4000) << PAGE_SHIFT;
	u64 far = UINT64_C(1) << g_rand_int_range(rand, 33, 44);
	bool ok;

	dt_set_reg(fdt, node, 2, 3, (u64)DT_RAM_BASE, (u64)0x30000000, 0x70000000 + gap,
		   (u64)0x10000000 + gap, far + gap,
		   (u64)g_rand_int_range(rand, 1, 0x80000) << PAGE_SHIFT);
	dt_set_string(fdt, "/chosen", "bootargs", "dma=any");
	if (g_rand_boolean(rand))
		dt_add_vm(fdt, "vm1", 1, 2 * (u64)g_rand_int_range(rand, 6, 100), 0x60000000);
	if (g_rand_boolean(rand))
		dt_add_vm(fdt, "vm2", 1, 2 * (u64)g_rand_int_range(rand, 6, 100), 0x61000000);
	ok = machine_from_dt(fdt, DT_ROOM, HPA(DT_BASE), 0, m, &report) &&
	     plan_memory(m, RANGE(DT_IMAGE, DT_IMAGE_SIZE), EACH_HEADER(&header), plan, &report);
	if (!ok)
		g_error("unexpected: %s", report.error);
	m->gic.lpis = g_rand_boolean(rand);
	free(fdt);
	return ok;
}

static void test_map(void)
{
	GRand *rand = g_rand_new_with_seed(1);
	struct machine m;
	struct plan plan;
	struct pgtable pt;

	pool_init(&pool);
	for (unsigned int i = 0; i < 300; i++) {
		random_plan(rand, &m, &plan);
		g_assert_cmpint(pgtable_init(&pt, true, 44, 44, &pool_mem, &pool), ==, 0);
		g_assert_cmpint(smmu_map(&pt, &m, &plan.vm[0]), ==, 0);
		check_map(&pt, &m, &plan);
		pgtable_destroy(&pt);
		/* RAM that it cannot reach, and no memory for it */
		g_assert_cmpint(pgtable_init(&pt, true, 32, 32, &pool_mem, &pool), ==, 0);
		g_assert_cmpint(smmu_map(&pt, &m, &plan.vm[0]), ==, -EINVAL);
		pgtable_destroy(&pt);
		pool.limit = 2;
		g_assert_cmpint(pgtable_init(&pt, true, 44, 44, &pool_mem, &pool), ==, 0);
		g_assert_cmpint(smmu_map(&pt, &m, &plan.vm[0]), ==, -ENOMEM);
		pgtable_destroy(&pt);
		pool.limit = POOL_PAGES;
	}
	pool_fini(&pool);
	g_rand_free(rand);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/smmu/identify", test_identify);
	g_test_add_func("/smmu/ste", test_ste);
	g_test_add_func("/smmu/describe", test_describe);
	g_test_add_func("/smmu/map", test_map);
	return g_test_run();
}
