/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/vuart.h"

#define UARTDR	 0x00
#define UARTFR	 0x18
#define UARTIMSC 0x38
#define UARTRIS	 0x3c
#define UARTMIS	 0x40
#define UARTICR	 0x44
#define UART_IDS 0xfe0

#define UARTFR_EMPTY (BIT(7) | BIT(4)) /* both FIFOs */
#define UART_TX	     BIT(5)	       /* in UARTIMSC, UARTRIS, UARTMIS, UARTICR */
#define UART_IRQS    GENMASK(10, 0)

void vuart_init(struct vuart *u, const struct vuart_ops *ops, void *ctx)
{
	__builtin_memset(u, 0, sizeof(*u));
	u->ops = ops;
	u->ctx = ctx;
}

static void put_out(struct vuart *u)
{
	u->line[u->used] = 0;
	u->used = 0;
	u->ops->put_line(u->ctx, u->line);
}

/* Nothing that a terminal would obey but the end of a line: not U+0080 to U+009F either. */
static void put(struct vuart *u, char c)
{
	if (c == '\n') {
		put_out(u);
	} else if (c != '\r' && c != 0) {
		if (u->used == VUART_LINE)
			put_out(u);
		u->line[u->used++] = (u8)(c - ' ') >= 0x7f - ' ' && c != '\t' ? '?' : c;
	}
}

/* UARTPeriphID0-3 of revision 3, UARTPCellID0-3 */
static u32 id_reg(u32 offset)
{
	static const u8 ids[] = {0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

	return ids[(offset - UART_IDS) / 4];
}

static u32 read(const struct vuart *u, u32 offset)
{
	if (offset >= UART_IDS)
		return id_reg(offset);
	switch (offset) {
	case UARTFR:
		return UARTFR_EMPTY;
	case UARTRIS:
		return u->raw;
	case UARTMIS:
		return u->raw & u->reg[UARTIMSC / 4];
	}
	return offset < VUART_KEPT ? u->reg[offset / 4] : 0;
}

static void write(struct vuart *u, u32 offset, u32 val)
{
	switch (offset) {
	case UARTDR:
		put(u, (char)val);
		u->raw |= UART_TX; /* the FIFO is empty again */
		break;
	case UARTICR:
		u->raw &= ~val;
		break;
	case UARTFR:
	case UARTRIS:
	case UARTMIS:
		break;
	case UARTIMSC:
		val &= UART_IRQS;
		/* fallthrough */
	default:
		if (offset < VUART_KEPT)
			u->reg[offset / 4] = (u16)val;
	}
}

bool vuart_mmio(struct vuart *u, u64 offset, u32 size, bool is_write, u64 *val)
{
	if (offset >= VUART_SIZE || size > 4 || offset % 4)
		return false;
	spin_lock(&u->lock);
	if (is_write)
		write(u, (u32)offset, (u32)*val);
	else
		*val = read(u, (u32)offset);
	if (is_write)
		u->ops->set_irq(u->ctx, u->raw & u->reg[UARTIMSC / 4]);
	spin_unlock(&u->lock);
	return true;
}
