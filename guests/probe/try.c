/* SPDX-License-Identifier: Apache-2.0 */
#include "try.h"

#include "console.h"
#include "lib/printf.h"

u32 try_code[16] __attribute__((aligned(4096)));

#define EC(esr) ((u32)FIELD(esr, 31, 26))

/* Exceptions that write FAR_ELx; for the others it is UNKNOWN. */
static bool has_far(u64 esr)
{
	u32 ec = EC(esr);

	return (ec >= 0x20 && ec <= 0x25) || ec == 0x34 || ec == 0x35;
}

void try_enter(const struct attempt *a, struct frame *f)
{
	u32 n = 0;

	while (n < ARRAY_SIZE(a->insn) && (a->insn[n] || !n)) {
		try_code[n] = a->insn[n];
		n++;
	}
	try_code[n] = (a->pstate & P_MODE) == P_EL0t ? I_END_EL0 : I_END_EL12;
	asm volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb" ::"r"(try_code)
		     : "memory");
	*f = (struct frame){.pc = a->code_va ? a->code_va : (u64)try_code, .pstate = a->pstate};
	f->x[0] = a->x0;
	f->x[1] = a->x1;
	enter(f);
}

/* vector 0: interrupts and SErrors have no syndrome (an SError's is printed all the same). */
static void print_syndrome(u64 offset, u64 esr, u64 far)
{
	console_printf(" vector=%lx", offset);
	if ((offset & 0x180) == 0 || (offset & 0x180) == 0x180) {
		console_printf(" esr=%lx", esr);
		if (has_far(esr))
			console_printf(" far=%lx", far);
	}
}

void try_print(const struct frame *f, const char *name)
{
	u32 imm = (u32)f->esr & 0xffff;

	console_printf("%s:", name);
	if (f->vector == 0x400 && EC(f->esr) == 0x16 && imm >= REPORT && imm < REPORT + 16) {
		console_printf(" el1");
		print_syndrome((imm - REPORT) * 0x80, el1_read(ENC(3, 0, 5, 2, 0)),
			       el1_read(ENC(3, 0, 6, 0, 0)));
		console_printf(" pc=%lx spsr=%lx entered=%lx x0=%lx\n",
			       el1_read(ENC(3, 0, 4, 0, 1)), el1_read(ENC(3, 0, 4, 0, 0)),
			       f->pstate, f->x[0]);
		return;
	}
	console_printf(" el2");
	print_syndrome(f->vector, f->esr, f->far);
	if (EC(f->esr) == 0x20 || EC(f->esr) == 0x24)
		console_printf(" hpfar=%lx", f->hpfar);
	console_printf(" pc=%lx spsr=%lx entered=%lx x0=%lx\n", f->pc, f->pstate, f->entered,
		       f->x[0]);
}

static void fold_syndrome(u64 offset, u64 esr, u64 far, void (*fold)(u64 val))
{
	fold(offset);
	if ((offset & 0x180) != 0 && (offset & 0x180) != 0x180)
		return;
	fold(esr);
	if (has_far(esr))
		fold(far);
}

void try_fold(const struct frame *f, void (*fold)(u64 val))
{
	u32 imm = (u32)f->esr & 0xffff;

	bool el1s = f->vector == 0x400 && EC(f->esr) == 0x16 && imm >= REPORT && imm < REPORT + 16;

	/* An exception to EL1 leaves the flags and DIT as they are; QEMU clears them. */
	fold(el1s ? f->pstate & ~(P_NZCV | P_DIT) : f->pstate);
	for (u32 i = 0; i < 4; i++)
		fold(f->x[i]);
	if (el1s) {
		fold_syndrome((imm - REPORT) * 0x80, el1_read(ENC(3, 0, 5, 2, 0)),
			      el1_read(ENC(3, 0, 6, 0, 0)), fold);
		fold(el1_read(ENC(3, 0, 4, 0, 1)));
		fold(el1_read(ENC(3, 0, 4, 0, 0)));
		return;
	}
	fold_syndrome(f->vector, f->esr, f->far, fold);
	if (EC(f->esr) == 0x20 || EC(f->esr) == 0x24)
		fold(f->hpfar);
	fold(f->pc);
	fold(f->entered);
}

void try_run(const struct attempt *a, const char *fmt, ...)
{
	char name[96];
	struct frame f;
	va_list ap;

	va_start(ap, fmt);
	fmt_vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	try_enter(a, &f);
	try_print(&f, name);
}
