/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of the regimes, the guest's code, and what became of it. */
#include <string.h>

#include "console.h"
#include "exception.h"
#include "lib/printf.h"
#include "machine.h"
#include "mmu.h"

#define HCR_VM	  BIT(0)
#define HCR_TGE	  BIT(27)
#define MAIR	  0xff04
#define SCTLR_ON  0x30d01805 /* M, C, I; no A, no WXN; SPAN */
#define SCTLR_OFF 0x30d00800
#define HIGH_CODE UINT64_C(0x100000000)
#define HIGH_FREE UINT64_C(0x200000000)
#define LOW_FREE  UINT64_C(0x100000)

#define I_HVC(n) (0xd4000002u | (u32)(n) << 5)
#define I_SVC(n) (0xd4000001u | (u32)(n) << 5)
#define I_NOP	 0xd503201fu
#define END	 1
#define REPORT	 0x100

/* An EL1&0 register, by the name that reaches it. */
#define write_el1(which, val)                                                                      \
	do {                                                                                       \
		if (e2h)                                                                           \
			asm volatile("msr s3_5_" which ", %0" ::"r"((u64)(val)) : "memory");       \
		else                                                                               \
			asm volatile("msr s3_0_" which ", %0" ::"r"((u64)(val)) : "memory");       \
	} while (0)
#define read_el1(which)                                                                            \
	({                                                                                         \
		u64 v_;                                                                            \
		if (e2h)                                                                           \
			asm volatile("mrs %0, s3_5_" which : "=r"(v_)::"memory");                  \
		else                                                                               \
			asm volatile("mrs %0, s3_0_" which : "=r"(v_)::"memory");                  \
		v_;                                                                                \
	})
#define SCTLR "c1_c0_0"
#define TTBR0 "c2_c0_0"
#define TCR   "c2_c0_2"
#define ESR   "c5_c2_0"
#define FAR   "c6_c0_0"
#define MAIRR "c10_c2_0"
#define VBAR  "c12_c0_0"

u8 pages[NR_PAGES][SZ_64K] __attribute__((aligned(65536)));

/* The guest's: code at 0, EL1's vectors at VECTORS. A whole page of the largest granule. */
#define VECTORS 0x800
static u32 code[SZ_64K / 4] __attribute__((aligned(65536)));

static u64 who, code_at;

static void sync_code(void)
{
	for (u64 a = (u64)code; a < (u64)code + SZ_4K; a += 64)
		asm volatile("dc cvau, %0" ::"r"(a) : "memory");
	asm volatile("dsb ish\n\tic iallu\n\tdsb ish\n\tisb" ::: "memory");
}

u64 code_pa(void)
{
	return (u64)code;
}

void fresh(void)
{
	s2_off();
	s1_guest_off();
	write_sysreg(vttbr_el2, 0);
	write_sysreg(vtcr_el2, BIT(31));
	mm_reset();
	for (u32 i = 0; i < NR_PAGES; i++) {
		*(u64 *)pages[i] = MARK(i);
		((u32 *)(pages[i] + FETCH))[0] = I_HVC(END);
		((u32 *)(pages[i] + FETCH))[1] = I_SVC(END);
	}
	for (u32 i = 0; i < 16; i++)
		code[VECTORS / 4 + i * 32] = I_HVC(REPORT + i);
	sync_code();
	tlbi_everything();
}

/* ---- stage 2 ---- */

void s2_make(struct s2 *s, const struct s2_config *c)
{
	const struct granule *g = &granules[c->granule];

	*s = (struct s2){.config = c};
	mm_table(&s->t, g->shift, c->start_level, c->ia_bits);
	s->vtcr = BIT(31) | VTCR_PS_40 | UINT64_C(0x35) << 8 | g->tg0 | c->sl0 << 6 |
		  (64 - c->ia_bits);
	s->code = c->ia_bits > 33 ? HIGH_CODE : 0;
	s->window = c->ia_bits > 33 ? HIGH_FREE : LOW_FREE;
	mm_map(&s->t, s->code, 3, (u64)code | S2_RO);
}

void s2_map_payload(struct s2 *s)
{
	u64 block = BIT(mm_shift(&s->t, 2));
	extern char _image_start[], _image_end[];

	for (u64 a = ALIGN_DOWN((u64)_image_start, block); a < (u64)_image_end; a += block)
		mm_map(&s->t, a, 2, a | S2_RW);
}

void s2_on(const struct s2 *s, u64 vmid)
{
	write_sysreg(vtcr_el2, s->vtcr);
	write_sysreg(vttbr_el2, s->t.root | vmid << 48);
	write_sysreg(hcr_el2, read_sysreg(hcr_el2) | HCR_VM);
	isb();
}

