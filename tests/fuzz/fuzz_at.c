/* SPDX-License-Identifier: Apache-2.0 */
/* Stage 1 over stage 2 with any registers and tables: PAR_EL1 is always one the architecture has.
 */
#include "mm/at.h"

#include "fuzz.h"

static void take_cfgs(struct input *in, struct s1walk_cfg *s1, struct s2walk_cfg *s2)
{
	u64 flags = take(in, 2);

	*s1 = (struct s1walk_cfg){
		.regime = take(in, 1) % 3,
		.sctlr = take(in, 8),
		.tcr = take(in, 8),
		.ttbr0 = take(in, 8),
		.ttbr1 = take(in, 8),
		.mair = take(in, 8),
		.granules = fuzz_granules(flags),
		.pa_bits = fuzz_pa_bits(flags >> 3 & 7),
		.ttst = flags & BIT(6),
		.hw_af = flags & BIT(7),
		.hw_dbm = flags & BIT(8),
		.hpds = flags & BIT(9),
		.e0pd = flags & BIT(10),
		.epan = flags & BIT(11),
		.pan = flags & BIT(12),
		.nv1 = flags & BIT(13),
		.dc = flags & BIT(14),
	};
	*s2 = (struct s2walk_cfg){
		.vtcr = take(in, 5),
		.vttbr = take(in, 8),
		.granules = s1->granules,
		.pa_bits = s1->pa_bits,
		.big_endian = flags & BIT(15),
		.ttst = s1->ttst,
		.hw_af = s1->hw_af,
		.hw_dbm = s1->hw_dbm,
	};
}

static void check_par(u64 par)
{
	unsigned int fst = FIELD(par, 6, 1);

	CHECK(par & BIT(11));
	if (!(par & 1)) {
		CHECK((par & (GENMASK(6, 1) | BIT(10) | GENMASK(55, 48))) == 0);
		CHECK(par & BIT(9));
		return;
	}
	CHECK((par & ~(GENMASK(6, 0) | BIT(8) | BIT(9) | BIT(11))) == 0);
	CHECK(fst <= 0x0f || (fst >= 0x14 && fst <= 0x17));
	/* PTW says stage 2, and there is no permission or access flag fault at level 0 */
	CHECK(!(par & BIT(8)) || (par & BIT(9)));
	CHECK(fst != 0x08 && fst != 0x0c);
}

static void check_s1(const struct s1walk_cfg *cfg, u64 va, unsigned int access,
		     const struct s1walk_result *res)
{
	CHECK(res->level <= 3);
	CHECK(!res->s2 || (res->s2fault.fault && res->s2fault.fault == res->fault));
	if (res->fault && (res->fault != WALK_PERMISSION || res->s2))
		return;
	CHECK(res->out >> cfg->pa_bits == 0);
	CHECK(!res->size || ((res->out ^ va) & (res->size - 1)) == 0);
	CHECK((res->fault == WALK_PERMISSION) == !!(access & ~res->perms));
	/* what EL0 may write is never code for EL1 */
	CHECK(!res->size || !(res->perms & S1_UW) || !(res->perms & S1_PX));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = {data, size};
	struct s1walk_cfg s1;
	struct s2walk_cfg s2;
	struct s1walk_tables tables;
	struct s1walk_result res;
	struct fuzz_memory mem;
	struct at_op op;
	unsigned int access;
	gva_t va;

	take_cfgs(&in, &s1, &s2);
	va = GVA(take(&in, 8));
	op.el = s1.regime == S1_EL2 ? 2 : take(&in, 1) % 3;
	op.write = take(&in, 1) & 1;
	op.stage2 = take(&in, 1) & 1;
	op.pan = take(&in, 1) & 1;
	access = take(&in, 1) % 3;
	access = (in.size & 1 && s1.regime != S1_EL2 ? S1_UR : S1_PR) << access;
	fuzz_memory_init(&mem, &in);

	tables = (struct s1walk_tables){.s2 = op.stage2 ? &s2 : NULL,
					.read64 = fuzz_mem.read64,
					.ctx = &mem,
					.ptw = op.pan};
	s1walk(&s1, &tables, va, access, &res);
	check_s1(&s1, va.v, access, &res);
	/* a table is itself translated, in four steps at most */
	CHECK(mem.reads <= 4 * (4 + 1));
	check_par(at_translate(&op, &s1, tables.s2, op.pan, tables.read64, &mem, va));
	return 0;
}
