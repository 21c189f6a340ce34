// SPDX-License-Identifier: Apache-2.0
/* The life of virtual interrupts, case by case: sources, the guest's MMIO, other vCPUs. */
#include "fake.h"

#define ST(lr) ((u32)((lr) >> 62))

static void test_edge(void)
{
	struct fake *f = fake_new(1, 64, 4, 0);

	guest_boot(f);
	g_assert_true(vgic_idle(&f->v, 0));
	set_edge(f, 0, 40, true);
	vgic_inject_edge(&f->v, 0, 40); /* not enabled: pends, does not show */
	g_assert_true(bit_read(f, 0, 0, ISPENDR, 40));
	g_assert_true(vgic_is_pending(&f->v, 0, 40));
	g_assert_true(vgic_idle(&f->v, 0));
	g_assert_cmphex(f->kicked, ==, 0);
	irq_setup(f, 0, 40, 0xa0);
	g_assert_true(vgic_attention(&f->v, 0));
	vcpu_enter(f, 0);
	g_assert_cmphex(f->cif[0].lr[0], ==, lr_make_sw(40, LR_PENDING, true, 0xa0, false));
	g_assert_true(bit_read(f, 0, 0, ISPENDR, 40)); /* in the list register, still pending */

	g_assert_cmpuint(guest_ack(f, 0), ==, 40);
	vcpu_sync(f, 0);
	g_assert_false(bit_read(f, 0, 0, ISPENDR, 40));
	g_assert_true(bit_read(f, 0, 0, ISACTIVER, 40));
	vgic_inject_edge(&f->v, 0, 40); /* again while active */
	vcpu_enter(f, 0);
	g_assert_cmphex(f->cif[0].lr[0], ==, lr_make_sw(40, LR_PENDACT, true, 0xa0, false));
	guest_eoi(f, 0, 40);
	g_assert_cmpuint(guest_ack(f, 0), ==, 40); /* without an exit */
	guest_eoi(f, 0, 40);
	vcpu_sync(f, 0);
	vcpu_enter(f, 0);
	g_assert_true(vgic_idle(&f->v, 0));
	g_assert_cmpuint(f->cif[0].exits, ==, 0);
	fake_free(f);
}

/* INTID 40 has come to vCPU 0, as an edge, and was acknowledged there. */
static struct fake *edge_taken(u32 ncpus)
{
	struct fake *f = fake_new(ncpus, 64, 4, 0);

	guest_boot(f);
	set_edge(f, 0, 40, true);
	irq_setup(f, 0, 40, 0xa0);
	vgic_inject_edge(&f->v, 0, 40);
	settle(f);
	g_assert_cmpuint(guest_ack(f, 0), ==, 40);
	return f;
}

/* An edge that comes while the interrupt is in a list register is not lost. */
static void test_edge_in_lr(void)
{
	struct fake *f = edge_taken(1);

	guest_eoi(f, 0, 40);
	vgic_inject_edge(&f->v, 0, 40);
	g_assert_cmphex(f->kicked, ==, 1);
	vcpu_enter(f, 0);
	g_assert_cmpuint(guest_ack(f, 0), ==, 40);
	guest_eoi(f, 0, 40);
	g_assert_cmpuint(guest_ack(f, 0), ==, 1023);
	fake_free(f);
}

