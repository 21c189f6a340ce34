/* SPDX-License-Identifier: Apache-2.0 */
/*
 * neve-mmu: a small hypervisor that translates in every way it can think of, and says what its
 * guest (and itself) saw, as text that is the same on each run. At the real EL2 and at vEL2 the
 * text must be the same (tests/target/mmu.test); where the answer is simple, the case knows it as
 * well.
 *
 * Only what the architecture demands is looked at: after a change, the case does the TLB
 * maintenance that the change needs, and then looks.
 */
#ifndef MMU_MMU_H
#define MMU_MMU_H

#include "enter.h"
#include "sysreg.h"
#include "tables.h"
#include "types.h"

/* ---- memory that is mapped ---- */

#define NR_PAGES 8

/* Pages of 64 KiB. The first word of page i is MARK(i); at FETCH there is code that ends at once.
 */
extern u8 pages[NR_PAGES][SZ_64K];
#define MARK(i) (UINT64_C(0xa0) + (i))
#define FETCH	16

static inline u64 page_pa(u32 i)
{
	return (u64)pages[i];
}

/* Of the guest's code. */
u64 code_pa(void);

/* ---- granules ---- */

struct granule {
	const char *name;
	u32 shift;
	u64 tg0; /* of TCR_ELx and VTCR_EL2, in place */
	u32 tg;	 /* of TLBI operands */
	bool stage1, stage2;
};

#define NR_GRANULES 3
extern struct granule granules[NR_GRANULES];

/* Does the CPU have it? */
extern bool has_tlbi_os, has_tlbi_range, has_ttl, has_xnx, has_vmid16, has_ttst, has_af, has_dbm,
	has_hpd;

/* Of the current pass. */
extern bool e2h;

/* ---- stage 2 ---- */

struct s2_config {
	const char *name;
	u32 granule; /* index */
	u32 start_level, ia_bits, sl0;
};

struct s2 {
	const struct s2_config *config;
	struct table t;
	u64 vtcr;   /* may be changed before s2_on() */
	u64 code;   /* IPA of the guest's code */
	u64 window; /* IPA from which on there is nothing yet, aligned to a block where there is
		       room */
};

#define VTCR_PS_40 (UINT64_C(2) << 16)
#define VTCR_PS	   GENMASK(18, 16)
#define VTCR_VS	   BIT(19)
#define VTCR_HA	   BIT(21)
#define VTCR_HD	   BIT(22)

#define S2_RW	 (S2_NORMAL | S2_R | S2_W)
#define S2_RO	 (S2_NORMAL | S2_R)
#define D_CONTIG BIT(52)
#define D_DBM	 BIT(51)

/* Tables with the code in them, and nothing else. */
void s2_make(struct s2 *s, const struct s2_config *c);

/* The payload itself where it is: its pages, and the tables of stage 1. Not for small inputs. */
void s2_map_payload(struct s2 *s);

/* VTCR_EL2, VTTBR_EL2 and HCR_EL2.VM; no TLB maintenance. */
void s2_on(const struct s2 *s, u64 vmid);
void s2_off(void);

/* 39 bits of 4 KiB, or what is usual for another granule. */
const struct s2_config *s2_usual(u32 granule);

/* ---- stage 1, of the guest or of EL2 itself ---- */

struct s1 {
	u32 granule;
	struct table t;
	u64 code;   /* VA of the code */
	u64 window; /* VA from which on there is nothing yet, aligned to a block */
	bool ha, hd;
};

#define S1_RW	  (S1_NORMAL | S1_AP1)
#define S1_CONTIG D_CONTIG

/* code_pa: where the code is in the address space that stage 1 leads to. */
void s1_make(struct s1 *s, u32 granule, u64 code_pa);

/* Of EL2's own tables: the payload, and the UART. */
void s1_map_payload(struct s1 *s);

/* Of the guest's: the payload, with the tables, so that the guest can change them. Not for EL0. */
void s1_map_tables(struct s1 *s);

void s1_guest_on(const struct s1 *s, u64 asid);
void s1_guest_off(void);
/* With E2H = 1 under ASID OWN_ASID; there are none with 0. */
#define OWN_ASID (e2h ? 7 : 0)
void s1_own_on(const struct s1 *s);
void s1_own_off(void);

/* ---- one access at a lower EL, or at EL2t ---- */

#define I_LDR  0xf9400020u /* ldr x0, [x1] */
#define I_STR  0xf9000020u /* str x0, [x1] */
#define I_CALL 0xd61f0020u /* br x1 */

struct outcome {
	u32 el;	   /* that took the exception; 0: none but that of the end */
	u64 value; /* x0 */
	u64 esr, far, hpfar;
};

/* Who accesses from now on: P_EL0t, P_EL1h or P_EL2t, its code at `code`. */
void actor(u64 pstate, u64 code);

