// SPDX-License-Identifier: Apache-2.0
/* The virtual ITS: registers, the queue, and commands right and wrong. */
#include <glib.h>
#include "fake_its.h"

#define CTLR	0x0000
#define TYPER	0x0008
#define CBASER	0x0080
#define CWRITER 0x0088
#define CREADR	0x0090
#define BASER0	0x0100
#define BASER1	0x0108

#define VALID BIT(63)

static u64 rd(struct fake_its *f, u64 offset, u32 size)
{
	u64 val = 0x5a5a;

	g_assert_cmpint(its_mmio(&f->its, offset, size, false, &val), ==, ITS_OK);
	return val;
}

static enum its_result wr(struct fake_its *f, u64 offset, u32 size, u64 val)
{
	return its_mmio(&f->its, offset, size, true, &val);
}

/* On, with an 8 KiB queue. */
static struct fake_its *start(void)
{
	struct fake_its *f = fake_its_new();

	wr(f, CBASER, 8, VALID | FAKE_QUEUE | 1);
	wr(f, CTLR, 4, 1);
	return f;
}

/* Puts a command into the queue and lets it run; true: it was taken and had no error. */
static bool command(struct fake_its *f, u64 w0, u64 w1, u64 w2, u64 w3)
{
	struct its_cmd cmd = {{w0, w1, w2, w3}};
	u64 at = rd(f, CWRITER, 8);
	u32 refused = f->its.refused;

	memcpy(f->queue + at, &cmd, sizeof(cmd));
	at = (at + 32) % FAKE_QUEUE_SIZE;
	g_assert_cmpint(wr(f, CWRITER, 8, at), ==, ITS_OK);
	return rd(f, CREADR, 8) == at && f->its.refused == refused;
}

static bool mapd(struct fake_its *f, u32 id, u32 bits)
{
	/* an address of the guest that nobody may use */
	return command(f, 0x08 | (u64)id << 32, bits - 1, VALID | 0xdead00, 0);
}

static bool mapc(struct fake_its *f, u32 icid, u32 cpu)
{
	return command(f, 0x09, 0, VALID | (u64)cpu << 16 | icid, 0);
}

static bool mapti(struct fake_its *f, u32 id, u32 event, u32 intid, u32 icid)
{
	return command(f, 0x0a | (u64)id << 32, event | (u64)intid << 32, icid, 0);
}

static bool event(struct fake_its *f, u8 op, u32 id, u32 ev, u32 icid)
{
	return command(f, op | (u64)id << 32, ev, icid, 0);
}

static void test_registers(void)
{
	struct fake_its *f = fake_its_new();
	u64 val = 0;

	/* 16 bits of DeviceID, 11 of EventID, 12 bytes an entry, 6 bits of ICID; no GICv4 */
	g_assert_cmphex(rd(f, TYPER, 8), ==,
			1 | 11 << 4 | 10 << 8 | 15 << 13 | 5ull << 32 | BIT(36));
	g_assert_cmphex(rd(f, TYPER + 4, 4), ==, 0x15);
	g_assert_cmphex(rd(f, CTLR, 4), ==, BIT(31));
	g_assert_cmphex(rd(f, 0xffe8, 4), ==, 0x3b);
	g_assert_cmphex(rd(f, 0xfff0, 4), ==, 0x0d);
	/* type and size of an entry stay; page size 3 is reserved; a half alone */
	wr(f, BASER0, 8, ~UINT64_C(0));
	g_assert_cmphex(rd(f, BASER0, 8), ==,
			(~UINT64_C(0) & ~(7ull << 56 | 31ull << 48 | BIT(8))) | 1ull << 56 |
				7ull << 48);
	wr(f, BASER1, 4, 0x1000);
	g_assert_cmphex(rd(f, BASER1, 8), ==, 4ull << 56 | 7ull << 48 | 0x1000);
	g_assert_cmphex(rd(f, 0x110, 8), ==, 0);
	wr(f, 0x110, 8, ~UINT64_C(0));
	g_assert_cmphex(rd(f, 0x110, 8), ==, 0);
	for (u32 size = 1; size <= 8; size *= 2) {
		g_assert_cmpint(its_mmio(&f->its, CTLR, size, false, &val), ==,
				size == 4 ? ITS_OK : ITS_REFUSE);
		g_assert_cmpint(its_mmio(&f->its, CBASER, size, false, &val), ==,
				size >= 4 ? ITS_OK : ITS_REFUSE);
	}
	g_assert_cmpint(its_mmio(&f->its, CBASER + 4, 8, false, &val), ==, ITS_REFUSE);
	g_assert_cmpint(its_mmio(&f->its, 0x10000, 4, false, &val), ==, ITS_REFUSE);
	fake_its_delete(f);
}

