/* SPDX-License-Identifier: Apache-2.0 */
/* E2H changed under a guest, a guest with more tables than anyone keeps, devices in leaves of RAM.
 */
#include "console.h"
#include "machine.h"
#include "mmu.h"
#include "psci.h"
#include "neve/hypercall.h"
#include "neve/trace.h"

#define HCR_TGE BIT(27)
#define HCR_VM	BIT(0)
#define HCR_PTW BIT(2)
#define HCR_DC	BIT(12)
#define VMID	9

static const char *prefix(const char *what)
{
	static char name[32] = "e2h ";
	u32 n = 4;

	while (*what && n < sizeof(name) - 1)
		name[n++] = *what++;
	name[n] = 0;
	return e2h ? name : name + 4;
}

static void hcr(u64 set, u64 clear)
{
	write_sysreg(hcr_el2, (read_sysreg(hcr_el2) & ~clear) | set);
	isb();
}

/* A guest with a stage 1 of 4 KiB pages too, whose tables are the payload's. */
static void guest_with_s1(struct s2 *s, u32 g, struct s1 *s1)
{
	s2_fresh(s, g);
	s2_map_payload(s);
	s1_make(s1, 0, s->code);
}

static void guest_on(const struct s2 *s)
{
	s2_on(s, VMID);
	actor(P_EL1h, s->code);
}

/* ---- one guest under both values of E2H ---- */

static void flip(u32 g, bool stage1)
{
	struct s1 s1;
	struct s2 s;
	u64 w, ipa;

	guest_with_s1(&s, g, &s1);
	w = ipa = s.window;
	mm_map(&s1.t, w, 3, ipa | S1_RW);
	mm_map(&s.t, ipa, 3, page_pa(0) | S2_RW);
	if (stage1)
		s1_guest_on(&s1, 1);
	actor(P_EL1h, s.code);
	begin("flip %s stage1=%u", granules[g].name, stage1);
	for (u32 i = 0; i < 4; i++) {
		/* The table changes, and the TLBI is done, under the other value. */
		s2_on(&s, VMID);
		see(ldr(w), VALUE(MARK(i)));
		mm_set(&s.t, ipa, 3, 0);
		set_e2h(!e2h);
		if (e2h)
			hcr(HCR_TGE, 0); /* as a VHE host has it */
		asm volatile("tlbi ipas2e1is, %0\n\tdsb ish" ::"r"(ipa >> 12) : "memory");
		hcr(0, HCR_TGE);
		asm volatile("tlbi vmalle1is\n\tdsb ish\n\tisb" ::: "memory");
		s2_on(&s, VMID);
		see(ldr(w), FAULT_AT(FSC_TRANS(3), ipa));
		mm_map(&s.t, ipa, 3, page_pa(i + 1) | S2_RW);
	}
	end();
	s1_guest_off();
	s2_off();
}

/* TLBI of the guest's translations while {E2H,TGE} = {1,1}. */
static void with_tge(u32 g, const struct tlbi_form *f)
{
	struct s2 s;
	u64 w;

	s2_fresh(&s, g);
	w = s.window;
	guest_on(&s);
	begin("flip %s %s with tge", granules[g].name, f->name);
	for (u32 i = 0; i < 2; i++) {
		mm_map(&s.t, w, 3, page_pa(i) | S2_RW);
		see(ldr(w), VALUE(MARK(i)));
		mm_set(&s.t, w, 3, 0);
		hcr(HCR_TGE, 0);
		tlbi_do(f, tlbi_operand(f, g, w, 0, 0));
		hcr(0, HCR_TGE);
		asm volatile("tlbi vmalle1is\n\tdsb ish\n\tisb" ::: "memory");
		see(ldr(w), FAULT_AT(FSC_TRANS(3), w));
	}
	end();
}

void cases_flip(void)
{
	for (u32 g = 0; g < NR_GRANULES; g++) {
		if (!granules[g].stage2)
			continue;
		flip(g, false);
		flip(g, true);
		set_e2h(true);
		for (u32 i = 0; i < nr_tlbi_s2; i++)
			if (tlbi_exists(&tlbi_s2[i]))
				with_tge(g, &tlbi_s2[i]);
		s2_off();
		set_e2h(false);
	}
}

/* ---- a guest that touches a page here and there ---- */

/*
 * The same last tables again and again, so that L1's tables are few, and a shadow of them many.
 * Then pages become a block, and parts of pages are named.
 */
