// SPDX-License-Identifier: Apache-2.0
/*
 * Random sequences of what devices, hypervisor and guests can do.
 *
 * strict: after each step all vCPUs have run their loop; then everything must be as in a plain
 * model of a GIC that has no list registers at all.
 * loose: vCPUs look at the vGIC when they feel like it. Then states cannot be predicted, but no
 * interrupt may be in two places or get lost, and every vCPU that has to act must be told.
 */
#include <string.h>
#include "fake.h"

enum kind {
	NONE,
	SGI,
	SOFT, /* source is neve: vgic_set_level, vgic_inject_edge */
	PHYS, /* passed through */
	LINK, /* a PPI behind which is a physical one that the guest does not own (a timer) */
};

struct ref {
	enum kind kind;
	bool latch, line, edge, active, enabled;
	u8 prio;
	int target, owner;   /* vCPU, -1: none */
	u32 on_stack;	     /* acknowledged, priority not dropped */
	u64 injected, acked; /* loose: time of the last edge, of the last acknowledge */
};

struct sim {
	struct fake *f;
	GRand *r;
	bool strict;
	u64 now;
	u32 self; /* vCPUs that caused a change themselves since they entered */
	struct ref priv[MAX_CPUS][32];
	struct ref spi[128];
	u32 stack[MAX_CPUS][64], depth[MAX_CPUS];
	u64 acks, exits;
};

#define LAST_INTID 100

static struct ref *ref_of(struct sim *s, u32 cpu, u32 intid)
{
	return intid < 32 ? &s->priv[cpu][intid] : &s->spi[intid];
}

static bool chance(struct sim *s, u32 percent)
{
	return (u32)g_rand_int_range(s->r, 0, 100) < percent;
}

static u32 pick(struct sim *s, u32 n)
{
	return (u32)g_rand_int_range(s->r, 0, (gint32)n);
}

static enum kind kind_of(u32 intid)
{
	if (intid < 4)
		return SGI;
	if (intid >= 20 && intid < 23)
		return SOFT;
	if (intid == 27)
		return LINK;
	if (intid >= 32 && intid < 38)
		return PHYS;
	return intid >= 90 && intid < 96 ? SOFT : NONE;
}

/* An interrupt under test. */
static u32 pick_intid(struct sim *s)
{
	u32 i;

	do
		i = pick(s, LAST_INTID);
	while (kind_of(i) == NONE);
	return i;
}

static bool pending(const struct ref *q)
{
	return q->latch || (q->line && !q->edge);
}

/* The model's best for a vCPU: eligible, lowest priority value; 0x100 if there is none. */
static u32 best_priority(struct sim *s, u32 cpu)
{
	u32 best = 0x100;

	for (u32 i = 0; i < LAST_INTID; i++) {
		const struct ref *q = ref_of(s, cpu, i);

		if (q->kind == NONE || !pending(q) || !q->enabled || q->active)
			continue;
		if (i >= 32 && q->target != (int)cpu)
			continue;
		if (q->prio < best)
			best = q->prio;
	}
	return best;
}

static void setup(struct sim *s)
{
	struct fake *f = s->f;

	guest_boot(f);
	for (u32 i = 0; i < LAST_INTID; i++) {
		for (u32 c = 0; c < (i < 32 ? f->ncpus : 1); c++) {
			struct ref *q = ref_of(s, c, i);
			u8 prio = (u8)(8 * pick(s, 24));

			q->kind = kind_of(i);
			if (q->kind == NONE)
				continue;
			q->edge = q->kind == SGI || (q->kind != LINK && chance(s, 50));
			set_edge(f, c, i, q->edge);
			irq_setup(f, c, i, prio);
			q->prio = prio;
			q->enabled = true;
			q->owner = -1;
			q->target = 0;
			if (q->kind == LINK)
				fake_pirq(f, c, i)->enabled = true;
		}
	}
	for (u32 c = 0; c < f->ncpus; c++)
		f->cif[c].eoimode = chance(s, 50);
	settle(f);
}

/* ---- sources ---- */

static void send_sgi(struct sim *s)
{
	u32 from = pick(s, s->f->ncpus), intid = pick(s, 4), list = g_rand_int(s->r) & 0xff;

	vgic_sgi(&s->f->v, from, VGIC_SGI1R, (u64)intid << 24 | list);
	s->self |= (u32)BIT(from);
	for (u32 c = 0; c < s->f->ncpus; c++) {
		if (!(list & BIT(c)))
			continue;
		s->priv[c][intid].latch = true;
		s->priv[c][intid].injected = s->now;
	}
}

