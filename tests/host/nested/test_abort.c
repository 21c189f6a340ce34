/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hyp/vm/abort.c: what a stage-2 abort asks of the tables, and what becomes of one that nobody can
 * resolve. An abort whose access is taken for a lesser one would be resolved again and again.
 */
#include <glib.h>
#include <string.h>

#include "cpu/hcr.h"
#include "nested/eret.h"
#include "nested/gic.h"
#include "nested/shadow.h"
#include "nested/world.h"
#include "vm/exit.h"
#include "vm/its.h"
#include "vm/vm.h"

#define IPA_PAGE    UINT64_C(0x8123456000)
#define FAR	    UINT64_C(0xffff000000000abc)
#define TRANSLATION 0x07 /* level 3 */
#define PERMISSION  0x0f

static struct vm vm;
static struct machine machine;
static struct vm_plan plan;
static struct vcpu vcpu;

static struct {
	unsigned int access, shadows, maps, owns, forwards;
	u64 nipa, ipa, esr, far;
	bool protected_walk;
} seen;

static struct {
	enum shadow_result shadow;
	int map;
	u64 hcr, sctlr, mmio;
} answer;

u64 fake_read(const char *reg)
{
	if (!strcmp(reg, "HPFAR_EL2"))
		return IPA_PAGE >> 8;
	if (!strcmp(reg, "SCTLR_EL1"))
		return answer.sctlr;
	g_assert_cmpstr(reg, ==, "FAR_EL2");
	return FAR;
}

void fake_write(const char *reg, u64 val)
{
	g_error("%s is written", reg);
}

u64 world_hcr(const struct vcpu *v)
{
	return answer.hcr;
}

void world_take_own(struct vcpu *v, u64 esr, u64 far)
{
	seen.owns++;
	seen.esr = esr;
	seen.far = far;
}

void world_take_to_vel2(struct vcpu *v, enum exception_kind kind, u64 esr, u64 far)
{
	g_assert_cmpint(kind, ==, EXC_SYNC);
	seen.forwards++;
	seen.esr = esr;
	seen.far = far;
}

enum shadow_result shadow_fault(struct vcpu *v, nipa_t in, unsigned access, bool protected_walk,
				u8 *fsc, ipa_t *ipa)
{
	seen.shadows++;
	seen.access = access;
	seen.nipa = in.v;
	seen.protected_walk = protected_walk;
	*fsc = PERMISSION;
	*ipa = IPA(in.v + SZ_1G);
	return answer.shadow;
}

int vm_map(struct vm *v, ipa_t ipa)
{
	seen.maps++;
	seen.ipa = ipa.v;
	return answer.map;
}

/* No device is at these addresses. */

bool vm_gicr_find(const struct vm *v, ipa_t ipa, u32 *cpu, u64 *offset)
{
	return false;
}

struct its *vm_its_find(const struct vm *v, ipa_t ipa, u64 *offset)
{
	return NULL;
}

enum its_result vm_its_mmio(struct its *its, u64 offset, u32 size, bool write, u64 *val)
{
	g_assert_not_reached();
}

bool vgic_mmio_gicd(struct vgic *v, u32 cpu, u64 offset, u32 size, bool write, u64 *val)
{
	g_assert_cmphex(offset, ==, FAR & (PAGE_SIZE - 1));
	if (write)
		answer.mmio = *val;
	else
		*val = answer.mmio;
	return true;
}

bool vgic_mmio_gicr(struct vgic *v, u32 cpu, u32 rcpu, u64 offset, u32 size, bool write, u64 *val)
{
	g_assert_not_reached();
}

bool vuart_mmio(struct vuart *u, u64 offset, u32 size, bool write, u64 *val)
{
	g_assert_not_reached();
}

void nested_gic_sync(struct vcpu *v)
{
}

