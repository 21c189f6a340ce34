/* SPDX-License-Identifier: Apache-2.0 */
#include "nested/shadow.h"
#include "cpu/features.h"
#include "cpu/console.h"
#include "cpu/hcr.h"
#include "cpu/panic.h"
#include "cpu/sysreg.h"
#include "cpu/tlb.h"
#include "mm/alloc.h"
#include "nested/world.h"
#include "vm/vm.h"

#define VTTBR_CNP   BIT(0)
#define VTTBR_BADDR GENMASK(47, 1)

/* For shadow_make_room(): tables that are enough, and how many GiB are looked at for them. */
#define ROOM_PAGES 16
#define ROOM_GIB   32

/* As many as a leaf can need anew: of levels 1 to 3. */
#define LEAF_TABLES 3

int shadow_read64(void *ctx, ipa_t ipa, u64 *val)
{
	u64 *p = vm_ram(ctx, ipa, sizeof(*p));

	if (!p)
		return -1;
	*val = __atomic_load_n(p, __ATOMIC_ACQUIRE);
	return 0;
}

static int cas64(void *ctx, ipa_t ipa, u64 old, u64 new)
{
	u64 *p = vm_ram(ctx, ipa, sizeof(*p));

	if (!p)
		return -1;
	return !__atomic_compare_exchange_n(p, &old, new, false, __ATOMIC_ACQ_REL,
					    __ATOMIC_ACQUIRE);
}

static const struct walk_mem l1_memory = {.read64 = shadow_read64, .cas64 = cas64};

void shadow_walk_cfg(struct vcpu *v, u64 vttbr, u64 vtcr, struct s2walk_cfg *cfg)
{
	*cfg = (struct s2walk_cfg){
		.vtcr = vtcr,
		.vttbr = vttbr,
		.granules = cpu_features.s2_granules,
		.pa_bits = vm_ipa_bits,
		.big_endian = world_read_ctx(v, CTX_SCTLR_EL2) & SCTLR_EE,
		.xnx = cpu_features.xnx,
		.ttst = cpu_features.ttst,
		.hw_af = cpu_features.hafdbs >= 1,
		.hw_dbm = cpu_features.hafdbs >= 2,
	};
}

static u64 hw_vmid(const struct vm *vm, const struct shadow *s)
{
	return (u64)(VM_FIRST_VMID(vm->number) + 1 + (s - vm->shadows.ctx)) << 48;
}

/* Drops everything that the context translates, TLB entries included. */
static void shadow_clear(struct shadow *s)
{
	if (s->stage2) {
		struct pgtable_span span;

		pgtable_unmap_leaves(&s->pt, 0, BIT(s->pt.ia_bits), &span);
	}
	tlb_flush_vmid(s->hw_vttbr);
	if (s->stage2)
		pgtable_reap(&s->pt);
}

/* Bound on the table pages of a context: a share of the pool, split evenly among those of all VMs.
 */
static u32 shadow_max_pages(void)
{
	u64 share = alloc_total_count() / 2 / SHADOW_CONTEXTS / vm_count;

	return share < 64 ? 64 : share;
}

void shadow_init(struct vm *vm)
{
	for (unsigned i = 0; i < SHADOW_CONTEXTS; i++) {
		struct shadow *s = &vm->shadows.ctx[i];

		if (pgtable_init(&s->pt, true, vm_ipa_bits, vm_ipa_bits, &vm_pgtable_mem, vm))
			fatal("no memory for shadow page tables: give the machine more (-m)");
		s->pt.max_pages = shadow_max_pages();
	}
}

/* The VMID that L1's registers select, in its place in VTTBR_EL2. */
static u64 shadow_vmid(u64 vttbr, u64 vtcr)
{
	return (u64)s2walk_vmid(vttbr, vtcr, cpu_features.vmid16) << 48;
}

static bool shadow_matches(const struct shadow *s, bool stage2, u64 vttbr, u64 vtcr)
{
	return s->valid && s->stage2 == stage2 && s->vttbr == vttbr && s->vtcr == vtcr;
}

static struct shadow *shadow_recycle(struct vm *vm, bool stage2, u64 vttbr, u64 vtcr)
{
	struct shadow_set *set = &vm->shadows;
	struct shadow *best = NULL;

	for (unsigned i = 0; i < SHADOW_CONTEXTS; i++) {
		struct shadow *s = &set->ctx[i];

		if (!s->users && (!best || s->last_use < best->last_use))
			best = s;
	}
	BUG_ON(!best); /* a vCPU holds at most one, and there are more contexts than vCPUs */
	if (best->valid)
		shadow_clear(best);
	best->valid = true;
	best->stage2 = stage2;
	best->vttbr = vttbr;
	best->vtcr = vtcr;
	best->hw_vttbr = (stage2 ? best->pt.root.v : vm->s2.root.v) | hw_vmid(vm, best);
	return best;
}

