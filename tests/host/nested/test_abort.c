/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hyp/vm/abort.c and mmio.c: what a stage-2 abort asks of the tables, what becomes of one that
 * nobody can resolve, and of one at a device. An abort whose access is taken for a lesser one would
 * be resolved again and again.
 */
#include <glib.h>
#include <string.h>

#include "cpu/hcr.h"
#include "mm/at.h"
#include "nested/eret.h"
#include "nested/gic.h"
#include "nested/regime.h"
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
	unsigned int access, shadows, maps, owns, forwards, forgets;
	u64 nipa, ipa, esr, far;
	bool protected_walk;
	u32 accesses, size; /* of the device */
} seen;

static struct {
	enum shadow_result shadow;
	int map;
	u64 hcr, sctlr, mmio;
	u64 sp_el0, sp_el1;
	u64 par;  /* of PC */
	u32 insn; /* there */
	bool no_ram, its, no_stage1;
	unsigned int given,
		enough; /* of times that L2s give memory back; so that vm_map() has it */
	u32 refuse;	/* which access, from 0 on */
} answer;

#define CODE UINT64_C(0x40123000)

u64 fake_read(const char *reg)
{
	if (!strcmp(reg, "HPFAR_EL2"))
		return IPA_PAGE >> 8;
	if (!strcmp(reg, "SCTLR_EL1"))
		return answer.sctlr;
	if (!strcmp(reg, "SP_EL0"))
		return answer.sp_el0;
	if (!strcmp(reg, "SP_EL1"))
		return answer.sp_el1;
	g_assert_cmpstr(reg, ==, "FAR_EL2");
	return FAR;
}

void fake_write(const char *reg, u64 val)
{
	if (!strcmp(reg, "SP_EL0"))
		answer.sp_el0 = val;
	else if (!strcmp(reg, "SP_EL1"))
		answer.sp_el1 = val;
	else
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

/* Three have some. */
bool shadow_give(struct vm *v)
{
	g_assert_true(v == &vm);
	return answer.given++ < 3;
}

#define STAGE1 UINT64_C(0x9876543000) /* what stage 1 makes of FAR_EL2's page */

bool regime_stage1(struct vcpu *v, gva_t va, nipa_t *out)
{
	g_assert_true(va.v == FAR || va.v == vcpu.pc);
	*out = NIPA(STAGE1 | (FAR & (PAGE_SIZE - 1)));
	return !answer.no_stage1;
}

void shadow_forget(struct vcpu *v, nipa_t in)
{
	g_assert_cmphex(in.v & ~(PAGE_SIZE - 1), ==, STAGE1);
	seen.forgets++;
}

u64 regime_translate(struct vcpu *v, gva_t va)
{
	g_assert_cmphex(va.v, ==, vcpu.pc);
	return answer.par;
}

void *vm_ram(struct vm *v, ipa_t ipa, u64 size)
{
	g_assert_cmphex(ipa.v, ==, CODE | (vcpu.pc & 0xfff));
	g_assert_cmpuint(size, ==, 4);
	return answer.no_ram ? NULL : &answer.insn;
}

/* No redistributor is at these addresses; an ITS if the test says so. */

bool vm_gicr_find(const struct vm *v, ipa_t ipa, u32 *cpu, u64 *offset)
{
	return false;
}

struct its *vm_its_find(const struct vm *v, ipa_t ipa, u64 *offset)
{
	*offset = ipa.v & (PAGE_SIZE - 1);
	return answer.its ? (struct its *)&answer : NULL;
}

enum its_result vm_its_mmio(struct its *its, u64 offset, u32 size, bool write, u64 *val)
{
	g_assert_true(answer.its);
	seen.accesses++;
	return ITS_AGAIN;
}

bool vgic_mmio_gicd(struct vgic *v, u32 cpu, u64 offset, u32 size, bool write, u64 *val)
{
	g_assert_cmphex(offset, ==, (FAR & (PAGE_SIZE - 1)) + seen.accesses * size);
	if (write)
		answer.mmio = *val;
	else
		*val = answer.mmio + seen.accesses;
	seen.size = size;
	return seen.accesses++ != answer.refuse;
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
	answer.refuse = ~0u;
	answer.par = CODE;
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
		if (sets[i].iss & ABT_S1PTW)
			g_assert_cmphex(seen.nipa, ==, IPA_PAGE);
		else /* after a permission fault HPFAR_EL2 may hold anything */
			g_assert_cmphex(seen.nipa, ==,
					((sets[i].iss & 0x3c) == 0x0c ? STAGE1 : IPA_PAGE) |
						(FAR & 0xfff));
	}
	for (unsigned int el0 = 0; el0 < 2; el0++) {
		setup(IN_GUEST, el0 ? MODE_EL0t : MODE_EL1h);
		exit_abort(&vcpu, fetch(PERMISSION));
		g_assert_cmpuint(seen.access, ==, el0 ? PERM_XU : PERM_XP);
	}
	/* Stage 1 has changed since: the access is made again. */
	setup(IN_GUEST, MODE_EL1h);
	answer.no_stage1 = true;
	g_assert_cmpint(exit_abort(&vcpu, data(PERMISSION)), ==, EXIT_RESUME);
	g_assert_cmpuint(seen.shadows + seen.forwards + seen.owns, ==, 0);
	for (unsigned int ptw = 0; ptw < 2; ptw++) {
		setup(IN_GUEST, MODE_EL1h);
		answer.hcr = ptw ? HCR_PTW : 0;
		exit_abort(&vcpu, data(TRANSLATION | ABT_S1PTW));
		g_assert_cmpint(seen.protected_walk, ==, ptw);
	}
}

