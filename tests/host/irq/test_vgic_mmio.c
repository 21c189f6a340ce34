// SPDX-License-Identifier: Apache-2.0
/* The distributor and redistributor frames, register by register. */
#include "fake.h"

static void test_init(void)
{
	static struct vgic v;
	static const struct vgic_ops none;
	struct fake *f = fake_new(1, 32, 4, 0);
	struct vgic_config c = {
		.ncpus = 2, .mpidr = {0, 1}, .nr_spis = 64, .prio_bits = 5, .ops = f->v.ops};

	g_assert_true(vgic_init(&v, &c));
	g_assert_cmpuint(v.nr_intids, ==, 96);
	c.nr_spis = 95; /* rounds down */
	g_assert_true(vgic_init(&v, &c));
	g_assert_cmpuint(v.nr_intids, ==, 96);
	c.nr_spis = 989;
	g_assert_false(vgic_init(&v, &c));
	c.nr_spis = 0;
	g_assert_true(vgic_init(&v, &c));
	g_assert_cmpuint(v.nr_intids, ==, 32);
	c.ncpus = 0;
	g_assert_false(vgic_init(&v, &c));
	c.ncpus = MAX_CPUS + 1;
	g_assert_false(vgic_init(&v, &c));
	c.ncpus = 2;
	c.prio_bits = 3;
	g_assert_false(vgic_init(&v, &c));
	c.prio_bits = 9;
	g_assert_false(vgic_init(&v, &c));
	c.prio_bits = 8;
	c.mpidr[1] = BIT(32); /* Aff3 without A3V */
	g_assert_false(vgic_init(&v, &c));
	c.a3v = true;
	g_assert_true(vgic_init(&v, &c));
	c.ops = &none;
	g_assert_false(vgic_init(&v, &c));
	fake_free(f);
}

static void test_distributor_id(void)
{
	struct fake *f = fake_new(4, VGIC_MAX_SPIS, 4, 0);
	u32 typer = (u32)gicd_read(f, 0, 4, 4);

	g_assert_cmphex(typer & 0x1f, ==, 31);	    /* 1020 INTIDs */
	g_assert_cmphex(typer >> 19 & 0x1f, ==, 9); /* 10 bits */
	g_assert_true(typer & BIT(24));		    /* A3V */
	/* CPUNumber, ESPI, NMI, SecurityExtn, LPIs, MBIS, LPIS, DVIS, No1N, RSS */
	g_assert_cmphex(typer & ~(0x1fu | 0x1fu << 19 | (u32)BIT(24)), ==, 0);
	g_assert_cmphex(gicd_read(f, 0, 8, 4) & 0xfff, ==, 0x43b);
	g_assert_cmphex(gicd_read(f, 0, 0xc, 4), ==, 0); /* TYPER2 */
	g_assert_cmphex(gicd_read(f, 0, 0xffe8, 4), ==, 0x3b);
	g_assert_cmphex(gicd_read(f, 0, 0xffd0, 4), ==, 0x04);
	g_assert_cmphex(gicd_read(f, 0, 0xfff0, 4), ==, 0x0d);
	g_assert_cmphex(gicd_read(f, 0, 0xfffc, 4), ==, 0xb1);
	/* read-only */
	for (u32 o = 4; o < 0x10; o += 4) {
		u64 was = gicd_read(f, 0, o, 4);

		gicd_write(f, 0, o, 4, 0x5a5a5a5a);
		g_assert_cmphex(gicd_read(f, 0, o, 4), ==, was);
	}
	gicd_write(f, 0, 0xffe8, 4, 0);
	g_assert_cmphex(gicd_read(f, 0, 0xffe8, 4), ==, 0x3b);
	fake_free(f);

	f = fake_new(1, 64, 4, 0);
	g_assert_cmphex(gicd_read(f, 0, 4, 4) & 0x1f, ==, 2);
	fake_free(f);
}

static void test_ctlr(void)
{
	struct fake *f = fake_new(1, 64, 4, 0);

	g_assert_cmphex(gicd_read(f, 0, 0, 4), ==, 0x50); /* DS, ARE */
	gicd_write(f, 0, 0, 4, ~0u);
	g_assert_cmphex(gicd_read(f, 0, 0, 4), ==, 0x53);
	gicd_write(f, 0, 0, 4, 0x12); /* what Linux writes, less group 0 */
	g_assert_cmphex(gicd_read(f, 0, 0, 4), ==, 0x52);
	gicd_write(f, 0, 0, 4, 0);
	g_assert_cmphex(gicd_read(f, 0, 0, 4), ==, 0x50);
	fake_free(f);
}

