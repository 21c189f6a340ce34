// SPDX-License-Identifier: Apache-2.0
/*
 * The state of a virtual GIC's interrupts: sources, distributor state, candidates. The list
 * registers are in vgic_lr.c, the registers that a guest sees in vgic_mmio.c.
 */
#include "irq/vgic_int.h"

#define AFF_MASK (GENMASK(39, 32) | GENMASK(23, 0))

static u32 pack_affinity(u64 mpidr)
{
	return (u32)(FIELD(mpidr, 39, 32) << 24 | FIELD(mpidr, 23, 0));
}

static void reset_bank(struct vgic_bank *b, bool private)
{
	u32 phys = b->phys, level = b->level; /* wiring is not state */

	*b = (struct vgic_bank){.phys = phys, .level = level};
	if (private)
		b->edge = 0xffff; /* SGIs */
}

bool vgic_init(struct vgic *v, const struct vgic_config *cfg)
{
	u32 rss = 0;

	if (cfg->ncpus < 1 || cfg->ncpus > MAX_CPUS || cfg->nr_spis > VGIC_MAX_SPIS ||
	    cfg->prio_bits < 4 || cfg->prio_bits > 8 || !cfg->ops || !cfg->ops->kick ||
	    (cfg->lpi && (!cfg->ops->lpi_enable || !cfg->ops->lpi_config)))
		return false;
	__builtin_memset(v, 0, sizeof(*v));
	v->ncpus = cfg->ncpus;
	v->last = cfg->last | BIT(cfg->ncpus - 1);
	v->ops = cfg->ops;
	v->ctx = cfg->ctx;
	/* the last word has 28 interrupts, the special INTIDs follow */
	v->nr_words = cfg->nr_spis == VGIC_MAX_SPIS ? VGIC_WORDS : 1 + cfg->nr_spis / 32;
	v->nr_intids = v->nr_words == VGIC_WORDS ? GIC_NR_INTIDS : v->nr_words * 32;
	v->prio_mask = (0xffu << (8 - cfg->prio_bits)) & 0xff;
	for (u32 i = 0; i < cfg->ncpus; i++) {
		v->cpu[i].mpidr = cfg->mpidr[i] & AFF_MASK;
		v->cpu[i].waker = GICR_WAKER_SLEEP | GICR_WAKER_CHILDREN;
		reset_bank(&v->cpu[i].priv, true);
		if (FIELD(cfg->mpidr[i], 7, 0) > 15)
			rss = 1;
		if (FIELD(cfg->mpidr[i], 39, 32) && !cfg->a3v)
			return false;
	}
	for (u32 i = 0; i < VGIC_MAX_SPIS; i++) {
		v->spis[i].owner = VGIC_NO_CPU;
		v->spis[i].cand = VGIC_NO_CPU;
		v->spis[i].target = VGIC_NO_CPU;
		for (u32 c = 0; c < v->ncpus; c++)
			if (pack_affinity(v->cpu[c].mpidr) == 0)
				v->spis[i].target = (u8)c;
	}
	v->lpi = cfg->lpi;
	for (u32 i = 0; i < cfg->ncpus && v->lpi; i++)
		__builtin_memset(&v->lpi[i], 0, sizeof(v->lpi[i]));
	/* ITLinesNumber; LPIS; IDbits: 10 or 16; A3V; RSS. No MBIs, extended ranges, NMIs. */
	v->typer = (v->nr_words - 1) | (v->lpi ? 1u << 17 : 0) | (v->lpi ? 15u : 9u) << 19 |
		   (u32)cfg->a3v << 24 | rss << 26;
	return true;
}

void vgic_set_phys(struct vgic *v, u32 word, u32 mask)
{
	spin_lock(&v->lock);
	for (u32 c = 0; c < (word ? 1 : v->ncpus); c++)
		vgic_bank(v, c, word)->phys = mask & vgic_word_mask(v, word);
	spin_unlock(&v->lock);
}

void vgic_kick_all(struct vgic *v, u32 cpus)
{
	for_each_bit (c, cpus)
		v->ops->kick(v->ctx, c);
}

void vgic_cand_set(struct vgic *v, u32 cpu, u32 word, u32 mask)
{
	struct vgic_cpu *c = &v->cpu[cpu];

	c->cand[word] |= mask;
	if (c->cand[word])
		__atomic_store_n(&c->cand_sum, c->cand_sum | (u32)BIT(word), __ATOMIC_RELAXED);
}