static void test_level(void)
{
	struct fake *f = fake_new(1, 64, 4, 0);

	guest_boot(f);
	irq_setup(f, 0, 27, 0x80);
	vgic_set_level(&f->v, 0, 27, true);
	g_assert_true(bit_read(f, 0, 0, ISPENDR, 27));
	bit_write(f, 0, 0, ICPENDR, 27); /* a line cannot be cleared */
	g_assert_true(bit_read(f, 0, 0, ISPENDR, 27));
	vcpu_enter(f, 0);
	/* asks for an exit at EOI: the line may still be high then */
	g_assert_cmphex(f->cif[0].lr[0], ==, lr_make_sw(27, LR_PENDING, true, 0x80, true));
	g_assert_cmpuint(guest_ack(f, 0), ==, 27);
	guest_eoi(f, 0, 27);
	vcpu_enter(f, 0);
	g_assert_cmpuint(f->cif[0].exits, ==, 1);
	g_assert_cmpuint(guest_ack(f, 0), ==, 27); /* still high: again */

	f->kicked = 0;
	vgic_set_level(&f->v, 0, 27, true); /* no change: free */
	g_assert_false(vgic_attention(&f->v, 0));
	vgic_set_level(&f->v, 0, 27, false);
	vcpu_enter(f, 0);
	g_assert_cmphex(f->cif[0].lr[0], ==, lr_make_sw(27, LR_ACTIVE, true, 0x80, false));
	guest_eoi(f, 0, 27);
	vcpu_enter(f, 0);
	g_assert_cmpuint(f->cif[0].exits, ==, 1); /* low: no exit needed */
	g_assert_cmpuint(guest_ack(f, 0), ==, 1023);

	/* falls before the guest has seen it: gone */
	vgic_set_level(&f->v, 0, 27, true);
	vcpu_enter(f, 0);
	g_assert_true(guest_irq(f, 0));
	vgic_set_level(&f->v, 0, 27, false);
	vcpu_enter(f, 0);
	g_assert_false(guest_irq(f, 0));
	g_assert_true(vgic_idle(&f->v, 0));

	/* rises while active: no "pending and active", but again after EOI */
	vgic_set_level(&f->v, 0, 27, true);
	vcpu_enter(f, 0);
	guest_ack(f, 0);
	vgic_set_level(&f->v, 0, 27, false);
	vcpu_enter(f, 0);
	vgic_set_level(&f->v, 0, 27, true);
	vcpu_enter(f, 0);
	g_assert_cmphex(f->cif[0].lr[0], ==, lr_make_sw(27, LR_ACTIVE, true, 0x80, true));
	guest_eoi(f, 0, 27);
	vcpu_enter(f, 0);
	g_assert_cmpuint(guest_ack(f, 0), ==, 27);
	fake_free(f);
}

/* GICD_ISPENDR on a level interrupt: one occurrence, whatever the line does. */
static void test_level_latch(void)
{
	struct fake *f = fake_new(1, 64, 4, 0);

	guest_boot(f);
	irq_setup(f, 0, 40, 0x80);
	bit_write(f, 0, 0, ISPENDR, 40);
	vcpu_enter(f, 0);
	g_assert_cmphex(f->cif[0].lr[0], ==, lr_make_sw(40, LR_PENDING, true, 0x80, false));
	vcpu_sync(f, 0);
	g_assert_true(bit_read(f, 0, 0, ISPENDR, 40)); /* not acknowledged: stays */
	vcpu_enter(f, 0);
	g_assert_cmpuint(guest_ack(f, 0), ==, 40);
	vcpu_sync(f, 0);
	g_assert_false(bit_read(f, 0, 0, ISPENDR, 40)); /* acknowledged: consumed */
	vcpu_enter(f, 0);
	guest_eoi(f, 0, 40);
	vcpu_sync(f, 0);
	vcpu_enter(f, 0);
	g_assert_true(vgic_idle(&f->v, 0));
	fake_free(f);
}

/* A passed-through SPI: linked list register, the guest's EOI reaches the hardware. */
static void test_hw(void)
{
	struct fake *f = fake_new(1, 64, 4, 1);
	u32 pintid = 0;

	guest_boot(f);
	irq_setup(f, 0, 40, 0xa0);
	f->spi[40].line = true;
	vcpu_enter(f, 0);
	g_assert_true(f->spi[40].active);
	g_assert_cmphex(f->cif[0].lr[0], ==, lr_make_hw(40, LR_PENDING, true, 0xa0, 40));
	g_assert_true(vgic_hw_linked(&f->v, 0, 40, &pintid, NULL));
	g_assert_cmpuint(pintid, ==, 40);
	g_assert_cmpuint(guest_ack(f, 0), ==, 40);
	vcpu_sync(f, 0);
	g_assert_true(vgic_is_active(&f->v, 0, 40));
	g_assert_true(vgic_hw_linked(&f->v, 0, 40, &pintid, NULL));
	vcpu_enter(f, 0);
	g_assert_cmphex(f->cif[0].lr[0], ==, lr_make_hw(40, LR_ACTIVE, true, 0xa0, 40));
	f->spi[40].line = false;
	f->ops = 0;
	guest_eoi(f, 0, 40);
	g_assert_false(f->spi[40].active);
	vcpu_sync(f, 0);
	g_assert_false(vgic_hw_linked(&f->v, 0, 40, &pintid, NULL));
	vcpu_enter(f, 0);
	g_assert_true(vgic_idle(&f->v, 0));
	g_assert_cmpuint(f->ops, ==, 0); /* the hardware did it alone */

	/* fires again before neve has looked at the empty list register */
	f->spi[40].line = true;
	vcpu_enter(f, 0);
	guest_ack(f, 0);
	guest_eoi(f, 0, 40);
	vcpu_enter(f, 0);
	g_assert_cmphex(f->cif[0].lr[0], ==, lr_make_hw(40, LR_PENDING, true, 0xa0, 40));
	guest_ack(f, 0);
	f->spi[40].line = false;
	guest_eoi(f, 0, 40);
	vcpu_sync(f, 0);
	vcpu_enter(f, 0);
	g_assert_true(vgic_idle(&f->v, 0));
	g_assert_false(f->spi[40].active);
	fake_free(f);
}

