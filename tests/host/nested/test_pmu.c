/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hyp/nested/pmu.c on a PMU made up here, with any number of counters, which is more than a machine
 * has. A model of L1's PMU is held against what neve answers and what it leaves in hardware.
 */
#include <glib.h>
#include <string.h>

#include "cpu/features.h"
#include "nested/pmu.h"
#include "nested/world.h"

#define SW_INCR 0

struct cpu_features cpu_features;

static const struct pmu_impl *const impl = &cpu_features.pmu_impl;
static struct vcpu vcpu;

/* The hardware. Number 31 is the cycle counter. */
static struct {
	u64 type[32], counter[32];
	u64 pmcr, pmselr, pmuserenr, mdcr;
	u32 enabled, interrupts, overflows;
} hw;

/* What L1 has written. */
static struct {
	u64 type[32], counter[32];
	u32 enabled;
} l1;

static u64 type_mask(void)
{
	return PMTYPE_P | PMTYPE_U | PMTYPE_NSH | PMTYPE_EVENT |
	       (impl->el3 ? PMTYPE_NSK | PMTYPE_NSU : 0);
}

static bool by_number(const char *reg, const char *prefix, unsigned int *n)
{
	if (!g_str_has_prefix(reg, prefix))
		return false;
	*n = (unsigned int)g_ascii_strtoull(reg + strlen(prefix), NULL, 10);
	g_assert_cmpuint(*n, <, impl->counters); /* others are undefined */
	return true;
}

static u64 *plain(const char *reg)
{
	static u64 read_only;
	unsigned int n;

	if (by_number(reg, "PMEVCNTR", &n))
		return &hw.counter[n];
	if (!strcmp(reg, "PMCCNTR_EL0"))
		return &hw.counter[31];
	if (!strcmp(reg, "PMSELR_EL0"))
		return &hw.pmselr;
	if (!strcmp(reg, "PMUSERENR_EL0"))
		return &hw.pmuserenr;
	if (!strcmp(reg, "MDCR_EL2"))
		return &hw.mdcr;
	/* PMCEID0, PMCEID1, PMMIR */
	g_assert_true(g_str_has_prefix(reg, "PMCEID") || !strcmp(reg, "PMMIR_EL1"));
	read_only = reg[6];
	return &read_only;
}

u64 fake_read(const char *reg)
{
	unsigned int n;

	if (by_number(reg, "PMEVTYPER", &n))
		return hw.type[n];
	if (!strcmp(reg, "PMCCFILTR_EL0"))
		return hw.type[31];
	if (!strcmp(reg, "PMCR_EL0"))
		return hw.pmcr | (u64)impl->counters << 11;
	if (g_str_has_prefix(reg, "PMCNTEN"))
		return hw.enabled;
	if (g_str_has_prefix(reg, "PMINTEN"))
		return hw.interrupts;
	if (g_str_has_prefix(reg, "PMOVS"))
		return hw.overflows;
	return *plain(reg);
}

static void set_or_clear(u32 *bits, const char *reg, u64 val)
{
	if (strstr(reg, "CLR"))
		*bits &= ~(u32)val;
	else
		*bits |= (u32)val & pmu_counters_el2(impl);
}

void fake_write(const char *reg, u64 val)
{
	unsigned int n;

	if (by_number(reg, "PMEVTYPER", &n)) {
		hw.type[n] = val & type_mask();
	} else if (!strcmp(reg, "PMCCFILTR_EL0")) {
		hw.type[31] = val & type_mask() & ~PMTYPE_EVENT;
	} else if (!strcmp(reg, "PMCR_EL0")) {
		if (val & PMCR_P)
			memset(hw.counter, 0, 31 * sizeof(u64));
		hw.pmcr = val & (PMCR_E | PMCR_DP);
	} else if (g_str_has_prefix(reg, "PMCNTEN")) {
		set_or_clear(&hw.enabled, reg, val);
	} else if (g_str_has_prefix(reg, "PMINTEN")) {
		set_or_clear(&hw.interrupts, reg, val);
	} else if (g_str_has_prefix(reg, "PMOVS")) {
		set_or_clear(&hw.overflows, reg, val);
	} else if (!strcmp(reg, "PMSWINC_EL0")) { /* from the real EL2 */
		for (unsigned int i = 0; i < 31; i++) {
			if ((val & hw.enabled & BIT(i)) && !(hw.type[i] & PMTYPE_EVENT) &&
			    (hw.type[i] & PMTYPE_NSH) && !(hw.mdcr & MDCR_HPMD))
				hw.counter[i]++;
		}
	} else {
		*plain(reg) = val;
	}
}

