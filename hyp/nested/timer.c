/* SPDX-License-Identifier: Apache-2.0 */
#include "nested/timer.h"
#include "cpu/sysreg.h"
#include "irq/gic.h"
#include "nested/alarm.h"
#include "nested/mode.h"
#include "vm/vm.h"

enum { PHYS, VIRT, TIMERS };

static u64 count(void)
{
	isb();
	return read_sysreg(CNTPCT_EL0);
}

static u32 pintid_of(const struct vcpu *v, unsigned t)
{
	return t == PHYS ? v->vm->machine->timer.phys : v->vm->machine->timer.virt;
}

/* Whose virtual timer the hardware's CNTV is, in the context that v has now. */
enum virt_owner { VIRT_NONE, VIRT_VEL1, VIRT_VEL2 };

static enum virt_owner virt_owner(const struct vcpu *v)
{
	if (v->context == IN_GUEST)
		return VIRT_VEL1;
	if (v->e2h)
		return VIRT_VEL2;
	return nested_mode->virtual_timer_live ? VIRT_VEL1 : VIRT_NONE;
}

/* INTID, to L1, of what hardware timer `t` stands for now; 0: nothing. */
static u32 vintid_of(const struct vcpu *v, unsigned t)
{
	const struct machine_timer *m = &v->vm->machine->timer;

	if (t == PHYS)
		return v->context == IN_HYP ? m->hyp_phys : m->phys;
	switch (virt_owner(v)) {
	case VIRT_VEL1:
		return m->virt;
	case VIRT_VEL2:
		return m->hyp_virt;
	default:
		return 0;
	}
}

u32 timer_vintid(const struct vcpu *v, u32 intid)
{
	for (unsigned t = 0; t < TIMERS; t++) {
		if (intid == pintid_of(v, t))
			return v->timer_vintid[t];
	}
	return intid;
}

void timer_hold(struct vcpu *v, u32 intid)
{
	v->timer_held |= BIT(intid == pintid_of(v, PHYS) ? PHYS : VIRT);
}

/* ---- hardware and memory ---- */

static void save_virt(struct vcpu *v)
{
	struct vncr_page *p = v->vncr;

	switch (virt_owner(v)) {
	case VIRT_VEL1:
		p->cntv_ctl_el0 = read_sysreg(CNTV_CTL_EL0);
		p->cntv_cval_el0 = read_sysreg(CNTV_CVAL_EL0);
		break;
	case VIRT_VEL2:
		v->hv.ctl = read_sysreg(CNTV_CTL_EL0);
		v->hv.cval = read_sysreg(CNTV_CVAL_EL0);
		break;
	case VIRT_NONE:
		break;
	}
}

void timer_save(struct vcpu *v)
{
	struct vncr_page *p = v->vncr;
	u64 ctl = read_sysreg(CNTP_CTL_EL0), cval = read_sysreg(CNTP_CVAL_EL0);

	if (v->context == IN_HYP) {
		v->hp.ctl = ctl;
		v->hp.cval = cval;
	} else {
		p->cntp_ctl_el0 = ctl;
		p->cntp_cval_el0 = cval;
	}
	save_virt(v);
}

static void load_cntvoff(struct vcpu *v, u64 cntvoff)
{
	if (v->hw.cntvoff != cntvoff) {
		v->hw.cntvoff = cntvoff;
		write_sysreg(cntvoff, CNTVOFF_EL2);
	}
}

static void load_virt(struct vcpu *v)
{
	const struct vncr_page *p = v->vncr;
	enum virt_owner owner = virt_owner(v);

	/* At EL2 with E2H, and at EL0 of its host regime, the virtual count has no offset. */
	load_cntvoff(v, owner == VIRT_VEL2 ? 0 : p->cntvoff_el2);
	if (owner == VIRT_VEL1) {
		write_sysreg(p->cntv_cval_el0, CNTV_CVAL_EL0);
		write_sysreg(p->cntv_ctl_el0, CNTV_CTL_EL0);
	} else {
		write_sysreg(v->hv.cval, CNTV_CVAL_EL0);
		write_sysreg(owner == VIRT_VEL2 ? v->hv.ctl : 0, CNTV_CTL_EL0);
	}
}

/*
 * The PPI of timer `t` goes from one interrupt of L1's to another. It must be active exactly when
 * the new one is: then it cannot fire again before the guest is done with it. It is made active
 * here, before the timer can fire, and before the link, by which another vCPU may deactivate it;
 * true: no longer, which has to wait until the old one is off.
 */
static bool hand_over(struct vcpu *v, unsigned t, u32 old, u32 new)
{
	struct vgic *vg = &v->vm->vgic;
	u32 pintid = pintid_of(v, t), linked;
	bool active;

	active = (old && vgic_unlink(vg, v->id, old, &linked)) || (v->timer_held & BIT(t));
	v->timer_held &= ~(u32)BIT(t);
	if (new)
		vgic_set_level(vg, v->id, new, false);
	if (new && !active && vgic_is_active(vg, v->id, new)) {
		gic_set_active(v->pcpu, pintid, true);
		active = true;
	}
	v->timer_lines &= ~BIT(new);
	if (active && new)
		active = !vgic_link(vg, v->id, new, pintid);
	return active;
}

