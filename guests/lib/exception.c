/* SPDX-License-Identifier: Apache-2.0 */
#include "exception.h"

#include "console.h"
#include "lib/printf.h"
#include "machine.h"
#include "neve/mark.h"
#include "psci.h"

void exception_entry(struct regs *regs, u64 kind);
void __stack_chk_fail(void) __attribute__((noreturn));

/* libfdt.a is built with the stack protector, the payloads are not. */
extern const u64 __stack_chk_guard;
const u64 __stack_chk_guard = 0x00ddf1e5c0a7ba5eULL;

void __stack_chk_fail(void)
{
	fatal("the stack of libfdt was overrun");
}

static u32 failed; /* atomic: a failure inside the report of a failure only powers off */

static void vfatal(const char *fmt, va_list ap)
{
	char why[200];

	fmt_vsnprintf(why, sizeof(why), fmt, ap);
	console_printf("fatal: %s\n", why);
	payload_abort(why);
	console_flush();
}

void fatal(const char *fmt, ...)
{
	va_list ap;

	if (!__atomic_exchange_n(&failed, 1, __ATOMIC_SEQ_CST)) {
		va_start(ap, fmt);
		vfatal(fmt, ap);
		va_end(ap);
	}
	psci_system_off();
}

static const char *kind_name(u64 kind)
{
	static const char *const type[] = {"synchronous exception", "IRQ", "FIQ", "SError"};

	return type[kind & 3];
}

static const char *kind_source(u64 kind)
{
	static const char *const source[] = {"the current EL with SP_EL0", "the current EL",
					     "a lower EL", "a lower EL in AArch32"};

	return source[(kind >> 2) & 3];
}

/* SVC with an immediate of neve/mark.h: all there is to do is that QEMU logs it. */
static bool is_mark(u64 esr)
{
	return FIELD(esr, 31, 26) == 0x15 && (esr & 0xff00) == (MARK_OP & 0xff00);
}

void exception_entry(struct regs *regs, u64 kind)
{
	struct exception_record *rec = this_cpu()->catch;
	u64 esr = read_sysreg_elx(esr), far = read_sysreg_elx(far);

	if (kind == EXC_SYNC && is_mark(esr))
		return;
	if (kind == EXC_SYNC && rec) {
		this_cpu()->catch = NULL;
		*rec = (struct exception_record){
			.taken = true, .esr = esr, .elr = regs->pc, .far = far};
		regs->pc += 4;
		return;
	}
	if (!__atomic_load_n(&failed, __ATOMIC_RELAXED)) {
		console_printf("cpu%u: pc 0x%lx (image + 0x%lx) pstate 0x%lx sp 0x%lx\n",
			       this_cpu()->id, regs->pc, regs->pc - machine.image_base,
			       regs->pstate, regs->sp);
		for (u32 i = 0; i < 31; i++)
			console_printf("x%02u %016lx%c", i, regs->x[i],
				       i % 4 == 3 || i == 30 ? '\n' : ' ');
	}
	fatal("unexpected %s from %s: esr 0x%lx (ec 0x%lx) elr 0x%lx far 0x%lx", kind_name(kind),
	      kind_source(kind), esr, FIELD(esr, 31, 26), regs->pc, far);
}