static void sparse(u32 g)
{
	const u32 n = g == 2 ? 512 : 1500;
	u64 block, page = BIT(granules[g].shift), table = 0, bad = 0;
	struct s2 s;

	s2_fresh(&s, g);
	block = BIT(mm_shift(&s.t, 2));
	for (u32 i = 0; i < NR_PAGES; i++)
		mm_map(&s.t, s.window + i * page, 3, page_pa(i) | S2_RW);
	table = *mm_entry(&s.t, s.window, 2);
	for (u32 i = 1; i < n; i++)
		mm_set(&s.t, s.window + i * block, 2, table);
	guest_on(&s);
	for (u32 round = 0; round < 2; round++) {
		for (u32 i = 0; i < n; i++) {
			u32 p = (i + round) % NR_PAGES;
			struct outcome o = ldr(s.window + i * block + p * page + 8 * round);

			bad += o.el || (!round && o.value != MARK(p));
		}
	}
	begin("%s %s pages=%u", prefix("sparse"), granules[g].name, n);
	see_bits("bad", bad, 0);
	/* The one table of all of them loses a page. */
	mm_set(&s.t, s.window + 3 * page, 3, 0);
	tlbi_vmid();
	see(ldr(s.window + 3 * page), FAULT_AT(FSC_TRANS(3), s.window + 3 * page));
	see(ldr(s.window + (n - 1) * block + 3 * page),
	    FAULT_AT(FSC_TRANS(3), s.window + (n - 1) * block + 3 * page));
	see(ldr(s.window + (n - 1) * block + 4 * page), VALUE(MARK(4)));
	end();
}

/* What neve itself wants memory for. */
static void trace(void)
{
	if (greedy)
		console_printf("mmu: trace %ld\n",
			       (s64)smccc_smc(NEVE_TRACE, NEVE_TRACE_ON, 0, 0).x[0]);
}

/*
 * And what it needs for accesses of EL2's own, a table for each 512 GiB. In the last one QEMU's
 * machine has PCI, with nothing in it, which answers; in the others there is nothing.
 */
static void far(void)
{
	actor(P_EL2t, code_pa());
	for (u64 i = BIT(48 - 39) - 1; i > 1; i--)
		ldr(i << 39);
	begin("%s far", prefix("sparse"));
	see(ldr(BIT(39)), VALUE(~UINT64_C(0)));
	end();
}

/*
 * As many guests of that kind as there is hardly memory for where it is little, and one that comes
 * anew, and begins with nothing, after each page of each of them: it does not wait for any other to
 * end.
 */
static void crowd(void)
{
	const u32 guests = 15, n = 55;
	u64 block, bad = 0, last;
	struct s2 s;

	s2_fresh(&s, 0);
	block = BIT(mm_shift(&s.t, 2));
	mm_map(&s.t, s.window, 3, page_pa(0) | S2_RW);
	for (u32 i = 1; i < n; i++)
		mm_set(&s.t, s.window + i * block, 2, *mm_entry(&s.t, s.window, 2));
	last = s.window + (n - 1) * block;
	actor(P_EL1h, s.code);
	for (u32 i = 0; i < 2 * guests * n; i++) {
		struct outcome o;

		s2_on(&s, VMID + i / n % guests);
		o = ldr(s.window + i % n * block);
		bad += o.el || o.value != MARK(0);
		s2_on(&s, VMID + guests);
		o = ldr(s.window);
		bad += o.el || o.value != MARK(0);
		tlbi_vmid();
	}
	trace();
	if (greedy && e2h)
		far();
	actor(P_EL1h, s.code);
	begin("%s guests=%u", prefix("sparse"), guests);
	see_bits("bad", bad, 0);
	mm_map(&s.t, s.window, 3, page_pa(1) | S2_RW);
	for (u32 i = 0; i < guests; i++) {
		s2_on(&s, VMID + i);
		tlbi_vmid();
		see(ldr(last), VALUE(MARK(1)));
	}
	end();
	trace();
}

