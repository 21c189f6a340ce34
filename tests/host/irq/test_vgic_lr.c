// SPDX-License-Identifier: Apache-2.0
/* List registers: what goes in, overflow, EOIs without one, groups. */
#include "fake.h"

#define ST(lr) ((u32)((lr) >> 62))

static void test_priority_order(void)
{
	static const u8 prio[] = {0xa0, 0x20, 0xf0, 0x20, 0x80, 0x00, 0xa0, 0x48};
	/* by priority, then by INTID */
	static const u32 order[] = {45, 41, 43, 47, 44, 40, 46, 42};

	for (u32 nr = 1; nr <= 16; nr++) {
		struct fake *f = fake_new(1, 64, nr, 0);

		guest_boot(f);
		for (u32 i = 0; i < 8; i++) {
			set_edge(f, 0, 40 + i, true);
			irq_setup(f, 0, 40 + i, prio[i]);
			vgic_inject_edge(&f->v, 0, 40 + i);
		}
		for (u32 i = 0; i < 8; i++) {
			vcpu_enter(f, 0);
			g_assert_cmpuint(guest_ack(f, 0), ==, order[i]);
			guest_eoi(f, 0, order[i]);
		}
		vcpu_enter(f, 0);
		g_assert_cmpuint(guest_ack(f, 0), ==, 1023);
		/* an exit only where list registers ran out */
		g_assert_cmpuint(f->cif[0].exits, ==, (8 - 1) / nr);
		g_assert_cmphex(f->cif[0].hcr, ==, 1);
		fake_free(f);
	}
}

/* Nested handlers, more of them than list registers: EOIs are found by EOIcount. */
static void test_active_overflow(void)
{
	for (u32 nr = 1; nr <= 6; nr++) {
		struct fake *f = fake_new(1, 64, nr, 1);

		guest_boot(f);
		for (u32 i = 0; i < 8; i++) {
			set_edge(f, 0, 40 + i, true);
			irq_setup(f, 0, 40 + i, (u8)(0xf0 - 8 * i));
			f->spi[40 + i].latch = true;
			vcpu_enter(f, 0);
			g_assert_cmpuint(guest_ack(f, 0), ==, 40 + i);
			vcpu_sync(f, 0);
			vcpu_enter(f, 0);
		}
		g_assert_cmpint(!!(f->cif[0].hcr & ICH_HCR_LRENPIE), ==, nr < 8);
		/* one more comes in although all list registers could be taken by active ones */
		irq_setup(f, 0, 50, 0);
		vgic_inject_edge(&f->v, 0, 50);
		vcpu_enter(f, 0);
		g_assert_cmpuint(guest_ack(f, 0), ==, 50);
		guest_eoi(f, 0, 50);
		vcpu_enter(f, 0);
		for (u32 i = 8; i-- > 0;) {
			g_assert_true(f->spi[40 + i].active);
			guest_eoi(f, 0, 40 + i);
			vcpu_enter(f, 0);
			g_assert_false(f->spi[40 + i].active);
			vcpu_sync(f, 0);
			g_assert_false(vgic_is_active(&f->v, 0, 40 + i));
			vcpu_enter(f, 0);
			for (u32 j = 0; j < i; j++)
				g_assert_true(f->spi[40 + j].active);
		}
		vcpu_sync(f, 0);
		vcpu_enter(f, 0);
		g_assert_true(vgic_idle(&f->v, 0));
		fake_free(f);
	}
}

/* Two EOIs before the maintenance interrupt arrives. */
static void test_eoicount_two(void)
{
	struct fake *f = fake_new(1, 64, 1, 0);

	guest_boot(f);
	for (u32 i = 0; i < 3; i++) {
		set_edge(f, 0, 40 + i, true);
		irq_setup(f, 0, 40 + i, (u8)(0x80 - 8 * i));
		vgic_inject_edge(&f->v, 0, 40 + i);
		vcpu_enter(f, 0);
		g_assert_cmpuint(guest_ack(f, 0), ==, 40 + i);
		vcpu_sync(f, 0);
		vcpu_enter(f, 0);
	}
	g_assert_cmpint(lr_of(f, 0, 42), ==, 0);
	guest_eoi(f, 0, 42);
	guest_eoi(f, 0, 41);
	guest_eoi(f, 0, 40);
	g_assert_cmpuint(ICH_HCR_EOICOUNT(f->cif[0].hcr), ==, 2);
	vcpu_enter(f, 0);
	for (u32 i = 0; i < 3; i++)
		g_assert_false(vgic_is_active(&f->v, 0, 40 + i));
	g_assert_true(vgic_idle(&f->v, 0));

	/* EOIs of nothing, with no active interrupt out of the list registers, mean nothing */
	vgic_inject_edge(&f->v, 0, 40);
	vcpu_enter(f, 0);
	g_assert_cmpuint(guest_ack(f, 0), ==, 40);
	f->cif[0].hcr += BIT(27) * 3;
	vcpu_sync(f, 0);
	g_assert_true(vgic_is_active(&f->v, 0, 40));
	fake_free(f);
}

