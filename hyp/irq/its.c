// SPDX-License-Identifier: Apache-2.0
/* The registers of a virtual ITS and its command queue; the commands are in its_cmd.c. */
#include "irq/its.h"
#include "irq/gicv3.h"

#define CBASER_ADDR(v) (GENMASK(51, 12) & (v))
#define CBASER_SIZE(v) ((FIELD(v, 7, 0) + 1) * SZ_4K)
#define CBASER_WRITABLE                                                                            \
	(GITS_VALID | GENMASK(61, 59) | GENMASK(55, 53) | GENMASK(51, 10) | GENMASK(7, 0))
#define QUEUE_OFFSET(v) (GENMASK(19, 5) & (v))
#define BASER_ENTRY_8	(UINT64_C(7) << 48) /* of tables that nobody has to fill: 8 bytes */
#define BASER_READ_ONLY (GENMASK(58, 56) | GENMASK(52, 48)) /* Type, Entry_Size */
#define BASER_PAGE_SIZE GENMASK(9, 8)
#define COMMAND_SIZE	(sizeof(struct its_cmd))

bool its_init(struct its *its, const struct its_config *cfg)
{
	if (!cfg->nr_vcpus || cfg->nr_vcpus > MAX_CPUS || !cfg->device_bits ||
	    cfg->device_bits > 16 || !cfg->event_bits || cfg->event_bits > ITS_EVENT_BITS ||
	    !cfg->itt_entry || cfg->itt_entry > 16 || cfg->itt_entry % 4)
		return false;
	__builtin_memset(its, 0, sizeof(*its));
	its->cfg = *cfg;
	its->baser[ITS_DEVICES] = (u64)GITS_TYPE_DEVICES << GITS_BASER_TYPE_SHIFT | BASER_ENTRY_8;
	its->baser[ITS_COLLECTIONS] = (u64)GITS_TYPE_COLL << GITS_BASER_TYPE_SHIFT | BASER_ENTRY_8;
	for (u32 i = 0; i < ITS_NR_COLL; i++)
		its->coll[i] = ITS_NO_VCPU;
	return true;
}

static u64 typer(const struct its *its)
{
	return GITS_TYPER_PHYSICAL | (u64)(its->cfg.itt_entry - 1) << 4 |
	       (u64)(its->cfg.event_bits - 1) << 8 | (u64)(its->cfg.device_bits - 1) << 13 |
	       (u64)(ITS_COLL_BITS - 1) << 32 | GITS_TYPER_CIL;
}

/* Takes up to ITS_BATCH commands from the queue. True: there are more. */
static bool run_queue(struct its *its)
{
	u64 size = CBASER_SIZE(its->cbaser);
	struct its_cmd cmd;

	if (!its->enabled || !(its->cbaser & GITS_VALID))
		return false;
	for (u32 i = 0; i < ITS_BATCH; i++) {
		if (its->stalled || its->creadr == its->cwriter)
			return false;
		if (its->dead ||
		    !its->cfg.ops->read(its->cfg.ctx, CBASER_ADDR(its->cbaser) + its->creadr,
					&cmd) ||
		    !its_command(its, &cmd)) {
			its->stalled = true;
			return false;
		}
		its->creadr = (its->creadr + COMMAND_SIZE) % size;
	}
	return its->creadr != its->cwriter;
}

/* A command is not done before the vCPUs have seen what it changes. */
static u64 read_creadr(struct its *its)
{
	if (!its->cfg.ops->lpi_waiting(its->cfg.ctx))
		its->creadr_seen = its->creadr;
	return its->creadr_seen | (its->stalled ? GITS_CREADR_STALLED : 0);
}

static u64 id_reg(u64 offset)
{
	const u8 ids[12] = {0x04, 0, 0, 0, 0x94, 0xb4, 0x3b, 0, 0x0d, 0xf0, 0x05, 0xb1};

	return ids[(offset - GIC_ID_REGS) / 4];
}

/* The 64-bit register at `offset`, a multiple of 8; the first two words are one each. */
static u64 read_reg(struct its *its, u64 offset)
{
	if (offset >= GITS_BASER && offset < GITS_BASER + 8 * ITS_NR_TABLES)
		return its->baser[(offset - GITS_BASER) / 8];
	if (offset >= (GIC_ID_REGS & ~UINT64_C(7)))
		return id_reg(offset) | id_reg(offset + 4) << 32;
	switch (offset) {
	case GITS_CTLR:
		return (its->enabled ? GITS_CTLR_ENABLED : 0) | GITS_CTLR_QUIESCENT |
		       (u64)GIC_NEVE_IIDR << 32;
	case GITS_TYPER:
		return typer(its);
	case GITS_CBASER:
		return its->cbaser;
	case GITS_CWRITER:
		return its->cwriter;
	case GITS_CREADR:
		return read_creadr(its);
	}
	return 0;
}

static void write_baser(struct its *its, enum its_table t, u64 val)
{
	if (its->enabled)
		return;
	if ((val & BASER_PAGE_SIZE) == BASER_PAGE_SIZE) /* reserved */
		val &= ~BIT(8);
	its->baser[t] = (val & ~BASER_READ_ONLY) | (its->baser[t] & BASER_READ_ONLY);
	its_forget(its, t);
}

static bool write_ctlr(struct its *its, bool enable)
{
	if (enable != its->enabled && !its->dead) {
		if (its->cfg.ops->enable(its->cfg.ctx, enable))
			its->enabled = enable;
		else
			its->dead = true;
	}
	return run_queue(its);
}

/* True: there is more to do. */
static bool write_reg(struct its *its, u64 offset, u64 val)
{
	if (offset >= GITS_BASER && offset < GITS_BASER + 8 * ITS_NR_TABLES) {
		write_baser(its, (enum its_table)((offset - GITS_BASER) / 8), val);
		return false;
	}
	switch (offset) {
	case GITS_CTLR:
		return write_ctlr(its, val & GITS_CTLR_ENABLED);
	case GITS_CBASER:
		if (its->enabled)
			return false;
		its->cbaser = val & CBASER_WRITABLE;
		its->creadr = its->creadr_seen = its->cwriter = 0;
		its->stalled = false;
		return false;
	case GITS_CWRITER:
		if (QUEUE_OFFSET(val) >= CBASER_SIZE(its->cbaser))
			return false;
		its->cwriter = QUEUE_OFFSET(val);
		if (val & GITS_CWRITER_RETRY)
			its->stalled = false;
		return run_queue(its);
	}
	return false;
}

enum its_result its_mmio(struct its *its, u64 offset, u32 size, bool write, u64 *val)
{
	u64 reg = offset & ~UINT64_C(7), mask = size == 4 ? GENMASK(31, 0) : ~UINT64_C(0);
	u32 shift = (u32)(offset & 4) * 8;
	bool again = false;

	/* GITS_CTLR, GITS_IIDR and the identification have 32 bits; all others 64 or 32 */
	if (offset >= ITS_FRAME_SIZE || (size != 4 && size != 8) || offset % size ||
	    (size == 8 && (offset == GITS_CTLR || offset >= GIC_ID_REGS)))
		return ITS_REFUSE;
	spin_lock(&its->lock);
	if (!write)
		*val = read_reg(its, reg) >> shift & mask;
	else if (reg != GITS_CTLR || !shift)
		again = write_reg(its, reg,
				  (read_reg(its, reg) & ~(mask << shift)) | (*val & mask) << shift);
	spin_unlock(&its->lock);
	return again ? ITS_AGAIN : ITS_OK;
}