static void soft_source(struct sim *s, u32 cpu, u32 intid)
{
	struct ref *q = ref_of(s, cpu, intid);
	bool level = chance(s, 50);

	if (q->edge && chance(s, 50)) {
		vgic_inject_edge(&s->f->v, cpu, intid);
		q->latch = true;
		q->injected = s->now;
		return;
	}
	if (level && !q->line && q->edge) {
		q->latch = true;
		q->injected = s->now;
	}
	q->line = level;
	vgic_set_level(&s->f->v, cpu, intid, level);
}

static void sync_all(struct sim *s)
{
	for (u32 c = 0; c < s->f->ncpus; c++) {
		vcpu_sync(s->f, c);
		s->self |= (u32)BIT(c);
	}
}

static void phys_source(struct sim *s, u32 cpu, u32 intid)
{
	struct ref *q = ref_of(s, cpu, intid);
	struct pirq *p = fake_pirq(s->f, cpu, intid);

	if (q->edge) {
		/*
		 * A second edge while the guest has not seen the first: one in a GIC, two with a
		 * hypervisor between (the first was acknowledged by neve). Both are right.
		 */
		if (s->strict && pending(q))
			return;
		p->latch = true;
		q->latch = true;
		q->injected = s->now;
		return;
	}
	/*
	 * A line that falls before the guest acknowledges leaves a spurious interrupt: neve has
	 * acknowledged the physical one. So the model's devices wait for their driver.
	 */
	if (q->line && s->strict) {
		sync_all(s);
		if (p->active && vgic_is_pending(&s->f->v, cpu, intid))
			return;
	}
	q->line = !q->line;
	p->line = q->line;
}

/* ---- the guest's MMIO ---- */

static void enter(struct sim *s, u32 cpu)
{
	vcpu_enter(s->f, cpu);
	s->self &= ~(u32)BIT(cpu);
}

static void mmio_active(struct sim *s, u32 cpu, u32 intid, struct ref *q)
{
	int owner = intid < 32 ? (int)cpu : q->target;

	if (q->active) {
		/* with EOImode 0 the guest's EOI would find nothing: its own mistake */
		if (q->owner >= 0 && !s->f->cif[q->owner].eoimode)
			return;
		bit_write(s->f, cpu, cpu, ICACTIVER, intid);
		q->active = false;
		q->owner = -1;
	} else if (owner >= 0 && s->f->cif[owner].eoimode && q->kind != LINK &&
		   !(q->kind == PHYS && pending(q))) {
		bit_write(s->f, cpu, cpu, ISACTIVER, intid);
		q->active = true;
		q->owner = owner;
	}
}

static void mmio_pending(struct sim *s, u32 cpu, u32 intid, struct ref *q)
{
	if (chance(s, 50)) {
		if (q->kind == PHYS && s->strict && pending(q))
			return; /* as a second edge */
		bit_write(s->f, cpu, cpu, ISPENDR, intid);
		q->latch = true;
		q->injected = s->now;
	} else if (s->strict) {
		bit_write(s->f, cpu, cpu, ICPENDR, intid);
		q->latch = false;
	}
}

static void mmio_route(struct sim *s, u32 cpu, u32 intid, struct ref *q)
{
	u32 aff = pick(s, s->f->ncpus + 1);

	if (intid < 32)
		return;
	gicd_write(s->f, cpu, IROUTER + 8 * intid, 8, aff);
	q->target = aff < s->f->ncpus ? (int)aff : -1;
}

static void mmio(struct sim *s)
{
	u32 cpu = pick(s, s->f->ncpus), intid = pick_intid(s);
	struct ref *q = ref_of(s, cpu, intid);

	bool sync = s->strict || chance(s, 50);

	s->self |= (u32)BIT(cpu);
	/* neve syncs the caller's list registers first; not always, to see that it works */
	if (sync)
		vcpu_sync(s->f, cpu);
	switch (pick(s, 6)) {
	case 0:
		q->enabled = !q->enabled;
		bit_write(s->f, cpu, cpu, q->enabled ? ISENABLER : ICENABLER, intid);
		break;
	case 1:
		mmio_pending(s, cpu, intid, q);
		break;
	case 2:
		if (s->strict)
			mmio_active(s, cpu, intid, q);
		break;
	case 3:
		q->prio = (u8)(8 * pick(s, 24));
		set_prio(s->f, cpu, intid, q->prio);
		break;
	case 4:
		mmio_route(s, cpu, intid, q);
		break;
	case 5:
		if (q->kind != SOFT || q->active || pending(q))
			break;
		q->edge = !q->edge;
		set_edge(s->f, cpu, intid, q->edge);
		break;
	}
	if (sync)
		enter(s, cpu);
}

