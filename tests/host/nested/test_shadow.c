/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hyp/nested/shadow.c, with the tables and walkers that it really uses, L1's memory and the TLB
 * made up here: what a fault makes of L1's tables as they are now, and what a TLBI takes away.
 */
#include <glib.h>
#include <setjmp.h>
#include <string.h>

#include "../mm/pool.h"
#include "cpu/console.h"
#include "cpu/features.h"
#include "cpu/panic.h"
#include "cpu/tlb.h"
#include "mm/alloc.h"
#include "nested/shadow.h"
#include "nested/world.h"
#include "vm/vm.h"

#define RAM	 UINT64_C(0x40000000) /* L1's, and where the host has it */
#define RAM_OUT	 UINT64_C(0x1000000000)
#define RAM_SIZE (UINT64_C(64) << 20)
#define DEVICE	 UINT64_C(0x09000000) /* of L1; the host does not map it */
#define TABLES	 8		      /* pages of L1's tables, at the start of its RAM */
#define VTTBR	 (UINT64_C(5) << 48 | RAM)
#define VTCR	 (UINT64_C(1) << 31 | 5 << 16 | 1 << 6 | 25) /* 39 bits, from level 1 */
#define VTCR_HA	 BIT(21)
#define LEAF	 (PTE_AF | S2_S2AP_R | S2_S2AP_W | S2_MEMATTR(0xf) | PTE_SH(SH_INNER) | 1)
#define PAGE	 (LEAF | 2)
#define RW	 (PERM_R | PERM_W)

struct cpu_features cpu_features;
unsigned int vm_ipa_bits = 40;
unsigned int vm_count = 1;

static struct pool pool;
static struct vm vm;
static struct vcpu vcpu[2];
static struct vncr_page page;
static u64 tables[TABLES][512] __attribute__((aligned(4096)));
static u64 total_pages;
static jmp_buf fatal_jump;
static unsigned int ram_calls, ram_fails_at; /* vm_ram finds nothing from that call on */
static bool ram_changes;		     /* L1 changes what is looked at, each time */

static struct {
	unsigned int vmid, ipa, stage1;
	u64 vttbr, ia, size;
} flushed;

void tlb_flush_vmid(u64 vttbr)
{
	flushed.vmid++;
	flushed.vttbr = vttbr;
}

void tlb_flush_ipa(u64 vttbr, u64 ia, u64 size)
{
	flushed.ipa++;
	flushed.vttbr = vttbr;
	flushed.ia = ia;
	flushed.size = size;
}

void tlb_flush_stage1(u64 vttbr, const struct tlbi_op *op, u64 rt)
{
	g_assert_cmpint(op->kind, ==, TLBI_VMALL_E1);
	g_assert_cmphex(rt, ==, 0x77);
	flushed.stage1++;
	flushed.vttbr = vttbr;
}

void fatal(const char *fmt, ...)
{
	(void)fmt;
	longjmp(fatal_jump, 1);
}

void panic_regs(const struct el2_regs *regs, const char *fmt, ...)
{
	(void)regs;
	g_error("panic: %s", fmt);
}

u64 alloc_total_count(void)
{
	return total_pages;
}

u64 world_read_ctx(struct vcpu *v, enum ctx_reg r)
{
	return v->ctx[r];
}

void *vm_ram(struct vm *v, ipa_t ipa, u64 size)
{
	u64 *p;

	g_assert_true(v == &vm && size == 8);
	if (++ram_calls >= ram_fails_at || ipa.v < RAM || ipa.v >= RAM + sizeof(tables))
		return NULL;
	p = &tables[0][0] + (ipa.v - RAM) / 8;
	if (ram_changes && (*p & 1))
		*p ^= BIT(55);
	return p;
}

static bool table_alloc(void *ctx, unsigned int order, hpa_t *pa)
{
	g_assert_true(ctx == &vm);
	return pool_alloc(&pool, order, pa);
}

static void table_free(void *ctx, hpa_t pa, unsigned int order)
{
	(void)ctx;
	pool_free(&pool, pa, order);
}

static u64 *table_ptr(void *ctx, hpa_t pa)
{
	(void)ctx;
	return pool_ptr(&pool, pa);
}

