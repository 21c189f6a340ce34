// SPDX-License-Identifier: Apache-2.0
#include "irq/gic.h"
#include "cpu/mmio.h"
#include "cpu/spinlock.h"
#include "cpu/sysreg.h"
#include "irq/gicv3.h"

#define ICC_SRE_ALL	    0xf /* SRE, no FIQ and IRQ bypass, EL1 may see ICC_SRE_EL1 */
#define ICC_SRE_SRE	    BIT(0)
#define ICC_SRE_EL1_ALL	    0x7 /* the same, for vEL2 */
#define ICC_CTLR_EOIMODE    BIT(1)
#define ICC_CTLR_PRIBITS(c) ((u32)FIELD(c, 10, 8) + 1)

#define PRIORITY     0x80 /* of every physical interrupt */
#define PRIORITY_ALL 0xff /* priority mask that lets it through, and LPIs of a guest's choice */

/* Reads of one register before we say that the hardware does not answer. */
#define WAIT_LIMIT 10000000u

static struct {
	struct spinlock lock; /* for read-modify-write of the configuration registers */
	u64 gicd;
	struct gic_region gicr[GIC_MAX_REGIONS];
	u32 nr_gicr;
	u64 affinity[MAX_CPUS]; /* as in MPIDR_EL1, constant */
	u64 rd[MAX_CPUS];	/* by redistributor_of(): its frames, 0: has never come up */
	struct gic_info info;
} gic;

const struct gic_info *gic_info(void)
{
	return &gic.info;
}

/* Until the bits in mask read 0. */
static bool wait_clear(u64 addr, u32 mask)
{
	for (u32 i = 0; i < WAIT_LIMIT; i++)
		if (!(read32(addr) & mask))
			return true;
	return false;
}

static u64 affinity(u64 mpidr)
{
	return mpidr & (GENMASK(39, 32) | GENMASK(23, 0));
}

/* GICv3 and GICv4 are architecture revisions 3 and 4. */
static bool is_gicv3(u64 frame)
{
	u32 rev = (u32)FIELD(read32(frame + GIC_PIDR2), 7, 4);

	return rev == 3 || rev == 4;
}

/* Another CPU may publish it at this moment: gic_cpu_init(). */
static u64 redistributor_of(u32 cpu)
{
	return __atomic_load_n(&gic.rd[cpu], __ATOMIC_SEQ_CST);
}

static void init_spis(void)
{
	u32 end = GIC_FIRST_SPI + gic.info.nr_spis, typer = gic.info.typer;

	/* Extended interrupts (GICv3.1) are nobody's. */
	for (u32 i = 0; (typer & GICD_TYPER_ESPI) && i < GICD_TYPER_ESPIS(typer); i++)
		write32(gic.gicd + GICD_ICENABLERE + 4 * i, ~0u);
	for (u32 o = GIC_FIRST_SPI / 8; o < ALIGN_UP(end, 32) / 8; o += 4) {
		write32(gic.gicd + GIC_ICENABLER + o, ~0u);
		write32(gic.gicd + GIC_ICPENDR + o, ~0u);
		write32(gic.gicd + GIC_ICACTIVER + o, ~0u);
		write32(gic.gicd + GIC_IGROUPR + o, ~0u);
	}
	for (u32 o = GIC_FIRST_SPI; o < end; o += 4)
		write32(gic.gicd + GIC_IPRIORITYR + o, PRIORITY * 0x01010101u);
	for (u32 o = GIC_FIRST_SPI / 4; o < end / 4; o += 4) /* level, as the vGICs start */
		write32(gic.gicd + GIC_ICFGR + o, 0);
	for (u32 i = GIC_FIRST_SPI; i < end; i++)
		write64(gic.gicd + GICD_IROUTER + 8 * (u64)i, gic.affinity[0]);
}

