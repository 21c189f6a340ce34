/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hyp/nested/world.c on registers made up here: no register of vEL2 or vEL1 is lost at a change of
 * context or of layout, exceptions are taken as the architecture says, and SErrors are not lost.
 */
#include <glib.h>
#include <string.h>

#include "cpu/esr.h"
#include "cpu/features.h"
#include "cpu/hcr.h"
#include "cpu/tlb.h"
#include "gen/context.h"
#include "nested/debug.h"
#include "nested/gic.h"
#include "nested/mode.h"
#include "nested/pmu.h"
#include "nested/timer.h"
#include "nested/world.h"
#include "vm/exit.h"
#include "vm/vm.h"

#define VBAR UINT64_C(0xffff000000080000)
#define PC   UINT64_C(0xffff000000123450)
#define FAR  UINT64_C(0xdead0008)
#define PAN  PSTATE_PAN

struct cpu_features cpu_features;
const struct nested_mode *nested_mode;
u64 vm_vtcr;

static GHashTable *registers;
static struct vm_plan plan;
static struct vm vm;
static struct vcpu vcpu;
static struct vncr_page page;
static struct shadow shadow;
static unsigned int flushes;

static u64 *hw(const char *reg)
{
	u64 *val = g_hash_table_lookup(registers, reg);

	if (!val) {
		val = g_new0(u64, 1);
		g_hash_table_insert(registers, g_strdup(reg), val);
	}
	return val;
}

/*
 * CPTR_EL2.TZ traps neve's own accesses to ZCR_ELx. A write may be seen at any time before the next
 * ISB: between the two both values count.
 */
static u64 seen_cptr;

static void check_access(const char *reg)
{
	if (g_str_has_prefix(reg, "ZCR_EL"))
		g_assert_false((*hw("CPTR_EL2") | seen_cptr) & CPTR_TZ);
}

u64 fake_read(const char *reg)
{
	check_access(reg);
	return *hw(reg);
}

static bool cpacr_holds_res0;

/* A walk that the guest has begun is under way: until a DSB its regime's registers stay. */
static bool walking;

static void check_regime(const char *reg)
{
	static const char *const regime[] = {"VTTBR_EL2", "HCR_EL2",   "SCTLR_EL1", "TCR_EL1",
					     "TTBR0_EL1", "TTBR1_EL1", "MAIR_EL1"};

	for (unsigned int i = 0; i < G_N_ELEMENTS(regime) && walking; i++)
		g_assert_cmpstr(reg, !=, regime[i]);
}

void fake_dsb(void)
{
	walking = false;
}

void fake_write(const char *reg, u64 val)
{
	check_access(reg);
	check_regime(reg);
	if (!strcmp(reg, "CPACR_EL1") && !cpacr_holds_res0)
		val &= ~(CPTR_TCPAC | CPTR_TAM);
	*hw(reg) = val;
}

void fake_isb(void)
{
	seen_cptr = *hw("CPTR_EL2");
}

void nested_gic_load(struct vcpu *v)
{
	(void)v;
}

void nested_gic_leave(struct vcpu *v)
{
	(void)v;
}

static bool gic_is_l2;

void nested_gic_enter(struct vcpu *v, bool l2)
{
	g_assert_true(!l2 || v->context == IN_GUEST);
	gic_is_l2 = l2;
}

void timer_load(struct vcpu *v)
{
	(void)v;
}

void timer_save(struct vcpu *v)
{
	(void)v;
}

void timer_restore(struct vcpu *v)
{
	(void)v;
}

void pmu_load(struct vcpu *v)
{
	(void)v;
}

void pmu_load_context(struct vcpu *v)
{
	(void)v;
}

void debug_open(struct vcpu *v)
{
	(void)v;
}

void debug_hide_guest(struct vcpu *v)
{
	(void)v;
}

void tlb_flush_vmid(u64 vttbr)
{
	g_assert_cmphex(vttbr, ==, vcpu.hw.vttbr);
	flushes++;
}

void shadow_select(struct vcpu *v, bool stage2, u64 vttbr, u64 vtcr)
{
	(void)stage2;
	(void)vttbr;
	(void)vtcr;
	v->shadow = &shadow;
}