/* ---- the guest's handlers ---- */

static void ack(struct sim *s, u32 cpu)
{
	u32 apr = s->f->cif[cpu].apr, running = apr ? (u32)__builtin_ctz(apr) * 8 : 0x100;
	u32 best = best_priority(s, cpu), intid;
	struct ref *q;

	if (s->depth[cpu] == G_N_ELEMENTS(s->stack[0]))
		return;
	intid = guest_ack(s->f, cpu);
	if (intid == 1023) {
		if (s->strict)
			g_assert_cmphex(best, >=, running);
		return;
	}
	q = ref_of(s, cpu, intid);
	g_assert_cmpint(q->kind, !=, NONE);
	if (s->strict) {
		g_assert_true(pending(q) && q->enabled && !q->active);
		g_assert_true(intid < 32 || q->target == (int)cpu);
		g_assert_cmphex(q->prio, ==, best);
		g_assert_cmphex(q->prio, <, running);
	}
	q->latch = false;
	q->active = true;
	q->owner = (int)cpu;
	q->acked = s->now;
	q->on_stack++;
	s->stack[cpu][s->depth[cpu]++] = intid;
	s->acks++;
}

static void end_active(struct sim *s, u32 cpu, u32 intid)
{
	struct ref *q = ref_of(s, cpu, intid);

	if (q->owner != (int)cpu)
		return;
	q->active = false;
	q->owner = -1;
}

static void eoi(struct sim *s, u32 cpu)
{
	u32 intid;

	if (!s->depth[cpu])
		return;
	intid = s->stack[cpu][--s->depth[cpu]];
	ref_of(s, cpu, intid)->on_stack--;
	guest_eoi(s->f, cpu, intid);
	if (!s->f->cif[cpu].eoimode)
		end_active(s, cpu, intid);
}

static bool dir(struct sim *s, u32 cpu)
{
	u32 first = pick(s, LAST_INTID);

	if (!s->f->cif[cpu].eoimode)
		return false;
	for (u32 i = 0; i < LAST_INTID; i++) {
		u32 intid = (first + i) % LAST_INTID;
		struct ref *q = ref_of(s, cpu, intid);

		if (q->kind == NONE || !q->active || q->owner != (int)cpu || q->on_stack)
			continue;
		/* an emptied list register that neve has not seen yet must not be counted */
		if (lr_of(s->f, cpu, intid) < 0 && !(s->f->cif[cpu].hcr & ICH_HCR_TDIR))
			g_assert_false(s->strict);
		guest_dir(s->f, cpu, intid);
		end_active(s, cpu, intid);
		return true;
	}
	return false;
}

/* ---- checks ---- */

static void check_places(struct sim *s)
{
	for (u32 i = 32; i < LAST_INTID; i++) {
		u32 places = 0;

		for (u32 c = 0; c < s->f->ncpus; c++)
			places += lr_of(s->f, c, i) >= 0;
		g_assert_cmpuint(places, <=, 1);
	}
	/* whoever has to look at the vGIC has been told, or knows */
	for (u32 c = 0; c < s->f->ncpus; c++)
		if (vgic_attention(&s->f->v, c))
			g_assert_true((s->f->kicked | s->self) & BIT(c));
}

static void compare(struct sim *s)
{
	struct fake *f = s->f;

	sync_all(s);
	for (u32 i = 0; i < LAST_INTID; i++) {
		for (u32 c = 0; c < (i < 32 ? f->ncpus : 1); c++) {
			const struct ref *q = ref_of(s, c, i);

			if (q->kind == NONE)
				continue;
			g_assert_cmpint(bit_read(f, 0, c, ISENABLER, i), ==, q->enabled);
			g_assert_cmpint(bit_read(f, 0, c, ISACTIVER, i), ==, q->active);
			/* the line of a timer is not ours to see while it is active */
			if (q->kind != LINK || !q->active)
				g_assert_cmpint(bit_read(f, 0, c, ISPENDR, i), ==, pending(q));
			if (q->kind == PHYS)
				g_assert_cmpint(f->spi[i].enabled, ==, q->enabled);
		}
	}
	g_assert_cmphex(f->v.rwp, ==, 0);
}

