/* SPDX-License-Identifier: Apache-2.0 */
#include "dma/smmu_hw.h"
#include "cpu/console.h"
#include "cpu/mmio.h"
#include "cpu/sysreg.h"
#include "dma/smmu.h"
#include "irq/gic.h"
#include "mm/alloc.h"
#include "mm/el2map.h"
#include "vm/vm.h"

#define IDR0		0x00
#define IDR1		0x04
#define IDR5		0x14
#define CR0		0x20
#define CR0ACK		0x24
#define CR1		0x28
#define CR2		0x2c
#define GBPA		0x44
#define IRQ_CTRL	0x50
#define IRQ_CTRLACK	0x54
#define GERROR		0x60
#define GERRORN		0x64
#define GERROR_IRQ_CFG0 0x68
#define STRTAB_BASE	0x80
#define STRTAB_BASE_CFG 0x88
#define CMDQ_BASE	0x90
#define CMDQ_PROD	0x98
#define CMDQ_CONS	0x9c
#define EVENTQ_BASE	0xa0
#define EVENTQ_IRQ_CFG0 0xb0
#define EVENTQ_PROD	(SZ_64K + 0xa8)
#define EVENTQ_CONS	(SZ_64K + 0xac)

#define CR0_SMMUEN   BIT(0)
#define CR0_EVENTQEN BIT(2)
#define CR0_CMDQEN   BIT(3)
#define CR0_ATSCHK   BIT(4)
#define CR0_MASK     GENMASK(4, 0)

/* Stream table and queues: inner shareable, write-back */
#define CR1_COHERENT (3u << 10 | 1u << 8 | 1u << 6 | 3u << 4 | 1u << 2 | 1u << 0)
#define CR2_PTM	     BIT(2) /* CPUs' TLBI is not for its TLBs */
#define CR2_RECINV   BIT(1) /* events also of streams that the table does not have */

#define GBPA_UPDATE	BIT(31)
#define GBPA_ABORT	BIT(20)
#define GERROR_CMDQ	BIT(0)
#define IRQ_EVENTQ	BIT(2)
#define BASE_ALLOC	BIT(62) /* read or write allocate */
#define CONS_POSITION	GENMASK(19, 0)
#define EVENTQ_OVERFLOW BIT(31)

#define CMD_CFGI_ALL  0x04
#define CMD_NSNH_ALL  0x30
#define CMD_SYNC      0x46
#define CFGI_ALL_SIDS 31

#define L1_BITS 3 /* log2 of the bytes of a descriptor */
#define VMID	0 /* no VM's: see VM_FIRST_VMID */
#define MAX_LOG 8 /* refused accesses that are shown */

/* Reads of one register before we say that the hardware does not answer. */
#define WAIT_LIMIT 10000000u

static struct smmu_hw {
	u64 base;
	struct smmu_info info;
	struct pgtable s2;
	u64 *cmdq;
	u32 cmdq_pos; /* with the wrap bit, as in CMDQ_PROD */
	u64 *events;
	u32 events_pos;
	u32 shown;
} smmu;

static bool wait_for(u32 reg, u64 mask, u64 val)
{
	for (u32 i = 0; i < WAIT_LIMIT; i++) {
		if ((read32(smmu.base + reg) & mask) == val)
			return true;
	}
	return false;
}

static void no_answer(const char *what)
{
	fatal("the SMMU at 0x%lx does not answer (%s), expected one that works; boot without "
	      "dma=smmu",
	      smmu.base, what);
}

static void set_acked(u32 reg, u32 ack, u64 mask, u64 val, const char *what)
{
	dsb(sy);
	write32(smmu.base + reg, (u32)val);
	if (!wait_for(ack, mask, val))
		no_answer(what);
}

