/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any accesses to the ITS's registers and any commands: the ITS behind sees none that has an error,
 * and no table but those in memory that is neve's and still in use.
 */
#include "../host/irq/fake_its.h"
#include "fuzz.h"

/* Small numbers, so that commands meet. */
static u64 small(struct input *in)
{
	u64 v = take(in, 1);

	return v < 0xf0 ? v & 7 : take(in, 8);
}

static void one_command(struct fake_its *f, struct input *in, u64 at)
{
	static const u8 ops[] = {0x08, 0x08, 0x09, 0x0a, 0x0a, 0x01, 0x03, 0x04,
				 0x05, 0x0c, 0x0d, 0x0e, 0x0f, 0x0b, 0x29, 0x2a};
	struct its_cmd c;
	u8 op = (u8)take(in, 1);

	c.w[0] = ops[op % 16] | small(in) << 32;
	c.w[1] = small(in) | (op & 16 ? (u64)0x2000 : small(in)) << 32;
	c.w[2] = small(in) | small(in) << 16 | (op & 32 ? BIT(63) : 0);
	c.w[3] = small(in) << 16;
	if (op == 0xff)
		c.w[0] = take(in, 8);
	memcpy(f->queue + at, &c, sizeof(c));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const u16 regs[] = {0x00, 0x04, 0x08, 0x80, 0x88, 0x90, 0x100, 0x108, 0x110, 0xffe8};
	struct input in = {data, size};
	struct fake_its *f = fake_its_new();
	u64 val = BIT(63) | FAKE_QUEUE | 1, at = 0;

	its_mmio(&f->its, 0x80, 8, true, &val);
	val = 1;
	its_mmio(&f->its, 0, 4, true, &val);
	/* up to less and to more than the ITS may have */
	f->max_pages = size ? 2u * data[size - 1] : 0;
	while (in.size) {
		u8 what = (u8)take(&in, 1);

		if (what < 0xe0) {
			one_command(f, &in, at);
			at = (at + 32) % FAKE_QUEUE_SIZE;
			val = at;
			its_mmio(&f->its, 0x88, 8, true, &val);
		} else {
			u64 offset = what & 8 ? regs[take(&in, 1) % 10] : take(&in, 3);

			val = small(&in) | (what & 1 ? BIT(63) | FAKE_QUEUE : 0);
			f->offline = what == 0xff ? (u32)take(&in, 1) & 15 : 0;
			its_mmio(&f->its, offset, 1u << (what & 3), what & 4, &val);
		}
		CHECK(f->its.pages == f->pages && f->pages <= ITS_MAX_PAGES &&
		      f->pages <= f->max_pages);
		CHECK(!spin_is_locked(&f->its.lock));
		CHECK(f->its.creadr % 32 == 0);
	}
	fake_its_delete(f);
	return 0;
}
