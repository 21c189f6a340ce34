/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Image header and the way from the boot loader into C, for the first CPU and for the others.
 *
 * Contract at _start (Linux Documentation/arch/arm64/booting.rst): x0 = physical address of the
 * device tree, MMU off, Image clean to the point of coherency, at any 2 MiB-aligned address.
 * The Image is linked at 0; the only dynamic relocations are R_AARCH64_RELATIVE, applied here.
 */
#include <neve/trace.h>
#include "boot/entry.h"
#include "gen/sysreg_enc.h"

#define HCR_RW	(1 << 31)
#define HCR_E2H 34

/* RES1 bits, M, C, I off: SCTLR_EL2 and _EL3 (no E2H), SCTLR_EL1 */
#define SCTLR_OFF     0x30c50830
#define SCTLR_EL1_OFF 0x30d00800

/* RES1 and the traps of SVE and SME; FP and SIMD are free (TFP = 0) */
#define CPTR_BOOT 0x33ff & ~(1 << 10)

	.section .head, "ax"
	.global	_start
_start:
	nop
	b	primary_entry
	.quad	0		/* text_offset */
	.long	image_size_lo32
	.long	0
	.quad	0xa		/* little endian, 4 KiB pages, anywhere in memory */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0		/* no PE header */
	.quad	NEVE_TRACE_MAGIC /* struct neve_trace_id */
	.quad	trace_header - .

	.text

/* \reg = line size of the data cache in bytes; clobbers \tmp */
.macro	dcache_line reg, tmp
	mrs	\tmp, ctr_el0
	ubfx	\tmp, \tmp, #16, #4
	mov	\reg, #4
	lsl	\reg, \reg, \tmp
.endm

/* dc \op over [x0, x1); clobbers x0, x2, x3 */
.macro	dcache_op op
	dcache_line x2, x3
	sub	x3, x2, #1
	bic	x0, x0, x3
1:	cmp	x0, x1
	b.hs	2f
	dc	\op, x0
	add	x0, x0, x2
	b	1b
2:	dsb	sy
.endm

.macro	address reg, sym
	adrp	\reg, \sym
	add	\reg, \reg, :lo12:\sym
.endm

#define GCSCR_EL2 S3_4_C2_C5_0 /* of a feature that arch/sysreg.tbl does not have */

/*
 * Where the CPU has them: other meanings of permissions (TCR2_EL2.PIE), of aborts, and of RET, of which
 * firmware or the reset may have left any. Clobbers x1, x2.
 */
.macro	extensions_off
	mrs	x1, SYSREG_TOKEN_ID_AA64MMFR3_EL1
	ubfx	x2, x1, #0, #4		/* TCRX */
	cbz	x2, 1f
	msr	SYSREG_TOKEN_TCR2_EL2, xzr
1:	ubfx	x2, x1, #4, #4		/* SCTLRX */
	cbz	x2, 1f
	msr	SYSREG_TOKEN_SCTLR2_EL2, xzr
1:	mrs	x1, id_aa64pfr1_el1
	ubfx	x2, x1, #44, #4		/* GCS */
	cbz	x2, 1f
	msr	GCSCR_EL2, xzr
1:
.endm

/*
 * x21 = how this CPU came in (ENTRY_*), with EL2's E2H and TGE cleared, MMU and caches off, and FP
 * usable; exceptions go to the boot's own vectors. Clobbers x1, x2, x6.
 */
classify:
	address	x6, boot_vectors
	mrs	x1, CurrentEL
	ubfx	x1, x1, #2, #2
	cmp	x1, #2
	b.eq	2f
	b.hi	3f
	mov	x21, #ENTRY_EL1
	msr	vbar_el1, x6
	ldr	x1, =SCTLR_EL1_OFF
	msr	sctlr_el1, x1
	mov	x1, #(3 << 20)
	msr	cpacr_el1, x1
	isb
	ret
2:	/* One write: E2H may change only while the MMU is off, and TGE would turn it on again. */
	mov	x1, #HCR_RW
	msr	hcr_el2, x1
	isb
	mrs	x1, hcr_el2
	tbnz	x1, #HCR_E2H, 4f
	mov	x21, #ENTRY_EL2
	msr	vbar_el2, x6
	ldr	x1, =SCTLR_OFF
	msr	sctlr_el2, x1
	mov	x1, #CPTR_BOOT
	msr	cptr_el2, x1
	extensions_off
	isb
	ret
4:	/* E2H is RES1: names with _EL1 mean EL2's registers, in EL1's format. */
	mov	x21, #ENTRY_E2H
	msr	vbar_el1, x6
	ldr	x1, =SCTLR_EL1_OFF
	msr	sctlr_el1, x1
	mov	x1, #(3 << 20)
	msr	cpacr_el1, x1
	isb
	ret
