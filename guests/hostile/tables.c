/* SPDX-License-Identifier: Apache-2.0 */
/* Translation tables that nobody would write, changed under the feet of those who walk them. */
#include "hostile.h"

#define D_VALID BIT(0)
#define D_TABLE BIT(1)
#define D_AF	BIT(10)
#define D_ISH	(UINT64_C(3) << 8)
#define S2_RW	(BIT(6) | BIT(7) | UINT64_C(0xf) << 2 | D_AF | D_ISH)
#define S2_RX	(BIT(6) | UINT64_C(0xf) << 2 | D_AF | D_ISH)
#define S1_EL1	(BIT(2) | D_AF | D_ISH)

/* An output address: none of the blocks around it may hold what CPU 0 needs. */
static u64 output(struct hostile *h)
{
	u64 size = below(h, 2) ? SZ_4K : SZ_2M, addr;

	do
		addr = ALIGN_DOWN(address(h), size);
	while (!address_ok(addr) || !address_ok(addr + size - 1));
	return addr & GENMASK(47, 12);
}

static u64 descriptor(struct hostile *h)
{
	u64 attrs = (rnd(h) & (GENMASK(11, 2) | GENMASK(63, 50))) | (below(h, 4) ? D_AF : 0);

	switch (below(h, 8)) {
	case 0:
		return value(h) & ~D_VALID;
	case 1:
	case 2: /* back to itself or to a neighbour: loops */
		return (u64)table(below(h, NR_TABLES)) | D_TABLE | D_VALID |
		       (below(h, 2) ? attrs : 0);
	case 3:
		return output(h) | D_TABLE | D_VALID;
	case 4:
	case 5: /* a page, or a table at neve's own memory */
		return output(h) | attrs | D_TABLE | D_VALID;
	default:
		return output(h) | attrs | D_VALID;
	}
}

/* The entries without which no guest runs at all. */
static bool is_needed(u32 t, u32 i)
{
	u64 gib = place.sandbox / SZ_1G;

	if (t == TABLE_EL2)
		return true;
	if (t == TABLE_S2_L1 || t == TABLE_S1_L1)
		return i == gib % 512;
	if (t == TABLE_S2_L2 || t == TABLE_S1_L2)
		return i - place.sandbox / SZ_2M % 512 < 3;
	return false;
}

static void change(struct hostile *h)
{
	u32 t = below(h, NR_TABLES), i = below(h, 512);

	/* what is looked up most: the GiBs of RAM and of devices, and of the neighbours */
	if (below(h, 2))
		i = below(h, 4);
	if (!is_needed(t, i))
		((volatile u64 *)table(t))[i] = descriptor(h);
}

void vectors_init(volatile u32 *vectors)
{
	for (u32 i = 0; i < 16; i++)
		vectors[i * 32] = 0xd4000002 | (0x100 + i) << 5;
}

void tables_init(struct hostile *h)
{
	u64 gib = place.sandbox / SZ_1G, block = place.sandbox / SZ_2M % 512;

	for (u32 t = 0; t < NR_TABLES; t++) {
		for (u32 i = 0; i < 512; i++)
			table(t)[i] = descriptor(h);
	}
	table(TABLE_S2_L1)[gib] = (u64)table(TABLE_S2_L2) | D_TABLE | D_VALID;
	table(TABLE_S1_L1)[gib] = (u64)table(TABLE_S1_L2) | D_TABLE | D_VALID;
	/* EL2's: everything where it is, and no more than there can be */
	for (u64 i = 0; i < 512; i++)
		table(TABLE_EL2)[i] = i * SZ_1G | (i == gib ? S1_EL1 : D_AF) | D_VALID;
	for (u32 i = 0; i < 3; i++) {
		u64 addr = place.sandbox + i * SZ_2M;

		/* code is the CPUs' own: guests do not write it */
		table(TABLE_S2_L2)[block + i] = addr | (i == 2 ? S2_RX : S2_RW) | D_VALID;
		table(TABLE_S1_L2)[block + i] = addr | S1_EL1 | D_VALID;
	}
	vectors_init((u32 *)(place.sandbox + SANDBOX_VECTORS));
}

