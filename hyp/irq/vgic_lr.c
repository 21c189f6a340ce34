// SPDX-License-Identifier: Apache-2.0
/* Between the vgic's state and the list registers of one vCPU. */
#include "irq/vgic_int.h"

/*
 * The best few of a set, best first. A key is whether the group is off, priority, then INTID: lower
 * is better. What is of a group that the vCPU has turned off is not signalled and drains no list
 * register, so it must not hold those that others need.
 */
struct choice {
	u32 key[GIC_MAX_LRS];
	u32 nr;	   /* in key[] */
	u32 total; /* that wanted in */
};

static void choose(struct choice *c, u32 key, u32 max)
{
	u32 i;

	c->total++;
	if (c->nr < max)
		c->nr++;
	else if (c->key[c->nr - 1] < key)
		return;
	for (i = c->nr - 1; i > 0 && c->key[i - 1] > key; i--)
		c->key[i] = c->key[i - 1];
	c->key[i] = key;
}

#define KEY(prio, intid) ((u32)(prio) << 16 | (intid))
#define KEY_OFF		 (1u << 24)
#define KEY_INTID(key)	 (0xffff & (key))

/* Of candidates of a bank: of groups that are on by this ICH_VMCR_EL2. */
static u32 of_groups_on(const struct vgic_bank *b, u64 vmcr)
{
	return (vmcr & ICH_VMCR_VENG0 ? ~b->group : 0) | (vmcr & ICH_VMCR_VENG1 ? b->group : 0);
}

static void choose_candidates(struct vgic *v, u32 cpu, struct choice *act, struct choice *pend,
			      u32 nr, u64 vmcr)
{
	const struct vgic_cpu *c = &v->cpu[cpu];
	u32 words = c->cand_sum;

	for_each_bit (word, words) {
		const struct vgic_bank *b = vgic_bank(v, cpu, word);
		u32 bits = c->cand[word], on = of_groups_on(b, vmcr);

		for_each_bit (n, bits) {
			u32 intid = word * 32 + n;

			if (b->active & BIT(n))
				choose(act, KEY(b->act_prio[n], intid), nr);
			else
				choose(pend, KEY(b->prio[n], intid) | (on & BIT(n) ? 0 : KEY_OFF),
				       nr);
		}
	}
}

/*
 * The list register for one interrupt; moves what it carries out of the bank. A hardware list
 * register cannot be "pending and active" and cannot ask for maintenance on EOI. So whatever
 * leaves more to do after deactivation (an active interrupt that pends again, or on another vCPU,
 * a line that is still high) gets a software one with LR_EOI.
 */
static u64 make_lr(struct vgic *v, u32 cpu, struct vgic_bank *b, u32 intid, bool crowded)
{
	u32 n = intid % 32, m = BIT(n), state;
	u8 prio = b->prio[n];
	bool act = b->active & m, pend = vgic_forwarded(v, b) & m, group1 = b->group & m;
	bool here = intid < GIC_FIRST_SPI || vgic_spi(v, intid)->target == cpu;
	bool link = b->linked & m;
	bool take_latch = !act, again = b->level & ~b->edge & m;

	if (act) {
		/* An EOI finds an active interrupt by the priority that it was acknowledged at. */
		if (b->act_prio[n] != 0xff)
			prio = b->act_prio[n];
		/*
		 * "pending and active": only for an edge that is ours alone. And not past others
		 * that wait outside: it may have a lower priority than they.
		 */
		take_latch =
			pend && here && (b->edge & m) && !link && !crowded && prio == b->prio[n];
		again = pend && !take_latch;
	}
	state = (act ? LR_ACTIVE : 0) | (!act || take_latch ? LR_PENDING : 0);

	b->in_lr |= m;
	b->lr_pend = (b->lr_pend & ~m) | (state & LR_PENDING ? m : 0);
	b->lr_act = (b->lr_act & ~m) | (act ? m : 0);
	b->lr_latch = (b->lr_latch & ~m) | (take_latch ? b->latch & m : 0);
	b->lr_link = (b->lr_link & ~m) | (link ? m : 0);
	b->lr_hw = (b->lr_hw & ~m) | (link && !again ? m : 0);
	b->clr_pend &= ~m;
	b->clr_act &= ~m;
	b->active &= ~m;
	b->latch &= ~b->lr_latch | ~m;
	if (link)
		b->linked &= ~m;
	if (link && !again)
		return lr_make_hw(intid, state, group1, prio, b->pintid[n]);
	return lr_make_sw(intid, state, group1, prio, again);
}

