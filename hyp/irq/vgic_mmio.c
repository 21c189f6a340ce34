// SPDX-License-Identifier: Apache-2.0
/*
 * The distributor and redistributor frames. Sizes: every register takes 32 bits; the byte-wide
 * ones (priorities, targets, SGI pending) 8 too; GICD_IROUTER, GICR_TYPER and the LPI registers of
 * the redistributor 64 too. Everything else is refused.
 */
#include "irq/vgic_int.h"

/* Distributor and SGI frame */
#define GIC_BITS	 0x0080 /* seven arrays of bits, 0x80 bytes each, up to GIC_BITS_END */
#define GIC_BITS_END	 0x0400
#define GIC_ICFGR_END	 0x0d00
#define GICD_SGIR_END	 0x0f30
#define GICD_IROUTER_END 0x8000
/* Redistributor, RD frame */

/* The arrays of bits in the order of the memory map. */
enum bits_reg {
	IGROUPR = 1,
	ISENABLER,
	ICENABLER,
	ISPENDR,
	ICPENDR,
	ISACTIVER,
	ICACTIVER,
};

struct access {
	struct vgic *v;
	u32 cpu;  /* the vCPU that makes the access */
	u32 rcpu; /* whose SGIs and PPIs */
	u32 offset;
	u32 size;
	bool write;
	u64 val;
	u32 kick; /* to be kicked when the lock is released */
};

static u32 read_bits(struct access *a, enum bits_reg reg, u32 word)
{
	struct vgic *v = a->v;
	struct vgic_bank *b = vgic_bank(v, a->rcpu, word);
	u32 r;

	switch (reg) {
	case IGROUPR:
		return b->group;
	case ISENABLER:
	case ICENABLER:
		return b->enable;
	case ISPENDR:
	case ICPENDR:
		r = vgic_pending(b) | (b->lr_pend & ~b->clr_pend);
		if (b->phys && v->ops->phys_pending_read)
			r |= v->ops->phys_pending_read(v->ctx, a->rcpu, word) & b->phys;
		break;
	default:
		r = b->active | (b->lr_act & ~b->clr_act);
		break;
	}
	/* what is in a list register may have changed: the next read will know */
	a->kick |= vgic_recall(v, a->rcpu, word, b->in_lr);
	return r;
}

static void write_group(struct access *a, u32 word, u32 mask)
{
	struct vgic_bank *b = vgic_bank(a->v, a->rcpu, word);
	u32 changed = (b->group ^ (u32)a->val) & mask;

	b->group ^= changed;
	a->kick |= vgic_recall(a->v, a->rcpu, word, changed) |
		   vgic_update(a->v, a->rcpu, word, changed) |
		   vgic_renew(a->v, a->rcpu, word, changed);
}

static void bits_access(struct access *a, enum bits_reg reg, u32 word)
{
	struct vgic *v = a->v;
	u32 valid = vgic_word_mask(v, word), mask = (u32)a->val & valid;

	if (!valid)
		return;
	if (!a->write) {
		a->val = read_bits(a, reg, word) & valid;
		return;
	}
	switch (reg) {
	case IGROUPR:
		write_group(a, word, valid);
		break;
	case ISENABLER:
	case ICENABLER:
		a->kick |= vgic_do_enable(v, a->rcpu, word, mask, reg == ISENABLER);
		break;
	case ISPENDR:
		a->kick |= vgic_do_set_pending(v, a->rcpu, word, mask);
		break;
	case ICPENDR:
		a->kick |= vgic_do_clear_pending(v, a->rcpu, word, mask);
		break;
	case ISACTIVER:
		a->kick |= vgic_do_set_active(v, a->rcpu, word, mask);
		break;
	case ICACTIVER:
		a->kick |= vgic_do_clear_active(v, a->rcpu, word, mask);
		break;
	}
}

static void set_priority(struct access *a, u32 intid, u8 prio)
{
	u32 word = intid / 32, n = intid % 32;
	struct vgic_bank *b = vgic_bank(a->v, a->rcpu, word);

	prio &= a->v->prio_mask;
	if (b->prio[n] == prio)
		return;
	b->prio[n] = prio;
	a->kick |=
		vgic_recall(a->v, a->rcpu, word, BIT(n)) | vgic_renew(a->v, a->rcpu, word, BIT(n));
}