static void setup(enum vcpu_context context, u64 pstate)
{
	memset(&seen, 0, sizeof(seen));
	memset(&answer, 0, sizeof(answer));
	memset(&vcpu, 0, sizeof(vcpu));
	vm.machine = &machine;
	vm.plan = &plan;
	plan.owns_machine = true;
	vcpu.vm = &vm;
	vcpu.context = context;
	vcpu.pstate = pstate;
}

static u64 data(u64 iss)
{
	return (u64)EC_DABT_LOWER << 26 | ESR_IL | iss;
}

static u64 fetch(u64 iss)
{
	return (u64)EC_IABT_LOWER << 26 | ESR_IL | iss;
}

/* 0: shadow_fault() is to find out. */
static void test_access(void)
{
	static const struct {
		u64 iss;
		unsigned int access;
	} sets[] = {
		{TRANSLATION, PERM_R},
		{TRANSLATION | ABT_WNR, PERM_W},
		{PERMISSION | ABT_WNR, PERM_W},
		{PERMISSION, PERM_R},
		/* a walk of stage 1, also one that would have updated a descriptor */
		{TRANSLATION | ABT_S1PTW, PERM_R},
		{TRANSLATION | ABT_S1PTW | ABT_WNR, PERM_R},
		{PERMISSION | ABT_S1PTW, 0},
		/* cache maintenance: always "a write"; DC IVAC may want to be allowed one */
		{TRANSLATION | ABT_CM | ABT_WNR, PERM_R},
		{PERMISSION | ABT_CM | ABT_WNR, 0},
	};

	for (unsigned int i = 0; i < G_N_ELEMENTS(sets); i++) {
		setup(IN_GUEST, MODE_EL1h);
		g_assert_cmpint(exit_abort(&vcpu, data(sets[i].iss)), ==, EXIT_RESUME);
		g_assert_cmpuint(seen.shadows, ==, 1);
		g_assert_cmpuint(seen.access, ==, sets[i].access);
		g_assert_cmphex(seen.nipa, ==,
				IPA_PAGE | (sets[i].iss & ABT_S1PTW ? 0 : FAR & 0xfff));
	}
	for (unsigned int el0 = 0; el0 < 2; el0++) {
		setup(IN_GUEST, el0 ? MODE_EL0t : MODE_EL1h);
		exit_abort(&vcpu, fetch(PERMISSION));
		g_assert_cmpuint(seen.access, ==, el0 ? PERM_XU : PERM_XP);
	}
	for (unsigned int ptw = 0; ptw < 2; ptw++) {
		setup(IN_GUEST, MODE_EL1h);
		answer.hcr = ptw ? HCR_PTW : 0;
		exit_abort(&vcpu, data(TRANSLATION | ABT_S1PTW));
		g_assert_cmpint(seen.protected_walk, ==, ptw);
	}
}

static void test_results(void)
{
	u64 esr = data(TRANSLATION | ABT_WNR);

	setup(IN_GUEST, MODE_EL1h);
	answer.shadow = SHADOW_FORWARD;
	exit_abort(&vcpu, esr);
	g_assert_cmpuint(seen.forwards, ==, 1);
	g_assert_cmphex(seen.esr, ==, (esr & ~ABT_FSC) | PERMISSION);
	g_assert_cmphex(seen.far, ==, FAR);
	g_assert_cmphex(vcpu.ctx[CTX_HPFAR_EL2], ==, IPA_PAGE >> 8);

	setup(IN_GUEST, MODE_EL1h);
	answer.shadow = SHADOW_HOST;
	exit_abort(&vcpu, esr);
	g_assert_cmpuint(seen.maps, ==, 1);
	g_assert_cmphex(seen.ipa, ==, (IPA_PAGE | (FAR & 0xfff)) + SZ_1G);
	g_assert_cmpuint(seen.owns, ==, 0);

	/* Nothing there: a synchronous external abort, not at vEL2. */
	answer.map = -ENOENT;
	exit_abort(&vcpu, esr);
	g_assert_cmpuint(seen.owns, ==, 1);
	g_assert_cmphex(seen.esr, ==, data(ABT_WNR | 0x10));

	setup(IN_HYP, MODE_EL1h);
	answer.map = -ENOENT;
	exit_abort(&vcpu, fetch(TRANSLATION | ABT_S1PTW));
	g_assert_cmpuint(seen.shadows, ==, 0);
	g_assert_cmphex(seen.ipa, ==, IPA_PAGE);
	g_assert_cmphex(seen.esr, ==, fetch(0x17)); /* of a walk, level 3 */
}