const struct pgtable_mem vm_pgtable_mem = {
	.alloc = table_alloc, .free = table_free, .ptr = table_ptr};

/* Table 0: level 1; table 1: level 2 of the first GiB; table 2: level 3 of its first 2 MiB. */
static void setup(void)
{
	memset(&vm, 0, sizeof(vm));
	memset(vcpu, 0, sizeof(vcpu));
	memset(tables, 0, sizeof(tables));
	memset(&flushed, 0, sizeof(flushed));
	cpu_features = (struct cpu_features){.s2_granules = GRANULE_ALL};
	total_pages = 0;
	ram_fails_at = ~0u;
	ram_changes = false;
	pool_init(&pool);
	g_assert_cmpint(pgtable_init(&vm.s2, true, 40, 40, &vm_pgtable_mem, &vm), ==, 0);
	g_assert_cmpint(
		pgtable_map(&vm.s2, RAM, HPA(RAM_OUT), RAM_SIZE, pgtable_s2_normal(RW | PERM_X), 0),
		==, 0);
	shadow_init(&vm);
	for (unsigned int i = 0; i < 2; i++) {
		vcpu[i].vm = &vm;
		vcpu[i].id = i;
		vcpu[i].vncr = &page;
	}
	tables[0][0] = (RAM + 0x1000) | 3;
	tables[1][0] = (RAM + 0x2000) | 3;
	shadow_select(&vcpu[0], true, VTTBR, VTCR);
}

static void teardown(void)
{
	for (unsigned int i = 0; i < SHADOW_CONTEXTS; i++)
		pgtable_destroy(&vm.shadows.ctx[i].pt);
	pgtable_destroy(&vm.s2);
	pool_fini(&pool);
}

static enum shadow_result fault(u64 nipa, unsigned int access, u8 *fsc, ipa_t *ipa)
{
	*fsc = 0;
	*ipa = IPA(0);
	return shadow_fault(&vcpu[0], NIPA(nipa), access, false, fsc, ipa);
}

static void expect_done(u64 nipa, unsigned int access, u64 hpa, u64 size)
{
	struct pgtable_leaf leaf;
	u8 fsc;
	ipa_t ipa;

	g_assert_cmpint(fault(nipa, access, &fsc, &ipa), ==, SHADOW_DONE);
	g_assert_true(pgtable_lookup(&vcpu[0].shadow->pt, nipa, &leaf));
	g_assert_cmphex(leaf.pa.v + (nipa - leaf.ia), ==, hpa);
	g_assert_cmphex(leaf.size, ==, size);
}

static void expect_forward(u64 nipa, unsigned int access, u8 expected)
{
	u8 fsc;
	ipa_t ipa;

	g_assert_cmpint(fault(nipa, access, &fsc, &ipa), ==, SHADOW_FORWARD);
	g_assert_cmphex(fsc, ==, expected);
}

static void expect_host(u64 nipa, unsigned int access, u64 expected)
{
	u8 fsc;
	ipa_t ipa;

	g_assert_cmpint(fault(nipa, access, &fsc, &ipa), ==, SHADOW_HOST);
	g_assert_cmphex(ipa.v, ==, expected);
}

static bool mapped(const struct shadow *s, u64 nipa)
{
	struct pgtable_leaf leaf;

	return pgtable_lookup(&s->pt, nipa, &leaf);
}

