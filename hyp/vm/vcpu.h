/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual CPU of a guest hypervisor (L1), and of whatever L1 runs on it (L2).
 *
 * A vCPU is in one of two contexts:
 *  - IN_HYP: at vEL2, or at vEL0 with HCR_EL2.{E2H,TGE} = {1,1}. The hardware EL1 registers hold
 *    vEL2's own; HCR_EL2.NV is set.
 *  - IN_GUEST: at vEL1 or vEL0 below it. The hardware EL1 registers hold vEL1's.
 * Only an emulated ERET and an exception taken to vEL2 change it (nested/world.c).
 *
 * Ownership: a vCPU is pinned to a physical CPU, which has no other; only that CPU touches its
 * fields, except `power` (atomic), `base` and `latched` (under the VM's counters lock), what vgic.h
 * says, and that anybody may read `counters`.
 */
#ifndef NEVE_VM_VCPU_H
#define NEVE_VM_VCPU_H

/* Offsets that vectors.S uses; checked below. */
#define VCPU_X		0
#define VCPU_PC		248
#define VCPU_PSTATE	256
#define VCPU_STACK	264
#define VCPU_LAST_TRAPS 272
#define VCPU_STAMP_IN	280
#define VCPU_STAMP_OUT	288
#define VCPU_TRACE_OWN	296

/* Vectors of asynchronous exceptions from a guest: the index in its half of the table, plus 8. */
#define VECTOR_IRQ    9
#define VECTOR_FIQ    10
#define VECTOR_SERROR 11

/* Bytes of the ring of a CPU's last traps (vm/trace.h). */
#define LAST_TRAPS_SIZE 1024

#ifndef __ASSEMBLER__
#include "types.h"
#include "gen/sysreg_id.h"
#include "gen/vncr.h"
#include "irq/lr.h"
#include "vm/counters.h"

struct vm;
struct shadow;
struct trace_block;

enum vcpu_context { IN_HYP, IN_GUEST };

/* What an exit handler asks for; vm/exit.c alone acts on it. */
enum exit_action {
	EXIT_RESUME,  /* run on at vcpu->pc */
	EXIT_ADVANCE, /* the instruction is done: skip it */
	EXIT_UNDEF,   /* Undefined Instruction exception in the context that trapped */
	EXIT_FORWARD, /* the trap belongs to L1: take it at vEL2 with this syndrome */
};

/* Leaving: on its way to off, and on for whoever asks. */
enum vcpu_power { VCPU_OFF, VCPU_ON_PENDING, VCPU_ON, VCPU_LEAVING };

/* One hardware generic timer pair as a context sees it. CVAL in counter ticks, CTL as CNTx_CTL. */
struct vcpu_timer {
	u64 ctl, cval;
};

/* What the hardware holds now, so that equal values are not written again. */
struct vcpu_hw {
	u64 hcr, mdcr, cptr, cnthctl, hstr, hcrx, vttbr, cntvoff, mdscr;
	u64 hfgrtr, hfgwtr, hfgitr, hdfgrtr, hdfgwtr;
	u64 vpidr, vmpidr, cnthp_cval;
	u64 not_in_cpacr; /* bits of CPTR_EL2 that this CPU's CPACR_EL1 does not hold */
	bool cnthp_on;
	bool sve_limited; /* ZCR_EL2 is below the maximum */
};

/* The PMU (nested/pmu.h). Number 31 is the cycle counter. */
struct vcpu_pmu {
	u64 type[32]; /* PMEVTYPER<n>_EL0 and PMCCFILTR_EL0 as L1 and L2 see them, while `held` */
	u64 mdcr[2];  /* neve's own part of MDCR_EL2, by enum vcpu_context */
	u32 enabled;  /* PMCNTENSET_EL0, while `held` */
	u32 swap;     /* those whose type register changes with the context */
	enum vcpu_context loaded; /* the context that theirs are for, while `swap` is not 0 */
	bool held;		  /* the type registers are here, and trap */
};

/* Breakpoints and watchpoints (nested/breakpoint.h): control registers as L1 has them. */
struct vcpu_points {
	u64 bcr[16], wcr[16]; /* while `translated` */
	bool translated;      /* the hardware's are made for vEL2 */
};

struct vcpu {
	u64 x[31];
	u64 pc;			 /* ELR_EL2 for the next entry */
	u64 pstate;		 /* SPSR_EL2 for the next entry: real exception levels */
	u64 stack;		 /* top of this CPU's EL2 stack */
	u64 last_traps;		 /* where the next entry of the ring goes */
	u64 stamp_in, stamp_out; /* CNTPCT_EL0 at the exception and at the return, when traced */
	u64 trace_own;		 /* ticks of those that tracing took */

	u64 esr; /* syndrome of the exit being handled */

	struct vm *vm;
	unsigned id;		/* in the VM */
	unsigned pcpu;		/* its physical CPU */
	u64 mpidr;		/* VMPIDR_EL2 for vEL2 */
	u64 mpidr_affinity;	/* its affinity fields alone */
	struct vncr_page *vncr; /* canonical store of every register with a slot */

	u64 own_hcr; /* HCR_EL2 as neve wants it in both contexts */

	enum vcpu_context context;
	bool e2h; /* the HCR_EL2.E2H that the hardware registers are laid out for */

	u64 ctx[CTX_COUNT];	  /* vEL2 registers without a slot, when not live in hardware */
	u64 sp_el2;		  /* vEL2's SP_EL2 while IN_GUEST */
	u64 cntkctl_el1;	  /* vEL1's CNTKCTL_EL1 while IN_HYP with E2H */
	struct vcpu_timer hp, hv; /* vEL2's timers when not in hardware (nested/timer.h) */
	u32 timer_vintid[2];	  /* L1's INTID that hardware's CNTP, CNTV stand for; 0: none */
	u32 timer_held;		  /* those whose PPI is left active: see timer_hold() */
	u64 timer_lines;	  /* lines of timers in memory that are high, by INTID */
	struct gic_vcpuif gic;	  /* L1's own interface while L2's is in hardware */
	struct lr_nest nest;	  /* hardware list registers -> L1's, while gic_is_l2 */
	bool gic_is_l2;		  /* the virtual CPU interface in hardware is L2's */
	u64 gic_traps;		  /* L1's ICH_HCR_EL2 traps, while its guest has L1's interface */
	bool mi_level;		  /* L1's maintenance interrupt */
	bool mi_check;		  /* the page has changed: compute it again */
	struct shadow *shadow;	  /* stage 2 context of L2, kept across exits */
	struct vcpu_pmu pmu;	  /* type registers by context */
	u64 disr;		  /* vEL2's DISR_EL1 while IN_GUEST, when that has its own */
	struct vcpu_points points;
	u64 serror; /* ESR_EL2 of an SError that L1 has to take, or 0 */

	struct vcpu_hw hw;
	struct trap_counters counters; /* never reset */
	struct trap_counters base, latched;
	struct trace_block *trace; /* NULL until tracing was on */
	enum vcpu_power power;
	u64 entry_pc, entry_x0; /* for CPU_ON */
};

_Static_assert(offsetof(struct vcpu, x) == VCPU_X, "vectors.S");
_Static_assert(offsetof(struct vcpu, pc) == VCPU_PC, "vectors.S");
_Static_assert(offsetof(struct vcpu, pstate) == VCPU_PSTATE, "vectors.S");
_Static_assert(offsetof(struct vcpu, stack) == VCPU_STACK, "vectors.S");
_Static_assert(offsetof(struct vcpu, last_traps) == VCPU_LAST_TRAPS, "vectors.S");
_Static_assert(offsetof(struct vcpu, stamp_in) == VCPU_STAMP_IN, "vectors.S");
_Static_assert(offsetof(struct vcpu, stamp_out) == VCPU_STAMP_OUT, "vectors.S");
_Static_assert(offsetof(struct vcpu, trace_own) == VCPU_TRACE_OWN, "vectors.S");

/* General register n of an instruction, 31 being XZR. */
static inline u64 vcpu_reg(const struct vcpu *v, unsigned n)
{
	return n < 31 ? v->x[n] : 0;
}

static inline void vcpu_set_reg(struct vcpu *v, unsigned n, u64 val)
{
	if (n < 31)
		v->x[n] = val;
}

/* Fresh architectural state at vEL2, MMU off, ready to run at `pc` with x0 (PSCI, boot protocol).
 */
void vcpu_reset(struct vcpu *v, u64 pc, u64 x0);
/* Loads everything of `v` into this CPU and enters it. Called on the vCPU's own CPU. */
void vcpu_start(struct vcpu *v) __attribute__((noreturn));
/* Entry of a secondary CPU that CPU_ON woke (called by boot/main.c). */
void vcpu_secondary_start(unsigned pcpu) __attribute__((noreturn));
/*
 * The calling CPU, which is v's and has synced its list registers, is about to be turned off:
 * LPIs that came here after the guest moved the others away go to a vCPU that stays on, if any.
 */
void vcpu_leave(struct vcpu *v);
/* Turns the calling CPU, which is v's, off. What it holds of v's state is lost. */
void vcpu_stop(struct vcpu *v) __attribute__((noreturn));
/* vectors.S: restores x0-x30, PC and PSTATE from `v` and returns from the exception. */
void vcpu_enter(struct vcpu *v) __attribute__((noreturn));

#endif
#endif