void vgic_cand_clear(struct vgic *v, u32 cpu, u32 word, u32 mask)
{
	struct vgic_cpu *c = &v->cpu[cpu];

	c->cand[word] &= ~mask;
	if (!c->cand[word])
		__atomic_store_n(&c->cand_sum, c->cand_sum & ~(u32)BIT(word), __ATOMIC_RELAXED);
}

/* 1 of N: a vCPU that is awake, one without interrupts first. */
static u8 pick_cpu(const struct vgic *v)
{
	u8 found = VGIC_NO_CPU;

	for (u32 c = 0; c < v->ncpus; c++) {
		if (v->cpu[c].waker & GICR_WAKER_SLEEP)
			continue;
		if (!v->cpu[c].cand_sum && !v->cpu[c].used)
			return (u8)c;
		if (found == VGIC_NO_CPU)
			found = (u8)c;
	}
	return found;
}

static bool asleep(const struct vgic *v, u8 cpu)
{
	return cpu == VGIC_NO_CPU || (v->cpu[cpu].waker & GICR_WAKER_SLEEP);
}

static u32 update_spi(struct vgic *v, u32 word, u32 bit)
{
	struct vgic_bank *b = &v->spi[word - 1];
	struct vgic_spi *s = &v->spis[(word - 1) * 32 + bit];
	u32 m = BIT(bit);
	u8 want = VGIC_NO_CPU;

	if (b->in_lr & m) {
		want = VGIC_NO_CPU;
	} else if (b->active & m) {
		want = s->owner; /* to be deactivated where it was acknowledged */
	} else if (vgic_forwarded(v, b) & m) {
		if (s->irm && asleep(v, s->target))
			s->target = pick_cpu(v);
		want = s->target;
	}
	if (want == s->cand)
		return 0;
	if (s->cand != VGIC_NO_CPU)
		vgic_cand_clear(v, s->cand, word, m);
	s->cand = want;
	if (want == VGIC_NO_CPU)
		return 0;
	vgic_cand_set(v, want, word, m);
	return vgic_attend(v, want);
}

u32 vgic_update(struct vgic *v, u32 cpu, u32 word, u32 mask)
{
	struct vgic_bank *b = vgic_bank(v, cpu, word);
	u32 want, kick = 0;

	if (word) {
		for_each_bit (n, mask)
			kick |= update_spi(v, word, n);
		return kick;
	}
	want = (b->active | vgic_forwarded(v, b)) & ~b->in_lr & mask;
	if (want & ~v->cpu[cpu].cand[0])
		kick = vgic_attend(v, cpu);
	vgic_cand_clear(v, cpu, 0, mask & ~want);
	vgic_cand_set(v, cpu, 0, want);
	return kick;
}

u32 vgic_recall(struct vgic *v, u32 cpu, u32 word, u32 mask)
{
	struct vgic_bank *b = vgic_bank(v, cpu, word);
	u32 kick = 0;

	mask &= b->in_lr;
	for_each_bit (n, mask)
		kick |= vgic_attend(v, vgic_lr_cpu(v, cpu, word, n));
	return kick;
}

u32 vgic_renew(struct vgic *v, u32 cpu, u32 word, u32 mask)
{
	u32 kick = 0;

	if (!word)
		return v->cpu[cpu].cand[0] & mask ? vgic_attend(v, cpu) : 0;
	for_each_bit (n, mask) {
		u8 c = v->spis[(word - 1) * 32 + n].cand;

		if (c != VGIC_NO_CPU)
			kick |= vgic_attend(v, c);
	}
	return kick;
}

void vgic_drop_links(struct vgic *v, u32 cpu, u32 word, u32 mask)
{
	struct vgic_bank *b = vgic_bank(v, cpu, word);

	mask &= b->linked;
	b->linked &= ~mask;
	for_each_bit (n, mask)
		v->ops->phys_active(v->ctx, cpu, b->pintid[n], false);
}