/* The hardware's own external aborts: L1's if it wants L2's. */
static void test_external(void)
{
	for (unsigned int tea = 0; tea < 2; tea++) {
		setup(IN_GUEST, MODE_EL1h);
		answer.hcr = tea ? HCR_TEA : 0;
		exit_abort(&vcpu, data(0x10));
		g_assert_cmpuint(seen.shadows + seen.maps, ==, 0);
		g_assert_cmpuint(seen.forwards, ==, tea);
		g_assert_cmpuint(seen.owns, ==, !tea);
		g_assert_cmphex(seen.esr, ==, data(0x10));
		/* Where there is nothing for the VM, as if by hardware. */
		setup(IN_GUEST, MODE_EL1h);
		answer.hcr = tea ? HCR_TEA : 0;
		answer.shadow = SHADOW_HOST;
		answer.map = -1;
		exit_abort(&vcpu, data(TRANSLATION));
		g_assert_cmpuint(seen.forwards, ==, tea);
		g_assert_cmpuint(seen.owns, ==, !tea);
		g_assert_cmphex(seen.esr, ==, data(0x10));
	}
}

/* A register of the distributor, in the order of the access: by SCTLR_EL1, or by PSTATE in AArch32.
 */
static void test_order(void)
{
	static const struct {
		u64 pstate, sctlr;
		bool big;
	} sets[] = {
		{MODE_EL1h, 0, false},
		{MODE_EL1h, BIT(25), true},
		{MODE_EL1h, BIT(24), false},
		{MODE_EL0t, BIT(24), true},
		{MODE_EL0t, BIT(25), false},
		{MODE_A32_USR, BIT(25) | BIT(24), false},
		{MODE_A32_USR | PSTATE_A32_E, 0, true},
	};

	machine.gic.gicd = (struct mem_range){HPA(IPA_PAGE), SZ_4K};
	vm.ncpus = 1;
	for (unsigned int i = 0; i < G_N_ELEMENTS(sets); i++) {
		setup(IN_HYP, sets[i].pstate);
		answer.sctlr = sets[i].sctlr;
		vcpu.x[3] = 0xffffffff11223344;
		g_assert_cmpint(exit_abort(&vcpu, data(TRANSLATION | BIT(24) | 2 << 22 | 3 << 16 |
						       ABT_WNR)),
				==, EXIT_ADVANCE);
		g_assert_cmphex(answer.mmio, ==, sets[i].big ? 0x44332211 : 0x11223344);
		/* A byte, with its sign: the same in both. */
		answer.mmio = 0x80;
		g_assert_cmpint(
			exit_abort(&vcpu, data(TRANSLATION | BIT(24) | ABT_SSE | ABT_SF | 3 << 16)),
			==, EXIT_ADVANCE);
		g_assert_cmphex(vcpu.x[3], ==, ~UINT64_C(0x7f));
		answer.mmio = 0x1122;
		g_assert_cmpint(exit_abort(&vcpu, data(TRANSLATION | BIT(24) | 1 << 22 | 3 << 16)),
				==, EXIT_ADVANCE);
		g_assert_cmphex(vcpu.x[3], ==, sets[i].big ? 0x2211 : 0x1122);
	}
	machine.gic.gicd = (struct mem_range){0};
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/abort/access", test_access);
	g_test_add_func("/abort/results", test_results);
	g_test_add_func("/abort/external", test_external);
	g_test_add_func("/abort/order", test_order);
	return g_test_run();
}