void s2_off(void)
{
	write_sysreg(hcr_el2, read_sysreg(hcr_el2) & ~HCR_VM);
	isb();
}

const struct s2_config *s2_usual(u32 granule)
{
	static const struct s2_config usual[NR_GRANULES] = {
		{"4k-39", 0, 1, 39, 1},
		{"16k-40", 1, 2, 40, 1},
		{"64k-40", 2, 2, 40, 1},
	};

	return &usual[granule];
}

void s2_fresh(struct s2 *s, u32 granule)
{
	fresh();
	s2_make(s, s2_usual(granule));
}

/* ---- stage 1 ---- */

void s1_make(struct s1 *s, u32 granule, u64 code_pa)
{
	static const u32 bits[] = {39, 36, 42};
	static const u32 start[] = {1, 2, 2};

	*s = (struct s1){.granule = granule, .code = HIGH_CODE, .window = HIGH_FREE};
	mm_table(&s->t, granules[granule].shift, start[granule], bits[granule]);
	mm_map(&s->t, s->code, 3, code_pa | S1_RW | S1_RO);
}

/* In blocks, so that each change of a page leaves the payload's own mapping alone. */
static void map_image(struct s1 *s, u64 attrs)
{
	u64 block = BIT(mm_shift(&s->t, 2));
	extern char _image_start[], _image_end[];

	for (u64 a = ALIGN_DOWN((u64)_image_start, block); a < (u64)_image_end; a += block)
		mm_map(&s->t, a, 2, a | attrs);
}

void s1_map_tables(struct s1 *s)
{
	map_image(s, S1_NORMAL | S1_PXN | S1_UXN);
}

void s1_map_payload(struct s1 *s)
{
	u64 block = BIT(mm_shift(&s->t, 2));

	map_image(s, S1_NORMAL | (e2h ? 0 : S1_AP1));
	mm_map(&s->t, ALIGN_DOWN(machine.uart.base, block), 2,
	       ALIGN_DOWN(machine.uart.base, block) | S1_DEVICE | S1_UXN | (e2h ? S1_PXN : S1_AP1));
}

/* Of TCR_EL1, and of TCR_EL2 with E2H = 1. */
static u64 tcr_el1_of(const struct s1 *s)
{
	return (64 - s->t.ia_bits) | UINT64_C(0x35) << 8 | granules[s->granule].tg0 | BIT(23) |
	       UINT64_C(2) << 30 | UINT64_C(2) << 32 | (s->ha ? BIT(39) : 0) |
	       (s->hd ? BIT(40) : 0);
}

static u64 tcr_el2_of(const struct s1 *s)
{
	if (e2h)
		return tcr_el1_of(s);
	return (64 - s->t.ia_bits) | UINT64_C(0x35) << 8 | granules[s->granule].tg0 | BIT(31) |
	       BIT(23) | 2 << 16 | (s->ha ? BIT(21) : 0) | (s->hd ? BIT(22) : 0);
}

void s1_guest_on(const struct s1 *s, u64 asid)
{
	write_el1(MAIRR, MAIR);
	write_el1(TCR, tcr_el1_of(s));
	write_el1(TTBR0, s->t.root | asid << 48);
	isb();
	write_el1(SCTLR, SCTLR_ON);
	isb();
}

void s1_guest_off(void)
{
	write_el1(SCTLR, SCTLR_OFF);
	isb();
}

void s1_own_on(const struct s1 *s)
{
	write_sysreg(mair_el2, MAIR);
	write_sysreg(tcr_el2, tcr_el2_of(s));
	write_sysreg(ttbr0_el2, s->t.root | (u64)OWN_ASID << 48);
	tlbi_everything();
	write_sysreg(sctlr_el2, SCTLR_ON);
	isb();
}

void s1_own_off(void)
{
	write_sysreg(sctlr_el2, SCTLR_ON & ~UINT64_C(5));
	isb();
	tlbi_everything();
}

/* ---- running ---- */

void actor(u64 pstate, u64 at)
{
	who = pstate | P_DAIF;
	code_at = at;
}

void guest_vectors(u64 va)
{
	write_el1(VBAR, va);
	isb();
}

static void run(struct frame *f, struct outcome *o)
{
	u32 imm;

	sync_code();
	f->pc = code_at;
	f->pstate = who;
	write_el1(VBAR, code_at + VECTORS);
	write_sysreg(sp_el0, (u64)pages); /* never used */
	isb();
	enter(f);
	imm = f->esr & 0xffff;
	*o = (struct outcome){
		.el = 2, .value = f->x[0], .esr = f->esr, .far = f->far, .hpfar = f->hpfar};
	/* HVC, and SVC of EL0 with TGE */
	if ((FIELD(f->esr, 31, 26) == 0x16 || FIELD(f->esr, 31, 26) == 0x15) && imm == END) {
		o->el = 0;
		return;
	}
	if (FIELD(f->esr, 31, 26) != 0x16 || imm < REPORT || imm >= REPORT + 16)
		return;
	o->el = 1;
	o->esr = read_el1(ESR);
	o->far = read_el1(FAR);
	/* SVC of EL0, or of EL1 from a page that was fetched from */
	if (FIELD(o->esr, 31, 26) == 0x15 && (o->esr & 0xffff) == END)
		o->el = 0;
}