static void test_fill(void)
{
	setup();
	tables[1][1] = (RAM + 0x400000) | LEAF;
	tables[2][7] = (RAM + 0x5000) | PAGE;
	expect_done(0x234567, PERM_R, RAM_OUT + 0x434567, 2 << 20);
	expect_done(0x7000, PERM_W, RAM_OUT + 0x5000, 4096);
	g_assert_cmpuint(flushed.vmid, ==, 0);

	expect_forward(0x8000, PERM_R, 0x07);	/* translation, level 3 */
	expect_forward(0x400000, PERM_R, 0x06); /* level 2 */
	tables[2][8] = ((RAM + 0x6000) | PAGE) & ~S2_S2AP_W;
	expect_done(0x8000, PERM_R, RAM_OUT + 0x6000, 4096);
	expect_forward(0x8000, PERM_W, 0x0f); /* permission, level 3 */
	tables[2][9] = (RAM + 0x6000) | (PAGE & ~PTE_AF);
	expect_forward(0x9000, PERM_R, 0x0b); /* access flag */

	/* L1's devices, and what the host keeps from being written. */
	tables[2][10] = (DEVICE | PAGE) & ~S2_MEMATTR(0xf);
	expect_host(0xa010, PERM_W, DEVICE + 0x10);
	tables[2][10] &= ~S2_S2AP_W;
	expect_host(0xa010, PERM_R, DEVICE + 0x10);
	expect_forward(0xa010, PERM_W, 0x0f);
	g_assert_cmpint(pgtable_map(&vm.s2, RAM + RAM_SIZE, HPA(RAM_OUT + RAM_SIZE), 4096,
				    pgtable_s2_normal(PERM_R), 0),
			==, 0);
	tables[2][11] = (RAM + RAM_SIZE) | PAGE;
	expect_host(0xb000, PERM_W, RAM + RAM_SIZE);
	expect_done(0xb000, PERM_R, RAM_OUT + RAM_SIZE, 4096);
	teardown();
}

/* HCR_EL2.PTW: a stage-1 walk in Device memory. */
static void test_protected_walk(void)
{
	u8 fsc = 0;
	ipa_t ipa;

	setup();
	tables[2][1] = ((RAM + 0x5000) | PAGE) & ~S2_MEMATTR(0xf);
	tables[2][2] = (RAM + 0x6000) | PAGE;
	g_assert_cmpint(shadow_fault(&vcpu[0], NIPA(0x1000), PERM_R, true, &fsc, &ipa), ==,
			SHADOW_FORWARD);
	g_assert_cmphex(fsc, ==, 0x0f);
	g_assert_cmpint(shadow_fault(&vcpu[0], NIPA(0x2000), PERM_R, true, &fsc, &ipa), ==,
			SHADOW_DONE);
	expect_done(0x1000, PERM_R, RAM_OUT + 0x5000, 4096);

	/* A walk that lacks a permission: it reads, and where it may read it wants to write. */
	tables[2][3] = ((RAM + 0x6000) | PAGE) & ~S2_S2AP_W;
	g_assert_cmpint(shadow_fault(&vcpu[0], NIPA(0x3000), 0, false, &fsc, &ipa), ==,
			SHADOW_DONE);
	g_assert_cmpint(shadow_fault(&vcpu[0], NIPA(0x3000), 0, false, &fsc, &ipa), ==,
			SHADOW_FORWARD);
	g_assert_cmphex(fsc, ==, 0x0f);
	teardown();
}

/* L1 changed its tables without a TLBI yet: break before make, on neve's side. */
static void test_changed(void)
{
	setup();
	tables[1][0] = (RAM + 0x400000) | LEAF;
	expect_done(0x1000, PERM_R, RAM_OUT + 0x401000, 2 << 20);
	tables[1][0] = (RAM + 0x2000) | 3;
	tables[2][1] = (RAM + 0x9000) | PAGE;
	expect_done(0x1000, PERM_R, RAM_OUT + 0x9000, 4096);
	g_assert_cmpuint(flushed.vmid, ==, 1);
	g_assert_cmphex(flushed.vttbr, ==, vcpu[0].shadow->hw_vttbr);
	g_assert_false(mapped(vcpu[0].shadow, 0x2000));
	/* The other way round: the page makes room for the block. */
	tables[1][0] = (RAM + 0x600000) | LEAF;
	expect_done(0x3000, PERM_R, RAM_OUT + 0x603000, 2 << 20);
	expect_done(0x1000, PERM_R, RAM_OUT + 0x601000, 2 << 20);
	teardown();
}

