/* SPDX-License-Identifier: Apache-2.0 */
/* Thunks, and batches of them. */
#include "probe.h"

#include "exception.h"

#define INSN_RET   0xd65f03c0u
#define INSN_SYS   0xd5000000u /* MSR or SYS; op0 at 20:19 */
#define INSN_READ  BIT(21)
#define INSN_SHIFT 5

static u32 thunks[2][ENC_END][2] __attribute__((aligned(64)));

extern char batch[], batch_end[];

void thunks_init(void)
{
	for (u32 read = 0; read < 2; read++) {
		for (u32 enc = ENC_FIRST; enc < ENC_END; enc++) {
			thunks[read][enc][0] =
				INSN_SYS | enc << INSN_SHIFT | (read ? (u32)INSN_READ : 0);
			thunks[read][enc][1] = INSN_RET;
		}
	}
	for (u64 a = (u64)thunks; a < (u64)thunks + sizeof(thunks); a += 64)
		asm volatile("dc cvau, %0" ::"r"(a) : "memory");
	asm volatile("dsb ish\n\tic iallu\n\tdsb ish\n\tisb" ::: "memory");
}

u64 thunk_read(u16 enc)
{
	return (u64)thunks[1][enc];
}

u64 thunk_write(u16 enc)
{
	return (u64)thunks[0][enc];
}

u64 reg_read(u16 enc)
{
	return ((u64(*)(void))thunks[1][enc])();
}

void reg_write(u16 enc, u64 val)
{
	((void (*)(u64))thunks[0][enc])(val);
	isb();
}

static bool at_end(const struct frame *f)
{
	/* HVC at the end, at EL0 through EL1's vector; undefined at EL0 with TGE. */
	return !f->x[20] && (FIELD(f->esr, 31, 26) == 0x16 || f->pc == (u64)batch_end);
}

void run_ops(struct op *ops, u32 n, u64 pstate)
{
	struct frame f = {.pc = (u64)batch, .pstate = pstate};

	f.x[19] = (u64)ops;
	f.x[20] = n;
	for (u32 i = 0; i < n; i++)
		ops[i].where = 0;
	for (u32 exits = 0;; exits++) {
		struct op *op;

		enter(&f);
		if (at_end(&f))
			return;
		if (exits > 2 * n + 2)
			fatal("a batch does not end: vector 0x%lx esr 0x%lx elr 0x%lx", f.vector,
			      f.esr, f.pc);
		op = (struct op *)f.x[19];
		op->where = 0x2000 | f.vector;
		op->esr = f.esr;
		op->elr = f.pc;
		op->spsr = f.pstate;
		f.pc += 4;
	}
}

void enter_stray(u64 vector, u64 esr, u64 elr, u64 far, u64 spsr)
{
	fatal("exception in the probe itself: vector 0x%lx esr 0x%lx elr 0x%lx far 0x%lx spsr 0x%lx",
	      vector, esr, elr, far, spsr);
}