static void test_redistributor_id(void)
{
	struct fake *f = fake_new(1, 32, 4, 0);
	struct vgic_config c = {.ncpus = 3,
				.mpidr = {0x80000000, 0x80010203, UINT64_C(0x4780020113)},
				.nr_spis = 32,
				.prio_bits = 5,
				.a3v = true,
				.ops = f->v.ops,
				.ctx = f};

	g_assert_true(vgic_init(&f->v, &c));
	f->ncpus = 3;
	/* affinity 63:32, processor number 23:8, Last */
	g_assert_cmphex(gicr_read(f, 0, 0, 8, 8), ==, 0);
	g_assert_cmphex(gicr_read(f, 0, 1, 8, 8), ==, UINT64_C(0x0001020300000100));
	g_assert_cmphex(gicr_read(f, 0, 2, 8, 8), ==, UINT64_C(0x4702011300000210));
	g_assert_cmphex(gicr_read(f, 0, 2, 8, 4), ==, 0x210);
	g_assert_cmphex(gicr_read(f, 0, 2, 12, 4), ==, 0x47020113);
	/* an Aff0 over 15 needs the range selector */
	g_assert_true(gicd_read(f, 0, 4, 4) & BIT(26));
	g_assert_cmphex(gicr_read(f, 0, 0, 4, 4) & 0xfff, ==, 0x43b);
	g_assert_cmphex(gicr_read(f, 0, 0, 0xffe8, 4), ==, 0x3b);
	g_assert_cmphex(gicr_read(f, 0, 0, 0, 4), ==, 0);
	gicr_write(f, 0, 0, 0, 4, ~0u); /* no EnableLPIs */
	g_assert_cmphex(gicr_read(f, 0, 0, 0, 4), ==, 0);
	/* LPI registers, SYNCR and STATUSR: RAZ/WI in their widths */
	for (u32 i = 0; i < 6; i++) {
		const u32 o[] = {0x40, 0x48, 0x70, 0x78, 0xa0, 0xb0};

		gicr_write(f, 0, 0, o[i], 8, ~UINT64_C(0));
		g_assert_cmphex(gicr_read(f, 0, 0, o[i], 8), ==, 0);
		g_assert_cmphex(gicr_read(f, 0, 0, o[i], 4), ==, 0);
	}
	g_assert_cmphex(gicr_read(f, 0, 0, 0xc0, 4), ==, 0);
	g_assert_cmphex(gicr_read(f, 0, 0, 0x10, 4), ==, 0);
	fake_free(f);
}

static void test_waker(void)
{
	struct fake *f = fake_new(2, 32, 4, 0);

	g_assert_cmphex(gicr_read(f, 0, 1, 0x14, 4), ==, 6);
	gicr_write(f, 1, 1, 0x14, 4, 0);
	g_assert_cmphex(gicr_read(f, 0, 1, 0x14, 4), ==, 0);
	g_assert_cmphex(gicr_read(f, 0, 0, 0x14, 4), ==, 6);
	gicr_write(f, 1, 1, 0x14, 4, ~0u);
	g_assert_cmphex(gicr_read(f, 0, 1, 0x14, 4), ==, 6);
	fake_free(f);
}

