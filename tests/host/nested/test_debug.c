/* SPDX-License-Identifier: Apache-2.0 */
/* hyp/nested/debug.c: when vEL2 takes debug exceptions from itself, and what it sees of MDSCR_EL1.
 */
#include <glib.h>
#include <string.h>

#include "cpu/esr.h"
#include "cpu/features.h"
#include "cpu/hcr.h"
#include "nested/debug.h"
#include "nested/eret.h"
#include "nested/mode.h"
#include "nested/world.h"
#include "vm/exit.h"

#define SS    BIT(0) /* of MDSCR_EL1; any bit but KDE */
#define TRAPS (MDCR_TDA | MDCR_TDCC)
#define RT    4

/* EC "software step, lower EL", IL, ISS: ISV, debug exception. */
#define STEPPED 0xcb000022

struct cpu_features cpu_features;
const struct nested_mode *nested_mode;

static const struct nested_mode in_page = {.mdscr_live = false}, live = {.mdscr_live = true};
static struct vcpu vcpu;
static struct vncr_page page;
static struct {
	u64 mdscr, mdcr, spsr, oslsr, osdlr;
} hw;

/* The exception that was taken: to vEL2 from below, or the context's own. */
static struct {
	unsigned int to_vel2, own;
	u64 esr;
} taken;

void world_take_to_vel2(struct vcpu *v, enum exception_kind kind, u64 esr, u64 far)
{
	g_assert_cmpint(v->context, ==, IN_GUEST);
	g_assert_cmpint(kind, ==, EXC_SYNC);
	taken.to_vel2++;
	taken.esr = esr;
}

void world_take_own(struct vcpu *v, u64 esr, u64 far)
{
	taken.own++;
	taken.esr = esr;
}

/* nested/breakpoint.c: whether the registers are for vEL2, and accesses to them. */
static unsigned int point_accesses;

void breakpoints_translate(struct vcpu *v)
{
	v->points.translated = true;
}

void breakpoints_restore(struct vcpu *v)
{
	v->points.translated = false;
}

bool breakpoints_access(struct vcpu *v, const struct sysreg_desc *d, bool read, unsigned rt)
{
	if (d->id != SR_DBGBCR0_EL1)
		return false;
	point_accesses++;
	return true;
}

u64 fake_read(const char *reg)
{
	if (!strcmp(reg, "SPSR_EL2")) /* of the ERET that trapped */
		return hw.spsr;
	if (!strcmp(reg, "OSLSR_EL1"))
		return hw.oslsr;
	if (!strcmp(reg, "OSDLR_EL1"))
		return hw.osdlr;
	g_assert_cmpstr(reg, ==, "MDSCR_EL1");
	return hw.mdscr;
}

void fake_write(const char *reg, u64 val)
{
	if (!strcmp(reg, "MDSCR_EL1"))
		hw.mdscr = val;
	else if (!strcmp(reg, "MDCR_EL2"))
		hw.mdcr = val;
	else
		g_error("write of %s", reg);
}

static const struct sysreg_desc *desc(enum sysreg_id id)
{
	return &sysreg_table[id];
}

static void setup(const struct nested_mode *mode)
{
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&page, 0, sizeof(page));
	cpu_features = (struct cpu_features){.fgt = true};
	nested_mode = mode;
	vcpu.vncr = &page;
	vcpu.context = IN_HYP;
	vcpu.pstate = MODE_EL1h;
	vcpu.hw.mdcr = hw.mdcr = MDCR_TPMS; /* any other bit */
	hw.mdscr = hw.oslsr = hw.osdlr = 0;
	hw.spsr = MODE_EL1h;
	memset(&taken, 0, sizeof(taken));
}

/* vEL2 writes MDSCR_EL1 where its mode lets it. */
static void vel2_writes(u64 mdscr)
{
	vcpu.x[RT] = mdscr;
	if (!nested_mode->mdscr_live)
		page.mdscr_el1 = mdscr;
	else if (!(hw.mdcr & MDCR_TDA))
		hw.mdscr = mdscr;
	else
		g_assert_cmpint(debug_access(&vcpu, desc(SR_MDSCR_EL1), false, RT), ==,
				EXIT_ADVANCE);
}