void timer_restore(struct vcpu *v)
{
	const struct vncr_page *p = v->vncr;
	bool hyp = v->context == IN_HYP;
	/* A line may be high whose interrupt is disabled: the vGIC is idle then. */
	bool any = v->timer_lines || v->timer_held || !vgic_idle(&v->vm->vgic, v->id);
	u32 over = 0;

	for (unsigned t = 0; t < TIMERS; t++) {
		u32 old = v->timer_vintid[t], new = vintid_of(v, t);

		v->timer_vintid[t] = new;
		if (any && new != old && hand_over(v, t, old, new))
			over |= 1u << t;
	}
	write_sysreg(hyp ? v->hp.cval : p->cntp_cval_el0, CNTP_CVAL_EL0);
	write_sysreg(hyp ? v->hp.ctl : p->cntp_ctl_el0, CNTP_CTL_EL0);
	load_virt(v);
	for (unsigned t = 0; over; t++, over >>= 1) {
		if (over & 1)
			gic_set_active(v->pcpu, pintid_of(v, t), false);
	}
}

void timer_load(struct vcpu *v)
{
	v->hw.cntvoff = ~UINT64_C(0);
	v->hw.cnthp_on = true;
	/* Of timers that were running at CPU_OFF. */
	for (u64 lines = v->timer_lines; lines; lines &= lines - 1)
		vgic_set_level(&v->vm->vgic, v->id, (u32)__builtin_ctzll(lines), false);
	v->timer_lines = 0;
	v->timer_held = 0;
	for (unsigned t = 0; t < TIMERS; t++) {
		v->timer_vintid[t] = 0;
		gic_set_active(v->pcpu, pintid_of(v, t), false);
		gic_set_enable(v->pcpu, pintid_of(v, t), true);
	}
	gic_set_enable(v->pcpu, v->vm->machine->timer.hyp_phys, true);
	timer_restore(v);
}

void timer_stop(void)
{
	write_sysreg(0, CNTHP_CTL_EL2);
	write_sysreg(0, CNTP_CTL_EL0);
	write_sysreg(0, CNTV_CTL_EL0);
	isb();
}

/* ---- timers in memory ---- */

static void set_line(struct vcpu *v, u32 vintid, bool level)
{
	if (!vintid || !!(v->timer_lines & BIT(vintid)) == level)
		return;
	v->timer_lines ^= BIT(vintid);
	vgic_set_level(&v->vm->vgic, v->id, vintid, level);
}

/* Line and ISTATUS of a timer in memory at `now` (in its own count). */
static u64 update(struct vcpu *v, u64 ctl, u64 cval, u64 now, u32 vintid, u64 *left)
{
	ctl = alarm_evaluate(ctl, cval, now, left);
	set_line(v, vintid, (ctl & (CTL_ISTATUS | CTL_IMASK)) == CTL_ISTATUS);
	return ctl;
}

static void set_alarm(struct vcpu *v, u64 now, u64 left)
{
	u64 at;

	if (!alarm_at(now, left, &at)) {
		if (v->hw.cnthp_on)
			write_sysreg(0, CNTHP_CTL_EL2);
		v->hw.cnthp_on = false;
		return;
	}
	if (v->hw.cnthp_on && v->hw.cnthp_cval == at)
		return;
	v->hw.cnthp_cval = at;
	write_sysreg(at, CNTHP_CVAL_EL2);
	write_sysreg(CTL_ENABLE, CNTHP_CTL_EL2);
	v->hw.cnthp_on = true;
}

/*
 * The hardware's timers are levels: what L1 has not acknowledged when the line falls is not pending
 * any more. An L1 that writes the timer without a trap relies on that: Xen, when it leaves a vCPU
 * whose timer is about to fire, would give the next one that interrupt.
 */
static void retract_fallen(struct vcpu *v)
{
	struct vgic *vg = &v->vm->vgic;
	u64 ctl;

	for (unsigned t = 0; t < TIMERS; t++) {
		u32 vintid = v->timer_vintid[t];

		if (!vintid || !vgic_hw_pending(vg, v->id, vintid))
			continue;
		ctl = t == PHYS ? read_sysreg(CNTP_CTL_EL0) : read_sysreg(CNTV_CTL_EL0);
		if ((ctl & (CTL_ENABLE | CTL_ISTATUS | CTL_IMASK)) != (CTL_ENABLE | CTL_ISTATUS))
			vgic_clear_pending(vg, v->id, vintid);
	}
}