u32 vgic_do_enable(struct vgic *v, u32 cpu, u32 word, u32 mask, bool on)
{
	struct vgic_bank *b = vgic_bank(v, cpu, word);
	u32 kick = 0;

	if (on) {
		b->enable |= mask;
		/* an active one that pends again now asks for more than its list register says */
		kick = vgic_recall(v, cpu, word, mask & vgic_pending(b));
	} else {
		b->enable &= ~mask;
		/* what may be pending in a list register has to go before RWP reads 0 */
		kick = vgic_recall(v, cpu, word, mask & b->lr_pend);
		v->rwp |= kick;
	}
	if (mask & b->phys)
		v->ops->phys_enable(v->ctx, cpu, word, mask & b->phys, on);
	return kick | vgic_update(v, cpu, word, mask);
}

u32 vgic_do_set_pending(struct vgic *v, u32 cpu, u32 word, u32 mask)
{
	struct vgic_bank *b = vgic_bank(v, cpu, word);

	/* a physical one comes back as an interrupt */
	if (mask & b->phys)
		v->ops->phys_pending(v->ctx, cpu, word, mask & b->phys, true);
	mask &= ~b->phys;
	b->latch |= mask;
	return vgic_recall(v, cpu, word, mask) | vgic_update(v, cpu, word, mask);
}

u32 vgic_do_clear_pending(struct vgic *v, u32 cpu, u32 word, u32 mask)
{
	struct vgic_bank *b = vgic_bank(v, cpu, word);
	u32 in_lr = mask & b->in_lr & b->lr_pend;

	b->latch &= ~mask;
	b->clr_pend |= in_lr;
	/* a physical interrupt that the guest never acknowledged: its handling ends here */
	vgic_drop_links(v, cpu, word, mask & ~b->in_lr & ~b->active);
	if (mask & b->phys)
		v->ops->phys_pending(v->ctx, cpu, word, mask & b->phys, false);
	return vgic_recall(v, cpu, word, in_lr) | vgic_update(v, cpu, word, mask);
}

/* An active physical interrupt stays quiet: make it active there, and let the link undo that. */
static void activate_phys(struct vgic *v, u32 cpu, u32 word, u32 mask)
{
	struct vgic_bank *b = vgic_bank(v, cpu, word);

	mask &= b->phys & ~b->linked & ~b->in_lr;
	b->linked |= mask;
	for_each_bit (n, mask) {
		b->pintid[n] = (u16)(word * 32 + n);
		b->occurrence[n]++;
		v->ops->phys_active(v->ctx, cpu, b->pintid[n], true);
	}
}

u32 vgic_do_set_active(struct vgic *v, u32 cpu, u32 word, u32 mask)
{
	struct vgic_bank *b = vgic_bank(v, cpu, word);
	u32 idle = mask & ~b->in_lr & ~b->active, in_lr = mask & b->in_lr, m = idle;

	for_each_bit (n, m) {
		b->act_prio[n] = 0xff;
		if (word) {
			struct vgic_spi *s = &v->spis[(word - 1) * 32 + n];

			s->owner = s->target == VGIC_NO_CPU ? (u8)cpu : s->target;
		}
	}
	activate_phys(v, cpu, word, idle);
	b->active |= mask;
	b->clr_act &= ~in_lr;
	return vgic_recall(v, cpu, word, in_lr) | vgic_update(v, cpu, word, idle) |
	       vgic_renew(v, cpu, word, idle);
}

u32 vgic_do_clear_active(struct vgic *v, u32 cpu, u32 word, u32 mask)
{
	struct vgic_bank *b = vgic_bank(v, cpu, word);
	u32 in_lr = mask & b->in_lr, act = mask & b->active & ~b->in_lr;

	b->active &= ~mask;
	b->clr_act |= in_lr;
	vgic_drop_links(v, cpu, word, act);
	return vgic_recall(v, cpu, word, in_lr) | vgic_update(v, cpu, word, act) |
	       vgic_renew(v, cpu, word, act);
}

u32 vgic_do_route(struct vgic *v, u32 intid, u32 aff, bool irm)
{
	struct vgic_spi *s = vgic_spi(v, intid);
	u32 word = intid / 32, m = BIT(intid % 32);
	struct vgic_bank *b = vgic_bank(v, 0, word);
	u8 target = irm ? s->target : VGIC_NO_CPU;

	for (u32 c = 0; c < v->ncpus && !irm; c++)
		if (pack_affinity(v->cpu[c].mpidr) == aff)
			target = (u8)c;
	s->aff = aff;
	s->irm = irm;
	s->target = target;
	/* nowhere: then the physical one stays where it is and the virtual one pends */
	if ((b->phys & m) && (irm || target != VGIC_NO_CPU))
		v->ops->phys_route(v->ctx, intid, irm ? -1 : (int)target);
	return vgic_recall(v, 0, word, m & b->lr_pend) | vgic_update(v, 0, word, m);
}

