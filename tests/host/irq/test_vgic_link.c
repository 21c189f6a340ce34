// SPDX-License-Identifier: Apache-2.0
/* Links of interrupts to the hardware's, in list registers: timers that change hands, L2s that
 * deactivate. */
#include "fake.h"

/*
 * The timer of an L2: L1 has its PPI 27 active, and L2 deactivates it through a list register of
 * L1 that is linked to the hardware. The hardware fires again before neve has told the model.
 */
static void test_nested_link(void)
{
	struct fake *f = fake_new(1, 64, 4, 0);
	struct pirq *p = &f->ppi[0][27];
	u32 pintid, one, two;

	guest_boot(f);
	irq_setup(f, 0, 27, 0x80);
	p->enabled = true;
	p->line = true;
	vcpu_enter(f, 0);
	g_assert_cmphex(f->cif[0].lr[0], ==, lr_make_hw(27, LR_PENDING, true, 0x80, 27));
	f->cif[0].eoimode = true;
	g_assert_cmpuint(guest_ack(f, 0), ==, 27);
	guest_eoi(f, 0, 27);
	vcpu_sync(f, 0); /* to L2 */
	g_assert_true(vgic_hw_linked(&f->v, 0, 27, &pintid, &one));
	g_assert_false(vgic_idle(&f->v, 0));
	g_assert_false(signals(f, 0));

	/* L2 deactivates; line low; neve learns on the next exit */
	p->active = false;
	p->line = false;
	vgic_hw_deactivated(&f->v, 0, 27, one);
	g_assert_false(vgic_is_active(&f->v, 0, 27));
	g_assert_false(vgic_hw_linked(&f->v, 0, 27, &pintid, NULL));
	g_assert_false(signals(f, 0));

	/* again, but line high: the acknowledge comes first */
	p->line = true;
	vcpu_enter(f, 0);
	guest_ack(f, 0);
	guest_eoi(f, 0, 27);
	vcpu_sync(f, 0);
	g_assert_true(vgic_hw_linked(&f->v, 0, 27, &pintid, &two));
	g_assert_cmpuint(one, !=, two);
	p->active = true; /* deactivated by L2, fired, acknowledged by neve */
	vgic_inject_hw(&f->v, 0, 27, 27);
	g_assert_true(signals(f, 0)); /* must not be hidden by the active state that is over */
	f->ops = 0;
	vgic_hw_deactivated(&f->v, 0, 27, two);
	g_assert_cmpuint(f->ops, ==, 0);
	g_assert_true(vgic_hw_linked(&f->v, 0, 27, &pintid, NULL));
	vcpu_enter(f, 0);
	g_assert_cmphex(f->cif[0].lr[0], ==, lr_make_hw(27, LR_PENDING, true, 0x80, 27));

	/* without hardware help */
	guest_ack(f, 0);
	guest_eoi(f, 0, 27);
	vcpu_sync(f, 0);
	p->line = false;
	vgic_deactivate(&f->v, 0, 27);
	g_assert_false(p->active);
	vcpu_enter(f, 0);
	g_assert_true(vgic_idle(&f->v, 0));
	fake_free(f);
}

/*
 * L1 has a device's interrupt active in a list register of one CPU, while its L2, which has moved,
 * deactivates it on another one: it may come again before the first CPU has synced.
 */
static void test_nested_moved(void)
{
	for (unsigned int late = 0; late < 3; late++) {
		struct fake *f = fake_new(2, 64, 4, 2);
		struct pirq *p = &f->spi[40];
		u32 pintid, occurrence;

		guest_boot(f);
		irq_setup(f, 0, 40, 0x80);
		f->cif[0].eoimode = f->cif[1].eoimode = true;
		p->line = true;
		vcpu_enter(f, 0);
		g_assert_cmpuint(guest_ack(f, 0), ==, 40);
		guest_eoi(f, 0, 40);
		gicd_write(f, 0, IROUTER + 8 * 40, 8, 1);
		vcpu_enter(f, 0);
		g_assert_true(vgic_hw_linked(&f->v, 1, 40, &pintid, &occurrence));

		/*
		 * L2's on CPU 1, which neve learns at its exit: before CPU 0's sync, or after it,
		 * or before CPU 1 has taken the new one to the vGIC.
		 */
		if (late == 2)
			vgic_hw_deactivated(&f->v, 1, 40, occurrence);
		p->active = true;
		if (late == 2) {
			vcpu_sync(f, 0);
			g_assert_true(p->active);
		}
		vgic_inject_hw(&f->v, 1, 40, 40);
		if (late)
			vcpu_enter(f, 0);
		if (late < 2)
			vgic_hw_deactivated(&f->v, 1, 40, occurrence);
		vcpu_enter(f, 0);
		vcpu_sync(f, 0);

		/* the new one is L1's to deactivate, and with it the physical one */
		g_assert_true(p->active);
		vcpu_enter(f, 1);
		g_assert_cmphex(f->cif[1].lr[0], ==, lr_make_hw(40, LR_PENDING, true, 0x80, 40));
		g_assert_cmpuint(guest_ack(f, 1), ==, 40);
		guest_eoi(f, 1, 40);
		p->line = false;
		guest_dir(f, 1, 40);
		vcpu_sync(f, 1);
		g_assert_false(p->active);
		g_assert_false(vgic_is_active(&f->v, 0, 40));
		fake_free(f);
	}
}

