/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hyp/vm/exit.c, with nested/timer.c: what becomes of physical interrupts, and of the instruction
 * that trapped.
 */
#include <glib.h>
#include <string.h>

#include "boot/machine.h"
#include "cpu/features.h"
#include "cpu/hcr.h"
#include "cpu/panic.h"
#include "dma/smmu_hw.h"
#include "irq/gic.h"
#include "nested/debug.h"
#include "nested/gic.h"
#include "nested/mode.h"
#include "nested/route.h"
#include "nested/shadow.h"
#include "nested/timer.h"
#include "nested/world.h"
#include "vm/exit.h"
#include "vm/trace.h"
#include "vm/vm.h"

#define HYP_PHYS    26 /* INTIDs of the machine's timers */
#define PHYS	    30
#define VIRT	    27
#define MAINTENANCE 25
#define SPI	    70

struct cpu_features cpu_features;
const struct nested_mode *nested_mode;

static const struct nested_mode mode = {.name = "test"};
static struct machine machine;
static struct vm_plan plan;
static struct vm vm;
static struct vcpu vcpu;
static struct vncr_page page;
static struct shadow shadow;

static struct {
	u32 pending[8]; /* what is to be acknowledged, in this order */
	unsigned int n, next;
	u32 dropped, deactivated, injected, as; /* the last */
	unsigned int drops, deactivations, injections, steps, hvcs, undefs, serrors;
} seen;

/* ---- what exit.c calls, and is of no concern here ---- */

#define SERROR_ESR ((u64)EC_SERROR << 26 | ESR_IL | 0x11)

u64 fake_read(const char *reg)
{
	return strcmp(reg, "ESR_EL2") ? 0 : SERROR_ESR;
}

static u64 cntvoff;
/* The timers that were turned off, by a bit each. */
static unsigned int timers_off;

void fake_write(const char *reg, u64 val)
{
	static const char *const ctl[] = {"CNTHP_CTL_EL2", "CNTP_CTL_EL0", "CNTV_CTL_EL0"};

	if (!strcmp(reg, "CNTVOFF_EL2"))
		cntvoff = val;
	for (unsigned int i = 0; i < ARRAY_SIZE(ctl); i++) {
		if (!strcmp(reg, ctl[i]))
			timers_off = val & 1 ? timers_off & ~(1u << i) : timers_off | 1u << i;
	}
}

void panic_regs(const struct el2_regs *regs, const char *fmt, ...)
{
	g_error("panic: %s", fmt);
}

u64 world_hcr(const struct vcpu *v)
{
	return page.hcr_el2;
}

void world_l1_controls(struct vcpu *v, struct l1_controls *c)
{
	*c = (struct l1_controls){0};
}

bool world_follow_e2h(struct vcpu *v)
{
	return false;
}

void world_take_to_vel2(struct vcpu *v, enum exception_kind kind, u64 esr, u64 far)
{
	g_assert_cmphex(ESR_EC(esr), ==, EC_HVC);
	seen.hvcs++;
}

void world_undef(struct vcpu *v)
{
	seen.undefs++;
}

void world_serror(struct vcpu *v, u64 esr)
{
	g_assert_cmphex(esr, ==, SERROR_ESR);
	seen.serrors++;
}

void world_sync_serror(struct vcpu *v)
{
}

u64 world_read_ctx(struct vcpu *v, enum ctx_reg r)
{
	return v->ctx[r];
}

enum route route_trap(const struct l1_controls *c, u64 esr, unsigned int el)
{
	return ROUTE_L0;
}

enum exit_action vel2_eret(struct vcpu *v, u64 iss)
{
	return EXIT_RESUME;
}

enum exit_action vel2_sysreg(struct vcpu *v, u64 iss)
{
	return EXIT_ADVANCE;
}

enum exit_action guest_sysreg(struct vcpu *v, u64 iss)
{
	return EXIT_ADVANCE;
}

enum exit_action exit_smc(struct vcpu *v)
{
	return EXIT_ADVANCE;
}

enum exit_action exit_abort(struct vcpu *v, u64 esr)
{
	return EXIT_RESUME;
}

bool hypercall(struct vcpu *v, u32 fn)
{
	return false;
}

void trace_follow(struct vcpu *v)
{
}

void vcpu_stop(struct vcpu *v)
{
	g_error("its CPU is turned off");
}

void nested_gic_maintenance(struct vcpu *v)
{
}

void nested_gic_before_entry(struct vcpu *v)
{
}

void debug_stepped(struct vcpu *v)
{
	seen.steps++;
	v->pstate &= ~PSTATE_SS;
}

/* ---- the GIC ---- */

u32 gic_ack(void)
{
	return seen.next < seen.n ? seen.pending[seen.next++] : 1023;
}

void gic_drop(u32 intid)
{
	seen.dropped = intid;
	seen.drops++;
}