static u32 end_insn(void)
{
	return (who & P_MODE) == P_EL0t ? I_SVC(END) : I_HVC(END);
}

struct outcome access(u32 insn, u64 addr, u64 val)
{
	struct frame f = {.x = {val, addr}};
	struct outcome o;

	/* What is fetched ends as that EL can. */
	for (u32 i = 0; i < NR_PAGES; i++)
		((u32 *)(pages[i] + FETCH))[0] = end_insn();
	code[0] = insn;
	code[1] = end_insn();
	run(&f, &o);
	return o;
}

struct outcome guest_change(u64 *entry, u64 desc, u32 insn, u64 operand, u64 addr)
{
	struct frame f = {.x = {0, addr, desc, (u64)entry, 0, operand}};
	struct outcome o;
	u32 n = 0;

	code[n++] = 0xf9000062u; /* str x2, [x3] */
	code[n++] = 0xd5033b9fu; /* dsb ish */
	code[n++] = insn ? insn : I_NOP;
	code[n++] = 0xd5033b9fu;
	code[n++] = 0xd5033fdfu; /* isb */
	code[n++] = I_LDR;
	code[n++] = end_insn();
	run(&f, &o);
	return o;
}

/* ---- what is said ---- */

u32 wrong, lines;
#define PART 128
static char line[640];
static u32 used;
static bool line_wrong;

static void add(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fmt_vsnprintf(line + used, sizeof(line) - used, fmt, ap);
	va_end(ap);
	used += (u32)strlen(line + used);
}

void begin(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	used = 0;
	line_wrong = false;
	fmt_vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	used = (u32)strlen(line);
	add(":");
}

static bool is_abort(u64 esr)
{
	u64 ec = FIELD(esr, 31, 26);

	return ec == 0x20 || ec == 0x21 || ec == 0x24 || ec == 0x25;
}

/*
 * HPFAR_EL2 holds an address after faults of stage 2, but for permission faults of the access.
 * There is none with TGE: from EL0, too, it is EL2's own stage 1.
 */
static bool has_hpfar(const struct outcome *o)
{
	u64 ec = FIELD(o->esr, 31, 26), fsc = o->esr & 0x3f;

	if (read_sysreg(hcr_el2) & HCR_TGE)
		return false;
	return o->el == 2 && (ec == 0x20 || ec == 0x24) &&
	       (fsc < FSC_PERM(0) || (fsc < 0x10 && (o->esr & BIT(7))));
}

static bool as_wanted(const struct outcome *o, const struct want *w)
{
	switch (w->kind) {
	case WANT_VALUE:
		return !o->el && o->value == w->value;
	case WANT_FAULT:
		if (o->el != w->el || !is_abort(o->esr) || (o->esr & 0x3f) != w->value)
			return false;
		return w->ipa == NO_IPA || !has_hpfar(o) ||
		       o->hpfar << 8 == ALIGN_DOWN(w->ipa, SZ_4K);
	default:
		return true;
	}
}

bool is_wanted(struct outcome o, struct want w)
{
	return as_wanted(&o, &w);
}

void see(struct outcome o, struct want w)
{
	if (!o.el) {
		add(" =%lx", o.value);
	} else {
		add(" el%u(esr=%lx", o.el, o.esr);
		if (is_abort(o.esr))
			add(" far=%lx", o.far);
		if (has_hpfar(&o))
			add(" hpfar=%lx", o.hpfar);
		add(")");
	}
	if (as_wanted(&o, &w))
		return;
	add(w.kind == WANT_VALUE ? " WRONG(want =%lx)" : " WRONG(want fsc=%lx)", w.value);
	line_wrong = true;
}

void say(const char *name, u64 val)
{
	add(" %s=%lx", name, val);
}

void see_bits(const char *name, u64 val, u64 want)
{
	add(" %s=%lx", name, val);
	if (val == want)
		return;
	add(" WRONG(want %lx)", want);
	line_wrong = true;
}

void end(void)
{
	lines++;
	wrong += line_wrong;
	/* In parts: what console_printf() takes is limited. */
	for (u32 at = 0; at < used; at += PART) {
		char part[PART + 1] = {0};

		memcpy(part, line + at, used - at < PART ? used - at : PART);
		console_printf("%s", part);
	}
	console_printf("\n");
}
