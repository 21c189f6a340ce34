// SPDX-License-Identifier: Apache-2.0
/* LPIs in the vgic: the redistributor's registers, list registers, configuration, moves. */
#include "fake.h"

#define GICD_TYPER 0x0004
#define CTLR	   0x0000
#define TYPER	   0x0008
#define PROPBASER  0x0070
#define PENDBASER  0x0078

#define NR_CPUS 3
#define LRS	4
#define LPI	GIC_FIRST_LPI

/* One table for all: bit 0 is enable. */
static u8 config[VGIC_NR_LPIS];
static u32 asked;
static bool agree;

static bool lpi_enable(void *ctx, u32 cpu, u64 propbaser, u64 pendbaser)
{
	struct fake *f = ctx;

	g_assert_true(spin_is_locked(&f->v.lock));
	g_assert_cmphex(propbaser, ==, 0x4000000f);
	g_assert_cmphex(pendbaser, ==, BIT(62) | 0x50000000);
	g_assert_cmpuint(cpu, <, NR_CPUS);
	asked++;
	return agree;
}

static u8 lpi_config(void *ctx, u64 propbaser, u32 intid)
{
	g_assert_true(spin_is_locked(&((struct fake *)ctx)->v.lock));
	g_assert_cmphex(propbaser, ==, 0x4000000f);
	g_assert_cmpuint(intid, >=, LPI);
	g_assert_cmpuint(intid, <, 65536);
	return config[intid - LPI];
}

static struct fake *start(void)
{
	struct fake *f = fake_new(NR_CPUS, 64, LRS, 0);
	static struct vgic_ops ops;
	static struct vgic_lpi_cpu sets[MAX_CPUS];
	struct vgic_config cfg = {.ncpus = NR_CPUS,
				  .nr_spis = 64,
				  .prio_bits = 5,
				  .lpi = sets,
				  .ops = &ops,
				  .ctx = f};

	ops = *f->v.ops;
	g_assert_false(vgic_init(&f->v, &cfg)); /* needs the operations for LPIs */
	ops.lpi_enable = lpi_enable;
	ops.lpi_config = lpi_config;
	for (u32 i = 0; i < NR_CPUS; i++)
		cfg.mpidr[i] = i;
	g_assert_true(vgic_init(&f->v, &cfg));
	memset(config, 0xa1, sizeof(config));
	agree = true;
	guest_boot(f);
	for (u32 c = 0; c < NR_CPUS; c++) {
		gicr_write(f, c, c, PROPBASER, 8, 0x40000000 | 15);
		gicr_write(f, c, c, PENDBASER, 8, BIT(62) | 0x50000000);
		gicr_write(f, c, c, CTLR, 4, 1);
	}
	return f;
}

static void test_registers(void)
{
	struct fake *f = fake_new(1, 64, LRS, 0);

	/* without an ITS: nothing */
	g_assert_cmphex(gicd_read(f, 0, GICD_TYPER, 4) & (BIT(17) | 31 << 19), ==, 9 << 19);
	gicr_write(f, 0, 0, PROPBASER, 8, ~UINT64_C(0));
	gicr_write(f, 0, 0, CTLR, 4, 1);
	g_assert_cmphex(gicr_read(f, 0, 0, PROPBASER, 8), ==, 0);
	g_assert_cmphex(gicr_read(f, 0, 0, CTLR, 4), ==, 0);
	g_assert_cmphex(gicr_read(f, 0, 0, TYPER, 4) & 1, ==, 0);
	vgic_inject_lpi(&f->v, 0, LPI);
	g_assert_true(vgic_idle(&f->v, 0) || vgic_attention(&f->v, 0));
	fake_free(f);

	f = start();
	g_assert_cmphex(gicd_read(f, 0, GICD_TYPER, 4) & (BIT(17) | 31 << 19), ==,
			BIT(17) | 15 << 19);
	g_assert_cmphex(gicr_read(f, 0, 0, TYPER, 4) & 1, ==, 1);
	/* PTZ reads 0; on for good, and then the tables stay */
	g_assert_cmphex(gicr_read(f, 0, 1, PENDBASER, 8), ==, 0x50000000);
	gicr_write(f, 0, 1, PENDBASER, 8, 0);
	gicr_write(f, 0, 1, PROPBASER + 4, 4, 1);
	gicr_write(f, 0, 1, CTLR, 4, 0);
	g_assert_cmphex(gicr_read(f, 0, 1, PENDBASER, 8), ==, 0x50000000);
	g_assert_cmphex(gicr_read(f, 0, 1, PROPBASER, 4), ==, 0x4000000f);
	g_assert_cmphex(gicr_read(f, 0, 1, CTLR, 4), ==, 1);
	/* PSCI turns the CPU off and on: the redistributor's LPIs stay on */
	vgic_reset_cpu(&f->v, 1);
	g_assert_cmphex(gicr_read(f, 0, 1, CTLR, 4), ==, 1);
	fake_free(f);
}