/* With TGE alone a fault of stage 1 is vEL2's as it is; one of stage 2 is looked at as ever. */
static void test_hosted(void)
{
	for (unsigned int how = 0; how < 16; how++) {
		bool tge = how & 1, none = how & 2, walk = how & 4, guest = how & 8;
		bool stage1 = tge && none && !walk && guest;
		u64 esr = data(walk ? TRANSLATION | ABT_S1PTW : 0); /* address size, level 0 */

		setup(guest ? IN_GUEST : IN_HYP, MODE_EL0t);
		vcpu.hw.hcr = tge ? HCR_TGE : 0;
		answer.no_stage1 = none;
		g_assert_cmpint(exit_abort(&vcpu, esr), ==, EXIT_RESUME);
		g_assert_cmpuint(seen.forwards, ==, stage1);
		g_assert_cmpuint(seen.shadows + seen.maps, ==, !stage1);
		if (!stage1)
			continue;
		g_assert_cmphex(seen.esr, ==, esr);
		g_assert_cmphex(seen.far, ==, FAR);
		g_assert_cmphex(vcpu.ctx[CTX_HPFAR_EL2], ==, 0);
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

/* No memory for a table of L1's: its L2s give theirs, as long as they have any. */
static void test_no_memory(void)
{
	setup(IN_HYP, MODE_EL1h);
	answer.map = -ENOMEM;
	for (unsigned int tries = 1; tries <= 4; tries++) {
		g_assert_cmpint(exit_abort(&vcpu, data(TRANSLATION)), ==, EXIT_RESUME);
		g_assert_cmpuint(seen.maps, ==, tries);
		g_assert_cmpuint(answer.given, ==, tries);
		g_assert_cmpuint(seen.owns, ==, tries == 4);
	}
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

/* A memory type that takes no exclusive or atomic access: of L1's stage 2, if it has one. */
static void test_unsupported(void)
{
	struct shadow shadow = {.stage2 = true};

	for (unsigned int stage2 = 0; stage2 < 2; stage2++) {
		setup(IN_GUEST, MODE_EL1h);
		vcpu.shadow = &shadow;
		shadow.stage2 = stage2;
		exit_abort(&vcpu, data(0x35 | ABT_WNR));
		g_assert_cmpuint(seen.shadows + seen.maps, ==, 0);
		g_assert_cmpuint(seen.forwards, ==, stage2);
		g_assert_cmpuint(seen.owns, ==, !stage2);
		g_assert_cmphex(seen.esr, ==, data(0x35 | ABT_WNR));
		g_assert_cmphex(vcpu.ctx[CTX_HPFAR_EL2], ==, stage2 ? IPA_PAGE >> 8 : 0);
	}
	setup(IN_HYP, MODE_EL1h);
	exit_abort(&vcpu, data(0x35));
	g_assert_cmpuint(seen.owns, ==, 1);
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
		seen.accesses = 0;
		/* A byte, with its sign: the same in both. */
		answer.mmio = 0x80;
		g_assert_cmpint(
			exit_abort(&vcpu, data(TRANSLATION | BIT(24) | ABT_SSE | ABT_SF | 3 << 16)),
			==, EXIT_ADVANCE);
		g_assert_cmphex(vcpu.x[3], ==, ~UINT64_C(0x7f));
		seen.accesses = 0;
		answer.mmio = 0x1122;
		g_assert_cmpint(exit_abort(&vcpu, data(TRANSLATION | BIT(24) | 1 << 22 | 3 << 16)),
				==, EXIT_ADVANCE);
		g_assert_cmphex(vcpu.x[3], ==, sets[i].big ? 0x2211 : 0x1122);
	}
	machine.gic.gicd = (struct mem_range){0};
}

/* ---- accesses without a syndrome ---- */

#define LDP_X	0xa9400820u /* ldp x0, x2, [x1] */
#define STP_X	0xa9000820u
#define LDPSW	0x68c10820u /* ldpsw x0, x2, [x1], #8 */
#define LDR_PRE 0xb8404c20u /* ldr w0, [x1, #4]! */
#define LDR_SP	0xb84107e0u /* ldr w0, [sp], #16 */

static void device(u32 insn, u64 pstate)
{
	setup(IN_HYP, pstate);
	machine.gic.gicd = (struct mem_range){HPA(IPA_PAGE), SZ_4K};
	vm.ncpus = 1;
	vcpu.pc = 0xffff8000000004c8;
	vcpu.x[1] = FAR;
	answer.insn = insn;
	answer.mmio = UINT64_C(0x88776655fedcba98);
}

static void is_refused(u64 iss, u32 accesses)
{
	u64 x1 = vcpu.x[1];

	g_assert_cmpint(exit_abort(&vcpu, data(iss)), ==, EXIT_RESUME);
	g_assert_cmpuint(seen.owns, ==, 1);
	g_assert_cmphex(seen.esr, ==,
			data((iss & (ABT_WNR | ABT_CM)) | (iss & ABT_S1PTW ? 0x17 : 0x10)));
	g_assert_cmpuint(seen.accesses, ==, accesses);
	g_assert_cmpuint(seen.maps, ==, 0);
	g_assert_cmphex(vcpu.x[0], ==, 0);
	g_assert_cmphex(vcpu.x[1], ==, x1);
}

static void test_forms(void)
{
	device(LDP_X, MODE_EL1h);
	g_assert_cmpint(exit_abort(&vcpu, data(TRANSLATION)), ==, EXIT_ADVANCE);
	g_assert_cmphex(vcpu.x[0], ==, answer.mmio);
	g_assert_cmphex(vcpu.x[2], ==, answer.mmio + 1);
	g_assert_cmphex(vcpu.x[1], ==, FAR);
	g_assert_cmpuint(seen.size, ==, 8);

	device(LDPSW, MODE_EL0t);
	g_assert_cmpint(exit_abort(&vcpu, data(TRANSLATION)), ==, EXIT_ADVANCE);
	g_assert_cmphex(vcpu.x[0], ==, 0xfffffffffedcba98);
	g_assert_cmphex(vcpu.x[2], ==, 0xfffffffffedcba99);
	g_assert_cmphex(vcpu.x[1], ==, FAR + 8);

	device(STP_X, MODE_EL1t);
	answer.sctlr = SCTLR_EE;
	vcpu.x[2] = 0x0102030405060708;
	g_assert_cmpint(exit_abort(&vcpu, data(TRANSLATION | ABT_WNR)), ==, EXIT_ADVANCE);
	g_assert_cmpuint(seen.accesses, ==, 2);
	g_assert_cmphex(answer.mmio, ==, 0x0807060504030201);

	/* A tag in the base is not in FAR. */
	device(LDR_PRE, MODE_EL1h);
	vcpu.x[1] = (FAR & GENMASK(55, 0)) - 4;
	g_assert_cmpint(exit_abort(&vcpu, data(TRANSLATION)), ==, EXIT_ADVANCE);
	g_assert_cmphex(vcpu.x[0], ==, 0xfedcba98);
	g_assert_cmphex(vcpu.x[1], ==, FAR & GENMASK(55, 0));

	for (unsigned int el1h = 0; el1h < 2; el1h++) {
		device(LDR_SP, el1h ? MODE_EL1h : MODE_EL1t);
		answer.sp_el0 = el1h ? 5 : FAR;
		answer.sp_el1 = el1h ? FAR : 5;
		g_assert_cmpint(exit_abort(&vcpu, data(TRANSLATION)), ==, EXIT_ADVANCE);
		g_assert_cmphex(answer.sp_el0, ==, el1h ? 5 : FAR + 16);
		g_assert_cmphex(answer.sp_el1, ==, el1h ? FAR + 16 : 5);
	}
}

static void test_forms_refused(void)
{
	device(0xf9400020, MODE_EL1h); /* LDR has a syndrome */
	is_refused(TRANSLATION, 0);
	device(LDP_X, MODE_EL1h); /* of another instruction */
	is_refused(TRANSLATION | ABT_WNR, 0);
	device(LDP_X, MODE_EL1h);
	vcpu.x[1]++;
	is_refused(TRANSLATION, 0);
	device(LDP_X, MODE_EL1h);
	is_refused(TRANSLATION | ABT_CM | ABT_WNR, 0);
	device(LDP_X, MODE_EL1h);
	is_refused(TRANSLATION | ABT_S1PTW, 0);
	device(LDP_X, MODE_A32_USR);
	is_refused(TRANSLATION, 0);
	/* nobody's memory; what stage 2 lets be executed alone */
	device(LDP_X, MODE_EL1h);
	answer.no_ram = true;
	is_refused(TRANSLATION, 0);
	device(LDP_X, MODE_EL1h);
	answer.par = PAR_F | PAR_S | 0x0f << PAR_FST;
	is_refused(TRANSLATION, 0);
	device(LDP_X, MODE_EL1h);
	answer.par = PAR_F | 0x0f << PAR_FST;
	is_refused(TRANSLATION, 0);
	/* tables that neve cannot read */
	device(LDP_X, MODE_EL1h);
	answer.par = PAR_F | 0x17 << PAR_FST;
	answer.no_stage1 = true;
	is_refused(TRANSLATION, 0);

	/* Not mapped any more, or aged, by stage 2 or stage 1: the fetch is to fault. */
	for (u64 fsc = 6; fsc <= 0xa; fsc += 4) {
		device(LDP_X, MODE_EL1h);
		answer.par = PAR_F | PAR_S | fsc << PAR_FST;
		g_assert_cmpint(exit_abort(&vcpu, data(TRANSLATION)), ==, EXIT_RESUME);
		g_assert_cmpuint(seen.owns + seen.accesses, ==, 0);
		g_assert_cmpuint(seen.forgets, ==, 1);
	}
	device(LDP_X, MODE_EL1h);
	answer.par = PAR_F | 0x0b << PAR_FST;
	answer.no_stage1 = true;
	g_assert_cmpint(exit_abort(&vcpu, data(TRANSLATION)), ==, EXIT_RESUME);
	g_assert_cmpuint(seen.owns + seen.accesses + seen.forgets, ==, 0);

	/* The device refuses the second register, or there is no device; neither is loaded. */
	device(LDP_X, MODE_EL1h);
	answer.refuse = 1;
	is_refused(TRANSLATION, 2);
	device(LDP_X, MODE_EL1h);
	machine.gic.gicd.size = (FAR & 0xfff) + 8;
	is_refused(TRANSLATION, 1);

	/* An ITS may want its first write again, and none with another one. */
	device(LDR_PRE, MODE_EL1h);
	vcpu.x[1] = FAR - 4;
	machine.gic.gicd.size = 0;
	answer.its = true;
	g_assert_cmpint(exit_abort(&vcpu, data(TRANSLATION)), ==, EXIT_RESUME);
	g_assert_cmphex(vcpu.x[1], ==, FAR - 4);
	device(LDP_X, MODE_EL1h);
	machine.gic.gicd.size = (FAR & 0xfff) + 8;
	answer.its = true;
	is_refused(TRANSLATION, 1);
	machine.gic.gicd = (struct mem_range){0};
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/abort/access", test_access);
	g_test_add_func("/abort/hosted", test_hosted);
	g_test_add_func("/abort/results", test_results);
	g_test_add_func("/abort/no-memory", test_no_memory);
	g_test_add_func("/abort/external", test_external);
	g_test_add_func("/abort/unsupported", test_unsupported);
	g_test_add_func("/abort/order", test_order);
	g_test_add_func("/abort/forms", test_forms);
	g_test_add_func("/abort/forms-refused", test_forms_refused);
	return g_test_run();
}
