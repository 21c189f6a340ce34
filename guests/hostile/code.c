/* SPDX-License-Identifier: Apache-2.0 */
/* Writing code and running it. */
#include "exception.h"
#include "gic.h"
#include "hostile.h"
#include "machine.h"

#define INSN_MSR    0xd5000000u /* or SYS; the encoding at 20:5 */
#define INSN_READ   0x00200000u
#define INSN_NOP    0xd503201fu
#define INSN_HVC(n) (0xd4000002u | (n) << 5)
#define INSN_SMC(n) (0xd4000003u | (n) << 5)
#define INSN_SVC(n) (0xd4000001u | (n) << 5)
#define INSN_ISB    0xd5033fdfu

#define END    0x77  /* HVC or SVC: the code is done */
#define REPORT 0x100 /* HVC, from the guest's vectors */

#define MAX_WORDS 1000

#define EC(esr) ((u32)FIELD(esr, 31, 26))

void code_begin(struct hostile *h)
{
	h->nr = 0;
	h->regs = 0;
	for (u32 i = 0; i < 31; i++)
		h->frame.x[i] = 0;
}

void emit(struct hostile *h, u32 insn)
{
	if (h->nr < MAX_WORDS)
		h->code[h->nr++] = insn;
}

u32 reg_with(struct hostile *h, u64 val)
{
	u32 n = h->regs < 30 ? h->regs++ : below(h, 30);

	h->frame.x[n] = val;
	return n;
}

void emit_write(struct hostile *h, u16 enc, u32 reg)
{
	emit(h, INSN_MSR | (u32)enc << 5 | reg);
}

void emit_read(struct hostile *h, u16 enc, u32 reg)
{
	emit(h, INSN_MSR | INSN_READ | (u32)enc << 5 | reg);
}

void emit_access(struct hostile *h, u32 size_log2, bool write, u32 data, u32 base)
{
	emit(h, 0x39000000u | size_log2 << 30 | (write ? 0 : BIT(22)) | base << 5 | data);
}

void emit_odd_access(struct hostile *h, bool write, u32 data, u32 base)
{
	u32 insn = (write ? 0 : BIT(22)) | base << 5 | data;

	if (below(h, 2)) /* LDR, STR and shorter ones, post-index */
		insn |= 0x38000400 | below(h, 4) << 30 | below(h, 512) << 12;
	else /* LDP, STP, LDPSW or unallocated; post-index */
		insn |= 0x28800000 | below(h, 4) << 30 | below(h, 128) << 15 | below(h, 32) << 10;
	emit(h, insn);
}

/*
 * PSCI, the SMC Calling Convention, neve's own and their neighbours. Not what ends the VM:
 * SYSTEM_OFF and SYSTEM_RESET are its right.
 */
static u64 function(struct hostile *h)
{
	static const u32 base[] = {0x84000000, 0xc4000000, 0x80000000, 0xc6004e00, 0x86000000,
				   0xc5000000, 0x82000000, 0xc3000000, 0xbf00ff00, 0xffffff00};
	u32 fn;

	do {
		fn = base[below(h, ARRAY_SIZE(base))] + below(h, 0x20);
		if (!below(h, 8))
			fn = (u32)rnd(h);
	} while ((fn & 0xbfffffe0) == 0x84000000 &&
		 ((fn & 0x1f) == 2 || (fn & 0x1f) == 8 || (fn & 0x1f) == 9 || (fn & 0x1f) == 0x12));
	return fn | (below(h, 8) ? 0 : rnd(h) << 32);
}

/* CPU_ON is good for something only where it must be refused. */
static u64 bad_entry(struct hostile *h)
{
	u64 addr;

	do
		addr = below(h, 2) ? address(h) : rnd(h);
	while (addr - place.sandbox < SANDBOX_SIZE || !address_ok(addr & ~UINT64_C(3)));
	return addr;
}

void emit_system_call(struct hostile *h)
{
	u64 fn = function(h);
	bool cpu_on = (fn & 0xbfffffff) == 0x84000003;

	/* x0-x3 are the arguments; whoever has taken them before gets others */
	h->frame.x[0] = fn;
	h->frame.x[1] = cpu_on && below(h, 4) ? machine.mpidr[below(h, machine.nr_cpus)]
			: below(h, 2)	      ? value(h)
					      : below(h, 8);
	h->frame.x[2] = cpu_on ? bad_entry(h) : value(h);
	h->frame.x[3] = value(h);
	if (h->regs < 4)
		h->regs = 4;
	switch (below(h, 8)) {
	case 0:
		emit(h, INSN_HVC(below(h, 2) * below(h, 0x10000) & 0xff00));
		break;
	case 1:
		emit(h, INSN_SMC(below(h, 0x10000)));
		break;
	case 2:
		emit(h, INSN_SVC(below(h, 0x10000)));
		break;
	default:
		emit(h, INSN_SMC(0));
	}
}

static void emit_memory(struct hostile *h)
{
	/* ldp, stp, ldxr, stxr, ldar, stlr, ldadd, swp, ldtr, sttr, ldr q, post-index, dc, ic, prfm
	 */
	static const u32 kinds[] = {0xa9400800, 0xa9000800, 0xc85f7c00, 0xc8007c01, 0xc8dffc00,
				    0xc89ffc00, 0xf8200000, 0xf8208000, 0xf8400800, 0xf8000800,
				    0x3dc00000, 0xf8408400, 0xd50b7420, 0xd50b7e20, 0xd50b7520,
				    0xd5087620, 0xf9800000, 0x38e00000, 0xc8607c00, 0x0d407000};
	u32 base = reg_with(h, address(h)), data = reg_with(h, value(h)), insn;

	if (below(h, 3)) {
		emit_access(h, below(h, 4), below(h, 2), data, base);
		return;
	}
	insn = kinds[below(h, ARRAY_SIZE(kinds))];
	if (insn >> 22 == 0xd5080000 >> 22)
		emit(h, insn | base);
	else
		emit(h, insn | base << 5 | data);
}

