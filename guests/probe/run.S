/* SPDX-License-Identifier: Apache-2.0 */
/* Code of lower ELs: EL1's vectors, and batches of operations. */
#include "probe.h"

	.text

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
