/* SPDX-License-Identifier: Apache-2.0 */
/*
 * neve-probe: what a program at EL2 can see of its machine, as text that is the same on each run.
 * On hardware and under neve the text must be the same (tests/target/probe.test). Included by
 * assembly for the offsets.
 */
#ifndef PROBE_H
#define PROBE_H

/* Offsets in struct op */
#define OP_THUNK  0
#define OP_RESULT 16
#define OP_SYN	  24
#define OP_SPSR	  40
#define OP_WHERE  48
#define OP_SIZE	  56

/* HVC #BATCH_END: the operations are done. HVC #REPORT + n: EL1's vector at n * 0x80 was taken. */
#define BATCH_END 1
#define REPORT	  0x100

#ifndef __ASSEMBLER__
#include "encoding.h"
#include "enter.h"
#include "sysreg.h"
#include "types.h"

/* ---- encodings ---- */

#define E_HCR_EL2	ENC(3, 4, 1, 1, 0)
#define E_HCRX_EL2	ENC(3, 4, 1, 2, 2)
#define E_MDCR_EL2	ENC(3, 4, 1, 1, 1)
#define E_CPTR_EL2	ENC(3, 4, 1, 1, 2)
#define E_HSTR_EL2	ENC(3, 4, 1, 1, 3)
#define E_HFGRTR_EL2	ENC(3, 4, 1, 1, 4)
#define E_HFGWTR_EL2	ENC(3, 4, 1, 1, 5)
#define E_HFGITR_EL2	ENC(3, 4, 1, 1, 6)
#define E_HDFGRTR_EL2	ENC(3, 4, 3, 1, 4)
#define E_HDFGWTR_EL2	ENC(3, 4, 3, 1, 5)
#define E_CNTHCTL_EL2	ENC(3, 4, 14, 1, 0)
#define E_ICH_HCR_EL2	ENC(3, 4, 12, 11, 0)
#define E_PMUSERENR_EL0 ENC(3, 3, 9, 14, 0)
#define E_MDSCR_EL1	ENC(2, 0, 0, 2, 2)
#define E_DBGBVR0	ENC(2, 0, 0, 0, 4)
#define E_DBGBCR0	ENC(2, 0, 0, 0, 5)
#define E_DBGWVR0	ENC(2, 0, 0, 0, 6)
#define E_DBGWCR0	ENC(2, 0, 0, 0, 7)
#define E_OSLAR_EL1	ENC(2, 0, 1, 0, 4)
#define E_DISR_EL1	ENC(3, 0, 12, 1, 1)
#define E_VDISR_EL2	ENC(3, 4, 12, 1, 1)
#define E_VSESR_EL2	ENC(3, 4, 5, 2, 3)

#define HCR_VM	   BIT(0)
#define HCR_FMO	   BIT(3)
#define HCR_IMO	   BIT(4)
#define HCR_AMO	   BIT(5)
#define HCR_VSE	   BIT(8)
#define HCR_TSC	   BIT(19)
#define HCR_TGE	   BIT(27)
#define HCR_RW	   BIT(31)
#define HCR_APK	   BIT(40)
#define HCR_API	   BIT(41)
#define HCR_ENSCXT BIT(53)

/* ---- thunks: one instruction and a return, for each encoding and direction ---- */

void thunks_init(void);

/* Of `mrs x0, enc` (SYSL for op0 1), and of `msr enc, x0`. */
u64 thunk_read(u16 enc);
u64 thunk_write(u16 enc);

/* At the current EL; must not trap. */
u64 reg_read(u16 enc);
void reg_write(u16 enc, u64 val);

/* ---- running code ---- */

/* Vectors of EL1: to record an exception in the operation that runs, or to report it to EL2. */
extern char vectors_record[], vectors_report[];

/* One step of a batch. */
struct op {
	u64 thunk, arg;
	u64 result; /* x0 */
	u64 esr, elr, spsr;
	u64 where; /* 0: no exception; else the EL that took it << 12 | offset in its table */
};

_Static_assert(offsetof(struct op, result) == OP_RESULT, "run.S");
_Static_assert(offsetof(struct op, esr) == OP_SYN, "run.S");
_Static_assert(offsetof(struct op, spsr) == OP_SPSR, "run.S");
_Static_assert(offsetof(struct op, where) == OP_WHERE, "run.S");
_Static_assert(sizeof(struct op) == OP_SIZE, "run.S");

/* Runs them at the EL of `pstate`. The array has room for one more. */
void run_ops(struct op *ops, u32 n, u64 pstate);

/* ---- state of the machine ---- */

/* HCR_EL2.E2H = 1? Selects the layout of CPTR_EL2 and CNTHCTL_EL2. */
extern bool e2h;

/* Switches it, with the MMU off. */
void set_e2h(bool on);

/* Controls over EL1 and EL0 that trap nothing that they need not, EL1's registers as after reset.
 */
void reset_controls(void);

/* HCR_EL2 of that state, without E2H. */
#define HCR_BASE (HCR_RW | HCR_APK | HCR_API | HCR_ENSCXT)

/* Of the EL1&0 regime, from EL2. */
u64 el1_read(u16 enc);
void el1_write(u16 enc, u64 val);

/* ---- the tests ---- */

void probe_regs(void);
void probe_traps(void);
void probe_exc(void);
void probe_abort(void);
void probe_debug(void);
void probe_irq(void);
void probe_guard(void);
void probe_random(void);
void probe_pmu(void);
void probe_insn(void);
void probe_values(void);

#endif
#endif