static u64 random64(void)
{
	return (u64)g_test_rand_int() << 32 ^ (u32)g_test_rand_int();
}

static void start(const struct nested_mode *mode, bool e2h)
{
	g_clear_pointer(&registers, g_hash_table_destroy);
	registers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&page, 0, sizeof(page));
	cpu_features = (struct cpu_features){.nv = true,
					     .nv2 = true,
					     .vhe = true,
					     .fgt = true,
					     .hcx = true,
					     .sve = true,
					     .pan = true};
	nested_mode = mode;
	flushes = 0;
	shadow.hw_vttbr = UINT64_C(7) << 48 | 0x5000;
	vm.vttbr = 0x9000 | UINT64_C(1) << 48;
	vm.plan = &plan;
	vcpu.vm = &vm;
	vcpu.vncr = &page;
	vcpu.e2h = e2h;
	vcpu.pstate = MODE_EL1h;
	vcpu.pc = PC;
	page.hcr_el2 = e2h ? HCR_E2H : 0;
	*hw("CPTR_EL2") = seen_cptr = CPTR_TZ; /* hyp/boot/entry.S */
	world_load(&vcpu);
	world_write_ctx(&vcpu, CTX_VBAR_EL2, VBAR);
}

/* ---- registers ---- */

static const enum ctx_reg kept[] = {
#define X(el1, slot, el2) CTX_##el2,
	FOR_EACH_EL1_CONTEXT(X) FOR_EACH_EL1_CONTEXT_SVE(X)
#undef X
};

static u64 value_for(enum ctx_reg r)
{
	/* Of SPSR_EL2, values that an exception leaves; of ZCR_EL2, a length. */
	return r == CTX_SPSR_EL2  ? (random64() & 0xf00003c0) | MODE_EL2h
	       : r == CTX_ZCR_EL2 ? random64() & 0xf
				  : random64();
}

static void check_ctx(const u64 *expected)
{
	for (unsigned int i = 0; i < G_N_ELEMENTS(kept); i++)
		g_assert_cmphex(world_read_ctx(&vcpu, kept[i]), ==, expected[i]);
}

static void test_registers(const struct nested_mode *mode, bool e2h)
{
	u64 expected[G_N_ELEMENTS(kept)], guest_sctlr = random64(), guest_sp = random64();
	u64 vel1_events;

	start(mode, e2h);
	for (unsigned int i = 0; i < G_N_ELEMENTS(kept); i++) {
		expected[i] = value_for(kept[i]);
		world_write_ctx(&vcpu, kept[i], expected[i]);
	}
	/* The other two kinds: half in CNTKCTL_EL1, and in no hardware register at all. */
	world_write_ctx(&vcpu, CTX_CNTHCTL_EL2, 0xffff);
	world_write_ctx(&vcpu, CTX_MDCR_EL2, 0x1234);
	check_ctx(expected);
	*hw("SP_EL1") = 0x1111; /* vEL2 sets its stack pointer */
	page.sctlr_el1 = guest_sctlr;
	page.sp_el1 = guest_sp;

	world_enter_guest(&vcpu);
	g_assert_cmpint(vcpu.context, ==, IN_GUEST);
	g_assert_cmphex(*hw("SCTLR_EL1"), ==, guest_sctlr);
	g_assert_cmphex(*hw("SP_EL1"), ==, guest_sp);
	g_assert_cmphex(*hw("VTTBR_EL2"), ==, shadow.hw_vttbr);
	g_assert_false(*hw("HCR_EL2") & HCR_NV);
	g_assert_true(*hw("HCR_EL2") & HCR_VM);
	check_ctx(expected);
	/* vEL1 goes on with its registers; vEL2's may be written from elsewhere (an exception). */
	guest_sctlr = *hw("SCTLR_EL1") = random64();
	vel1_events = *hw("CNTKCTL_EL1") = random64() & 0xff;
	expected[0] = random64();
	world_write_ctx(&vcpu, kept[0], expected[0]);

	world_enter_hyp(&vcpu);
	g_assert_cmpint(vcpu.context, ==, IN_HYP);
	g_assert_cmphex(page.sctlr_el1, ==, guest_sctlr);
	g_assert_cmphex(page.sp_el1, ==, guest_sp);
	g_assert_cmphex(*hw("SP_EL1"), ==, 0x1111);
	g_assert_cmphex(*hw("VTTBR_EL2"), ==, vm.vttbr);
	g_assert_true(*hw("HCR_EL2") & HCR_NV);
	g_assert_cmpint(!!(*hw("HCR_EL2") & HCR_NV1), ==, !e2h);
	check_ctx(expected);
	g_assert_cmphex(world_read_ctx(&vcpu, CTX_MDCR_EL2), ==, 0x1234);
	g_assert_cmphex(e2h ? vcpu.cntkctl_el1 : *hw("CNTKCTL_EL1"), ==, vel1_events);

	/* The other layout, and back. */
	for (unsigned int i = 1; i <= 2; i++) {
		page.hcr_el2 ^= HCR_E2H;
		g_assert_true(world_follow_e2h(&vcpu));
		g_assert_false(world_follow_e2h(&vcpu));
		g_assert_cmpuint(flushes, ==, i);
		g_assert_cmpint(!!(*hw("HCR_EL2") & HCR_NV1), ==, !vcpu.e2h);
		check_ctx(expected);
		g_assert_cmphex(vcpu.e2h ? vcpu.cntkctl_el1 : *hw("CNTKCTL_EL1"), ==, vel1_events);
	}
	/* Without VHE the bit means nothing. */
	page.hcr_el2 = 0;
	world_follow_e2h(&vcpu);
	cpu_features.vhe = false;
	page.hcr_el2 = HCR_E2H;
	g_assert_false(world_follow_e2h(&vcpu));
}