/*
 * The same, but the L2 on CPU 1 exits so late that L1 on CPU 0 has acknowledged the new one: in its
 * list register, or synced.
 */
static void test_nested_late(void)
{
	for (unsigned int synced = 0; synced < 2; synced++) {
		struct fake *f = fake_new(2, 64, 4, 2);
		struct pirq *p = &f->spi[40];
		u32 pintid, old, new;

		guest_boot(f);
		irq_setup(f, 0, 40, 0x80);
		f->cif[0].eoimode = true;
		p->line = true;
		vcpu_enter(f, 0);
		g_assert_cmpuint(guest_ack(f, 0), ==, 40);
		guest_eoi(f, 0, 40);
		vcpu_enter(f, 0);
		g_assert_true(vgic_hw_linked(&f->v, 1, 40, &pintid, &old));

		/* L2's, and the line is still high */
		p->active = false;
		vcpu_enter(f, 0);
		g_assert_cmphex(f->cif[0].lr[0], ==, lr_make_hw(40, LR_PENDING, true, 0x80, 40));
		g_assert_cmpuint(guest_ack(f, 0), ==, 40);
		guest_eoi(f, 0, 40);
		if (synced)
			vcpu_sync(f, 0);
		vgic_hw_deactivated(&f->v, 1, 40, old);
		vcpu_sync(f, 0);

		/* the new one is active yet, and an L2's to deactivate */
		g_assert_true(p->active);
		g_assert_true(vgic_is_active(&f->v, 0, 40));
		g_assert_true(vgic_hw_linked(&f->v, 1, 40, &pintid, &new));
		p->active = p->line = false;
		vgic_hw_deactivated(&f->v, 1, 40, new);
		vcpu_enter(f, 0);
		g_assert_false(p->active);
		g_assert_true(vgic_idle(&f->v, 0));
		fake_free(f);
	}
}

/* A timer changes hands between two interrupts of the guest. */
static void test_link_unlink(void)
{
	struct fake *f = fake_new(1, 64, 4, 0);
	struct pirq *p = &f->ppi[0][27];
	u32 pintid = 0;

	guest_boot(f);
	irq_setup(f, 0, 27, 0x80);
	irq_setup(f, 0, 28, 0x80);
	/* pending through the link: the pending state goes with the link */
	p->active = true;
	vgic_inject_hw(&f->v, 0, 28, 27);
	g_assert_true(vgic_unlink(&f->v, 0, 28, &pintid));
	g_assert_cmpuint(pintid, ==, 27);
	g_assert_true(p->active); /* the caller's */
	g_assert_false(vgic_is_pending(&f->v, 0, 28));
	g_assert_false(vgic_unlink(&f->v, 0, 28, &pintid));

	/* active through the link: stays active, as a software one */
	vgic_inject_hw(&f->v, 0, 28, 27);
	vcpu_enter(f, 0);
	g_assert_cmphex(f->cif[0].lr[0], ==, lr_make_hw(28, LR_PENDING, true, 0x80, 27));
	g_assert_cmpuint(guest_ack(f, 0), ==, 28);
	vcpu_sync(f, 0);
	g_assert_true(vgic_unlink(&f->v, 0, 28, &pintid));
	g_assert_true(vgic_is_active(&f->v, 0, 28));
	vcpu_enter(f, 0);
	g_assert_cmphex(f->cif[0].lr[0], ==, lr_make_sw(28, LR_ACTIVE, true, 0x80, false));
	g_assert_false(vgic_link(&f->v, 0, 28, 27)); /* not while in a list register */
	vcpu_sync(f, 0);
	g_assert_true(vgic_link(&f->v, 0, 28, 27));
	vcpu_enter(f, 0);
	g_assert_cmphex(f->cif[0].lr[0], ==, lr_make_hw(28, LR_ACTIVE, true, 0x80, 27));
	guest_eoi(f, 0, 28);
	g_assert_false(p->active);
	vcpu_sync(f, 0);
	g_assert_false(vgic_link(&f->v, 0, 28, 27)); /* not active: no link */

	/* pending, disabled and linked: not idle, or the switch would forget the timer */
	bit_write(f, 0, 0, ICENABLER, 28);
	vcpu_enter(f, 0);
	g_assert_true(vgic_idle(&f->v, 0));
	vgic_inject_hw(&f->v, 0, 28, 27);
	g_assert_false(vgic_idle(&f->v, 0));

	/* retracted before the guest saw it */
	p->active = true;
	vgic_clear_pending(&f->v, 0, 28);
	g_assert_false(p->active);
	g_assert_true(vgic_idle(&f->v, 0));

	/* another physical interrupt behind the same INTID: the first is not left active */
	p->active = true;
	f->ppi[0][30].active = true;
	vgic_inject_hw(&f->v, 0, 28, 27);
	vgic_inject_hw(&f->v, 0, 28, 30);
	g_assert_false(p->active);
	g_assert_true(f->ppi[0][30].active);
	fake_free(f);
}