/* EOImode 1: many interrupts dropped and not deactivated, then deactivated in any order. */
static void test_dir(void)
{
	static const u32 order[] = {43, 40, 45, 42, 44, 41};

	for (u32 nr = 1; nr <= 8; nr++) {
		struct fake *f = fake_new(1, 64, nr, 1);

		guest_boot(f);
		f->cif[0].eoimode = true;
		for (u32 i = 0; i < 6; i++) {
			set_edge(f, 0, 40 + i, true);
			irq_setup(f, 0, 40 + i, 0xa0);
			f->spi[40 + i].latch = true;
			vcpu_enter(f, 0);
			g_assert_cmpuint(guest_ack(f, 0), ==, 40 + i);
			guest_eoi(f, 0, 40 + i);
		}
		g_assert_false(guest_irq(f, 0));
		vcpu_enter(f, 0);
		for (u32 i = 0; i < 6; i++) {
			f->spi[order[i]].latch = true; /* waits in the hardware */
			guest_dir(f, 0, order[i]);
			vcpu_enter(f, 0);
			g_assert_cmpuint(guest_ack(f, 0), ==, order[i]);
			guest_end(f, 0, order[i]);
		}
		vcpu_sync(f, 0);
		vcpu_enter(f, 0);
		g_assert_true(vgic_idle(&f->v, 0));
		for (u32 i = 40; i < 46; i++)
			g_assert_false(f->spi[i].active);
		fake_free(f);
	}
}

static void test_signals(void)
{
	struct fake *f = fake_new(1, 64, 4, 0);
	struct gic_vcpuif c = open_cif();

	guest_boot(f);
	g_assert_false(signals(f, 0));
	set_edge(f, 0, 40, true);
	set_edge(f, 0, 41, true);
	irq_setup(f, 0, 40, 0xa0);
	irq_setup(f, 0, 41, 0x60);
	vgic_inject_edge(&f->v, 0, 40);
	g_assert_true(signals(f, 0));
	c.ap1r[0] = BIT(0xa0 / 8); /* running at the same priority */
	g_assert_false(vgic_signals(&f->v, 0, &c, 5));
	vgic_inject_edge(&f->v, 0, 41);
	g_assert_true(vgic_signals(&f->v, 0, &c, 5));
	c.vmcr = (c.vmcr & ~GENMASK(31, 24)) | UINT64_C(0x60) << 24;
	g_assert_false(vgic_signals(&f->v, 0, &c, 5));
	/* an active one does not signal, although pending too */
	bit_write(f, 0, 0, ISACTIVER, 40);
	bit_write(f, 0, 0, ISACTIVER, 41);
	g_assert_false(signals(f, 0));
	vgic_deactivate(&f->v, 0, 40);
	g_assert_true(vgic_attention(&f->v, 0));
	g_assert_true(signals(f, 0));
	bit_write(f, 0, 0, ICENABLER, 40);
	g_assert_false(signals(f, 0));
	fake_free(f);
}

/* A pending interrupt's group changes while its vCPU runs an L2: now it may signal. */
static void test_group_nested(void)
{
	struct fake *f = fake_new(2, 64, 4, 0);
	struct gic_vcpuif c = open_cif();

	guest_boot(f);
	c.vmcr &= ~ICH_VMCR_VENG0;
	set_edge(f, 0, 40, true);
	irq_setup(f, 0, 40, 0xa0);
	irq_setup(f, 0, 20, 0xa0);
	gicd_write(f, 0, IGROUPR + 4, 4, 0);
	gicr_write(f, 0, 0, SGI_FRAME + IGROUPR, 4, 0);
	vcpu_enter(f, 0);
	vcpu_sync(f, 0);
	for (unsigned int spi = 0; spi < 2; spi++) {
		u32 intid = spi ? 40 : 20;

		vgic_inject_edge(&f->v, 0, intid);
		g_assert_cmpint(vgic_signals(&f->v, 0, &c, 5), ==, VGIC_NONE);
		f->kicked = 0;
		if (spi)
			gicd_write(f, 1, IGROUPR + 4, 4, BIT(8));
		else
			gicr_write(f, 1, 0, SGI_FRAME + IGROUPR, 4, BIT(20));
		g_assert_cmphex(f->kicked, ==, 1);
		g_assert_cmpint(vgic_signals(&f->v, 0, &c, 5), ==, VGIC_IRQ);
		vgic_clear_pending(&f->v, 0, intid);
	}
	fake_free(f);
}