static void step(struct sim *s)
{
	u32 cpu = pick(s, s->f->ncpus), intid = pick_intid(s), what = pick(s, 100);

	s->now++;
	if (what < 8)
		send_sgi(s);
	else if (what < 25 && kind_of(intid) == SOFT)
		soft_source(s, intid < 32 ? cpu : 0, intid);
	else if (what < 25 && kind_of(intid) >= PHYS)
		phys_source(s, cpu, intid);
	else if (what < 45)
		mmio(s);
	else if (what < 70)
		ack(s, cpu);
	else if (what < 85)
		eoi(s, cpu);
	else if (what < 90)
		dir(s, cpu);
	else if (!s->strict)
		enter(s, cpu);
	else if (what < 92)
		compare(s);
	check_places(s);
	if (s->strict)
		settle(s->f);
}

/* The guests handle everything; devices are quiet. */
static void drain(struct sim *s)
{
	struct fake *f = s->f;
	bool busy = true;

	s->strict = false;
	for (u32 i = 0; i < LAST_INTID; i++) {
		for (u32 c = 0; c < (i < 32 ? f->ncpus : 1); c++) {
			struct ref *q = ref_of(s, c, i);

			if (q->kind == NONE)
				continue;
			vgic_set_level(&f->v, c, i, false);
			fake_pirq(f, c, i)->line = false;
			bit_write(f, c, c, ISENABLER, i);
			if (i >= 32)
				gicd_write(f, 0, IROUTER + 8 * i, 8, i % f->ncpus);
		}
	}
	for (int limit = 0; busy; limit++) {
		g_assert_cmpint(limit, <, 1000);
		busy = false;
		s->now++;
		settle(f);
		for (u32 c = 0; c < f->ncpus; c++) {
			u64 acks = s->acks;

			ack(s, c);
			busy |= s->acks != acks;
			vcpu_enter(f, c);
			if (s->acks == acks && s->depth[c]) {
				eoi(s, c);
				busy = true;
			}
			busy |= dir(s, c);
			vcpu_enter(f, c);
		}
	}
	for (u32 c = 0; c < f->ncpus; c++) {
		vcpu_sync(f, c);
		vcpu_enter(f, c);
	}
	for (u32 c = 0; c < f->ncpus; c++) {
		g_assert_true(vgic_idle(&f->v, c));
		g_assert_cmphex(f->cif[c].hcr, ==, 1);
		for (u32 i = 0; i < LAST_INTID; i++) {
			const struct ref *q = ref_of(s, c, i);

			g_assert_false(fake_pirq(f, c, i)->active);
			if (q->kind != NONE && q->injected)
				g_assert_cmpuint(q->acked, >=, q->injected);
		}
		s->exits += f->cif[c].exits;
	}
	g_assert_cmphex(f->v.rwp, ==, 0);
}

static void run(bool strict, u32 seed)
{
	struct sim *s = g_new0(struct sim, 1);
	u32 ncpus = seed % 8 + 1, nr_lrs = seed % 16 + 1;

	s->r = g_rand_new_with_seed(seed);
	if (chance(s, 60))
		nr_lrs = 1 + pick(s, 4);
	s->f = fake_new(ncpus, 96, nr_lrs, 1);
	s->strict = strict;
	setup(s);
	for (u32 i = 0; i < 4000; i++)
		step(s);
	if (strict)
		for (u32 c = 0; c < ncpus; c++)
			for (u32 i = 0; i < LAST_INTID; i++)
				ref_of(s, c, i)->injected = 0; /* cleared by ICPENDR, perhaps */
	drain(s);
	g_test_message("seed %u: %u vCPUs, %u list registers, %" G_GUINT64_FORMAT
		       " interrupts, %" G_GUINT64_FORMAT " maintenance",
		       seed, ncpus, nr_lrs, s->acks, s->exits);
	g_assert_cmpuint(s->acks, >, 100);
	fake_free(s->f);
	g_rand_free(s->r);
	g_free(s);
}

static u32 rounds(void)
{
	return g_test_thorough() ? 2000 : 60;
}

static void test_strict(void)
{
	for (u32 seed = 1; seed <= rounds(); seed++)
		run(true, seed);
}

static void test_loose(void)
{
	for (u32 seed = 1; seed <= rounds(); seed++)
		run(false, seed);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/vgic-random/strict", test_strict);
	g_test_add_func("/vgic-random/loose", test_loose);
	return g_test_run();
}
