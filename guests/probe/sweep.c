/* SPDX-License-Identifier: Apache-2.0 */
#include "sweep.h"

#include <string.h>

#include "bootargs.h"
#include "console.h"
#include "lib/printf.h"
#include "machine.h"

#define CHUNK 1024

static struct op ops[CHUNK + 1];
static u8 buffer[4096] __attribute__((aligned(4096))); /* what DC, IC and AT are about */

bool sweep_volatile(u16 enc)
{
	switch (enc) {
	case ENC(3, 3, 14, 0, 1): /* CNTPCT, CNTVCT, and self-synchronised */
	case ENC(3, 3, 14, 0, 2):
	case ENC(3, 3, 14, 0, 5):
	case ENC(3, 3, 14, 0, 6):
	case ENC(3, 3, 14, 2, 0): /* TVAL of all timers */
	case ENC(3, 3, 14, 3, 0):
	case ENC(3, 4, 14, 2, 0):
	case ENC(3, 4, 14, 3, 0):
	case ENC(3, 5, 14, 2, 0):
	case ENC(3, 5, 14, 3, 0):
	case ENC(3, 3, 2, 4, 0): /* RNDR, RNDRRS */
	case ENC(3, 3, 2, 4, 1):
		return true;
	}
	return false;
}

u64 sweep_kept_bits(u16 enc)
{
	u64 ours = ~UINT64_C(0);

	switch (enc) {
	case E_HCR_EL2:
		return HCR_EL2_E2H; /* changes what the names mean */
	case ENC(3, 4, 1, 0, 0):    /* SCTLR_EL2; SCTLR_EL1 at E2H = 1 */
	case ENC(3, 0, 1, 0, 0):
		return BIT(0) | BIT(1) | BIT(25) | BIT(3); /* M, A, EE, SA */
	case ENC(3, 4, 1, 0, 3): /* SCTLR2_EL2, and EL1's: how exceptions are taken */
	case ENC(3, 0, 1, 0, 3):
	case ENC(3, 0, 4, 2, 0): /* SPSel: the stack */
	case ENC(3, 3, 4, 2, 1): /* DAIF: interrupts and debug exceptions in the probe */
	case ENC(3, 3, 4, 2, 2): /* SVCR: streaming mode */
	case ENC(3, 0, 2, 5, 0): /* GCSCR of EL1, EL2 and EL0: a return without its record traps */
	case ENC(3, 4, 2, 5, 0):
	case ENC(3, 0, 2, 5, 2):
	case ENC(3, 4, 12, 0, 2): /* RMR_EL2 asks for a reset */
		return ours;
	case ENC(3, 3, 9, 12, 0): /* PMCR_EL0.E, C and P: counting takes time */
		return BIT(0) | BIT(1) | BIT(2);
	case ENC(3, 3, 14, 2, 1): /* timers: ISTATUS depends on the time */
	case ENC(3, 3, 14, 3, 1):
	case ENC(3, 4, 14, 2, 1):
	case ENC(3, 4, 14, 3, 1):
	case ENC(3, 5, 14, 2, 1):
	case ENC(3, 5, 14, 3, 1):
		return BIT(0);
	}
	return sweep_volatile(enc) ? ours : 0;
}

bool sweep_left_out(u16 enc, enum dir dir)
{
	/* Encodings that exist nowhere, by the tens of thousands. */
	if (ENC_OP0(enc) == 1 && ENC_CRN(enc) != 7 && ENC_CRN(enc) != 8 && ENC_CRN(enc) != 11 &&
	    ENC_CRN(enc) != 15)
		return true;
	return dir == WRITE && enc == ENC(3, 4, 12, 0, 2); /* RMR_EL2 asks for a reset */
}

bool sweep_all(void)
{
	size_t len;
	const char *traps = bootargs_find(machine.bootargs, "traps", &len);

	return traps && bootargs_list_has(traps, len, "all");
}

static u64 argument(u16 enc, const u64 *val)
{
	/* DC ISW, CSW, CISW take a set and a way: the first ones. */
	if (ENC_OP0(enc) == 1)
		return ENC_CRN(enc) == 7 ? (u64)buffer : 0;
	return val ? val[enc] : 0;
}

static void to_outcome(const struct op *op, u16 enc, enum dir dir, u64 pstate, struct outcome *out)
{
	u64 thunk = dir == READ ? thunk_read(enc) : thunk_write(enc), odd = ~UINT64_C(0);

	*out = (struct outcome){0};
	if (!op->where) {
		if (dir == READ && !sweep_volatile(enc))
			out->val = op->result;
		return;
	}
	/* NZCV, SSBS and the like of the caller; the batch keeps what enter() found. */
	odd = op->spsr ^ pstate;
	out->where = (u16)op->where;
	out->esr = (u32)op->esr;
	if (op->elr != thunk)
		out->extra = op->elr;
	else
		out->extra = odd;
}