static void test_life(void)
{
	struct fake_its *f = start();

	g_assert_true(mapc(f, 1, 2));
	g_assert_cmphex(f->last.w[2], ==, VALID | 0x1020001);
	g_assert_true(mapc(f, 2, 3));
	g_assert_true(mapd(f, 0x18, 5));
	g_assert_true(mapti(f, 0x18, 31, 8200, 1));
	g_assert_cmphex(f->last.w[1], ==, 31 | 8200ull << 32);
	g_assert_true(event(f, 0x0c, 0x18, 31, 0)); /* INV */
	g_assert_cmpuint(f->changed, ==, 1);
	g_assert_true(event(f, 0x03, 0x18, 31, 0)); /* INT */
	g_assert_true(event(f, 0x01, 0x18, 31, 2)); /* MOVI */
	g_assert_cmphex(f->moved, ==, 8200 << 8 | 3);
	g_assert_true(event(f, 0x04, 0x18, 31, 0)); /* CLEAR */
	g_assert_cmpuint(f->cleared, ==, 8200);
	g_assert_true(command(f, 0x0d, 0, 2, 0)); /* INVALL */
	g_assert_cmpuint(f->changed, ==, 2);
	g_assert_true(command(f, 0x0e, 0, 3 << 16, 1 << 16)); /* MOVALL */
	g_assert_cmphex(f->moved_all, ==, 3 << 8 | 1);
	g_assert_true(command(f, 0x05, 0, 2 << 16, 0)); /* SYNC */
	f->cleared = 0;
	g_assert_true(event(f, 0x0f, 0x18, 31, 0)); /* DISCARD */
	g_assert_cmpuint(f->cleared, ==, 8200);
	g_assert_false(event(f, 0x0c, 0x18, 31, 0));
	/* mapped once more: the old table goes back after a SYNC, which the fake checks */
	g_assert_true(mapd(f, 0x18, 11));
	g_assert_cmpuint(f->pages, ==, 8);
	g_assert_true(command(f, 0x08 | 0x18ull << 32, 0, 0, 0));
	g_assert_cmpuint(f->pages, ==, 0);
	g_assert_cmpuint(f->its.pages, ==, 0);
	fake_its_delete(f);
}

static void test_wrong(void)
{
	struct fake_its *f = start();
	u32 n;

	g_assert_true(mapd(f, 7, 3));
	g_assert_true(mapc(f, 0, 0));
	g_assert_true(mapti(f, 7, 1, 9000, 0));
	n = f->submitted;
	g_assert_false(mapd(f, 0x10000, 1));
	g_assert_false(mapd(f, 8, ITS_EVENT_BITS + 1));
	g_assert_false(mapd(f, 8, 32));
	g_assert_false(mapc(f, ITS_NR_COLL, 0));
	g_assert_false(mapc(f, 1, FAKE_CPUS));
	g_assert_false(mapti(f, 8, 0, 8192, 0));
	g_assert_false(mapti(f, 7, 8, 8192, 0));
	g_assert_false(mapti(f, 7, 0, 8191, 0));
	g_assert_false(mapti(f, 7, 0, 65536, 0));
	g_assert_false(mapti(f, 7, 0, 1023, 0));
	g_assert_false(mapti(f, 7, 0, 8192, ITS_NR_COLL));
	g_assert_false(event(f, 0x0b, 7, 1, 0)); /* MAPI: no EventID is an LPI */
	g_assert_false(event(f, 0x0c, 7, 0, 0));
	g_assert_false(event(f, 0x0c, 9, 1, 0));
	g_assert_false(event(f, 0x0c, 7, 0xffffffff, 0));
	g_assert_false(event(f, 0x01, 7, 1, 1)); /* to a collection that is not mapped */
	g_assert_false(command(f, 0x0d, 0, 1, 0));
	g_assert_false(command(f, 0x05, 0, (u64)FAKE_CPUS << 16, 0));
	g_assert_false(command(f, 0x0e, 0, 0, (u64)FAKE_CPUS << 16));
	for (u32 op = 0x10; op < 0x100; op++) /* GICv4's are among them */
		g_assert_false(command(f, op, 0, 0, 0));
	f->offline = 2;
	g_assert_false(mapc(f, 1, 1));
	g_assert_cmpuint(f->submitted, ==, n);
	/* an event whose collection went away */
	g_assert_true(command(f, 0x09, 0, 0, 0));
	g_assert_false(event(f, 0x0c, 7, 1, 0));
	g_assert_true(command(f, 0x09, 0, 0, 0));
	fake_its_delete(f);
}

static void test_memory(void)
{
	struct fake_its *f = start();
	u32 n = 0;

	while (mapd(f, n, 1))
		n++;
	g_assert_cmpuint(n, ==, ITS_MAX_DEV);
	fake_its_delete(f);

	f = start();
	for (n = 0; mapd(f, n, ITS_EVENT_BITS);)
		n++;
	g_assert_cmpuint(n, ==, ITS_MAX_PAGES / 8);
	g_assert_cmpuint(f->pages, ==, ITS_MAX_PAGES);
	g_assert_true(command(f, 0x08, 0, 0, 0));
	g_assert_true(mapd(f, 1000, ITS_EVENT_BITS));
	fake_its_delete(f);

	f = start();
	f->max_pages = 1;
	g_assert_true(mapd(f, 0, 1));
	g_assert_false(mapd(f, 1, 1));
	fake_its_delete(f);
}