void gic_deactivate(u32 intid)
{
	seen.deactivated = intid;
	seen.deactivations++;
}

void vgic_inject_hw(struct vgic *g, u32 cpu, u32 vintid, u32 pintid)
{
	seen.injected = pintid;
	seen.as = vintid;
	seen.injections++;
}

void vgic_inject_lpi(struct vgic *g, u32 cpu, u32 intid)
{
	g_error("an LPI");
}

void vgic_set_level(struct vgic *g, u32 cpu, u32 intid, bool level)
{
}

void smmu_hw_events(const struct machine *m)
{
	g_error("an event of an SMMU, which is not there");
}

void gic_set_enable(u32 cpu, u32 intid, bool on)
{
	g_assert_not_reached();
}

/* The last PPI whose active state was set, and to what. */
static u32 active_set;
static bool active;

void gic_set_active(u32 cpu, u32 intid, bool on)
{
	active_set = intid;
	active = on;
}

/* An interrupt of L1's that is active, and whether another vCPU deactivates it meanwhile. */
static u32 l1_active;
static bool raced;
static unsigned int links, quiet_links; /* with an active PPI */

bool vgic_is_active(struct vgic *g, u32 cpu, u32 intid)
{
	return intid == l1_active;
}

bool vgic_link(struct vgic *g, u32 cpu, u32 intid, u32 pintid)
{
	links++;
	quiet_links += active && active_set == pintid;
	return intid == l1_active && !raced;
}

bool vgic_unlink(struct vgic *g, u32 cpu, u32 intid, u32 *pintid)
{
	return false;
}

void vgic_clear_pending(struct vgic *g, u32 cpu, u32 intid)
{
}

/* ---- tests ---- */

static void setup(enum vcpu_context context)
{
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&page, 0, sizeof(page));
	memset(&seen, 0, sizeof(seen));
	nested_mode = &mode;
	machine.timer.hyp_phys = HYP_PHYS;
	machine.timer.phys = PHYS;
	machine.timer.virt = VIRT;
	machine.gic.maintenance_intid = MAINTENANCE;
	vm.machine = &machine;
	vm.plan = &plan;
	plan.owns_machine = true;
	vcpu.vm = &vm;
	vcpu.vncr = &page;
	vcpu.shadow = &shadow;
	vcpu.context = context;
	vcpu.pstate = MODE_EL1h;
}

static void interrupt(u32 intid)
{
	seen.pending[seen.n++] = intid;
	exit_async(&vcpu, VECTOR_IRQ);
	g_assert_cmpuint(seen.next, ==, seen.n);
	g_assert_cmpuint(seen.dropped, ==, intid);
}

/*
 * A timer's interrupt that comes when the timer is no longer loaded for anybody (the GIC had
 * signalled it before) is nobody's: INTID 0 would be an SGI that nobody sent. It stays active, or
 * it would come again and again if its line is high, until the timer is somebody's.
 */
static void test_late_timer(void)
{
	static const u32 timers[] = {PHYS, VIRT};

	for (unsigned int i = 0; i < 4; i++) {
		u32 intid = timers[i & 1];

		setup(i & 2 ? IN_GUEST : IN_HYP);
		g_assert_cmpuint(timer_vintid(&vcpu, intid), ==, 0);
		interrupt(intid);
		g_assert_cmpuint(seen.injections, ==, 0);
		g_assert_cmpuint(seen.deactivations, ==, 0);
		active_set = 0;
		vcpu.context = IN_GUEST;
		timer_restore(&vcpu);
		g_assert_cmpuint(active_set, ==, intid);
		g_assert_false(active);
		active_set = 0;
		vcpu.context = IN_HYP;
		timer_restore(&vcpu);
		g_assert_cmpuint(active_set, ==, 0);
	}
}

/*
 * A timer goes to an interrupt that is active: its PPI is before they are linked, as from then on
 * another vCPU may deactivate both; and not when there is no link.
 */
static void test_hand_over(void)
{
	vm.vgic.cpu[0].attn = 1;
	for (unsigned int i = 0; i < 4; i++) {
		setup(IN_GUEST);
		l1_active = i & 1 ? VIRT : 0;
		raced = i & 2;
		links = quiet_links = active_set = 0;
		active = false;
		timer_restore(&vcpu);
		g_assert_cmpuint(quiet_links, ==, i & 1);
		g_assert_cmpuint(links, ==, quiet_links);
		g_assert_cmpuint(active_set, ==, i & 1 ? VIRT : 0);
		g_assert_cmpint(active, ==, i == 1);
	}
	vm.vgic.cpu[0].attn = 0;
	l1_active = 0;
	raced = false;
}