void world_sync_mdcr(struct vcpu *v)
{
	v->hw.mdcr = hw.mdcr = v->pmu.mdcr[v->context];
}

static const struct sysreg_desc *desc(const char *name)
{
	for (unsigned int i = 0; i < SR_COUNT; i++) {
		if (!strcmp(sysreg_name(&sysreg_table[i]), name))
			return &sysreg_table[i];
	}
	g_error("no register %s", name);
}

static u64 random64(void)
{
	return (u64)g_test_rand_int() << 32 ^ (u32)g_test_rand_int();
}

static unsigned int level(void)
{
	return !(vcpu.pstate & 0xc) ? 0 : vcpu.context == IN_HYP ? 2 : 1;
}

static u32 own(void)
{
	return level() == 2 ? pmu_counters_el2(impl)
			    : pmu_counters_el1(impl, vcpu.ctx[CTX_MDCR_EL2]);
}

static void set_context(enum vcpu_context context, unsigned int el)
{
	vcpu.pstate = el ? 5 : 0;
	if (vcpu.context == context)
		return;
	vcpu.context = context;
	world_sync_mdcr(&vcpu);
	pmu_change_context(&vcpu);
}

static void start(unsigned int counters, unsigned int features)
{
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&hw, 0xff, sizeof(hw));
	memset(&l1, 0, sizeof(l1));
	cpu_features = (struct cpu_features){
		.pmu = true,
		.fgt = features & 1,
		.pmu_impl = {.counters = counters,
			     .el3 = features & 2,
			     .hpmd = features & 4,
			     .hccd = features & 8},
	};
	vcpu.ctx[CTX_MDCR_EL2] = counters;
	vcpu.context = IN_HYP;
	vcpu.pstate = 5;
	memset(hw.type, 0, sizeof(hw.type));
	pmu_load(&vcpu);
	world_sync_mdcr(&vcpu);
	hw.pmselr = 0;
	memset(hw.counter, 0, sizeof(hw.counter));
}

static u64 get(const char *name, enum exit_action expected)
{
	vcpu.x[3] = 0x5a5a;
	g_assert_cmpint(pmu_read(&vcpu, desc(name), 3), ==, expected);
	if (expected != EXIT_ADVANCE)
		g_assert_cmphex(vcpu.x[3], ==, 0x5a5a);
	return vcpu.x[3];
}

static void put(const char *name, u64 val, enum exit_action expected)
{
	g_assert_cmpint(pmu_write(&vcpu, desc(name), val), ==, expected);
}

/* What counts is what L1 wants counted in this context. */
static void check_hardware(void)
{
	u32 stopped = pmu_prohibited(impl, vcpu.ctx[CTX_MDCR_EL2], hw.pmcr);

	if (!vcpu.pmu.held) {
		g_assert_false(cpu_features.fgt);
		g_assert_false(hw.pmcr & PMCR_E);
		return;
	}
	g_assert_cmphex(hw.enabled, ==, l1.enabled);
	for (unsigned int n = 0; n < 32; n++) {
		if (!(l1.enabled & BIT(n)))
			continue;
		g_assert_cmphex(
			hw.type[n], ==,
			pmu_hw_type(impl, l1.type[n], vcpu.context == IN_HYP, stopped & BIT(n)));
	}
}

/* An access to a type register or a counter, through its own name or through PMSELR_EL0. */
static void access_counter(unsigned int n, bool type, bool selected, bool read)
{
	g_autofree char *name = NULL;
	bool there = (own() & BIT(n)) && (type || n != 31), anywhere = there;
	u64 *held = type ? &l1.type[n] : &l1.counter[n], val = random64() & type_mask();
	enum exit_action expected;

	if (selected) {
		put("PMSELR_EL0", n, EXIT_ADVANCE);
		anywhere = (pmu_counters_el2(impl) & BIT(n)) && (type || n != 31);
		name = g_strdup(type ? "PMXEVTYPER_EL0" : "PMXEVCNTR_EL0");
	} else if (n < 31) {
		name = g_strdup_printf(type ? "PMEVTYPER%u_EL0" : "PMEVCNTR%u_EL0", n);
	} else {
		name = g_strdup(type ? "PMCCFILTR_EL0" : "PMCCNTR_EL0");
		there = true;
	}
	if (n == 31 && type)
		val &= ~PMTYPE_EVENT;
	if (g_test_rand_bit() && n < 31)
		val &= ~PMTYPE_EVENT;
	if (there || (selected && !anywhere))
		expected = EXIT_ADVANCE;
	else /* EL2's alone */
		expected = cpu_features.fgt && level() < 2 && (pmu_counters_el2(impl) & BIT(n))
				   ? EXIT_FORWARD
				   : EXIT_UNDEF;
	if (!read) {
		put(name, val, expected);
		if (there)
			*held = val;
	} else if (there) {
		g_assert_cmphex(get(name, expected), ==, *held);
	} else {
		g_assert_cmphex(get(name, expected), ==, expected == EXIT_ADVANCE ? 0 : 0x5a5a);
	}
}