/* A linked interrupt whose software line is high as well: neither may be lost. */
static void test_link_and_line(void)
{
	struct fake *f = fake_new(1, 64, 4, 0);
	struct pirq *p = &f->ppi[0][27];

	guest_boot(f);
	irq_setup(f, 0, 27, 0x80);
	p->active = true;
	vgic_inject_hw(&f->v, 0, 27, 27);
	vgic_set_level(&f->v, 0, 27, true);
	vcpu_enter(f, 0);
	g_assert_cmphex(f->cif[0].lr[0], ==, lr_make_sw(27, LR_PENDING, true, 0x80, true));
	g_assert_cmpuint(guest_ack(f, 0), ==, 27);
	guest_eoi(f, 0, 27);
	vcpu_enter(f, 0);
	g_assert_false(p->active); /* by neve */
	g_assert_cmpuint(guest_ack(f, 0), ==, 27);
	vgic_set_level(&f->v, 0, 27, false);
	guest_eoi(f, 0, 27);
	vcpu_enter(f, 0);
	g_assert_cmpuint(guest_ack(f, 0), ==, 1023);

	/* active and linked, pending again by ISPENDR */
	p->active = true;
	vgic_inject_hw(&f->v, 0, 27, 27);
	vcpu_enter(f, 0);
	g_assert_cmpuint(guest_ack(f, 0), ==, 27);
	vcpu_sync(f, 0);
	bit_write(f, 0, 0, ISPENDR, 27);
	vcpu_enter(f, 0);
	guest_eoi(f, 0, 27);
	vcpu_enter(f, 0);
	g_assert_false(p->active);
	g_assert_cmpuint(guest_ack(f, 0), ==, 27);
	guest_eoi(f, 0, 27);
	vcpu_enter(f, 0);
	g_assert_cmpuint(guest_ack(f, 0), ==, 1023);
	fake_free(f);
}

/* A link made while a software list register has the interrupt survives the return of that. */
static void test_link_in_lr(void)
{
	struct fake *f = fake_new(1, 64, 4, 0);
	struct pirq *p = &f->ppi[0][27];
	u32 pintid;

	guest_boot(f);
	irq_setup(f, 0, 27, 0x80);
	p->active = true;
	vgic_inject_hw(&f->v, 0, 27, 27);
	vgic_set_level(&f->v, 0, 27, true); /* makes it a software list register */
	vcpu_enter(f, 0);
	g_assert_cmpuint(guest_ack(f, 0), ==, 27);
	vgic_set_level(&f->v, 0, 27, false);
	/* the physical one is deactivated behind our back, and fires */
	vgic_inject_hw(&f->v, 0, 27, 27);
	guest_eoi(f, 0, 27);
	vcpu_sync(f, 0);
	g_assert_true(p->active);
	g_assert_true(vgic_hw_linked(&f->v, 0, 27, &pintid, NULL));
	vcpu_enter(f, 0);
	g_assert_cmpuint(guest_ack(f, 0), ==, 27);
	guest_eoi(f, 0, 27);
	vcpu_enter(f, 0);
	g_assert_false(p->active);
	fake_free(f);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/vgic-link/nested-link", test_nested_link);
	g_test_add_func("/vgic-link/nested-moved", test_nested_moved);
	g_test_add_func("/vgic-link/nested-late", test_nested_late);
	g_test_add_func("/vgic-link/link-unlink", test_link_unlink);
	g_test_add_func("/vgic-link/link-and-line", test_link_and_line);
	g_test_add_func("/vgic-link/link-in-lr", test_link_in_lr);
	return g_test_run();
}
