/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLB maintenance for another CPU: a guest on CPU 1 reads a page over and over without an exit, and
 * CPU 0 takes it away and gives it another one. After the TLBI and its DSB the guest must not get
 * on before there is a page again, and then it must be the new one.
 */
#include <string.h>

#include "cpu.h"
#include "exception.h"
#include "machine.h"
#include "mmu.h"

#define VMID	9
#define ASID	5
#define ROUNDS	4
#define TIMEOUT 30 /* seconds */
#define VECTORS 0x800

/* The runner's memory: its code, and what it says. */
static u32 runner_code[SZ_64K / 4] __attribute__((aligned(65536)));
static struct {
	u64 value, count, stop;
} said __attribute__((aligned(65536)));

/* What CPU 1 has to run; `order` odd: go, even: stand. */
static struct {
	struct s2 s2;
	struct s1 s1;
	bool stage1, e2h;
	u64 at; /* the page, as the guest knows it */
	volatile u64 order, stands, faults, strange;
} run;

static const u32 runner[] = {
	0xf9400020, /* ldr x0, [x1] */
	0xf9000060, /* str x0, [x3] */
	0x91000484, /* add x4, x4, #1 */
	0xf9000464, /* str x4, [x3, #8] */
	0xd503203f, /* yield */
	0xf9400865, /* ldr x5, [x3, #16] */
	0xb4ffff45, /* cbz x5, the first one */
	0xd4000022, /* hvc #1 */
};

static u64 code_at(void)
{
	return (run.stage1 ? run.s1.code : run.s2.code) + SZ_64K;
}

static u64 said_at(void)
{
	return code_at() + SZ_64K;
}

/* An exit of the guest: of the page, or something that should not be. */
static bool is_fault(const struct frame *f)
{
	u64 ec = FIELD(f->esr, 31, 26);

	if (run.stage1) /* by EL1's vector */
		return ec == 0x16 && (f->esr & 0xffff) == 2;
	return ec == 0x24 && (f->esr & 0x3f) == FSC_TRANS(3) && f->hpfar << 8 == run.at;
}

static void run_guest(void)
{
	struct frame f = {.x = {[1] = run.at, [3] = said_at()}};

	if (run.e2h != (read_sysreg(hcr_el2) >> 34 & 1))
		set_e2h(run.e2h);
	s1_guest_off();
	s2_on(&run.s2, VMID);
	if (run.stage1)
		s1_guest_on(&run.s1, ASID);
	guest_vectors(code_at() + VECTORS);
	for (;;) {
		f.pc = code_at();
		f.pstate = P_DAIF | P_EL1h;
		enter(&f);
		if (FIELD(f.esr, 31, 26) == 0x16 && (f.esr & 0xffff) == 1)
			break;
		if (is_fault(&f))
			run.faults++;
		else
			run.strange++;
		cpu_relax();
	}
	s2_off();
}

static void second_cpu(void)
{
	u64 seen = 0;

	write_sysreg(sctlr_el2, read_sysreg(sctlr_el2) & ~UINT64_C(0x5));
	isb();
	write_sysreg(vbar_el2, (u64)enter_vectors);
	/* What firmware leaves there, but for E2H: HCR_EL2 is CPU 0's. */
	set_e2h(false);
	for (;;) {
		while (run.order == seen)
			cpu_relax();
		seen = run.order;
		if (seen & 1)
			run_guest();
		run.stands = seen;
		dsb(ish);
	}
}

static void wait(const volatile u64 *what, u64 least)
{
	u64 start = counter_read();

	while (*what < least) {
		if (counter_read() - start > TIMEOUT * counter_hz())
			fatal("the guest on CPU 1 does not get on in %u s: values %lu, faults %lu, "
			      "others %lu",
			      TIMEOUT, said.count, run.faults, run.strange);
		cpu_relax();
	}
}

static void start_guest(void)
{
	memset((void *)&said, 0, sizeof(said));
	run.faults = run.strange = 0;
	run.e2h = e2h;
	dsb(ish);
	run.order++;
	dsb(ish);
}