/* A context that has used up its share of table memory makes room; so does a machine without. */
static void test_no_memory(void)
{
	struct shadow *s;
	u8 fsc;
	ipa_t ipa;

	setup();
	s = vcpu[0].shadow;
	s->pt.max_pages = s->pt.pages + 2; /* one table of level 2, one of level 3 */
	tables[1][1] = (RAM + 0x3000) | 3;
	tables[2][0] = (RAM + 0x5000) | PAGE;
	tables[3][0] = (RAM + 0x6000) | PAGE;
	expect_done(0, PERM_R, RAM_OUT + 0x5000, 4096);
	expect_done(0x200000, PERM_R, RAM_OUT + 0x6000, 4096);
	g_assert_false(mapped(s, 0));
	g_assert_cmpuint(flushed.vmid, ==, 1);
	/* Not even for one leaf: the guest will fault again, and nothing else happens. */
	pool.limit = 0;
	s->pt.max_pages = 0;
	g_assert_cmpint(fault(0, PERM_R, &fsc, &ipa), ==, SHADOW_DONE);
	g_assert_false(mapped(s, 0));
	g_assert_false(mapped(s, 0x200000));
	pool.limit = POOL_PAGES;
	expect_done(0, PERM_R, RAM_OUT + 0x5000, 4096);
	teardown();
}

/*
 * Other contexts have all of a pool that is too small for the share of each, or that something else
 * has used up: what they have goes, a context at a time. An L2 that faulted for ever would never
 * stop.
 */
static void test_others_have_it(void)
{
	struct shadow *first, *second;
	u8 fsc;
	ipa_t ipa;

	setup();
	tables[2][0] = (RAM + 0x5000) | PAGE;
	first = vcpu[0].shadow;
	expect_done(0, PERM_R, RAM_OUT + 0x5000, 4096);
	shadow_select(&vcpu[0], true, VTTBR | UINT64_C(2) << 48, VTCR);
	second = vcpu[0].shadow;
	g_assert_true(second != first);
	tables[0][1] = (RAM + 0x1000) | 3;
	expect_done(0, PERM_R, RAM_OUT + 0x5000, 4096);
	expect_done(1 << 30, PERM_R, RAM_OUT + 0x5000, 4096); /* has more than the first one */
	pool.limit = pool.in_use;

	shadow_select(&vcpu[0], true, VTTBR | UINT64_C(8) << 48, VTCR);
	memset(&flushed, 0, sizeof(flushed));
	expect_done(0, PERM_R, RAM_OUT + 0x5000, 4096);
	g_assert_false(mapped(second, 0));
	g_assert_false(mapped(second, 1 << 30));
	g_assert_true(mapped(first, 0));
	g_assert_cmphex(flushed.vmid, >=, 1);
	/* and one that another CPU is in */
	shadow_select(&vcpu[1], true, VTTBR, VTCR);
	g_assert_true(vcpu[1].shadow == first);
	pool.limit = pool.in_use;
	shadow_select(&vcpu[0], true, VTTBR | UINT64_C(16) << 48, VTCR);
	for (u64 i = 0; i < 4; i++)
		expect_done((i & 1) << 30, PERM_R, RAM_OUT + 0x5000, 4096);
	g_assert_false(mapped(first, 0));

	/* Where it is its own share that does not hold the tables, others keep what they have. */
	pool.limit = POOL_PAGES;
	first = vcpu[0].shadow;
	expect_done(0, PERM_R, RAM_OUT + 0x5000, 4096);
	shadow_select(&vcpu[0], true, VTTBR | UINT64_C(32) << 48, VTCR);
	vcpu[0].shadow->pt.max_pages = vcpu[0].shadow->pt.pages + 1;
	g_assert_cmpint(fault(0, PERM_R, &fsc, &ipa), ==, SHADOW_DONE);
	g_assert_false(mapped(vcpu[0].shadow, 0));
	g_assert_true(mapped(first, 0));
	teardown();
}

/*
 * Others go before what a context has itself: an instruction may need more than one page, and would
 * fault for one after the other.
 */
static void test_own_stays(void)
{
	struct shadow *first, *second;

	setup();
	tables[0][1] = (RAM + 0x1000) | 3;
	tables[2][0] = (RAM + 0x5000) | PAGE;
	first = vcpu[0].shadow;
	expect_done(0, PERM_R, RAM_OUT + 0x5000, 4096);
	expect_done(1 << 30, PERM_R, RAM_OUT + 0x5000, 4096);
	shadow_select(&vcpu[0], true, VTTBR | UINT64_C(2) << 48, VTCR);
	second = vcpu[0].shadow;
	expect_done(0, PERM_R, RAM_OUT + 0x5000, 4096);
	pool.limit = pool.in_use;
	expect_done(1 << 30, PERM_R, RAM_OUT + 0x5000, 4096);
	g_assert_true(mapped(second, 0));
	g_assert_true(mapped(second, 1 << 30));
	g_assert_false(mapped(first, 0));
	/* but what L1 needs for itself is more than either */
	g_assert_true(shadow_give(&vm));
	g_assert_false(mapped(second, 0));
	g_assert_false(shadow_give(&vm));
	teardown();
}