/* first: INTID of the first byte of the access */
static void priority_access(struct access *a, u32 first)
{
	u64 r = 0;

	for (u32 i = 0; i < a->size; i++) {
		u32 intid = first + i;

		if (intid >= a->v->nr_intids)
			break;
		if (a->write)
			set_priority(a, intid, (u8)(a->val >> (8 * i)));
		else
			r |= (u64)vgic_bank(a->v, a->rcpu, intid / 32)->prio[intid % 32] << (8 * i);
	}
	a->val = r;
}

/* reg: number of GIC*_ICFGR, 16 interrupts in each, two bits an interrupt: the upper is "edge" */
static void config_access(struct access *a, u32 reg)
{
	struct vgic *v = a->v;
	u32 word = reg / 2, shift = reg % 2 * 16, edge = 0, changed;
	u32 mask = vgic_word_mask(v, word) & (0xffffu << shift);
	struct vgic_bank *b;
	u64 r = 0;

	if (!mask)
		return;
	b = vgic_bank(v, a->rcpu, word);
	for (u32 i = 0; i < 16; i++) {
		if (b->edge & mask & BIT(shift + i))
			r |= BIT(2 * i + 1);
		if (a->val & BIT(2 * i + 1))
			edge |= BIT(shift + i);
	}
	if (!a->write) {
		a->val = r;
		return;
	}
	if (!reg)
		return; /* SGIs are edge triggered */
	changed = (b->edge ^ edge) & mask;
	b->edge ^= changed;
	if (changed & b->phys & edge)
		v->ops->phys_config(v->ctx, a->rcpu, word, changed & b->phys & edge, true);
	if (changed & b->phys & ~edge)
		v->ops->phys_config(v->ctx, a->rcpu, word, changed & b->phys & ~edge, false);
	a->kick |= vgic_recall(v, a->rcpu, word, changed) | vgic_update(v, a->rcpu, word, changed);
}

static void route_access(struct access *a)
{
	u32 intid = (a->offset - GICD_IROUTER) / 8, shift = (a->offset & 4) * 8;
	struct vgic_spi *s;
	u64 reg, aff, mask = a->size == 8 ? ~UINT64_C(0) : (u64)~0u << shift;

	if (intid < GIC_FIRST_SPI || intid >= a->v->nr_intids)
		return;
	s = vgic_spi(a->v, intid);
	reg = (u64)(s->aff >> 24) << 32 | (s->aff & 0xffffff) | (s->irm ? GICD_IROUTER_IRM : 0);
	if (!a->write) {
		a->val = reg >> shift;
		return;
	}
	reg = (reg & ~mask) | (a->val << shift & mask);
	aff = FIELD(reg, 23, 0);
	if (a->v->typer & GICD_TYPER_A3V)
		aff |= FIELD(reg, 39, 32) << 24;
	a->kick |= vgic_do_route(a->v, intid, (u32)aff, reg & GICD_IROUTER_IRM);
}

static void ctlr_access(struct access *a)
{
	struct vgic *v = a->v;
	u32 ctlr = (u32)a->val & (GICD_CTLR_ENGRP0 | GICD_CTLR_ENGRP1);

	if (!a->write) {
		a->val = v->ctlr | GICD_CTLR_ARE | GICD_CTLR_DS | (v->rwp ? GICD_CTLR_RWP : 0);
	} else if (ctlr != v->ctlr) {
		u32 cpus;

		v->ctlr = ctlr;
		cpus = vgic_do_all(v);
		a->kick |= cpus;
		/* what a group's disable recalls has to come back before RWP reads 0 */
		for_each_bit (c, cpus)
			if (v->cpu[c].used)
				v->rwp |= BIT(c);
	}
}

/* Peripheral and component identification; only PIDR2.ArchRev (GICv3) is architecture. */
static u64 id_reg(u32 offset, u8 part)
{
	const u8 ids[12] = {0x04, 0, 0, 0, part, 0xb4, 0x3b, 0, 0x0d, 0xf0, 0x05, 0xb1};

	return ids[(offset - GIC_ID_REGS) / 4];
}

static bool in(u32 offset, u32 first, u32 end)
{
	return offset >= first && offset < end;
}

