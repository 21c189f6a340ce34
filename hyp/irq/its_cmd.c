// SPDX-License-Identifier: Apache-2.0
/* The commands of a virtual ITS: fields, checks, and what the hardware is told. */
#include "irq/its.h"
#include "irq/lr.h"

#define OPCODE(c)   ((u32)FIELD((c)->w[0], 7, 0))
#define DEVICE(c)   ((u32)((c)->w[0] >> 32))
#define EVENT(c)    ((u32)(c)->w[1])
#define INTID(c)    ((u32)((c)->w[1] >> 32))
#define SIZE(c)	    ((u32)FIELD((c)->w[1], 4, 0))
#define ICID(c)	    ((u32)FIELD((c)->w[2], 15, 0))
#define RDBASE(w)   (FIELD(w, 50, 16))
#define VALID	    BIT(63)
#define RDBASE_MASK GENMASK(50, 16)

static struct its_device *find(struct its *its, u32 id)
{
	for (u32 i = 0; i < ITS_MAX_DEV; i++)
		if (its->dev[i].itt && its->dev[i].id == id)
			return &its->dev[i];
	return NULL;
}

/* An error in the command: it is skipped. */
static bool refuse(struct its *its)
{
	its->refused++;
	return true;
}

static bool submit(struct its *its, const struct its_cmd *cmd, u32 n)
{
	if (!its->cfg.ops->submit(its->cfg.ctx, cmd, n))
		its->dead = true;
	return !its->dead;
}

static bool rdbase(struct its *its, u64 vcpu, u64 *field)
{
	if (vcpu >= its->cfg.nr_vcpus || !its->cfg.ops->rdbase(its->cfg.ctx, (u32)vcpu, field))
		return false;
	*field &= RDBASE_MASK;
	return true;
}

static void release(struct its *its, struct its_device *d)
{
	its->pages -= 1u << d->order;
	its->cfg.ops->free(its->cfg.ctx, d->itt, d->order);
	d->itt = NULL;
}

static u64 itt_size(const struct its *its, u32 bits)
{
	return ALIGN_UP((u64)its->cfg.itt_entry << bits, 256);
}

/* Memory for a device that is not mapped yet. */
static struct its_device *make(struct its *its, u32 id, u32 bits)
{
	u64 size = itt_size(its, bits) + (sizeof(u32) << bits);
	u32 order = 0;

	while (PAGE_SIZE << order < size)
		order++;
	if (its->pages + (1u << order) > ITS_MAX_PAGES)
		return NULL;
	for (u32 i = 0; i < ITS_MAX_DEV; i++) {
		struct its_device *d = &its->dev[i];

		if (d->itt)
			continue;
		d->itt = its->cfg.ops->alloc(its->cfg.ctx, order);
		if (!d->itt)
			return NULL;
		its->pages += 1u << order;
		d->id = id;
		d->bits = (u8)bits;
		d->order = (u8)order;
		d->events = (u32 *)((u8 *)d->itt + itt_size(its, bits));
		return d;
	}
	return NULL;
}

/* The ITT is in use until the ITS has synchronized. */
static bool unmap(struct its *its, struct its_device *d)
{
	struct its_cmd cmd[2] = {{{ITS_MAPD | (u64)d->id << 32, 0, 0, 0}}, {{ITS_SYNC, 0, 0, 0}}};

	if (!rdbase(its, 0, &cmd[1].w[2]) || !submit(its, cmd, 2))
		return false;
	release(its, d);
	return true;
}

static bool mapd(struct its *its, const struct its_cmd *c)
{
	u32 id = DEVICE(c), bits = SIZE(c) + 1;
	struct its_cmd cmd = {{ITS_MAPD | (u64)id << 32, bits - 1, VALID, 0}};
	bool map = c->w[2] & VALID;
	struct its_device *d;

	if (id >> its->cfg.device_bits || (map && bits > its->cfg.event_bits))
		return refuse(its);
	d = find(its, id);
	if (d && !unmap(its, d))
		return !its->dead;
	if (!map)
		return true;
	d = make(its, id, bits);
	if (!d)
		return refuse(its);
	cmd.w[2] |= (u64)(uintptr_t)d->itt;
	return submit(its, &cmd, 1);
}

static bool mapc(struct its *its, const struct its_cmd *c)
{
	struct its_cmd cmd = {{ITS_MAPC, 0, c->w[2] & VALID, 0}};
	u64 vcpu = RDBASE(c->w[2]), field = 0;
	u32 icid = ICID(c);

	if (icid >= ITS_NR_COLL)
		return refuse(its);
	if (!cmd.w[2]) { /* RDbase means nothing then */
		if (its->coll[icid] == ITS_NO_VCPU)
			return true;
		vcpu = its->coll[icid];
	}
	if (!rdbase(its, vcpu, &field))
		return refuse(its);
	cmd.w[2] |= field | icid;
	if (!submit(its, &cmd, 1))
		return false;
	its->coll[icid] = c->w[2] & VALID ? (u8)vcpu : ITS_NO_VCPU;
	return true;
}

