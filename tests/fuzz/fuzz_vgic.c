/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest that writes anything anywhere in its GIC's frames, on several vCPUs, between interrupts,
 * SGIs and entries. Each interrupt stays in one place, and every vCPU comes to rest.
 */
#include "../host/irq/fake.h"

#include "fuzz.h"

#define MAX_OPS 120

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

static void mmio(struct fake *f, struct input *in, u32 cpu, u8 how)
{
	u32 size = 1u << (how >> 4 & 3), rcpu = take(in, 1) % f->ncpus;
	bool write = how & 0x40, ok;
	u64 val = take(in, how & 0x80 ? 8 : 4), o;

	if (!write)
		val = 0;
	vcpu_sync(f, cpu);
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

/* A source that the guest does not rule, or what the code around the vGIC does for it. */
static void event(struct fake *f, struct input *in, u32 cpu, u8 how)
{
	u32 intid = (u32)take(in, 2) % 1100, pintid;

	switch (how >> 4) {
	case 0:
		vgic_set_level(&f->v, cpu, intid, how & 8);
		break;
	case 1:
		vgic_inject_edge(&f->v, cpu, intid);
		break;
	case 2: /* a device's line */
		if (intid >= 32 && intid < GIC_NR_INTIDS)
			fake_pirq(f, cpu, intid)->latch = true;
		break;
	case 3:
		vgic_sgi(&f->v, cpu, take(in, 1) % 3, take(in, 8));
		break;
	case 4:
		vgic_clear_pending(&f->v, cpu, intid);
		break;
	case 5:
		vcpu_sync(f, cpu);
		vgic_dir(&f->v, cpu, intid);
		break;
	case 6:
		vcpu_sync(f, cpu);
		if (intid >= 16 && intid < 32)
			vgic_link(&f->v, cpu, intid, intid);
		break;
	case 7:
		vcpu_sync(f, cpu);
		vgic_unlink(&f->v, cpu, intid, &pintid);
		break;
	case 8:
		vcpu_sync(f, cpu);
		vgic_reset_cpu(&f->v, cpu);
		break;
	default:
		f->cif[cpu].eoimode = how & 8;
		intid = guest_ack(f, cpu);
		if (intid < GIC_NR_INTIDS && (how & 0x10))
			guest_end(f, cpu, intid);
	}
}

/* Each interrupt that a list register owns is in exactly one. */
static void check_places(struct fake *f)
{
	for (u32 i = 0; i < f->v.nr_intids; i++) {
		for (u32 c = 0; c < (i < 32 ? f->ncpus : 1); c++) {
			const struct vgic_bank *b =
				i < 32 ? &f->v.cpu[c].priv : &f->v.spi[i / 32 - 1];
			u32 found = 0;

			for (u32 k = i < 32 ? c : 0; k < (i < 32 ? c + 1 : f->ncpus); k++)
				found += lr_of(f, k, i) >= 0;
			/* the guest may have done with it, which the next sync will tell */
			CHECK(found <= (b->in_lr >> (i % 32) & 1));
		}
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = {data, size};
	u32 ncpus = 1 + take(&in, 1) % MAX_CPUS, lrs = 1 + take(&in, 1) % GIC_MAX_LRS;
	u8 spis = (u8)take(&in, 1);
	struct fake *f = fake_new(ncpus, spis * 4u > VGIC_MAX_SPIS ? VGIC_MAX_SPIS : spis * 4u, lrs,
				  take(&in, 1) & 1);

	for (u32 n = 0; n < MAX_OPS && in.size; n++) {
		u8 how = (u8)take(&in, 1);
		u32 cpu = (u32)take(&in, 1);

		if (cpu & 0x80)
			vcpu_enter(f, cpu % ncpus);
		else if (how & 3)
			mmio(f, &in, cpu % ncpus, how);
		else
			event(f, &in, cpu % ncpus, how);
	}
	settle(f);
	check_places(f);
	fake_free(f);
	return 0;
}