/* Candidates that found no room change: the list registers have to be looked at again. */
static void test_change_outside(void)
{
	struct fake *f = fake_new(1, 64, 1, 0);

	guest_boot(f);
	for (u32 i = 40; i < 43; i++) {
		set_edge(f, 0, i, true);
		irq_setup(f, 0, i, 0x80);
		vgic_inject_edge(&f->v, 0, i);
	}
	settle(f);
	g_assert_cmpint(lr_of(f, 0, 40), ==, 0);
	set_prio(f, 0, 42, 0x40);
	settle(f);
	g_assert_cmpint(lr_of(f, 0, 42), ==, 0);
	/* active by MMIO: EOIs and deactivations of it have to be seen now */
	g_assert_cmphex(f->cif[0].hcr & ICH_HCR_TDIR, ==, 0);
	bit_write(f, 0, 0, ISACTIVER, 41);
	settle(f);
	g_assert_cmphex(f->cif[0].hcr & ICH_HCR_TDIR, ==, ICH_HCR_TDIR);
	bit_write(f, 0, 0, ICACTIVER, 41);
	settle(f);
	g_assert_cmphex(f->cif[0].hcr & ICH_HCR_TDIR, ==, 0);
	fake_free(f);
}

/* Which interrupt an EOI without a list register means: by the priority at acknowledge. */
static void test_eoicount_order(void)
{
	struct fake *f = fake_new(1, 64, 1, 0);
	static const u8 prio[] = {0x80, 0x60, 0x40};

	guest_boot(f);
	for (u32 i = 0; i < 3; i++) {
		set_edge(f, 0, 40 + i, true);
		irq_setup(f, 0, 40 + i, prio[i]);
		vgic_inject_edge(&f->v, 0, 40 + i);
		vcpu_enter(f, 0);
		g_assert_cmpuint(guest_ack(f, 0), ==, 40 + i);
		vcpu_sync(f, 0);
		vcpu_enter(f, 0);
	}
	/* 42 is in the list register, until its EOI as it was acknowledged; pends again outside */
	vgic_inject_edge(&f->v, 0, 42);
	set_prio(f, 0, 42, 0xa0);
	vcpu_enter(f, 0);
	g_assert_cmphex(f->cif[0].lr[0], ==, lr_make_sw(42, LR_ACTIVE, true, 0x40, true));
	set_prio(f, 0, 40, 0x00);
	set_prio(f, 0, 41, 0xf0);
	/* active without having been acknowledged: no EOI means this one */
	irq_setup(f, 0, 50, 0x00);
	bit_write(f, 0, 0, ISACTIVER, 50);
	vcpu_sync(f, 0);
	vcpu_enter(f, 0);
	for (u32 i = 3; i-- > 0;) {
		guest_eoi(f, 0, 40 + i);
		vcpu_enter(f, 0);
		vcpu_sync(f, 0);
		for (u32 j = 0; j < 3; j++)
			g_assert_cmpint(vgic_is_active(&f->v, 0, 40 + j), ==, j < i);
		g_assert_true(vgic_is_active(&f->v, 0, 50));
		vcpu_enter(f, 0);
	}
	g_assert_cmpuint(guest_ack(f, 0), ==, 42);
	fake_free(f);
}

/* Counted EOIs are of nothing if no active interrupt was left out when the guest ran. */
static void test_eoicount_stray(void)
{
	struct fake *f = fake_new(1, 64, 2, 0);

	guest_boot(f);
	set_edge(f, 0, 40, true);
	irq_setup(f, 0, 40, 0x80);
	irq_setup(f, 0, 41, 0x80);
	vgic_inject_edge(&f->v, 0, 40);
	vcpu_enter(f, 0);
	f->cif[0].hcr += BIT(27); /* the guest wrote some INTID to ICC_EOIR1_EL1 */
	bit_write(f, 0, 0, ISACTIVER, 41);
	vcpu_enter(f, 0);
	g_assert_true(vgic_is_active(&f->v, 0, 41));
	g_assert_cmpint(lr_of(f, 0, 41), >=, 0);
	fake_free(f);
}

