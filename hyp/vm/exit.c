/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/exit.h"
#include "cpu/features.h"
#include "cpu/hcr.h"
#include "cpu/panic.h"
#include "cpu/sysreg.h"
#include "dma/smmu_hw.h"
#include "irq/gic.h"
#include "nested/debug.h"
#include "nested/gic.h"
#include "nested/route.h"
#include "nested/timer.h"
#include "nested/world.h"
#include "vm/trace.h"
#include "vm/vm.h"

enum trap_level exit_level(const struct vcpu *v)
{
	/* Without stage 2 of its own, what runs below vEL2 is L1's host kernel (KVM without VHE).
	 */
	return v->context == IN_GUEST && v->shadow->stage2 ? LEVEL_L2 : LEVEL_L1;
}

/* Traps of vEL2, or of vEL0 of the host regime. */
static enum exit_action exit_from_hyp(struct vcpu *v, u64 esr)
{
	switch (ESR_EC(esr)) {
	case EC_ERET:
		return vel2_eret(v, ESR_ISS(esr));
	case EC_SYSREG:
		return vel2_sysreg(v, ESR_ISS(esr));
	case EC_HVC:
		if ((world_hcr(v) & HCR_HCD) && !cpu_features.el3) {
			v->pc -= 4; /* undefined, also at EL2: the address is its own */
			return EXIT_UNDEF;
		}
		/* vEL2's own; the preferred return address is already the next instruction. */
		world_take_to_vel2(v, EXC_SYNC, esr, 0);
		return EXIT_RESUME;
	case EC_SMC:
		return exit_smc(v);
	case EC_IABT_LOWER:
	case EC_DABT_LOWER:
		return exit_abort(v, esr);
	case EC_DABT_SAME:
		panic("bug: an access of vEL2 to its VNCR page failed, ESR_EL2 %lx, FAR_EL2 %lx",
		      (unsigned long)esr, (unsigned long)read_sysreg(FAR_EL2));
	}
	/* neve traps nothing else for itself but instructions that L1 is not offered. */
	return EXIT_UNDEF;
}

static enum exit_action exit_from_guest(struct vcpu *v, u64 esr)
{
	unsigned el = pstate_is_el0(v->pstate) ? 0 : 1;
	struct l1_controls c;

	switch (ESR_EC(esr)) {
	case EC_IABT_LOWER:
	case EC_DABT_LOWER:
		return exit_abort(v, esr);
	case EC_SYSREG:
		return guest_sysreg(v, ESR_ISS(esr));
	}
	if (ESR_EC(esr) == EC_SMC && v->vm->l2_counters && hypercall(v, (u32)v->x[0]))
		return EXIT_ADVANCE;
	world_l1_controls(v, &c);
	switch (route_trap(&c, esr, el)) {
	case ROUTE_L1:
		return EXIT_FORWARD;
	case ROUTE_UNDEF:
		return EXIT_UNDEF;
	case ROUTE_L0:
		break;
	}
	/* An SMC that L1 does not trap goes to its firmware: neve. */
	return ESR_EC(esr) == EC_SMC ? exit_smc(v) : EXIT_UNDEF;
}

static void act(struct vcpu *v, enum exit_action action)
{
	switch (action) {
	case EXIT_RESUME:
		break;
	case EXIT_ADVANCE:
		v->pc += v->esr & ESR_IL ? 4 : 2; /* T32 has 16-bit instructions */
		v->pstate = v->pstate & PSTATE_A32 ? pstate_advance_it(v->pstate)
						   : v->pstate & ~PSTATE_BTYPE;
		if (v->pstate & PSTATE_SS)
			debug_stepped(v);
		break;
	case EXIT_UNDEF:
		world_undef(v);
		break;
	case EXIT_FORWARD:
		/* A watchpoint or a misaligned PC has an address; other classes leave FAR_EL2
		 * alone. */
		world_take_to_vel2(v, EXC_SYNC, v->esr, read_sysreg(FAR_EL2));
		break;
	}
}

void exit_sync(struct vcpu *v, u64 esr)
{
	v->esr = esr;
	v->counters.count[exit_level(v)][trap_cause_sync(esr)]++;
	if (v->context == IN_HYP) {
		if (world_follow_e2h(v) && ESR_EC(esr) == EC_SYSREG)
			; /* trapped under the other layout: may not trap now */
		else
			act(v, exit_from_hyp(v, esr));
	} else {
		act(v, exit_from_guest(v, esr));
	}
	exit_prepare_entry(v);
}

/* LPIs taken in one exit: any more come with the next. */
#define MAX_LPIS 64

static void exit_irq(struct vcpu *v)
{
	const struct machine *m = v->vm->machine;
	u32 intid, lpis = 0;

	for (;;) {
		intid = gic_ack();
		if (intid >= GIC_INTID_SPECIAL && intid < 1024)
			break;
		if (intid >= GIC_FIRST_LPI) {
			/* no active state: a device may send them without end */
			gic_drop(intid);
			vgic_inject_lpi(&v->vm->vgic, v->id, intid);
			if (++lpis == MAX_LPIS)
				break;
		} else if (intid >= 1024) { /* extended: off, unless one was under way */
			gic_drop(intid);
			gic_deactivate(intid);
		} else if (intid < 16) { /* another CPU's kick: the work is in exit_prepare_entry */
			if (intid != GIC_KICK_SGI)
				trace_follow(v);
			gic_drop(intid);
			gic_deactivate(intid);
			if (__atomic_load_n(&v->vm->stopped, __ATOMIC_RELAXED))
				vcpu_stop(v);
		} else if (intid == m->timer.hyp_phys) {
			timer_expired(v);
			gic_drop(intid);
			gic_deactivate(intid);
		} else if (intid == m->gic.maintenance_intid) {
			nested_gic_maintenance(v);
			gic_drop(intid);
			gic_deactivate(intid);
		} else {
			u32 vintid = timer_vintid(v, intid);

			/* The guest's: stays active until the guest deactivates it. */
			gic_drop(intid);
			if (!vintid) {
				timer_hold(v, intid);
				continue;
			}
			if (intid < GIC_FIRST_SPI ||
			    (v->vm->plan->owns_machine && intid != m->dma.event_intid)) {
				vgic_inject_hw(&v->vm->vgic, v->id, vintid, intid);
				continue;
			}
			/* Else of the SMMU, or a device of another VM. */
			if (intid == m->dma.event_intid)
				smmu_hw_events(m);
			gic_deactivate(intid);
		}
	}
}

void exit_async(struct vcpu *v, unsigned vector)
{
	v->counters.count[exit_level(v)][trap_cause_async(vector)]++;
	if (v->context == IN_HYP)
		world_follow_e2h(v);
	switch (vector) {
	case VECTOR_IRQ:
		exit_irq(v);
		break;
	case VECTOR_FIQ:
		break; /* neve configures no Group 0 interrupt; a level one would show again */
	case VECTOR_SERROR:
		world_serror(v, read_sysreg(ESR_EL2));
		break;
	}
	exit_prepare_entry(v);
}

void exit_prepare_entry(struct vcpu *v)
{
	world_sync_serror(v);
	timer_before_entry(v);
	nested_gic_before_entry(v);
}

void exit_own(const struct el2_regs *regs, unsigned vector)
{
	panic_regs(regs, "bug: exception in neve itself, vector %u", vector);
}
