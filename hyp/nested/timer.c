/* SPDX-License-Identifier: Apache-2.0 */
#include "nested/timer.h"
#include "cpu/sysreg.h"
#include "irq/gic.h"
#include "vm/vm.h"

#define CTL_ENABLE  BIT(0)
#define CTL_IMASK   BIT(1)
#define CTL_ISTATUS BIT(2)

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

static u32 vintid_of(const struct vcpu *v, enum vcpu_context context, unsigned t)
{
	const struct machine_timer *m = &v->vm->machine->timer;

	if (context == IN_HYP)
		return t == PHYS ? m->hyp_phys : m->hyp_virt;
	return t == PHYS ? m->phys : m->virt;
}

u32 timer_vintid(const struct vcpu *v, u32 intid)
{
	for (unsigned t = 0; t < TIMERS; t++) {
		if (intid == pintid_of(v, t))
			return vintid_of(v, v->context, t);
	}
	return intid;
}

/* ---- hardware and memory ---- */

static void save_hw(struct vcpu_timer *p, struct vcpu_timer *virt)
{
	p->ctl = read_sysreg(CNTP_CTL_EL0);
	p->cval = read_sysreg(CNTP_CVAL_EL0);
	if (virt) {
		virt->ctl = read_sysreg(CNTV_CTL_EL0);
		virt->cval = read_sysreg(CNTV_CVAL_EL0);
	}
}

void timer_save(struct vcpu *v)
{
	struct vncr_page *page = v->vncr;
	struct vcpu_timer p, virt;

	if (v->context == IN_HYP) {
		save_hw(&v->hp, v->e2h ? &v->hv : NULL);
	} else {
		save_hw(&p, &virt);
		page->cntp_ctl_el0 = p.ctl;
		page->cntp_cval_el0 = p.cval;
		page->cntv_ctl_el0 = virt.ctl;
		page->cntv_cval_el0 = virt.cval;
	}
}

static void restore_hw(struct vcpu *v, u64 cntvoff, struct vcpu_timer p, struct vcpu_timer virt)
{
	if (v->hw.cntvoff != cntvoff) {
		v->hw.cntvoff = cntvoff;
		write_sysreg(cntvoff, CNTVOFF_EL2);
	}
	write_sysreg(p.cval, CNTP_CVAL_EL0);
	write_sysreg(p.ctl, CNTP_CTL_EL0);
	write_sysreg(virt.cval, CNTV_CVAL_EL0);
	write_sysreg(virt.ctl, CNTV_CTL_EL0);
}

/*
 * The PPI of timer `t` goes from the interrupt of one context to that of another. It must be
 * active exactly when the new one is: then it cannot fire again before the guest is done with it.
 */
static void hand_over(struct vcpu *v, unsigned t, enum vcpu_context from)
{
	struct vgic *vg = &v->vm->vgic;
	u32 old = vintid_of(v, from, t), new = vintid_of(v, v->context, t);
	u32 pintid = pintid_of(v, t), linked;
	bool was, is;

	was = old && vgic_unlink(vg, v->id, old, &linked);
	if (new)
		vgic_set_level(vg, v->id, new, false);
	is = new && vgic_link(vg, v->id, new, pintid);
	if (was != is)
		gic_set_active(v->id, pintid, is);
	v->timer_lines &= ~BIT(new);
}

void timer_restore(struct vcpu *v, enum vcpu_context from)
{
	const struct vncr_page *p = v->vncr;

	if (v->context == IN_HYP) {
		static const struct vcpu_timer off;

		restore_hw(v, v->e2h ? 0 : p->cntvoff_el2, v->hp, v->e2h ? v->hv : off);
	} else {
		restore_hw(v, p->cntvoff_el2,
			   (struct vcpu_timer){p->cntp_ctl_el0, p->cntp_cval_el0},
			   (struct vcpu_timer){p->cntv_ctl_el0, p->cntv_cval_el0});
	}
	if (from == v->context || vgic_idle(&v->vm->vgic, v->id))
		return;
	for (unsigned t = 0; t < TIMERS; t++)
		hand_over(v, t, from);
}