/* The guest takes a physical interrupt's pending or active state away by MMIO. */
static void test_hw_mmio(void)
{
	struct fake *f = fake_new(1, 64, 4, 1);
	u32 p;

	guest_boot(f);
	set_edge(f, 0, 40, true);
	irq_setup(f, 0, 40, 0xa0);
	f->spi[40].latch = true;
	vcpu_enter(f, 0);
	vcpu_sync(f, 0);
	bit_write(f, 0, 0, ICPENDR, 40);
	g_assert_false(f->spi[40].active);
	g_assert_false(vgic_hw_linked(&f->v, 0, 40, &p, NULL));
	vcpu_enter(f, 0);
	g_assert_true(vgic_idle(&f->v, 0));

	/* the same while it is in a list register: takes effect at the next sync */
	f->spi[40].latch = true;
	vcpu_enter(f, 0);
	bit_write(f, 0, 0, ICPENDR, 40);
	g_assert_false(bit_read(f, 0, 0, ISPENDR, 40));
	g_assert_true(f->spi[40].active);
	vcpu_enter(f, 0);
	g_assert_false(guest_irq(f, 0));
	g_assert_false(f->spi[40].active);

	f->spi[40].latch = true;
	vcpu_enter(f, 0);
	guest_ack(f, 0);
	bit_write(f, 0, 0, ICACTIVER, 40);
	g_assert_false(bit_read(f, 0, 0, ISACTIVER, 40));
	vcpu_enter(f, 0);
	g_assert_false(f->spi[40].active);
	g_assert_cmpint(lr_of(f, 0, 40), ==, -1);
	f->cif[0].apr = 0;

	/* disabled while pending: keeps, with the hardware quiet, until enabled */
	f->spi[40].latch = true;
	vcpu_enter(f, 0);
	bit_write(f, 0, 0, ICENABLER, 40);
	vcpu_enter(f, 0);
	g_assert_false(guest_irq(f, 0));
	g_assert_true(f->spi[40].active);
	g_assert_true(vgic_is_pending(&f->v, 0, 40));
	bit_write(f, 0, 0, ISENABLER, 40);
	vcpu_enter(f, 0);
	g_assert_cmpuint(guest_ack(f, 0), ==, 40);
	guest_eoi(f, 0, 40);
	g_assert_false(f->spi[40].active);

	/* active by MMIO: the hardware one is quiet until the guest deactivates it */
	vcpu_sync(f, 0);
	bit_write(f, 0, 0, ISACTIVER, 40);
	g_assert_true(f->spi[40].active);
	f->spi[40].latch = true;
	vcpu_enter(f, 0);
	g_assert_false(guest_irq(f, 0));
	g_assert_cmphex(f->cif[0].lr[0], ==, lr_make_hw(40, LR_ACTIVE, true, 0xa0, 40));
	f->cif[0].eoimode = true;
	guest_dir(f, 0, 40);
	vcpu_enter(f, 0);
	g_assert_cmpuint(guest_ack(f, 0), ==, 40);
	fake_free(f);
}

/* An interrupt of a bogus INTID must not leave the hardware one active. */
static void test_hw_unknown(void)
{
	struct fake *f = fake_new(1, 64, 4, 1);

	f->spi[500].active = true;
	vgic_inject_hw(&f->v, 0, 500, 500);
	g_assert_false(f->spi[500].active);
	vgic_inject_edge(&f->v, 0, 500);
	vgic_set_level(&f->v, 0, 5000, true);
	vgic_set_level(&f->v, 7, 27, true);
	vgic_deactivate(&f->v, 0, ~0u);
	vgic_hw_deactivated(&f->v, 0, ~0u, 0);
	vgic_dir(&f->v, 0, 96);
	vgic_clear_pending(&f->v, 0, 1020);
	g_assert_false(vgic_is_active(&f->v, 0, 1023));
	g_assert_false(vgic_link(&f->v, 0, 1023, 27));
	g_assert_true(vgic_idle(&f->v, 0));
	fake_free(f);
}

static u64 sgi_value(u32 intid, u32 list, u32 aff1, u32 rs)
{
	return (u64)intid << 24 | list | (u64)aff1 << 16 | (u64)rs << 44;
}

static u32 sgi_pending(struct fake *f, u32 intid)
{
	u32 r = 0;

	for (u32 c = 0; c < f->ncpus; c++)
		if (bit_read(f, 0, c, ISPENDR, intid)) {
			bit_write(f, 0, c, ICPENDR, intid);
			r |= (u32)BIT(c);
		}
	return r;
}