/* What the distributor's word n and a redistributor's SGI frame have in common. */
static bool common_access(struct access *a, u32 first_word, u32 last_word)
{
	u32 o = a->offset, word;

	if (in(o, GIC_BITS, GIC_BITS_END))
		word = (o & 0x7f) / 4;
	else if (in(o, GIC_IPRIORITYR, GICD_ITARGETSR))
		word = (o - GIC_IPRIORITYR) / 32;
	else if (in(o, GIC_ICFGR, GIC_ICFGR_END))
		word = (o - GIC_ICFGR) / 8;
	else
		return false;
	if (word < first_word || word > last_word)
		return true; /* RAZ/WI */
	if (o < GIC_BITS_END)
		bits_access(a, (enum bits_reg)(o / 0x80), word);
	else if (o < GICD_ITARGETSR)
		priority_access(a, o - GIC_IPRIORITYR);
	else
		config_access(a, (o - GIC_ICFGR) / 4);
	return true;
}

static void gicd_access(struct access *a)
{
	if (a->offset == GICD_CTLR)
		ctlr_access(a);
	else if (a->offset == GICD_TYPER)
		a->val = a->v->typer;
	else if (a->offset == GICD_IIDR)
		a->val = GIC_NEVE_IIDR;
	else if (in(a->offset, GICD_IROUTER, GICD_IROUTER_END))
		route_access(a);
	else if (a->offset >= GIC_ID_REGS)
		a->val = id_reg(a->offset, 0x92);
	else
		/* with ARE = 1 word 0 is in the redistributors */
		common_access(a, 1, VGIC_WORDS - 1);
}

static u64 gicr_typer(const struct access *a)
{
	u64 mpidr = a->v->cpu[a->rcpu].mpidr;

	return (FIELD(mpidr, 39, 32) << 24 | FIELD(mpidr, 23, 0)) << 32 | (u64)a->rcpu << 8 |
	       (a->v->last & BIT(a->rcpu) ? GICR_TYPER_LAST : 0) |
	       (a->v->lpi ? GICR_TYPER_PLPIS : 0);
}

/*
 * Sleep is not a gate here: like hardware whose firmware has woken it, a vCPU that never writes
 * GICR_WAKER gets its interrupts. Only "1 of N" SPIs keep away from a sleeping one.
 */
static void waker_access(struct access *a)
{
	struct vgic_cpu *c = &a->v->cpu[a->rcpu];
	u32 waker = a->val & GICR_WAKER_SLEEP ? GICR_WAKER_SLEEP | GICR_WAKER_CHILDREN : 0;

	if (!a->write) {
		a->val = c->waker;
	} else if (waker != c->waker) {
		c->waker = waker;
		a->kick |= vgic_do_all(a->v);
	}
}

/* Without GICR_CTLR.CES, EnableLPIs stays 1, and the tables where they are. */
static void gicr_ctlr_access(struct access *a)
{
	struct vgic *v = a->v;
	struct vgic_lpi_cpu *c = v->lpi ? &v->lpi[a->rcpu] : NULL;

	if (!a->write)
		a->val = (v->rwp & BIT(a->rcpu) ? GICR_CTLR_RWP : 0) |
			 (c && c->on ? GICR_CTLR_LPIS : 0);
	else if (c && !c->on && (a->val & GICR_CTLR_LPIS)) {
		c->on = v->ops->lpi_enable(v->ctx, a->rcpu, c->propbaser, c->pendbaser);
		/* the ITS may have moved some here before */
		if (c->on && c->pend.sum)
			a->kick |= vgic_attend(v, a->rcpu);
	}
}

/* Attributes, address, and bits of an INTID less one, at most those of GICD_TYPER. */
#define PROPBASER_WRITABLE                                                                         \
	(GENMASK(58, 56) | GENMASK(51, 12) | GENMASK(11, 10) | GENMASK(9, 7) | GENMASK(4, 0))
#define PROPBASER_IDBITS GENMASK(4, 0)
#define IDBITS_MAX	 15
/* The same, and that the table is zero, which reads 0. */
#define PENDBASER_WRITABLE                                                                         \
	(BIT(62) | GENMASK(58, 56) | GENMASK(51, 16) | GENMASK(11, 10) | GENMASK(9, 7))
#define PENDBASER_PTZ BIT(62)