void timer_load(struct vcpu *v)
{
	v->hw.cntvoff = ~UINT64_C(0);
	v->hw.cnthp_on = true;
	v->timer_lines = 0;
	for (unsigned t = 0; t < TIMERS; t++) {
		gic_set_active(v->id, pintid_of(v, t), false);
		gic_set_enable(v->id, pintid_of(v, t), true);
	}
	gic_set_enable(v->id, v->vm->machine->timer.hyp_phys, true);
	timer_restore(v, v->context);
}

/* ---- timers in memory ---- */

static void set_line(struct vcpu *v, u32 vintid, bool level)
{
	if (!vintid || !!(v->timer_lines & BIT(vintid)) == level)
		return;
	v->timer_lines ^= BIT(vintid);
	vgic_set_level(&v->vm->vgic, v->id, vintid, level);
}

/*
 * Line and ISTATUS of a timer in memory at `now` (in its own count); lowers *left to the ticks
 * until it fires.
 */
static u64 update(struct vcpu *v, u64 ctl, u64 cval, u64 now, u32 vintid, u64 *left)
{
	bool met = now >= cval;

	ctl &= CTL_ENABLE | CTL_IMASK;
	if (ctl & CTL_ENABLE) {
		if (met)
			ctl |= CTL_ISTATUS;
		else if (!(ctl & CTL_IMASK) && cval - now < *left)
			*left = cval - now;
	}
	set_line(v, vintid, (ctl & (CTL_ISTATUS | CTL_IMASK)) == CTL_ISTATUS);
	return ctl;
}

static void set_alarm(struct vcpu *v, u64 now, u64 left)
{
	if (left == ~UINT64_C(0)) {
		if (v->hw.cnthp_on)
			write_sysreg(0, CNTHP_CTL_EL2);
		v->hw.cnthp_on = false;
		return;
	}
	if (v->hw.cnthp_on && v->hw.cnthp_cval == now + left)
		return;
	v->hw.cnthp_cval = now + left;
	write_sysreg(now + left, CNTHP_CVAL_EL2);
	write_sysreg(CTL_ENABLE, CNTHP_CTL_EL2);
	v->hw.cnthp_on = true;
}

void timer_before_entry(struct vcpu *v)
{
	const struct machine_timer *m = &v->vm->machine->timer;
	struct vncr_page *p = v->vncr;
	u64 left = ~UINT64_C(0), now = 0, any;

	if (v->context == IN_HYP)
		any = p->cntp_ctl_el0 | p->cntv_ctl_el0 | (v->e2h ? 0 : v->hv.ctl);
	else
		any = v->hp.ctl | v->hv.ctl;

	if ((any & CTL_ENABLE) || v->timer_lines) {
		now = count();
		if (v->context == IN_HYP) {
			p->cntp_ctl_el0 = update(v, p->cntp_ctl_el0, p->cntp_cval_el0, now, m->phys,
						 &left);
			p->cntv_ctl_el0 = update(v, p->cntv_ctl_el0, p->cntv_cval_el0,
						 now - p->cntvoff_el2, m->virt, &left);
		} else {
			v->hp.ctl = update(v, v->hp.ctl, v->hp.cval, now, m->hyp_phys, &left);
		}
		if (v->context == IN_GUEST || !v->e2h)
			v->hv.ctl = update(v, v->hv.ctl, v->hv.cval, now, m->hyp_virt, &left);
	}
	set_alarm(v, now, left);
}

void timer_expired(struct vcpu *v)
{
	write_sysreg(0, CNTHP_CTL_EL2);
	v->hw.cnthp_on = false;
}

/* ---- registers ---- */