static u64 vel2_reads(void)
{
	if (!nested_mode->mdscr_live)
		return page.mdscr_el1;
	if (!(hw.mdcr & MDCR_TDA))
		return hw.mdscr;
	g_assert_cmpint(debug_access(&vcpu, desc(SR_MDSCR_EL1), true, RT), ==, EXIT_ADVANCE);
	return vcpu.x[RT];
}

static void check(u64 seen, bool kde)
{
	g_assert_cmphex(vel2_reads(), ==, seen);
	g_assert_cmphex(hw.mdscr, ==, (seen & ~MDSCR_KDE) | (kde ? MDSCR_KDE : 0));
	g_assert_cmphex(vcpu.hw.mdcr, ==, hw.mdcr);
	g_assert_cmphex(hw.mdcr & ~TRAPS, ==, MDCR_TPMS);
}

/* KDE counts with TDE or TGE alone. */
static void test_kde(const void *mode)
{
	for (unsigned int how = 0; how < 4; how++) {
		setup(mode);
		vcpu.ctx[CTX_MDCR_EL2] = how & 1 ? MDCR_TDE : 0;
		page.hcr_el2 = how & 2 ? HCR_TGE : 0;
		vel2_writes(SS | MDSCR_KDE);
		debug_return_to_hyp(&vcpu);
		check(SS | MDSCR_KDE, how);
		debug_return_to_hyp(&vcpu);
		check(SS | MDSCR_KDE, how);
		vel2_writes(MDSCR_KDE);
		debug_return_to_hyp(&vcpu);
		check(MDSCR_KDE, how);
		vel2_writes(SS);
		debug_return_to_hyp(&vcpu);
		check(SS, false);
	}
}

/* An ERET with debug exceptions enabled where it is executed leaves PSTATE.SS 0. */
static void test_step(const void *mode)
{
	for (unsigned int how = 0; how < 8; how++) {
		setup(mode);
		vcpu.ctx[CTX_MDCR_EL2] = how & 1 ? MDCR_TDE : 0;
		vel2_writes(how & 2 ? MDSCR_KDE : 0);
		debug_return_to_hyp(&vcpu);
		hw.spsr = MODE_EL1h | (how & 4 ? 0 : PSTATE_D);
		vcpu.pstate = MODE_EL1h | PSTATE_SS;
		debug_return_to_hyp(&vcpu);
		g_assert_cmphex(vcpu.pstate, ==, MODE_EL1h | (how == 7 ? 0 : PSTATE_SS));
	}
}

/* The ERET was stepped itself: then the exception comes after it. */
static void test_step_eret(const void *mode)
{
	for (unsigned int how = 0; how < 8; how++) {
		setup(mode);
		vcpu.ctx[CTX_MDCR_EL2] = MDCR_TDE;
		vel2_writes(MDSCR_KDE | SS);
		debug_return_to_hyp(&vcpu);
		if (how & 1)
			vel2_writes(MDSCR_KDE);
		hw.spsr = MODE_EL1h | (how & 2 ? PSTATE_D : 0) | (how & 4 ? 0 : PSTATE_SS);
		vcpu.pstate = MODE_EL1h | PSTATE_SS;
		debug_return_to_hyp(&vcpu);
		g_assert_cmpuint(taken.own, ==, how == 0);
		if (taken.own)
			g_assert_cmphex(taken.esr, ==, STEPPED);
	}
}