const char *gic_init(const struct gic_config *cfg)
{
	u32 lines;

	if (cfg->maint_intid < GIC_NR_SGIS || cfg->maint_intid >= GIC_NR_PRIVATE)
		return "the GIC's maintenance interrupt in the device tree is no PPI; neve needs one "
		       "(QEMU: -M virt,virtualization=on,gic-version=3)";
	if (!cfg->nr_gicr || cfg->nr_gicr > GIC_MAX_REGIONS)
		return "the device tree gives no redistributor region of the GIC, or more than 8; "
		       "neve needs an arm,gic-v3 node with 1 to 8";
	gic.gicd = cfg->gicd.v;
	gic.nr_gicr = cfg->nr_gicr;
	for (u32 i = 0; i < cfg->nr_gicr; i++)
		gic.gicr[i] = cfg->gicr[i];
	for (u32 i = 0; i < MAX_CPUS; i++)
		gic.affinity[i] = affinity(cfg->mpidr[i]);
	gic.info.maint_intid = cfg->maint_intid;
	if (!is_gicv3(gic.gicd))
		return "the interrupt controller is no GICv3 or GICv4 (by GICD_PIDR2); neve needs one "
		       "(QEMU: gic-version=3)";

	write32(gic.gicd + GICD_CTLR, 0);
	if (!wait_clear(gic.gicd + GICD_CTLR, GICD_CTLR_RWP))
		return "the GIC distributor stays busy (GICD_CTLR.RWP); check the hardware";
	gic.info.typer = read32(gic.gicd + GICD_TYPER);
	lines = ((gic.info.typer & 0x1f) + 1) * 32;
	gic.info.nr_spis = (lines < GIC_NR_INTIDS ? lines : GIC_NR_INTIDS) - GIC_FIRST_SPI;
	write32(gic.gicd + GICD_CTLR, GICD_CTLR_ARE); /* before the routes: they need it */
	if (!wait_clear(gic.gicd + GICD_CTLR, GICD_CTLR_RWP))
		return "the GIC distributor stays busy (GICD_CTLR.RWP); check the hardware";
	init_spis();
	write32(gic.gicd + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_ENGRP1);
	if (!wait_clear(gic.gicd + GICD_CTLR, GICD_CTLR_RWP))
		return "the GIC distributor stays busy (GICD_CTLR.RWP); check the hardware";
	if (!(read32(gic.gicd + GICD_CTLR) & GICD_CTLR_ARE))
		return "the GIC cannot do affinity routing (GICD_CTLR.ARE stays 0); neve needs it "
		       "(firmware must enable the GICv3 system registers)";
	return NULL;
}

/* Address of the frames of the CPU with this affinity, or 0. */
static u64 find_redistributor(u64 aff)
{
	u32 want = (u32)(FIELD(aff, 39, 32) << 24 | FIELD(aff, 23, 0));

	for (u32 r = 0; r < gic.nr_gicr; r++) {
		const struct gic_region *reg = &gic.gicr[r];
		u64 frame = reg->base.v, end = reg->base.v + reg->size, typer;

		while (frame + 2 * SZ_64K <= end && is_gicv3(frame)) {
			typer = read64(frame + GICR_TYPER);
			if (typer >> 32 == want)
				return frame;
			if (typer & GICR_TYPER_LAST)
				break;
			if (reg->stride >= 2 * SZ_64K)
				frame += reg->stride;
			else
				frame += typer & GICR_TYPER_VLPIS ? 4 * SZ_64K : 2 * SZ_64K;
		}
	}
	return 0;
}

static const char *init_redistributor(u64 rd)
{
	u64 sgi = rd + GICR_SGI;

	write32(rd + GICR_WAKER, read32(rd + GICR_WAKER) & ~(u32)GICR_WAKER_SLEEP);
	if (!wait_clear(rd + GICR_WAKER, GICR_WAKER_CHILDREN))
		return "a GIC redistributor does not wake up (GICR_WAKER.ChildrenAsleep); check "
		       "the firmware";
	for (u32 i = 0; i <= GICR_TYPER_EPPIS(read64(rd + GICR_TYPER)); i++)
		write32(sgi + GIC_ICENABLER + 4 * i, ~0u);
	if (!wait_clear(rd + GICR_CTLR, GICR_CTLR_RWP))
		return "a GIC redistributor stays busy (GICR_CTLR.RWP); check the hardware";
	write32(sgi + GIC_ICPENDR, ~0u);
	write32(sgi + GIC_ICACTIVER, ~0u);
	write32(sgi + GIC_IGROUPR, ~0u);
	for (u32 o = 0; o < GIC_NR_PRIVATE; o += 4)
		write32(sgi + GIC_IPRIORITYR + o, PRIORITY * 0x01010101u);
	write32(sgi + GIC_ICFGR + 4, 0);
	write32(sgi + GIC_ISENABLER,
		(u32)(BIT(GIC_KICK_SGI) | BIT(GIC_TRACE_SGI) | BIT(gic.info.maint_intid)));
	/* Read back: a kick that comes from now on is not among what was pending before. */
	read32(sgi + GIC_ISENABLER);
	return NULL;
}