struct timer_view {
	bool live_phys, live_virt; /* in hardware now */
	u64 *ctl, *cval;	   /* else here */
	u64 offset;
};

static struct timer_view view(struct vcpu *v, enum sysreg_id reg)
{
	struct vncr_page *p = v->vncr;
	struct timer_view t = {0};

	switch (reg) {
	case SR_CNTHP_CTL_EL2:
	case SR_CNTHP_CVAL_EL2:
	case SR_CNTHP_TVAL_EL2:
		t.live_phys = true;
		t.ctl = &v->hp.ctl;
		t.cval = &v->hp.cval;
		break;
	case SR_CNTHV_CTL_EL2:
	case SR_CNTHV_CVAL_EL2:
	case SR_CNTHV_TVAL_EL2:
		t.live_virt = v->e2h;
		t.ctl = &v->hv.ctl;
		t.cval = &v->hv.cval;
		break;
	case SR_CNTP_CTL_EL0:
	case SR_CNTP_CVAL_EL0:
	case SR_CNTP_TVAL_EL0:
	case SR_CNTP_CTL_EL02:
	case SR_CNTP_CVAL_EL02:
	case SR_CNTP_TVAL_EL02:
		t.ctl = &p->cntp_ctl_el0;
		t.cval = &p->cntp_cval_el0;
		break;
	default:
		t.ctl = &p->cntv_ctl_el0;
		t.cval = &p->cntv_cval_el0;
		t.offset = p->cntvoff_el2;
		break;
	}
	return t;
}

static bool is_ctl(enum sysreg_id r)
{
	return r == SR_CNTHP_CTL_EL2 || r == SR_CNTHV_CTL_EL2 || r == SR_CNTP_CTL_EL0 ||
	       r == SR_CNTV_CTL_EL0 || r == SR_CNTP_CTL_EL02 || r == SR_CNTV_CTL_EL02;
}

static bool is_cval(enum sysreg_id r)
{
	return r == SR_CNTHP_CVAL_EL2 || r == SR_CNTHV_CVAL_EL2 || r == SR_CNTP_CVAL_EL0 ||
	       r == SR_CNTV_CVAL_EL0 || r == SR_CNTP_CVAL_EL02 || r == SR_CNTV_CVAL_EL02;
}

/* The hardware's values to memory for the length of one access (only vEL2 makes them: IN_HYP). */
static void fetch(struct vcpu *v)
{
	save_hw(&v->hp, v->e2h ? &v->hv : NULL);
}

static void put(struct vcpu *v, const struct timer_view *t)
{
	if (t->live_phys) {
		write_sysreg(v->hp.cval, CNTP_CVAL_EL0);
		write_sysreg(v->hp.ctl, CNTP_CTL_EL0);
	} else if (t->live_virt) {
		write_sysreg(v->hv.cval, CNTV_CVAL_EL0);
		write_sysreg(v->hv.ctl, CNTV_CTL_EL0);
	}
}

u64 timer_read(struct vcpu *v, enum sysreg_id reg)
{
	struct timer_view t = view(v, reg);
	u64 now = count() - t.offset;

	fetch(v);
	if (is_cval(reg))
		return *t.cval;
	if (!is_ctl(reg))
		return (u64)(s64)(s32)(*t.cval - now) & GENMASK(31, 0);
	return (*t.ctl & (CTL_ENABLE | CTL_IMASK)) |
	       ((*t.ctl & CTL_ENABLE) && now >= *t.cval ? CTL_ISTATUS : 0);
}

void timer_write(struct vcpu *v, enum sysreg_id reg, u64 val)
{
	struct timer_view t = view(v, reg);

	fetch(v);
	if (is_ctl(reg))
		*t.ctl = val & (CTL_ENABLE | CTL_IMASK);
	else if (is_cval(reg))
		*t.cval = val;
	else
		*t.cval = count() - t.offset + (u64)(s64)(s32)val;
	put(v, &t);
}
