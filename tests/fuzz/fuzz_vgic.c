/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest that writes anything anywhere in its GIC's frames, on several vCPUs, between interrupts,
 * SGIs and entries. Each interrupt stays in one place, and every vCPU comes to rest.
 */
#include "../host/irq/fake.h"
#include "irq/vgic_int.h"

#include "fuzz.h"

#define MAX_OPS	  120
#define GICR_CTLR 0x0000
#define GICR_WAKE 0x0014
#define PROPBASER 0x0070
#define PENDBASER 0x0078

/* ---- LPIs: tables of which only the configuration is looked at ---- */

static u8 lpi_configs[16];

static bool lpi_enable(void *ctx, u32 cpu, u64 propbaser, u64 pendbaser)
{
	(void)ctx;
	(void)cpu;
	(void)pendbaser;
	return !(propbaser & BIT(12));
}

static u8 lpi_config(void *ctx, u64 propbaser, u32 intid)
{
	(void)ctx;
	(void)propbaser;
	CHECK(intid >= GIC_FIRST_LPI && intid < GIC_FIRST_LPI + VGIC_NR_LPIS);
	return lpi_configs[intid % ARRAY_SIZE(lpi_configs)];
}

static void add_lpis(struct fake *f, u32 nr_spis)
{
	static struct vgic_ops ops;
	static struct vgic_lpi_cpu sets[MAX_CPUS];
	struct vgic_config cfg = {.ncpus = f->ncpus,
				  .nr_spis = nr_spis,
				  .prio_bits = 5,
				  .lpi = sets,
				  .ops = &ops,
				  .ctx = f};

	ops = *f->v.ops;
	ops.lpi_enable = lpi_enable;
	ops.lpi_config = lpi_config;
	for (u32 i = 0; i < f->ncpus; i++)
		cfg.mpidr[i] = i;
	memset(lpi_configs, 0xa1, sizeof(lpi_configs));
	CHECK(vgic_init(&f->v, &cfg));
}

/* ---- the guest's accesses ---- */

/* Where most registers are, and anywhere. */
static u64 offset(struct input *in, u64 frame)
{
	u64 o = take(in, 3);

	switch (o >> 22) {
	case 0:
		return o & 0xfff;
	case 1:
		return (o & 0xffc) | (frame > SZ_64K ? SZ_64K : 0);
	case 2:
		return 0x6000 + (o & 0x1fff);
	default:
		return o % (frame + 16);
	}
}

/* Any access. how: size, direction, frame. */
static void mmio(struct fake *f, struct input *in, u32 cpu)
{
	u8 how = (u8)take(in, 1);
	u32 size = 1u << (how & 3), rcpu = (u32)take(in, 1) % f->ncpus;
	bool write = how & 4, ok;
	u64 val = take(in, how & 0x10 ? 8 : 4), o;

	if (!write)
		val = 0;
	if (how & 8) {
		o = offset(in, VGIC_GICD_SIZE);
		ok = vgic_mmio_gicd(&f->v, cpu, o, size, write, &val);
	} else {
		o = offset(in, VGIC_GICR_SIZE);
		ok = vgic_mmio_gicr(&f->v, cpu, rcpu, o, size, write, &val);
	}
	CHECK(!ok || o % size == 0);
	CHECK(write || !ok || size == 8 || val >> (8 * size) == 0);
}