static void place(struct vgic *v, u32 cpu, struct vgic_lrs *l, u32 key, bool crowded)
{
	struct vgic_cpu *c = &v->cpu[cpu];
	u32 intid = KEY_INTID(key), word = intid / 32, i = (u32)__builtin_popcount(l->used);

	if (intid >= GIC_FIRST_LPI) {
		l->lr[i] = lr_make_sw(intid, LR_PENDING, true, (u8)(key >> 16), false);
		l->used |= BIT(i);
		c->slot[i] = (u16)intid;
		vgic_lpi_place(v, cpu, i, intid);
		return;
	}
	l->lr[i] = make_lr(v, cpu, vgic_bank(v, cpu, word), intid, crowded);
	l->used |= BIT(i);
	c->slot[i] = (u16)intid;
	vgic_cand_clear(v, cpu, word, BIT(intid % 32));
	if (word) {
		vgic_spi(v, intid)->owner = (u8)cpu;
		vgic_spi(v, intid)->cand = VGIC_NO_CPU;
	}
}

struct lpi_choice {
	struct choice *pend;
	u32 max, off;
};

static void choose_lpi(void *ctx, u32 intid, u32 prio)
{
	struct lpi_choice *l = ctx;

	choose(l->pend, KEY(prio, intid) | l->off, l->max);
}

void vgic_fill(struct vgic *v, u32 cpu, struct vgic_lrs *l, u32 nr, u64 vmcr)
{
	struct vgic_cpu *c = &v->cpu[cpu];
	struct choice act = {.nr = 0}, pend = {.nr = 0};
	struct lpi_choice lpi = {&pend, nr, vmcr & ICH_VMCR_VENG1 ? 0 : KEY_OFF};
	u32 nr_act, nr_pend;
	bool crowded;

	if (c->used || !nr || nr > GIC_MAX_LRS)
		__builtin_trap(); /* state would be lost */
	l->used = 0;
	l->hcr = 0;
	spin_lock(&v->lock);
	__atomic_store_n(&c->attn, 0, __ATOMIC_RELAXED);
	choose_candidates(v, cpu, &act, &pend, nr, vmcr);
	if (v->lpi && v->lpi[cpu].pend.sum)
		pend.total += vgic_lpi_each(v, cpu, choose_lpi, &lpi);

	nr_act = act.total && pend.total && act.nr == nr ? nr - 1 : act.nr;
	nr_pend = pend.nr < nr - nr_act ? pend.nr : nr - nr_act;
	crowded = nr_pend < pend.total;
	for (u32 i = 0; i < nr_act; i++)
		place(v, cpu, l, act.key[i], crowded);
	for (u32 i = 0; i < nr_pend; i++)
		place(v, cpu, l, pend.key[i], crowded);
	c->act_out = nr_act < act.total;
	if (c->act_out)
		l->hcr |= ICH_HCR_LRENPIE | ICH_HCR_TDIR;
	if (crowded)
		l->hcr |= ICH_HCR_NPIE;
	__atomic_store_n(&c->used, l->used, __ATOMIC_RELAXED);
	spin_unlock(&v->lock);

	for (u32 i = (u32)__builtin_popcount(l->used); i < nr; i++)
		l->lr[i] = 0;
}

/*
 * EOIs of active interrupts that had no list register. With EOImode = 0 they come in the order of
 * the priorities at which they were acknowledged, highest first (with EOImode = 1 ICC_DIR_EL1
 * traps, and there is no count).
 */
static u32 take_eoicount(struct vgic *v, u32 cpu, u32 count)
{
	u32 kick = 0;

	while (count--) {
		struct choice act = {.nr = 0}, pend = {.nr = 0};

		choose_candidates(v, cpu, &act, &pend, 1, 0);
		if (!act.nr)
			break;
		kick |= vgic_do_clear_active(v, cpu, KEY_INTID(act.key[0]) / 32,
					     BIT(KEY_INTID(act.key[0]) % 32));
	}
	return kick;
}

