/* SPDX-License-Identifier: Apache-2.0 */
#include "cpu/panic.h"

#include "boot/psci_client.h"
#include "cpu/console.h"

/* vectors.S stores by these offsets */
_Static_assert(offsetof(struct el2_regs, sp) == 248, "vectors.S");
_Static_assert(offsetof(struct el2_regs, elr) == 256, "vectors.S");
_Static_assert(offsetof(struct el2_regs, esr) == 272, "vectors.S");
_Static_assert(sizeof(struct el2_regs) == 288, "vectors.S");

static void (*trap_printer)(void);
static u32 panics;

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
	extern const char image_start[], image_end[];
	u64 base = (u64)(uintptr_t)image_start, end = (u64)(uintptr_t)image_end;

	/* Frames lie on stacks, which lie in the Image; a frame is above the one it calls. */
	for (unsigned int i = 0; i < 16; i++) {
		const u64 *next;

		if ((u64)(uintptr_t)fp < base || (u64)(uintptr_t)fp > end - 16 ||
		    !IS_ALIGNED((u64)(uintptr_t)fp, 8))
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
	extern const char image_start[];
	va_list ap;

	/* A CPU that panics while another one does, or a panic in here: quiet, and no further. */
	if (__atomic_fetch_add(&panics, 1, __ATOMIC_RELAXED)) {
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