/* Pages become a block with maintenance of these pages alone, each named by an address in it. */
static void grow(u32 g)
{
	u64 block, page = BIT(granules[g].shift), w, pa, in, *entry;
	struct s2 s;

	s2_fresh(&s, g);
	block = BIT(mm_shift(&s.t, 2));
	w = s.window + block;
	pa = ALIGN_DOWN(page_pa(0), block);
	in = ALIGN_DOWN(page_pa(0) - pa, SZ_64K);
	for (u64 off = 0; off < 4 * SZ_64K; off += page)
		mm_map(&s.t, w + in + off, 3, (page_pa(4) + off) | S2_RO);
	guest_on(&s);
	begin("%s %s grow", prefix("sparse"), granules[g].name);
	for (u32 i = 0; i < 4; i++)
		see(ldr(w + in + i * SZ_64K), VALUE(MARK(4 + i)));
	entry = mm_entry(&s.t, w, 2);
	*entry = 0;
	/* Any address of a page names it all; of those without one, nobody can have anything. */
	for (u64 off = 0; off < 4 * SZ_64K; off += page)
		asm volatile("dsb ish\n\ttlbi ipas2e1is, %0\n\tdsb ish" ::"r"(
				     (w + in + off + page - SZ_4K) >> 12)
			     : "memory");
	asm volatile("tlbi vmalle1is\n\tdsb ish\n\tisb" ::: "memory");
	see(ldr(w + in + SZ_64K), FAULT_AT(FSC_TRANS(2), w + in + SZ_64K));
	mm_set(&s.t, w, 2, pa | S2_RW | D_BLOCK);
	for (u32 i = 0; i < 4; i++)
		see(ldr(w + in + i * SZ_64K), VALUE(MARK(i)));
	see(str(w + in, MARK(0)), VALUE(MARK(0)));
	end();
}

/* A block of level 1 becomes one of level 2 with a hint. */
static void split_gib(void)
{
	u64 pa = ALIGN_DOWN(page_pa(0), SZ_1G), in = page_pa(0) - pa, w, at;
	struct s2 s;

	for (u32 ttl = 0; ttl < (has_ttl ? 2 : 1); ttl++) {
		s2_fresh(&s, 0);
		w = s.window + SZ_1G;
		at = w + in;
		mm_map(&s.t, w, 1, pa | S2_RW);
		guest_on(&s);
		begin("%s 1g ttl=%u", prefix("sparse"), ttl);
		see(ldr(at), VALUE(MARK(0)));
		see(ldr(at + 7 * SZ_64K), VALUE(MARK(7)));
		mm_set(&s.t, w, 1, 0);
		tlbi_ipa(w | (ttl ? UINT64_C(5) << 56 : SZ_64K));
		see(ldr(at), FAULT_AT(FSC_TRANS(1), at));
		see(ldr(at + 7 * SZ_64K), FAULT_AT(FSC_TRANS(1), at + 7 * SZ_64K));
		mm_map(&s.t, ALIGN_DOWN(at, SZ_2M), 2, (pa + ALIGN_DOWN(in, SZ_2M)) | S2_RO);
		see(ldr(at), VALUE(MARK(0)));
		see(str(at, 0), FAULT(2, FSC_PERM(2)));
		see(ldr(w), FAULT_AT(FSC_TRANS(2), w));
		end();
	}
}

void cases_sparse(void)
{
	for (u32 g = 0; g < NR_GRANULES; g++) {
		if (!granules[g].stage2)
			continue;
		sparse(g);
		grow(g);
	}
	if (granules[0].stage2) {
		split_gib();
		crowd();
	}
	s2_off();
}

/* ---- devices ---- */

#define I_LDR32	   0xb9400020u /* ldr w0, [x1] */
#define PL011_ID   0xfe0
#define PL031_ID0  0x31 /* of QEMU's machine, 64 KiB above the UART, in the same place */
#define GICD_PIDR2 0xffe8
#define NOTHING	   UINT64_C(0x0b000000) /* of QEMU's machine */

/*
 * A leaf of `level` with the UART and, in the larger ones, the interrupt controller: what is there
 * has to answer, and what is not has to abort, at EL1 (QEMU has no HCR_EL2.TEA).
 */
static void device(u32 g, u32 level)
{
	u64 size, w, pa;
	struct s2 s;

	s2_fresh(&s, g);
	size = BIT(mm_shift(&s.t, level));
	w = ALIGN_UP(s.window, size) + size;
	pa = ALIGN_DOWN(machine.uart.base, size);
	mm_map(&s.t, w, level, pa | D_AF | S2_R | 1 << 2);
	guest_on(&s);
	begin("%s %s level %u", prefix("device"), granules[g].name, level);
	see(access(I_LDR32, w + (machine.uart.base - pa) + PL011_ID, 0), VALUE(0x11));
	see(str(w + (machine.uart.base - pa), 0), FAULT(2, FSC_PERM(level)));
	if (machine.gicd.base >= pa && machine.gicd.base < pa + size) {
		u64 gicd = w + (machine.gicd.base - pa);

		see(access(I_LDR32, gicd + GICD_PIDR2, 0), VALUE(0x3b));
		see(access(I_LDR32, w + (machine.uart.base - pa) + PL011_ID, 0), VALUE(0x11));
	}
	end();
	mm_map(&s.t, w + size, 3, NOTHING | D_AF | S2_R | S2_W | 1 << 2);
	begin("%s %s level %u nothing there", prefix("device"), granules[g].name, level);
	see(ldr(w + size + 8), FAULT(1, 0x10));
	see(str(w + size + 8, 0), FAULT(1, 0x10));
	end();
}

