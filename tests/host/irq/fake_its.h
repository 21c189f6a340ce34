/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An ITS behind its_ops that does not forgive: any command with an error, any table outside of the
 * memory that was given out or given back too early ends the test. Written from the architecture,
 * without the code under test. For the host tests and the fuzzer.
 */
#ifndef TEST_IRQ_FAKE_ITS_H
#define TEST_IRQ_FAKE_ITS_H

#include <stdlib.h>
#include <string.h>
#include "../../check.h"
#include "irq/its.h"

#define FAKE_CPUS	4
#define FAKE_ENTRY	12
#define FAKE_QUEUE	UINT64_C(0x40000000) /* guest memory: the queue */
#define FAKE_QUEUE_SIZE 8192
#define FAKE_MAX	(ITS_MAX_DEV + 1)

struct fake_dev {
	bool mapped, unsynced;
	u32 id, bits;
	u64 itt;
	u32 *events; /* INTID | ICID << 16 */
};

struct fake_its {
	struct its its;
	u8 queue[FAKE_QUEUE_SIZE];
	bool on, stop, waiting;
	u32 offline; /* vCPUs without an address */
	u32 max_pages, pages;
	struct {
		u8 *mem;
		u64 size;
	} chunk[FAKE_MAX];
	struct fake_dev dev[FAKE_MAX];
	bool coll[65536];
	u32 submitted, changed, cleared, moved, moved_all;
	struct its_cmd last;
};

static struct fake_dev *fake_dev(struct fake_its *f, u32 id)
{
	for (u32 i = 0; i < FAKE_MAX; i++)
		if (f->dev[i].mapped && f->dev[i].id == id)
			return &f->dev[i];
	return NULL;
}

static bool fake_read(void *ctx, u64 ipa, struct its_cmd *cmd)
{
	struct fake_its *f = ctx;

	CHECK(ipa % 32 == 0);
	if (ipa < FAKE_QUEUE || ipa >= FAKE_QUEUE + FAKE_QUEUE_SIZE)
		return false;
	memcpy(cmd, f->queue + (ipa - FAKE_QUEUE), sizeof(*cmd));
	return true;
}

static void *fake_alloc(void *ctx, unsigned int order)
{
	struct fake_its *f = ctx;
	u64 size = PAGE_SIZE << order;

	if (f->pages + (1u << order) > f->max_pages)
		return NULL;
	for (u32 i = 0; i < FAKE_MAX; i++) {
		if (f->chunk[i].mem)
			continue;
		f->chunk[i].mem = aligned_alloc(size, size);
		f->chunk[i].size = size;
		memset(f->chunk[i].mem, 0, size);
		f->pages += 1u << order;
		return f->chunk[i].mem;
	}
	return NULL;
}

static void fake_free_pages(void *ctx, void *pages, unsigned int order)
{
	struct fake_its *f = ctx;

	for (u32 i = 0; i < FAKE_MAX; i++) {
		struct fake_dev *d = &f->dev[i];

		CHECK(!(d->mapped || d->unsynced) || d->itt != (u64)(uintptr_t)pages);
	}
	for (u32 i = 0; i < FAKE_MAX; i++) {
		if (f->chunk[i].mem != pages)
			continue;
		CHECK(f->chunk[i].size == PAGE_SIZE << order);
		free(pages);
		f->chunk[i].mem = NULL;
		f->pages -= 1u << order;
		return;
	}
	CHECK(!"freed what it never had");
}

static bool fake_rdbase(void *ctx, u32 vcpu, u64 *field)
{
	struct fake_its *f = ctx;

	CHECK(vcpu < FAKE_CPUS);
	*field = (u64)(vcpu + 0x100) << 16;
	return !(f->offline & BIT(vcpu));
}

static void must_be_rdbase(const struct fake_its *f, u64 w)
{
	u64 n = FIELD(w, 50, 16) - 0x100;

	CHECK(n < FAKE_CPUS && !(f->offline & BIT(n)));
}

static void fake_mapd(struct fake_its *f, const struct its_cmd *c)
{
	struct fake_dev *d = fake_dev(f, (u32)(c->w[0] >> 32));
	u64 itt = c->w[2] & GENMASK(51, 8);
	bool inside = false;

	CHECK(!(c->w[2] & ~(BIT(63) | GENMASK(51, 8))) && !(c->w[1] & ~UINT64_C(0x1f)));
	CHECK(c->w[0] >> 48 == 0);
	if (!(c->w[2] & BIT(63))) {
		CHECK(d);
		d->mapped = false;
		d->unsynced = true;
		free(d->events);
		return;
	}
	CHECK(!d);
	for (d = f->dev; d->mapped || d->unsynced;)
		CHECK(++d < f->dev + FAKE_MAX);
	*d = (struct fake_dev){true, false, (u32)(c->w[0] >> 32), (u32)c->w[1] + 1, itt, NULL};
	for (u32 i = 0; i < FAKE_MAX; i++) {
		u64 mem = (u64)(uintptr_t)f->chunk[i].mem;

		inside |= mem && itt >= mem &&
			  itt + ((u64)FAKE_ENTRY << d->bits) <= mem + f->chunk[i].size;
	}
	CHECK(inside);
	/* the ITS writes its part: what the code under test keeps must not be there */
	for (u64 i = 0; i < (u64)FAKE_ENTRY << d->bits; i++)
		CHECK(((u8 *)(uintptr_t)itt)[i] == 0);
	memset((void *)(uintptr_t)itt, 0xff, (u64)FAKE_ENTRY << d->bits);
	d->events = calloc(1u << d->bits, sizeof(u32));
}

