/* SPDX-License-Identifier: Apache-2.0 */
#include "console.h"

#include "cpu/mmio.h"
#include "lib/printf.h"
#include "machine.h"
#include "sysreg.h"

/* Arm PrimeCell UART (PL011) Technical Reference Manual */
#define UART_DR	       0x00
#define UART_FR	       0x18
#define UART_LCRH      0x2c
#define UART_CR	       0x30
#define FR_TXFE	       BIT(7) /* transmit FIFO empty */
#define LCRH_8BIT_FIFO ((3 << 5) | (1 << 4))
#define CR_ENABLE      0x301 /* UARTEN, TXE, RXE */

#define FIFO_DEPTH 16 /* of all revisions; later ones have 32 */

static bool ready;
static char line[512];
static u32 pos;

void console_init(void)
{
	write32(machine.uart.base + UART_LCRH, LCRH_8BIT_FIFO);
	write32(machine.uart.base + UART_CR, CR_ENABLE);
	ready = true;
}

/* An output that nobody drains must not hang the payload: at most a second for each FIFO. */
static void wait_for_fifo(void)
{
	u64 start = counter_read();

	while (!(read32(machine.uart.base + UART_FR) & FR_TXFE))
		if (counter_read() - start > counter_hz())
			return;
}

void console_flush(void)
{
	for (u32 i = 0; ready && i < pos; i++) {
		if (i % FIFO_DEPTH == 0)
			wait_for_fifo();
		write32(machine.uart.base + UART_DR, (u8)line[i]);
	}
	pos = 0;
}

static void put(char c)
{
	if (pos == sizeof(line))
		console_flush();
	line[pos++] = c;
	if (c == '\n')
		console_flush();
}

void console_printf(const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	fmt_vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (const char *s = text; *s; s++) {
		if (*s == '\n')
			put('\r');
		put(*s);
	}
}
