/* SPDX-License-Identifier: Apache-2.0 */
/* Entering lower ELs (and EL2 itself) with every register known, and leaving them. */
#include "probe.h"

#define PAN  s3_0_c4_c2_3
#define UAO  s3_0_c4_c2_4
#define SSBS s3_3_c4_c2_6

	.text

/* void enter(struct frame *f) */
	.global	enter
enter:
	stp	x19, x20, [sp, #-96]!
	stp	x21, x22, [sp, #16]
	stp	x23, x24, [sp, #32]
	stp	x25, x26, [sp, #48]
	stp	x27, x28, [sp, #64]
	stp	x29, x30, [sp, #80]
	adrp	x1, running
	add	x1, x1, :lo12:running
	mov	x2, sp
	stp	x0, x2, [x1]
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
	stp	x0, x1, [sp, #-16]!
	mov	x1, #\offset
	b	leave
	.endm

	.balign	0x800
	.global	probe_vectors
probe_vectors:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	frame_slot (\n * 0x80)
	.endr

leave:
	adrp	x0, running
	ldr	x0, [x0, :lo12:running]
	cbz	x0, 1f
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
	adrp	x1, running
	add	x1, x1, :lo12:running
	ldr	x2, [x1, #8]
	str	xzr, [x1]
	mov	sp, x2
	ldp	x21, x22, [sp, #16]
	ldp	x23, x24, [sp, #32]
	ldp	x25, x26, [sp, #48]
	ldp	x27, x28, [sp, #64]
	ldp	x29, x30, [sp, #80]
	ldp	x19, x20, [sp], #96
	ret
1:	/* In the probe itself. */
	mov	x0, x1
	mrs	x1, esr_el2
	mrs	x2, elr_el2
	mrs	x3, far_el2
	mrs	x4, spsr_el2
	b	probe_panic

/* EL1's vectors for a batch: to the operation at x19, then on with the next instruction. */
	.macro	record_slot offset
	.balign	0x80
	mov	x9, #(0x1000 + \offset)
	b	record
	.endm

	.balign	0x800
	.global	vectors_record
vectors_record:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	record_slot (\n * 0x80)
	.endr

record:
	cbz	x20, 1f
	mrs	x10, esr_el1
	mrs	x11, elr_el1
	mrs	x12, spsr_el1
	stp	x10, x11, [x19, #OP_SYN]
	stp	x12, x9, [x19, #OP_SPSR]
	add	x11, x11, #4
	msr	elr_el1, x11
	eret
1:	hvc	#BATCH_END

/* EL1's vectors otherwise. */
	.balign	0x800
	.global	vectors_report
vectors_report:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	.balign	0x80
	hvc	#(REPORT + \n)
	.endr
	.balign	0x80

/* x19: struct op, x20: how many. At EL0 an HVC is undefined, which EL1's vector takes. */
	.global	batch
batch:
	cbz	x20, 2f
1:	ldp	x21, x0, [x19]
	adr	x30, 3f
	ret	x21			/* unlike BLR, without a PSTATE.BTYPE */
3:	str	x0, [x19, #OP_RESULT]
	add	x19, x19, #OP_SIZE
	sub	x20, x20, #1
	cbnz	x20, 1b
2:	mrs	x0, nzcv		/* works at each EL */
	.global	batch_end
batch_end:
	hvc	#BATCH_END
	b	batch_end

	.section .note.GNU-stack, "", %progbits

	.bss
	.balign	16
running:				/* struct frame *, SP of its enter() */
	.skip	16