/* A write to a register that does something. which: 7 arrays of bits, or another one. */
static void set(struct fake *f, struct input *in, u32 cpu, u32 which)
{
	static const u16 arrays[] = {IGROUPR, ISENABLER, ICENABLER, ISPENDR,
				     ICPENDR, ISACTIVER, ICACTIVER};
	u32 intid = (u32)take(in, 2) % f->v.nr_intids, rcpu = (u32)take(in, 1) % f->ncpus;
	u32 val = (u32)take(in, 4), o;

	if (which < ARRAY_SIZE(arrays)) {
		o = arrays[which] + intid / 32 * 4;
		if (intid < 32)
			gicr_write(f, cpu, rcpu, SGI_FRAME + o, 4, val);
		else
			gicd_write(f, cpu, o, 4, val);
		return;
	}
	switch (which) {
	case 7:
		set_prio(f, cpu, intid, (u8)val);
		break;
	case 8:
		set_edge(f, cpu, intid, val & 1);
		break;
	case 9: /* to one, to any, to none */
		if (intid >= 32)
			gicd_write(f, cpu, IROUTER + 8 * intid, 8,
				   val & 0x80 ? BIT(31) : val % (f->ncpus + 1));
		break;
	case 10:
		gicd_write(f, cpu, 0, 4, val & 0x13);
		break;
	case 11:
		gicr_write(f, cpu, rcpu, GICR_WAKE, 4, val & 2);
		break;
	default:
		if (val & 2)
			gicr_write(f, cpu, rcpu, val & 4 ? PROPBASER : PENDBASER, 8, val);
		else
			gicr_write(f, cpu, rcpu, GICR_CTLR, 4, val & 1);
	}
}

/* ---- what is around the vGIC ---- */

/* What a vCPU's guest has acknowledged. */
static struct stack {
	u32 depth, intid[16];
} stacks[MAX_CPUS];

/* An SGI, any value: affinities that exist and such that do not. */
static void sgi(struct fake *f, struct input *in, u32 cpu)
{
	enum vgic_sgi_reg reg = (enum vgic_sgi_reg)(take(in, 1) % 3);

	vgic_sgi(&f->v, cpu, reg, take(in, 1) & 1 ? take(in, 8) : take(in, 4) & 0x0f0000ff);
}

/* A timer's interrupt changes hands: with the physical one that is active behind it. */
static void relink(struct fake *f, u32 cpu, u32 intid, bool link)
{
	u32 pintid;

	if (intid < 16 || intid >= 32)
		return;
	if (vgic_unlink(&f->v, cpu, intid, &pintid))
		fake_pirq(f, cpu, pintid)->active = false;
	if (!link)
		return;
	fake_pirq(f, cpu, intid)->active = true;
	if (!vgic_link(&f->v, cpu, intid, intid))
		fake_pirq(f, cpu, intid)->active = false;
}

/* By vCPU: what its L2 has deactivated with the hardware's help, and the vGIC does not know yet. */
static struct ended {
	u32 intid, occurrence;
} ended[MAX_CPUS];

static void leave_l2(struct fake *f, u32 cpu)
{
	if (ended[cpu].intid)
		vgic_hw_deactivated(&f->v, cpu, ended[cpu].intid, ended[cpu].occurrence);
	ended[cpu].intid = 0;
}

/* An L2 deactivates L1's interrupt, by itself if there is a physical one, and exits; or later. */
static void deactivate(struct fake *f, u32 cpu, u32 intid, bool hw, bool late)
{
	u32 pintid, occurrence;
	bool linked;

	leave_l2(f, cpu);
	linked = vgic_is_active(&f->v, cpu, intid) &&
		 vgic_hw_linked(&f->v, cpu, intid, &pintid, &occurrence);
	if (linked && hw) {
		fake_pirq(f, cpu, pintid)->active = false;
		ended[cpu] = (struct ended){intid, occurrence};
		if (!late || intid < GIC_FIRST_SPI)
			leave_l2(f, cpu);
	} else {
		vgic_deactivate(&f->v, cpu, intid);
	}
}

/* Acknowledges; or ends what it likes, mostly what it has acknowledged. */
static void guest(struct fake *f, struct input *in, u32 cpu, u8 how)
{
	struct stack *s = &stacks[cpu];
	u32 intid;

	f->cif[cpu].eoimode = how & 1;
	if (how & 2) {
		intid = guest_ack(f, cpu);
		if (intid != 1023 && s->depth < ARRAY_SIZE(s->intid))
			s->intid[s->depth++] = intid;
		return;
	}
	if (how & 4)
		intid = (u32)take(in, 2) % 1020;
	else if (s->depth)
		intid = s->intid[--s->depth];
	else
		return;
	/* EOIcount has five bits, and the fake does not let it overflow */
	if (FIELD(f->cif[cpu].hcr, 31, 27) >= 30)
		return;
	guest_eoi(f, cpu, intid);
	if ((how & 9) == 1 && intid < GIC_FIRST_LPI)
		guest_dir(f, cpu, intid);
}

