/* SPDX-License-Identifier: Apache-2.0 */
#include "cpu/panic.h"

#include "boot/entry.h"
#include "boot/psci_client.h"
#include "cpu/console.h"
#include "cpu/sysreg.h"

/* vectors.S stores by these offsets */
_Static_assert(offsetof(struct el2_regs, sp) == 248, "vectors.S");
_Static_assert(offsetof(struct el2_regs, elr) == 256, "vectors.S");
_Static_assert(offsetof(struct el2_regs, esr) == 272, "vectors.S");
_Static_assert(sizeof(struct el2_regs) == 288, "vectors.S");

static void (*trap_printer)(void);
static u64 owner; /* MPIDR_EL1 of the CPU that panics, which is never 0 (bit 31 is RES1) */

void panic_set_trap_printer(void (*print_traps)(void))
{
	trap_printer = print_traps;
}

static void print_regs(const struct el2_regs *r)
{
	log_err("  pc  %016lx  spsr %016lx  sp  %016lx", r->elr, r->spsr, r->sp);
	log_err("  esr %016lx  far  %016lx  ec  0x%lx", r->esr, r->far, FIELD(r->esr, 31, 26));
	for (unsigned int i = 0; i < 30; i += 3)
		log_err("  x%-2u %016lx  x%-2u  %016lx  x%-2u %016lx", i, r->x[i], i + 1,
			r->x[i + 1], i + 2, r->x[i + 2]);
	log_err("  x30 %016lx", r->x[30]);
}

/* Addresses are given from the Image's start, as in neve.elf's symbol table. */
static void print_backtrace(const u64 *fp)
{
	u64 base = (u64)(uintptr_t)image_start, end = (u64)(uintptr_t)image_end;

	/* Frames lie in the Image, on stacks but not in the holes between them; callers' above. */
	for (unsigned int i = 0; i < 16; i++) {
		u64 at = (u64)(uintptr_t)fp, stacks = (u64)(uintptr_t)boot_stacks;
		const u64 *next;

		if (at < base || at > end - 16 || !IS_ALIGNED(at, 8) ||
		    (at >= stacks && (at - stacks) % STACK_STRIDE < STACK_GUARD))
			return;
		if (fp[1])
			log_err("  from image+0x%lx", fp[1] - base);
		next = (const u64 *)(uintptr_t)fp[0];
		if (next <= fp)
			return;
		fp = next;
	}
}

void panic_regs(const struct el2_regs *regs, const char *fmt, ...)
{
	u64 me = read_sysreg(MPIDR_EL1), first = 0;
	va_list ap;

	if (!__atomic_compare_exchange_n(&owner, &first, me, false, __ATOMIC_RELAXED,
					 __ATOMIC_RELAXED)) {
		/* A panic in here. What could be said has been said. */
		if (first == me)
			psci_system_off();
		/* The first one turns the machine off. */
		for (;;)
			__asm__ volatile("wfi");
	}
	console_panic_mode();
	log_err("panic: a bug of neve, image at %p:", (const void *)image_start);
	va_start(ap, fmt);
	log_vline(LOG_ERR, fmt, ap);
	va_end(ap);
	if (regs)
		print_regs(regs);
	/* A fault on a guard page: the stack of the fault is of no use, and not mapped below. */
	print_backtrace(regs ? (const u64 *)(uintptr_t)regs->x[29]
			     : (const u64 *)__builtin_frame_address(0));
	if (trap_printer)
		trap_printer();
	/* The other CPUs, which may still run guests, stop with the machine. */
	psci_system_off();
}
