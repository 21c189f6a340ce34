// SPDX-License-Identifier: Apache-2.0
#include "fake.h"

#define ST(lr)	  ((u32)((lr) >> 62))
#define PRIO(lr)  ((u32)((lr) >> 48) & 0xff)
#define INTID(lr) ((u32)(lr))
#define HCR_EN	  0x1
#define HCR_UIE	  0x2
#define HCR_LRENP 0x4
#define HCR_NPIE  0x8
#define HCR_TDIR  0x4000
#define EOICOUNT  (UINT64_C(0x1f) << 27)

struct pirq *fake_pirq(struct fake *f, u32 cpu, u32 intid)
{
	return intid < 32 ? &f->ppi[cpu][intid] : &f->spi[intid];
}

/* ---- vgic_ops ---- */

static void kick(void *ctx, u32 cpu)
{
	struct fake *f = ctx;

	g_assert_cmpuint(cpu, <, f->ncpus);
	g_assert_false(spin_is_locked(&f->v.lock));
	f->kicked |= (u32)BIT(cpu);
}

static void each(struct fake *f, u32 cpu, u32 word, u32 mask, void (*fn)(struct pirq *, bool),
		 bool on)
{
	g_assert_true(spin_is_locked(&f->v.lock));
	f->ops++;
	for (u32 n = 0; n < 32; n++)
		if (mask & BIT(n))
			fn(fake_pirq(f, cpu, word * 32 + n), on);
}

static void do_enable(struct pirq *p, bool on)
{
	p->enabled = on;
}

static void do_pending(struct pirq *p, bool on)
{
	p->latch = on;
}

static void do_edge(struct pirq *p, bool on)
{
	p->edge = on;
}

static void phys_enable(void *ctx, u32 cpu, u32 word, u32 mask, bool on)
{
	each(ctx, cpu, word, mask, do_enable, on);
}

static void phys_pending(void *ctx, u32 cpu, u32 word, u32 mask, bool on)
{
	each(ctx, cpu, word, mask, do_pending, on);
}

static u32 phys_pending_read(void *ctx, u32 cpu, u32 word)
{
	u32 r = 0;

	for (u32 n = 0; n < 32 && word * 32 + n < GIC_NR_INTIDS; n++) {
		const struct pirq *p = fake_pirq(ctx, cpu, word * 32 + n);

		if (p->latch || (p->line && !p->edge))
			r |= (u32)BIT(n);
	}
	return r;
}

static void phys_config(void *ctx, u32 cpu, u32 word, u32 mask, bool edge)
{
	each(ctx, cpu, word, mask, do_edge, edge);
}

static void phys_route(void *ctx, u32 intid, int cpu)
{
	struct fake *f = ctx;

	g_assert_cmpuint(intid, >=, 32);
	g_assert_cmpint(cpu, <, (int)f->ncpus);
	f->ops++;
	f->spi[intid].cpu = cpu;
}

static void phys_active(void *ctx, u32 cpu, u32 pintid, bool on)
{
	struct fake *f = ctx;

	g_assert_true(spin_is_locked(&f->v.lock) || !on);
	f->ops++;
	fake_pirq(f, cpu, pintid)->active = on;
}

static const struct vgic_ops ops = {
	.kick = kick,
	.phys_enable = phys_enable,
	.phys_pending = phys_pending,
	.phys_pending_read = phys_pending_read,
	.phys_config = phys_config,
	.phys_route = phys_route,
	.phys_active = phys_active,
};

struct fake *fake_new(u32 ncpus, u32 nr_spis, u32 nr_lrs, u32 phys_words)
{
	struct fake *f = g_new0(struct fake, 1);
	struct vgic_config cfg = {.ncpus = ncpus,
				  .nr_spis = nr_spis,
				  .prio_bits = 5,
				  .a3v = true,
				  .ops = &ops,
				  .ctx = f};