3:	mov	x21, #ENTRY_EL3
	msr	vbar_el3, x6
	ldr	x1, =SCTLR_OFF
	msr	sctlr_el3, x1
	msr	cptr_el3, xzr
	isb
	ret

/* Turns the MMU and the caches on for a CPU of kind x21, with boot_mmu. Clobbers x1-x5. */
enable_mmu:
	address	x1, boot_mmu
	ldp	x2, x3, [x1, #MMU_TTBR]
	ldp	x4, x5, [x1, #MMU_MAIR]
	cmp	x21, #ENTRY_EL3
	b.eq	3f
	cmp	x21, #ENTRY_EL2
	b.ne	1f
	msr	ttbr0_el2, x2
	msr	tcr_el2, x3
	msr	mair_el2, x4
	isb
	tlbi	alle2
	dsb	nsh
	ic	iallu
	dsb	nsh
	isb
	msr	sctlr_el2, x5
	isb
	ret
1:	msr	ttbr0_el1, x2
	msr	tcr_el1, x3
	msr	mair_el1, x4
	isb
	cmp	x21, #ENTRY_E2H
	b.eq	2f
	tlbi	vmalle1
	b	4f
2:	tlbi	alle2
4:	dsb	nsh
	ic	iallu
	dsb	nsh
	isb
	msr	sctlr_el1, x5
	isb
	ret
3:	msr	ttbr0_el3, x2
	msr	tcr_el3, x3
	msr	mair_el3, x4
	isb
	tlbi	alle3
	dsb	nsh
	ic	iallu
	dsb	nsh
	isb
	msr	sctlr_el3, x5
	isb
	ret

primary_entry:
	msr	daifset, #15
	msr	spsel, #1
	mov	x20, x0
	bl	classify
	/* Only the Image is clean: the header of the device tree is read with the cache off. */
	dc	civac, x20

	/* Nothing stale may be written back over what is now written with the cache off. */
	address	x0, bss_start
	address	x1, image_end
	dcache_op ivac

	/* Relocation: Elf64_Rela {offset, info, addend}; neve.ld asserts that all are RELATIVE. */
	adrp	x22, image_start
	address	x1, rela_start
	address	x2, rela_end
1:	cmp	x1, x2
	b.hs	2f
	ldp	x3, x4, [x1]
	ldr	x5, [x1, #16]
	add	x1, x1, #24
	cmp	w4, #1027		/* R_AARCH64_RELATIVE */
	b.ne	1b
	add	x5, x5, x22
	str	x5, [x22, x3]
	b	1b
2:
	address	x1, bss_start
	address	x2, image_end
3:	stp	xzr, xzr, [x1], #16
	cmp	x1, x2
	b.lo	3b

	address	x1, boot_stacks + STACK_STRIDE
	mov	sp, x1
	mov	x29, xzr
	mov	x30, xzr
	mov	x0, x21
	mov	x1, x20
	bl	boot_early_map

	/* What was written with the cache off must not hide behind lines fetched before. */
	address	x0, image_start
	address	x1, image_end
	dcache_op ivac
	bl	enable_mmu

	mov	x0, x21
	mov	x1, x20
	bl	boot_main

	.global	secondary_entry
secondary_entry:
	msr	daifset, #15
	msr	spsel, #1
	mov	x20, x0
	bl	classify
	/* PSCI starts a CPU at the level of its caller; anything else cannot run neve. */
	cbnz	x21, 4f
	bl	enable_mmu
	address	x1, boot_stacks + STACK_STRIDE
	mov	x2, #STACK_STRIDE
	madd	x1, x2, x20, x1
	mov	sp, x1
	mov	x29, xzr
	mov	x0, x20
	bl	secondary_main
4:	wfi
	b	4b

	.global	cache_clean_range
cache_clean_range:
	add	x1, x0, x1
	dcache_op cvac
	ret

/* Until cpu_local_init: an exception here is a bug of neve, or a device tree outside of memory. */
.macro	boot_vector
	.balign	0x80
	b	exception
.endm

	.balign	0x800
boot_vectors:
	.rept	16
	boot_vector
	.endr

exception:
	address	x3, boot_stacks + STACK_STRIDE
	mov	sp, x3
	mov	x29, xzr
	mrs	x3, CurrentEL
	ubfx	x3, x3, #2, #2
	cmp	x3, #2
	b.eq	2f
	b.hi	3f
	mrs	x0, esr_el1
	mrs	x1, elr_el1
	mrs	x2, far_el1
	b	4f
2:	mrs	x0, esr_el2
	mrs	x1, elr_el2
	mrs	x2, far_el2
	b	4f
3:	mrs	x0, esr_el3
	mrs	x1, elr_el3
	mrs	x2, far_el3
4:	bl	boot_exception

	.section .stacks, "aw", %nobits
	.balign	4096
	.global	boot_stacks
boot_stacks:
	.skip	STACK_STRIDE * STACK_COUNT