/* The ITS, and devices behind it. */
static void lpi(struct fake *f, struct input *in, u32 cpu, u8 how)
{
	u32 intid = GIC_FIRST_LPI + (u32)take(in, 2), to = (u32)take(in, 1) % (f->ncpus + 1);

	if (how & 8) /* some that meet */
		intid = GIC_FIRST_LPI + intid % 64;
	switch (how & 7) {
	case 0:
	case 1:
	case 2:
		vgic_inject_lpi(&f->v, cpu, intid);
		break;
	case 3:
		vgic_lpi_clear(&f->v, intid);
		break;
	case 4:
		vgic_lpi_move(&f->v, intid, to);
		break;
	case 5:
		vgic_lpi_move_all(&f->v, cpu, to);
		break;
	default:
		lpi_configs[intid % ARRAY_SIZE(lpi_configs)] = (u8)take(in, 1);
		vgic_lpi_changed(&f->v);
	}
}

/*
 * Questions, with any state of the CPU interface; some of it stays. What is said to signal does,
 * when the list registers are filled.
 */
static void ask(struct fake *f, struct input *in, u32 cpu, u32 intid)
{
	struct gic_vcpuif cif = {.vmcr = take(in, 4), .ap1r = {(u32)take(in, 4)}};
	struct vgic_lrs l;
	bool signals;

	vgic_is_active(&f->v, cpu, intid);
	vgic_is_pending(&f->v, cpu, intid);
	vgic_is_enabled(&f->v, cpu, intid);
	vgic_lpi_waiting(&f->v);
	signals = vgic_signals(&f->v, cpu, &cif, 5);
	CHECK(!vgic_idle(&f->v, cpu) || !signals);
	vgic_fill(&f->v, cpu, &l, f->nr_lrs, cif.vmcr);
	CHECK(!signals || lr_would_signal(l.lr, f->nr_lrs, &cif, 5));
	vgic_sync(&f->v, cpu, l.lr, 0);
	f->cif[cpu].vmcr = cif.vmcr;
}

static void event(struct fake *f, struct input *in, u32 cpu, u8 what, u8 how)
{
	u32 intid = (u32)take(in, 2) % 1100;

	switch (what) {
	case 0:
		vgic_set_level(&f->v, cpu, intid, how & 1);
		break;
	case 1:
		vgic_inject_edge(&f->v, cpu, intid);
		break;
	case 2: /* a device */
		if (intid >= 32 && intid < f->v.nr_intids) {
			fake_pirq(f, cpu, intid)->latch |= how & 1;
			fake_pirq(f, cpu, intid)->line = how & 2;
		}
		if (how & 4) /* taken, and other CPUs act before this one's entry */
			take_physical(f, cpu);
		break;
	case 3:
		vgic_clear_pending(&f->v, cpu, intid);
		break;
	case 4:
		vcpu_sync(f, cpu);
		vgic_dir(&f->v, cpu, intid);
		break;
	case 5:
		vcpu_sync(f, cpu);
		relink(f, cpu, intid, how & 1);
		break;
	case 6:
		vcpu_sync(f, cpu);
		deactivate(f, cpu, intid, how & 1, how & 2);
		break;
	case 7:
		vcpu_sync(f, cpu);
		ask(f, in, cpu, intid);
		break;
	default: /* off and on again; what was in list registers may be lost with the CPU */
		if (how & 1)
			vcpu_sync(f, cpu);
		vgic_reset_cpu(&f->v, cpu);
		memset(f->cif[cpu].lr, 0, sizeof(f->cif[cpu].lr));
		f->cif[cpu].apr = 0;
		stacks[cpu].depth = 0;
	}
}