void emit_attack(struct hostile *h)
{
	/* wfi, wfe, yield, isb, dsb, sb, eret, eretaa, brk, hlt, udf, clrex */
	static const u32 plain[] = {0xd503207f, 0xd503205f, 0xd503203f, 0xd5033fdf,
				    0xd5033f9f, 0xd50330ff, 0xd69f03e0, 0xd69f0bff,
				    0xd4200020, 0xd4400020, 0x00000000, 0xd503305f};

	switch (below(h, 10)) {
	case 0:
	case 1:
		emit_write(h, encoding(h), reg_with(h, value(h)));
		break;
	case 2:
	case 3:
		emit_read(h, encoding(h), reg_with(h, 0));
		break;
	case 4:
	case 5:
	case 6:
		emit_memory(h);
		break;
	case 7:
		if (below(h, 2))
			emit(h, (u32)rnd(h));
		else
			emit(h, plain[below(h, ARRAY_SIZE(plain))]);
		break;
	case 8:
		if (below(h, 3)) /* PSTATE: daifset, spsel and so on */
			emit(h, 0xd500401fu | below(h, 8) << 16 | below(h, 16) << 8 |
					below(h, 8) << 5);
		else
			emit(h, 0xd61f0000u | reg_with(h, address(h)) << 5); /* br */
		break;
	default:
		emit_system_call(h);
	}
}

/* What a run found in its registers stays in memory, where it is looked for. */
static void keep_loot(struct hostile *h)
{
	for (u32 i = 0; i < 31; i++)
		h->loot[(h->loot_pos + i) % (LOOT_SIZE / 8)] = h->frame.x[i];
	h->loot_pos += 32;
}

void keep_vectors(struct hostile *h)
{
	u64 at = h->loot_pos % (LOOT_SIZE / 8);
	u64 *to = &h->loot[at > LOOT_SIZE / 8 - 64 ? LOOT_SIZE / 8 - 64 : at];

	h->loot_pos += 64;
	asm volatile(".arch_extension simd\n\t"
		     "st1 {v0.2d-v3.2d}, [%0], #64\n\t"
		     "st1 {v4.2d-v7.2d}, [%0], #64\n\t"
		     "st1 {v8.2d-v11.2d}, [%0], #64\n\t"
		     "st1 {v12.2d-v15.2d}, [%0], #64\n\t"
		     "st1 {v16.2d-v19.2d}, [%0], #64\n\t"
		     "st1 {v20.2d-v23.2d}, [%0], #64\n\t"
		     "st1 {v24.2d-v27.2d}, [%0], #64\n\t"
		     "st1 {v28.2d-v31.2d}, [%0], #64"
		     : "+r"(to)::"memory");
}

static void ack_all(void)
{
	for (u32 i = 0; i < 32; i++) {
		u32 intid = gic_ack();

		if (intid >= 1020 && intid < 8192)
			break;
		gic_eoi(intid);
	}
}

/* The exception that ended a run was an interrupt: the time is up when the second one has come. */
static bool is_interrupt(const struct frame *f)
{
	return (f->vector & 0x180) != 0;
}

static void timer_start(void)
{
	write_sysreg(cnthp_tval_el2, counter_hz() / 1000000 * hostile_slice);
	write_sysreg(cnthp_ctl_el2, 1);
	isb();
}

static void timer_stop(void)
{
	write_sysreg(cnthp_ctl_el2, 2);
	isb();
}

/* Where EL1 took the exception that it reports; of no use with E2H, which has another name for it.
 */
static u64 guest_pc(void)
{
	return read_sysreg(hcr_el2) & HCR_EL2_E2H ? 0 : read_sysreg(elr_el1);
}

void code_run_at(struct hostile *h, u64 pc, u64 pstate)
{
	u64 start = (u64)h->code;
	u32 interrupts = 0;

	emit(h, INSN_HVC(END));
	emit(h, INSN_SVC(END)); /* of user space, where HVC is undefined */
	asm volatile("dsb ish\n\tic iallu\n\tdsb ish\n\tisb" ::: "memory");
	h->frame.pc = pc;
	h->frame.pstate = pstate;
	for (u32 exits = 0; exits < h->max_exits && interrupts < 2; exits++) {
		u32 imm;

		timer_start();
		enter(&h->frame);
		timer_stop();
		h->st->exits++;
		keep_loot(h);
		imm = (u32)h->frame.esr & 0xffff;
		if (is_interrupt(&h->frame)) {
			ack_all();
			interrupts++;
			continue;
		}
		if ((EC(h->frame.esr) == 0x16 || EC(h->frame.esr) == 0x15) && imm == END)
			return;
		/* on behind the instruction, or anywhere */
		if (h->frame.pc - start < h->nr * 4u && imm < REPORT)
			h->frame.pc += EC(h->frame.esr) == 0x16 ? 0 : 4;
		else if (imm >= REPORT && below(h, 8) && guest_pc() - start < h->nr * 4u)
			h->frame.pc = guest_pc() + 4;
		else
			h->frame.pc = start + below(h, h->nr) * 4;
		h->frame.pstate = pstate;
	}
}

void code_run(struct hostile *h, u64 pstate)
{
	code_run_at(h, (u64)h->code, pstate);
}

void poke(struct hostile *h, u16 enc, u64 val)
{
	code_begin(h);
	emit_write(h, enc, reg_with(h, val));
	emit(h, INSN_ISB);
	code_run(h, P_DAIF | P_EL2t);
}