/* Off, and what is off aborts: GBPA first, so that there is no moment in between. */
static void abort_all(void)
{
	u64 gbpa = smmu.base + GBPA;

	if (!wait_for(GBPA, GBPA_UPDATE, 0))
		no_answer("SMMU_GBPA");
	write32(gbpa, read32(gbpa) | (u32)(GBPA_ABORT | GBPA_UPDATE));
	if (!wait_for(GBPA, GBPA_UPDATE | GBPA_ABORT, GBPA_ABORT))
		no_answer("SMMU_GBPA");
	set_acked(IRQ_CTRL, IRQ_CTRLACK, GENMASK(2, 0), 0, "SMMU_IRQ_CTRLACK");
	set_acked(CR0, CR0ACK, CR0_MASK, 0, "SMMU_CR0ACK");
}

static void *alloc(u64 size)
{
	unsigned order = 0;
	void *p;

	while (PAGE_SIZE << order < size)
		order++;
	p = alloc_pages(order);
	if (!p)
		fatal("no memory for the SMMU's tables: give the machine more (-m)");
	return p;
}

static void make_stage2(const struct machine *m, const struct vm_plan *host)
{
	u32 bits = smmu.info.oas_bits;
	int ret = pgtable_init(&smmu.s2, true, bits, bits, &vm_pgtable_mem, NULL);

	if (!ret)
		ret = smmu_map(&smmu.s2, m, host);
	if (ret == -ENOMEM)
		fatal("no memory for the SMMU's tables: give the machine more (-m)");
	if (ret)
		fatal("found memory, or an ITS, beyond the %u bits of address of the SMMU at "
		      "0x%lx, expected all of it below; boot without dma=smmu",
		      bits, smmu.base);
}

static void set_stream_table(void)
{
	u64 *stes = alloc((8 * SMMU_STE_WORDS) << SMMU_STE_BITS), *first = stes;

	for (u32 i = 0; i < 1u << SMMU_STE_BITS; i++)
		smmu_make_ste(&stes[i * SMMU_STE_WORDS], &smmu.s2, VMID);
	if (smmu.info.two_level) {
		u32 n = 1u << (smmu.info.sid_bits - SMMU_STE_BITS);

		first = alloc((u64)n << L1_BITS);
		for (u32 i = 0; i < n; i++)
			first[i] = smmu_make_l1std(virt_to_hpa(stes));
	}
	write64(smmu.base + STRTAB_BASE, BASE_ALLOC | virt_to_hpa(first).v);
	write32(smmu.base + STRTAB_BASE_CFG, smmu_strtab_cfg(&smmu.info));
}

static void set_queues(void)
{
	smmu.cmdq = alloc(PAGE_SIZE);
	smmu.events = alloc(PAGE_SIZE);
	write64(smmu.base + CMDQ_BASE, BASE_ALLOC | virt_to_hpa(smmu.cmdq).v | smmu.info.cmdq_bits);
	write32(smmu.base + CMDQ_PROD, 0);
	write32(smmu.base + CMDQ_CONS, 0);
	write64(smmu.base + EVENTQ_BASE,
		BASE_ALLOC | virt_to_hpa(smmu.events).v | smmu.info.event_bits);
	write32(smmu.base + EVENTQ_PROD, 0);
	write32(smmu.base + EVENTQ_CONS, 0);
	if (smmu.info.msi) {
		write64(smmu.base + GERROR_IRQ_CFG0, 0);
		write64(smmu.base + EVENTQ_IRQ_CFG0, 0);
	}
}

/* One command, until the SMMU has taken it. */
static void command(u64 w0, u64 w1)
{
	u32 mask = (1u << smmu.info.cmdq_bits) - 1, at = smmu.cmdq_pos & mask;

	smmu.cmdq[2 * at] = w0;
	smmu.cmdq[2 * at + 1] = w1;
	smmu.cmdq_pos = (smmu.cmdq_pos + 1) & (2 * mask + 1);
	dsb(sy);
	write32(smmu.base + CMDQ_PROD, smmu.cmdq_pos);
	if (!wait_for(CMDQ_CONS, CONS_POSITION, smmu.cmdq_pos) ||
	    ((read32(smmu.base + GERROR) ^ read32(smmu.base + GERRORN)) & GERROR_CMDQ))
		no_answer("its command queue");
}