/* Set and clear registers of every word, and what is RAZ/WI in each frame. */
static void test_bit_arrays(void)
{
	static const u32 set[] = {ISENABLER, ISPENDR, ISACTIVER};
	static const u32 clear[] = {ICENABLER, ICPENDR, ICACTIVER};
	struct fake *f = fake_new(2, VGIC_MAX_SPIS, 4, 0);

	for (u32 w = 0; w < 32; w++) {
		u32 valid = w == 31 ? 0x0fffffff : ~0u;

		for (u32 i = 0; i < 3; i++) {
			u32 s = set[i] + 4 * w, c = clear[i] + 4 * w;

			if (!w) { /* with ARE = 1 these are in the redistributors */
				gicd_write(f, 0, s, 4, ~0u);
				g_assert_cmphex(gicd_read(f, 0, s, 4), ==, 0);
				g_assert_cmphex(gicr_read(f, 0, 0, SGI_FRAME + s, 4), ==, 0);
				gicr_write(f, 0, 1, SGI_FRAME + s, 4, 0xf0f0f0f0);
				g_assert_cmphex(gicr_read(f, 0, 1, SGI_FRAME + s, 4), ==,
						0xf0f0f0f0);
				g_assert_cmphex(gicr_read(f, 0, 1, SGI_FRAME + c, 4), ==,
						0xf0f0f0f0);
				g_assert_cmphex(gicr_read(f, 0, 0, SGI_FRAME + s, 4), ==, 0);
				gicr_write(f, 0, 1, SGI_FRAME + c, 4, 0x00f000f0);
				g_assert_cmphex(gicr_read(f, 0, 1, SGI_FRAME + s, 4), ==,
						0xf000f000);
				gicr_write(f, 0, 1, SGI_FRAME + c, 4, ~0u);
				continue;
			}
			gicd_write(f, 0, s, 4, 0xa5a5a5a5);
			gicd_write(f, 1, s, 4, 0x0f000000);
			g_assert_cmphex(gicd_read(f, 0, s, 4), ==, 0xafa5a5a5 & valid);
			g_assert_cmphex(gicd_read(f, 1, c, 4), ==, 0xafa5a5a5 & valid);
			gicd_write(f, 0, c, 4, 0x000000ff);
			g_assert_cmphex(gicd_read(f, 0, s, 4), ==, 0xafa5a500 & valid);
			gicd_write(f, 0, c, 4, ~0u);
			g_assert_cmphex(gicd_read(f, 0, s, 4), ==, 0);
			/* in a redistributor there is only word 0 */
			gicr_write(f, 0, 0, SGI_FRAME + s, 4, ~0u);
			g_assert_cmphex(gicr_read(f, 0, 0, SGI_FRAME + s, 4), ==, 0);
			g_assert_cmphex(gicd_read(f, 0, s, 4), ==, 0);
		}
		if (w) {
			gicd_write(f, 0, IGROUPR + 4 * w, 4, 0xdeadbeef);
			g_assert_cmphex(gicd_read(f, 0, IGROUPR + 4 * w, 4), ==,
					0xdeadbeef & valid);
		} else {
			gicr_write(f, 0, 0, SGI_FRAME + IGROUPR, 4, 0xdeadbeef);
			g_assert_cmphex(gicr_read(f, 0, 0, SGI_FRAME + IGROUPR, 4), ==, 0xdeadbeef);
			g_assert_cmphex(gicr_read(f, 0, 1, SGI_FRAME + IGROUPR, 4), ==, 0);
		}
	}
	fake_free(f);

	/* interrupts that this GIC does not have */
	f = fake_new(1, 64, 4, 0);
	gicd_write(f, 0, ISENABLER + 4 * 3, 4, ~0u);
	g_assert_cmphex(gicd_read(f, 0, ISENABLER + 4 * 3, 4), ==, 0);
	gicd_write(f, 0, ISENABLER + 4 * 2, 4, ~0u);
	g_assert_cmphex(gicd_read(f, 0, ISENABLER + 4 * 2, 4), ==, ~0u);
	fake_free(f);
}

static void test_priority(void)
{
	struct fake *f = fake_new(2, VGIC_MAX_SPIS, 4, 0);

	/* five bits */
	gicd_write(f, 0, IPRIORITYR + 32, 4, 0xffa7037f);
	g_assert_cmphex(gicd_read(f, 0, IPRIORITYR + 32, 4), ==, 0xf8a00078);
	g_assert_cmphex(gicd_read(f, 0, IPRIORITYR + 34, 1), ==, 0xa0);
	gicd_write(f, 0, IPRIORITYR + 33, 1, 0xff90); /* only a byte is taken */
	g_assert_cmphex(gicd_read(f, 0, IPRIORITYR + 32, 4), ==, 0xf8a09078);
	gicd_write(f, 0, IPRIORITYR + 1016, 4, ~0u);
	g_assert_cmphex(gicd_read(f, 0, IPRIORITYR + 1016, 4), ==, 0xf8f8f8f8);
	gicd_write(f, 0, IPRIORITYR + 1020, 4, ~0u); /* special INTIDs */
	g_assert_cmphex(gicd_read(f, 0, IPRIORITYR + 1020, 4), ==, 0);
	/* private ones: redistributor only */
	gicd_write(f, 0, IPRIORITYR, 4, ~0u);
	g_assert_cmphex(gicd_read(f, 0, IPRIORITYR, 4), ==, 0);
	gicr_write(f, 0, 1, SGI_FRAME + IPRIORITYR + 28, 4, 0x80808080);
	g_assert_cmphex(gicr_read(f, 0, 1, SGI_FRAME + IPRIORITYR + 31, 1), ==, 0x80);
	g_assert_cmphex(gicr_read(f, 0, 0, SGI_FRAME + IPRIORITYR + 28, 4), ==, 0);
	gicr_write(f, 0, 1, SGI_FRAME + IPRIORITYR + 32, 4, ~0u);
	g_assert_cmphex(gicr_read(f, 0, 1, SGI_FRAME + IPRIORITYR + 32, 4), ==, 0);
	g_assert_cmphex(gicd_read(f, 0, IPRIORITYR + 32, 4), ==, 0xf8a09078);
	fake_free(f);
}

