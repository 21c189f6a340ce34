/* SPDX-License-Identifier: Apache-2.0 */
/* hyp/nested/pauth_eret.c: ERETAA and ERETAB at vEL2, with a code that is made up here. */
#include <glib.h>
#include <string.h>

#include "cpu/esr.h"
#include "cpu/features.h"
#include "cpu/pacga.h"
#include "nested/pauth.h"
#include "nested/world.h"
#include "vm/exit.h"

#define ENIA BIT(31)
#define ENIB BIT(30)
#define SP0  UINT64_C(0x1000)
#define SP1  UINT64_C(0x2000)

struct cpu_features cpu_features;

static struct vcpu vcpu;
static struct {
	u64 ga[2], ia[2], ib[2];
} keys;
static u64 taken; /* the syndrome of an exception */

static u64 compute(u64 ptr, u64 modifier)
{
	u64 x = ptr ^ keys.ga[0] ^ (modifier << 7) ^ (keys.ga[1] << 3);

	return (x * UINT64_C(0x9e3779b97f4a7c15)) ^ (x << 32);
}

/* PACGA gives the upper half. */
u64 pacga(u64 ptr, u64 modifier)
{
	return compute(ptr, modifier) & ~UINT64_C(0xffffffff);
}

static u64 *key(const char *reg)
{
	unsigned int high = strstr(reg, "Hi") != NULL;

	g_assert_true(g_str_has_prefix(reg, "AP"));
	return reg[2] == 'G' ? &keys.ga[high] : reg[3] == 'A' ? &keys.ia[high] : &keys.ib[high];
}

u64 fake_read(const char *reg)
{
	if (!strcmp(reg, "SP_EL0"))
		return SP0;
	if (!strcmp(reg, "SP_EL1"))
		return SP1;
	return *key(reg);
}

void fake_write(const char *reg, u64 val)
{
	g_assert_cmpint(reg[2], ==, 'G'); /* nobody else's key is touched */
	*key(reg) = val;
}

u64 world_read_ctx(struct vcpu *v, enum ctx_reg r)
{
	return v->ctx[r];
}

void world_take_own(struct vcpu *v, u64 esr, u64 far)
{
	(void)v;
	g_assert_cmphex(far, ==, 0);
	taken = esr;
}

struct layout {
	bool e2h;
	u64 tcr;
	u64 low, high; /* bits of the code in pointers with bit 55 clear and set */
};

#define T0(n) ((u64)(n))
#define T1(n) ((u64)(n) << 16)

/*
 * By hand from AddPAC(): bits 54 to the size of the addresses, and 63 to 56 without TBI. With one
 * range its size is that of all addresses, and bit 55 is still what the others are without a code.
 */
static const struct layout layouts[] = {
	{false, T0(16), 0xff7f000000000000, 0xff7f000000000000},
	{false, T0(25), 0xff7fff8000000000, 0xff7fff8000000000},
	{false, T0(16) | BIT(20), 0x007f000000000000, 0x007f000000000000},
	{false, T0(16) | BIT(20) | BIT(29), 0xff7f000000000000,
	 0xff7f000000000000},					 /* TBID: data only */
	{false, T0(8), 0xff7f000000000000, 0xff7f000000000000},	 /* 56 bits: as 48 */
	{false, T0(60), 0xff7fffffffff0000, 0xff7fffffffff0000}, /* 4 bits: as 16 */
	{true, T0(16) | T1(25), 0xff7f000000000000, 0xff7fff8000000000},
	{true, T0(16) | T1(16) | BIT(37), 0x007f000000000000, 0xff7f000000000000},
	{true, T0(16) | T1(16) | BIT(38), 0xff7f000000000000, 0x007f000000000000},
	{true, T0(16) | T1(16) | BIT(37) | BIT(51) | BIT(38) | BIT(52), 0xff7f000000000000,
	 0xff7f000000000000},
};