static void test_refused(void)
{
	struct fake *f = start();
	struct vgic_lpi_cpu *c = &f->v.lpi[0];

	c->on = false;
	agree = false;
	asked = 0;
	gicr_write(f, 0, 0, PROPBASER, 8, 0x4000001f); /* more bits than GICD_TYPER has */
	gicr_write(f, 0, 0, PENDBASER + 4, 4, BIT(30));
	gicr_write(f, 0, 0, CTLR, 4, 1);
	g_assert_cmpuint(asked, ==, 1);
	g_assert_cmphex(gicr_read(f, 0, 0, CTLR, 4), ==, 0);
	agree = true;
	gicr_write(f, 0, 0, CTLR, 4, 1);
	gicr_write(f, 0, 0, CTLR, 4, 1);
	g_assert_cmpuint(asked, ==, 2);
	fake_free(f);
}

static void test_order(void)
{
	struct fake *f = start();
	static const u32 order[] = {LPI + 57343, LPI + 2048, LPI + 5000, LPI, LPI + 1, LPI + 64};

	/* priority, then INTID; the lowest two bits are no priority */
	config[57343] = 0x01;
	config[2048] = 0x83;
	for (u32 i = 0; i < ARRAY_SIZE(order); i++)
		vgic_inject_lpi(&f->v, 1, order[ARRAY_SIZE(order) - 1 - i]);
	config[5000] = 0x91;
	g_assert_false(vgic_idle(&f->v, 1));
	for (u32 i = 0; i < ARRAY_SIZE(order); i++) {
		vcpu_enter(f, 1);
		g_assert_cmpuint(guest_ack(f, 1), ==, order[i]);
		guest_eoi(f, 1, order[i]);
	}
	vcpu_enter(f, 1);
	g_assert_cmpuint(guest_ack(f, 1), ==, 1023);
	g_assert_cmpuint(guest_ack(f, 0), ==, 1023);
	vcpu_sync(f, 1);
	vcpu_enter(f, 1);
	g_assert_true(vgic_idle(&f->v, 1));
	fake_free(f);
}

/* All of them at once, a few list registers: each comes once. */
static void test_all(void)
{
	struct fake *f = start();
	static bool seen[VGIC_NR_LPIS];
	u32 n = 0, intid;

	memset(seen, 0, sizeof(seen));
	for (u32 i = 0; i < VGIC_NR_LPIS; i += 7)
		vgic_inject_lpi(&f->v, 0, LPI + i);
	for (;; n++) {
		vcpu_enter(f, 0);
		intid = guest_ack(f, 0);
		if (intid == 1023)
			break;
		g_assert_false(seen[intid - LPI]);
		seen[intid - LPI] = true;
		guest_eoi(f, 0, intid);
	}
	g_assert_cmpuint(n, ==, (VGIC_NR_LPIS + 6) / 7);
	fake_free(f);
}