/* Whatever the SMMU has kept from before. */
static void invalidate(void)
{
	command(CMD_CFGI_ALL, CFGI_ALL_SIDS);
	command(CMD_NSNH_ALL, 0);
	command(CMD_SYNC, 0);
}

void smmu_hw_init(const struct machine *m, const struct vm_plan *host)
{
	u64 cr0 = CR0_CMDQEN;
	const char *why;

	if (!m->opt.dma_smmu)
		return;
	smmu.base = m->dma.smmu.base.v;
	if (el2_map_device(m->dma.smmu.base, 2 * SZ_64K))
		fatal("cannot map the SMMU at 0x%lx", smmu.base);
	why = smmu_identify(read32(smmu.base + IDR0), read32(smmu.base + IDR1),
			    read32(smmu.base + IDR5), &smmu.info);
	if (why)
		fatal("found an SMMU that %s, expected for dma=smmu one that can keep devices to "
		      "the VM's memory; for QEMU: -machine virt,iommu=smmuv3 -global "
		      "arm-smmuv3.stage=2",
		      why);
	abort_all();
	make_stage2(m, host);
	write32(smmu.base + CR1, CR1_COHERENT);
	write32(smmu.base + CR2, CR2_PTM | CR2_RECINV);
	write32(smmu.base + GERRORN, read32(smmu.base + GERROR));
	set_stream_table();
	set_queues();
	set_acked(CR0, CR0ACK, CR0_MASK, cr0, "SMMU_CR0ACK.CMDQEN");
	invalidate();
	cr0 |= CR0_EVENTQEN;
	set_acked(CR0, CR0ACK, CR0_MASK, cr0, "SMMU_CR0ACK.EVENTQEN");
	cr0 |= CR0_SMMUEN | (smmu.info.ats ? CR0_ATSCHK : 0);
	set_acked(CR0, CR0ACK, CR0_MASK, cr0, "SMMU_CR0ACK.SMMUEN");
	log_info("DMA: the SMMU at 0x%lx keeps devices to the host VM's memory; %u that are not "
		 "behind it are refused",
		 smmu.base, m->dma.nr_refused);
}

void smmu_hw_enable_events(const struct machine *m)
{
	u32 intid = m->dma.event_intid;

	if (!smmu.base || !intid || intid >= GIC_FIRST_SPI + gic_info()->nr_spis)
		return;
	gic_write_config(0, intid / 32, 1u << intid % 32, true);
	gic_route(intid, 0);
	gic_set_enable(0, intid, true);
	set_acked(IRQ_CTRL, IRQ_CTRLACK, GENMASK(2, 0), IRQ_EVENTQ, "SMMU_IRQ_CTRLACK");
}

void smmu_hw_events(const struct machine *m)
{
	u32 mask = (1u << smmu.info.event_bits) - 1, prod;
	char text[128];

	while (smmu.shown < MAX_LOG) {
		/* anew each time: the interrupt comes again only after the queue was empty */
		prod = read32(smmu.base + EVENTQ_PROD);
		if (!((prod ^ smmu.events_pos) & (2 * mask + 1)))
			return;
		dsb(sy);
		smmu_describe(&smmu.events[(smmu.events_pos & mask) * SMMU_EVENT_WORDS], text,
			      sizeof(text));
		log_warn("DMA refused: %s", text);
		smmu.events_pos = (smmu.events_pos + 1) & (2 * mask + 1);
		write32(smmu.base + EVENTQ_CONS, smmu.events_pos | (prod & (u32)EVENTQ_OVERFLOW));
		smmu.shown++;
	}
	gic_set_enable(0, m->dma.event_intid, false);
	log_warn("DMA refused: more of it is not shown");
}