void vgic_route_again(struct vgic *v)
{
	spin_lock(&v->lock);
	for (u32 intid = GIC_FIRST_SPI; intid < v->nr_intids; intid++) {
		if (vgic_spi(v, intid)->irm &&
		    (vgic_bank(v, 0, intid / 32)->phys & BIT(intid % 32)))
			v->ops->phys_route(v->ctx, intid, -1);
	}
	spin_unlock(&v->lock);
}

u32 vgic_do_all(struct vgic *v)
{
	u32 kick = 0;

	for (u32 word = 0; word < v->nr_words; word++) {
		for (u32 c = 0; c < (word ? 1 : v->ncpus); c++) {
			struct vgic_bank *b = vgic_bank(v, c, word);

			kick |= vgic_recall(v, c, word, b->lr_pend | vgic_pending(b));
			kick |= vgic_update(v, c, word, b->active | vgic_pending(b));
		}
	}
	for (u32 c = 0; c < v->ncpus && v->lpi; c++)
		if (v->lpi[c].slots | v->lpi[c].pend.sum)
			kick |= vgic_attend(v, c);
	return kick;
}

void vgic_reset_cpu(struct vgic *v, u32 cpu)
{
	struct vgic_cpu *c = &v->cpu[cpu];
	u32 kick = 0;

	spin_lock(&v->lock);
	/* what is still in list registers is lost with them, but no SPI stays behind */
	for_each_bit (i, c->used) {
		u32 intid = c->slot[i], word = intid / 32, m = BIT(intid % 32);
		struct vgic_bank *b;

		if (intid >= GIC_FIRST_LPI)
			continue;
		b = vgic_bank(v, cpu, word);
		if (!(b->in_lr & m) || vgic_lr_cpu(v, cpu, word, intid % 32) != cpu)
			continue;
		b->linked |= b->lr_link & ~b->lr_done & m;
		vgic_leave_lr(b, m);
		vgic_drop_links(v, cpu, word, m);
		kick |= vgic_update(v, cpu, word, m);
	}
	vgic_drop_links(v, cpu, 0, ~0u);
	reset_bank(&c->priv, true);
	vgic_cand_clear(v, cpu, 0, ~0u);
	c->act_out = false;
	c->waker = GICR_WAKER_SLEEP | GICR_WAKER_CHILDREN;
	v->rwp &= ~(u32)BIT(cpu);
	v->lpi_wait &= ~(u32)BIT(cpu);
	if (v->lpi)
		v->lpi[cpu].slots = 0;
	vgic_attend(v, cpu);
	kick |= vgic_do_all(v); /* 1 of N interrupts go elsewhere */
	spin_unlock(&v->lock);
	vgic_kick_all(v, kick & ~(u32)BIT(cpu));
}

/*
 * A physical interrupt can be acknowledged a second time only if it was deactivated in between,
 * and while it is linked to an active one that is not in a list register of this vCPU, only an L2
 * can do that, through a list register of its L1. So L1's interrupt is no longer active. (If it is
 * in one of another vCPU, that is found when those come home: take_lr().)
 */
static u32 end_linked(struct vgic *v, u32 cpu, u32 word, u32 m)
{
	struct vgic_bank *b = vgic_bank(v, cpu, word);

	if (!(b->active & b->linked & ~b->in_lr & m))
		return 0;
	b->active &= ~m;
	return vgic_renew(v, cpu, word, m);
}

void vgic_inject_hw(struct vgic *v, u32 cpu, u32 intid, u32 pintid)
{
	u32 word = intid / 32, n = intid % 32, m = BIT(n), kick = 0;
	struct vgic_bank *b;

	if (!vgic_has(v, cpu, intid)) {
		v->ops->phys_active(v->ctx, cpu, pintid, false);
		return;
	}
	b = vgic_bank(v, cpu, word);
	spin_lock(&v->lock);
	if (b->pintid[n] == pintid) {
		kick |= end_linked(v, cpu, word, m);
	} else {
		/* another source than before: the old one is done with */
		b->linked |= b->lr_link & m;
		b->lr_link &= ~m;
		vgic_drop_links(v, cpu, word, m);
	}
	b->latch |= m;
	b->linked |= m;
	b->pintid[n] = (u16)pintid;
	b->occurrence[n]++;
	if (word && vgic_spi(v, intid)->irm)
		vgic_spi(v, intid)->target = (u8)cpu;
	/* in a list register: the guest has emptied that, but its vCPU has not synced */
	kick |= vgic_recall(v, cpu, word, m) | vgic_update(v, cpu, word, m);
	spin_unlock(&v->lock);
	vgic_kick_all(v, kick);
}