/* No active state: one that comes again while it is handled is pending again, and once only. */
static void test_again(void)
{
	struct fake *f = start();

	vgic_inject_lpi(&f->v, 0, LPI + 3);
	vcpu_enter(f, 0);
	g_assert_cmpuint(guest_ack(f, 0), ==, LPI + 3);
	vgic_inject_lpi(&f->v, 0, LPI + 3);
	vgic_inject_lpi(&f->v, 0, LPI + 3);
	vcpu_enter(f, 0);
	g_assert_cmpuint(guest_ack(f, 0), ==, 1023); /* the running priority keeps it away */
	f->cif[0].apr = 0;			     /* priority drop */
	g_assert_cmpuint(guest_ack(f, 0), ==, LPI + 3);
	f->cif[0].apr = 0;
	vcpu_sync(f, 0);
	vcpu_enter(f, 0);
	g_assert_cmpuint(guest_ack(f, 0), ==, 1023);
	fake_free(f);
}

static void test_disabled(void)
{
	struct fake *f = start();

	/* found disabled: set aside until the guest says that it has changed the table */
	config[5] = 0xa0;
	vgic_inject_lpi(&f->v, 0, LPI + 5);
	vgic_inject_lpi(&f->v, 0, LPI + 6);
	vcpu_enter(f, 0);
	g_assert_cmpuint(guest_ack(f, 0), ==, LPI + 6);
	guest_eoi(f, 0, LPI + 6);
	config[5] = 0xa1;
	vcpu_sync(f, 0);
	vcpu_enter(f, 0);
	g_assert_false(guest_irq(f, 0));
	vgic_lpi_changed(&f->v);
	vcpu_enter(f, 0);
	g_assert_true(guest_irq(f, 0));
	/* and one in a list register goes when it is disabled, at the latest when the ITS is done
	 */
	config[5] = 0xa0;
	g_assert_false(vgic_lpi_waiting(&f->v));
	vgic_lpi_changed(&f->v);
	g_assert_true(vgic_lpi_waiting(&f->v));
	g_assert_cmphex(f->kicked & 1, ==, 1);
	vcpu_enter(f, 0);
	g_assert_false(vgic_lpi_waiting(&f->v));
	g_assert_false(guest_irq(f, 0));
	/* more disabled ones than are looked at hide no other */
	memset(config, 0xa0, 200);
	for (u32 i = 0; i <= 200; i++)
		vgic_inject_lpi(&f->v, 2, LPI + i);
	settle(f);
	g_assert_cmpuint(guest_ack(f, 2), ==, LPI + 200);
	fake_free(f);
}

static void test_clear_and_move(void)
{
	struct fake *f = start();

	vgic_inject_lpi(&f->v, 0, LPI + 1);
	vgic_lpi_clear(&f->v, LPI + 1);
	vcpu_enter(f, 0);
	g_assert_false(guest_irq(f, 0));
	/* in a list register */
	vgic_inject_lpi(&f->v, 0, LPI + 1);
	vcpu_enter(f, 0);
	vgic_lpi_clear(&f->v, LPI + 1);
	g_assert_true(vgic_lpi_waiting(&f->v));
	vcpu_enter(f, 0);
	g_assert_false(guest_irq(f, 0));
	g_assert_false(vgic_lpi_waiting(&f->v));

	vgic_inject_lpi(&f->v, 0, LPI + 2);
	vgic_lpi_move(&f->v, LPI + 2, 2);
	settle(f);
	g_assert_false(guest_irq(f, 0));
	g_assert_cmpuint(guest_ack(f, 2), ==, LPI + 2);
	guest_eoi(f, 2, LPI + 2);

	/* a vCPU that goes off */
	for (u32 i = 0; i < 8; i++)
		vgic_inject_lpi(&f->v, 1, LPI + i);
	vcpu_enter(f, 1);
	vcpu_sync(f, 1);
	vgic_lpi_move_all(&f->v, 1, 0);
	vgic_reset_cpu(&f->v, 1);
	for (u32 i = 0; i < 8; i++) {
		vcpu_enter(f, 0);
		g_assert_cmpuint(guest_ack(f, 0), ==, LPI + i);
		guest_eoi(f, 0, LPI + i);
	}
	/* nobody, nowhere */
	vgic_inject_lpi(&f->v, 0, 8191);
	vgic_inject_lpi(&f->v, 0, 65536);
	vgic_lpi_clear(&f->v, 65536);
	vgic_lpi_move(&f->v, LPI, NR_CPUS);
	vgic_lpi_move_all(&f->v, 0, NR_CPUS);
	fake_free(f);
}