/* A step over what neve executes: the exception, and where it goes, as the architecture says. */
static void test_stepped(void)
{
	static const u64 pstates[] = {MODE_EL1h, MODE_EL1h | PSTATE_D, MODE_EL0t,
				      MODE_EL0t | PSTATE_D};

	for (unsigned int how = 0; how < 4 << 7; how++) {
		bool ss = how & 4, kde = how & 8, tde = how & 16, tge = how & 32, guest = how & 64;
		bool oslk = how & 128, dlk = how & 256;
		u64 pstate = pstates[how & 3];
		bool enabled = ss && !oslk && !dlk, to_vel2 = guest && (tde || tge);

		setup(&in_page);
		vcpu.context = guest ? IN_GUEST : IN_HYP;
		vcpu.ctx[CTX_MDCR_EL2] = tde ? MDCR_TDE : 0;
		page.hcr_el2 = tge ? HCR_TGE : 0;
		vcpu.pstate = pstate | PSTATE_SS;
		hw.mdscr = (ss ? MDSCR_SS : 0) | (kde ? MDSCR_KDE : 0);
		hw.oslsr = oslk ? 1 << 1 : 0;
		hw.osdlr = dlk;
		debug_stepped(&vcpu);
		g_assert_cmphex(vcpu.pstate, ==, pstate);
		g_assert_cmpuint(taken.to_vel2, ==, enabled && to_vel2);
		g_assert_cmpuint(taken.own, ==,
				 enabled && !to_vel2 &&
					 (pstate_is_el0(pstate) || (kde && !(pstate & PSTATE_D))));
		if (taken.own || taken.to_vel2)
			g_assert_cmphex(taken.esr, ==, STEPPED);
	}
}

/* An ERET to the guest leaves PSTATE.SS only where the next instruction will be stepped. */
static void test_return_to_guest(void)
{
	static const u64 pstates[] = {MODE_EL1h, MODE_EL1h | PSTATE_D, MODE_EL0t | PSTATE_D};

	for (unsigned int how = 0; how < 3 * 32; how++) {
		bool ss = how & 1, kde = how & 2, tde = how & 4, oslk = how & 8, asked = how & 16;
		u64 pstate = pstates[how / 32];
		bool kept = asked && ss && !oslk &&
			    (tde || pstate_is_el0(pstate) || (kde && !(pstate & PSTATE_D)));

		setup(&in_page);
		vcpu.context = IN_GUEST;
		vcpu.ctx[CTX_MDCR_EL2] = tde ? MDCR_TDE : 0;
		vcpu.pstate = pstate | (asked ? PSTATE_SS : 0);
		hw.mdscr = (ss ? MDSCR_SS : 0) | (kde ? MDSCR_KDE : 0);
		hw.oslsr = oslk ? 1 << 1 : 0;
		debug_return_to_guest(&vcpu);
		g_assert_cmphex(vcpu.pstate, ==, pstate | (kept ? PSTATE_SS : 0));
		g_assert_cmpuint(taken.own + taken.to_vel2, ==, 0);
	}
}

/* TGE implies TDA for vEL0: the DCC alone can be trapped with FEAT_FGT. */
static void test_el0(const void *mode)
{
	for (unsigned int fgt = 0; fgt < 2; fgt++) {
		setup(mode);
		cpu_features.fgt = fgt;
		vcpu.pstate = MODE_EL0t;
		debug_return_to_hyp(&vcpu);
		g_assert_cmphex(hw.mdcr & TRAPS, ==, fgt ? MDCR_TDCC : MDCR_TDA);
		g_assert_cmpint(debug_access(&vcpu, desc(SR_MDSCR_EL1), true, RT), ==,
				EXIT_FORWARD);
		debug_open(&vcpu);
		g_assert_cmphex(hw.mdcr, ==, MDCR_TPMS);
		/* So do L1's own traps of the PMU. */
		vcpu.ctx[CTX_MDCR_EL2] = MDCR_TPM | MDCR_TPMCR | MDCR_TDOSA;
		debug_return_to_hyp(&vcpu);
		g_assert_cmphex(hw.mdcr & ~TRAPS, ==, MDCR_TPMS | MDCR_TPM | MDCR_TPMCR);
	}
}