static void test_sgi_decode(void)
{
	struct fake *f = fake_new(1, 64, 4, 0);
	struct vgic_config c = {.ncpus = 6,
				.nr_spis = 64,
				.prio_bits = 5,
				.a3v = true,
				.ops = f->v.ops,
				.ctx = f,
				.mpidr = {0, 1, 0x100, 0x10f, 0x12, UINT64_C(0x0300020105)}};

	g_assert_true(vgic_init(&f->v, &c));
	f->ncpus = 6;
	guest_boot(f);
	for (u32 i = 0; i < 16; i++) {
		vgic_sgi(&f->v, 0, VGIC_SGI1R, sgi_value(i, 0xffff, 0, 0));
		for (u32 j = 0; j < 16; j++)
			g_assert_cmphex(sgi_pending(f, j), ==, j == i ? 0x03 : 0);
	}
	vgic_sgi(&f->v, 0, VGIC_SGI1R, sgi_value(3, 2, 0, 0));
	g_assert_cmphex(sgi_pending(f, 3), ==, BIT(1));
	vgic_sgi(&f->v, 0, VGIC_SGI1R, sgi_value(3, 0x8001, 1, 0));
	g_assert_cmphex(sgi_pending(f, 3), ==, BIT(2) | BIT(3));
	vgic_sgi(&f->v, 0, VGIC_SGI1R, sgi_value(3, 4, 0, 1)); /* RS 1: Aff0 0x12 */
	g_assert_cmphex(sgi_pending(f, 3), ==, BIT(4));
	vgic_sgi(&f->v, 0, VGIC_SGI1R, sgi_value(3, 4, 0, 2));
	g_assert_cmphex(sgi_pending(f, 3), ==, 0);
	vgic_sgi(&f->v, 0, VGIC_SGI1R,
		 sgi_value(3, 0x20, 1, 0) | UINT64_C(2) << 32 | UINT64_C(3) << 48);
	g_assert_cmphex(sgi_pending(f, 3), ==, BIT(5));
	vgic_sgi(&f->v, 0, VGIC_SGI1R, sgi_value(3, 0x20, 1, 0) | UINT64_C(2) << 32);
	g_assert_cmphex(sgi_pending(f, 3), ==, 0);
	/* IRM: all but the sender, whatever else it says */
	vgic_sgi(&f->v, 4, VGIC_SGI1R, sgi_value(7, 1, 0, 0) | BIT(40));
	g_assert_cmphex(sgi_pending(f, 7), ==, 0x2f);

	/* groups: SGI0R and ASGI1R reach group 0 only */
	vgic_sgi(&f->v, 0, VGIC_SGI0R, sgi_value(3, 3, 0, 0));
	g_assert_cmphex(sgi_pending(f, 3), ==, 0);
	vgic_sgi(&f->v, 0, VGIC_ASGI1R, sgi_value(3, 3, 0, 0));
	g_assert_cmphex(sgi_pending(f, 3), ==, 0);
	gicr_write(f, 1, 1, SGI_FRAME + IGROUPR, 4, ~(u32)BIT(3));
	vgic_sgi(&f->v, 0, VGIC_SGI0R, sgi_value(3, 3, 0, 0));
	g_assert_cmphex(sgi_pending(f, 3), ==, BIT(1));
	fake_free(f);
}

static void test_sgi_delivery(void)
{
	struct fake *f = fake_new(3, 64, 4, 0);

	guest_boot(f);
	for (u32 c = 0; c < 3; c++)
		irq_setup(f, c, 1, 0xa0);
	settle(f);
	f->kicked = 0;
	vgic_sgi(&f->v, 0, VGIC_SGI1R, sgi_value(1, 7, 0, 0));
	g_assert_cmphex(f->kicked, ==, 6); /* not the caller */
	for (u32 c = 0; c < 3; c++)
		g_assert_true(vgic_attention(&f->v, c));
	settle(f);
	for (u32 c = 0; c < 3; c++) {
		g_assert_cmpuint(guest_ack(f, c), ==, 1);
		guest_eoi(f, c, 1);
		g_assert_cmpuint(guest_ack(f, c), ==, 1023);
	}
	/* sent again while the old one is in the list register, handled, not synced */
	vgic_sgi(&f->v, 0, VGIC_SGI1R, sgi_value(1, 2, 0, 0));
	settle(f);
	g_assert_cmpuint(guest_ack(f, 1), ==, 1);
	f->kicked = 0;
	vgic_sgi(&f->v, 0, VGIC_SGI1R, sgi_value(1, 2, 0, 0));
	g_assert_cmphex(f->kicked, ==, 2);
	settle(f);
	guest_eoi(f, 1, 1);
	g_assert_cmpuint(guest_ack(f, 1), ==, 1);
	guest_eoi(f, 1, 1);
	g_assert_cmpuint(guest_ack(f, 1), ==, 1023);
	fake_free(f);
}

