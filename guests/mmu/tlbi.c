/* SPDX-License-Identifier: Apache-2.0 */
/* TLB maintenance: every form by number (Arm ARM, C5.5), and its operands. */
#include "mmu.h"

#define BY3(n, op1, crm_os, crm_is, crm, op2, kind)                                                \
	{n, op1, crm, op2, kind}, {n "is", op1, crm_is, op2, kind},                                \
	{                                                                                          \
		n "os", op1, crm_os, op2, kind                                                     \
	}

const struct tlbi_form tlbi_s2[] = {
	{"ipas2e1", 4, 4, 1, K_IPA},
	{"ipas2e1is", 4, 0, 1, K_IPA},
	{"ipas2e1os", 4, 4, 0, K_IPA},
	{"ipas2le1", 4, 4, 5, K_IPA},
	{"ipas2le1is", 4, 0, 5, K_IPA},
	{"ipas2le1os", 4, 4, 4, K_IPA},
	{"ripas2e1", 4, 4, 2, K_RIPA},
	{"ripas2e1is", 4, 0, 2, K_RIPA},
	{"ripas2e1os", 4, 4, 3, K_RIPA},
	{"ripas2le1", 4, 4, 6, K_RIPA},
	{"ripas2le1is", 4, 0, 6, K_RIPA},
	{"ripas2le1os", 4, 4, 7, K_RIPA},
	BY3("vmalls12e1", 4, 1, 3, 7, 6, K_ALL),
	BY3("alle1", 4, 1, 3, 7, 4, K_ALL),
};
const u32 nr_tlbi_s2 = ARRAY_SIZE(tlbi_s2);

const struct tlbi_form tlbi_guest[] = {
	BY3("vae1", 0, 1, 3, 7, 1, K_VA),     BY3("vale1", 0, 1, 3, 7, 5, K_VA),
	BY3("vaae1", 0, 1, 3, 7, 3, K_VA),    BY3("vaale1", 0, 1, 3, 7, 7, K_VA),
	BY3("rvae1", 0, 5, 2, 6, 1, K_RVA),   BY3("rvale1", 0, 5, 2, 6, 5, K_RVA),
	BY3("rvaae1", 0, 5, 2, 6, 3, K_RVA),  BY3("rvaale1", 0, 5, 2, 6, 7, K_RVA),
	BY3("aside1", 0, 1, 3, 7, 2, K_ASID), BY3("vmalle1", 0, 1, 3, 7, 0, K_ALL),
};
const u32 nr_tlbi_guest = ARRAY_SIZE(tlbi_guest);

const struct tlbi_form tlbi_own[] = {
	BY3("vae2", 4, 1, 3, 7, 1, K_VA),   BY3("vale2", 4, 1, 3, 7, 5, K_VA),
	BY3("rvae2", 4, 5, 2, 6, 1, K_RVA), BY3("rvale2", 4, 5, 2, 6, 5, K_RVA),
	BY3("alle2", 4, 1, 3, 7, 0, K_ALL),
};
const u32 nr_tlbi_own = ARRAY_SIZE(tlbi_own);

static bool is_os(const struct tlbi_form *f)
{
	if (f->crm == 4)
		return f->op2 % 4 == 0 || f->op2 % 4 == 3;
	return f->crm == 1 || f->crm == 5;
}

bool tlbi_exists(const struct tlbi_form *f)
{
	if ((f->kind == K_RVA || f->kind == K_RIPA) && !has_tlbi_range)
		return false;
	return has_tlbi_os || !is_os(f);
}

u32 tlbi_insn(const struct tlbi_form *f)
{
	u32 rt = f->kind == K_ALL ? 31 : 5;

	return 0xd5088000u | (u32)f->op1 << 16 | (u32)f->crm << 8 | (u32)f->op2 << 5 | rt;
}

u64 tlbi_range(u32 granule, u64 first, u32 num, u32 scale, u32 ttl, u64 asid)
{
	const struct granule *g = &granules[granule];

	return asid << 48 | (u64)g->tg << 46 | (u64)scale << 44 | (u64)num << 39 | (u64)ttl << 37 |
	       (first >> g->shift & GENMASK(36, 0));
}

u64 tlbi_operand(const struct tlbi_form *f, u32 granule, u64 addr, u32 ttl, u64 asid)
{
	u64 hint = ttl ? (u64)(granules[granule].tg << 2 | ttl) << 44 : 0;

	switch (f->kind) {
	case K_IPA:
		return hint | addr >> 12;
	case K_VA:
		return asid << 48 | hint | (addr >> 12 & GENMASK(43, 0));
	case K_RIPA:
	case K_RVA:
		return tlbi_range(granule, addr, 0, 0, ttl, f->kind == K_RVA ? asid : 0);
	case K_ASID:
		return asid << 48;
	default:
		return 0;
	}
}

void tlbi_do(const struct tlbi_form *f, u64 operand)
{
	static u32 thunk[4] __attribute__((aligned(64)));
	register u64 x5 asm("x5") = operand;

	thunk[0] = tlbi_insn(f);
	thunk[1] = 0xd65f03c0u; /* ret */
	asm volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb" ::"r"(thunk)
		     : "memory");
	asm volatile("dsb ish\n\tblr %1\n\tdsb ish\n\tisb" ::"r"(x5), "r"(thunk) : "x30", "memory");
	if (f->kind == K_IPA || f->kind == K_RIPA)
		asm volatile("tlbi vmalle1is\n\tdsb ish\n\tisb" ::: "memory");
}

void tlbi_vmid(void)
{
	asm volatile("dsb ish\n\ttlbi vmalls12e1is\n\tdsb ish\n\tisb" ::: "memory");
}

void tlbi_ipa(u64 ipa)
{
	asm volatile(
		"dsb ish\n\ttlbi ipas2e1is, %0\n\tdsb ish\n\ttlbi vmalle1is\n\tdsb ish\n\tisb" ::
			"r"(ipa >> 12)
		: "memory");
}

void tlbi_everything(void)
{
	asm volatile("dsb ish\n\ttlbi alle1is\n\ttlbi alle2is\n\tdsb ish\n\tisb" ::: "memory");
}