static void test_config(void)
{
	struct fake *f = fake_new(2, VGIC_MAX_SPIS, 4, 0);

	g_assert_cmphex(gicr_read(f, 0, 0, SGI_FRAME + ICFGR, 4), ==, 0xaaaaaaaa);
	gicr_write(f, 0, 0, SGI_FRAME + ICFGR, 4, 0);
	g_assert_cmphex(gicr_read(f, 0, 0, SGI_FRAME + ICFGR, 4), ==, 0xaaaaaaaa);
	g_assert_cmphex(gicr_read(f, 0, 0, SGI_FRAME + ICFGR + 4, 4), ==, 0);
	gicr_write(f, 0, 0, SGI_FRAME + ICFGR + 4, 4, 0xff00ff00);
	g_assert_cmphex(gicr_read(f, 0, 0, SGI_FRAME + ICFGR + 4, 4), ==, 0xaa00aa00);
	g_assert_cmphex(gicr_read(f, 0, 1, SGI_FRAME + ICFGR + 4, 4), ==, 0);
	for (u32 n = 2; n < 64; n++) {
		u32 valid = n == 63 ? 0x00aaaaaa : 0xaaaaaaaa;

		g_assert_cmphex(gicd_read(f, 0, ICFGR + 4 * n, 4), ==, 0);
		gicd_write(f, 0, ICFGR + 4 * n, 4, ~0u);
		g_assert_cmphex(gicd_read(f, 0, ICFGR + 4 * n, 4), ==, valid);
		gicd_write(f, 0, ICFGR + 4 * n, 4, 0x22222222);
		g_assert_cmphex(gicd_read(f, 0, ICFGR + 4 * n, 4), ==, 0x22222222 & valid);
	}
	g_assert_cmphex(gicd_read(f, 0, ICFGR, 4), ==, 0);
	fake_free(f);
}

static void test_route(void)
{
	struct fake *f = fake_new(2, VGIC_MAX_SPIS, 4, 0);
	const u32 o = IROUTER + 8 * 32, last = IROUTER + 8 * 1019;

	g_assert_cmphex(gicd_read(f, 0, o, 8), ==, 0);
	gicd_write(f, 0, o, 8, ~UINT64_C(0));
	g_assert_cmphex(gicd_read(f, 0, o, 8), ==, UINT64_C(0xff80ffffff));
	g_assert_cmphex(gicd_read(f, 0, o, 4), ==, 0x80ffffff);
	g_assert_cmphex(gicd_read(f, 0, o + 4, 4), ==, 0xff);
	/* halves keep each other */
	gicd_write(f, 0, o + 4, 4, 0x12);
	g_assert_cmphex(gicd_read(f, 0, o, 8), ==, UINT64_C(0x1280ffffff));
	gicd_write(f, 0, o, 4, 1);
	g_assert_cmphex(gicd_read(f, 0, o, 8), ==, UINT64_C(0x1200000001));
	gicd_write(f, 0, last, 8, 1);
	g_assert_cmphex(gicd_read(f, 0, last, 8), ==, 1);
	g_assert_cmpuint(f->v.spis[VGIC_MAX_SPIS - 1].target, ==, 1);
	gicd_write(f, 0, last + 8, 8, 1);
	g_assert_cmphex(gicd_read(f, 0, last + 8, 8), ==, 0);
	gicd_write(f, 0, IROUTER, 8, 1); /* no such register for private interrupts */
	g_assert_cmphex(gicd_read(f, 0, IROUTER, 8), ==, 0);
	fake_free(f);
}