static void test_groups(void)
{
	struct fake *f = fake_new(1, 64, 4, 0);
	struct gic_vcpuif g0 = open_cif(), g1 = open_cif();

	g0.vmcr &= ~ICH_VMCR_VENG1;
	g1.vmcr &= ~ICH_VMCR_VENG0;
	guest_boot(f);
	set_edge(f, 0, 40, true);
	irq_setup(f, 0, 40, 0xa0);
	vgic_inject_edge(&f->v, 0, 40);
	g_assert_false(vgic_signals(&f->v, 0, &g0, 5));
	g_assert_cmpint(vgic_signals(&f->v, 0, &g1, 5), ==, VGIC_IRQ);
	gicd_write(f, 0, IGROUPR + 4, 4, 0);
	g_assert_cmpint(vgic_signals(&f->v, 0, &g0, 5), ==, VGIC_FIQ);
	g_assert_false(vgic_signals(&f->v, 0, &g1, 5));
	vcpu_enter(f, 0);
	g_assert_cmphex(f->cif[0].lr[0], ==, lr_make_sw(40, LR_PENDING, false, 0xa0, false));

	/* the distributor's group enables; RWP until what was in a list register is back */
	gicd_write(f, 0, 0, 4, 2);
	g_assert_cmphex(gicd_read(f, 0, 0, 4), ==, BIT(31) | 0x52);
	vcpu_enter(f, 0);
	g_assert_cmphex(gicd_read(f, 0, 0, 4), ==, 0x52);
	g_assert_false(guest_irq(f, 0));
	g_assert_true(vgic_idle(&f->v, 0));
	gicd_write(f, 0, 0, 4, 1);
	vcpu_enter(f, 0);
	g_assert_cmpuint(guest_ack(f, 0), ==, 40);
	/* an active one stays with its vCPU although its group goes off */
	gicd_write(f, 0, 0, 4, 0);
	vcpu_enter(f, 0);
	g_assert_cmpuint(ST(f->cif[0].lr[0]), ==, LR_ACTIVE);
	fake_free(f);
}

/* Target, enable and priority change while a list register of another vCPU has the interrupt. */
static void test_remote_change(void)
{
	struct fake *f = fake_new(2, 64, 4, 1);

	guest_boot(f);
	irq_setup(f, 0, 40, 0xa0);
	gicd_write(f, 0, IROUTER + 8 * 40, 8, 1);
	set_edge(f, 0, 40, true);
	f->spi[40].latch = true;
	settle(f);
	g_assert_cmpint(lr_of(f, 1, 40), ==, 0);

	/* disable: vCPU 1 is kicked, RWP reads 1 until it has synced */
	f->kicked = 0;
	bit_write(f, 0, 0, ICENABLER, 40);
	g_assert_cmphex(f->kicked, ==, 2);
	g_assert_cmphex(gicd_read(f, 0, 0, 4) & BIT(31), ==, BIT(31));
	vcpu_enter(f, 0);
	g_assert_cmphex(gicd_read(f, 0, 0, 4) & BIT(31), ==, BIT(31));
	vcpu_enter(f, 1);
	g_assert_cmphex(gicd_read(f, 0, 0, 4) & BIT(31), ==, 0);
	g_assert_false(guest_irq(f, 1));
	bit_write(f, 0, 0, ISENABLER, 40);
	settle(f);
	g_assert_true(guest_irq(f, 1));

	/* other target: requeued there once vCPU 1 has synced */
	f->kicked = 0;
	gicd_write(f, 0, IROUTER + 8 * 40, 8, 0);
	g_assert_cmphex(f->kicked, ==, 2);
	g_assert_false(vgic_attention(&f->v, 0));
	vcpu_enter(f, 1);
	g_assert_true(vgic_attention(&f->v, 0));
	settle(f);
	g_assert_false(guest_irq(f, 1));
	g_assert_cmpuint(guest_ack(f, 0), ==, 40);
	/* active: stays where it was acknowledged, and the next one goes to the new target */
	vcpu_sync(f, 0);
	gicd_write(f, 0, IROUTER + 8 * 40, 8, 1);
	settle(f);
	g_assert_cmpint(lr_of(f, 0, 40), ==, 0);
	f->spi[40].latch = true;
	guest_eoi(f, 0, 40);
	vcpu_enter(f, 1);
	vcpu_enter(f, 0);
	settle(f);
	g_assert_cmpuint(guest_ack(f, 1), ==, 40);
	guest_eoi(f, 1, 40);
	settle(f);

	/* priority and group reach the list register too */
	f->spi[40].latch = true;
	settle(f);
	f->kicked = 0;
	set_prio(f, 0, 40, 0x20);
	g_assert_cmphex(f->kicked, ==, 2);
	settle(f);
	g_assert_cmpuint(LR_PRIO(f->cif[1].lr[0]), ==, 0x20);

	/* a read of its state kicks, so that a poll ends */
	f->kicked = 0;
	guest_ack(f, 1);
	g_assert_false(bit_read(f, 0, 0, ISACTIVER, 40));
	g_assert_cmphex(f->kicked, ==, 2);
	vcpu_enter(f, 1);
	g_assert_true(bit_read(f, 0, 0, ISACTIVER, 40));
	fake_free(f);
}