/*
 * A leaf that the host cannot map as a whole, as its interrupt controller is in it, goes by the
 * name of any address in it.
 */
static void device_gone(u32 g, u32 level)
{
	u64 size, w, uart;
	struct s2 s;

	s2_fresh(&s, g);
	size = BIT(mm_shift(&s.t, level));
	w = ALIGN_UP(s.window, size) + size;
	uart = w + (machine.uart.base & (size - 1));
	mm_map(&s.t, w, level, ALIGN_DOWN(machine.uart.base, size) | D_AF | S2_R | S2_W | 1 << 2);
	guest_on(&s);
	for (u32 i = 0; i < 2; i++) {
		u64 low = w + SZ_64K, other = uart + SZ_64K;

		begin("%s %s level %u gone, by %s", prefix("device"), granules[g].name, level,
		      i ? "first" : "uart");
		mm_map(&s.t, w, level,
		       ALIGN_DOWN(machine.uart.base, size) | D_AF | S2_R | S2_W | 1 << 2);
		see(access(I_LDR32, uart + PL011_ID, 0), VALUE(0x11));
		see(access(I_LDR32, other + PL011_ID, 0), VALUE(PL031_ID0));
		see(access(I_LDR32, low, 0), ANY);
		mm_set(&s.t, w, level, 0);
		tlbi_ipa(i ? w : uart);
		see(ldr(low), FAULT_AT(FSC_TRANS(level), low));
		see(ldr(uart), FAULT_AT(FSC_TRANS(level), uart));
		see(ldr(other), FAULT_AT(FSC_TRANS(level), other));
		end();
	}
}

/* HCR_EL2.PTW: a table of stage 1 in what stage 2 says is Device memory. */
static void protected_walk(u32 g)
{
	struct outcome o;
	u64 table, w;
	struct s1 s1;
	struct s2 s;

	guest_with_s1(&s, g, &s1);
	table = s.window;
	w = s1.window;
	/* The last table, once more as Device. */
	mm_map(&s1.t, w, 3, page_pa(2) | S1_RW);
	mm_map(&s.t, table, 3,
	       ALIGN_DOWN(*mm_entry(&s1.t, w, 2) & GENMASK(47, 12), BIT(s.t.grain)) | D_AF | S2_R |
		       S2_W);
	table |= *mm_entry(&s1.t, w, 2) & (BIT(s.t.grain) - 1) & GENMASK(47, 12);
	mm_set(&s1.t, w + SZ_2M, 2, table | D_TABLE);
	s2_on(&s, VMID);
	s1_guest_on(&s1, 1);
	actor(P_EL1h, s1.code);
	begin("%s %s protected walk", prefix("device"), granules[g].name);
	see(ldr(w), VALUE(MARK(2)));
	see(ldr(w + SZ_2M), VALUE(MARK(2)));
	hcr(HCR_PTW, 0);
	tlbi_vmid();
	see(ldr(w), VALUE(MARK(2)));
	/* QEMU gives level 0, where the architecture has that of stage 2's descriptor. */
	o = ldr(w + SZ_2M);
	see_bits("el", o.el, 2);
	see_bits("fsc", o.esr & 0x3c, FSC_PERM(0));
	see_bits("hpfar", o.hpfar << 8, ALIGN_DOWN(table, SZ_4K));
	hcr(0, HCR_PTW);
	tlbi_vmid();
	see(ldr(w + SZ_2M), VALUE(MARK(2)));
	end();
	s1_guest_off();
}

/* Tables where there is nothing: the walk's external abort, by stage 2 to EL2, by stage 1 to EL1.
 */
