// SPDX-License-Identifier: Apache-2.0
/*
 * LPIs: interrupts that are pending or not, and nothing else. Enable and priority are in a table
 * in the guest's memory, which is looked at when one is to go to a list register. One that is
 * found disabled there is set aside until the guest has its ITS look at the table again.
 */
#include "irq/vgic_int.h"

#define CONFIG_ENABLE BIT(0)
#define CONFIG_PRIO   0xfc

/* Pending ones looked at each time: the others wait for the next, as when the list is full. */
#define LOOK 64

static u32 number(u32 intid)
{
	return intid - GIC_FIRST_LPI;
}

static void set_add(struct vgic_lpis *s, u32 intid)
{
	s->bits[number(intid) / 64] |= BIT(number(intid) % 64);
	__atomic_store_n(&s->sum, s->sum | (u32)BIT(number(intid) / 2048), __ATOMIC_RELAXED);
}

static bool set_has(const struct vgic_lpis *s, u32 intid)
{
	return s->bits[number(intid) / 64] & BIT(number(intid) % 64);
}

static void set_remove(struct vgic_lpis *s, u32 intid)
{
	u32 group = number(intid) / 2048;
	u64 any = 0;

	if (!set_has(s, intid))
		return;
	s->bits[number(intid) / 64] &= ~BIT(number(intid) % 64);
	for (u32 i = group * 32; i < group * 32 + 32; i++)
		any |= s->bits[i];
	if (!any)
		__atomic_store_n(&s->sum, s->sum & ~(u32)BIT(group), __ATOMIC_RELAXED);
}

/* All of `from`. */
static void set_move(struct vgic_lpis *to, struct vgic_lpis *from)
{
	if (!from->sum)
		return;
	for (u32 i = 0; i < ARRAY_SIZE(from->bits); i++) {
		to->bits[i] |= from->bits[i];
		from->bits[i] = 0;
	}
	__atomic_store_n(&to->sum, to->sum | from->sum, __ATOMIC_RELAXED);
	__atomic_store_n(&from->sum, 0, __ATOMIC_RELAXED);
}

/* The next one from `intid` on, or 0. */
static u32 set_next(const struct vgic_lpis *s, u32 intid)
{
	for (u32 n = number(intid); n < VGIC_NR_LPIS; n = (n / 64 + 1) * 64) {
		u64 word;

		if (!(s->sum & BIT(n / 2048))) {
			n = (n / 2048 + 1) * 2048 - 64;
			continue;
		}
		word = s->bits[n / 64] & (~UINT64_C(0) << n % 64);
		if (word)
			return GIC_FIRST_LPI + n / 64 * 64 + (u32)__builtin_ctzll(word);
	}
	return 0;
}

u32 vgic_lpi_each(struct vgic *v, u32 cpu, void (*fn)(void *ctx, u32 intid, u32 prio), void *ctx)
{
	struct vgic_lpi_cpu *c = &v->lpi[cpu];
	u32 intid = GIC_FIRST_LPI - 1;

	if (!c->pend.sum || !c->on || !(v->ctlr & GICD_CTLR_ENGRP1))
		return 0;
	for (u32 i = 0; i < LOOK; i++) {
		u8 config;

		intid = set_next(&c->pend, intid + 1);
		if (!intid)
			return 0;
		config = v->ops->lpi_config(v->ctx, c->propbaser, intid);
		if (config & CONFIG_ENABLE) {
			fn(ctx, intid, config & CONFIG_PRIO & v->prio_mask);
		} else {
			set_remove(&c->pend, intid);
			set_add(&c->off, intid);
		}
	}
	return set_next(&c->pend, intid + 1) ? 1 : 0;
}

void vgic_lpi_place(struct vgic *v, u32 cpu, u32 slot, u32 intid)
{
	struct vgic_lpi_cpu *c = &v->lpi[cpu];

	set_remove(&c->pend, intid);
	c->slots |= BIT(slot);
	c->clear &= ~(u32)BIT(slot);
}

