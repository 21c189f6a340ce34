/* SPDX-License-Identifier: Apache-2.0 */
/* Entering lower ELs (and EL2 itself) with every register known, and leaving them. See enter.h. */
#include "enter.h"

#define PAN  s3_0_c4_c2_3
#define UAO  s3_0_c4_c2_4
#define SSBS s3_3_c4_c2_6

/* On the stack, mixed with its address: an exception of EL2's own code is none of enter()'s. */
#define MARK_HI 0x656e
#define MARK_LO 0x7465

	.text

	.macro	make_mark reg
	mov	\reg, #MARK_LO
	movk	\reg, #MARK_HI, lsl #48
	.endm

/* void enter(struct frame *f) */
	.global	enter
enter:
	stp	x19, x20, [sp, #-96]!
	stp	x21, x22, [sp, #16]
	stp	x23, x24, [sp, #32]
	stp	x25, x26, [sp, #48]
	stp	x27, x28, [sp, #64]
	stp	x29, x30, [sp, #80]
	mov	x2, sp
	make_mark x1
	eor	x1, x1, x2
	stp	x0, x1, [sp, #-16]!
	ldp	x1, x2, [x0, #FRAME_PC]
	msr	elr_el2, x1
	msr	spsr_el2, x2
	ldp	x2, x3, [x0, #16]
	ldp	x4, x5, [x0, #32]
	ldp	x6, x7, [x0, #48]
	ldp	x8, x9, [x0, #64]
	ldp	x10, x11, [x0, #80]
	ldp	x12, x13, [x0, #96]
	ldp	x14, x15, [x0, #112]
	ldp	x16, x17, [x0, #128]
	ldp	x18, x19, [x0, #144]
	ldp	x20, x21, [x0, #160]
	ldp	x22, x23, [x0, #176]
	ldp	x24, x25, [x0, #192]
	ldp	x26, x27, [x0, #208]
	ldp	x28, x29, [x0, #224]
	ldr	x30, [x0, #240]
	ldp	x0, x1, [x0]
	.global	enter_eret
enter_eret:
	eret

/* EL2's vectors. SP_EL2 is good whatever runs. */
	.macro	frame_slot offset
	.balign	0x80
	stp	x0, x1, [sp, #-32]!
	stp	x2, x3, [sp, #16]
	mov	x1, #\offset
	b	leave
	.endm

	.balign	0x800
	.global	enter_vectors
enter_vectors:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	frame_slot (\n * 0x80)
	.endr

leave:
	/* Below the frame's address and the mark: x0-x3. */
	ldr	x0, [sp, #40]
	add	x2, sp, #48
	make_mark x3
	eor	x2, x2, x3
	cmp	x0, x2
	b.ne	1f
	ldr	x0, [sp, #32]
	ldp	x2, x3, [sp, #16]
	stp	x2, x3, [x0, #16]
	stp	x4, x5, [x0, #32]
	stp	x6, x7, [x0, #48]
	stp	x8, x9, [x0, #64]
	stp	x10, x11, [x0, #80]
	stp	x12, x13, [x0, #96]
	stp	x14, x15, [x0, #112]
	stp	x16, x17, [x0, #128]
	stp	x18, x19, [x0, #144]
	stp	x20, x21, [x0, #160]
	stp	x22, x23, [x0, #176]
	stp	x24, x25, [x0, #192]
	stp	x26, x27, [x0, #208]
	stp	x28, x29, [x0, #224]
	str	x30, [x0, #240]
	ldp	x2, x3, [sp]
	stp	x2, x3, [x0]
	str	x1, [x0, #FRAME_VECTOR]
	/*
	 * Each of these has its bits where SPSR_EL2 has them. Not NZCV and DIT: QEMU clears them, in
	 * the architecture an exception leaves them as they are.
	 */
	mrs	x2, daif
	mrs	x3, PAN
	orr	x2, x2, x3
	mrs	x3, UAO
	orr	x2, x2, x3
	mrs	x3, SSBS
	orr	x2, x2, x3
	mrs	x3, CurrentEL
	orr	x2, x2, x3
	mrs	x3, SPSel
	orr	x2, x2, x3
	str	x2, [x0, #FRAME_ENTERED]
	mrs	x2, elr_el2
	mrs	x3, spsr_el2
	stp	x2, x3, [x0, #FRAME_PC]
	mrs	x2, esr_el2
	mrs	x3, far_el2
	stp	x2, x3, [x0, #FRAME_SYN]
	mrs	x2, hpfar_el2
	str	x2, [x0, #FRAME_HPFAR]
	/* The C code's own state. */
	msr	PAN, xzr
	msr	UAO, xzr
	stp	xzr, xzr, [sp, #32]
	add	sp, sp, #48
	ldp	x21, x22, [sp, #16]
	ldp	x23, x24, [sp, #32]
	ldp	x25, x26, [sp, #48]
	ldp	x27, x28, [sp, #64]
	ldp	x29, x30, [sp, #80]
	ldp	x19, x20, [sp], #96
	ret
1:	/* In EL2's own code. */
	mov	x0, x1
	mrs	x1, esr_el2
	mrs	x2, elr_el2
	mrs	x3, far_el2
	mrs	x4, spsr_el2
	b	enter_stray

	.section .note.GNU-stack, "", %progbits