	f->ncpus = ncpus;
	f->nr_lrs = nr_lrs;
	for (u32 i = 0; i < ncpus; i++) {
		cfg.mpidr[i] = i;
		f->cif[i].hcr = HCR_EN;
		f->cif[i].vmcr = ICH_VMCR_VENG0 | ICH_VMCR_VENG1;
	}
	g_assert_true(vgic_init(&f->v, &cfg));
	for (u32 w = 1; w <= phys_words; w++)
		vgic_set_phys(&f->v, w, ~0u);
	return f;
}

void fake_free(struct fake *f)
{
	g_assert_false(spin_is_locked(&f->v.lock));
	g_free(f);
}

/* ---- MMIO ---- */

u64 gicd_read(struct fake *f, u32 cpu, u32 offset, u32 size)
{
	u64 val = ~UINT64_C(0);

	g_assert_true(vgic_mmio_gicd(&f->v, cpu, offset, size, false, &val));
	if (size < 8)
		g_assert_cmphex(val >> (8 * size), ==, 0);
	return val;
}

void gicd_write(struct fake *f, u32 cpu, u32 offset, u32 size, u64 val)
{
	g_assert_true(vgic_mmio_gicd(&f->v, cpu, offset, size, true, &val));
}

u64 gicr_read(struct fake *f, u32 cpu, u32 rcpu, u32 offset, u32 size)
{
	u64 val = ~UINT64_C(0);

	g_assert_true(vgic_mmio_gicr(&f->v, cpu, rcpu, offset, size, false, &val));
	if (size < 8)
		g_assert_cmphex(val >> (8 * size), ==, 0);
	return val;
}

void gicr_write(struct fake *f, u32 cpu, u32 rcpu, u32 offset, u32 size, u64 val)
{
	g_assert_true(vgic_mmio_gicr(&f->v, cpu, rcpu, offset, size, true, &val));
}

bool bit_read(struct fake *f, u32 cpu, u32 rcpu, u32 array, u32 intid)
{
	u32 o = array + intid / 32 * 4;
	u64 r = intid < 32 ? gicr_read(f, cpu, rcpu, SGI_FRAME + o, 4) : gicd_read(f, cpu, o, 4);

	return r >> (intid % 32) & 1;
}

void bit_write(struct fake *f, u32 cpu, u32 rcpu, u32 array, u32 intid)
{
	u32 o = array + intid / 32 * 4;

	if (intid < 32)
		gicr_write(f, cpu, rcpu, SGI_FRAME + o, 4, BIT(intid % 32));
	else
		gicd_write(f, cpu, o, 4, BIT(intid % 32));
}

void set_prio(struct fake *f, u32 cpu, u32 intid, u8 prio)
{
	if (intid < 32)
		gicr_write(f, cpu, cpu, SGI_FRAME + IPRIORITYR + intid, 1, prio);
	else
		gicd_write(f, cpu, IPRIORITYR + intid, 1, prio);
}

void set_edge(struct fake *f, u32 cpu, u32 intid, bool edge)
{
	u32 o = ICFGR + intid / 16 * 4, bit = intid % 16 * 2 + 1;
	u32 r;

	if (intid < 32) {
		r = (u32)gicr_read(f, cpu, cpu, SGI_FRAME + o, 4);
		r = edge ? r | (u32)BIT(bit) : r & ~(u32)BIT(bit);
		gicr_write(f, cpu, cpu, SGI_FRAME + o, 4, r);
	} else {
		r = (u32)gicd_read(f, cpu, o, 4);
		r = edge ? r | (u32)BIT(bit) : r & ~(u32)BIT(bit);
		gicd_write(f, cpu, o, 4, r);
	}
}

void irq_setup(struct fake *f, u32 cpu, u32 intid, u8 prio)
{
	set_prio(f, cpu, intid, prio);
	bit_write(f, cpu, cpu, ISENABLER, intid);
}

void guest_boot(struct fake *f)
{
	gicd_write(f, 0, 0, 4, 0);
	for (u32 w = 1; w < 32; w++)
		gicd_write(f, 0, IGROUPR + 4 * w, 4, ~0u);
	for (u32 c = 0; c < f->ncpus; c++) {
		gicr_write(f, c, c, 0x14, 4, 0);
		gicr_write(f, c, c, SGI_FRAME + IGROUPR, 4, ~0u);
	}
	gicd_write(f, 0, 0, 4, 3);
	settle(f);
}