/*
 * Some of what a full context has makes room: what L2 does must not keep the lock for as long as it
 * takes to empty all of it.
 */
static void test_make_room(void)
{
	struct pgtable_leaf leaf;
	struct shadow *s;
	unsigned int left;

	setup();
	s = vcpu[0].shadow;
	for (unsigned int i = 0; i < 512; i++)
		tables[0][i] = (RAM + 0x1000) | 3;
	tables[2][0] = (RAM + 0x5000) | PAGE;
	s->pt.max_pages = s->pt.pages + 200; /* two for each GiB */
	for (u64 i = 0; i < 100; i++)
		expect_done(i << 30, PERM_R, RAM_OUT + 0x5000, 4096);
	g_assert_cmpuint(flushed.vmid, ==, 0);
	for (u64 i = 100; i < 1000; i++) {
		expect_done((i % 512) << 30, PERM_R, RAM_OUT + 0x5000, 4096);
		left = 0;
		for (u64 at = 0; pgtable_next(&s->pt, at, BIT(39), &leaf); at = leaf.ia + leaf.size)
			left++;
		g_assert_cmpuint(left, >, 80);
		g_assert_true(mapped(s, ((i - 1) % 512) << 30));
		g_assert_cmpuint(s->pt.limbo_pages, ==, 0);
	}
	/* each time for some more than that one */
	g_assert_cmpuint(flushed.vmid, >=, 900 / 20);
	g_assert_cmpuint(flushed.vmid, <=, 900 / 5);
	teardown();
}

/* Tables that are not in L1's RAM; hardware update of the access flag; L1 that changes them. */
static void test_memory(void)
{
	u8 fsc;
	ipa_t ipa;

	setup();
	tables[1][1] = DEVICE | 3;
	expect_forward(0x200000, PERM_R, 0x17); /* external abort on the walk, level 3 */

	cpu_features.hafdbs = 1;
	shadow_select(&vcpu[0], true, VTTBR, VTCR | VTCR_HA);
	tables[2][1] = (RAM + 0x5000) | (PAGE & ~PTE_AF);
	expect_done(0x1000, PERM_R, RAM_OUT + 0x5000, 4096);
	g_assert_cmphex(tables[2][1], ==, (RAM + 0x5000) | PAGE);

	tables[2][2] = (RAM + 0x5000) | (PAGE & ~PTE_AF);
	ram_calls = 0;
	ram_fails_at = 4; /* the update */
	expect_forward(0x2000, PERM_R, 0x17);
	ram_fails_at = ~0u;
	ram_changes = true;
	g_assert_cmpint(fault(0x2000, PERM_R, &fsc, &ipa), ==, SHADOW_DONE);
	g_assert_false(mapped(vcpu[0].shadow, 0x2000));
	teardown();
}

static void tlbi(enum tlbi_kind kind, u64 base, u64 size, u8 ttl, u64 vttbr)
{
	struct tlbi_op op = {.kind = kind, .base = base, .size = size, .ttl = ttl};

	memset(&flushed, 0, sizeof(flushed));
	page.vttbr_el2 = vttbr;
	page.vtcr_el2 = VTCR;
	shadow_tlbi(&vcpu[0], &op, 0x77);
}

static void test_flat(void)
{
	setup();
	shadow_select(&vcpu[0], false, VTTBR, VTCR);
	g_assert_cmphex(vcpu[0].shadow->hw_vttbr & GENMASK(47, 0), ==, vm.s2.root.v);
	expect_host(DEVICE, PERM_R, DEVICE);
	/* Its tables are the VM's own: a TLBI by IPA has nothing to take, and takes nothing. */
	tlbi(TLBI_IPA_S2, RAM, 4096, 0, VTTBR);
	g_assert_cmpuint(flushed.ipa, ==, 0);
	tlbi(TLBI_ALL_E1, 0, 0, 0, VTTBR);
	g_assert_true(mapped(&(struct shadow){.pt = vm.s2}, RAM));
	teardown();
}

