/* SPDX-License-Identifier: Apache-2.0 */
/* Many tables, VMIDs and formats, one after the other and in turn; execute-never by EL. */
#include "mmu.h"

static const char *prefix(const char *what)
{
	static const char *const names[2][2] = {{"vmid", "e2h vmid"}, {"xnx", "e2h xnx"}};

	return names[what[0] == 'x'][e2h];
}

/* Tables of granule g with page `page` at the window. */
static void make_with(struct s2 *s, u32 g, u32 page)
{
	s2_make(s, s2_usual(g));
	mm_map(&s->t, s->window, 3, page_pa(page) | S2_RW);
}

static void change(struct s2 *s, u32 page)
{
	mm_map(&s->t, s->window, 3, page_pa(page) | S2_RW);
}

/* Page 0 at the window of `a`, page 1 at that of `b`; the guest's code is that of `a`. */
static void make_two(struct s2 *a, u32 granule_a, struct s2 *b, u32 granule_b)
{
	fresh();
	make_with(a, granule_a, 0);
	make_with(b, granule_b, 1);
	actor(P_EL1h, a->code);
}

/* The VMID goes to these tables: after TLBI they show this page. */
static void take_over(const struct s2 *s, u64 vmid, u32 page)
{
	s2_on(s, vmid);
	tlbi_vmid();
	see(ldr(s->window), VALUE(MARK(page)));
}

/* Maintenance for the page at the window alone, or for all of the VMID. */
static void tlbi_window(const struct s2 *s, bool by_ipa)
{
	if (by_ipa)
		tlbi_ipa(s->window);
	else
		tlbi_vmid();
}

/* Two VMs whose VMIDs differ as given, in turn; then one of them changes. */
static void in_turn(const char *name, u32 g, u64 vmid_a, u64 vmid_b, u64 vs)
{
	struct s2 a, b;

	make_two(&a, g, &b, g);
	a.vtcr |= vs;
	b.vtcr |= vs;
	begin("%s %s %s in turn", prefix("v"), granules[g].name, name);
	for (u32 i = 0; i < 3; i++) {
		s2_on(&a, vmid_a);
		see(ldr(a.window), VALUE(MARK(0)));
		s2_on(&b, vmid_b);
		see(ldr(b.window), VALUE(MARK(1)));
	}
	mm_set(&b.t, b.window, 3, 0);
	tlbi_vmid();
	see(ldr(b.window), FAULT_AT(FSC_TRANS(3), b.window));
	change(&b, 2);
	see(ldr(b.window), VALUE(MARK(2)));
	s2_on(&a, vmid_a);
	see(ldr(a.window), VALUE(MARK(0)));
	mm_set(&a.t, a.window, 3, 0);
	tlbi_ipa(a.window);
	see(ldr(a.window), FAULT_AT(FSC_TRANS(3), a.window));
	s2_on(&b, vmid_b);
	see(ldr(b.window), VALUE(MARK(2)));
	end();
}

/* With VTCR_EL2.VS = 0 the upper byte of the VMID is ignored: maintenance reaches both spellings.
 */
static void ignored_byte(u32 g, bool by_ipa)
{
	struct s2 a;

	fresh();
	make_with(&a, g, 0);
	actor(P_EL1h, a.code);
	begin("%s %s upper byte ignored, tlbi by %s", prefix("v"), granules[g].name,
	      by_ipa ? "ipa" : "vmid");
	s2_on(&a, 5);
	see(ldr(a.window), VALUE(MARK(0)));
	s2_on(&a, 0x105);
	mm_set(&a.t, a.window, 3, 0);
	tlbi_window(&a, by_ipa);
	s2_on(&a, 5);
	see(ldr(a.window), FAULT_AT(FSC_TRANS(3), a.window));
	change(&a, 1);
	s2_on(&a, 0x205);
	see(ldr(a.window), VALUE(MARK(1)));
	end();
}

/* A VMID is used again for other tables, after TLBI. */
static void reuse(u32 g)
{
	struct s2 s[4];

	fresh();
	begin("%s %s reuse", prefix("v"), granules[g].name);
	for (u32 i = 0; i < 12; i++) {
		if (i < 4)
			make_with(&s[i], g, i);
		s2_on(&s[i % 4], 7);
		tlbi_vmid();
		actor(P_EL1h, s[i % 4].code);
		see(ldr(s[i % 4].window), VALUE(MARK(i % 4)));
	}
	end();
}

/*
 * Tables A change while B has the VMID; the maintenance then is for both. B leads where A will, so
 * that nothing that B may leave in a TLB is wrong.
 */
static void several(u32 g, bool by_ipa)
{
	struct s2 a, b;

	make_two(&a, g, &b, g);
	begin("%s %s several tables, tlbi by %s", prefix("v"), granules[g].name,
	      by_ipa ? "ipa" : "vmid");
	s2_on(&a, 9);
	see(ldr(a.window), VALUE(MARK(0)));
	take_over(&b, 9, 1);
	take_over(&a, 9, 0);
	s2_on(&b, 9);
	change(&a, 1);
	tlbi_window(&a, by_ipa);
	s2_on(&a, 9);
	see(ldr(a.window), VALUE(MARK(1)));
	end();
}