/* ---- the hypervisor's loop ---- */

void vcpu_sync(struct fake *f, u32 cpu)
{
	struct vcpuif *c = &f->cif[cpu];
	u32 used = vgic_lrs_used(&f->v, cpu);

	if (!used)
		return;
	for (u32 i = 0; i < GIC_MAX_LRS; i++)
		if (!(used & BIT(i)))
			g_assert_cmphex(c->lr[i], ==, 0);
	vgic_sync(&f->v, cpu, c->lr, c->hcr);
	c->hcr &= ~EOICOUNT;
	for (u32 i = 0; i < GIC_MAX_LRS; i++)
		c->lr[i] = 0;
}

static void vcpu_fill(struct fake *f, u32 cpu)
{
	struct vcpuif *c = &f->cif[cpu];
	struct vgic_lrs l;

	for (u32 i = 0; i < GIC_MAX_LRS; i++)
		l.lr[i] = UINT64_C(0xdeadbeefdeadbeef);
	vgic_fill(&f->v, cpu, &l, f->nr_lrs, c->vmcr);
	for (u32 i = 0; i < f->nr_lrs; i++) {
		c->lr[i] = l.lr[i];
		if (!(l.used & BIT(i)))
			g_assert_cmphex(l.lr[i], ==, 0);
		else
			g_assert_cmpuint(ST(l.lr[i]), !=, 0);
		for (u32 j = 0; j < i && l.lr[i]; j++)
			g_assert_cmpuint(INTID(l.lr[i]), !=, INTID(l.lr[j]));
	}
	c->hcr = HCR_EN | l.hcr;
}

static bool maintenance(const struct fake *f, u32 cpu)
{
	const struct vcpuif *c = &f->cif[cpu];
	u32 valid = 0, pending = 0;
	bool eoi = false;

	for (u32 i = 0; i < f->nr_lrs; i++) {
		valid += ST(c->lr[i]) != 0;
		pending += ST(c->lr[i]) == 1;
		eoi |= !ST(c->lr[i]) && !(c->lr[i] & BIT(61)) && (c->lr[i] & BIT(41));
	}
	return eoi || ((c->hcr & HCR_UIE) && valid <= 1) || ((c->hcr & HCR_NPIE) && !pending) ||
	       ((c->hcr & HCR_LRENP) && (c->hcr & EOICOUNT));
}

bool take_physical(struct fake *f, u32 cpu)
{
	bool any = false;

	for (u32 i = 16; i < f->v.nr_intids; i++) {
		struct pirq *p = fake_pirq(f, cpu, i);

		if (!p->enabled || p->active || !(p->latch || (p->line && !p->edge)))
			continue;
		if (i >= 32 && p->cpu >= 0 && p->cpu != (int)cpu)
			continue;
		p->active = true;
		p->latch = false;
		vgic_inject_hw(&f->v, cpu, i, i);
		any = true;
	}
	return any;
}

void vcpu_enter(struct fake *f, u32 cpu)
{
	for (int limit = 0;; limit++) {
		g_assert_cmpint(limit, <, 1000);
		take_physical(f, cpu);
		if (maintenance(f, cpu)) {
			f->cif[cpu].exits++;
			g_assert_cmpint(limit, <, 10); /* a refill has to end its cause */
		} else if (!vgic_attention(&f->v, cpu)) {
			break;
		}
		vcpu_sync(f, cpu);
		vcpu_fill(f, cpu);
	}
	f->kicked &= ~(u32)BIT(cpu);
}

void settle(struct fake *f)
{
	bool again = true;

	for (int limit = 0; again; limit++) {
		g_assert_cmpint(limit, <, 100);
		again = false;
		for (u32 c = 0; c < f->ncpus; c++)
			vcpu_enter(f, c);
		for (u32 c = 0; c < f->ncpus; c++)
			again |= take_physical(f, c) || vgic_attention(&f->v, c);
	}
}

/* ---- the guest's view ---- */