/* Contexts are kept as long as there is room, then the one that rested longest goes. */
static void test_select(void)
{
	struct shadow *first, *second;
	u64 vmid;

	setup();
	tables[2][0] = (RAM + 0x5000) | PAGE;
	expect_done(0, PERM_R, RAM_OUT + 0x5000, 4096);
	first = vcpu[0].shadow;
	shadow_select(&vcpu[1], true, VTTBR | 1, VTCR); /* CnP */
	g_assert_true(vcpu[1].shadow == first);
	g_assert_cmpuint(first->users, ==, 2);
	shadow_select(&vcpu[0], true, VTTBR, VTCR + 1);
	second = vcpu[0].shadow;
	g_assert_true(second != first);
	g_assert_cmphex(first->hw_vttbr >> 48, !=, second->hw_vttbr >> 48);
	vmid = first->hw_vttbr >> 48;
	for (u64 i = 0; i < SHADOW_CONTEXTS - 2; i++)
		shadow_select(&vcpu[0], true, (100 + i) << 48 | RAM, VTCR);
	g_assert_true(second->valid && mapped(first, 0));
	g_assert_cmpuint(flushed.vmid, ==, 0);
	/* All are used. vCPU 1 holds the oldest: the next one goes. */
	shadow_select(&vcpu[0], true, UINT64_C(200) << 48 | RAM, VTCR);
	g_assert_true(vcpu[0].shadow == second);
	g_assert_true(mapped(first, 0));
	g_assert_cmpuint(flushed.vmid, ==, 1);
	shadow_select(&vcpu[1], true, UINT64_C(200) << 48 | RAM, VTCR);
	g_assert_cmpuint(first->users, ==, 0);
	shadow_select(&vcpu[1], true, UINT64_C(201) << 48 | RAM, VTCR);
	g_assert_true(vcpu[1].shadow == first);
	g_assert_false(mapped(first, 0));
	g_assert_cmphex(first->hw_vttbr >> 48, ==, vmid);
	teardown();
}

static void fill_for_tlbi(void)
{
	expect_done(0, PERM_R, RAM_OUT + 0x5000, 4096);
	expect_done(0x1000, PERM_R, RAM_OUT + 0x6000, 4096);
	expect_done(0x200000, PERM_R, RAM_OUT + 0x400000, 2 << 20);
}

/* Two pages and a block that the shadow has. */
static struct shadow *setup_for_tlbi(void)
{
	setup();
	tables[1][1] = (RAM + 0x400000) | LEAF;
	tables[2][0] = (RAM + 0x5000) | PAGE;
	tables[2][1] = (RAM + 0x6000) | PAGE;
	fill_for_tlbi();
	return vcpu[0].shadow;
}

static void test_tlbi(void)
{
	struct shadow *s = setup_for_tlbi();

	tlbi(TLBI_IPA_S2, 0, 4096, 3, VTTBR);
	g_assert_cmpuint(flushed.ipa, ==, 1);
	g_assert_cmphex(flushed.vttbr, ==, s->hw_vttbr);
	g_assert_true(flushed.ia == 0 && flushed.size == 4096);
	g_assert_true(!mapped(s, 0) && mapped(s, 0x1000) && mapped(s, 0x200000));
	tlbi(TLBI_IPA_S2, 0, 4096, 3, VTTBR);			     /* nothing left there */
	tlbi(TLBI_IPA_S2, 0x1000, 0, 0, VTTBR);			     /* names nothing */
	tlbi(TLBI_IPA_S2, 0x1000, 4096, 0, UINT64_C(6) << 48 | RAM); /* another VMID */
	g_assert_cmpuint(flushed.ipa, ==, 0);
	g_assert_true(mapped(s, 0x1000));
	tlbi(TLBI_IPA_S2, 0x3ff000, 4096, 0, VTTBR); /* a page of the block, no hint */
	g_assert_cmpuint(flushed.ipa, ==, 1);
	g_assert_true(mapped(s, 0x1000) && !mapped(s, 0x200000));

	fill_for_tlbi();
	tlbi(TLBI_VMALL_E1, 0, 0, 0, VTTBR);
	g_assert_cmpuint(flushed.stage1, ==, 1);
	g_assert_true(mapped(s, 0));
	tlbi(TLBI_VMALLS12, 0, 0, 0, UINT64_C(6) << 48);
	g_assert_cmpuint(flushed.vmid, ==, 0);
	tlbi(TLBI_VMALLS12, 0, 0, 0, VTTBR);
	g_assert_cmpuint(flushed.vmid, ==, 1);
	g_assert_false(mapped(s, 0) || mapped(s, 0x200000));

	/* Without VTCR_EL2.VS a VMID has 8 bits. */
	tlbi(TLBI_VMALL_E1, 0, 0, 0, VTTBR | UINT64_C(1) << 60);
	g_assert_cmpuint(flushed.stage1, ==, 1);

	fill_for_tlbi();
	shadow_select(&vcpu[1], true, UINT64_C(6) << 48 | RAM, VTCR);
	tlbi(TLBI_ALL_E1, 0, 0, 0, 0);
	g_assert_cmpuint(flushed.vmid, ==, 2);
	g_assert_false(mapped(s, 0) || mapped(s, 0x200000));
	teardown();
}

