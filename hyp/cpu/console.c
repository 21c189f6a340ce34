/* SPDX-License-Identifier: Apache-2.0 */
#include "cpu/console.h"

#include <string.h>
#include "boot/psci_client.h"
#include "lib/printf.h"
#include "cpu/spinlock.h"

/* PL011 (Arm DDI 0183), byte offsets */
#define UARTDR	    0x00
#define UARTFR	    0x18
#define UARTFR_TXFF BIT(5)

#define LINE_MAX 256

/* Reads of UARTFR before a character is given up: the guest may have turned the UART off. */
#define TX_POLLS 1000000u

static struct spinlock lock;
static uintptr_t uart;
static enum log_level level = LOG_DEFAULT;
static bool panicking;

void console_init(hpa_t base)
{
	uart = (uintptr_t)base.v;
}

void console_set_level(enum log_level new_level)
{
	level = new_level;
}

void console_panic_mode(void)
{
	__atomic_store_n(&panicking, true, __ATOMIC_RELAXED);
}

static bool put_char(char c)
{
	for (unsigned int i = 0; i < TX_POLLS; i++) {
		if (*(volatile u32 *)(uart + UARTFR) & UARTFR_TXFF)
			continue;
		*(volatile u32 *)(uart + UARTDR) = (u8)c;
		return true;
	}
	return false;
}

static void put_line(const char *text)
{
	bool locked = !__atomic_load_n(&panicking, __ATOMIC_RELAXED);
	bool alive = true;

	if (!uart)
		return;
	if (locked)
		spin_lock(&lock);
	for (; *text && alive; text++) {
		if (*text == '\n')
			alive = put_char('\r');
		alive = alive && put_char(*text);
	}
	if (locked)
		spin_unlock(&lock);
}

static void put_prefixed(const char *prefix, const char *fmt, va_list ap)
{
	char line[LINE_MAX + 2];
	size_t n = fmt_snprintf(line, LINE_MAX, "neve: %s", prefix);

	n += fmt_vsnprintf(line + n, LINE_MAX - n, fmt, ap);
	if (n >= LINE_MAX)
		n = LINE_MAX - 1;
	memcpy(line + n, "\n", 2);
	put_line(line);
}

void console_vm_line(unsigned vm, const char *text)
{
	char line[LINE_MAX + 2];
	size_t n = fmt_snprintf(line, LINE_MAX, "vm%u: %s", vm, text);

	if (n >= LINE_MAX)
		n = LINE_MAX - 1;
	memcpy(line + n, "\n", 2);
	put_line(line);
}

void log_vline(enum log_level line_level, const char *fmt, va_list ap)
{
	if (line_level <= level)
		put_prefixed(line_level == LOG_WARN ? "warning: " : "", fmt, ap);
}

void log_line(enum log_level line_level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vline(line_level, fmt, ap);
	va_end(ap);
}

void fatal(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_prefixed("fatal: ", fmt, ap);
	va_end(ap);
	psci_system_off();
}