static void test_all_registers(void)
{
	for (unsigned int i = 0; i < 64; i++) {
		cpacr_holds_res0 = i & 4;
		test_registers(i & 2 ? &mode_nv : &mode_nv2, i & 1);
	}
}

/* vEL2 writes its CPTR_EL2 by that name, and then without a trap by that of CPACR_EL1. */
static void test_cptr(void)
{
	for (unsigned int i = 0; i < 16; i++) {
		u64 both = CPTR_TCPAC | CPTR_TAM;
		u64 first = (i & 1 ? CPTR_TCPAC : 0) | (i & 2 ? CPTR_TAM : 0) | CPACR_FPEN;
		u64 then = (i & 4 ? both : 0) | CPACR_TTA;
		u64 expected;

		cpacr_holds_res0 = i & 8;
		expected = cpacr_holds_res0 ? then : (first & both) | CPACR_TTA;
		start(&mode_nv2, true);
		world_write_ctx(&vcpu, CTX_CPTR_EL2, first);
		g_assert_cmphex(world_read_ctx(&vcpu, CTX_CPTR_EL2), ==, first);
		fake_write("CPACR_EL1", then);
		g_assert_cmphex(world_read_ctx(&vcpu, CTX_CPTR_EL2), ==, expected);
		world_enter_guest(&vcpu);
		g_assert_cmphex(world_read_ctx(&vcpu, CTX_CPTR_EL2), ==, expected);
		g_assert_cmphex(*hw("CPTR_EL2") & CPTR_TCPAC, ==, expected & CPTR_TCPAC);
		world_enter_hyp(&vcpu);
		g_assert_cmphex(world_read_ctx(&vcpu, CTX_CPTR_EL2), ==, expected);
	}
}

/*
 * Error records may be of what a cluster of CPUs has in common: they are the host VM's, also while
 * the L2 of another VM runs.
 */
static void test_error_records(void)
{
	for (unsigned int host = 0; host < 2; host++) {
		plan.owns_machine = host;
		start(&mode_nv2, true);
		g_assert_cmpint(!(*hw("HCR_EL2") & HCR_TERR), ==, host);
		world_enter_guest(&vcpu);
		g_assert_cmpint(!(*hw("HCR_EL2") & HCR_TERR), ==, host);
		world_enter_hyp(&vcpu);
		g_assert_cmpint(!(*hw("HCR_EL2") & HCR_TERR), ==, host);
	}
}

/*
 * Controls of what L1 is not offered, of which firmware may have left anything: where the CPU has
 * them, they are set so that EL1 and EL0 trap.
 */
