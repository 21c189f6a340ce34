/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exception vectors: all registers into a struct regs on the stack, then C. Two tables, because at
 * EL2 with E2H = 0 the return state has other names.
 */
#include "exception.h"

.macro entry_slot el, kind
	.balign	0x80
	sub	sp, sp, #REGS_SIZE
	stp	x0, x1, [sp]
	mov	x1, #\kind
	b	save_\el
.endm

.macro vector_table el
	.balign	0x800
	.global	vectors_\el
vectors_\el:
	.irp	kind, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	entry_slot \el, \kind
	.endr

save_\el:
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	mrs	x2, elr_\el
	mrs	x3, spsr_\el
	add	x4, sp, #REGS_SIZE
	stp	x30, x2, [sp, #REGS_LR]
	stp	x3, x4, [sp, #REGS_PSTATE]
	mov	x0, sp
	mov	x29, xzr
	cmp	x1, #EXC_IRQ
	b.eq	1f
	bl	exception_entry
	b	2f
1:	bl	irq_entry
2:	ldp	x30, x2, [sp, #REGS_LR]
	ldr	x3, [sp, #REGS_PSTATE]
	msr	elr_\el, x2
	msr	spsr_\el, x3
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x19, [sp, #144]
	ldp	x20, x21, [sp, #160]
	ldp	x22, x23, [sp, #176]
	ldp	x24, x25, [sp, #192]
	ldp	x26, x27, [sp, #208]
	ldp	x28, x29, [sp, #224]
	ldp	x0, x1, [sp]
	add	sp, sp, #REGS_SIZE
	eret
.endm

	.text
	vector_table el1
	vector_table el2

	.section .note.GNU-stack, "", %progbits