/* What ARE = 1 and DS = 1 make RAZ/WI, and message-based SPIs that we do not have. */
static void test_razwi(void)
{
	static const u32 o[] = {0x10,	0x40,	0x48,	0x50,	0x58,  0x820, 0xd00,
				0xd04,	0xe00,	0xe04,	0xf00,	0xf10, 0xf20, 0xf80,
				0x1000, 0x2000, 0x3000, 0x8000, 0xc000};
	struct fake *f = fake_new(1, VGIC_MAX_SPIS, 4, 0);

	for (u32 i = 0; i < G_N_ELEMENTS(o); i++) {
		gicd_write(f, 0, o[i], 4, ~0u);
		g_assert_cmphex(gicd_read(f, 0, o[i], 4), ==, 0);
	}
	for (u32 i = 0; i < 3; i++) {
		const u32 s[] = {0xd00, 0xe00, 0xf80};

		gicr_write(f, 0, 0, SGI_FRAME + s[i], 4, ~0u);
		g_assert_cmphex(gicr_read(f, 0, 0, SGI_FRAME + s[i], 4), ==, 0);
	}
	gicd_write(f, 0, 0x843, 1, 0xff); /* ITARGETSR byte */
	g_assert_cmphex(gicd_read(f, 0, 0x843, 1), ==, 0);
	fake_free(f);
}

static bool gicd_try(struct fake *f, u64 o, u32 size)
{
	u64 val = 0;

	return vgic_mmio_gicd(&f->v, 0, o, size, false, &val);
}

static bool gicr_try(struct fake *f, u32 rcpu, u64 o, u32 size)
{
	u64 val = 0;

	return vgic_mmio_gicr(&f->v, 0, rcpu, o, size, false, &val);
}

static void test_sizes(void)
{
	struct fake *f = fake_new(2, 64, 4, 0);
	static const u32 bad[] = {0, 3, 5, 16, 2, ~0u};

	for (u32 i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_assert_false(gicd_try(f, 0, bad[i]));
		g_assert_false(gicd_try(f, IPRIORITYR, bad[i]));
		g_assert_false(gicd_try(f, IROUTER + 0x100, bad[i]));
		g_assert_false(gicr_try(f, 0, 8, bad[i]));
	}
	g_assert_false(gicd_try(f, 0, 1));
	g_assert_false(gicd_try(f, 0, 8));
	g_assert_false(gicd_try(f, ISENABLER + 8, 8));
	g_assert_false(gicd_try(f, ISENABLER + 2, 4)); /* misaligned */
	g_assert_false(gicd_try(f, IROUTER + 0x104, 8));
	g_assert_false(gicd_try(f, IPRIORITYR + 33, 4));
	g_assert_true(gicd_try(f, IPRIORITYR + 33, 1));
	g_assert_false(gicd_try(f, ICFGR, 1));
	g_assert_true(gicr_try(f, 1, 8, 8));
	g_assert_false(gicr_try(f, 1, 0, 8));
	g_assert_false(gicr_try(f, 1, 0x14, 1));
	g_assert_true(gicr_try(f, 1, SGI_FRAME + IPRIORITYR + 5, 1));
	g_assert_false(gicr_try(f, 1, IPRIORITYR + 5, 1)); /* no priorities in the RD frame */
	/* outside */
	g_assert_false(gicd_try(f, 0x10000, 4));
	g_assert_false(gicd_try(f, UINT64_C(0x100000000), 4));
	g_assert_false(gicd_try(f, ~UINT64_C(3), 4));
	g_assert_false(gicr_try(f, 0, 0x20000, 4));
	g_assert_false(gicr_try(f, 0, UINT64_C(0x100000008), 8));
	g_assert_false(gicr_try(f, 2, 8, 8));
	g_assert_false(gicr_try(f, ~0u, 8, 8));
	fake_free(f);
}