/* ---- what has to hold ---- */

/* What is in a list register is there once, and the vGIC knows. */
static void check_places(struct fake *f)
{
	for (u32 c = 0; c < f->ncpus; c++) {
		for (u32 i = 0; i < f->nr_lrs; i++) {
			u64 lr = f->cif[c].lr[i];
			u32 intid = (u32)lr;

			if (!(lr >> 62) || intid >= GIC_FIRST_LPI)
				continue;
			CHECK(vgic_bank(&f->v, c, intid / 32)->in_lr & BIT(intid % 32));
			for (u32 k = 0; intid >= 32 && k < c; k++)
				CHECK(lr_of(f, k, intid) < 0);
		}
	}
}

/* A physical interrupt that stays active is one that a guest's interrupt will deactivate: no device
 * is lost. */
static void check_active(struct fake *f)
{
	for (u32 c = 0; c < f->ncpus; c++) {
		vcpu_sync(f, c);
		leave_l2(f, c);
	}
	for (u32 i = 16; i < f->v.nr_intids; i++) {
		for (u32 c = 0; c < (i < 32 ? f->ncpus : 1); c++) {
			struct vgic_bank *b = vgic_bank(&f->v, c, i / 32);
			u32 pintid;

			if (!fake_pirq(f, c, i)->active)
				continue;
			CHECK(vgic_hw_linked(&f->v, c, i, &pintid, NULL) && pintid == i);
			CHECK((b->active | b->latch) & BIT(i % 32));
		}
	}
}

static void step(struct fake *f, struct input *in)
{
	u8 what = (u8)take(in, 1), how = (u8)take(in, 1);
	u32 cpu = how % f->ncpus;

	how /= 16;
	switch (what % 32) {
	case 0:
	case 1:
	case 2:
	case 3:
		vcpu_enter(f, cpu);
		break;
	case 4:
		vcpu_sync(f, cpu);
		mmio(f, in, cpu);
		break;
	case 5:
		sgi(f, in, cpu);
		break;
	case 6:
	case 7:
		guest(f, in, cpu, how);
		break;
	case 8:
	case 9:
		lpi(f, in, cpu, how);
		break;
	default:
		if (what % 32 < 19) {
			event(f, in, cpu, what % 32 - 10, how);
		} else {
			vcpu_sync(f, cpu);
			set(f, in, cpu, what % 32 - 19);
		}
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = {data, size};
	u32 ncpus = 1 + take(&in, 1) % MAX_CPUS, lrs = 1 + take(&in, 1) % GIC_MAX_LRS;
	u32 many = (u32)take(&in, 1), nr_spis = many < 0xf0 ? many % 4 * 32 : many * 4;
	u8 flags = (u8)take(&in, 1);
	struct fake *f;

	if (nr_spis > VGIC_MAX_SPIS)
		nr_spis = VGIC_MAX_SPIS;
	f = fake_new(ncpus, nr_spis, lrs, 0);
	memset(stacks, 0, sizeof(stacks));
	memset(ended, 0, sizeof(ended));
	if (flags & 2)
		add_lpis(f, nr_spis);
	if (flags & 1)
		vgic_set_phys(&f->v, 1, ~0u);
	if (flags & 4) { /* a guest that is up: all is on */
		guest_boot(f);
		for (u32 c = 0; c < ncpus; c++) {
			gicr_write(f, c, c, SGI_FRAME + ISENABLER, 4, ~0u);
			gicr_write(f, c, c, GICR_CTLR, 4, 1);
		}
		for (u32 w = 1; w <= nr_spis / 32; w++)
			gicd_write(f, 0, ISENABLER + 4 * w, 4, ~0u);
	}
	for (u32 n = 0; n < MAX_OPS && in.size; n++)
		step(f, &in);
	settle(f);
	check_places(f);
	check_active(f);
	fake_free(f);
	return 0;
}