static void setup(const struct layout *l, unsigned int level)
{
	memset(&vcpu, 0, sizeof(vcpu));
	for (unsigned int i = 0; i < 2; i++) {
		keys.ga[i] = 0x1111 + i;
		keys.ia[i] = 0x2222 + 16 * i;
		keys.ib[i] = 0x3333 + 16 * i;
	}
	cpu_features = (struct cpu_features){.pauth_level = level};
	vcpu.e2h = l->e2h;
	vcpu.ctx[CTX_TCR_EL2] = l->tcr;
	vcpu.ctx[CTX_SCTLR_EL2] = ENIA | ENIB;
	vcpu.pstate = MODE_EL1h;
	taken = 0;
}

/* What vEL2 would have made with PACIx. */
static u64 sign(u64 ptr, u64 mask, u64 sp, bool key_b)
{
	u64 ga[2], code;

	memcpy(ga, keys.ga, sizeof(ga));
	memcpy(keys.ga, key_b ? keys.ib : keys.ia, sizeof(ga));
	code = compute(ptr, sp);
	memcpy(keys.ga, ga, sizeof(ga));
	return cpu_features.pauth_level >= 3 ? ptr ^ (code & mask) : (ptr & ~mask) | (code & mask);
}

static void check_keys(void)
{
	g_assert_true(keys.ga[0] == 0x1111 && keys.ga[1] == 0x1112);
}

static void one(const struct layout *l, unsigned int level, bool high, bool key_b, bool sp1)
{
	u64 mask = high ? l->high : l->low, ptr = high ? ~UINT64_C(0x7ffc) : 0x7ff8, elr;
	u64 sp = sp1 ? SP1 : SP0, changed;

	/* Bits that hold no code are free, with TBI. */
	setup(l, level);
	vcpu.pstate = sp1 ? MODE_EL1h : MODE_EL1t;
	elr = sign(ptr, mask, sp, key_b);
	g_assert_true(pauth_eret(&vcpu, key_b, &elr));
	g_assert_cmphex(elr, ==, ptr);
	check_keys();

	/* One bit of the code is another; and what another key, another stack pointer make. */
	changed = elr = sign(ptr, mask, sp, key_b) ^ BIT(54);
	g_assert_true(pauth_eret(&vcpu, key_b, &elr) == (level < 5));
	check_keys();
	if (level >= 5) {
		g_assert_cmphex(taken, ==, (u64)EC_FPAC << 26 | ESR_IL | key_b);
		g_assert_cmphex(elr, ==, changed);
	} else {
		g_assert_cmphex(taken, ==, 0);
		g_assert_cmphex(elr, !=, ptr);
		g_assert_cmphex(elr & ~mask, ==, ptr & ~mask);
	}
	elr = sign(ptr, mask, sp ^ 0x40, key_b);
	g_assert_true(!pauth_eret(&vcpu, key_b, &elr) || elr != ptr);
	elr = sign(ptr, mask, sp, !key_b);
	g_assert_true(!pauth_eret(&vcpu, key_b, &elr) || elr != ptr);
	check_keys();

	/* Keys that are off: as ERET. */
	vcpu.ctx[CTX_SCTLR_EL2] = key_b ? ENIA : ENIB;
	elr = changed;
	taken = 0;
	g_assert_true(pauth_eret(&vcpu, key_b, &elr));
	g_assert_cmphex(elr, ==, changed);
	g_assert_cmphex(taken, ==, 0);
}

static void test_all(void)
{
	for (unsigned int i = 0; i < G_N_ELEMENTS(layouts); i++) {
		for (unsigned int how = 0; how < 8; how++) {
			for (unsigned int level = 1; level <= 5; level++) {
				if ((how & 1) && !layouts[i].high)
					continue;
				one(&layouts[i], level, how & 1, how & 2, how & 4);
			}
		}
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pauth-eret/all", test_all);
	return g_test_run();
}