/* Every offset, every size, any value: no undefined behaviour, and the model stays sane. */
static void test_sweep(void)
{
	GRand *r = g_rand_new_with_seed(7);
	static const u32 sizes[] = {1, 2, 4, 8};

	for (int pass = 0; pass < 2; pass++) {
		struct fake *f = fake_new(3, pass ? VGIC_MAX_SPIS : 0, 4, pass ? 31 : 0);

		for (u32 o = 0; o < 0x20000; o++) {
			for (u32 s = 0; s < 4; s++) {
				u64 val = (u64)g_rand_int(r) << 32 | g_rand_int(r), got = val;
				u32 cpu = o % 3;

				vgic_mmio_gicd(&f->v, cpu, o, sizes[s], true, &val);
				vgic_mmio_gicd(&f->v, cpu, o, sizes[s], false, &got);
				vgic_mmio_gicr(&f->v, cpu, (cpu + s) % 3, o, sizes[s], true, &val);
				vgic_mmio_gicr(&f->v, cpu, (cpu + s) % 3, o, sizes[s], false, &got);
			}
			if (o % 512 == 0)
				for (u32 c = 0; c < 3; c++)
					vcpu_enter(f, c);
		}
		fake_free(f);
	}
	g_rand_free(r);
}

/* Physical interrupts: every change goes through to the hardware, and only those. */
static void test_write_through(void)
{
	struct fake *f = fake_new(2, 64, 4, 1);

	bit_write(f, 0, 0, ISENABLER, 40);
	g_assert_true(f->spi[40].enabled);
	bit_write(f, 0, 0, ICENABLER, 40);
	g_assert_false(f->spi[40].enabled);
	set_edge(f, 0, 40, true);
	g_assert_true(f->spi[40].edge);
	set_edge(f, 0, 40, false);
	g_assert_false(f->spi[40].edge);
	gicd_write(f, 0, IROUTER + 8 * 40, 8, 1);
	g_assert_cmpint(f->spi[40].cpu, ==, 1);
	gicd_write(f, 0, IROUTER + 8 * 40, 8, BIT(31));
	g_assert_cmpint(f->spi[40].cpu, ==, -1);
	gicd_write(f, 0, IROUTER + 8 * 40, 8, 0x10000); /* nobody: stays */
	g_assert_cmpint(f->spi[40].cpu, ==, -1);
	bit_write(f, 0, 0, ISPENDR, 40);
	g_assert_true(f->spi[40].latch);
	g_assert_true(bit_read(f, 0, 0, ISPENDR, 40));
	bit_write(f, 0, 0, ICPENDR, 40);
	g_assert_false(f->spi[40].latch);
	g_assert_false(bit_read(f, 0, 0, ISPENDR, 40));
	f->spi[40].line = true;
	g_assert_true(bit_read(f, 0, 0, ICPENDR, 40));
	bit_write(f, 0, 0, ISACTIVER, 40);
	g_assert_true(f->spi[40].active);
	bit_write(f, 0, 0, ICACTIVER, 40);
	g_assert_false(f->spi[40].active);

	f->ops = 0;
	for (u32 a = IGROUPR; a <= ICACTIVER; a += 0x80)
		bit_write(f, 0, 0, a, 70); /* word 2 is not physical */
	set_edge(f, 0, 70, true);
	gicd_write(f, 0, IROUTER + 8 * 70, 8, 1);
	g_assert_cmpuint(f->ops, ==, 0);
	/* what only the hardware knows is shown if there is a way to ask */
	{
		struct vgic_ops mute = *f->v.ops;

		mute.phys_pending_read = NULL;
		f->v.ops = &mute;
		f->spi[41].line = true;
		g_assert_false(bit_read(f, 0, 0, ISPENDR, 41));
	}
	fake_free(f);
	f = fake_new(2, 64, 4, 1);
	/* one call a word, however many bits */
	gicd_write(f, 0, ICENABLER + 4, 4, ~0u);
	g_assert_cmpuint(f->ops, ==, 1);
	fake_free(f);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/vgic-mmio/init", test_init);
	g_test_add_func("/vgic-mmio/distributor-id", test_distributor_id);
	g_test_add_func("/vgic-mmio/ctlr", test_ctlr);
	g_test_add_func("/vgic-mmio/redistributor-id", test_redistributor_id);
	g_test_add_func("/vgic-mmio/waker", test_waker);
	g_test_add_func("/vgic-mmio/bit-arrays", test_bit_arrays);
	g_test_add_func("/vgic-mmio/priority", test_priority);
	g_test_add_func("/vgic-mmio/config", test_config);
	g_test_add_func("/vgic-mmio/route", test_route);
	g_test_add_func("/vgic-mmio/raz-wi", test_razwi);
	g_test_add_func("/vgic-mmio/sizes", test_sizes);
	g_test_add_func("/vgic-mmio/sweep", test_sweep);
	g_test_add_func("/vgic-mmio/write-through", test_write_through);
	return g_test_run();
}