static void test_left_by_firmware(void)
{
	static const char *const fgt2[] = {"HFGRTR2_EL2", "HFGWTR2_EL2", "HFGITR2_EL2",
					   "HDFGRTR2_EL2", "HDFGWTR2_EL2"};

	start(&mode_nv2, true);
	for (unsigned int i = 0; i < G_N_ELEMENTS(fgt2); i++)
		g_assert_null(g_hash_table_lookup(registers, fgt2[i]));
	g_assert_null(g_hash_table_lookup(registers, "MPAM2_EL2"));
	for (unsigned int i = 0; i < G_N_ELEMENTS(fgt2); i++)
		*hw(fgt2[i]) = ~UINT64_C(0);
	*hw("MPAM2_EL2") = random64();
	cpu_features.fgt2 = cpu_features.mpam = true;
	world_load(&vcpu);
	for (unsigned int i = 0; i < G_N_ELEMENTS(fgt2); i++)
		g_assert_cmphex(*hw(fgt2[i]), ==, 0);
	g_assert_cmphex(*hw("MPAM2_EL2"), ==, UINT64_C(3) << 48); /* TRAPMPAM1EL1, 0EL1 */
}

static void test_walks(void)
{
	for (unsigned int i = 0; i < 4; i++) {
		bool e2h = i & 1;

		start(i & 2 ? &mode_nv : &mode_nv2, e2h);
		walking = true;
		world_enter_guest(&vcpu);
		g_assert_false(walking);
		walking = true;
		world_enter_hyp(&vcpu);
		g_assert_false(walking);
		walking = true;
		world_write_ctx(&vcpu, CTX_TCR_EL2, 0x12345);
		g_assert_false(walking);
		vcpu.vncr->hcr_el2 ^= HCR_E2H;
		walking = true;
		g_assert_true(world_follow_e2h(&vcpu));
		g_assert_false(walking);
	}
}

/* L1's own trap of SVE for its guest is gone when neve has to see to ZCR_EL1 again. */
static void test_sve_trapped(void)
{
	for (unsigned int i = 0; i < 8; i++) {
		bool e2h = i & 1, traps = i & 2;

		start(i & 4 ? &mode_nv : &mode_nv2, e2h);
		world_write_ctx(&vcpu, CTX_ZCR_EL2, 1);
		world_write_ctx(&vcpu, CTX_CPTR_EL2,
				e2h ? (traps ? 0 : CPACR_ZEN_EL1) : (traps ? CPTR_TZ : 0));
		for (unsigned int k = 0; k < 2; k++) {
			world_enter_guest(&vcpu);
			g_assert_cmpint(!!(*hw("CPTR_EL2") & CPTR_TZ), ==, traps);
			fake_isb();	    /* ERET and the exception back are one each */
			*hw("ZCR_EL1") = 3; /* before L1 trapped it */
			world_enter_hyp(&vcpu);
			g_assert_false(*hw("CPTR_EL2") & CPTR_TZ);
			g_assert_cmphex(page.zcr_el1, ==, 3);
		}
	}
}

/* A CPU without SVE: its registers are not touched. */
static void test_no_sve(void)
{
	for (unsigned int e2h = 0; e2h < 2; e2h++) {
		start(&mode_nv, e2h);
		cpu_features.sve = false;
		g_hash_table_remove(registers, "ZCR_EL1");
		g_hash_table_remove(registers, "ZCR_EL2");
		world_load(&vcpu);
		world_write_ctx(&vcpu, CTX_ZCR_EL2, 3);
		g_assert_cmphex(world_read_ctx(&vcpu, CTX_ZCR_EL2), ==, e2h ? 0 : 3);
		world_enter_guest(&vcpu);
		world_enter_hyp(&vcpu);
		g_assert_null(g_hash_table_lookup(registers, "ZCR_EL1"));
		g_assert_null(g_hash_table_lookup(registers, "ZCR_EL2"));
	}
}

/* ---- exceptions ---- */

static u64 esr(unsigned int ec, u64 iss)
{
	return (u64)ec << 26 | ESR_IL | iss;
}