u64 tables_own(struct hostile *h, u64 addr)
{
	u64 gib = place.sandbox / SZ_1G, block = place.sandbox / SZ_2M % 512;
	u32 t = NR_TABLES + 2 * h->id, i;

	do
		i = below(h, 512);
	while (i - block < 3);
	for (u32 k = 0; k < 512; k++)
		table(t)[k] = table(t + 1)[k] = 0;
	table(t)[gib] = (u64)table(t + 1) | D_TABLE | D_VALID;
	for (u32 k = 0; k < 3; k++)
		table(t + 1)[block + k] = (place.sandbox + k * SZ_2M) | S2_RX | D_VALID;
	table(t + 1)[i] = ALIGN_DOWN(addr, SZ_2M) | S2_RW | D_VALID;
	write_sysreg(vtcr_el2, VTCR_SANE);
	write_sysreg(vttbr_el2, (u64)table(t) | (u64)(8 + h->id) << 48);
	poke(h, ENC(1, 4, 8, 7, 6), 0); /* TLBI VMALLS12E1 */
	return gib * SZ_1G + i * SZ_2M + addr % SZ_2M;
}

/* A root: of a sane table, of a wild one, or of none. */
static u64 root(struct hostile *h)
{
	switch (below(h, 4)) {
	case 0:
		return (u64)table(below(h, NR_TABLES));
	case 1:
		return address(h) & GENMASK(47, 0);
	default:
		return value(h);
	}
}

void trial_tables(struct hostile *h)
{
	/* of either stage, and of each regime */
	static const u16 regs[] = {
		ENC(3, 4, 2, 1, 0), ENC(3, 4, 2, 1, 2), ENC(3, 4, 2, 1, 0), ENC(3, 4, 2, 1, 2),
		ENC(3, 0, 2, 0, 0), ENC(3, 0, 2, 0, 1), ENC(3, 0, 2, 0, 2), ENC(3, 0, 10, 2, 0),
		ENC(3, 4, 2, 0, 0), ENC(3, 4, 2, 0, 1), ENC(3, 4, 2, 0, 2), ENC(3, 4, 10, 2, 0),
		ENC(3, 5, 2, 0, 0), ENC(3, 5, 2, 0, 1), ENC(3, 5, 2, 0, 2), ENC(3, 5, 1, 0, 0),
	};
	u32 n = below(h, 8);

	for (u32 i = 0; i < 1 + below(h, 12); i++)
		change(h);
	code_begin(h);
	for (u32 i = 0; i < n; i++) {
		u16 enc = regs[below(h, ARRAY_SIZE(regs))];

		emit_write(h, enc, reg_with(h, below(h, 3) ? root(h) : rnd(h)));
	}
	/* E2H and TGE say which regime is meant; VM and DC whether there is stage 2 */
	if (below(h, 2))
		emit_write(h, ENC(3, 4, 1, 1, 0),
			   reg_with(h, HCR_SAFE | (rnd(h) & (BIT(34) | BIT(27) | BIT(0) | BIT(12) |
							     BIT(2)))));
	for (u32 i = 0; i < 10; i++) {
		bool at = below(h, 3) == 0;
		u16 enc = at ? ENC(1, below(h, 2) * 4, 7, 8 + (below(h, 4) == 0), below(h, 8))
			     : ENC(1, below(h, 2) * 4, 8 + (below(h, 8) == 0), below(h, 8),
				   below(h, 8));

		emit_write(h, enc, reg_with(h, at ? address(h) : rnd(h) >> below(h, 64)));
		if (at)
			emit_read(h, ENC(3, 0, 7, 4, 0), 29);
	}
	code_run(h, P_DAIF | P_EL2t);
}