static u32 running_priority(const struct vcpuif *c)
{
	return c->apr ? (u32)__builtin_ctz(c->apr) * 8 : 0x100;
}

static int best_pending(const struct fake *f, u32 cpu)
{
	const struct vcpuif *c = &f->cif[cpu];
	int best = -1;

	for (u32 i = 0; i < f->nr_lrs; i++) {
		u64 lr = c->lr[i], on = lr & LR_GROUP1 ? ICH_VMCR_VENG1 : ICH_VMCR_VENG0;

		if (ST(lr) == 1 && (c->vmcr & on) && (best < 0 || PRIO(lr) < PRIO(c->lr[best])))
			best = (int)i;
	}
	/* all priorities are multiples of 8 here: priority is group priority */
	return best >= 0 && PRIO(c->lr[best]) < running_priority(c) ? best : -1;
}

bool guest_irq(struct fake *f, u32 cpu)
{
	return best_pending(f, cpu) >= 0;
}

u32 guest_ack(struct fake *f, u32 cpu)
{
	struct vcpuif *c = &f->cif[cpu];
	int i = best_pending(f, cpu);

	if (i < 0)
		return 1023;
	c->apr |= (u32)BIT(PRIO(c->lr[i]) / 8);
	c->lr[i] ^= UINT64_C(3) << 62;
	return INTID(c->lr[i]);
}

static void deactivate(struct fake *f, u32 cpu, u32 intid)
{
	struct vcpuif *c = &f->cif[cpu];

	for (u32 i = 0; i < f->nr_lrs; i++) {
		u64 lr = c->lr[i];

		if (!(ST(lr) & 2) || INTID(lr) != intid)
			continue;
		c->lr[i] &= ~BIT(63);
		if (lr & BIT(61)) {
			struct pirq *p = fake_pirq(f, cpu, (u32)(lr >> 32) & 0x1fff);

			g_assert_cmpuint(ST(lr), ==, 2); /* HW is never pending and active */
			g_assert_true(p->active);
			p->active = false;
		}
		return;
	}
	g_assert_cmphex(c->hcr & EOICOUNT, !=, EOICOUNT);
	c->hcr += BIT(27);
}

/* A list register is deactivated by the drop of the priority that it has (as in QEMU). */
void guest_eoi(struct fake *f, u32 cpu, u32 intid)
{
	struct vcpuif *c = &f->cif[cpu];
	u32 dropped = running_priority(c);
	bool other = false;

	c->apr &= c->apr - 1;
	for (u32 i = 0; i < f->nr_lrs; i++)
		other |=
			(ST(c->lr[i]) & 2) && INTID(c->lr[i]) == intid && PRIO(c->lr[i]) != dropped;
	if (!c->eoimode && !other)
		deactivate(f, cpu, intid);
}

void guest_dir(struct fake *f, u32 cpu, u32 intid)
{
	struct vcpuif *c = &f->cif[cpu];

	g_assert_true(c->eoimode);
	if (c->hcr & HCR_TDIR) {
		vcpu_sync(f, cpu);
		vgic_dir(&f->v, cpu, intid);
		vcpu_enter(f, cpu);
	} else {
		deactivate(f, cpu, intid);
	}
}

void guest_end(struct fake *f, u32 cpu, u32 intid)
{
	guest_eoi(f, cpu, intid);
	if (f->cif[cpu].eoimode)
		guest_dir(f, cpu, intid);
}

int lr_of(struct fake *f, u32 cpu, u32 intid)
{
	for (u32 i = 0; i < f->nr_lrs; i++)
		if (ST(f->cif[cpu].lr[i]) && INTID(f->cif[cpu].lr[i]) == intid)
			return (int)i;
	return -1;
}

struct gic_vcpuif open_cif(void)
{
	return (struct gic_vcpuif){.vmcr = UINT64_C(0xff) << 24 | 2 << 21 | 3 << 18 | 3};
}

bool signals(struct fake *f, u32 cpu)
{
	struct gic_vcpuif c = open_cif();

	return vgic_signals(&f->v, cpu, &c, 5);
}