/* An edge for another vCPU while the interrupt is active here is not presented here. */
static void test_pending_elsewhere(void)
{
	struct fake *f = edge_taken(2);

	vcpu_sync(f, 0);
	gicd_write(f, 0, IROUTER + 8 * 40, 8, 1);
	vgic_inject_edge(&f->v, 0, 40);
	settle(f);
	/* not "pending and active" here, but an exit at EOI, to pass it on */
	g_assert_cmphex(f->cif[0].lr[0], ==, lr_make_sw(40, LR_ACTIVE, true, 0xa0, true));
	guest_eoi(f, 0, 40);
	settle(f);
	g_assert_cmpuint(guest_ack(f, 0), ==, 1023);
	g_assert_cmpuint(guest_ack(f, 1), ==, 40);
	fake_free(f);
}

static void test_one_of_n(void)
{
	struct fake *f = fake_new(4, 64, 4, 0);

	guest_boot(f);
	set_edge(f, 0, 40, true);
	irq_setup(f, 0, 40, 0xa0);
	gicd_write(f, 0, IROUTER + 8 * 40, 8, BIT(31));
	for (u32 c = 0; c < 4; c++)
		gicr_write(f, c, c, 0x14, 4, 2); /* asleep */
	vgic_inject_edge(&f->v, 0, 40);
	settle(f);
	for (u32 c = 0; c < 4; c++)
		g_assert_false(guest_irq(f, c));
	gicr_write(f, 2, 2, 0x14, 4, 0);
	settle(f);
	g_assert_cmpuint(guest_ack(f, 2), ==, 40);
	fake_free(f);

	/* a physical one goes to whoever acknowledged it */
	f = fake_new(4, 64, 4, 1);
	guest_boot(f);
	irq_setup(f, 0, 40, 0xa0);
	gicd_write(f, 0, IROUTER + 8 * 40, 8, BIT(31));
	f->spi[40].line = true;
	vcpu_enter(f, 3);
	settle(f);
	g_assert_cmpuint(guest_ack(f, 3), ==, 40);
	f->spi[40].line = false;
	guest_eoi(f, 3, 40);
	/* vCPU 3 has not synced: its list register is empty, vCPU 1 gets the next */
	f->spi[40].line = true;
	vcpu_enter(f, 1);
	settle(f);
	g_assert_cmpuint(guest_ack(f, 1), ==, 40);
	g_assert_cmpuint(guest_ack(f, 3), ==, 1023);

	/* and where it was sent in place of any, it is sent again when that one goes */
	gicd_write(f, 0, IROUTER + 8 * 41, 8, 2);
	gicd_write(f, 0, IROUTER + 8 * 70, 8, BIT(31)); /* not physical */
	for (u32 i = 40; i <= 70; i += i == 40 ? 1 : 29)
		f->spi[i].cpu = 3;
	f->ops = 0;
	vgic_route_again(&f->v);
	g_assert_cmpuint(f->ops, ==, 1);
	g_assert_cmpint(f->spi[40].cpu, ==, -1);
	g_assert_cmpint(f->spi[41].cpu, ==, 3);
	g_assert_cmpint(f->spi[70].cpu, ==, 3);
	fake_free(f);
}

/* Routed to an affinity that nobody has. */
static void test_no_target(void)
{
	struct fake *f = fake_new(2, 64, 4, 0);

	guest_boot(f);
	irq_setup(f, 0, 40, 0xa0);
	gicd_write(f, 0, IROUTER + 8 * 40, 8, 0x77);
	vgic_inject_edge(&f->v, 0, 40);
	settle(f);
	g_assert_true(vgic_idle(&f->v, 0) && vgic_idle(&f->v, 1));
	bit_write(f, 1, 1, ISACTIVER, 40); /* someone must own it */
	settle(f);
	g_assert_cmpint(lr_of(f, 1, 40), ==, 0);
	f->cif[1].eoimode = true;
	guest_dir(f, 1, 40);
	gicd_write(f, 0, IROUTER + 8 * 40, 8, 1);
	settle(f);
	g_assert_cmpuint(guest_ack(f, 1), ==, 40);
	fake_free(f);
}