static bool mapti(struct its *its, const struct its_cmd *c, u32 intid)
{
	struct its_device *d = find(its, DEVICE(c));
	u32 event = EVENT(c), icid = ICID(c);
	struct its_cmd cmd = {
		{ITS_MAPTI | (u64)DEVICE(c) << 32, event | (u64)intid << 32, icid, 0}};

	if (!d || event >> d->bits || icid >= ITS_NR_COLL || intid < GIC_FIRST_LPI ||
	    intid >> ITS_LPI_BITS)
		return refuse(its);
	if (!submit(its, &cmd, 1))
		return false;
	d->events[event] = ITS_EVENT(intid, icid);
	return true;
}

static bool is_mapped(const struct its *its, u32 icid)
{
	return icid < ITS_NR_COLL && its->coll[icid] != ITS_NO_VCPU;
}

/* Those about an event that is mapped, and whose collection is. */
static bool event_command(struct its *its, const struct its_cmd *c)
{
	const struct its_ops *ops = its->cfg.ops;
	struct its_device *d = find(its, DEVICE(c));
	struct its_cmd cmd = {{OPCODE(c) | (u64)DEVICE(c) << 32, EVENT(c), 0, 0}};
	u32 *e = d && !(EVENT(c) >> d->bits) ? &d->events[EVENT(c)] : NULL;
	u32 intid;

	if (!e || !*e || !is_mapped(its, ITS_EVENT_ICID(*e)))
		return refuse(its);
	intid = ITS_EVENT_INTID(*e);
	if (OPCODE(c) == ITS_MOVI) {
		if (!is_mapped(its, ICID(c)))
			return refuse(its);
		cmd.w[2] = ICID(c);
	}
	if (!submit(its, &cmd, 1))
		return false;
	switch (OPCODE(c)) {
	case ITS_MOVI:
		*e = ITS_EVENT(intid, ICID(c));
		ops->lpi_move(its->cfg.ctx, intid, its->coll[ICID(c)]);
		break;
	case ITS_INV:
		ops->lpi_changed(its->cfg.ctx);
		break;
	case ITS_DISCARD:
		*e = 0;
		ops->lpi_clear(its->cfg.ctx, intid);
		break;
	case ITS_CLEAR:
		ops->lpi_clear(its->cfg.ctx, intid);
		break;
	default: /* INT */
		break;
	}
	return true;
}

static bool invall(struct its *its, const struct its_cmd *c)
{
	struct its_cmd cmd = {{ITS_INVALL, 0, ICID(c), 0}};

	if (!is_mapped(its, ICID(c)))
		return refuse(its);
	if (!submit(its, &cmd, 1))
		return false;
	its->cfg.ops->lpi_changed(its->cfg.ctx);
	return true;
}

static bool movall(struct its *its, const struct its_cmd *c)
{
	struct its_cmd cmd = {{ITS_MOVALL, 0, 0, 0}};
	u64 from = RDBASE(c->w[2]), to = RDBASE(c->w[3]);

	if (!rdbase(its, from, &cmd.w[2]) || !rdbase(its, to, &cmd.w[3]))
		return refuse(its);
	if (from == to)
		return true;
	if (!submit(its, &cmd, 1))
		return false;
	its->cfg.ops->lpi_move_all(its->cfg.ctx, (u32)from, (u32)to);
	return true;
}

static bool sync(struct its *its, const struct its_cmd *c)
{
	struct its_cmd cmd = {{ITS_SYNC, 0, 0, 0}};

	if (!rdbase(its, RDBASE(c->w[2]), &cmd.w[2]))
		return refuse(its);
	return submit(its, &cmd, 1);
}

bool its_command(struct its *its, const struct its_cmd *c)
{
	switch (OPCODE(c)) {
	case ITS_MAPD:
		return mapd(its, c);
	case ITS_MAPC:
		return mapc(its, c);
	case ITS_MAPTI:
		return mapti(its, c, INTID(c));
	case ITS_MAPI:
		return mapti(its, c, EVENT(c));
	case ITS_MOVI:
	case ITS_INV:
	case ITS_INT:
	case ITS_CLEAR:
	case ITS_DISCARD:
		return event_command(its, c);
	case ITS_INVALL:
		return invall(its, c);
	case ITS_MOVALL:
		return movall(its, c);
	case ITS_SYNC:
		return sync(its, c);
	default: /* also those of GICv4 */
		return refuse(its);
	}
}

bool its_forget(struct its *its, enum its_table table)
{
	bool any = false;

	if (table == ITS_COLLECTIONS) {
		for (u32 i = 0; i < ITS_NR_COLL; i++)
			any |= its->coll[i] != ITS_NO_VCPU;
	} else {
		for (u32 i = 0; i < ITS_MAX_DEV; i++)
			any |= its->dev[i].itt != NULL;
	}
	if (!any)
		return true;
	if (!its->cfg.ops->reset(its->cfg.ctx, table)) {
		its->dead = true;
		return false;
	}
	for (u32 i = 0; i < ITS_NR_COLL && table == ITS_COLLECTIONS; i++)
		its->coll[i] = ITS_NO_VCPU;
	for (u32 i = 0; i < ITS_MAX_DEV && table == ITS_DEVICES; i++)
		if (its->dev[i].itt)
			release(its, &its->dev[i]);
	return true;
}