static void test_queue(void)
{
	struct fake_its *f = fake_its_new();
	struct its_cmd sync = {{0x05, 0, 0, 0}};
	u64 val;
	u32 rounds = 0;

	for (u32 i = 0; i < FAKE_QUEUE_SIZE; i += 32)
		memcpy(f->queue + i, &sync, 32);
	/* off: nothing runs; not valid: nothing either */
	wr(f, CBASER, 8, VALID | FAKE_QUEUE | 1);
	wr(f, CWRITER, 8, 64);
	g_assert_cmpuint(f->submitted, ==, 0);
	g_assert_cmpint(wr(f, CTLR, 4, 1), ==, ITS_OK);
	g_assert_cmpuint(f->submitted, ==, 2);
	/* neither base may change now */
	wr(f, CBASER, 8, 0);
	wr(f, BASER0, 8, VALID);
	g_assert_cmphex(rd(f, CBASER, 8), ==, VALID | FAKE_QUEUE | 1);
	/* a pointer outside of the queue is no pointer */
	wr(f, CWRITER, 8, 8192);
	g_assert_cmphex(rd(f, CWRITER, 8), ==, 64);
	/* around the end, a batch each time */
	for (val = 32; wr(f, CWRITER, 8, val) == ITS_AGAIN; rounds++)
		g_assert_cmpuint(f->submitted, ==, 2 + (rounds + 1) * ITS_BATCH);
	g_assert_cmpuint(f->submitted, ==, 2 + 255);
	g_assert_cmpuint(rounds, ==, 255 / ITS_BATCH);
	g_assert_cmphex(rd(f, CREADR, 8), ==, 32);
	/* a command is done when the vCPUs know */
	f->waiting = true;
	wr(f, CWRITER, 8, 64);
	g_assert_cmphex(rd(f, CREADR, 8), ==, 32);
	f->waiting = false;
	g_assert_cmphex(rd(f, CREADR, 8), ==, 64);
	fake_its_delete(f);
}

static void test_stall(void)
{
	struct fake_its *f = fake_its_new();

	/* the second page is not the guest's */
	wr(f, CBASER, 8, VALID | (FAKE_QUEUE + SZ_4K) | 1);
	wr(f, CTLR, 4, 1);
	for (u32 i = 0; i < 128; i++)
		f->queue[SZ_4K + 32 * i] = 0x05;
	for (u64 w = 128; w <= 4096 + 128; w += 128)
		wr(f, CWRITER, 8, w);
	g_assert_cmphex(rd(f, CREADR, 8), ==, 4096 | 1);
	wr(f, CWRITER, 8, 4096 + 128 + 1); /* retry: no better */
	g_assert_cmphex(rd(f, CREADR, 8), ==, 4096 | 1);
	wr(f, CTLR, 4, 0);
	wr(f, CBASER, 8, VALID | FAKE_QUEUE);
	wr(f, CTLR, 4, 1);
	g_assert_cmphex(rd(f, CREADR, 8), ==, 0);
	/* hardware that stops: for good */
	f->stop = true;
	wr(f, CWRITER, 8, 32); /* refused before it gets there */
	g_assert_cmphex(rd(f, CREADR, 8), ==, 0x20);
	f->queue[32] = 0x05;
	wr(f, CWRITER, 8, 64);
	g_assert_cmphex(rd(f, CREADR, 8), ==, 0x20 | 1);
	f->stop = false;
	wr(f, CWRITER, 8, 96 | 1);
	g_assert_cmphex(rd(f, CREADR, 8), ==, 0x20 | 1);
	fake_its_delete(f);
}

static void test_forget(void)
{
	struct fake_its *f = start();

	g_assert_true(mapd(f, 7, 3));
	g_assert_true(mapc(f, 0, 0));
	wr(f, CTLR, 4, 0);
	wr(f, BASER0, 8, VALID | 0x1000);
	g_assert_cmpuint(f->pages, ==, 0);
	g_assert_true(f->coll[0]);
	wr(f, BASER1, 8, VALID | 0x1000);
	g_assert_false(f->coll[0]);
	wr(f, CTLR, 4, 1);
	g_assert_false(event(f, 0x0c, 7, 0, 0));
	g_assert_false(command(f, 0x0d, 0, 0, 0));
	g_assert_true(mapd(f, 7, 3));
	fake_its_delete(f);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/its/registers", test_registers);
	g_test_add_func("/its/life", test_life);
	g_test_add_func("/its/wrong", test_wrong);
	g_test_add_func("/its/memory", test_memory);
	g_test_add_func("/its/queue", test_queue);
	g_test_add_func("/its/stall", test_stall);
	g_test_add_func("/its/forget", test_forget);
	return g_test_run();
}