/* What a syndrome that neve makes becomes, from the same level and from a lower one. */
static const struct {
	unsigned int ec, same, lower;
	bool far;
} classes[] = {
	{EC_UNKNOWN, EC_UNKNOWN, EC_UNKNOWN, false},
	{EC_IABT_LOWER, 0x21, 0x20, true},
	{0x21, 0x21, 0x20, true},
	{0x22, 0x22, 0x22, true}, /* PC alignment */
	{0x24, 0x25, 0x24, true},
	{0x25, 0x25, 0x24, true},
	{0x26, 0x26, 0x26, false}, /* SP alignment */
	{0x30, 0x31, 0x30, false}, /* breakpoint */
	{0x32, 0x33, 0x32, false}, /* step */
	{0x34, 0x35, 0x34, true},  /* watchpoint */
	{0x3c, 0x3c, 0x3c, false}, /* BRK */
};

/* Taken to vEL1 by its own EL, or to vEL2 by itself or by its vEL0. */
static void take_own(bool hyp, bool e2h, bool from_el0)
{
	for (unsigned int i = 0; i < G_N_ELEMENTS(classes); i++) {
		unsigned int ec = from_el0 ? classes[i].lower : classes[i].same;

		start(&mode_nv2, e2h);
		page.vbar_el1 = VBAR + 0x10000;
		if (hyp && from_el0)
			page.hcr_el2 |= HCR_TGE;
		if (!hyp)
			world_enter_guest(&vcpu);
		vcpu.pstate = from_el0 ? MODE_EL0t : MODE_EL1h;
		*hw("FAR_EL1") = 0;
		world_take_own(&vcpu, esr(classes[i].ec, 5), FAR);
		g_assert_cmpint(vcpu.context, ==, hyp ? IN_HYP : IN_GUEST);
		g_assert_cmphex(*hw("ESR_EL1"), ==, esr(ec, 5));
		g_assert_cmphex(*hw("ELR_EL1"), ==, PC);
		g_assert_cmphex(*hw("FAR_EL1"), ==, classes[i].far ? FAR : 0);
		g_assert_cmphex(*hw("SPSR_EL1"), ==,
				from_el0 ? MODE_EL0t
				: hyp	 ? MODE_EL2h
					 : MODE_EL1h);
		g_assert_cmphex(vcpu.pc, ==,
				VBAR + (hyp ? 0 : 0x10000) + (from_el0 ? 0x400 : 0x200));
		g_assert_cmphex(vcpu.pstate & (PSTATE_M | PSTATE_DAIF), ==,
				MODE_EL1h | PSTATE_DAIF);
		/* SCTLR.SPAN is 0: EL1 sets PAN, EL2 only when it hosts EL0. */
		g_assert_cmpint(!!(vcpu.pstate & PAN), ==, !hyp || (e2h && from_el0));
	}
}

static void test_take_own(void)
{
	take_own(false, false, false);
	take_own(false, true, true);
	take_own(true, false, false);
	take_own(true, true, false);
	take_own(true, true, true);
}

/* L1's EL0 program with {E2H,TGE} = {0,1}: EL2 takes its exceptions. */
static void test_tge(void)
{
	start(&mode_nv2, false);
	page.hcr_el2 = HCR_TGE;
	world_enter_guest(&vcpu);
	vcpu.pstate = MODE_EL0t;
	world_undef(&vcpu);
	g_assert_cmpint(vcpu.context, ==, IN_HYP);
	g_assert_cmphex(world_read_ctx(&vcpu, CTX_ESR_EL2), ==, esr(EC_UNKNOWN, 0));
	g_assert_cmphex(vcpu.pc, ==, VBAR + 0x400);
}

