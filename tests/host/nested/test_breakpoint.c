/* SPDX-License-Identifier: Apache-2.0 */
/* hyp/nested/breakpoint.c: breakpoints and watchpoints of vEL2 on hardware where it is EL1. */
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "nested/breakpoint.h"

#define RT    7
#define E     BIT(0)
#define BVR   0 /* op2 - 4 */
#define BCR   1
#define WVR   2
#define WCR   3
#define KINDS 4

/* What is written to a control register keeps these bits. */
#define KEPT GENMASK(31, 0)

/* What a machine has. */
struct points {
	unsigned int breakpoints, watchpoints;
};

static const struct points machines[] = {{6, 4}, {16, 16}, {2, 1}};
static struct points has;
static struct vcpu vcpu;
static u64 hw[KINDS][16];
static unsigned int accesses;

static u64 *hw_reg(const char *reg)
{
	static const char *const kinds[KINDS] = {"DBGBVR", "DBGBCR", "DBGWVR", "DBGWCR"};

	accesses++;
	for (unsigned int k = 0; k < KINDS; k++) {
		unsigned int n, len = 0;

		if (strncmp(reg, kinds[k], 6))
			continue;
		g_assert_cmpint(sscanf(reg + 6, "%u_EL1%n", &n, &len), ==, 1);
		g_assert_cmpuint(len, ==, strlen(reg + 6));
		g_assert_cmpuint(n, <,
				 k < WVR ? has.breakpoints
					 : has.watchpoints); /* others are UNDEFINED */
		return &hw[k][n];
	}
	g_error("access to %s", reg);
}

u64 fake_read(const char *reg)
{
	if (!strcmp(reg, "ID_AA64DFR0_EL1"))
		return (u64)(has.breakpoints - 1) << 12 | (u64)(has.watchpoints - 1) << 20;
	return *hw_reg(reg);
}

void fake_write(const char *reg, u64 val)
{
	u64 *at = hw_reg(reg);

	*at = (at >= hw[BCR] && at < hw[WVR]) || at >= hw[WCR] ? val & KEPT : val;
}

/* ---- which ELs, by the architecture ---- */

static bool matches(u64 cr, unsigned int el)
{
	bool hmc = cr & BIT(13);

	if (!(cr & E) || FIELD(cr, 15, 14) == 2) /* Secure state alone */
		return false;
	switch (el) {
	case 2:
		return hmc;
	case 1:
		return cr & BIT(1);
	}
	return cr & BIT(2);
}

static bool reserved(u64 cr)
{
	unsigned int ssc = (unsigned int)FIELD(cr, 15, 14), pmc = (unsigned int)FIELD(cr, 2, 1);

	if (!(cr & E))
		return false;
	return !(cr & BIT(13)) && (pmc == 0 || ssc == 3);
}

static void test_translation(void)
{
	for (unsigned int i = 0; i < 64; i++) {
		u64 rest = KEPT & ~(GENMASK(15, 13) | GENMASK(2, 0) | GENMASK(23, 20));
		u64 old = (u64)(i >> 5) << 13 | (u64)(i >> 3 & 3) << 14 | (i & 7) | rest, new;

		new = watchpoint_at_el1(old);
		g_assert_cmphex(breakpoint_at_el1(old), ==, new);
		g_assert_cmpint(matches(new, 1), ==, matches(old, 2));
		g_assert_cmpint(matches(new, 0), ==, matches(old, 0));
		g_assert_cmphex(new &rest, ==, rest);
		/* Not for EL2, where neve is, and no combination that the architecture does not
		 * have. */
		g_assert_cmphex(new &BIT(13), ==, 0);
		if (!reserved(old) && FIELD(old, 2, 1) != 2)
			g_assert_false(reserved(new));
	}
}

/* Breakpoint types: a context that is linked to is there for another one's sake. */
static void test_types(void)
{
	static const u8 linked_to[] = {3, 5, 7, 9, 11, 13, 15};

	for (u64 bt = 0; bt < 16; bt++) {
		u64 cr = E | bt << 20 | 1 << 1; /* for EL1 */

		if (memchr(linked_to, (int)bt, sizeof(linked_to)))
			g_assert_cmphex(breakpoint_at_el1(cr), ==, cr);
		else
			g_assert_cmphex(breakpoint_at_el1(cr) & E, ==, 0);
	}
}

/* ---- the registers ---- */

static void setup(gconstpointer machine)
{
	has = *(const struct points *)machine;
	memset(&vcpu, 0, sizeof(vcpu));
	memset(hw, 0, sizeof(hw));
	for (unsigned int n = 0; n < has.breakpoints; n++)
		hw[BCR][n] = E | n << 13 | 0x1e0;
	for (unsigned int n = 0; n < has.watchpoints; n++)
		hw[WCR][n] = E | n << 13 | 0x1fe0;
	accesses = 0;
}

static bool access(unsigned int kind, unsigned int n, bool read, u64 *val)
{
	static const unsigned int first[KINDS] = {SR_DBGBVR0_EL1, SR_DBGBCR0_EL1, SR_DBGWVR0_EL1,
						  SR_DBGWCR0_EL1};
	const struct sysreg_desc *d = &sysreg_table[first[kind]];
	bool there;

	while (FIELD(d->key, 4, 1) != n || FIELD(d->key, 19, 17) != 4 + kind)
		d++;
	vcpu.x[RT] = *val;
	there = breakpoints_access(&vcpu, d, read, RT);
	*val = vcpu.x[RT];
	return there;
}