void timer_before_entry(struct vcpu *v)
{
	const struct machine_timer *m = &v->vm->machine->timer;
	struct vncr_page *p = v->vncr;
	bool hyp = v->context == IN_HYP;
	enum virt_owner owner = virt_owner(v);
	u64 left = ALARM_NEVER, now = 0, any;

	/*
	 * vEL2 has written it, and then what it means in CNTV_CVAL_EL0, which does not trap; or
	 * reads CNTVCT_EL0 at E2H = 0.
	 */
	if (owner != VIRT_VEL2)
		load_cntvoff(v, p->cntvoff_el2);
	any = hyp ? p->cntp_ctl_el0 : v->hp.ctl;
	if (owner != VIRT_VEL1)
		any |= p->cntv_ctl_el0;
	if (owner != VIRT_VEL2)
		any |= v->hv.ctl;
	if ((any & CTL_ENABLE) || v->timer_lines) {
		now = count();
		if (hyp)
			p->cntp_ctl_el0 =
				update(v, p->cntp_ctl_el0, p->cntp_cval_el0, now, m->phys, &left);
		else
			v->hp.ctl = update(v, v->hp.ctl, v->hp.cval, now, m->hyp_phys, &left);
		if (owner != VIRT_VEL1)
			p->cntv_ctl_el0 = update(v, p->cntv_ctl_el0, p->cntv_cval_el0,
						 now - p->cntvoff_el2, m->virt, &left);
		if (owner != VIRT_VEL2)
			v->hv.ctl = update(v, v->hv.ctl, v->hv.cval, now, m->hyp_virt, &left);
	}
	set_alarm(v, now, left);
	retract_fallen(v);
}

void timer_expired(struct vcpu *v)
{
	write_sysreg(0, CNTHP_CTL_EL2);
	v->hw.cnthp_on = false;
}

/* ---- registers ---- */

/* A timer by the name of one of its registers. */
struct timer_view {
	u64 *ctl, *cval; /* in memory: up to date while a register is accessed, see below */
	u64 offset;	 /* of its count */
};

static struct timer_view view(struct vcpu *v, enum sysreg_id reg)
{
	struct vncr_page *p = v->vncr;

	switch (reg) {
	case SR_CNTHP_CTL_EL2:
	case SR_CNTHP_CVAL_EL2:
	case SR_CNTHP_TVAL_EL2:
		return (struct timer_view){&v->hp.ctl, &v->hp.cval, 0};
	case SR_CNTHV_CTL_EL2:
	case SR_CNTHV_CVAL_EL2:
	case SR_CNTHV_TVAL_EL2:
		return (struct timer_view){&v->hv.ctl, &v->hv.cval, 0};
	case SR_CNTP_CTL_EL0:
	case SR_CNTP_CVAL_EL0:
	case SR_CNTP_TVAL_EL0:
	case SR_CNTP_CTL_EL02:
	case SR_CNTP_CVAL_EL02:
	case SR_CNTP_TVAL_EL02:
		return (struct timer_view){&p->cntp_ctl_el0, &p->cntp_cval_el0, 0};
	default:
		return (struct timer_view){&p->cntv_ctl_el0, &p->cntv_cval_el0, p->cntvoff_el2};
	}
}

enum timer_field { FIELD_CTL, FIELD_CVAL, FIELD_TVAL };

static enum timer_field field_of(enum sysreg_id reg)
{
	switch (reg) {
	case SR_CNTHP_CTL_EL2:
	case SR_CNTHV_CTL_EL2:
	case SR_CNTP_CTL_EL0:
	case SR_CNTV_CTL_EL0:
	case SR_CNTP_CTL_EL02:
	case SR_CNTV_CTL_EL02:
		return FIELD_CTL;
	case SR_CNTHP_CVAL_EL2:
	case SR_CNTHV_CVAL_EL2:
	case SR_CNTP_CVAL_EL0:
	case SR_CNTV_CVAL_EL0:
	case SR_CNTP_CVAL_EL02:
	case SR_CNTV_CVAL_EL02:
		return FIELD_CVAL;
	default:
		return FIELD_TVAL;
	}
}

u64 timer_read(struct vcpu *v, enum sysreg_id reg)
{
	struct timer_view t = view(v, reg);
	u64 now = count() - t.offset;

	timer_save(v);
	switch (field_of(reg)) {
	case FIELD_CVAL:
		return *t.cval;
	case FIELD_TVAL:
		return (*t.cval - now) & GENMASK(31, 0);
	default:
		return (*t.ctl & (CTL_ENABLE | CTL_IMASK)) |
		       ((*t.ctl & CTL_ENABLE) && now >= *t.cval ? CTL_ISTATUS : 0);
	}
}

void timer_write(struct vcpu *v, enum sysreg_id reg, u64 val)
{
	struct timer_view t = view(v, reg);

	timer_save(v);
	switch (field_of(reg)) {
	case FIELD_CTL:
		*t.ctl = val & (CTL_ENABLE | CTL_IMASK);
		break;
	case FIELD_CVAL:
		*t.cval = val;
		break;
	case FIELD_TVAL:
		*t.cval = count() - t.offset + (u64)(s64)(s32)val;
		break;
	}
	timer_restore(v);
}