/* The tables that a VMID no longer uses become memory, and then other tables of that VMID. */
static void recycled_root(u32 g)
{
	struct s2 a, b;

	fresh();
	make_with(&a, g, 0);
	actor(P_EL1h, a.code);
	begin("%s %s root used again", prefix("v"), granules[g].name);
	s2_on(&a, 11);
	see(ldr(a.window), VALUE(MARK(0)));
	s2_off();
	tlbi_vmid();
	mm_reset();
	make_with(&b, g, 1);
	see_bits("same-root", a.t.root == b.t.root, 1);
	take_over(&b, 12, 1);
	s2_on(&b, 11);
	see(ldr(b.window), VALUE(MARK(1)));
	end();
}

/* The same tables with fewer bits of input, and then with more again. */
static void t0sz(void)
{
	static const struct s2_config wide = {"4k-34x16", 0, 2, 34, 0};
	struct s2 s;
	u64 w;

	if (!granules[0].stage2)
		return;
	fresh();
	s2_make(&s, &wide);
	mm_map(&s.t, s.window, 3, page_pa(0) | S2_RW);
	actor(P_EL1h, s.code);
	w = s.window;
	begin("%s t0sz", prefix("v"));
	s2_on(&s, 13);
	see(ldr(w), VALUE(MARK(0)));
	s.vtcr++;
	s2_on(&s, 13);
	tlbi_vmid();
	see(ldr(w), FAULT_AT(FSC_TRANS(0), w));
	s.vtcr--;
	mm_map(&s.t, w, 3, page_pa(1) | S2_RW);
	take_over(&s, 13, 1);
	end();
}

/* The physical size that VTCR_EL2 allows shrinks. */
static void ps(u32 g)
{
	struct s2 s;
	u64 vtcr;

	fresh();
	make_with(&s, g, 0);
	actor(P_EL1h, s.code);
	vtcr = s.vtcr;
	mm_map(&s.t, s.window + SZ_64K, 3, BIT(32) | S2_RW);
	begin("%s %s ps", prefix("v"), granules[g].name);
	s.vtcr = vtcr & ~VTCR_PS; /* 32 bits */
	s2_on(&s, 14);
	see(ldr(s.window), VALUE(MARK(0)));
	see(ldr(s.window + SZ_64K), FAULT_AT(FSC_SIZE(3), s.window + SZ_64K));
	end();
}

/* A VMID goes from tables of one granule to those of another. */
static void granule_change(u32 from, u32 to)
{
	struct s2 a, b;

	make_two(&a, from, &b, to);
	begin("%s %s to %s", prefix("v"), granules[from].name, granules[to].name);
	for (u32 i = 0; i < 2; i++) {
		take_over(&a, 15, 0);
		take_over(&b, 15, 1);
		mm_set(&b.t, b.window, 3, 0);
		tlbi_ipa(b.window);
		see(ldr(b.window), FAULT_AT(FSC_TRANS(3), b.window));
		change(&b, 1);
	}
	end();
}

/* More VMs than anyone keeps shadow tables for. */
static void many(u32 g)
{
	struct s2 s[24];

	fresh();
	for (u32 i = 0; i < ARRAY_SIZE(s); i++)
		make_with(&s[i], g, i % NR_PAGES);
	actor(P_EL1h, s[0].code);
	for (u32 round = 0; round < 2; round++) {
		begin("%s %s many, round %u", prefix("v"), granules[g].name, round);
		for (u32 i = 0; i < ARRAY_SIZE(s); i++) {
			s2_on(&s[i], 32 + i);
			see(ldr(s[i].window), VALUE(MARK(i % NR_PAGES)));
		}
		end();
	}
}

void cases_vmid(void)
{
	for (u32 g = 0; g < NR_GRANULES; g++) {
		if (!granules[g].stage2)
			continue;
		in_turn("lower byte", g, 3, 4, 0);
		if (has_vmid16)
			in_turn("upper byte", g, 0x103, 0x203, VTCR_VS);
		ignored_byte(g, false);
		ignored_byte(g, true);
		reuse(g);
		several(g, false);
		several(g, true);
		recycled_root(g);
		ps(g);
		for (u32 to = 0; to < NR_GRANULES; to++)
			if (to != g && granules[to].stage2)
				granule_change(g, to);
		if (g != 1)
			many(g);
	}
	t0sz();
	s2_off();
}

/* ---- execute-never of stage 2 ---- */

#define XN(v) ((u64)(v) << 53)

static void xnx(u32 g, u64 pstate, bool el0)
{
	static const char *const names[] = {"all", "el0 only", "none", "el1 only"};
	u64 page = BIT(granules[g].shift);
	struct s2 s;

	s2_fresh(&s, g);
	for (u32 i = 0; i < 4; i++)
		mm_map(&s.t, s.window + i * page, 3, page_pa(i) | S2_RW | XN(i));
	s2_on(&s, 17);
	actor(pstate, s.code);
	for (u32 i = 0; i < 4; i++) {
		bool allowed = i == 0 || (has_xnx ? i == (el0 ? 1 : 3) : i == 1);

		begin("%s %s el%u of %s", prefix("x"), granules[g].name, !el0, names[i]);
		see(fetch(s.window + i * page), allowed ? VALUE(0) : FAULT(2, FSC_PERM(3)));
		see(ldr(s.window + i * page), VALUE(MARK(i)));
		see(fetch(s.window + i * page), allowed ? VALUE(0) : FAULT(2, FSC_PERM(3)));
		end();
	}
}

void cases_xnx(void)
{
	for (u32 g = 0; g < NR_GRANULES; g++) {
		if (!granules[g].stage2)
			continue;
		xnx(g, P_EL1h, false);
		xnx(g, P_EL0t, true);
	}
	s2_off();
}