void sweep(const u16 *list, u32 n, enum dir dir, u64 pstate, const u64 *val, struct outcome *out)
{
	for (u32 done = 0; done < n;) {
		u32 part = n - done < CHUNK ? n - done : CHUNK;

		for (u32 i = 0; i < part; i++) {
			u16 enc = list[done + i];

			ops[i].thunk = dir == READ ? thunk_read(enc) : thunk_write(enc);
			ops[i].arg = argument(enc, val);
		}
		run_ops(ops, part, pstate);
		for (u32 i = 0; i < part; i++)
			to_outcome(&ops[i], list[done + i], dir, pstate, &out[done + i]);
		done += part;
	}
}

bool sweep_bits(u16 enc, u64 pstate, u64 *ones, u64 *zeros)
{
	u64 keep = sweep_kept_bits(enc), old;

	if (keep == ~UINT64_C(0))
		return false;
	ops[0].thunk = ops[2].thunk = ops[4].thunk = thunk_read(enc);
	ops[1].thunk = ops[3].thunk = ops[5].thunk = thunk_write(enc);
	run_ops(ops, 1, pstate);
	old = ops[0].result;
	ops[1].arg = (old & keep) | ~keep;
	ops[3].arg = old & keep;
	ops[5].arg = old;
	run_ops(ops, 6, pstate);
	for (u32 i = 0; i < 6; i++) {
		if (ops[i].where)
			return false;
	}
	*ones = ops[2].result;
	*zeros = ops[4].result;
	return true;
}

bool outcome_same(const struct outcome *a, const struct outcome *b)
{
	return a->val == b->val && a->extra == b->extra && a->esr == b->esr && a->where == b->where;
}

static u32 own_el(u64 pstate)
{
	return (pstate & P_MODE) >= P_EL2t ? 2 : 1;
}

bool outcome_undef(const struct outcome *o, u64 pstate)
{
	return o->where >> 12 == own_el(pstate) && o->esr == 0x02000000;
}

/* The syndrome of a trapped access, with x0. */
static u32 trap_esr(u16 enc, enum dir dir)
{
	return 0x18u << 26 | 1u << 25 | ENC_OP0(enc) << 20 | ENC_OP2(enc) << 17 |
	       ENC_OP1(enc) << 14 | ENC_CRN(enc) << 10 | ENC_CRM(enc) << 1 | (dir == READ);
}

/* "=VALUE", "ok", "undef", "trap-elN", or "elN-ESR"; what is unusual follows. */
static void to_text(const struct outcome *o, u16 enc, enum dir dir, u64 pstate, char *text,
		    size_t size)
{
	u32 el = o->where >> 12, offset = o->where & 0xfff, expected;
	int n;

	if (!el) {
		if (dir == WRITE)
			fmt_snprintf(text, size, "ok");
		else if (sweep_volatile(enc))
			fmt_snprintf(text, size, "=*");
		else
			fmt_snprintf(text, size, "=%lx", o->val);
		return;
	}
	if (outcome_undef(o, pstate))
		n = fmt_snprintf(text, size, "undef");
	else if (o->esr == trap_esr(enc, dir))
		n = fmt_snprintf(text, size, "trap-el%u", el);
	else
		n = fmt_snprintf(text, size, "el%u-%08x", el, o->esr);
	expected = el > (FIELD(pstate, 3, 2)) ? 0x400 : pstate & 1 ? 0x200 : 0;
	if (offset != expected)
		n += fmt_snprintf(text + n, size - (size_t)n, ",vector-%x", offset);
	if (o->extra)
		fmt_snprintf(text + n, size - (size_t)n, ",odd-%lx", o->extra);
}

static void print_run(const char *section, enum dir dir, u16 first, u16 last, const char *text)
{
	console_printf("%s %c %u.%u.%u.%u.%u", section, dir == READ ? 'r' : 'w', ENC_ARGS(first));
	if (last != first)
		console_printf("..%u.%u.%u.%u.%u", ENC_ARGS(last));
	console_printf(" %s\n", text);
}

void sweep_print(const char *section, enum dir dir, const u16 *list, u32 n, u64 pstate,
		 const struct outcome *out, const struct outcome *base)
{
	char run[64] = "", text[64];
	u16 first = 0, last = 0;

	for (u32 i = 0; i < n; i++) {
		bool shown = !base || !outcome_same(&out[i], &base[i]);

		if (shown)
			to_text(&out[i], list[i], dir, pstate, text, sizeof(text));
		if (*run && shown && list[i] == last + 1 && !strcmp(run, text)) {
			last = list[i];
			continue;
		}
		if (*run)
			print_run(section, dir, first, last, run);
		*run = '\0';
		if (shown) {
			memcpy(run, text, sizeof(run));
			first = last = list[i];
		}
	}
	if (*run)
		print_run(section, dir, first, last, run);
}
