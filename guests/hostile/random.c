/* SPDX-License-Identifier: Apache-2.0 */
/* Values and addresses that are worth an attack. */
#include "cpu.h"
#include "hostile.h"
#include "machine.h"

struct place place;

/* Vigna, "Further scramblings of Marsaglia's xorshift generators", 2016: xorshift64* */
u64 rnd(struct hostile *h)
{
	h->rnd ^= h->rnd >> 12;
	h->rnd ^= h->rnd << 25;
	h->rnd ^= h->rnd >> 27;
	return h->rnd * UINT64_C(0x2545f4914f6cdd1d);
}

u32 below(struct hostile *h, u32 n)
{
	return (u32)((rnd(h) >> 32) * n >> 32);
}

bool in_neve(u64 addr)
{
	return addr - place.neve < place.neve_size;
}

static bool in_range(struct mem_range r, u64 addr)
{
	return addr - r.base < r.size;
}

/*
 * Not where CPU 0's code and data are, also if only the low bits of the address come to bear; and
 * not where a device does DMA that nothing stops: with dma=smmu there is no such one.
 */
bool address_ok(u64 addr)
{
	/* block sizes of level 1 with 4 KiB, level 2 with 64 KiB */
	for (u64 size = SZ_1G / 2; size <= SZ_1G; size *= 2) {
		if ((addr & (size - 1)) - (machine.image_base & (size - 1)) < 2 * SZ_2M)
			return false;
	}
	for (u32 i = 0; i < machine.nr_mem; i++) {
		if (in_range(machine.mem[i], addr) && addr - place.sandbox >= SANDBOX_SIZE)
			return false;
	}
	if (machine.fw_cfg.size &&
	    ((addr ^ machine.fw_cfg.base) & (SZ_1G - 1) & ~(SZ_64K - 1)) == 0)
		return false;
	return true;
}

/* A CPU that sleeps for its redistributor gets no timer; and the console is CPU 0's. */
bool is_spared(u64 addr)
{
	u64 off = addr - machine.gicr[0].base;

	if (addr - machine.uart.base < 8)
		return true;
	return off < machine.gicr[0].size && off % (2 * SZ_64K) - 0x10 < 8;
}

static u64 some_device(struct hostile *h)
{
	switch (below(h, 5)) {
	case 0:
		return machine.gicd.base + below(h, SZ_64K);
	case 1:
	case 2:
		return machine.gicr[0].base + below(h, (u32)(machine.nr_cpus + 1) * 2 * SZ_64K);
	case 3:
		return machine.uart.base + below(h, SZ_4K);
	default:
		/* the GiB of the UART: all of the machine's devices below 4 GiB */
		return (machine.uart.base & ~(SZ_1G - 1)) + (rnd(h) & (SZ_1G - 1));
	}
}

static u64 one_address(struct hostile *h)
{
	static const u64 special[] = {0,       ~UINT64_C(0),	BIT(47),
				      BIT(48), BIT(48) - 8,	BIT(40),
				      BIT(44), BIT(52) - SZ_4K, ~UINT64_C(0) << 48,
				      BIT(55), BIT(63)};

	switch (below(h, 12)) {
	case 0:
	case 1:
		return place.neve + rnd(h) % place.neve_size;
	case 2:
	case 3:
		return (place.target ? place.target : place.neve) + below(h, SZ_4K);
	case 4:
		return place.neve + (below(h, 2) ? place.neve_size : 0) - 16 + below(h, 32);
	case 5:
	case 6:
		return place.sandbox + SANDBOX_DATA + below(h, SZ_2M);
	case 7:
		return (u64)table(below(h, NR_TABLES)) + below(h, SZ_4K);
	case 8:
	case 9:
		return some_device(h);
	case 10:
		return special[below(h, ARRAY_SIZE(special))] + below(h, 16) - 8;
	default:
		return rnd(h) >> (16 + below(h, 16));
	}
}

u64 address(struct hostile *h)
{
	u64 addr;

	do
		addr = one_address(h);
	while (!address_ok(addr));
	return below(h, 4) ? ALIGN_DOWN(addr, 8) : addr;
}

u64 value(struct hostile *h)
{
	switch (below(h, 8)) {
	case 0:
		return 0;
	case 1:
		return ~UINT64_C(0);
	case 2:
		return BIT(below(h, 64));
	case 3:
		return ~BIT(below(h, 64));
	case 4:
		return address(h);
	case 5:
		return rnd(h) & rnd(h);
	default:
		return rnd(h);
	}
}

/* ---- encodings ---- */

u64 tamed(u16 enc, u64 val)
{
	if (enc == E_SCTLR_EL2 || enc == E_SCTLR_EL1)
		return val & ~(BIT(0) | BIT(25)); /* M, EE */
	return val;
}

static u16 known[8192];
static u32 nr_known;
static u64 known_bits[ENC_END / 64];

bool is_reset(u16 enc)
{
	return enc == ENC(3, 4, 12, 0, 2) || enc == ENC(3, 0, 12, 0, 2);
}

u16 encoding(struct hostile *h)
{
	u16 enc;

	do {
		switch (below(h, 8)) {
		case 0:
			enc = (u16)(ENC_FIRST + below(h, ENC_END - ENC_FIRST));
			break;
		case 1:
			enc = ENC(1, below(h, 8), 7 + below(h, 2), below(h, 16), below(h, 8));
			break;
		default:
			enc = known[below(h, nr_known)];
		}
	} while (is_reset(enc));
	return enc;
}

bool is_known(u16 enc)
{
	return known_bits[enc / 64] & BIT(enc % 64);
}

u16 encoding_known(u32 n)
{
	return n < nr_known ? known[n] : 0;
}

void encodings_init(struct hostile *h)
{
	for (u32 enc = ENC(2, 0, 0, 0, 0); enc < ENC_END; enc++) {
		/* what exists has these */
		if ((ENC_OP0(enc) == 2 && ENC_CRN(enc) > 2) || is_reset((u16)enc))
			continue;
		code_begin(h);
		emit_read(h, (u16)enc, 1);
		h->max_exits = 1;
		code_run(h, P_DAIF | P_EL2t);
		if (FIELD(h->frame.esr, 31, 26) != 0x16 || nr_known == ARRAY_SIZE(known))
			continue;
		known[nr_known++] = (u16)enc;
		known_bits[enc / 64] |= BIT(enc % 64);
	}
	h->max_exits = 64;
}