static void lpi_base_access(struct access *a, struct vgic_lpi_cpu *c)
{
	bool prop = a->offset < GICR_PENDBASER;
	u64 *reg = prop ? &c->propbaser : &c->pendbaser, val;
	u32 shift = (a->offset & 4) * 8;
	u64 mask = a->size == 8 ? ~UINT64_C(0) : (u64)~0u << shift;

	if (!a->write) {
		a->val = (prop ? *reg : *reg & ~PENDBASER_PTZ) >> shift;
		return;
	}
	if (c->on)
		return;
	val = (*reg & ~mask) | (a->val << shift & mask);
	val &= prop ? PROPBASER_WRITABLE : PENDBASER_WRITABLE;
	if (prop && (val & PROPBASER_IDBITS) > IDBITS_MAX)
		val = (val & ~PROPBASER_IDBITS) | IDBITS_MAX;
	*reg = val;
}

static void gicr_rd_access(struct access *a)
{
	if (a->offset == GICR_CTLR)
		gicr_ctlr_access(a);
	else if (a->v->lpi && in(a->offset, GICR_PROPBASER, GICR_PENDBASER + 8))
		lpi_base_access(a, &a->v->lpi[a->rcpu]);
	else if (a->offset == GICR_IIDR)
		a->val = GIC_NEVE_IIDR;
	else if (in(a->offset, GICR_TYPER, GICR_TYPER + 8))
		a->val = gicr_typer(a) >> ((a->offset & 4) * 8);
	else if (a->offset == GICR_WAKER)
		waker_access(a);
	else if (a->offset >= GIC_ID_REGS)
		a->val = id_reg(a->offset, 0x93);
}

static bool size_ok(const struct access *a, bool bytes, bool dwords)
{
	switch (a->size) {
	case 1:
		return bytes;
	case 4:
		return true;
	case 8:
		return dwords;
	default:
		return false;
	}
}

/* Runs fn with the lock held; a read of what fn does not know gives 0. */
static void run(struct access *a, void (*fn)(struct access *), u64 *val)
{
	u64 mask = a->size == 8 ? ~UINT64_C(0) : BIT(a->size * 8) - 1;

	a->val = a->write ? *val & mask : 0;
	spin_lock(&a->v->lock);
	fn(a);
	spin_unlock(&a->v->lock);
	vgic_kick_all(a->v, a->kick & ~(u32)BIT(a->cpu));
	if (!a->write)
		*val = a->val & mask;
}

bool vgic_mmio_gicd(struct vgic *v, u32 cpu, u64 offset, u32 size, bool write, u64 *val)
{
	struct access a = {.v = v,
			   .cpu = cpu,
			   .rcpu = cpu,
			   .offset = (u32)offset,
			   .size = size,
			   .write = write};

	if (offset >= VGIC_GICD_SIZE || cpu >= v->ncpus ||
	    !size_ok(&a,
		     in(a.offset, GIC_IPRIORITYR, GIC_ICFGR) ||
			     in(a.offset, GICD_CPENDSGIR, GICD_SGIR_END),
		     in(a.offset, GICD_IROUTER, GICD_IROUTER_END)) ||
	    a.offset % size)
		return false;
	run(&a, gicd_access, val);
	return true;
}

static void gicr_sgi_access(struct access *a)
{
	a->offset -= SZ_64K;
	common_access(a, 0, 0);
}

bool vgic_mmio_gicr(struct vgic *v, u32 cpu, u32 rcpu, u64 offset, u32 size, bool write, u64 *val)
{
	struct access a = {.v = v,
			   .cpu = cpu,
			   .rcpu = rcpu,
			   .offset = (u32)offset,
			   .size = size,
			   .write = write};
	bool rd = offset < SZ_64K;

	if (offset >= VGIC_GICR_SIZE || cpu >= v->ncpus || rcpu >= v->ncpus ||
	    !size_ok(&a, in(a.offset, SZ_64K + GIC_IPRIORITYR, SZ_64K + GICD_ITARGETSR),
		     a.offset == GICR_TYPER || in(a.offset, GICR_SETLPIR, GICR_INVALLR + 8)) ||
	    a.offset % size)
		return false;
	run(&a, rd ? gicr_rd_access : gicr_sgi_access, val);
	return true;
}