void shadow_select(struct vcpu *v, bool stage2, u64 vttbr, u64 vtcr)
{
	struct shadow_set *set = &v->vm->shadows;
	struct shadow *s = v->shadow;

	vttbr = shadow_vmid(vttbr, vtcr) | (stage2 ? vttbr & VTTBR_BADDR : 0);
	if (!stage2)
		vtcr = 0;
	/* The key of a context in use does not change, so this needs no lock. */
	if (s && shadow_matches(s, stage2, vttbr, vtcr))
		return;

	spin_lock(&set->lock);
	if (v->shadow)
		v->shadow->users--;
	s = NULL;
	for (unsigned i = 0; i < SHADOW_CONTEXTS && !s; i++) {
		if (shadow_matches(&set->ctx[i], stage2, vttbr, vtcr))
			s = &set->ctx[i];
	}
	if (!s)
		s = shadow_recycle(v->vm, stage2, vttbr, vtcr);
	s->users++;
	s->last_use = ++set->clock;
	v->shadow = s;
	spin_unlock(&set->lock);
}

/* The next GiB from s->next on in which there is anything. */
static bool shadow_next_gib(struct shadow *s)
{
	struct pgtable_leaf leaf;

	while (s->next < BIT(s->pt.ia_bits)) {
		if (pgtable_lookup(&s->pt, s->next, &leaf) || leaf.size < SZ_1G)
			return true;
		s->next = leaf.ia + leaf.size;
	}
	s->next = 0;
	return false;
}

/*
 * Room for tables: what is mapped in some GiB goes, on from where that ended the last time. Not
 * all: emptying a context takes as long as it has tables, and L2 can fill it. (Blocks of 1 GiB need
 * no tables of their own, so there is a limit on looking as well.)
 */
static void shadow_make_room(struct shadow *s)
{
	struct pgtable_span span;

	for (unsigned i = 0; i < ROOM_GIB && s->pt.limbo_pages < ROOM_PAGES; i++) {
		if (!shadow_next_gib(s))
			continue;
		pgtable_unmap_leaves(&s->pt, s->next, SZ_1G, &span);
		s->next += SZ_1G;
	}
}

/* Its share may be why there is no memory for a leaf's tables; otherwise the pool is empty. */
static bool shadow_is_full(const struct shadow *s)
{
	return s->pt.max_pages && s->pt.pages + LEAF_TABLES > s->pt.max_pages;
}

/*
 * The pool is empty: the context that has most of it, but for @s (NULL: any), gives it back. False
 * if none has any. As a TLBI of all would, this may come while other CPUs are in it.
 */
static bool shadow_rob(struct shadow_set *set, const struct shadow *s)
{
	struct shadow *most = NULL;

	for (unsigned i = 0; i < SHADOW_CONTEXTS; i++) {
		struct shadow *other = &set->ctx[i];

		if (other != s && other->valid && other->stage2 &&
		    (!most || other->pt.pages > most->pt.pages))
			most = other;
	}
	if (!most || most->pt.pages <= 1u << most->pt.root_order)
		return false;
	shadow_clear(most);
	return true;
}

bool shadow_give(struct vm *vm)
{
	bool any;

	spin_lock(&vm->shadows.lock);
	any = shadow_rob(&vm->shadows, NULL);
	spin_unlock(&vm->shadows.lock);
	return any;
}

static void shadow_install(struct shadow_set *set, struct shadow *s, const struct s2_shadow *leaf)
{
	struct pgtable_span span;
	int r = pgtable_map(&s->pt, leaf->nipa.v, leaf->hpa, leaf->size, leaf->attrs, 0);

	if (!r)
		return;
	/*
	 * Something else is mapped there: L1 changed its table, or another leaf that grew; or there
	 * is no memory for tables. What s has goes only if its share is used up, or nobody else has
	 * any: an instruction may need several leaves, which would take each other's place for ever
	 * if there is room for less. Break before make.
	 */
	if (r != -ENOMEM)
		pgtable_unmap_leaves(&s->pt, leaf->nipa.v, leaf->size, &span);
	else if (shadow_is_full(s) || !shadow_rob(set, s))
		shadow_make_room(s);
	tlb_flush_vmid(s->hw_vttbr);
	pgtable_reap(&s->pt);
	do
		r = pgtable_map(&s->pt, leaf->nipa.v, leaf->hpa, leaf->size, leaf->attrs, 0);
	while (r == -ENOMEM && !shadow_is_full(s) && shadow_rob(set, s));
	/* Without memory even so (none is left for a single leaf), the guest faults again. */
	BUG_ON(r && r != -ENOMEM);
}

