// SPDX-License-Identifier: Apache-2.0
#include "irq/its_hw.h"
#include "cpu/mmio.h"
#include "cpu/sysreg.h"
#include "irq/gicv3.h"
#include "mm/alloc.h"
#include "mm/el2map.h"

#define TYPER_ITT_ENTRY(t) ((u32)FIELD(t, 7, 4) + 1)
#define TYPER_ID_BITS(t)   ((u32)FIELD(t, 12, 8) + 1)
#define TYPER_DEV_BITS(t)  ((u32)FIELD(t, 17, 13) + 1)
#define TYPER_HCC(t)	   ((u32)FIELD(t, 31, 24))
#define TYPER_COLL_BITS(t) ((u32)FIELD(t, 35, 32) + 1)

/* GITS_BASER<n> and GITS_CBASER: valid, inner Write-Back, Inner Shareable */
#define CACHEABLE  (UINT64_C(7) << 59)
#define SHAREABLE  (UINT64_C(1) << 10)
#define SHARE_MASK GENMASK(11, 10)

#define QUEUE_SIZE SZ_4K
#define MAX_BITS   16

/* Reads of one register before we say that the hardware does not answer. */
#define WAIT_LIMIT 10000000u

static struct its_hw {
	u64 base;
	struct its_hw_info info;
	struct its_cmd *queue;
	u64 pos; /* bytes: where the next command goes */
	struct {
		void *mem;
		unsigned int order;
		u64 reg, val; /* its GITS_BASER<n>: address, and what it is to hold */
	} table[ITS_NR_TABLES];
} its_hw[MACHINE_MAX_ITS];

const struct its_hw_info *its_hw_info(u32 n)
{
	return &its_hw[n].info;
}

static bool set_enabled(struct its_hw *h, bool on)
{
	dsb(sy);
	write32(h->base + GITS_CTLR, on ? GITS_CTLR_ENABLED : 0);
	if (on)
		return true;
	for (u32 i = 0; i < WAIT_LIMIT; i++)
		if (read32(h->base + GITS_CTLR) & GITS_CTLR_QUIESCENT)
			return true;
	return false;
}

bool its_hw_enable(u32 n, bool on)
{
	return set_enabled(&its_hw[n], on);
}

bool its_hw_reset(u32 n, enum its_table table)
{
	struct its_hw *h = &its_hw[n];

	if (!h->table[table].mem)
		return true;
	write64(h->table[table].reg, h->table[table].val & ~GITS_VALID);
	__builtin_memset(h->table[table].mem, 0, PAGE_SIZE << h->table[table].order);
	dsb(sy);
	write64(h->table[table].reg, h->table[table].val);
	return true;
}

bool its_hw_submit(u32 n, const struct its_cmd *cmd, u32 count)
{
	struct its_hw *h = &its_hw[n];

	for (u32 i = 0; i < count; i++) {
		h->queue[h->pos / sizeof(*cmd)] = cmd[i];
		h->pos = (h->pos + sizeof(*cmd)) % QUEUE_SIZE;
	}
	dsb(sy);
	write64(h->base + GITS_CWRITER, h->pos);
	for (u32 i = 0; i < WAIT_LIMIT; i++) {
		u64 r = read64(h->base + GITS_CREADR);

		if (r == h->pos)
			return true;
		if (r & GITS_CREADR_STALLED)
			break;
	}
	return false;
}

/* A table of 2^bits entries in the largest pages that the register takes. */
static const char *set_table(struct its_hw *h, enum its_table t, u64 reg, u32 bits)
{
	u64 old = read64(reg), size = GITS_BASER_ENTRY(old) << bits, page, val, got;
	unsigned int order = 4; /* 64 KiB, which fits the alignment for every page size */
	void *mem;

	while (PAGE_SIZE << order < size)
		order++;
	mem = alloc_pages(order);
	if (!mem)
		return "there is no memory for its tables (give the machine more: -m)";
	size = PAGE_SIZE << order;
	for (u32 shift = 2; shift < 3; shift--) {
		page = SZ_4K << 2 * shift;
		if (size / page > 256)
			break;
		val = GITS_VALID | CACHEABLE | SHAREABLE | virt_to_hpa(mem).v | (u64)shift << 8 |
		      (size / page - 1);
		dsb(sy);
		write64(reg, val);
		got = read64(reg);
		if ((got & SHARE_MASK) != SHAREABLE)
			break;
		if (FIELD(got, 9, 8) != shift)
			continue;
		h->table[t].mem = mem;
		h->table[t].order = order;
		h->table[t].reg = reg;
		h->table[t].val = got;
		return NULL;
	}
	write64(reg, 0);
	free_pages(mem, order);
	return "its tables cannot be flat and in coherent memory";
}