/* What the guest of vEL2 asked for is not done to vEL2; what it wrote is kept. */
static void test_hide(const void *mode)
{
	for (unsigned int tde = 0; tde < 2; tde++) {
		setup(mode);
		vcpu.ctx[CTX_MDCR_EL2] = tde ? MDCR_TDE : 0;
		page.mdscr_el1 = vcpu.hw.mdscr = hw.mdscr = MDSCR_KDE | SS;
		debug_hide_guest(&vcpu);
		g_assert_cmphex(vel2_reads(), ==, MDSCR_KDE | SS);
		if (!tde || !nested_mode->mdscr_live)
			g_assert_cmphex(hw.mdscr, ==, SS);
		/* Any other debug register: all is open, and the access is tried again. */
		if (hw.mdcr & MDCR_TDA) {
			g_assert_cmpint(debug_access(&vcpu, desc(SR_OSLSR_EL1), true, RT), ==,
					EXIT_RESUME);
			g_assert_cmphex(hw.mdscr, ==, MDSCR_KDE | SS);
		}
		debug_open(&vcpu);
		g_assert_cmphex(hw.mdcr, ==, MDCR_TPMS);
	}
}

/* Breakpoints are vEL2's while it takes them from itself; its accesses to them trap then. */
static void test_breakpoints(const void *mode)
{
	for (unsigned int how = 0; how < 16; how++) {
		bool kde = how & 1, mde = how & 2, tde = how & 4, tge = how & 8;
		bool own = kde && mde && (tde || tge);
		u64 mdscr = (kde ? MDSCR_KDE : 0) | (mde ? MDSCR_MDE : 0);

		setup(mode);
		vcpu.ctx[CTX_MDCR_EL2] = tde ? MDCR_TDE : 0;
		page.hcr_el2 = tge ? HCR_TGE : 0;
		vel2_writes(mdscr);
		debug_return_to_hyp(&vcpu);
		g_assert_cmpint(vcpu.points.translated, ==, own);
		check(mdscr, own || (kde && (tde || tge)));
		if (!own)
			continue;
		g_assert_cmphex(hw.mdcr & TRAPS, ==, MDCR_TDA);
		point_accesses = 0;
		g_assert_cmpint(debug_access(&vcpu, desc(SR_DBGBCR0_EL1), how & 4, RT), ==,
				EXIT_ADVANCE);
		g_assert_cmpuint(point_accesses, ==, 1);
		g_assert_true(vcpu.points.translated);
		/* They stay, and what vEL2 writes to MDSCR_EL1 counts at the next return. */
		vel2_writes(MDSCR_KDE);
		debug_return_to_hyp(&vcpu);
		g_assert_true(vcpu.points.translated);
		check(MDSCR_KDE, true);
		debug_open(&vcpu);
		g_assert_false(vcpu.points.translated);
		g_assert_cmphex(hw.mdcr & TRAPS, ==, 0);
		g_assert_cmphex(hw.mdscr, ==, MDSCR_KDE);
	}
}

static void test_untrapped(void)
{
	setup(&in_page);
	g_assert_cmpint(debug_access(&vcpu, desc(SR_MDSCR_EL1), true, RT), ==, EXIT_UNDEF);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_data_func("/debug/kde/page", &in_page, test_kde);
	g_test_add_data_func("/debug/kde/live", &live, test_kde);
	g_test_add_data_func("/debug/step/page", &in_page, test_step);
	g_test_add_data_func("/debug/step/live", &live, test_step);
	g_test_add_data_func("/debug/step-eret/page", &in_page, test_step_eret);
	g_test_add_data_func("/debug/step-eret/live", &live, test_step_eret);
	g_test_add_func("/debug/stepped", test_stepped);
	g_test_add_func("/debug/return-to-guest", test_return_to_guest);
	g_test_add_data_func("/debug/el0/page", &in_page, test_el0);
	g_test_add_data_func("/debug/el0/live", &live, test_el0);
	g_test_add_data_func("/debug/hide/page", &in_page, test_hide);
	g_test_add_data_func("/debug/hide/live", &live, test_hide);
	g_test_add_data_func("/debug/breakpoints/page", &in_page, test_breakpoints);
	g_test_add_data_func("/debug/breakpoints/live", &live, test_breakpoints);
	g_test_add_func("/debug/untrapped", test_untrapped);
	return g_test_run();
}