/* "Pending and active" must not get in front of better ones that found no room. */
static void test_crowded(void)
{
	struct fake *f = fake_new(1, 64, 2, 0);

	guest_boot(f);
	for (u32 i = 40; i < 43; i++) {
		set_edge(f, 0, i, true);
		irq_setup(f, 0, i, i == 40 ? 0x80 : 0xa0);
	}
	vgic_inject_edge(&f->v, 0, 40);
	vcpu_enter(f, 0);
	g_assert_cmpuint(guest_ack(f, 0), ==, 40);
	set_prio(f, 0, 40, 0xc0);
	for (u32 i = 40; i < 43; i++)
		vgic_inject_edge(&f->v, 0, i);
	vcpu_enter(f, 0);
	g_assert_cmpuint(ST(f->cif[0].lr[0]), ==, LR_ACTIVE);
	guest_eoi(f, 0, 40);
	for (u32 i = 41; i < 44; i++) {
		vcpu_enter(f, 0);
		g_assert_cmpuint(guest_ack(f, 0), ==, i == 43 ? 40 : i);
		guest_eoi(f, 0, i);
	}
	fake_free(f);
}

/* What is pending of a group that is off leaves list registers for those of the other. */
static void test_group_off(void)
{
	for (u32 nr = 1; nr <= 6; nr++) {
		struct fake *f = fake_new(1, 64, nr, 0);
		struct gic_vcpuif cif = open_cif();

		guest_boot(f);
		set_edge(f, 0, 45, true);
		for (u32 i = 0; i < 5; i++)
			irq_setup(f, 0, i, 0x20);
		irq_setup(f, 0, 45, 0xa0);
		gicr_write(f, 0, 0, SGI_FRAME + IGROUPR, 4, ~0x1fu);
		gicr_write(f, 0, 0, SGI_FRAME + ISPENDR, 4, 0x1f);
		vgic_inject_edge(&f->v, 0, 45);
		cif.vmcr &= ~ICH_VMCR_VENG0;
		g_assert_cmpint(vgic_signals(&f->v, 0, &cif, 5), ==, VGIC_IRQ);
		f->cif[0].vmcr = ICH_VMCR_VENG1;
		vcpu_enter(f, 0);
		g_assert_cmpuint(guest_ack(f, 0), ==, 45);
		guest_eoi(f, 0, 45);
		vcpu_enter(f, 0);
		g_assert_cmpuint(guest_ack(f, 0), ==, 1023);
		/* on again, of which neve learns nothing */
		f->cif[0].vmcr |= ICH_VMCR_VENG0;
		for (u32 i = 0; i < 5; i++) {
			g_assert_cmpuint(guest_ack(f, 0), ==, i);
			guest_eoi(f, 0, i);
			vcpu_enter(f, 0);
		}
		fake_free(f);
	}
}

/* The fast path: no lock, no work, when nothing changed. */
static void test_attention(void)
{
	struct fake *f = fake_new(1, 64, 4, 0);

	guest_boot(f);
	irq_setup(f, 0, 27, 0x80);
	vgic_set_level(&f->v, 0, 27, true);
	vcpu_enter(f, 0);
	spin_lock(&f->v.lock); /* would hang if one of these took it */
	g_assert_false(vgic_attention(&f->v, 0));
	g_assert_false(vgic_idle(&f->v, 0));
	g_assert_cmphex(vgic_lrs_used(&f->v, 0), ==, 1);
	vgic_set_level(&f->v, 0, 27, true);
	spin_unlock(&f->v.lock);
	vcpu_sync(f, 0);
	g_assert_true(vgic_attention(&f->v, 0)); /* list registers are empty now */
	vgic_set_level(&f->v, 0, 27, false);
	vcpu_enter(f, 0);
	spin_lock(&f->v.lock);
	g_assert_true(vgic_idle(&f->v, 0));
	g_assert_false(signals(f, 0));
	vgic_sync(&f->v, 0, f->cif[0].lr, 0);
	g_assert_false(vgic_attention(&f->v, 0));
	spin_unlock(&f->v.lock);
	fake_free(f);
}