static void test_reset_cpu(void)
{
	struct fake *f = fake_new(2, 64, 4, 1);

	guest_boot(f);
	irq_setup(f, 1, 1, 0x80);
	irq_setup(f, 1, 27, 0x80);
	irq_setup(f, 1, 40, 0x80);
	gicd_write(f, 0, IROUTER + 8 * 40, 8, 1);
	vgic_sgi(&f->v, 0, VGIC_SGI1R, sgi_value(1, 2, 0, 0));
	f->ppi[1][27].active = true;
	vgic_inject_hw(&f->v, 1, 27, 27);
	f->spi[40].line = true;
	settle(f);
	f->spi[40].line = false;
	g_assert_cmpint(lr_of(f, 1, 1), >=, 0);
	g_assert_cmpint(lr_of(f, 1, 27), >=, 0);
	g_assert_cmpint(lr_of(f, 1, 40), >=, 0);
	vgic_reset_cpu(&f->v, 1);
	for (u32 i = 0; i < GIC_MAX_LRS; i++)
		f->cif[1].lr[i] = 0;
	f->cif[1].hcr = 1;
	/* nothing physical stays active, nothing private is left */
	g_assert_false(f->ppi[1][27].active);
	g_assert_false(f->spi[40].active);
	g_assert_cmphex(gicr_read(f, 0, 1, SGI_FRAME + ISENABLER, 4), ==, 0);
	g_assert_cmphex(gicr_read(f, 0, 1, SGI_FRAME + ISPENDR, 4), ==, 0);
	g_assert_cmphex(gicr_read(f, 0, 1, SGI_FRAME + ICFGR, 4), ==, 0xaaaaaaaa);
	g_assert_cmphex(gicr_read(f, 0, 1, 0x14, 4), ==, 6);
	settle(f);
	g_assert_true(vgic_idle(&f->v, 1));
	/* the SPI works on */
	f->spi[40].line = true;
	settle(f);
	g_assert_cmpuint(guest_ack(f, 1), ==, 40);
	fake_free(f);
}

/*
 * A vCPU goes with an SPI active in a list register. Its L2 has deactivated that, or not; nothing
 * of it is left, and the next one is another.
 */
static void test_reset_cpu_active(void)
{
	for (u32 done = 0; done < 2; done++) {
		struct fake *f = fake_new(2, 64, 4, 1);
		struct pirq *p = &f->spi[40];
		u32 pintid, occurrence;

		guest_boot(f);
		irq_setup(f, 1, 40, 0x80);
		gicd_write(f, 0, IROUTER + 8 * 40, 8, 1);
		p->line = true;
		settle(f);
		g_assert_cmpuint(guest_ack(f, 1), ==, 40);
		g_assert_true(vgic_hw_linked(&f->v, 1, 40, &pintid, &occurrence));
		if (done) {
			p->active = false;
			vgic_hw_deactivated(&f->v, 1, 40, occurrence);
			p->active = true; /* again: CPU 0 has it, the vGIC not yet */
		}
		p->line = false;
		vgic_reset_cpu(&f->v, 1);
		memset(&f->cif[1], 0, sizeof(f->cif[1]));
		g_assert_true(p->active == !!done);
		g_assert_false(bit_read(f, 0, 0, ISACTIVER, 40));
		g_assert_false(bit_read(f, 0, 0, ISPENDR, 40));
		g_assert_false(vgic_hw_linked(&f->v, 1, 40, &pintid, NULL));

		gicd_write(f, 0, IROUTER + 8 * 40, 8, 0);
		p->line = true;
		if (done)
			vgic_inject_hw(&f->v, 0, 40, 40);
		settle(f);
		g_assert_cmpuint(guest_ack(f, 0), ==, 40);
		p->line = false;
		bit_write(f, 0, 0, ICACTIVER, 40); /* while the list register has it */
		settle(f);
		g_assert_false(p->active);
		g_assert_true(vgic_idle(&f->v, 0));
		fake_free(f);
	}
}

