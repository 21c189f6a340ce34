/* SPDX-License-Identifier: Apache-2.0 */
#include "linux.h"

#include "lib/printf.h"

void linux_start(u64 *stack) __attribute__((noreturn));

/* The kernel enters with argc, argv, NULL, envp, NULL on the stack (System V ABI, AArch64). */
asm(".globl	_start\n"
    "_start:\n"
    "	mov	x29, xzr\n"
    "	mov	x30, xzr\n"
    "	mov	x0, sp\n"
    "	b	linux_start\n");

void linux_start(u64 *stack)
{
	int argc = (int)stack[0];
	char **argv = (char **)(stack + 1);

	linux_exit(linux_main(argc, argv, argv + argc + 1));
}

void linux_exit(int status)
{
	for (;;)
		syscall4(NR_EXIT, (u64)status, 0, 0, 0);
}

void linux_printf(int fd, const char *fmt, ...)
{
	char text[256];
	va_list ap;
	size_t len;

	va_start(ap, fmt);
	len = fmt_vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	syscall4(NR_WRITE, (u64)fd, (u64)text, len < sizeof(text) ? len : sizeof(text) - 1, 0);
}
