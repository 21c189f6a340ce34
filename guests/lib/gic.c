/* SPDX-License-Identifier: Apache-2.0 */
/* Arm GIC Architecture Specification, GICv3 (IHI 0069) */
#include "gic.h"

#include "cpu.h"
#include "exception.h"
#include "cpu/mmio.h"
#include "irq/gicv3.h"
#include "machine.h"

#define GICD_CTLR_GRP1 (BIT(1) | BIT(0)) /* EnableGrp1 as both of them see it */

#define NR_INTID      1020
#define NR_PRIVATE    32
#define FIRST_LPI     8192
#define SGI_MASK      0xffff
#define PRIORITY_WORD 0xa0a0a0a0

static irq_handler_fn handlers[NR_INTID];

void irq_entry(void);

static void wait_clear(u64 addr, u64 mask, const char *what)
{
	u64 start = counter_read();

	while (read32(addr) & mask)
		if (counter_read() - start > counter_hz())
			fatal("GIC: %s still set after a second", what);
}

const char *gic_init(void)
{
	if (!machine.gicd.size)
		return "no GICv3 in the device tree; for QEMU: -M virt,gic-version=3 (or host)";
	write32(machine.gicd.base + GICD_CTLR, GICD_CTLR_ARE);
	wait_clear(machine.gicd.base + GICD_CTLR, GICD_CTLR_RWP, "GICD_CTLR.RWP");
	write32(machine.gicd.base + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_GRP1);
	wait_clear(machine.gicd.base + GICD_CTLR, GICD_CTLR_RWP, "GICD_CTLR.RWP");
	gic_cpu_init();
	return NULL;
}

void gic_route_to_el2(void)
{
	if (read_sysreg(CurrentEL) == CURRENTEL_EL2) {
		write_sysreg(hcr_el2, read_sysreg(hcr_el2) | HCR_EL2_AMO_IMO_FMO);
		isb();
	}
}

/* The redistributor whose GICR_TYPER has this CPU's affinity; the frames of a region follow on. */
static u64 find_gicr(u64 mpidr)
{
	u64 affinity = FIELD(mpidr, 39, 32) << 24 | FIELD(mpidr, 23, 0);

	for (u32 i = 0; i < machine.nr_gicr; i++) {
		u64 addr = machine.gicr[i].base, end = addr + machine.gicr[i].size, typer;

		for (; addr + 2 * SZ_64K <= end;
		     addr += typer & GICR_TYPER_VLPIS ? 4 * SZ_64K : 2 * SZ_64K) {
			typer = read64(addr + GICR_TYPER);
			if (typer >> 32 == affinity)
				return addr;
			if (typer & GICR_TYPER_LAST)
				break;
		}
	}
	return 0;
}

void gic_cpu_init(void)
{
	struct cpu *cpu = this_cpu();
	u64 gicr = find_gicr(cpu->mpidr);

	if (!gicr)
		fatal("no GIC redistributor for the CPU with MPIDR 0x%lx", cpu->mpidr);
	cpu->gicr = gicr;
	write32(gicr + GICR_WAKER, read32(gicr + GICR_WAKER) & ~(u32)GICR_WAKER_SLEEP);
	wait_clear(gicr + GICR_WAKER, GICR_WAKER_CHILDREN, "GICR_WAKER.ChildrenAsleep");
	write32(gicr + GICR_IGROUPR0, ~0u);
	for (u32 i = 0; i < NR_PRIVATE; i += 4)
		write32(gicr + GICR_IPRIORITYR + i, PRIORITY_WORD);
	write32(gicr + GICR_ICENABLER0, ~(u32)SGI_MASK);
	write32(gicr + GICR_ISENABLER0, SGI_MASK);
	wait_clear(gicr + GICR_CTLR, GICR_CTLR_RWP, "GICR_CTLR.RWP");

	write_sysreg(icc_sre_el1, read_sysreg(icc_sre_el1) | 1);
	isb();
	write_sysreg(icc_pmr_el1, 0xff);
	write_sysreg(icc_bpr1_el1, 0);
	write_sysreg(icc_ctlr_el1, 0); /* EOImode 0 */
	write_sysreg(icc_igrpen1_el1, 1);
	isb();
}