static void fake_event(struct fake_its *f, const struct its_cmd *c)
{
	struct fake_dev *d = fake_dev(f, (u32)(c->w[0] >> 32));
	u32 event = (u32)c->w[1], op = (u8)c->w[0], icid = c->w[2] & 0xffff;

	CHECK(d && event < 1u << d->bits);
	if (op == 0x0a) {
		u32 intid = (u32)(c->w[1] >> 32);

		CHECK(intid >= 8192 && intid < 65536 && icid < 64 && c->w[2] >> 16 == 0);
		d->events[event] = intid | icid << 16;
		return;
	}
	CHECK(d->events[event] && f->coll[d->events[event] >> 16]);
	CHECK(c->w[1] >> 32 == 0);
	if (op == 0x0f)
		d->events[event] = 0;
	if (op == 0x01) {
		CHECK(icid < 64 && f->coll[icid] && c->w[2] >> 16 == 0);
		d->events[event] = (d->events[event] & 0xffff) | icid << 16;
	}
}

static void fake_command(struct fake_its *f, const struct its_cmd *c)
{
	CHECK(!(c->w[0] & GENMASK(31, 8)));
	switch ((u8)c->w[0]) {
	case 0x08:
		fake_mapd(f, c);
		break;
	case 0x09:
		CHECK((c->w[2] & 0xffff) < 64);
		must_be_rdbase(f, c->w[2]);
		f->coll[c->w[2] & 0xffff] = c->w[2] >> 63;
		break;
	case 0x0a: /* MAPTI */
	case 0x01: /* MOVI, INT, CLEAR, INV, DISCARD */
	case 0x03:
	case 0x04:
	case 0x0c:
	case 0x0f:
		fake_event(f, c);
		break;
	case 0x0d: /* INVALL */
		CHECK(c->w[2] < 64 && f->coll[c->w[2]]);
		break;
	case 0x0e: /* MOVALL */
		must_be_rdbase(f, c->w[2]);
		must_be_rdbase(f, c->w[3]);
		break;
	case 0x05: /* SYNC */
		must_be_rdbase(f, c->w[2]);
		for (u32 i = 0; i < FAKE_MAX; i++)
			f->dev[i].unsynced = false;
		break;
	default:
		CHECK(!"a command that no ITS of a GICv3 has");
	}
}

static bool fake_submit(void *ctx, const struct its_cmd *cmd, u32 n)
{
	struct fake_its *f = ctx;

	CHECK(f->on && spin_is_locked(&f->its.lock));
	for (u32 i = 0; i < n && !f->stop; i++, f->submitted++) {
		fake_command(f, &cmd[i]);
		f->last = cmd[i];
	}
	return !f->stop;
}

static bool fake_enable(void *ctx, bool on)
{
	struct fake_its *f = ctx;

	CHECK(on != f->on);
	f->on = on;
	return true;
}

static bool fake_reset(void *ctx, enum its_table table)
{
	struct fake_its *f = ctx;

	CHECK(!f->on);
	if (table == ITS_COLLECTIONS)
		memset(f->coll, 0, sizeof(f->coll));
	for (u32 i = 0; i < FAKE_MAX && table == ITS_DEVICES; i++) {
		if (f->dev[i].mapped)
			free(f->dev[i].events);
		f->dev[i].mapped = f->dev[i].unsynced = false;
	}
	return true;
}

static void fake_lpi_changed(void *ctx)
{
	((struct fake_its *)ctx)->changed++;
}

static void fake_lpi_clear(void *ctx, u32 intid)
{
	CHECK(intid >= 8192 && intid < 65536);
	((struct fake_its *)ctx)->cleared = intid;
}

static void fake_lpi_move(void *ctx, u32 intid, u32 vcpu)
{
	CHECK(intid >= 8192 && intid < 65536 && vcpu < FAKE_CPUS);
	((struct fake_its *)ctx)->moved = intid << 8 | vcpu;
}

static void fake_lpi_move_all(void *ctx, u32 from, u32 to)
{
	CHECK(from < FAKE_CPUS && to < FAKE_CPUS && from != to);
	((struct fake_its *)ctx)->moved_all = from << 8 | to;
}

static bool fake_lpi_waiting(void *ctx)
{
	return ((struct fake_its *)ctx)->waiting;
}

static const struct its_ops fake_its_ops = {
	.read = fake_read,
	.alloc = fake_alloc,
	.free = fake_free_pages,
	.submit = fake_submit,
	.rdbase = fake_rdbase,
	.enable = fake_enable,
	.reset = fake_reset,
	.lpi_changed = fake_lpi_changed,
	.lpi_clear = fake_lpi_clear,
	.lpi_move = fake_lpi_move,
	.lpi_move_all = fake_lpi_move_all,
	.lpi_waiting = fake_lpi_waiting,
};

static struct fake_its *fake_its_new(void)
{
	struct fake_its *f = calloc(1, sizeof(*f));
	struct its_config cfg = {FAKE_CPUS, 16, ITS_EVENT_BITS, FAKE_ENTRY, &fake_its_ops, f};

	f->max_pages = ~0u;
	CHECK(its_init(&f->its, &cfg));
	return f;
}

static void fake_its_delete(struct fake_its *f)
{
	for (u32 i = 0; i < FAKE_MAX; i++) {
		free(f->chunk[i].mem);
		if (f->dev[i].mapped)
			free(f->dev[i].events);
	}
	free(f);
}

#endif
