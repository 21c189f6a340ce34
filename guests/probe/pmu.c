/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which exception levels PMU counters count at. A known number of instructions at each level, of
 * which EL1's is twice EL2's and EL0's twice EL1's: what a counter then holds says which levels it
 * counted; the way from one level to another is short in comparison. Wants a machine that counts
 * instructions exactly (QEMU's -icount shift=0).
 */
#include "console.h"
#include "exception.h"
#include "lib/printf.h"
#include "try.h"

#define UNIT 4000 /* instructions of EL2's part */

#define I_SUBS_X0     0xf1000400u /* subs x0, x0, #1 */
#define I_BNE_BACK    0x54ffffe1u /* b.ne .-4 */
#define I_MSR_SWINC   0xd51b9c81u /* msr pmswinc_el0, x1 */
#define I_MSR_TYPE1   0xd51bec21u /* msr pmevtyper1_el0, x1 */
#define I_MSR_CCFILTR 0xd51befe1u
#define I_MSR_CNTSET  0xd51b9c20u /* msr pmcntenset_el0, x0 */
#define I_MRS_PMCR    0xd53b9c00u /* mrs x0, pmcr_el0 */
#define I_MSR_PMCR    0xd51b9c00u

#define E_PMCR	       ENC(3, 3, 9, 12, 0)
#define E_PMCNTENSET   ENC(3, 3, 9, 12, 1)
#define E_PMCNTENCLR   ENC(3, 3, 9, 12, 2)
#define E_PMSELR       ENC(3, 3, 9, 12, 5)
#define E_PMCCNTR      ENC(3, 3, 9, 13, 0)
#define E_PMXEVTYPER   ENC(3, 3, 9, 13, 1)
#define E_PMCCFILTR    ENC(3, 3, 14, 15, 7)
#define E_PMEVCNTR(n)  ENC(3, 3, 14, 8 + (n) / 8, (n) % 8)
#define E_PMEVTYPER(n) ENC(3, 3, 14, 12 + (n) / 8, (n) % 8)

#define PMCR_E	BIT(0)
#define PMCR_P	BIT(1)
#define PMCR_C	BIT(2)
#define PMCR_DP BIT(5)
#define PMCR_LC BIT(6)

#define MDCR_HPMN_MASK GENMASK(4, 0)
#define MDCR_TPMCR     BIT(5)
#define MDCR_TPM       BIT(6)
#define MDCR_HPME      BIT(7)
#define MDCR_HPMD      BIT(17)
#define MDCR_HCCD      BIT(23)

#define T_P   BIT(31)
#define T_U   BIT(30)
#define T_NSH BIT(27)

#define EV_SW_INCR	0
#define EV_INST_RETIRED 8
#define CYCLES		31

static bool tge;

static void spin(u64 instructions)
{
	u64 n = instructions / 2;

	asm volatile("1: subs %0, %0, #1\n\tb.ne 1b" : "+r"(n)::"cc");
}

static void spin_at(u64 level, u64 instructions)
{
	struct attempt a = {.pstate = P_DAIF | level, .x0 = instructions / 2};
	struct frame f;

	a.insn[0] = I_SUBS_X0;
	a.insn[1] = I_BNE_BACK;
	try_enter(&a, &f);
}

/* The same software increment so many times. */
static void increment_at(u64 level, u64 mask, u32 times)
{
	for (u32 i = 0; i < times; i++) {
		struct attempt a = {.pstate = P_DAIF | level, .x1 = mask, .insn = {I_MSR_SWINC}};
		struct frame f;

		try_enter(&a, &f);
	}
}

static void one_at_el1(u32 insn, u64 x0, u64 x1, u64 *result)
{
	struct attempt a = {.pstate = P_DAIF | P_EL1h, .x0 = x0, .x1 = x1, .insn = {insn}};
	struct frame f;

	try_enter(&a, &f);
	if (result)
		*result = f.x[0];
}

static u64 counter(u32 n)
{
	return reg_read(n == CYCLES ? E_PMCCNTR : E_PMEVCNTR(n));
}

static void set_type(u32 n, u64 type)
{
	reg_write(n == CYCLES ? E_PMCCFILTR : E_PMEVTYPER(n), type);
}

static void all_off(void)
{
	reg_write(E_PMCNTENCLR, GENMASK(31, 0));
	reg_write(E_PMCR, PMCR_LC | PMCR_P | PMCR_C);
}

static void start(void)
{
	write_sysreg(pmcr_el0, PMCR_LC | PMCR_E);
	isb();
}

static void stop(void)
{
	write_sysreg(pmcr_el0, PMCR_LC);
	isb();
}

static void work(void)
{
	spin(UNIT);
	if (!tge)
		spin_at(P_EL1h, 2 * UNIT);
	spin_at(P_EL0t, 4 * UNIT);
}

/* Which levels: the count in units is a sum of 1, 2 and 4. */
static void print_levels(u64 count)
{
	u64 units = (count + UNIT / 2) / UNIT;

	if (units > 7)
		console_printf(" %lu-units", units);
	else if (!units)
		console_printf(" none");
	else
		console_printf(" %s%s%s", units & 1 ? "[el2]" : "", units & 2 ? "[el1]" : "",
			       units & 4 ? "[el0]" : "");
}

static const char *where(void)
{
	return !e2h ? (tge ? "+TGE" : "") : tge ? ".e2h+TGE" : ".e2h";
}

/* Every filter, for an event counter and the cycle counter. */
static void filters(const char *what, u64 mdcr, u64 pmcr)
{
	u64 was = reg_read(E_MDCR_EL2);

	reg_write(E_MDCR_EL2, was | mdcr);
	for (u32 i = 0; i < 8; i++) {
		u64 type = (i & 1 ? T_P : 0) | (i & 2 ? T_U : 0) | (i & 4 ? T_NSH : 0);

		all_off();
		set_type(1, type | EV_INST_RETIRED);
		set_type(CYCLES, type);
		reg_write(E_PMCNTENSET, BIT(1) | BIT(CYCLES));
		reg_write(E_PMCR, PMCR_LC | pmcr | PMCR_E);
		work();
		reg_write(E_PMCR, PMCR_LC | pmcr);
		console_printf("pmu%s%s P=%u U=%u NSH=%u:", where(), what, i & 1, i >> 1 & 1,
			       i >> 2);
		print_levels(counter(1));
		print_levels(counter(CYCLES));
		console_printf(" type=%lx ccfiltr=%lx\n", reg_read(E_PMEVTYPER(1)),
			       reg_read(E_PMCCFILTR));
	}
	reg_write(E_MDCR_EL2, was);
}

/* Filters and enables that are written at EL1, and by PMSELR_EL0. */
static void from_el1(void)
{
	for (u32 i = 0; i < 4; i++) {
		u64 type = (i & 1 ? T_P : 0) | (i & 2 ? T_NSH : 0) | T_U | EV_INST_RETIRED, result;

		all_off();
		reg_write(E_PMCR, PMCR_LC | PMCR_E);
		one_at_el1(I_MSR_TYPE1, 0, type, NULL);
		one_at_el1(I_MSR_CCFILTR, 0, type & ~UINT64_C(0xffff), NULL);
		one_at_el1(I_MSR_CNTSET, BIT(1) | BIT(CYCLES), 0, NULL);
		work();
		reg_write(E_PMCR, PMCR_LC);
		one_at_el1(I_MRS_PMCR, 0, 0, &result);
		console_printf("pmu%s by-el1 P=%u NSH=%u:", where(), i & 1, i >> 1);
		print_levels(counter(1));
		print_levels(counter(CYCLES));
		console_printf(" type=%lx ccfiltr=%lx enabled=%lx n=%lu\n",
			       reg_read(E_PMEVTYPER(1)), reg_read(E_PMCCFILTR),
			       reg_read(E_PMCNTENSET), FIELD(result, 15, 11));
	}
	for (u32 n = 0; n < 32; n++) {
		reg_write(E_PMSELR, n);
		reg_write(E_PMXEVTYPER, GENMASK(31, 0));
		console_printf("pmu%s by-pmselr %u: ones=%lx", where(), n, reg_read(E_PMXEVTYPER));
		reg_write(E_PMXEVTYPER, 0);
		console_printf(" zeros=%lx\n", reg_read(E_PMXEVTYPER));
	}
	reg_write(E_PMSELR, 0);
}

/* Software increments: three at EL2, five at EL1, nine at EL0. */
static void increments(const char *what, u64 mdcr)
{
	u64 was = reg_read(E_MDCR_EL2);

	reg_write(E_MDCR_EL2, (was & ~MDCR_HPMN_MASK) | mdcr);
	reg_write(E_PMUSERENR_EL0, 1);
	for (u32 i = 0; i < 8; i++) {
		all_off();
		for (u32 n = 0; n < 4; n++)
			set_type(n, (i & 1 ? T_P : 0) | (i & 2 ? T_U : 0) | (i & 4 ? T_NSH : 0) |
					    EV_SW_INCR);
		reg_write(E_PMCNTENSET, BIT(0) | BIT(2));
		reg_write(E_PMCR, PMCR_LC | PMCR_E);
		for (u32 k = 0; k < 3; k++)
			reg_write(ENC(3, 3, 9, 12, 4), BIT(0) | BIT(1) | BIT(2));
		if (!tge)
			increment_at(P_EL1h, BIT(0) | BIT(3), 5);
		increment_at(P_EL0t, BIT(0), 9);
		reg_write(E_PMCR, PMCR_LC);
		console_printf("pmu%s increments%s P=%u U=%u NSH=%u: %lu %lu %lu %lu\n", where(),
			       what, i & 1, i >> 1 & 1, i >> 2, counter(0), counter(1), counter(2),
			       counter(3));
	}
	reg_write(E_PMUSERENR_EL0, 0);
	reg_write(E_MDCR_EL2, was);
}

/* MDCR_EL2.HPMN = 2: counter 3 is EL2's, and enabled by HPME. */
static void ranges(void)
{
	u64 was = reg_read(E_MDCR_EL2);

	for (u32 i = 0; i < 4; i++) {
		u64 n_el1, n_el2;

		reg_write(E_MDCR_EL2, (was & ~MDCR_HPMN_MASK) | 2 | (i & 1 ? MDCR_HPME : 0));
		all_off();
		set_type(1, T_NSH | T_U | EV_INST_RETIRED);
		set_type(3, T_NSH | T_P | EV_INST_RETIRED);
		set_type(CYCLES, T_NSH | T_P | T_U);
		reg_write(E_PMCNTENSET, BIT(1) | BIT(3) | BIT(CYCLES));
		reg_write(E_PMCR, PMCR_LC | (i & 2 ? PMCR_E : 0));
		work();
		reg_write(E_PMCR, PMCR_LC);
		reg_write(E_PMCNTENCLR, GENMASK(31, 0));
		n_el2 = FIELD(reg_read(E_PMCR), 15, 11);
		n_el1 = tge ? 0 : ~UINT64_C(0);
		if (!tge)
			one_at_el1(I_MRS_PMCR, 0, 0, &n_el1);
		console_printf("pmu%s HPMN=2 HPME=%u E=%u:", where(), i & 1, i >> 1);
		print_levels(counter(1));
		print_levels(counter(3));
		print_levels(counter(CYCLES));
		console_printf(" n=%lu,%lu", n_el2, FIELD(n_el1, 15, 11));
		reg_write(E_PMCR, PMCR_LC | PMCR_P);
		console_printf(" reset=%lu,%lu\n", counter(1), counter(3));
	}
	reg_write(E_MDCR_EL2, was);
}

/* To the instruction, where nothing traps between start and stop. */
static void exact(void)
{
	u64 inst, cycles;

	all_off();
	set_type(1, T_NSH | T_P | T_U | EV_INST_RETIRED);
	set_type(2, T_P | EV_INST_RETIRED);
	set_type(CYCLES, T_NSH | T_P | T_U);
	reg_write(E_PMCNTENSET, BIT(1) | BIT(2) | BIT(CYCLES));
	start();
	spin(UNIT);
	stop();
	inst = counter(1);
	cycles = counter(CYCLES);
	console_printf("pmu%s exact: el2 instructions=%lu cycles=%lu not-el2=%lu\n", where(), inst,
		       cycles, counter(2));
	all_off();
	reg_write(E_PMCNTENSET, BIT(1));
	start();
	for (u32 i = 0; i < 100; i++)
		write_sysreg(hstr_el2, 0);
	for (u32 i = 0; i < 100; i++)
		write_sysreg(mdcr_el2, 6);
	stop();
	console_printf("pmu%s trapped: el2 instructions=%lu\n", where(), counter(1));
}

/* EL2's registers after the EL0 below it, whose accesses EL2 traps, has come back by SVC. */
static void after_el0(const char *what, u64 mdcr)
{
	u64 was = reg_read(E_MDCR_EL2), type, enabled;

	all_off();
	set_type(0, T_NSH | EV_INST_RETIRED);
	set_type(1, T_NSH | T_P | T_U | EV_INST_RETIRED);
	reg_write(E_PMCNTENSET, BIT(0));
	reg_write(E_MDCR_EL2, was | mdcr);
	spin_at(P_EL0t, 2);
	type = reg_read(E_PMEVTYPER(0));
	enabled = reg_read(E_PMCNTENSET);
	console_printf("pmu%s after-el0%s: type=%lx enabled=%lx", where(), what, type, enabled);
	set_type(0, T_NSH | T_P | EV_INST_RETIRED);
	reg_write(E_PMCNTENSET, BIT(1));
	spin_at(P_EL0t, 2);
	reg_write(E_PMCR, PMCR_LC | PMCR_E);
	work();
	reg_write(E_PMCR, PMCR_LC);
	print_levels(counter(0));
	print_levels(counter(1));
	reg_write(E_MDCR_EL2, was);
	console_printf(" type=%lx,%lx enabled=%lx\n", reg_read(E_PMEVTYPER(0)),
		       reg_read(E_PMEVTYPER(1)), reg_read(E_PMCNTENSET));
}

static void layout(bool with_e2h)
{
	set_e2h(with_e2h);
	el1_write(ENC(3, 0, 12, 0, 0), (u64)vectors_report);
	tge = false;
	exact();
	filters("", 0, 0);
	filters("+DP", 0, PMCR_DP);
	filters("+HPMD", MDCR_HPMD, 0);
	filters("+HPMD+DP", MDCR_HPMD, PMCR_DP);
	filters("+HCCD", MDCR_HCCD, 0);
	from_el1();
	ranges();
	increments("", reg_read(E_MDCR_EL2) & MDCR_HPMN_MASK);
	increments("+HPMN=1+HPME", 1 | MDCR_HPME);
	increments("+HPMD", (reg_read(E_MDCR_EL2) & MDCR_HPMN_MASK) | MDCR_HPMD);
	tge = true;
	reg_write(E_HCR_EL2, reg_read(E_HCR_EL2) | HCR_TGE);
	filters("", 0, 0);
	filters("+HPMD", MDCR_HPMD, 0);
	ranges();
	increments("", reg_read(E_MDCR_EL2) & MDCR_HPMN_MASK);
	increments("+HPMN=1+HPME", 1 | MDCR_HPME);
	after_el0("", 0);
	after_el0("+TPM", MDCR_TPM);
	after_el0("+TPMCR", MDCR_TPMCR);
	tge = false;
	all_off();
	for (u32 n = 0; n < 4; n++)
		set_type(n, 0);
	set_type(CYCLES, 0);
	reset_controls();
}

void probe_pmu(void)
{
	if (!(reg_read(ENC(3, 3, 9, 12, 6)) & BIT(EV_INST_RETIRED)))
		fatal("PMCEID0_EL0 has no INST_RETIRED; for QEMU: -icount shift=0");
	layout(false);
	layout(true);
	set_e2h(false);
}