static u64 reads(unsigned int kind, unsigned int n)
{
	u64 val = 0x5555;

	g_assert_true(access(kind, n, true, &val));
	return val;
}

static void writes(unsigned int kind, unsigned int n, u64 val)
{
	g_assert_true(access(kind, n, false, &val));
}

/* L1 reads what it or its guest wrote, whatever the hardware has. */
static void test_access(gconstpointer machine)
{
	u64 before[KINDS][16];
	u64 el2 = E | BIT(13) | 3 << 14 | 0x1e0, at_el1 = E | 1 << 1 | 1 << 14 | 0x1e0;

	for (unsigned int translated = 0; translated < 2; translated++) {
		setup(machine);
		memcpy(before, hw, sizeof(hw));
		if (translated)
			breakpoints_translate(&vcpu);
		for (unsigned int n = 0; n < has.breakpoints; n++) {
			g_assert_cmphex(reads(BCR, n), ==, before[BCR][n]);
			g_assert_cmphex(hw[BCR][n], ==,
					translated ? breakpoint_at_el1(before[BCR][n])
						   : before[BCR][n]);
			writes(BCR, n, el2 | BIT(40));
			writes(BVR, n, 0x1000 + n);
			g_assert_cmphex(reads(BCR, n), ==, el2);
			g_assert_cmphex(reads(BVR, n), ==, 0x1000 + n);
			g_assert_cmphex(hw[BCR][n], ==, translated ? at_el1 : el2);
			g_assert_cmphex(hw[BVR][n], ==, 0x1000 + n);
		}
		for (unsigned int n = 0; n < has.watchpoints; n++) {
			g_assert_cmphex(reads(WCR, n), ==, before[WCR][n]);
			g_assert_cmphex(hw[WCR][n], ==,
					translated ? watchpoint_at_el1(before[WCR][n])
						   : before[WCR][n]);
			writes(WCR, n, el2 | BIT(40));
			writes(WVR, n, 0x2000 + n);
			g_assert_cmphex(reads(WCR, n), ==, el2);
			g_assert_cmphex(reads(WVR, n), ==, 0x2000 + n);
			g_assert_cmphex(hw[WCR][n], ==, translated ? at_el1 : el2);
			g_assert_cmphex(hw[WVR][n], ==, 0x2000 + n);
		}
		breakpoints_restore(&vcpu);
		g_assert_false(vcpu.points.translated);
		for (unsigned int n = 0; n < has.breakpoints; n++)
			g_assert_cmphex(hw[BCR][n], ==, el2);
		for (unsigned int n = 0; n < has.watchpoints; n++)
			g_assert_cmphex(hw[WCR][n], ==, el2);
	}
}

/* There and back changes nothing; what is done already costs nothing. */
static void test_again(gconstpointer machine)
{
	u64 before[KINDS][16], between[KINDS][16];

	setup(machine);
	memcpy(before, hw, sizeof(hw));
	breakpoints_restore(&vcpu);
	g_assert_cmpuint(accesses, ==, 0);
	breakpoints_translate(&vcpu);
	g_assert_cmpmem(hw[BVR], sizeof(hw[0]), before[BVR], sizeof(hw[0]));
	memcpy(between, hw, sizeof(hw));
	accesses = 0;
	breakpoints_translate(&vcpu);
	g_assert_cmpuint(accesses, ==, 0);
	g_assert_cmpmem(hw, sizeof(hw), between, sizeof(hw));
	breakpoints_restore(&vcpu);
	g_assert_cmpmem(hw, sizeof(hw), before, sizeof(hw));
}

/* Registers that this CPU does not have, and other debug registers, are not touched. */
static void test_absent(gconstpointer machine)
{
	static const unsigned int others[] = {SR_MDSCR_EL1,	  SR_MDCCINT_EL1, SR_OSECCR_EL1,
					      SR_DBGCLAIMSET_EL1, SR_DBGDTR_EL0,  SR_OSDTRRX_EL1,
					      SR_OSDTRTX_EL1,	  SR_OSLSR_EL1};
	u64 val = 1;

	setup(machine);
	for (unsigned int k = 0; k < KINDS; k++) {
		for (unsigned int n = k < WVR ? has.breakpoints : has.watchpoints; n < 16; n++) {
			g_assert_false(access(k, n, true, &val));
			g_assert_false(access(k, n, false, &val));
		}
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(others); i++) {
		g_assert_false(breakpoints_access(&vcpu, &sysreg_table[others[i]], true, RT));
	}
	g_assert_cmpuint(accesses, ==, 0);
	g_assert_cmphex(val, ==, 1);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/breakpoint/translation", test_translation);
	g_test_add_func("/breakpoint/types", test_types);
	g_test_add_data_func("/breakpoint/access/6-4", &machines[0], test_access);
	g_test_add_data_func("/breakpoint/access/16-16", &machines[1], test_access);
	g_test_add_data_func("/breakpoint/access/2-1", &machines[2], test_access);
	g_test_add_data_func("/breakpoint/again", &machines[0], test_again);
	g_test_add_data_func("/breakpoint/absent", &machines[0], test_absent);
	return g_test_run();
}