/* With the list registers L2's: does L1 get an exit? And GICD_CTLR holds for LPIs. */
/* An ITS may move an LPI to a CPU that enables LPIs later, by which time nothing else asks for a
 * look. */
static void test_enabled_late(void)
{
	struct fake *f = start();

	f->v.lpi[1].on = false;
	vgic_inject_lpi(&f->v, 0, LPI + 1);
	vgic_lpi_move(&f->v, LPI + 1, 1);
	settle(f);
	g_assert_false(guest_irq(f, 1));
	gicr_write(f, 1, 1, CTLR, 4, 1);
	settle(f);
	g_assert_true(guest_irq(f, 1));
	g_assert_cmpuint(guest_ack(f, 1), ==, LPI + 1);
	fake_free(f);
}

static void test_signals(void)
{
	struct gic_vcpuif cif = open_cif();
	struct fake *f = start();

	g_assert_false(vgic_signals(&f->v, 0, &cif, 5));
	vgic_inject_lpi(&f->v, 0, LPI + 1);
	g_assert_true(vgic_signals(&f->v, 0, &cif, 5));
	cif.vmcr = UINT64_C(0xa0) << 24 | 2; /* masked by priority */
	g_assert_false(vgic_signals(&f->v, 0, &cif, 5));
	cif.vmcr = UINT64_C(0xff) << 24 | 1; /* group 0 alone */
	g_assert_false(vgic_signals(&f->v, 0, &cif, 5));
	vcpu_enter(f, 0);
	g_assert_true(guest_irq(f, 0));
	gicd_write(f, 1, 0, 4, 1);
	vcpu_enter(f, 0);
	g_assert_false(guest_irq(f, 0));
	gicd_write(f, 1, 0, 4, 3);
	vcpu_enter(f, 0);
	g_assert_cmpuint(guest_ack(f, 0), ==, LPI + 1);
	fake_free(f);
}

/* LPIs share the list registers with others by priority. */
static void test_mixed(void)
{
	struct fake *f = start();

	for (u32 i = 0; i < 6; i++) {
		set_edge(f, 0, 40 + i, true);
		irq_setup(f, 0, 40 + i, (u8)(0x90 + 8 * i));
		vgic_inject_edge(&f->v, 0, 40 + i);
		config[i] = (u8)(0x91 + 8 * i);
		vgic_inject_lpi(&f->v, 0, LPI + i);
	}
	for (u32 i = 0; i < 12; i++) {
		u32 want = i % 2 ? LPI + i / 2 : 40 + i / 2;

		vcpu_enter(f, 0);
		g_assert_cmpuint(guest_ack(f, 0), ==, want);
		guest_eoi(f, 0, want);
	}
	vcpu_enter(f, 0);
	g_assert_false(guest_irq(f, 0));
	fake_free(f);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/lpi/registers", test_registers);
	g_test_add_func("/lpi/refused", test_refused);
	g_test_add_func("/lpi/order", test_order);
	g_test_add_func("/lpi/all", test_all);
	g_test_add_func("/lpi/again", test_again);
	g_test_add_func("/lpi/disabled", test_disabled);
	g_test_add_func("/lpi/clear-and-move", test_clear_and_move);
	g_test_add_func("/lpi/enabled-late", test_enabled_late);
	g_test_add_func("/lpi/signals", test_signals);
	g_test_add_func("/lpi/mixed", test_mixed);
	return g_test_run();
}
