/* SPDX-License-Identifier: Apache-2.0 */
/*
 * neve-hostile: a guest hypervisor that wants to break out, or to break its host. CPU 0 keeps sane
 * and counts up a heartbeat; all others do, from a seed, what no guest does (main.c says what is
 * known about it from outside).
 *
 * All CPUs run at EL2 with the MMU off. A hostile CPU tries things in code that it writes itself
 * and runs with enter(), in EL2t or below, so that its C code goes on after any exception.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include "encoding.h"
#include "enter.h"
#include "sysreg.h"
#include "types.h"

/* ---- what is seen from outside ---- */

#define STATUS_MAGIC UINT64_C(0x4c495453484f454e)

enum hostile_state { HOSTILE_RUNS = 1, HOSTILE_DONE };

/* Read by tests/target/hostile_machine.py, which knows the layout: 64-bit words throughout. */
struct status {
	u64 magic;
	u64 state;
	u64 beats;	/* of CPU 0 */
	u64 violations; /* what a CPU saw that must not be */
	u64 violation;	/* which one the last was: enum violation */
	u64 cpus;
	struct cpu_status {
		u64 trials, exits; /* finished; exceptions to EL2 in them */
		u64 restarts;	   /* after CPU_OFF */
		u64 off;	   /* it is about to turn itself off */
		u64 last;	   /* enum trial */
		u64 swept;	   /* sweep() has come to its end */
	} cpu[MAX_CPUS];
};

extern struct status status;
extern char secondary_entry[]; /* guests/lib/start.S */

enum violation {
	VIOLATION_CPU_ON = 1, /* CPU_ON began, at an address that is not the VM's */
	VIOLATION_VNCR,	      /* an EL1 access went to memory by VNCR_EL2 */
	VIOLATION_READ,	      /* a load from neve's memory returned */
	VIOLATION_LINE,	      /* a timer of a CPU that was just turned on is pending */
};

/* ---- memory ---- */

/*
 * Blocks of 2 MiB at the end of RAM: tables, data, everybody's code, what was read, and stacks: a
 * CPU that takes one exception after the other in its own vectors runs down through it.
 */
#define SANDBOX_SIZE	(16 * SZ_2M)
#define SANDBOX_TABLES	0
#define SANDBOX_VECTORS SZ_1M
#define SANDBOX_DATA	SZ_2M
#define SANDBOX_CODE	(2 * SZ_2M)
#define SANDBOX_LOOT	(4 * SZ_2M)
#define SANDBOX_STACKS	(12 * SZ_2M)
#define SZ_1M		UINT64_C(0x100000)

#define NR_TABLES 48	/* and two more of each CPU's own */
#define LOOT_SIZE SZ_2M /* of each CPU */

/* Tables that make sense, which trials change later; the others are wild from the start. */
enum { TABLE_S2_L1, TABLE_S2_L2, TABLE_S1_L1, TABLE_S1_L2, TABLE_EL2 };

struct place {
	u64 sandbox;
	u64 neve, neve_size; /* what the VM must never see */
	u64 target;	     /* a page of special interest in it; 0: none */
	u64 edu;	     /* a device with DMA, which edu.h describes; 0: none */
};

extern struct place place;

static inline u64 *table(u32 n)
{
	return (u64 *)(place.sandbox + SANDBOX_TABLES + n * SZ_4K);
}

/* ---- a hostile CPU ---- */

struct hostile {
	u64 rnd;
	u64 gicr;
	u32 *code; /* a page, of which nr words are written */
	u64 *loot, loot_pos;
	struct cpu_status *st;
	struct frame frame;
	u32 id;
	u32 nr;
	u32 max_exits; /* of a run */
	u32 regs;      /* of frame.x[] that have a value: x0.. */
};

u64 rnd(struct hostile *h);
u32 below(struct hostile *h, u32 n);

/* An address, mostly one that is worth an attack; never one where CPU 0 lives. */
u64 address(struct hostile *h);
/* A value for a register or an argument. */
u64 value(struct hostile *h);
/* May code here load from and store to it? */
bool address_ok(u64 addr);
/* Not stored to: what CPU 0, or the timer of each, could not do without. */
bool is_spared(u64 addr);
/* What a register of EL2's own is spared, as its C code has to go on: see trial_last(). */
u64 tamed(u16 enc, u64 val);
bool in_neve(u64 addr);

/* An encoding that somebody could have written code for. */
u16 encoding(struct hostile *h);
/* Finds out which registers can be read: once, on CPU 0. */
void encodings_init(struct hostile *h);
/* Those, number n; 0: there are no more. */
u16 encoding_known(u32 n);
bool is_known(u16 enc);
/* Asks for a reset, which is no attack. */
bool is_reset(u16 enc);