static void no_table(u32 g)
{
	struct s1 s1;
	struct s2 s, root;
	u64 w, block;

	guest_with_s1(&s, g, &s1);
	block = BIT(mm_shift(&s.t, 2));
	mm_set(&s.t, s.window + block, 2, NOTHING | D_TABLE);
	/* For stage 1: a page that leads there. */
	mm_map(&s.t, s.window, 3, NOTHING | D_AF | S2_R | S2_W);
	w = s1.window;
	mm_set(&s1.t, w, 2, s.window | D_TABLE);
	mm_map(&s1.t, w + SZ_2M, 3, (s.window + block) | S1_RW);
	mm_set(&s1.t, w + 2 * SZ_2M, 2, (s.window + block) | D_TABLE);
	guest_on(&s);
	begin("%s %s no table", prefix("device"), granules[g].name);
	see(ldr(s.window + block + 8), FAULT(2, FSC_WALK(3)));
	see(str(s.window + block + 8, 0), FAULT(2, FSC_WALK(3)));
	see(fetch(s.window + block), FAULT(2, FSC_WALK(3)));
	s1_guest_on(&s1, 1);
	actor(P_EL1h, s1.code);
	see(ldr(w + 8), FAULT(1, FSC_WALK(3)));
	see(ldr(w + SZ_2M + 8), FAULT(2, FSC_WALK(3)));
	see(ldr(w + 2 * SZ_2M + 8), FAULT(2, FSC_WALK(3)));
	s1_guest_off();
	root = s;
	root.t.root = NOTHING;
	s2_on(&root, VMID + 1);
	tlbi_vmid();
	actor(P_EL1h, s.code);
	see(ldr(s.window), FAULT(2, FSC_WALK(s.config->start_level)));
	end();
	s2_off();
}

#define I_LDP	     0xa94010a0u /* ldp x0, x4, [x5] */
#define GICD_IROUTER 0x6000

/*
 * A guest that runs from the TLB alone: its tables lead to where there is nothing. Then an access
 * to the GIC of which hardware gives no syndrome: whoever emulates it has to read the instruction.
 */
static void code_from_nowhere(void)
{
	u64 w, gic, *entry, old;
	struct s1 s;

	fresh();
	s1_make(&s, 0, code_pa());
	w = s.window;
	gic = w + SZ_4K;
	mm_map(&s.t, w, 3, NOTHING | S1_DEVICE | S1_AP1);
	mm_map(&s.t, gic, 3, (machine.gicd.base + GICD_IROUTER) | S1_DEVICE | S1_AP1);
	mm_map(&s.t, w + 2 * SZ_4K, 3, page_pa(0) | S1_RW);
	s1_map_tables(&s);
	s1_guest_on(&s, 1);
	actor(P_EL1h, s.code);
	ldr(w);
	entry = mm_entry(&s.t, s.code, 2);
	old = *entry;
	guest_change(entry, NOTHING | D_TABLE, I_LDP, gic + 0x100, w + 2 * SZ_4K);
	*entry = old;
	tlbi_everything();
	begin("%s code from nowhere", prefix("device"));
	see(ldr(w + 2 * SZ_4K), VALUE(MARK(0)));
	end();
	s1_guest_off();
}

/* HCR_EL2.DC: stage 2 is on as with VM, the guest's stage 1 off whatever it says. */
static void default_cacheable(u32 g)
{
	struct s1 s1;
	struct s2 s;

	guest_with_s1(&s, g, &s1);
	mm_map(&s1.t, s1.window, 3, page_pa(1) | S1_RW);
	mm_map(&s.t, s.window, 3, page_pa(2) | S2_RW);
	s2_on(&s, VMID);
	s1_guest_on(&s1, 1);
	actor(P_EL1h, s.code);
	begin("%s %s dc", prefix("device"), granules[g].name);
	see(ldr(s.window), VALUE(MARK(1)));
	hcr(HCR_DC, HCR_VM);
	tlbi_vmid();
	see(ldr(s.window), VALUE(MARK(2)));
	see(ldr(s.window + 4), VALUE(MARK(2) >> 32));
	mm_set(&s.t, s.window, 3, 0);
	tlbi_ipa(s.window);
	see(ldr(s.window), FAULT_AT(FSC_TRANS(3), s.window));
	hcr(HCR_VM, HCR_DC);
	tlbi_vmid();
	see(ldr(s.window), VALUE(MARK(1)));
	end();
	s1_guest_off();
	s2_off();
}

void cases_device(void)
{
	for (u32 g = 0; g < NR_GRANULES; g++) {
		if (!granules[g].stage2)
			continue;
		if (machine.uart.size) {
			device(g, 3);
			device(g, 2);
			if (g == 0)
				device(g, 1);
			device_gone(g, g == 0 ? 1 : 2);
		}
		protected_walk(g);
		no_table(g);
		default_cacheable(g);
	}
	s2_off();
	code_from_nowhere();
}