/* As by a TLB: the page's leaf is gone, whatever its size, and nothing else. */
static void test_forget(void)
{
	struct shadow *s = setup_for_tlbi();

	memset(&flushed, 0, sizeof(flushed));
	shadow_forget(&vcpu[0], NIPA(0x1234));
	g_assert_true(mapped(s, 0) && !mapped(s, 0x1000) && mapped(s, 0x200000));
	g_assert_cmpuint(flushed.ipa, ==, 1);
	g_assert_true(flushed.ia == 0x1000 && flushed.size == 4096);
	shadow_forget(&vcpu[0], NIPA(0x234567));
	g_assert_false(mapped(s, 0x200000));
	g_assert_cmpuint(flushed.ipa, ==, 2);
	shadow_forget(&vcpu[0], NIPA(0x8000000)); /* nothing there */
	g_assert_cmpuint(flushed.ipa, ==, 2);
	shadow_forget_all(&vcpu[0]);
	g_assert_false(mapped(s, 0));
	g_assert_cmpuint(flushed.vmid, ==, 1);
	teardown();
}

static void test_init(void)
{
	setup();
	g_assert_cmpuint(vm.shadows.ctx[0].pt.max_pages, ==, 64);
	teardown();
	pool_init(&pool);
	total_pages = 64000;
	memset(&vm, 0, sizeof(vm));
	shadow_init(&vm);
	g_assert_cmpuint(vm.shadows.ctx[3].pt.max_pages, ==, 2000);
	for (unsigned int i = 0; i < SHADOW_CONTEXTS; i++)
		pgtable_destroy(&vm.shadows.ctx[i].pt);
	vm_count = 4;
	shadow_init(&vm);
	vm_count = 1;
	g_assert_cmpuint(vm.shadows.ctx[3].pt.max_pages, ==, 500);
	for (unsigned int i = 0; i < SHADOW_CONTEXTS; i++)
		pgtable_destroy(&vm.shadows.ctx[i].pt);
	pool.limit = 0;
	if (!setjmp(fatal_jump)) {
		shadow_init(&vm);
		g_assert_not_reached();
	}
	pool_fini(&pool);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/shadow/init", test_init);
	g_test_add_func("/shadow/fill", test_fill);
	g_test_add_func("/shadow/protected-walk", test_protected_walk);
	g_test_add_func("/shadow/changed", test_changed);
	g_test_add_func("/shadow/no-memory", test_no_memory);
	g_test_add_func("/shadow/others-have-it", test_others_have_it);
	g_test_add_func("/shadow/own-stays", test_own_stays);
	g_test_add_func("/shadow/make-room", test_make_room);
	g_test_add_func("/shadow/memory", test_memory);
	g_test_add_func("/shadow/flat", test_flat);
	g_test_add_func("/shadow/select", test_select);
	g_test_add_func("/shadow/tlbi", test_tlbi);
	g_test_add_func("/shadow/forget", test_forget);
	return g_test_run();
}