/* ---- code ---- */

#define E_SCTLR_EL2 ENC(3, 4, 1, 0, 0)
#define E_SCTLR_EL1 ENC(3, 0, 1, 0, 0)
#define E_VBAR_EL2  ENC(3, 4, 12, 0, 0)
#define E_VBAR_EL1  ENC(3, 0, 12, 0, 0)

#define INSN_ISB 0xd5033fdfu

void code_begin(struct hostile *h);
void emit(struct hostile *h, u32 insn);
/* A register that has this value when the code begins; there are 30. */
u32 reg_with(struct hostile *h, u64 val);
void emit_write(struct hostile *h, u16 enc, u32 reg);
void emit_read(struct hostile *h, u16 enc, u32 reg);
void emit_access(struct hostile *h, u32 size_log2, bool write, u32 data, u32 base);
/* With writeback, or of two registers, which a syndrome does not describe. */
void emit_odd_access(struct hostile *h, bool write, u32 data, u32 base);
/* A few instructions that a lower level might try. */
void emit_attack(struct hostile *h);
void emit_system_call(struct hostile *h); /* HVC, SMC and the like, with their arguments */

/* Its end, and the run: from the first word, or from `pc`. Skips what faults. */
void code_run(struct hostile *h, u64 pstate);
void code_run_at(struct hostile *h, u64 pc, u64 pstate);
/* One register, as EL2. */
void poke(struct hostile *h, u16 enc, u64 val);

/* VTCR_EL2 for TABLE_S2_L1: 39 bits from level 1, 4 KiB, PS 40 bits. */
#define VTCR_SANE UINT64_C(0x80023559)

/* HCR_EL2 that lets EL2 have the CPU back: by its timer. */
#define HCR_TGE	 BIT(27)
#define HCR_SAFE (BIT(31) | BIT(40) | BIT(41) | BIT(4) | BIT(3) | BIT(5))

/* EL2's own registers as they have to be for the C code. */
void safe_state(struct hostile *h);
/* The GIC so that the timer of every CPU comes through. */
void gic_repair(void);
void violation(enum violation v);

/* ---- the trials ---- */

void trial_regs(struct hostile *h);    /* EL2's registers, any value, and then what uses them */
void trial_stage1(struct hostile *h);  /* EL2's own stage 1, half of it wild */
void trial_tables(struct hostile *h);  /* changes tables, with AT and TLBI */
void trial_guest(struct hostile *h);   /* a guest at EL1 or EL0, under any controls */
void trial_jump(struct hostile *h);    /* an ERET to anywhere, to any level */
void trial_devices(struct hostile *h); /* loads and stores of any size, anywhere */
void trial_irqs(struct hostile *h);    /* SGIs, timers, list registers */
void trial_calls(struct hostile *h);   /* PSCI and all other functions */
void trial_many(struct hostile *h);    /* a guest that needs many tables */
void trial_vncr(struct hostile *h);    /* NV for a guest: must be inert */
void trial_a32(struct hostile *h);     /* a guest's EL0 in AArch32 */
void trial_dma(struct hostile *h);     /* a device, if there is one, that reads and writes */
void trial_shadow(struct hostile *h);  /* a guest's loads from what its hypervisor has not */
void trial_user(struct hostile *h);    /* user space that EL2 hosts: {E2H,TGE} = {1,1} */
void trial_storm(struct hostile *h);   /* SGIs, TLBIs and timers in a loop */
void trial_last(struct hostile *h);    /* does not come back, mostly */

/*
 * Registers that can be read, encodings that may be there to be written, and pages of devices in
 * the device tree, some of those of large ones: each one once at EL2, all of them in seven seeds,
 * and all of them by a guest and by user space in fourteen; pages by any of them. sweep_init() on
 * CPU 0, before the others start.
 */
void sweep_init(void);
void sweep(struct hostile *h);
/* What is in the vector registers stays in memory as well. */
void keep_vectors(struct hostile *h);

void tables_init(struct hostile *h);
/* A stage 2 of a CPU's own: code and data of guests, and a block at an address; where it is seen.
 */
u64 tables_own(struct hostile *h, u64 addr);
/* EL1's vectors: HVC with the number. */
void vectors_init(volatile u32 *vectors);
void hostile_main(void);	     /* of a hostile CPU */
struct hostile *hostile_first(void); /* CPU 0, made ready for enter() */
extern u64 hostile_seed, hostile_slice, hostile_storm;
extern volatile bool hostile_go, hostile_stop;

#endif