static enum shadow_result shadow_fill(struct vcpu *v, struct shadow *s, nipa_t in, unsigned access,
				      bool protected_walk, u8 *fsc, ipa_t *ipa)
{
	struct s2walk_cfg cfg;
	struct s2walk_result guest;
	struct pgtable_leaf host;
	struct s2_shadow leaf;

	shadow_walk_cfg(v, s->vttbr, s->vtcr, &cfg);
	if (s2walk(&cfg, &l1_memory, v->vm, in, access, &guest)) {
		if (guest.fault == WALK_AGAIN)
			return SHADOW_DONE;
		*fsc = walk_fsc(guest.fault, guest.level);
		return SHADOW_FORWARD;
	}
	if (protected_walk && !(guest.memattr & 0xc)) { /* Device */
		*fsc = walk_fsc(WALK_PERMISSION, guest.level);
		return SHADOW_FORWARD;
	}
	*ipa = guest.out;
	if (!pgtable_lookup(&v->vm->s2, guest.out.v, &host)) {
		if (access & ~(unsigned)guest.perms) {
			*fsc = walk_fsc(WALK_PERMISSION, guest.level);
			return SHADOW_FORWARD;
		}
		return SHADOW_HOST;
	}
	switch (s2_combine(&guest, &host, in, access, &leaf)) {
	case S2_FORWARD:
		*fsc = walk_fsc(WALK_PERMISSION, guest.level);
		return SHADOW_FORWARD;
	case S2_HOST:
		return SHADOW_HOST;
	case S2_MAP:
		break;
	}
	shadow_install(&v->vm->shadows, s, &leaf);
	return SHADOW_DONE;
}

enum shadow_result shadow_fault(struct vcpu *v, nipa_t in, unsigned access, bool protected_walk,
				u8 *fsc, ipa_t *ipa)
{
	struct shadow *s = v->shadow;
	enum shadow_result r;

	if (!s->stage2) {
		*ipa = IPA(in.v);
		return SHADOW_HOST;
	}
	spin_lock(&v->vm->shadows.lock);
	if (!access)
		access = s2_walk_access(&s->pt, in);
	r = shadow_fill(v, s, in, access, protected_walk, fsc, ipa);
	spin_unlock(&v->vm->shadows.lock);
	return r;
}

void shadow_forget(struct vcpu *v, nipa_t in)
{
	struct shadow *s = v->shadow;
	struct pgtable_span span;

	spin_lock(&v->vm->shadows.lock);
	if (pgtable_unmap_leaves(&s->pt, ALIGN_DOWN(in.v, PAGE_SIZE), PAGE_SIZE, &span) > 0) {
		tlb_flush_ipa(s->hw_vttbr, span.ia, span.size);
		pgtable_reap(&s->pt);
	}
	spin_unlock(&v->vm->shadows.lock);
}

void shadow_forget_all(struct vcpu *v)
{
	spin_lock(&v->vm->shadows.lock);
	shadow_clear(v->shadow);
	spin_unlock(&v->vm->shadows.lock);
}

static void shadow_tlbi_ipa(struct vcpu *v, struct shadow *s, const struct tlbi_op *op)
{
	u64 base = op->base, size = op->size;
	struct pgtable_span span;
	struct s2walk_cfg cfg;

	if (!s->stage2 || !size)
		return;
	if (!op->ttl) {
		shadow_walk_cfg(v, s->vttbr, s->vtcr, &cfg);
		s2_widen(&s->pt, &cfg, &base, &size);
	}
	/* What the shadow does not translate, no TLB holds under its VMID. */
	if (pgtable_unmap_leaves(&s->pt, base, size, &span) <= 0)
		return;
	tlb_flush_ipa(s->hw_vttbr, span.ia, span.size);
	pgtable_reap(&s->pt);
}

void shadow_tlbi(struct vcpu *v, const struct tlbi_op *op, u64 rt)
{
	struct shadow_set *set = &v->vm->shadows;
	u64 vmid = shadow_vmid(v->vncr->vttbr_el2, v->vncr->vtcr_el2);

	spin_lock(&set->lock);
	for (unsigned i = 0; i < SHADOW_CONTEXTS; i++) {
		struct shadow *s = &set->ctx[i];

		if (!s->valid)
			continue;
		if (op->kind == TLBI_ALL_E1) {
			shadow_clear(s);
			continue;
		}
		/* Every context with this VMID: L1 may use one with several tables. */
		if ((s->vttbr & ~VTTBR_BADDR) != vmid)
			continue;
		switch (op->kind) {
		case TLBI_VMALLS12:
			shadow_clear(s);
			break;
		case TLBI_IPA_S2:
			shadow_tlbi_ipa(v, s, op);
			break;
		default:
			tlb_flush_stage1(s->hw_vttbr, op, rt);
			break;
		}
	}
	spin_unlock(&set->lock);
}