static void increment(u32 mask)
{
	u32 stopped = pmu_prohibited(impl, vcpu.ctx[CTX_MDCR_EL2], hw.pmcr);

	for (unsigned int n = 0; n < 31; n++) {
		u64 type = l1.type[n];
		bool counts = level() == 0   ? pmu_counts_el0(impl, type)
			      : level() == 1 ? pmu_counts_el1(impl, type)
					     : (type & PMTYPE_NSH) && !(stopped & BIT(n));

		if ((mask & own() & l1.enabled & BIT(n)) && (type & PMTYPE_EVENT) == SW_INCR &&
		    counts)
			l1.counter[n]++;
	}
	put("PMSWINC_EL0", mask, EXIT_ADVANCE);
}

static void write_pmcr(u64 val)
{
	if (val & PMCR_P) {
		for (unsigned int n = 0; n < 31; n++) {
			if (own() & BIT(n))
				l1.counter[n] = 0;
		}
	}
	put("PMCR_EL0", val, EXIT_ADVANCE);
	g_assert_cmpuint(get("PMCR_EL0", EXIT_ADVANCE) >> 11 & 0x1f, ==,
			 level() == 2 ? impl->counters : pmu_hpmn(impl, vcpu.ctx[CTX_MDCR_EL2]));
}

static void set_bits(u32 bits)
{
	bool set = g_test_rand_bit();

	put(set ? "PMCNTENSET_EL0" : "PMCNTENCLR_EL0", bits, EXIT_ADVANCE);
	l1.enabled = set ? l1.enabled | (bits & own()) : l1.enabled & ~(bits & own());
	g_assert_cmphex(get(set ? "PMCNTENCLR_EL0" : "PMCNTENSET_EL0", EXIT_ADVANCE), ==,
			l1.enabled & own());
}

static void one_step(void)
{
	unsigned int n = (unsigned int)g_test_rand_int_range(0, 32);

	switch (g_test_rand_int_range(0, 10)) {
	case 0:
		increment((u32)random64());
		break;
	case 1:
		write_pmcr((random64() & (PMCR_P | PMCR_DP)) | PMCR_E);
		break;
	case 2:
		pmu_write_mdcr(&vcpu, random64() & (MDCR_HPMN | MDCR_HPMD | MDCR_HCCD | MDCR_HPME));
		break;
	case 3:
		set_context(IN_HYP, 2);
		break;
	case 4:
		set_context(IN_GUEST, (unsigned int)g_test_rand_int_range(0, 2));
		break;
	case 5:
		set_bits((u32)random64());
		break;
	default:
		access_counter(n, g_test_rand_bit(), g_test_rand_bit(), g_test_rand_bit());
	}
}

static void test_random(void)
{
	for (unsigned int i = 0; i < 400; i++) {
		start((unsigned int)g_test_rand_int_range(0, 32), i);
		write_pmcr(PMCR_E);
		for (unsigned int k = 0; k < 200; k++) {
			one_step();
			check_hardware();
		}
	}
}

/* Without FEAT_FGT the type registers are L1's own until something may count. */
static void test_held(void)
{
	start(4, 0);
	g_assert_false(vcpu.pmu.held);
	g_assert_cmphex(hw.enabled, ==, 0);
	hw.type[2] = PMTYPE_NSH | PMTYPE_P | 8;
	hw.enabled = BIT(2);
	write_pmcr(PMCR_E);
	g_assert_true(vcpu.pmu.held);
	g_assert_cmphex(hw.type[2], ==, 8); /* at vEL2, which is the real EL1 */
	g_assert_cmphex(hw.mdcr & (MDCR_TPM | MDCR_TPMCR), ==, MDCR_TPM);
	set_context(IN_GUEST, 1);
	g_assert_cmphex(hw.type[2], ==, PMTYPE_P | 8);
	write_pmcr(0);
	g_assert_false(vcpu.pmu.held);
	g_assert_cmphex(hw.type[2], ==, PMTYPE_NSH | PMTYPE_P | 8);
	g_assert_cmphex(hw.mdcr & (MDCR_TPM | MDCR_TPMCR), ==, MDCR_TPMCR);
}

