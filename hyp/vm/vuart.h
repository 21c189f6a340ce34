/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The UART of a VM that does not own the machine: what a driver of a PL011 needs to print. Output
 * goes out by lines; there is no input. Pure.
 *
 * Locking: one spinlock, taken inside; the operations are called with it held.
 * Source: Arm DDI 0183 (PL011), register descriptions.
 */
#ifndef NEVE_VM_VUART_H
#define NEVE_VM_VUART_H

#include "types.h"
#include "cpu/spinlock.h"

#define VUART_SIZE SZ_4K
#define VUART_KEPT 0x4c /* the registers below keep what is written, but those with a meaning */
#define VUART_LINE 160	/* bytes; longer lines go out in pieces */

struct vuart_ops {
	void (*put_line)(void *ctx, const char *text); /* without its newline */
	void (*set_irq)(void *ctx, bool level);	       /* also when it is as before */
};

struct vuart {
	struct spinlock lock;
	const struct vuart_ops *ops;
	void *ctx;
	u32 reg[VUART_KEPT / 4];
	u32 raw; /* UARTRIS */
	unsigned int used;
	char line[VUART_LINE + 1];
};

void vuart_init(struct vuart *u, const struct vuart_ops *ops, void *ctx);

/*
 * An access of `size` bytes at `offset`. False: there is no such access to a PL011.
 */
bool vuart_mmio(struct vuart *u, u64 offset, u32 size, bool write, u64 *val);

#endif
