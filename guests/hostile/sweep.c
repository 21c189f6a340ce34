/* SPDX-License-Identifier: Apache-2.0 */
/* Everything once: each register that can be read, and each page of a device's registers. */
#include "hostile.h"
#include "machine.h"

#include <libfdt.h>
#include <string.h>

#define PARTS	   7
#define MAX_FRAMES 64
#define MANY_PAGES (SZ_1M / SZ_4K)
#define SOME_PAGES 32

static struct mem_range frames[MAX_FRAMES];
static u32 nr_frames;

/* Of what may be all of the machine's redistributors, those of its CPUs. */
static void add_frame(struct mem_range r)
{
	for (u32 i = 0; i < machine.nr_mem; i++) {
		if (r.base - machine.mem[i].base < machine.mem[i].size)
			return;
	}
	if (r.base == machine.gicr[0].base && r.size > machine.nr_cpus * 2 * SZ_64K)
		r.size = machine.nr_cpus * 2 * SZ_64K;
	if (r.size && nr_frames < MAX_FRAMES)
		frames[nr_frames++] = r;
}

void sweep_init(void)
{
	const void *dtb = (const void *)machine.dtb.base;

	for (int node = fdt_next_node(dtb, -1, NULL); node >= 0;
	     node = fdt_next_node(dtb, node, NULL)) {
		const char *type = fdt_getprop(dtb, node, "device_type", NULL);
		struct mem_range r;

		if (type && !strcmp(type, "cpu"))
			continue;
		for (u32 i = 0; machine_node_reg(dtb, node, i, &r); i++)
			add_frame(r);
	}
}

static void sweep_register(struct hostile *h, u16 enc)
{
	const u64 vals[] = {0, ~UINT64_C(0), rnd(h)};
	u32 saved;
	u64 old;

	code_begin(h);
	saved = reg_with(h, 0);
	emit_read(h, enc, saved);
	for (u32 i = 0; i < ARRAY_SIZE(vals); i++) {
		emit_write(h, enc, reg_with(h, tamed(enc, vals[i])));
		emit(h, INSN_ISB);
		emit_read(h, enc, reg_with(h, 0));
	}
	code_run(h, P_DAIF | P_EL2t);
	old = h->frame.x[saved];
	safe_state(h);
	if (tamed(enc, old) == old)
		poke(h, enc, old);
}

/* The first `size` bytes of a page. */
static void sweep_page(struct hostile *h, u64 page, u64 size)
{
	for (u32 i = 0; i < 4; i++) {
		u64 addr = page + below(h, (u32)(size / 8)) * 8;

		if (is_spared(addr) || !address_ok(addr))
			continue;
		code_begin(h);
		emit_access(h, 2 + i / 2, i % 2, reg_with(h, rnd(h)), reg_with(h, addr));
		code_run(h, P_EL2t | P_DAIF);
	}
}

static void sweep_frame(struct hostile *h, struct mem_range r, u32 part)
{
	u64 pages = (r.size + SZ_4K - 1) / SZ_4K;

	if (r.size < SZ_4K) {
		if (r.size >= 8 && r.base / r.size % PARTS == part)
			sweep_page(h, r.base, r.size);
	} else if (pages <= MANY_PAGES) {
		for (u32 n = part; n < pages; n += PARTS)
			sweep_page(h, r.base + n * SZ_4K, SZ_4K);
	} else {
		for (u32 n = part; n < SOME_PAGES; n += PARTS)
			sweep_page(h, r.base + rnd(h) % pages * SZ_4K, SZ_4K);
	}
}

/* All takes long: one of the parts, which the seed chooses. Of registers each CPU has a share. */
void sweep(struct hostile *h)
{
	u32 turn = 0, part = hostile_seed % PARTS;
	u16 enc;

	for (u32 n = 0; (enc = encoding_known(n)) && !hostile_stop; n++)
		if (enc % PARTS == part && enc != E_VBAR_EL2 && enc != E_VBAR_EL1 &&
		    turn++ % (machine.nr_cpus - 1) == h->id - 1)
			sweep_register(h, enc);
	for (u32 i = 0; i < nr_frames && !hostile_stop; i++)
		sweep_frame(h, frames[i], part);
	safe_state(h);
}