void vgic_set_level(struct vgic *v, u32 cpu, u32 intid, bool level)
{
	u32 word = intid / 32, m = BIT(intid % 32), kick = 0, now;
	struct vgic_bank *b;

	if (!vgic_has(v, cpu, intid))
		return;
	b = vgic_bank(v, cpu, word);
	/* only the line's one driver changes it */
	if (!!(__atomic_load_n(&b->level, __ATOMIC_RELAXED) & m) == level)
		return;
	spin_lock(&v->lock);
	now = level ? b->level | m : b->level & ~m;
	__atomic_store_n(&b->level, now, __ATOMIC_RELAXED);
	if (level) {
		b->latch |= m & b->edge;
		kick |= vgic_recall(v, cpu, word, m);
	} else {
		/* it may still be pending in a list register because of the line */
		kick |= vgic_recall(v, cpu, word, m & b->lr_pend);
	}
	kick |= vgic_update(v, cpu, word, m);
	spin_unlock(&v->lock);
	vgic_kick_all(v, kick);
}

void vgic_inject_edge(struct vgic *v, u32 cpu, u32 intid)
{
	u32 word = intid / 32, m = BIT(intid % 32), kick;

	if (!vgic_has(v, cpu, intid))
		return;
	spin_lock(&v->lock);
	vgic_bank(v, cpu, word)->latch |= m;
	kick = vgic_recall(v, cpu, word, m) | vgic_update(v, cpu, word, m);
	spin_unlock(&v->lock);
	vgic_kick_all(v, kick);
}

void vgic_clear_pending(struct vgic *v, u32 cpu, u32 intid)
{
	u32 kick;

	if (!vgic_has(v, cpu, intid))
		return;
	spin_lock(&v->lock);
	kick = vgic_do_clear_pending(v, cpu, intid / 32, BIT(intid % 32));
	spin_unlock(&v->lock);
	vgic_kick_all(v, kick);
}

void vgic_deactivate(struct vgic *v, u32 cpu, u32 intid)
{
	u32 kick;

	if (!vgic_has(v, cpu, intid))
		return;
	spin_lock(&v->lock);
	kick = vgic_do_clear_active(v, cpu, intid / 32, BIT(intid % 32));
	spin_unlock(&v->lock);
	vgic_kick_all(v, kick & ~(u32)BIT(cpu));
}

void vgic_hw_deactivated(struct vgic *v, u32 cpu, u32 intid, u32 occurrence)
{
	u32 word = intid / 32, m = BIT(intid % 32), kick = 0;
	struct vgic_bank *b;

	if (!vgic_has(v, cpu, intid))
		return;
	b = vgic_bank(v, cpu, word);
	spin_lock(&v->lock);
	if (b->occurrence[intid % 32] == occurrence) {
		/* not active: L1 gave it to L2 unacknowledged; its own deactivation is to come */
		b->linked &= ~(b->active & ~b->in_lr & m);
		b->lr_done |= b->in_lr & m;
		kick = vgic_do_clear_active(v, cpu, word, m);
	}
	spin_unlock(&v->lock);
	vgic_kick_all(v, kick & ~(u32)BIT(cpu));
}

void vgic_dir(struct vgic *v, u32 cpu, u32 intid)
{
	vgic_deactivate(v, cpu, intid);
}

/* The vCPUs that a value of ICC_SGI*R_EL1 names, the sender's included only if listed. */
static u32 sgi_targets(const struct vgic *v, u32 cpu, u64 val)
{
	u32 aff = (u32)(FIELD(val, 55, 48) << 24 | FIELD(val, 39, 32) << 16 |
			FIELD(val, 23, 16) << 8 | FIELD(val, 47, 44) << 4);
	u32 all = (u32)(BIT(v->ncpus) - 1), r = 0;

	if (val & BIT(40)) /* IRM */
		return all & ~(u32)BIT(cpu);
	for_each_bit (c, all) {
		u32 a = pack_affinity(v->cpu[c].mpidr);

		/* RS: a list covers 16 values of Aff0 */
		if ((a & ~0xfu) == aff && (val & BIT(a & 0xf)))
			r |= BIT(c);
	}
	return r;
}

