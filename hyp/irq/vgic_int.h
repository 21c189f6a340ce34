/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the vgic's own files. All functions want the vgic's lock held unless they say not. */
#ifndef NEVE_IRQ_VGIC_INT_H
#define NEVE_IRQ_VGIC_INT_H

#include "irq/gicv3.h"
#include "irq/vgic.h"

/* cpu: whose private interrupts, for word 0 */
static inline struct vgic_bank *vgic_bank(struct vgic *v, u32 cpu, u32 word)
{
	return word ? &v->spi[word - 1] : &v->cpu[cpu].priv;
}

static inline struct vgic_spi *vgic_spi(struct vgic *v, u32 intid)
{
	return &v->spis[intid - GIC_FIRST_SPI];
}

/* Which bits of a word are interrupts of this VM. */
static inline u32 vgic_word_mask(const struct vgic *v, u32 word)
{
	if (word >= v->nr_words)
		return 0;
	return word == GIC_NR_INTIDS / 32 ? (u32)GENMASK(GIC_NR_INTIDS % 32 - 1, 0) : ~0u;
}

static inline bool vgic_has(const struct vgic *v, u32 cpu, u32 intid)
{
	return cpu < v->ncpus && intid < v->nr_intids;
}

/* Pending here, that is apart from what a list register says. */
static inline u32 vgic_pending(const struct vgic_bank *b)
{
	return b->latch | (b->level & ~b->edge);
}

/* Pending and let through by the enable bits of the interrupt and of its group. */
static inline u32 vgic_forwarded(const struct vgic *v, const struct vgic_bank *b)
{
	u32 groups = 0;

	if (v->ctlr & GICD_CTLR_ENGRP0)
		groups |= ~b->group;
	if (v->ctlr & GICD_CTLR_ENGRP1)
		groups |= b->group;
	return vgic_pending(b) & b->enable & groups;
}

/* Those of mask are in no list register any more: what is known of it goes. */
static inline void vgic_leave_lr(struct vgic_bank *b, u32 mask)
{
	b->in_lr &= ~mask;
	b->lr_pend &= ~mask;
	b->lr_act &= ~mask;
	b->lr_latch &= ~mask;
	b->lr_link &= ~mask;
	b->lr_hw &= ~mask;
	b->lr_done &= ~mask;
	b->clr_pend &= ~mask;
	b->clr_act &= ~mask;
}

/* The vCPU whose list register holds this interrupt; only for those in bank->in_lr. */
static inline u32 vgic_lr_cpu(struct vgic *v, u32 cpu, u32 word, u32 bit)
{
	return word ? v->spis[(word - 1) * 32 + bit].owner : cpu;
}

/* for each set bit n of mask (which is consumed) */
/* clang-format off */
#define for_each_bit(n, mask)                                                                      \
	for (u32 n; (mask) && (n = (u32)__builtin_ctz(mask), true); (mask) &= (mask) - 1)
/* clang-format on */

/*
 * vCPU `cpu` must refill its list registers. Returns its bit, to be collected for
 * vgic_kick_all() after the lock is released.
 */
static inline u32 vgic_attend(struct vgic *v, u32 cpu)
{
	__atomic_store_n(&v->cpu[cpu].attn, 1, __ATOMIC_RELEASE);
	return BIT(cpu);
}

/* Without the lock. */
void vgic_kick_all(struct vgic *v, u32 cpus);

/* Candidate bits of one vCPU. */
void vgic_cand_set(struct vgic *v, u32 cpu, u32 word, u32 mask);
void vgic_cand_clear(struct vgic *v, u32 cpu, u32 word, u32 mask);

/*
 * After any change of the interrupts in mask: are they candidates, and whose? Returns the vCPUs
 * to kick.
 */
u32 vgic_update(struct vgic *v, u32 cpu, u32 word, u32 mask);
/* Those of mask that are in list registers have to come back: returns the vCPUs to kick. */
u32 vgic_recall(struct vgic *v, u32 cpu, u32 word, u32 mask);
/* Those of mask that are candidates are so for another reason or priority: as vgic_update(). */
u32 vgic_renew(struct vgic *v, u32 cpu, u32 word, u32 mask);

/*
 * Changes of state by the guest or by a source, with write-through. cpu: the owner of word 0.
 * They return the vCPUs to kick.
 */
u32 vgic_do_enable(struct vgic *v, u32 cpu, u32 word, u32 mask, bool on);
u32 vgic_do_set_pending(struct vgic *v, u32 cpu, u32 word, u32 mask);
u32 vgic_do_clear_pending(struct vgic *v, u32 cpu, u32 word, u32 mask);
u32 vgic_do_set_active(struct vgic *v, u32 cpu, u32 word, u32 mask);
u32 vgic_do_clear_active(struct vgic *v, u32 cpu, u32 word, u32 mask);
u32 vgic_do_route(struct vgic *v, u32 intid, u32 aff, bool irm);
/* GICD_CTLR group enables, or a vCPU fell asleep or woke up: everything is looked at again. */
u32 vgic_do_all(struct vgic *v);

/*
 * LPIs. Calls fn for those of a vCPU that may go to a list register; returns whether there are more
 * than were looked at. Then: one goes to list register `slot`, and comes back from it.
 */
u32 vgic_lpi_each(struct vgic *v, u32 cpu, void (*fn)(void *ctx, u32 intid, u32 prio), void *ctx);
void vgic_lpi_place(struct vgic *v, u32 cpu, u32 slot, u32 intid);
void vgic_lpi_take(struct vgic *v, u32 cpu, u32 slot, u64 lr);

/* The physical interrupts linked to those in mask are no longer active; the links go. */
void vgic_drop_links(struct vgic *v, u32 cpu, u32 word, u32 mask);

#endif