/* What one list register says goes back into the bank. */
static void take_lr(struct vgic *v, u32 cpu, u32 intid, u64 lr)
{
	u32 word = intid / 32, n = intid % 32, m = BIT(n);
	struct vgic_bank *b = vgic_bank(v, cpu, word);
	u32 state = LR_STATE(lr);
	bool pend = (state & LR_PENDING) && !(b->clr_pend & m);
	bool act = (state & LR_ACTIVE) && !(b->clr_act & m);

	/* Linked since the fill: an L2 elsewhere has ended this one, see vgic_inject_hw(). */
	if (b->lr_link & b->linked & m)
		act = false;
	if (pend)
		b->latch |= b->lr_latch & m;
	if (b->active & m) { /* GIC*_ISACTIVER meanwhile */
		b->act_prio[n] = 0xff;
		if (word && !act && vgic_spi(v, intid)->target != VGIC_NO_CPU)
			vgic_spi(v, intid)->owner = vgic_spi(v, intid)->target;
	}
	if (act) {
		b->active |= m;
		/* acknowledged since the fill, unless the list register is as it was */
		if ((b->lr_pend & m) && state != LR_PENDACT)
			b->act_prio[n] = (u8)LR_PRIO(lr);
	}
	if (b->lr_link & m) {
		bool hw_done = ((b->lr_hw & m) && state == LR_INVALID) || (b->lr_done & m);

		if (pend || act || (b->linked & m))
			b->linked |= m;
		else if (!hw_done)
			v->ops->phys_active(v->ctx, cpu, b->pintid[n], false);
	}
	/* Linked since the fill and no longer pending: nothing is left that would end it. */
	if (!((b->latch | b->active) & m))
		vgic_drop_links(v, cpu, word, m);
	vgic_leave_lr(b, m);
}

void vgic_sync(struct vgic *v, u32 cpu, const u64 *lr, u64 hcr)
{
	struct vgic_cpu *c = &v->cpu[cpu];
	u32 kick = 0, used = c->used;

	if (!used)
		return;
	spin_lock(&v->lock);
	if (c->act_out)
		kick |= take_eoicount(v, cpu, ICH_HCR_EOICOUNT(hcr));
	for_each_bit (i, used) {
		u32 intid = c->slot[i], word = intid / 32, m = BIT(intid % 32);

		if (intid >= GIC_FIRST_LPI) {
			vgic_lpi_take(v, cpu, i, lr[i]);
			continue;
		}
		take_lr(v, cpu, intid, lr[i]);
		kick |= vgic_update(v, cpu, word, m);
	}
	v->rwp &= ~(u32)BIT(cpu);
	__atomic_store_n(&v->lpi_wait, v->lpi_wait & ~(u32)BIT(cpu), __ATOMIC_RELEASE);
	c->act_out = false;
	__atomic_store_n(&c->used, 0, __ATOMIC_RELAXED);
	vgic_attend(v, cpu); /* the list registers count as empty from now */
	spin_unlock(&v->lock);
	vgic_kick_all(v, kick & ~(u32)BIT(cpu));
}

struct best {
	u32 key;
};

static void best_lpi(void *ctx, u32 intid, u32 prio)
{
	struct best *b = ctx;

	if (KEY(prio, intid) < b->key)
		b->key = KEY(prio, intid);
}

enum vgic_signal vgic_signals(struct vgic *v, u32 cpu, const struct gic_vcpuif *cif, u32 prebits)
{
	const struct vgic_cpu *c = &v->cpu[cpu];
	u32 best = ~0u, words, prio;
	struct best lpi = {~0u};
	bool group1 = false;

	if (!(__atomic_load_n(&c->cand_sum, __ATOMIC_ACQUIRE) |
	      (v->lpi ? __atomic_load_n(&v->lpi[cpu].pend.sum, __ATOMIC_RELAXED) : 0)))
		return VGIC_NONE;
	spin_lock(&v->lock);
	words = c->cand_sum;
	for_each_bit (word, words) {
		const struct vgic_bank *b = vgic_bank(v, cpu, word);
		u32 bits = c->cand[word] & ~b->active & of_groups_on(b, cif->vmcr);

		for_each_bit (n, bits) {
			if (KEY(b->prio[n], word * 32 + n) >= best)
				continue;
			best = KEY(b->prio[n], word * 32 + n);
			group1 = b->group & BIT(n);
		}
	}
	if (v->lpi && v->lpi[cpu].pend.sum && (cif->vmcr & ICH_VMCR_VENG1))
		vgic_lpi_each(v, cpu, best_lpi, &lpi);
	if (lpi.key < best) {
		best = lpi.key;
		group1 = true;
	}
	spin_unlock(&v->lock);
	prio = best >> 16;
	if (best == ~0u || !gic_would_signal(cif, prebits, prio, group1))
		return VGIC_NONE;
	return group1 ? VGIC_IRQ : VGIC_FIQ;
}