/* VBAR_EL1 of this CPU's guest, for those who use enter() themselves. */
void guest_vectors(u64 va);

struct outcome access(u32 insn, u64 addr, u64 val);

static inline struct outcome ldr(u64 addr)
{
	return access(I_LDR, addr, 0);
}

static inline struct outcome str(u64 addr, u64 val)
{
	return access(I_STR, addr, val);
}

static inline struct outcome fetch(u64 addr)
{
	return access(I_CALL, addr + FETCH, 0);
}

/* The guest does `str x2,[x3]; dsb; insn with x5; dsb; isb; ldr x0,[x1]` (insn 0: none). */
struct outcome guest_change(u64 *entry, u64 desc, u32 insn, u64 operand, u64 addr);

/* ---- what is said ---- */

enum want_kind { WANT_ANY, WANT_VALUE, WANT_FAULT };

struct want {
	enum want_kind kind;
	u32 el;
	u64 value; /* WANT_FAULT: the fault status */
	u64 ipa;
};

#define NO_IPA	    (~UINT64_C(0))
#define VALUE(v)    ((struct want){WANT_VALUE, 0, (v), NO_IPA})
#define ANY	    ((struct want){WANT_ANY, 0, 0, NO_IPA})
#define FAULT(e, f) ((struct want){WANT_FAULT, (e), (f), NO_IPA})
/* Stage 2; the address is in HPFAR_EL2 but for permission faults. */
#define FAULT_AT(f, ipa) ((struct want){WANT_FAULT, 2, (f), (ipa)})

#define FSC_SIZE(level)	 (0x00u | (level))
#define FSC_TRANS(level) (0x04u | (level))
#define FSC_AF(level)	 (0x08u | (level))
#define FSC_PERM(level)	 (0x0cu | (level))
#define FSC_WALK(level)	 (0x14u | (level)) /* external abort of a walk */

/* A line is begun, gets what was seen, and is ended. What is not as wanted is marked and counted.
 */
void begin(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void see(struct outcome o, struct want w);
bool is_wanted(struct outcome o, struct want w);
void see_bits(const char *name, u64 val, u64 want);
void say(const char *name, u64 val); /* there is no simple answer */
void end(void);
extern u32 wrong, lines;

/* ---- address translation ---- */

/* PAR_EL1 after the instruction of that name */
#define AT(name, va)                                                                               \
	({                                                                                         \
		asm volatile("at " name ", %0\n\tisb" ::"r"(va) : "memory");                       \
		read_sysreg(par_el1);                                                              \
	})

/* ---- TLB maintenance ---- */

enum tlbi_kind {
	K_ALL, /* no operand */
	K_IPA,
	K_RIPA,
	K_VA,
	K_RVA,
	K_ASID,
};

struct tlbi_form {
	const char *name;
	u8 op1, crm, op2;
	enum tlbi_kind kind;
};

/* Of stage 2, of the guest's stage 1, of EL2's own. */
extern const struct tlbi_form tlbi_s2[], tlbi_guest[], tlbi_own[];
extern const u32 nr_tlbi_s2, nr_tlbi_guest, nr_tlbi_own;

/* Are there such instructions? */
bool tlbi_exists(const struct tlbi_form *f);

/* The instruction, with the operand in x5. */
u32 tlbi_insn(const struct tlbi_form *f);

/* An operand that names the page (or block) at addr and no other one; ttl 0: no hint. */
u64 tlbi_operand(const struct tlbi_form *f, u32 granule, u64 addr, u32 ttl, u64 asid);

/* One of a range: pairs of pages. */
u64 tlbi_range(u32 granule, u64 first, u32 num, u32 scale, u32 ttl, u64 asid);

/* With barriers. After an operation by IPA also what stage 1 may have cached of it. */
void tlbi_do(const struct tlbi_form *f, u64 operand);

/* The usual ones, Inner Shareable, with their barriers. */
void tlbi_vmid(void);	/* VMALLS12E1IS */
void tlbi_ipa(u64 ipa); /* IPAS2E1IS, VMALLE1IS */
void tlbi_everything(void);

/* ---- the cases ---- */

void cases_stage2(void);
void cases_s2_tlbi(void);
void cases_vmid(void);
void cases_xnx(void);
void cases_s2_update(void);
void cases_own(void);
void cases_guest(void);
void cases_flip(void);
void cases_sparse(void);
void cases_device(void);
void cases_random(void);
void cases_smp(void);

/* The option seeds=N: how many runs cases_random() makes. */
extern u64 random_seeds, greedy;

/* Switches HCR_EL2.E2H, with the MMU off; stage 2 is off afterwards. */
void set_e2h(bool on);

/* Controls and tables as they are at first; nothing in the TLBs. */
void fresh(void);

/* The same, and a guest of the usual tables of that granule, which have nothing but its code. */
void s2_fresh(struct s2 *s, u32 granule);

#endif