/* One that is somebody's stays active until that one deactivates it. */
static void test_timer(void)
{
	setup(IN_HYP);
	vcpu.timer_vintid[1] = 28;
	interrupt(VIRT);
	g_assert_cmpuint(seen.injections, ==, 1);
	g_assert_cmpuint(seen.injected, ==, VIRT);
	g_assert_cmpuint(seen.as, ==, 28);
	interrupt(SPI);
	g_assert_cmpuint(seen.injections, ==, 2);
	g_assert_cmpuint(seen.injected, ==, SPI);
	g_assert_cmpuint(seen.as, ==, SPI);
	g_assert_cmpuint(seen.deactivations, ==, 0);
}

/* A device's, on the CPU of a VM that has none. */
static void test_other_vm(void)
{
	setup(IN_HYP);
	plan.owns_machine = false;
	interrupt(SPI);
	g_assert_cmpuint(seen.injections, ==, 0);
	g_assert_cmpuint(seen.deactivated, ==, SPI);
	vcpu.timer_vintid[1] = 28;
	interrupt(VIRT);
	g_assert_cmpuint(seen.injections, ==, 1);
}

/* No timer goes off while its CPU is off, neve's own included. */
static void test_stop(void)
{
	setup(IN_GUEST);
	timers_off = 0;
	timer_stop();
	g_assert_cmphex(timers_off, ==, 7);
}

/* neve's own: its timer, the maintenance interrupt, a kick; and an extended PPI, an extended SPI.
 */
static void test_own(void)
{
	static const u32 own[] = {HYP_PHYS, MAINTENANCE, GIC_KICK_SGI, 1080, 4100};

	for (unsigned int i = 0; i < ARRAY_SIZE(own); i++) {
		setup(IN_HYP);
		interrupt(own[i]);
		g_assert_cmpuint(seen.injections, ==, 0);
		g_assert_cmpuint(seen.deactivations, ==, 1);
		g_assert_cmpuint(seen.deactivated, ==, own[i]);
	}
}

static void test_serror(void)
{
	setup(IN_GUEST);
	exit_async(&vcpu, VECTOR_SERROR);
	g_assert_cmpuint(seen.serrors, ==, 1);
}

/* What neve has executed is skipped, and was a step if it was single-stepped. */
static void test_advance(void)
{
	for (unsigned int how = 0; how < 8; how++) {
		u64 il = how & 1 ? ESR_IL : 0, ss = how & 2 ? PSTATE_SS : 0;

		setup(how & 4 ? IN_GUEST : IN_HYP);
		vcpu.pc = 0x1000;
		vcpu.pstate = MODE_EL1h | PSTATE_BTYPE | ss;
		exit_sync(&vcpu, (u64)EC_SYSREG << 26 | il);
		g_assert_cmphex(vcpu.pc, ==, il ? 0x1004 : 0x1002);
		g_assert_cmphex(vcpu.pstate, ==, MODE_EL1h);
		g_assert_cmpuint(seen.steps, ==, !!ss);
	}
}

/* The offset that L1 wrote is in force after the next exit, but where the count has none. */
static void test_offset(void)
{
	for (unsigned int how = 0; how < 4; how++) {
		setup(how & 1 ? IN_GUEST : IN_HYP);
		vcpu.e2h = how & 2;
		page.cntvoff_el2 = 0x1234;
		cntvoff = 0;
		exit_sync(&vcpu, (u64)EC_SYSREG << 26 | ESR_IL);
		g_assert_cmphex(cntvoff, ==, how == 2 ? 0 : 0x1234);
	}
}

/* HVC at vEL2 is an exception to itself, but with HCR_EL2.HCD undefined, which there is without
 * EL3. */
static void test_hvc(void)
{
	for (unsigned int how = 0; how < 4; how++) {
		bool undef = how == 1;

		setup(IN_HYP);
		page.hcr_el2 = how & 1 ? HCR_HCD : 0;
		cpu_features.el3 = how & 2;
		vcpu.pc = 0x1004;
		exit_sync(&vcpu, (u64)EC_HVC << 26 | ESR_IL);
		g_assert_cmphex(vcpu.pc, ==, undef ? 0x1000 : 0x1004);
		g_assert_cmpuint(seen.undefs, ==, undef);
		g_assert_cmpuint(seen.hvcs, ==, !undef);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/exit/late-timer", test_late_timer);
	g_test_add_func("/exit/timer", test_timer);
	g_test_add_func("/exit/hand-over", test_hand_over);
	g_test_add_func("/exit/other-vm", test_other_vm);
	g_test_add_func("/exit/stop", test_stop);
	g_test_add_func("/exit/own", test_own);
	g_test_add_func("/exit/serror", test_serror);
	g_test_add_func("/exit/advance", test_advance);
	g_test_add_func("/exit/offset", test_offset);
	g_test_add_func("/exit/hvc", test_hvc);
	return g_test_run();
}
