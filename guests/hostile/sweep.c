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

/* Who does it: EL2 itself; of the two below it, its guest and the user space that it hosts, one. */
static const struct {
	u64 pstate, hcr;
} levels[] = {{P_DAIF | P_EL2t, 0}, {P_DAIF | P_EL1h, 0}, {P_EL0t, HCR_EL2_E2H | HCR_TGE}};

static u32 other_level(void)
{
	return 1 + hostile_seed / PARTS % 2;
}

static void run_at(struct hostile *h, u32 level)
{
	write_sysreg(hcr_el2, HCR_SAFE | levels[level].hcr);
	isb();
	code_run(h, levels[level].pstate);
	safe_state(h);
}

static void sweep_register(struct hostile *h, u16 enc)
{
	const u64 vals[] = {0, ~UINT64_C(0), rnd(h)};

	for (u32 l = 0; l <= other_level(); l += other_level()) {
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
		run_at(h, l);
		old = h->frame.x[saved];
		if (!l && tamed(enc, old) == old)
			poke(h, enc, old);
	}
}

/* May be there to be written only: instructions, and registers of debug, of the PMU and the GIC. */
static bool is_write_only(u16 enc)
{
	u32 crn = ENC_CRN(enc);

	switch (ENC_OP0(enc)) {
	case 1:
		return crn == 7 || crn == 8;
	case 2:
		return crn <= 1;
	default:
		return (crn == 9 || crn == 12) && !is_reset(enc);
	}
}

/* These are many, and few of them are there. */
static void sweep_writes(struct hostile *h, u32 part)
{
	u32 step = PARTS * (machine.nr_cpus - 1);

	for (u32 l = 0; l <= other_level(); l += other_level()) {
		u32 n = 0;

		code_begin(h);
		for (u32 enc = ENC_FIRST + part + PARTS * (h->id - 1); enc < ENC_END; enc += step) {
			if (!is_write_only((u16)enc) || is_known((u16)enc))
				continue;
			emit_write(h, (u16)enc, reg_with(h, value(h)));
			if (++n % 24)
				continue;
			run_at(h, l);
			code_begin(h);
		}
		run_at(h, l);
	}
}

/* The first `size` bytes of a page. */
static void sweep_page(struct hostile *h, u64 page, u64 size)
{
	code_begin(h);
	for (u32 i = 0; i < 6; i++) {
		u64 addr = page + below(h, (u32)(size / 8)) * 8;

		if (!is_spared(addr) && address_ok(addr))
			emit_access(h, 2 + i / 2 % 2, i % 2, reg_with(h, rnd(h)),
				    reg_with(h, addr));
	}
	run_at(h, below(h, ARRAY_SIZE(levels)));
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
	sweep_writes(h, part);
	for (u32 i = 0; i < nr_frames && !hostile_stop; i++)
		sweep_frame(h, frames[i], part);
	h->st->swept = !hostile_stop;
}