/* Pending again while active and disabled; enabled while a list register has it. */
static void test_enable_in_lr(void)
{
	for (u32 by_group = 0; by_group < 2; by_group++) {
		struct fake *f = fake_new(2, 64, 4, 0);

		guest_boot(f);
		irq_setup(f, 0, 40, 0x80);
		bit_write(f, 0, 0, ISPENDR, 40);
		settle(f);
		g_assert_cmpuint(guest_ack(f, 0), ==, 40);
		if (by_group)
			gicd_write(f, 1, 0, 4, 0);
		else
			bit_write(f, 1, 0, ICENABLER, 40);
		bit_write(f, 1, 0, ISPENDR, 40);
		settle(f);
		/* no exit at EOI: there is nothing that could follow */
		g_assert_cmphex(f->cif[0].lr[0], ==, lr_make_sw(40, LR_ACTIVE, true, 0x80, false));
		f->kicked = 0;
		if (by_group)
			gicd_write(f, 1, 0, 4, 2);
		else
			bit_write(f, 1, 0, ISENABLER, 40);
		g_assert_cmphex(f->kicked, ==, 1);
		settle(f);
		guest_eoi(f, 0, 40);
		vcpu_enter(f, 0);
		g_assert_cmpuint(guest_ack(f, 0), ==, 40);
		fake_free(f);
	}
}

/* Cleared and set again by MMIO while a list register has it: the last word counts. */
static void test_active_toggle(void)
{
	struct fake *f = fake_new(2, 64, 4, 0);

	guest_boot(f);
	f->cif[0].eoimode = true;
	set_edge(f, 0, 40, true);
	irq_setup(f, 0, 40, 0x80);
	vgic_inject_edge(&f->v, 0, 40);
	settle(f);
	g_assert_cmpuint(guest_ack(f, 0), ==, 40);
	bit_write(f, 1, 1, ICACTIVER, 40);
	bit_write(f, 1, 1, ISACTIVER, 40);
	g_assert_true(bit_read(f, 1, 1, ISACTIVER, 40));
	settle(f);
	g_assert_cmphex(f->cif[0].lr[0], ==, lr_make_sw(40, LR_ACTIVE, true, 0x80, false));
	bit_write(f, 1, 1, ISACTIVER, 40);
	bit_write(f, 1, 1, ICACTIVER, 40);
	settle(f);
	g_assert_cmphex(f->cif[0].lr[0], ==, 0);
	/* pending: set then cleared, cleared then set */
	vgic_inject_edge(&f->v, 0, 40);
	settle(f);
	bit_write(f, 1, 1, ISPENDR, 40);
	bit_write(f, 1, 1, ICPENDR, 40);
	settle(f);
	g_assert_cmphex(f->cif[0].lr[0], ==, 0);
	vgic_inject_edge(&f->v, 0, 40);
	settle(f);
	bit_write(f, 1, 1, ICPENDR, 40);
	bit_write(f, 1, 1, ISPENDR, 40);
	settle(f);
	g_assert_cmpuint(ST(f->cif[0].lr[0]), ==, LR_PENDING);
	fake_free(f);

	/* a physical one keeps its link */
	f = fake_new(2, 64, 4, 1);
	guest_boot(f);
	irq_setup(f, 0, 40, 0x80);
	f->spi[40].line = true;
	settle(f);
	g_assert_cmpuint(guest_ack(f, 0), ==, 40);
	bit_write(f, 1, 1, ICACTIVER, 40);
	bit_write(f, 1, 1, ISACTIVER, 40);
	settle(f);
	g_assert_cmphex(f->cif[0].lr[0], ==, lr_make_hw(40, LR_ACTIVE, true, 0x80, 40));
	fake_free(f);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/vgic/edge", test_edge);
	g_test_add_func("/vgic/edge-in-lr", test_edge_in_lr);
	g_test_add_func("/vgic/level", test_level);
	g_test_add_func("/vgic/level-latch", test_level_latch);
	g_test_add_func("/vgic/hw", test_hw);
	g_test_add_func("/vgic/hw-mmio", test_hw_mmio);
	g_test_add_func("/vgic/hw-unknown", test_hw_unknown);
	g_test_add_func("/vgic/sgi-decode", test_sgi_decode);
	g_test_add_func("/vgic/sgi-delivery", test_sgi_delivery);
	g_test_add_func("/vgic/groups", test_groups);
	g_test_add_func("/vgic/remote-change", test_remote_change);
	g_test_add_func("/vgic/pending-elsewhere", test_pending_elsewhere);
	g_test_add_func("/vgic/one-of-n", test_one_of_n);
	g_test_add_func("/vgic/no-target", test_no_target);
	g_test_add_func("/vgic/reset-cpu", test_reset_cpu);
	g_test_add_func("/vgic/reset-cpu-active", test_reset_cpu_active);
	g_test_add_func("/vgic/enable-in-lr", test_enable_in_lr);
	g_test_add_func("/vgic/active-toggle", test_active_toggle);
	return g_test_run();
}