static void read_vtr(void)
{
	u64 vtr = read_sysreg(ICH_VTR_EL2);

	gic.info.vtr = vtr;
	gic.info.nr_lrs = ICH_VTR_LISTREGS(vtr) > GIC_MAX_LRS ? GIC_MAX_LRS : ICH_VTR_LISTREGS(vtr);
	gic.info.pri_bits = ICH_VTR_PRIBITS(vtr);
	gic.info.pre_bits = ICH_VTR_PREBITS(vtr);
	gic.info.id_bits = ICH_VTR_IDBITS(vtr);
}

/* 5, 6, 7 bits of preemption: 1, 2, 4 words of active priorities. */
static void clear_active_priorities(void)
{
	u32 bits = ICC_CTLR_PRIBITS(read_sysreg(ICC_CTLR_EL1));

	write_sysreg(0, ICC_AP1R0_EL1);
	if (bits > 5)
		write_sysreg(0, ICC_AP1R1_EL1);
	if (bits > 6) {
		write_sysreg(0, ICC_AP1R2_EL1);
		write_sysreg(0, ICC_AP1R3_EL1);
	}
}

const char *gic_cpu_init(u32 cpu)
{
	const struct gic_vcpuif none = {.hcr = 0};
	const char *err;
	u64 rd;

	write_sysreg(ICC_SRE_ALL, ICC_SRE_EL2);
	isb();
	if (!(read_sysreg(ICC_SRE_EL2) & ICC_SRE_SRE))
		return "the GIC's system registers are off (ICC_SRE_EL2.SRE stays 0); neve needs them "
		       "(firmware at EL3 must set ICC_SRE_EL3)";
	write_sysreg(ICC_SRE_EL1_ALL, ICC_SRE_EL1);
	rd = find_redistributor(gic.affinity[cpu]);
	if (!rd)
		return "a CPU has no GIC redistributor in the regions of the device tree "
		       "(no GICR_TYPER has its affinity); neve needs one for each CPU";
	err = init_redistributor(rd);
	if (err)
		return err;
	/* Who does not see it sends no kick; what that was about is seen after this. */
	__atomic_store_n(&gic.rd[cpu], rd, __ATOMIC_RELEASE);
	dsb(sy);

	read_vtr();
	gic_restore_vcpuif(&none);
	for (u32 i = 0; i < gic.info.nr_lrs; i++)
		gic_write_lr(i, 0);

	write_sysreg(0, ICC_IGRPEN1_EL1);
	write_sysreg(PRIORITY_ALL, ICC_PMR_EL1);
	write_sysreg(0, ICC_BPR1_EL1); /* the least that the hardware has */
	write_sysreg(ICC_CTLR_EOIMODE, ICC_CTLR_EL1);
	isb();
	clear_active_priorities();
	write_sysreg(1, ICC_IGRPEN1_EL1);
	isb();
	return NULL;
}

void gic_cpu_off(void)
{
	gic_write_hcr(0);
	write_sysreg(0, ICC_IGRPEN1_EL1);
	isb();
}

u32 gic_ack(void)
{
	u32 intid = (u32)FIELD(read_sysreg(ICC_IAR1_EL1), 23, 0);

	/* the interrupt is active before anything that handling it does */
	dsb(sy);
	return intid;
}

void gic_drop(u32 intid)
{
	write_sysreg(intid, ICC_EOIR1_EL1);
	isb();
}

void gic_deactivate(u32 intid)
{
	write_sysreg(intid, ICC_DIR_EL1);
	isb();
}

/*
 * Base of the registers of a word, such that word n is at +4*n. 0: word 0 of a CPU that has never
 * come up, so has no frames that we know of. A guest may well name such a CPU.
 */
static u64 bank(u32 cpu, u32 word)
{
	u64 rd;

	if (word)
		return gic.gicd;
	rd = redistributor_of(cpu);
	return rd ? rd + GICR_SGI : 0;
}

static void write_word(u32 cpu, u32 word, u64 array, u32 mask)
{
	u64 base = bank(cpu, word);

	if (base)
		write32(base + array + 4 * word, mask);
}

static u32 read_word(u32 cpu, u32 word, u64 array)
{
	u64 base = bank(cpu, word);

	return base ? read32(base + array + 4 * word) : 0;
}