static void stop_guest(void)
{
	*(volatile u64 *)&said.stop = 1;
	dsb(ish);
	wait(&run.stands, run.order);
	run.order++;
	wait(&run.stands, run.order);
}

static bool is_broadcast(const struct tlbi_form *f)
{
	size_t n = strlen(f->name);

	return f->name[n - 1] == 's' && (f->name[n - 2] == 'i' || f->name[n - 2] == 'o');
}

static void set_page(u64 desc)
{
	if (run.stage1)
		mm_set(&run.s1.t, run.at, 3, desc);
	else
		mm_set(&run.s2.t, run.at, 3, desc);
}

static u64 leaf(u32 page)
{
	return page_pa(page) | D_PAGE | (run.stage1 ? S1_RW | S1_NG : S2_RW);
}

/* One form: pages come and go. Returns what was not right. */
static u64 come_and_go(const struct tlbi_form *f, u32 granule)
{
	const volatile u64 *count = &said.count, *value = &said.value;
	u64 bad = 0, operand = tlbi_operand(f, granule, run.at, 0, ASID);

	for (u32 i = 0; i < ROUNDS; i++) {
		u64 before;

		set_page(leaf(i % NR_PAGES));
		before = *count;
		/* The first of these may have been on its way. */
		wait(count, before + 3);
		bad += *value != MARK(i % NR_PAGES);
		set_page(0);
		tlbi_do(f, operand);
		wait(&run.faults, run.faults + 2);
		before = *count;
		wait(&run.faults, run.faults + 3);
		bad += *count != before;
	}
	return bad + run.strange;
}

static void prepare(u32 g, bool stage1)
{
	fresh();
	run.stage1 = stage1;
	s2_make(&run.s2, s2_usual(g));
	s2_map_payload(&run.s2);
	s1_make(&run.s1, g, run.s2.code);
	mm_map(&run.s2.t, run.s2.code + SZ_64K, 3, (u64)runner_code | S2_RO);
	mm_map(&run.s2.t, run.s2.code + 2 * SZ_64K, 3, (u64)&said | S2_RW);
	mm_map(&run.s1.t, run.s1.code + SZ_64K, 3, (run.s2.code + SZ_64K) | S1_RW | S1_RO);
	mm_map(&run.s1.t, run.s1.code + 2 * SZ_64K, 3, (run.s2.code + 2 * SZ_64K) | S1_RW);
	run.at = stage1 ? run.s1.window : run.s2.window;
	set_page(leaf(0));
	memcpy(runner_code, runner, sizeof(runner));
	for (u32 i = 0; i < 16; i++)
		runner_code[VECTORS / 4 + i * 32] = 0xd4000042; /* hvc #2 */
	asm volatile("dsb ish\n\tic ialluis\n\tdsb ish\n\tisb" ::: "memory");
	/* What CPU 0's TLBI is about. */
	s2_on(&run.s2, VMID);
	tlbi_everything();
}

static void forms(u32 g, bool stage1)
{
	const struct tlbi_form *f = stage1 ? tlbi_guest : tlbi_s2;
	u32 n = stage1 ? nr_tlbi_guest : nr_tlbi_s2;

	prepare(g, stage1);
	start_guest();
	for (; n--; f++) {
		if (!tlbi_exists(f) || !is_broadcast(f))
			continue;
		begin("%ssmp %s stage %u %s", e2h ? "e2h " : "", granules[g].name, stage1 ? 1 : 2,
		      f->name);
		see_bits("bad", come_and_go(f, g), 0);
		end();
	}
	set_page(leaf(0));
	stop_guest();
	s2_off();
}

void cases_smp(void)
{
	static bool started;

	if (machine.nr_cpus < 2)
		return;
	if (!started && !cpu_start(1, second_cpu))
		fatal("CPU 1 did not start");
	started = true;
	for (u32 g = 0; g < NR_GRANULES; g++) {
		if (!granules[g].stage1 || !granules[g].stage2)
			continue;
		forms(g, false);
		forms(g, true);
	}
}