/* L1's own trap of the EL0 that vEL2 hosts, still on at vEL2: its registers are the hardware's. */
static void test_left_from_el0(void)
{
	static const char *const regs[] = {"PMEVTYPER2_EL0", "PMXEVTYPER_EL0", "PMCCFILTR_EL0",
					   "PMCNTENSET_EL0", "PMCNTENCLR_EL0", "PMCCNTR_EL0",
					   "PMSELR_EL0"};

	start(4, 0);
	vcpu.ctx[CTX_MDCR_EL2] |= MDCR_TPM;
	for (unsigned int i = 0; i < 2 * G_N_ELEMENTS(regs); i++) {
		hw.type[2] = hw.type[0] = PMTYPE_NSH | PMTYPE_P | 8;
		hw.enabled = BIT(2);
		hw.mdcr = vcpu.hw.mdcr |= MDCR_TPM;
		if (i & 1)
			put(regs[i / 2], 9, EXIT_RESUME);
		else
			get(regs[i / 2], EXIT_RESUME);
		g_assert_cmphex(hw.mdcr & (MDCR_TPM | MDCR_TPMCR), ==, MDCR_TPMCR);
		g_assert_false(vcpu.pmu.held);
		g_assert_cmphex(hw.type[2], ==, PMTYPE_NSH | PMTYPE_P | 8);
		g_assert_cmphex(hw.enabled, ==, BIT(2));
	}
	get("PMCR_EL0", EXIT_ADVANCE); /* always traps */
	write_pmcr(PMCR_E);
	g_assert_cmphex(get("PMEVTYPER2_EL0", EXIT_ADVANCE), ==, PMTYPE_NSH | PMTYPE_P | 8);
}

/* Counters of EL2's own: what EL1 sees of the registers with a bit a counter, and PMCR_EL0.N. */
static void test_hpmn(void)
{
	static const char *const sets[][2] = {{"PMINTENSET_EL1", "PMINTENCLR_EL1"},
					      {"PMOVSSET_EL0", "PMOVSCLR_EL0"}};

	start(6, 1);
	pmu_write_mdcr(&vcpu, 2);
	g_assert_cmphex(vcpu.pmu.mdcr[IN_HYP] & (MDCR_TPM | MDCR_HPMN), ==, MDCR_TPM | 2);
	for (unsigned int i = 0; i < G_N_ELEMENTS(sets); i++) {
		set_context(IN_HYP, 2);
		put(sets[i][1], ~UINT64_C(0), EXIT_ADVANCE);
		put(sets[i][0], ~UINT64_C(0), EXIT_ADVANCE);
		g_assert_cmphex(get(sets[i][0], EXIT_ADVANCE), ==, 0x8000003f);
		set_context(IN_GUEST, 1);
		g_assert_cmphex(get(sets[i][1], EXIT_ADVANCE), ==, 0x80000003);
		put(sets[i][1], ~UINT64_C(0), EXIT_ADVANCE);
		set_context(IN_HYP, 2);
		g_assert_cmphex(get(sets[i][1], EXIT_ADVANCE), ==, 0x3c);
	}
	put("PMUSERENR_EL0", 0xf, EXIT_ADVANCE);
	g_assert_cmphex(get("PMUSERENR_EL0", EXIT_ADVANCE), ==, 0xf);
	put("PMSELR_EL0", 5, EXIT_ADVANCE);
	g_assert_cmphex(get("PMSELR_EL0", EXIT_ADVANCE), ==, 5);
	g_assert_cmphex(get("PMCEID0_EL0", EXIT_ADVANCE), ==, '0');
	g_assert_cmphex(get("PMCEID1_EL0", EXIT_ADVANCE), ==, '1');
	g_assert_cmphex(get("PMMIR_EL1", EXIT_ADVANCE), ==, 'E');
	/* Of counters that EL2 has for itself, the EL0 that it hosts hears by a trap. */
	set_context(IN_HYP, 0);
	cpu_features.fgt = true;
	get("PMEVTYPER4_EL0", EXIT_FORWARD);
	put("PMEVCNTR2_EL0", 0, EXIT_FORWARD);
	get("PMEVTYPER8_EL0", EXIT_UNDEF);
	cpu_features.fgt = false;
	get("PMEVTYPER4_EL0", EXIT_UNDEF);
	set_context(IN_HYP, 2);
	/* The other PMU registers are not for pmu.c. */
	get("MDCR_EL2", EXIT_UNDEF);
	put("MDCR_EL2", 0, EXIT_UNDEF);
}