void gic_write_enable(u32 cpu, u32 word, u32 mask, bool on)
{
	write_word(cpu, word, on ? GIC_ISENABLER : GIC_ICENABLER, mask);
}

void gic_write_pending(u32 cpu, u32 word, u32 mask, bool on)
{
	write_word(cpu, word, on ? GIC_ISPENDR : GIC_ICPENDR, mask);
}

void gic_write_active(u32 cpu, u32 word, u32 mask, bool on)
{
	write_word(cpu, word, on ? GIC_ISACTIVER : GIC_ICACTIVER, mask);
	/* Read back: it has taken effect before the guest can go on, and its line signals again. */
	if (on)
		read_word(cpu, word, GIC_ISACTIVER);
}

u32 gic_read_enable(u32 cpu, u32 word)
{
	return read_word(cpu, word, GIC_ISENABLER);
}

u32 gic_read_pending(u32 cpu, u32 word)
{
	return read_word(cpu, word, GIC_ISPENDR);
}

u32 gic_read_active(u32 cpu, u32 word)
{
	return read_word(cpu, word, GIC_ISACTIVER);
}

void gic_write_config(u32 cpu, u32 word, u32 mask, bool edge)
{
	u64 base = bank(cpu, word);

	if (!base)
		return;
	spin_lock(&gic.lock);
	for (u32 half = 0; half < 2; half++) {
		u64 addr = base + GIC_ICFGR + 8 * word + 4 * half;
		u32 bits = 0;

		for (u32 i = 0; i < 16; i++)
			if (mask & BIT(16 * half + i))
				bits |= BIT(2 * i + 1);
		/* SGIs cannot be configured */
		if (bits && (word || half))
			write32(addr, edge ? read32(addr) | bits : read32(addr) & ~bits);
	}
	spin_unlock(&gic.lock);
}

void gic_set_enable(u32 cpu, u32 intid, bool on)
{
	gic_write_enable(cpu, intid / 32, BIT(intid % 32), on);
}

void gic_set_pending(u32 cpu, u32 intid, bool on)
{
	gic_write_pending(cpu, intid / 32, BIT(intid % 32), on);
}

void gic_set_active(u32 cpu, u32 intid, bool on)
{
	gic_write_active(cpu, intid / 32, BIT(intid % 32), on);
}

bool gic_is_pending(u32 cpu, u32 intid)
{
	return gic_read_pending(cpu, intid / 32) & BIT(intid % 32);
}

bool gic_is_active(u32 cpu, u32 intid)
{
	return gic_read_active(cpu, intid / 32) & BIT(intid % 32);
}

void gic_route(u32 intid, u32 cpu)
{
	write64(gic.gicd + GICD_IROUTER + 8 * (u64)intid, gic.affinity[cpu]);
}

void gic_route_any(u32 intid)
{
	write64(gic.gicd + GICD_IROUTER + 8 * (u64)intid, GICD_IROUTER_IRM);
}

bool gic_lpi_enable(u32 cpu, u64 propbaser, u64 pendbaser)
{
	u64 rd = redistributor_of(cpu), shareability = GENMASK(11, 10);

	if (!rd || !(read64(rd + GICR_TYPER) & GICR_TYPER_PLPIS) ||
	    (read32(rd + GICR_CTLR) & GICR_CTLR_LPIS))
		return false;
	write64(rd + GICR_PROPBASER, propbaser);
	write64(rd + GICR_PENDBASER, pendbaser);
	if (((read64(rd + GICR_PROPBASER) ^ propbaser) |
	     (read64(rd + GICR_PENDBASER) ^ pendbaser)) &
	    shareability)
		return false;
	dsb(sy);
	write32(rd + GICR_CTLR, read32(rd + GICR_CTLR) | (u32)GICR_CTLR_LPIS);
	dsb(sy);
	return true;
}

bool gic_rdbase(u32 cpu, bool pta, u64 *field)
{
	u64 rd = redistributor_of(cpu);

	if (!rd)
		return false;
	*field = pta ? rd : FIELD(read64(rd + GICR_TYPER), 23, 8) << 16;
	return true;
}

