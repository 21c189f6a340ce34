/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EL2 exception vectors and the way back into a guest.
 *
 * While a guest runs, SP_EL2 points at its struct vcpu, so that an exception can save its registers
 * before it has one to spare. While neve runs, SP_EL2 is this CPU's stack. neve takes no exception
 * of its own on purpose: every one from EL2 is a bug and panics.
 */
#include "vm/vcpu.h"

.macro vector target, kind
	.balign	0x80
	stp	x0, x1, [sp, #VCPU_X]
	mov	x0, #\kind
	b	\target
.endm

/* An exception from a guest: registers to struct vcpu, then C. x0, x1 are saved already. */
.macro from_guest name, handler
\name:
	stp	x2, x3, [sp, #VCPU_X + 16]
	stp	x4, x5, [sp, #VCPU_X + 32]
	stp	x6, x7, [sp, #VCPU_X + 48]
	stp	x8, x9, [sp, #VCPU_X + 64]
	stp	x10, x11, [sp, #VCPU_X + 80]
	stp	x12, x13, [sp, #VCPU_X + 96]
	stp	x14, x15, [sp, #VCPU_X + 112]
	stp	x16, x17, [sp, #VCPU_X + 128]
	stp	x18, x19, [sp, #VCPU_X + 144]
	stp	x20, x21, [sp, #VCPU_X + 160]
	stp	x22, x23, [sp, #VCPU_X + 176]
	stp	x24, x25, [sp, #VCPU_X + 192]
	stp	x26, x27, [sp, #VCPU_X + 208]
	stp	x28, x29, [sp, #VCPU_X + 224]
	mrs	x2, elr_el2
	mrs	x3, spsr_el2
	stp	x30, x2, [sp, #VCPU_X + 240]
	str	x3, [sp, #VCPU_PSTATE]
	mov	x1, x0
	mov	x0, sp
	mov	x19, sp
	ldr	x2, [sp, #VCPU_STACK]
	mov	sp, x2
	mov	x29, xzr
	bl	\handler
	mov	x0, x19
	b	vcpu_enter
.endm

	.text
	from_guest guest_sync, exit_sync
	from_guest guest_async, exit_async

	.global	vcpu_enter
vcpu_enter:
	mov	sp, x0
	ldp	x30, x2, [sp, #VCPU_X + 240]
	ldr	x3, [sp, #VCPU_PSTATE]
	msr	elr_el2, x2
	msr	spsr_el2, x3
	ldp	x2, x3, [sp, #VCPU_X + 16]
	ldp	x4, x5, [sp, #VCPU_X + 32]
	ldp	x6, x7, [sp, #VCPU_X + 48]
	ldp	x8, x9, [sp, #VCPU_X + 64]
	ldp	x10, x11, [sp, #VCPU_X + 80]
	ldp	x12, x13, [sp, #VCPU_X + 96]
	ldp	x14, x15, [sp, #VCPU_X + 112]
	ldp	x16, x17, [sp, #VCPU_X + 128]
	ldp	x18, x19, [sp, #VCPU_X + 144]
	ldp	x20, x21, [sp, #VCPU_X + 160]
	ldp	x22, x23, [sp, #VCPU_X + 176]
	ldp	x24, x25, [sp, #VCPU_X + 192]
	ldp	x26, x27, [sp, #VCPU_X + 208]
	ldp	x28, x29, [sp, #VCPU_X + 224]
	ldp	x0, x1, [sp, #VCPU_X]
	eret
	/* No speculation past the return (straight-line). */
	dsb	nsh
	isb

/*
 * An exception from EL2 itself: a struct el2_regs on a stack of its own (the stack may be what is
 * broken: a guard page), then exit_own. TPIDR_EL2 is scratch for it and has no other use. Two CPUs
 * that get here at once share the stack; the first to print has most likely won by then.
 */
own_exception:
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
	mrs	x3, elr_el2
	mrs	x4, spsr_el2
	mrs	x5, esr_el2
	mrs	x6, far_el2
	mov	x7, #0
	stp	x30, x7, [sp, #240]
	stp	x3, x4, [sp, #256]
	stp	x5, x6, [sp, #272]
	mov	x1, x0
	mov	x0, sp
	mov	x29, xzr
	bl	exit_own
1:	wfi
	b	1b

.macro own_vector kind
	.balign	0x80
	msr	tpidr_el2, x0
	adrp	x0, panic_stack_top
	add	x0, x0, :lo12:panic_stack_top
	sub	x0, x0, #288
	mov	sp, x0
	mrs	x0, tpidr_el2
	stp	x0, x1, [sp]
	mov	x0, #\kind
	b	own_exception
.endm

	.balign	0x800
	.global	el2_vectors
el2_vectors:
	/* From EL2 with SP_EL0: neve never runs so. */
	own_vector 0
	own_vector 1
	own_vector 2
	own_vector 3
	/* From EL2 with SP_EL2. */
	own_vector 4
	own_vector 5
	own_vector 6
	own_vector 7
	/* From a guest, AArch64. */
	vector	guest_sync, 8
	vector	guest_async, 9
	vector	guest_async, 10
	vector	guest_async, 11
	/* From a guest, AArch32: EL0 of an L2, which gets there by an ERET that does not trap. */
	vector	guest_sync, 8
	vector	guest_async, 9
	vector	guest_async, 10
	vector	guest_async, 11

	.bss
	.balign	16
	.skip	16384
	.global	panic_stack_top
panic_stack_top:
