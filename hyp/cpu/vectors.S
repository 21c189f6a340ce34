/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EL2 exception vectors and the way back into a guest.
 *
 * While a guest runs, SP_EL2 points at its struct vcpu, so that an exception can save its registers
 * before it has one to spare. While neve runs, SP_EL2 is this CPU's stack. neve takes no exception
 * of its own on purpose: every one from EL2 is a bug and panics.
 *
 * There are three tables, for the three modes of vm/trace.h, so that what is off costs nothing.
 */
#include "vm/vcpu.h"

/* What a mode does besides: remembers the trap for a panic; takes the time for the trace. */
#define RING   1
#define TRACED 2

.macro sync_vector target, mode
	.balign	0x80
	stp	x0, x1, [sp, #VCPU_X]
	.if	\mode & TRACED
	mrs	x0, cntpct_el0
	str	x0, [sp, #VCPU_STAMP_IN]
	.endif
	b	\target
.endm

.macro async_vector target, mode, kind
	.balign	0x80
	stp	x0, x1, [sp, #VCPU_X]
	.if	\mode & TRACED
	mrs	x0, cntpct_el0
	str	x0, [sp, #VCPU_STAMP_IN]
	.endif
	mov	x0, #\kind
	b	\target
.endm

/*
 * An exception from a guest: registers to struct vcpu, then C with the syndrome, or with the index
 * of the vector (x0) when there is none. x0, x1 are saved already.
 */
.macro from_guest name, kind, mode
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
	.ifc	\kind, sync
	mrs	x1, esr_el2
	.else
	mov	x1, x0
	.endif
	mov	x19, sp
	mov	x0, sp
	.if	\mode & RING
	/* struct last_traps; it begins at a multiple of twice its size. x30 is still the guest's. */
	ldp	x4, x5, [sp, #VCPU_STACK]
	stp	x2, x3, [x5], #32
	stp	x1, x30, [x5, #-16]
	bic	x5, x5, #LAST_TRAPS_SIZE
	str	x5, [sp, #VCPU_LAST_TRAPS]
	.else
	ldr	x4, [sp, #VCPU_STACK]
	.endif
	mov	sp, x4
	mov	x29, xzr
	.if	\mode & TRACED
	/* What tracing itself takes is measured, to be taken off. */
\name\()_own:
	mov	x20, x1
	mrs	x21, cntpct_el0
	bl	trace_\kind
	mov	x0, x19
	mov	x1, x20
	mrs	x2, cntpct_el0
	sub	x2, x2, x21
	str	x2, [x19, #VCPU_TRACE_OWN]
\name\()_own_end:
	bl	exit_\kind
	mov	x0, x19
	b	vcpu_enter_traced
	.else
	bl	exit_\kind
	mov	x0, x19
	b	vcpu_enter
	.endif
.endm

.macro enter name, mode
	.global	\name
\name:
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
	.if	\mode & TRACED
	/* Not before what neve has done. */
	isb
	mrs	x0, cntpct_el0
	str	x0, [sp, #VCPU_STAMP_OUT]
	.endif
	ldp	x0, x1, [sp, #VCPU_X]
	eret
	/* No speculation past the return (straight-line). */
	dsb	nsh
	isb
.endm

	.text
	from_guest guest_sync_none, sync, 0
	from_guest guest_async_none, async, 0
	from_guest guest_sync, sync, RING
	from_guest guest_async, async, RING
	from_guest guest_sync_traced, sync, RING | TRACED
	from_guest guest_async_traced, async, RING | TRACED

	enter	vcpu_enter, 0
	enter	vcpu_enter_traced, TRACED

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

.macro table name, sync, async, mode
	.balign	0x800
	.global	\name
\name:
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
	sync_vector \sync, \mode
	async_vector \async, \mode, VECTOR_IRQ
	async_vector \async, \mode, VECTOR_FIQ
	async_vector \async, \mode, VECTOR_SERROR
	/* From a guest, AArch32: EL0 of an L2, which gets there by an ERET that does not trap. */
	sync_vector \sync, \mode
	async_vector \async, \mode, VECTOR_IRQ
	async_vector \async, \mode, VECTOR_FIQ
	async_vector \async, \mode, VECTOR_SERROR
.endm

	table	el2_vectors_none, guest_sync_none, guest_async_none, 0
	table	el2_vectors, guest_sync, guest_async, RING
	table	el2_vectors_traced, guest_sync_traced, guest_async_traced, RING | TRACED

	.bss
	.balign	16
	.skip	16384
	.global	panic_stack_top
panic_stack_top:
