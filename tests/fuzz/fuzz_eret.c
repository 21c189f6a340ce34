/* SPDX-License-Identifier: Apache-2.0 */
/* Any SPSR, any HCR: what is returned to is below EL2, and legal in hardware. */
#include "nested/eret.h"
#include "nested/pauth.h"
#include "nested/vel2_regs.h"

#include "fuzz.h"

#define HCR_TGE BIT(27)
#define HCR_E2H BIT(34)

/* neve's own return: EL1 or EL0 in AArch64, and EL0 alone where the hardware runs with TGE. */
static void check_pstate(u64 pstate, bool tge, bool a32)
{
	u64 mode = pstate & PSTATE_M;

	CHECK(pstate >> 32 == 0);
	CHECK(mode == MODE_EL0t || (a32 && mode == MODE_A32_USR) ||
	      (!tge && (mode == MODE_EL1t || mode == MODE_EL1h)));
}

static void fuzz_return(struct input *in)
{
	u64 spsr = take(in, 8), hcr = take(in, 8), bits = take(in, 1), mode = bits & 3;
	bool a32 = bits & 4;
	u64 pstate = (take(in, 4) & ~PSTATE_M) | (mode ? MODE_EL1t + (mode & 1) : MODE_EL0t);
	struct eret_result r = eret_decode(spsr, hcr, pstate, a32);
	bool illegal = !(spsr & PSTATE_IL) && (r.pstate & PSTATE_IL), both;

	both = (hcr & HCR_E2H) && (hcr & HCR_TGE);
	if (r.target == ERET_GUEST) {
		check_pstate(r.pstate, hcr & HCR_TGE, a32);
		CHECK(!both && !illegal);
	} else {
		/* vEL2 is real EL1, and runs without TGE */
		check_pstate(r.pstate, false, a32);
	}
	if (illegal)
		CHECK((r.pstate & PSTATE_M) == (pstate & PSTATE_M));
	CHECK(spsr_swap_levels(spsr_swap_levels(spsr)) == spsr);
	CHECK((spsr_from_real(r.pstate) & PSTATE_M) <= (a32 ? MODE_A32_USR : MODE_EL2h));
	CHECK((pstate_advance_it(pstate) ^ pstate) ==
	      ((pstate_advance_it(pstate) ^ pstate) & 0x600fc00));
}

static void fuzz_entry(struct input *in)
{
	u64 from = take(in, 4), sctlr = take(in, 8);
	enum exception_kind kind = (take(in, 1) & 3) * 0x80;
	bool lower = take(in, 1) & 1, pan = take(in, 1) & 1, nmi = take(in, 1) & 1;
	struct exception_entry e = exception_enter(from, lower, kind, sctlr, pan, nmi);

	check_pstate(e.pstate, false, false);
	CHECK((e.pstate & (PSTATE_DAIF | PSTATE_M)) == (PSTATE_DAIF | MODE_EL1h));
	CHECK(!(e.pstate & (PSTATE_IL | PSTATE_SS | PSTATE_BTYPE | PSTATE_A32)));
	CHECK(e.offset < 0x800 && (e.offset & 0x7f) == 0 && (e.offset & 0x180) == kind);
	CHECK((e.offset >= 0x400) == lower);
}

static void fuzz_pauth(struct input *in)
{
	struct pauth_format f;
	u64 ptr = take(in, 8), pac = take(in, 8), mask, bare, with_code;
	bool upper;
	u8 flags = take(in, 1);

	f = (struct pauth_format){
		.va_bits = {16 + take(in, 1) % 33, 16 + take(in, 1) % 33},
		.tbi = {flags & 1, flags & 2},
		.two_ranges = flags & 4,
		.enhanced = flags & 8,
	};
	upper = f.two_ranges && (ptr & BIT(55));
	mask = GENMASK(54, 0) & ~(BIT(f.va_bits[upper]) - 1);
	if (!f.tbi[upper])
		mask |= GENMASK(63, 56);
	bare = pauth_strip(&f, ptr);
	CHECK(bare == (ptr & BIT(55) ? ptr | mask : ptr & ~mask));
	/* the address with its code is accepted; with any other it is not, and poison spoils it */
	with_code = f.enhanced ? bare ^ (pac & mask) : (bare & ~mask) | (pac & mask);
	CHECK(pauth_matches(&f, with_code, pac) && pauth_strip(&f, with_code) == bare);
	CHECK(pauth_matches(&f, ptr, pac) == (ptr == with_code));
	if (ptr != with_code)
		CHECK(pauth_poison(&f, ptr, pac, flags & 16) != bare);
}

/* Of vEL2's registers: nothing but what the EL1 register may have. */
static void fuzz_regs(struct input *in)
{
	u64 v = take(in, 8);

	CHECK(vel2_tcr_to_el1(v) & BIT(23)); /* EPD1 */
	CHECK(FIELD(vel2_tcr_to_el1(v), 21, 16) >= 16 && FIELD(vel2_tcr_to_el1(v), 21, 16) <= 39);
	CHECK((vel2_ttbr0_to_el1(v) & ~GENMASK(47, 1)) == 0); /* no ASID, no CnP */
	CHECK((vel2_sctlr_to_el1(v) & BIT(0)) == (v & BIT(0)));
	CHECK((vel2_cptr_to_cpacr(v) & ~UINT64_C(0x13330000)) == 0);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = {data, size};

	fuzz_return(&in);
	fuzz_entry(&in);
	fuzz_pauth(&in);
	fuzz_regs(&in);
	return 0;
}
