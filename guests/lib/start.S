/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry of a bare-metal payload: an arm64 Image (Linux's Documentation/arch/arm64/booting.rst) for
 * any 2 MiB-aligned address. Runs at EL1, or at EL2 with E2H = 0 or 1. Entered with the MMU off and
 * the device tree's address in x0.
 */
#include "cpu.h"

#define IMAGE_FLAGS 0xa /* little-endian, 4 KiB pages, anywhere in memory */
#define R_AARCH64_RELATIVE 1027

/* MAIR: index 0 Device-nGnRE, index 1 Normal write-back. mmu.c uses these indices. */
#define MAIR_VALUE 0xff04
/* T0SZ 25 (39 bits of address), tables write-back inner shareable, 4 KiB granule */
#define TCR_COMMON ((25) | (1 << 8) | (1 << 10) | (3 << 12))
#define TCR_EL1_VALUE (TCR_COMMON | (1 << 23))		     /* EPD1: no walks by TTBR1 */
#define TCR_EL2_VALUE (TCR_COMMON | (1 << 23) | (1 << 31))   /* both RES1 with E2H = 0 */
/* M, C, SA, I and what is RES1 in ARMv8.0 */
#define SCTLR_EL1_VALUE 0x30d0180d
#define SCTLR_EL2_VALUE 0x30c5183d

	.section .head, "ax"
	.global	_start
_start:
	b	entry
	.long	0
	.quad	0		/* text_offset */
	.quad	_image_end - . + 16 /* image_size, without a relocation */
	.quad	IMAGE_FLAGS
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

	.text
entry:
	msr	daifset, #0xf
	mov	x19, x0
	adrp	x20, _start
	adrp	x21, _image_end
	mov	x0, x20
	mov	x1, x21
	bl	invalidate_dcache
	adrp	x0, _rela_start
	add	x0, x0, :lo12:_rela_start
	adrp	x1, _rela_end
	add	x1, x1, :lo12:_rela_end
1:	cmp	x0, x1
	b.hs	2f
	ldp	x2, x3, [x0], #16
	ldr	x4, [x0], #8
	cmp	x3, #R_AARCH64_RELATIVE
	b.ne	1b
	add	x4, x4, x20
	str	x4, [x2, x20]
	b	1b
2:	adrp	x0, _bss_start
	add	x0, x0, :lo12:_bss_start
3:	stp	xzr, xzr, [x0], #16
	cmp	x0, x21
	b.lo	3b
	adrp	x0, cpus
	add	x0, x0, :lo12:cpus
	adrp	x1, boot_stack_top
	add	x1, x1, :lo12:boot_stack_top
	str	x1, [x0, #CPU_STACK]
	bl	cpu_setup
	mov	x0, x20
	mov	x1, x21
	mov	x2, x19
	bl	mmu_init_tables
	/* Written with the cache off; a stale line must not hide it once the cache is on. */
	mov	x0, x20
	mov	x1, x21
	bl	invalidate_dcache
	bl	mmu_enable
	mov	x0, x19
	bl	boot_main
	/* Not reached: boot_main powers off. */
4:	wfi
	b	4b

/* PSCI starts a secondary here: MMU off, x0 = its struct cpu. */
	.global	secondary_entry
secondary_entry:
	msr	daifset, #0xf
	mov	x19, x0
	bl	mmu_enable
	mov	x0, x19
	bl	cpu_setup
	bl	secondary_main
5:	wfi
	b	5b

/* x0 = struct cpu: per-CPU pointer, stack, vectors, FP (libfdt is compiled with SIMD). */
cpu_setup:
	msr	tpidr_el1, x0
	ldr	x1, [x0, #CPU_STACK]
	mov	sp, x1
	mov	x29, xzr
	mrs	x2, CurrentEL
	cmp	x2, #(2 << 2)
	b.ne	1f
	mrs	x2, hcr_el2
	tbnz	x2, #34, 1f
	adrp	x1, vectors_el2
	add	x1, x1, :lo12:vectors_el2
	msr	vbar_el2, x1
	mov	x1, #0x33ff		/* CPTR_EL2: its RES1 bits; TFP is 0 */
	msr	cptr_el2, x1
	isb
	ret
1:	adrp	x1, vectors_el1
	add	x1, x1, :lo12:vectors_el1
	msr	vbar_el1, x1
	mov	x1, #(3 << 20)		/* CPACR_EL1.FPEN */
	msr	cpacr_el1, x1
	isb
	ret

/* [x0, x1): drops cached lines. No stack, clobbers x2, x3. */
invalidate_dcache:
	mrs	x3, ctr_el0
	ubfx	x3, x3, #16, #4		/* DminLine: log2 of words */
	mov	x2, #4
	lsl	x2, x2, x3
	sub	x3, x2, #1
	bic	x0, x0, x3
1:	dc	ivac, x0
	add	x0, x0, x2
	cmp	x0, x1
	b.lo	1b
	dsb	sy
	ret

/* Stage 1 on, with the tables of mmu.c. No stack, no memory: secondaries come here first. */
mmu_enable:
	adrp	x1, mmu_level1
	mrs	x2, id_aa64mmfr0_el1
	and	x2, x2, #0xf		/* PARange, at most 5 (48 bits) with this granule */
	mov	x3, #5
	cmp	x2, x3
	csel	x2, x2, x3, lo
	mov	x4, #MAIR_VALUE
	mrs	x3, CurrentEL
	cmp	x3, #(2 << 2)
	b.ne	1f
	dsb	sy
	tlbi	alle2
	mrs	x3, hcr_el2
	tbnz	x3, #34, 2f
	ldr	x5, =TCR_EL2_VALUE
	orr	x5, x5, x2, lsl #16	/* PS */
	ldr	x6, =SCTLR_EL2_VALUE
	msr	mair_el2, x4
	msr	tcr_el2, x5
	msr	ttbr0_el2, x1
	dsb	sy
	isb
	msr	sctlr_el2, x6
	isb
	ret
1:	dsb	sy
	tlbi	vmalle1
2:	ldr	x5, =TCR_EL1_VALUE
	orr	x5, x5, x2, lsl #32	/* IPS */
	ldr	x6, =SCTLR_EL1_VALUE
	msr	mair_el1, x4
	msr	tcr_el1, x5
	msr	ttbr0_el1, x1
	dsb	sy
	isb
	msr	sctlr_el1, x6
	isb
	ret

	.section .note.GNU-stack, "", %progbits

	.bss
	.balign	16
	.skip	CPU_STACK_SIZE
boot_stack_top:
