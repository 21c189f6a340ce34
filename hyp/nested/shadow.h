/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shadow stage 2: what the hardware walks while an L2 runs, L2 IPA -> HPA, made of L1's stage 2 and
 * the host's, filled on fault and thrown away by L1's TLB maintenance.
 *
 * A context stands for one (VTTBR_EL2, VTCR_EL2) of L1, or, with HCR_EL2.VM = 0, for a VMID without
 * stage 2; it has a hardware VMID of its own. Contexts belong to the VM and are shared by its
 * vCPUs.
 *
 * Locking: `lock` of the set covers everything here. L1's tables are read with it held, and so is
 * its TLB maintenance done: a leaf made from a descriptor that L1 has changed since is always gone
 * when L1's TLBI completes.
 */
#ifndef NEVE_NESTED_SHADOW_H
#define NEVE_NESTED_SHADOW_H

#include "types.h"
#include "cpu/spinlock.h"
#include "mm/pgtable.h"
#include "mm/s2walk.h"
#include "nested/tlbi.h"

struct vcpu;
struct vm;

#define SHADOW_CONTEXTS 16 /* at most two for each vCPU and spare ones for L2s that wait */

struct shadow {
	bool valid;
	bool stage2;  /* L1 had HCR_EL2.VM = 1 */
	u64 vttbr;    /* L1's VMID as it counts, and BADDR; with stage2 = false only the VMID */
	u64 vtcr;     /* L1's; 0 with stage2 = false */
	u64 hw_vttbr; /* what VTTBR_EL2 gets: table and hardware VMID */
	struct pgtable pt;
	u64 next;	/* L2 IPA at which making room for tables goes on */
	unsigned users; /* vCPUs that have it as vcpu->shadow */
	u64 last_use;
};

struct shadow_set {
	struct spinlock lock;
	struct shadow ctx[SHADOW_CONTEXTS];
	u64 clock;
};

void shadow_init(struct vm *vm);

/* The context for what L1's registers say now; kept in v->shadow. Never fails: the least recently
 * used context that no vCPU holds makes room. */
void shadow_select(struct vcpu *v, bool stage2, u64 vttbr, u64 vtcr);

enum shadow_result {
	SHADOW_DONE,	/* mapped: run on */
	SHADOW_FORWARD, /* L1's stage 2 faults: *fsc is the fault status code for L1 */
	SHADOW_HOST,	/* L1's stage 2 leads to *ipa, which the host has to handle */
};

/*
 * A stage-2 fault of L2 at `in`; `access` PERM_*, 0: a walk of stage 1 lacked a permission, and
 * which one is to be found out. protected_walk: of a stage-1 walk while L1 has HCR_EL2.PTW set,
 * which faults in Device memory.
 */
enum shadow_result shadow_fault(struct vcpu *v, nipa_t in, unsigned access, bool protected_walk,
				u8 *fsc, ipa_t *ipa);

/*
 * The pool is empty, and L1's own stage 2 needs a table: the context that has most of it gives it
 * back, so that no L2 uses up what L1 needs. False: none of the VM's has any.
 */
bool shadow_give(struct vm *vm);

/*
 * Forgets what the current context has for `in`, as a TLB may at any time: L1 may have changed its
 * descriptor without a TLBI (an access flag that it cleared). The hardware's next walk faults
 * there.
 */
void shadow_forget(struct vcpu *v, nipa_t in);
/* All that it has: each access faults once more, on a translation. */
void shadow_forget_all(struct vcpu *v);

/*
 * TLB maintenance by vEL2 that is about L2's translations (kinds ALL_E1, VMALLS12, VMALL_E1, VA_E1,
 * VAA_E1, ASID_E1, IPA_S2), on the contexts that carry the VMID of L1's registers. Complete on
 * return.
 */
void shadow_tlbi(struct vcpu *v, const struct tlbi_op *op, u64 rt);

/* L1's stage-2 configuration as s2walk wants it. */
void shadow_walk_cfg(struct vcpu *v, u64 vttbr, u64 vtcr, struct s2walk_cfg *cfg);

/* Reads L1's memory for the walkers (struct walk_mem); the context is the struct vm. */
int shadow_read64(void *ctx, ipa_t ipa, u64 *val);

#endif