void vgic_lpi_take(struct vgic *v, u32 cpu, u32 slot, u64 lr)
{
	struct vgic_lpi_cpu *c = &v->lpi[cpu];

	if ((LR_STATE(lr) & LR_PENDING) && !(c->clear & BIT(slot)))
		set_add(&c->pend, v->cpu[cpu].slot[slot]);
	c->slots &= ~(u32)BIT(slot);
}

void vgic_inject_lpi(struct vgic *v, u32 cpu, u32 intid)
{
	if (!v->lpi || cpu >= v->ncpus || intid < GIC_FIRST_LPI || intid >= VGIC_END_LPI)
		return;
	spin_lock(&v->lock);
	set_add(&v->lpi[cpu].pend, intid);
	vgic_attend(v, cpu);
	spin_unlock(&v->lock);
}

/* Back from the list registers, if it has LPIs there, and to be looked at again. */
static u32 recall(struct vgic *v, u32 cpu)
{
	struct vgic_lpi_cpu *c = &v->lpi[cpu];

	if (c->slots)
		v->lpi_wait |= BIT(cpu);
	return c->slots || c->pend.sum ? vgic_attend(v, cpu) : 0;
}

void vgic_lpi_changed(struct vgic *v)
{
	u32 kick = 0;

	if (!v->lpi)
		return;
	spin_lock(&v->lock);
	for (u32 c = 0; c < v->ncpus; c++) {
		set_move(&v->lpi[c].pend, &v->lpi[c].off);
		kick |= recall(v, c);
	}
	spin_unlock(&v->lock);
	vgic_kick_all(v, kick);
}

/* No longer pending; true: it was, outside of a list register. */
static bool clear(struct vgic *v, u32 cpu, u32 intid)
{
	struct vgic_lpi_cpu *c = &v->lpi[cpu];
	bool was = set_has(&c->pend, intid) || set_has(&c->off, intid);

	set_remove(&c->pend, intid);
	set_remove(&c->off, intid);
	return was;
}

void vgic_lpi_clear(struct vgic *v, u32 intid)
{
	u32 kick = 0;

	if (!v->lpi || intid < GIC_FIRST_LPI || intid >= VGIC_END_LPI)
		return;
	spin_lock(&v->lock);
	for (u32 cpu = 0; cpu < v->ncpus; cpu++) {
		struct vgic_lpi_cpu *c = &v->lpi[cpu];
		u32 slots = c->slots;

		clear(v, cpu, intid);
		for_each_bit (i, slots) {
			if (v->cpu[cpu].slot[i] != intid)
				continue;
			c->clear |= BIT(i);
			kick |= recall(v, cpu);
		}
	}
	spin_unlock(&v->lock);
	vgic_kick_all(v, kick);
}

void vgic_lpi_move(struct vgic *v, u32 intid, u32 to)
{
	bool any = false;

	if (!v->lpi || intid < GIC_FIRST_LPI || intid >= VGIC_END_LPI || to >= v->ncpus)
		return;
	spin_lock(&v->lock);
	/* one that is in a list register goes to its vCPU, as one that is signalled already */
	for (u32 c = 0; c < v->ncpus; c++)
		any |= clear(v, c, intid);
	if (any) {
		set_add(&v->lpi[to].pend, intid);
		vgic_attend(v, to);
	}
	spin_unlock(&v->lock);
	vgic_kick_all(v, any ? (u32)BIT(to) : 0);
}

void vgic_lpi_move_all(struct vgic *v, u32 from, u32 to)
{
	u32 kick;

	if (!v->lpi || from >= v->ncpus || to >= v->ncpus || from == to)
		return;
	spin_lock(&v->lock);
	set_move(&v->lpi[to].pend, &v->lpi[from].pend);
	set_move(&v->lpi[to].pend, &v->lpi[from].off);
	kick = v->lpi[to].pend.sum ? vgic_attend(v, to) : 0;
	spin_unlock(&v->lock);
	vgic_kick_all(v, kick);
}

bool vgic_lpi_waiting(struct vgic *v)
{
	return __atomic_load_n(&v->lpi_wait, __ATOMIC_ACQUIRE) != 0;
}