static void test_to_vel2(void)
{
	static const struct {
		enum exception_kind kind;
		unsigned int ec;
		bool syndrome, far;
	} kinds[] = {{EXC_SYNC, 0x24, true, true},
		     {EXC_SYNC, 0x16, true, false},
		     {EXC_IRQ, 0x24, false, false},
		     {EXC_FIQ, 0x24, false, false},
		     {EXC_SERROR, EC_SERROR, true, false}};

	for (unsigned int how = 0; how < 8; how++) {
		bool hyp = how & 1, e2h = how & 2;
		const struct nested_mode *mode = how & 4 ? &mode_nv : &mode_nv2;

		for (unsigned int i = 0; i < G_N_ELEMENTS(kinds); i++) {
			u64 syndrome = esr(kinds[i].ec, 9);

			start(mode, e2h);
			world_write_ctx(&vcpu, CTX_ESR_EL2, 0);
			world_write_ctx(&vcpu, CTX_FAR_EL2, 0);
			if (!hyp)
				world_enter_guest(&vcpu);
			world_take_to_vel2(&vcpu, kinds[i].kind, syndrome, FAR);
			g_assert_cmpint(vcpu.context, ==, IN_HYP);
			g_assert_cmphex(vcpu.pc, ==, VBAR + kinds[i].kind + (hyp ? 0x200 : 0x400));
			g_assert_cmphex(world_read_ctx(&vcpu, CTX_ELR_EL2), ==, PC);
			g_assert_cmphex(world_read_ctx(&vcpu, CTX_SPSR_EL2), ==,
					hyp ? MODE_EL2h : MODE_EL1h);
			g_assert_cmphex(world_read_ctx(&vcpu, CTX_ESR_EL2), ==,
					kinds[i].syndrome ? syndrome : 0);
			g_assert_cmphex(world_read_ctx(&vcpu, CTX_FAR_EL2), ==,
					kinds[i].far ? FAR : 0);
		}
	}
}

/* Below vEL2 interrupts are vEL2's with IMO, and with TGE whatever IMO says. */
static void test_interrupts(void)
{
	static const u64 hcrs[] = {0, HCR_IMO, HCR_TGE, HCR_TGE | HCR_IMO};

	for (unsigned int i = 0; i < G_N_ELEMENTS(hcrs); i++) {
		start(&mode_nv2, false);
		page.hcr_el2 = hcrs[i];
		world_enter_guest(&vcpu);
		g_assert_cmpint(gic_is_l2, ==, i > 0);
		world_enter_hyp(&vcpu);
		g_assert_false(gic_is_l2);
	}
}

/* From AArch32 at EL0: to vEL2 by the state of vEL1, but by its own where vEL2 hosts it. */
static void test_take_a32(void)
{
	for (unsigned int hyp = 0; hyp < 2; hyp++) {
		start(&mode_nv2, true);
		page.hcr_el2 = HCR_E2H | (hyp ? HCR_TGE : 0);
		if (!hyp)
			world_enter_guest(&vcpu);
		vcpu.pstate = MODE_A32_USR;
		world_take_to_vel2(&vcpu, EXC_IRQ, 0, 0);
		g_assert_cmphex(vcpu.pc, ==, VBAR + EXC_IRQ + (hyp ? 0x600 : 0x400));
		g_assert_cmphex(world_read_ctx(&vcpu, CTX_SPSR_EL2), ==, MODE_A32_USR);
		g_assert_cmphex(vcpu.pstate & PSTATE_M, ==, MODE_EL1h);
	}
}

/* An SError that neve got is L1's: at once from a guest that it is routed from, else pending. */
#define SERROR(iss) ((u64)EC_SERROR << 26 | ESR_IL | (iss))
static void test_serror(void)
{
	start(&mode_nv2, true);
	world_sync_serror(&vcpu);
	g_assert_false(*hw("HCR_EL2") & HCR_VSE);
	world_serror(&vcpu, SERROR(0x40c11));
	world_sync_serror(&vcpu);
	g_assert_true(*hw("HCR_EL2") & HCR_VSE);
	g_assert_cmphex(*hw("VSESR_EL2"), ==, 0x40c11);
	world_sync_serror(&vcpu); /* masked so far */
	g_assert_cmphex(vcpu.serror, ==, SERROR(0x40c11));
	*hw("HCR_EL2") &= ~HCR_VSE; /* vEL2 has taken it, and there is another one */
	world_serror(&vcpu, SERROR(0x111));
	world_sync_serror(&vcpu);
	g_assert_true(*hw("HCR_EL2") & HCR_VSE);
	g_assert_cmphex(*hw("VSESR_EL2"), ==, 0x111);
	*hw("HCR_EL2") &= ~HCR_VSE;
	world_sync_serror(&vcpu);
	g_assert_cmphex(vcpu.serror, ==, 0);

	for (unsigned int routed = 0; routed < 3; routed++) {
		start(&mode_nv2, false);
		page.hcr_el2 = routed == 1 ? HCR_AMO : routed == 2 ? HCR_TGE : 0;
		world_enter_guest(&vcpu);
		world_serror(&vcpu, SERROR(0x222));
		world_sync_serror(&vcpu);
		g_assert_cmpint(vcpu.context, ==, routed ? IN_HYP : IN_GUEST);
		g_assert_cmpint(!vcpu.serror, ==, routed != 0);
		if (routed) {
			g_assert_cmphex(vcpu.pc, ==, VBAR + 0x580);
			g_assert_cmphex(world_read_ctx(&vcpu, CTX_ESR_EL2), ==, SERROR(0x222));
		}
	}
}