static void test_user(void)
{
	static const struct {
		const char *reg;
		u64 reads, writes; /* bits of PMUSERENR_EL0 of which each allows it */
	} regs[] = {
		{"PMSWINC_EL0", 3, 3},	  {"PMCCNTR_EL0", 5, 1},   {"PMSELR_EL0", 9, 9},
		{"PMXEVCNTR_EL0", 9, 1},  {"PMEVCNTR4_EL0", 9, 1}, {"PMEVTYPER4_EL0", 1, 1},
		{"PMXEVTYPER_EL0", 1, 1}, {"PMCR_EL0", 1, 1},	   {"PMCNTENSET_EL0", 1, 1},
	};

	start(6, 1);
	for (unsigned int i = 0; i < G_N_ELEMENTS(regs); i++) {
		for (hw.pmuserenr = 0; hw.pmuserenr < 16; hw.pmuserenr++) {
			g_assert_cmpint(pmu_user_may(desc(regs[i].reg), true), ==,
					!!(hw.pmuserenr & regs[i].reads));
			g_assert_cmpint(pmu_user_may(desc(regs[i].reg), false), ==,
					!!(hw.pmuserenr & regs[i].writes));
		}
	}
	hw.pmuserenr = 0; /* which EL0 may read for itself */
	g_assert_true(pmu_user_may(desc("PMUSERENR_EL0"), true));
	g_assert_false(pmu_user_may(desc("PMUSERENR_EL0"), false));
	hw.pmuserenr = 0xf;
	g_assert_false(pmu_user_may(desc("PMUSERENR_EL0"), false));
}

/* A machine without one: its registers are not touched. */
static void test_none(void)
{
	start(4, 1);
	cpu_features = (struct cpu_features){.pmu = false};
	hw.pmcr = PMCR_E;
	pmu_load(&vcpu);
	g_assert_cmphex(hw.pmcr, ==, PMCR_E);
	pmu_write_mdcr(&vcpu, MDCR_HPME);
	g_assert_cmphex(vcpu.ctx[CTX_MDCR_EL2], ==, MDCR_HPME);
	g_assert_cmphex(vcpu.pmu.mdcr[IN_HYP] & (MDCR_TPM | MDCR_TPMCR), ==, 0);
}

/* The EL0 that vEL2 hosts, by L1's MDCR_EL2. */
static void test_host_el0(void)
{
	vcpu.context = IN_HYP;
	for (unsigned int el0 = 0; el0 < 2; el0++) {
		vcpu.pstate = el0 ? MODE_EL0t : MODE_EL1h;
		vcpu.ctx[CTX_MDCR_EL2] = 0;
		g_assert_false(pmu_host_el0_traps(&vcpu, &sysreg_table[SR_PMCR_EL0]));
		vcpu.ctx[CTX_MDCR_EL2] = MDCR_TPMCR;
		g_assert_cmpint(pmu_host_el0_traps(&vcpu, &sysreg_table[SR_PMCR_EL0]), ==, el0);
		g_assert_false(pmu_host_el0_traps(&vcpu, &sysreg_table[SR_PMCCNTR_EL0]));
		vcpu.ctx[CTX_MDCR_EL2] = MDCR_TPM;
		g_assert_cmpint(pmu_host_el0_traps(&vcpu, &sysreg_table[SR_PMCCNTR_EL0]), ==, el0);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pmu/random", test_random);
	g_test_add_func("/pmu/held", test_held);
	g_test_add_func("/pmu/left-from-el0", test_left_from_el0);
	g_test_add_func("/pmu/hpmn", test_hpmn);
	g_test_add_func("/pmu/user", test_user);
	g_test_add_func("/pmu/none", test_none);
	g_test_add_func("/pmu/host-el0", test_host_el0);
	return g_test_run();
}