void vgic_sgi(struct vgic *v, u32 cpu, enum vgic_sgi_reg reg, u64 val)
{
	u32 targets = sgi_targets(v, cpu, val), m = BIT(FIELD(val, 27, 24)), kick = 0;

	spin_lock(&v->lock);
	for_each_bit (c, targets) {
		struct vgic_bank *b = &v->cpu[c].priv;

		/* only ICC_SGI1R_EL1 reaches an SGI that is in group 1 */
		if (reg != VGIC_SGI1R && (b->group & m))
			continue;
		b->latch |= m;
		kick |= vgic_recall(v, c, 0, m) | vgic_update(v, c, 0, m);
	}
	spin_unlock(&v->lock);
	vgic_kick_all(v, kick & ~(u32)BIT(cpu));
}

enum query { Q_ACTIVE, Q_PENDING, Q_ENABLED };

static bool query(struct vgic *v, u32 cpu, u32 intid, enum query q)
{
	struct vgic_bank *b;
	u32 r = 0;

	if (!vgic_has(v, cpu, intid))
		return false;
	b = vgic_bank(v, cpu, intid / 32);
	spin_lock(&v->lock);
	switch (q) {
	case Q_ACTIVE:
		r = b->active | (b->lr_act & ~b->clr_act);
		break;
	case Q_PENDING:
		r = vgic_pending(b) | (b->lr_pend & b->lr_latch & ~b->clr_pend);
		break;
	case Q_ENABLED:
		r = b->enable;
		break;
	}
	spin_unlock(&v->lock);
	return r & BIT(intid % 32);
}

bool vgic_is_active(struct vgic *v, u32 cpu, u32 intid)
{
	return query(v, cpu, intid, Q_ACTIVE);
}

bool vgic_is_pending(struct vgic *v, u32 cpu, u32 intid)
{
	return query(v, cpu, intid, Q_PENDING);
}

bool vgic_is_enabled(struct vgic *v, u32 cpu, u32 intid)
{
	return query(v, cpu, intid, Q_ENABLED);
}

bool vgic_hw_linked(struct vgic *v, u32 cpu, u32 intid, u32 *pintid, u32 *occurrence)
{
	struct vgic_bank *b;
	bool linked;

	if (!vgic_has(v, cpu, intid))
		return false;
	b = vgic_bank(v, cpu, intid / 32);
	spin_lock(&v->lock);
	linked = (b->linked | b->lr_link) & BIT(intid % 32);
	if (linked)
		*pintid = b->pintid[intid % 32];
	if (linked && occurrence)
		*occurrence = b->occurrence[intid % 32];
	spin_unlock(&v->lock);
	return linked;
}

bool vgic_link(struct vgic *v, u32 cpu, u32 intid, u32 pintid)
{
	u32 word = intid / 32, m = BIT(intid % 32);
	struct vgic_bank *b;
	bool ok;

	if (!vgic_has(v, cpu, intid))
		return false;
	b = vgic_bank(v, cpu, word);
	spin_lock(&v->lock);
	ok = (b->active & m) && !(b->in_lr & m);
	if (ok) {
		if (b->pintid[intid % 32] != pintid)
			vgic_drop_links(v, cpu, word, m);
		b->linked |= m;
		b->pintid[intid % 32] = (u16)pintid;
	}
	spin_unlock(&v->lock);
	return ok;
}

bool vgic_unlink(struct vgic *v, u32 cpu, u32 intid, u32 *pintid)
{
	u32 word = intid / 32, m = BIT(intid % 32), kick = 0;
	struct vgic_bank *b;
	bool linked;

	if (!vgic_has(v, cpu, intid))
		return false;
	b = vgic_bank(v, cpu, word);
	spin_lock(&v->lock);
	linked = b->linked & m;
	if (linked) {
		b->linked &= ~m;
		b->latch &= ~m;
		*pintid = b->pintid[intid % 32];
		kick = vgic_update(v, cpu, word, m);
	}
	spin_unlock(&v->lock);
	vgic_kick_all(v, kick & ~(u32)BIT(cpu));
	return linked;
}