void gic_sgi(u32 cpu, u32 number)
{
	u64 m = gic.affinity[cpu];
	u64 sgi = FIELD(m, 39, 32) << 48 | FIELD(m, 23, 16) << 32 | FIELD(m, 15, 8) << 16 |
		  FIELD(m, 7, 4) << 44 | BIT(FIELD(m, 3, 0)) | (u64)number << 24;

	if (!redistributor_of(cpu))
		return; /* it looks at everything when it comes up */
	dsb(ishst);
	write_sysreg(sgi, ICC_SGI1R_EL1);
	isb();
}

void gic_kick(u32 cpu)
{
	/* The caller has left its guest, and looks at everything before it goes back. */
	if (affinity(read_sysreg(MPIDR_EL1)) != gic.affinity[cpu])
		gic_sgi(cpu, GIC_KICK_SGI);
}

#define EACH_LR(X)                                                                                 \
	X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)

u64 gic_read_lr(u32 i)
{
	switch (i) {
#define X(n)                                                                                       \
	case n:                                                                                    \
		return read_sysreg(ICH_LR##n##_EL2);
		EACH_LR(X)
#undef X
	}
	return 0;
}

void gic_write_lr(u32 i, u64 lr)
{
	switch (i) {
#define X(n)                                                                                       \
	case n:                                                                                    \
		write_sysreg(lr, ICH_LR##n##_EL2);                                                 \
		break;
		EACH_LR(X)
#undef X
	}
}

void gic_read_lrs(u64 *lr, u32 mask)
{
	for (; mask; mask &= mask - 1) {
		u32 i = (u32)__builtin_ctz(mask);

		lr[i] = gic_read_lr(i);
	}
}

void gic_write_lrs(const u64 *lr, u32 mask)
{
	for (; mask; mask &= mask - 1) {
		u32 i = (u32)__builtin_ctz(mask);

		gic_write_lr(i, lr[i]);
	}
}

void gic_save_vcpuif(struct gic_vcpuif *cif)
{
	cif->hcr = read_sysreg(ICH_HCR_EL2);
	cif->vmcr = read_sysreg(ICH_VMCR_EL2);
	cif->ap0r[0] = (u32)read_sysreg(ICH_AP0R0_EL2);
	cif->ap1r[0] = (u32)read_sysreg(ICH_AP1R0_EL2);
	if (gic.info.pre_bits > 5) {
		cif->ap0r[1] = (u32)read_sysreg(ICH_AP0R1_EL2);
		cif->ap1r[1] = (u32)read_sysreg(ICH_AP1R1_EL2);
	}
	if (gic.info.pre_bits > 6) {
		cif->ap0r[2] = (u32)read_sysreg(ICH_AP0R2_EL2);
		cif->ap0r[3] = (u32)read_sysreg(ICH_AP0R3_EL2);
		cif->ap1r[2] = (u32)read_sysreg(ICH_AP1R2_EL2);
		cif->ap1r[3] = (u32)read_sysreg(ICH_AP1R3_EL2);
	}
}

void gic_restore_vcpuif(const struct gic_vcpuif *cif)
{
	write_sysreg(cif->vmcr, ICH_VMCR_EL2);
	write_sysreg(cif->ap0r[0], ICH_AP0R0_EL2);
	write_sysreg(cif->ap1r[0], ICH_AP1R0_EL2);
	if (gic.info.pre_bits > 5) {
		write_sysreg(cif->ap0r[1], ICH_AP0R1_EL2);
		write_sysreg(cif->ap1r[1], ICH_AP1R1_EL2);
	}
	if (gic.info.pre_bits > 6) {
		write_sysreg(cif->ap0r[2], ICH_AP0R2_EL2);
		write_sysreg(cif->ap0r[3], ICH_AP0R3_EL2);
		write_sysreg(cif->ap1r[2], ICH_AP1R2_EL2);
		write_sysreg(cif->ap1r[3], ICH_AP1R3_EL2);
	}
	write_sysreg(cif->hcr, ICH_HCR_EL2);
}

u64 gic_read_hcr(void)
{
	return read_sysreg(ICH_HCR_EL2);
}

void gic_write_hcr(u64 hcr)
{
	write_sysreg(hcr, ICH_HCR_EL2);
}

u64 gic_read_vmcr(void)
{
	return read_sysreg(ICH_VMCR_EL2);
}

void gic_write_vmcr(u64 vmcr)
{
	write_sysreg(vmcr, ICH_VMCR_EL2);
}

u32 gic_read_misr(void)
{
	return (u32)read_sysreg(ICH_MISR_EL2);
}