void gic_set_handler(u32 intid, irq_handler_fn fn)
{
	handlers[intid] = fn;
}

u32 gic_nr_intid(void)
{
	u32 n = 32 * (u32)(FIELD(read32(machine.gicd.base + GICD_TYPER), 4, 0) + 1);

	return n < NR_INTID ? n : NR_INTID;
}

void gic_enable_ppi(u32 intid)
{
	write32(this_cpu()->gicr + GICR_ISENABLER0, (u32)BIT(intid));
}

void gic_disable_ppi(u32 intid)
{
	write32(this_cpu()->gicr + GICR_ICENABLER0, (u32)BIT(intid));
	wait_clear(this_cpu()->gicr + GICR_CTLR, GICR_CTLR_RWP, "GICR_CTLR.RWP");
}

bool gic_ppi_pending(u32 intid)
{
	return read32(this_cpu()->gicr + GICR_ISPENDR0) & BIT(intid);
}

void gic_set_ppi_group(u32 intid, u32 group)
{
	u64 reg = this_cpu()->gicr + GICR_IGROUPR0;

	write32(reg, (read32(reg) & ~(u32)BIT(intid)) | group << intid);
	write32(machine.gicd.base + GICD_CTLR, read32(machine.gicd.base + GICD_CTLR) | 1);
	wait_clear(machine.gicd.base + GICD_CTLR, GICD_CTLR_RWP, "GICD_CTLR.RWP");
	write_sysreg(icc_igrpen0_el1, 1);
	isb();
}

/* The word with the bit of an interrupt, in a bank of one bit each. */
static u64 gicd_bit_reg(u64 bank, u32 intid)
{
	return machine.gicd.base + bank + intid / 32 * 4;
}

void gic_enable_spi(u32 intid, bool edge, u64 mpidr)
{
	u64 reg = gicd_bit_reg(GIC_IGROUPR, intid);
	u64 icfgr = machine.gicd.base + GIC_ICFGR + intid / 16 * 4;
	u32 cfg = 2u << intid % 16 * 2;

	gic_disable_spi(intid); /* what follows is UNPREDICTABLE for an enabled one */
	write32(reg, read32(reg) | (u32)BIT(intid % 32));
	write32(icfgr, (read32(icfgr) & ~cfg) | (edge ? cfg : 0));
	reg = machine.gicd.base + GIC_IPRIORITYR + (intid & ~3u);
	write32(reg, PRIORITY_WORD); /* the neighbours have the same */
	write64(machine.gicd.base + GICD_IROUTER + intid * UINT64_C(8), mpidr);
	write32(gicd_bit_reg(GIC_ISENABLER, intid), (u32)BIT(intid % 32));
}

void gic_disable_spi(u32 intid)
{
	write32(gicd_bit_reg(GIC_ICENABLER, intid), (u32)BIT(intid % 32));
	wait_clear(machine.gicd.base + GICD_CTLR, GICD_CTLR_RWP, "GICD_CTLR.RWP");
}

void gic_pend_spi(u32 intid)
{
	write32(gicd_bit_reg(GIC_ISPENDR, intid), (u32)BIT(intid % 32));
}

void gic_send_sgi(u32 intid, u64 mpidr)
{
	u64 aff0 = FIELD(mpidr, 7, 0);
	u64 val = FIELD(mpidr, 39, 32) << 48 | FIELD(mpidr, 23, 16) << 32 |
		  FIELD(mpidr, 15, 8) << 16 | (aff0 / 16) << 44 | (u64)intid << 24 | BIT(aff0 % 16);

	/* What was written before must be visible to the CPU that takes the interrupt. */
	dsb(ishst);
	write_sysreg(icc_sgi1r_el1, val);
	isb();
}

void irq_entry(void)
{
	u32 intid = gic_ack();

	if (intid >= NR_INTID && intid < FIRST_LPI) /* gone before it could be acknowledged */
		return;
	if (intid >= FIRST_LPI || !handlers[intid])
		fatal("unexpected interrupt %u on cpu%u", intid, this_cpu()->id);
	handlers[intid](intid);
	gic_eoi(intid);
}