/* A line that falls while its interrupt waits in a list register, or after it was acknowledged. */
static void test_line_fell(void)
{
	struct fake *f = fake_new(1, 64, 4, 0);
	struct pirq *p = &f->ppi[0][27];

	guest_boot(f);
	irq_setup(f, 0, 27, 0x80);
	g_assert_false(vgic_hw_pending(&f->v, 0, 27));
	p->active = true;
	vgic_inject_hw(&f->v, 0, 27, 27);
	g_assert_true(vgic_hw_pending(&f->v, 0, 27));
	vcpu_enter(f, 0);
	g_assert_true(vgic_hw_pending(&f->v, 0, 27));
	vgic_clear_pending(&f->v, 0, 27);
	g_assert_false(vgic_hw_pending(&f->v, 0, 27)); /* asked for once */
	vcpu_enter(f, 0);
	g_assert_cmphex(f->cif[0].lr[0], ==, 0);
	g_assert_false(p->active);

	/* acknowledged before: it stays active, and ends as always */
	p->active = true;
	vgic_inject_hw(&f->v, 0, 27, 27);
	vcpu_enter(f, 0);
	g_assert_cmpuint(guest_ack(f, 0), ==, 27);
	vgic_clear_pending(&f->v, 0, 27);
	vcpu_enter(f, 0);
	g_assert_false(vgic_hw_pending(&f->v, 0, 27));
	g_assert_cmphex(f->cif[0].lr[0], ==, lr_make_hw(27, LR_ACTIVE, true, 0x80, 27));
	guest_eoi(f, 0, 27);
	g_assert_false(p->active);

	/* ended by its list register, which neve has not looked at since: there is none to end it
	 */
	p->active = true;
	vgic_inject_hw(&f->v, 0, 27, 27);
	vgic_clear_pending(&f->v, 0, 27);
	vcpu_enter(f, 0);
	g_assert_cmphex(f->cif[0].lr[0], ==, 0);
	g_assert_false(p->active);
	g_assert_true(vgic_idle(&f->v, 0));
	fake_free(f);
}

/* The priority of an active interrupt changes: its EOI is that of the old one. */
static void test_active_priority(void)
{
	for (unsigned int pending = 0; pending < 2; pending++) {
		struct fake *f = fake_new(1, 64, 4, 2);
		struct pirq *p = &f->spi[40];

		guest_boot(f);
		irq_setup(f, 0, 40, 0x80);
		if (pending) /* an edge that is ours alone may be "pending and active" */
			set_edge(f, 0, 50, true);
		irq_setup(f, 0, 50, 0x80);
		p->line = true;
		if (pending)
			vgic_inject_edge(&f->v, 0, 50);
		vcpu_enter(f, 0);
		g_assert_cmpuint(guest_ack(f, 0), ==, 40);
		p->line = false;
		set_prio(f, 0, 40, 0xa0);
		set_prio(f, 0, 50, 0x60);
		vcpu_enter(f, 0);
		guest_eoi(f, 0, 40);
		vcpu_sync(f, 0);
		g_assert_false(vgic_is_active(&f->v, 0, 40));
		g_assert_false(p->active);
		g_assert_cmpuint(f->cif[0].apr, ==, 0);
		if (!pending) {
			fake_free(f);
			continue;
		}
		vcpu_enter(f, 0);
		g_assert_cmpuint(guest_ack(f, 0), ==, 50);
		vgic_inject_edge(&f->v, 0, 50);
		set_prio(f, 0, 50, 0xa0);
		vcpu_enter(f, 0);
		guest_eoi(f, 0, 50);
		vcpu_enter(f, 0);
		g_assert_cmpuint(guest_ack(f, 0), ==, 50);
		guest_eoi(f, 0, 50);
		vcpu_sync(f, 0);
		g_assert_false(vgic_is_active(&f->v, 0, 50));
		fake_free(f);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/vgic-lr/priority-order", test_priority_order);
	g_test_add_func("/vgic-lr/active-overflow", test_active_overflow);
	g_test_add_func("/vgic-lr/eoicount-two", test_eoicount_two);
	g_test_add_func("/vgic-lr/dir", test_dir);
	g_test_add_func("/vgic-lr/signals", test_signals);
	g_test_add_func("/vgic-lr/group-nested", test_group_nested);
	g_test_add_func("/vgic-lr/line-fell", test_line_fell);
	g_test_add_func("/vgic-lr/active-priority", test_active_priority);
	g_test_add_func("/vgic-lr/change-outside", test_change_outside);
	g_test_add_func("/vgic-lr/eoicount-order", test_eoicount_order);
	g_test_add_func("/vgic-lr/eoicount-stray", test_eoicount_stray);
	g_test_add_func("/vgic-lr/crowded", test_crowded);
	g_test_add_func("/vgic-lr/group-off", test_group_off);
	g_test_add_func("/vgic-lr/attention", test_attention);
	return g_test_run();
}