static const char *set_tables(struct its_hw *h, u64 typer)
{
	bool coll = TYPER_HCC(typer) >= ITS_NR_COLL;
	const char *err = NULL;

	for (u32 i = 0; i < GITS_NR_BASER && !err; i++) {
		u64 reg = h->base + GITS_BASER + 8 * i;

		switch (GITS_BASER_TYPE(read64(reg))) {
		case GITS_TYPE_DEVICES:
			err = set_table(h, ITS_DEVICES, reg, h->info.device_bits);
			break;
		case GITS_TYPE_COLL:
			err = set_table(h, ITS_COLLECTIONS, reg, ITS_COLL_BITS);
			break;
		default: /* not there, or of GICv4 */
			write64(reg, 0);
		}
	}
	if (!err && !h->table[ITS_DEVICES].mem)
		err = "it has no device table";
	if (!err && !coll && !h->table[ITS_COLLECTIONS].mem)
		err = "it has no collection table";
	return err;
}

static u32 at_most(u32 a, u32 b)
{
	return a < b ? a : b;
}

static const char *init_one(struct its_hw *h, struct mem_range frame)
{
	u64 typer, cbaser;
	const char *err;
	u32 rev;

	if (el2_map_device(frame.base, ITS_FRAME_SIZE))
		return "it cannot be mapped";
	h->base = frame.base.v;
	rev = (u32)FIELD(read32(h->base + GIC_PIDR2), 7, 4);
	if (rev != 3 && rev != 4)
		return "by GITS_PIDR2 it is no ITS of a GICv3 or GICv4";
	typer = read64(h->base + GITS_TYPER);
	if (!(typer & GITS_TYPER_PHYSICAL))
		return "it has no physical LPIs";
	if ((typer & GITS_TYPER_CIL) && TYPER_COLL_BITS(typer) < ITS_COLL_BITS)
		return "it has too few collections";
	if (!set_enabled(h, false))
		return "it does not become quiescent";
	h->info.device_bits = at_most(TYPER_DEV_BITS(typer), MAX_BITS);
	h->info.event_bits = at_most(TYPER_ID_BITS(typer), ITS_EVENT_BITS);
	h->info.itt_entry = ALIGN_UP(TYPER_ITT_ENTRY(typer), 4);
	h->info.pta = typer & GITS_TYPER_PTA;
	err = set_tables(h, typer);
	if (err)
		return err;
	h->queue = alloc_page();
	if (!h->queue)
		return "there is no memory for its queue (give the machine more: -m)";
	cbaser = GITS_VALID | CACHEABLE | SHAREABLE | virt_to_hpa(h->queue).v;
	write64(h->base + GITS_CBASER, cbaser);
	if ((read64(h->base + GITS_CBASER) & SHARE_MASK) != SHAREABLE)
		return "its queue cannot be in coherent memory";
	write64(h->base + GITS_CWRITER, 0);
	return NULL;
}

/* The tables of the redistributors are the VM's, which reads back that they may be coherent. */
static const char *check_redistributor(u64 rd)
{
	u64 got;

	if (!(read64(rd + GICR_TYPER) & GICR_TYPER_PLPIS))
		return "the redistributors have no LPIs (GICR_TYPER.PLPIS)";
	if (read32(rd + GICR_CTLR) & GICR_CTLR_LPIS)
		return "LPIs are on already (GICR_CTLR.EnableLPIs)";
	write64(rd + GICR_PROPBASER, SHAREABLE | UINT64_C(7) << 7);
	got = read64(rd + GICR_PROPBASER);
	write64(rd + GICR_PROPBASER, 0);
	return (got & SHARE_MASK) == SHAREABLE
		       ? NULL
		       : "the redistributors' tables cannot be in coherent memory";
}

const char *its_hw_init(const struct machine_gic *gic)
{
	u32 typer = read32(gic->gicd.base.v + GICD_TYPER);
	const char *err;

	if (!(typer & GICD_TYPER_LPIS) || GICD_TYPER_IDBITS(typer) < ITS_LPI_BITS)
		return "the GIC has no LPIs, or too few (GICD_TYPER)";
	err = check_redistributor(gic->gicr[0].base.v);
	for (u32 i = 0; i < gic->nr_its && !err; i++)
		err = init_one(&its_hw[i], gic->its[i]);
	return err;
}