/*
 * One that is not routed to vEL2 is for vEL1: pending there, not L1's own virtual one, and once.
 * `taken`: before the exit, by vEL1; or only then, by vEL2, or deferred by an ESB.
 */
static void test_serror_of_vel1(void)
{
	for (unsigned int taken = 0; taken < 2; taken++) {
		start(&mode_nv2, false);
		page.hcr_el2 = HCR_VSE; /* means nothing without AMO */
		page.vsesr_el2 = 0x333;
		world_enter_guest(&vcpu);
		g_assert_false(*hw("HCR_EL2") & HCR_VSE);
		world_serror(&vcpu, SERROR(0x222));
		world_sync_serror(&vcpu);
		g_assert_true(*hw("HCR_EL2") & HCR_VSE);
		g_assert_cmphex(*hw("VSESR_EL2"), ==, 0x222);
		if (taken)
			*hw("HCR_EL2") &= ~HCR_VSE;
		world_enter_hyp(&vcpu);
		world_sync_serror(&vcpu);
		g_assert_true(page.hcr_el2 & HCR_VSE);
		g_assert_cmpint(!!(*hw("HCR_EL2") & HCR_VSE), ==, !taken);
		*hw("HCR_EL2") &= ~HCR_VSE;
		world_enter_guest(&vcpu);
		world_sync_serror(&vcpu);
		g_assert_false(*hw("HCR_EL2") & HCR_VSE);
		g_assert_cmphex(vcpu.serror, ==, 0);
	}
}

/* L1's own virtual SError for its guest: gone from HCR_EL2 when the guest has taken it. */
static void test_virtual_serror(void)
{
	for (unsigned int taken = 0; taken < 2; taken++) {
		start(&mode_nv2, true);
		page.hcr_el2 |= HCR_AMO | HCR_VSE;
		page.vsesr_el2 = 0x1234;
		world_enter_guest(&vcpu);
		g_assert_true(*hw("HCR_EL2") & HCR_VSE);
		g_assert_cmphex(*hw("VSESR_EL2"), ==, 0x1234);
		if (taken)
			*hw("HCR_EL2") &= ~HCR_VSE;
		world_enter_hyp(&vcpu);
		g_assert_cmpint(!!(page.hcr_el2 & HCR_VSE), ==, !taken);
		g_assert_false(*hw("HCR_EL2") & HCR_VSE);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/world/registers", test_all_registers);
	g_test_add_func("/world/cptr", test_cptr);
	g_test_add_func("/world/error-records", test_error_records);
	g_test_add_func("/world/left-by-firmware", test_left_by_firmware);
	g_test_add_func("/world/sve-trapped", test_sve_trapped);
	g_test_add_func("/world/walks", test_walks);
	g_test_add_func("/world/no-sve", test_no_sve);
	g_test_add_func("/world/take-own", test_take_own);
	g_test_add_func("/world/tge", test_tge);
	g_test_add_func("/world/to-vel2", test_to_vel2);
	g_test_add_func("/world/serror", test_serror);
	g_test_add_func("/world/serror-of-vel1", test_serror_of_vel1);
	g_test_add_func("/world/virtual-serror", test_virtual_serror);
	g_test_add_func("/world/take-a32", test_take_a32);
	g_test_add_func("/world/interrupts", test_interrupts);
	return g_test_run();
}
