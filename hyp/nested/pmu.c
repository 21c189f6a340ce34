/* SPDX-License-Identifier: Apache-2.0 */
#include "nested/pmu.h"
#include "cpu/features.h"
#include "cpu/hcr.h"
#include "nested/world.h"

/* PMUSERENR_EL0 */
#define PMUSERENR_EN BIT(0)
#define PMUSERENR_SW BIT(1)
#define PMUSERENR_CR BIT(2)
#define PMUSERENR_ER BIT(3)

#define impl (&cpu_features.pmu_impl)

/* ---- the hardware's registers by number ---- */

/* clang-format off */
#define FOR_EACH_COUNTER(X)                                                                        \
	X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)      \
	X(16) X(17) X(18) X(19) X(20) X(21) X(22) X(23) X(24) X(25) X(26) X(27) X(28) X(29) X(30)
/* clang-format on */

static u64 hw_read_type(unsigned n)
{
	switch (n) {
#define X(i)                                                                                       \
	case i:                                                                                    \
		return read_sysreg(PMEVTYPER##i##_EL0);
		FOR_EACH_COUNTER(X)
#undef X
	}
	return read_sysreg(PMCCFILTR_EL0);
}

static void hw_write_type(unsigned n, u64 val)
{
	switch (n) {
#define X(i)                                                                                       \
	case i:                                                                                    \
		write_sysreg(val, PMEVTYPER##i##_EL0);                                             \
		return;
		FOR_EACH_COUNTER(X)
#undef X
	}
	write_sysreg(val, PMCCFILTR_EL0);
}

static u64 hw_read_counter(unsigned n)
{
	switch (n) {
#define X(i)                                                                                       \
	case i:                                                                                    \
		return read_sysreg(PMEVCNTR##i##_EL0);
		FOR_EACH_COUNTER(X)
#undef X
	}
	return 0;
}

static void hw_write_counter(unsigned n, u64 val)
{
	switch (n) {
#define X(i)                                                                                       \
	case i:                                                                                    \
		write_sysreg(val, PMEVCNTR##i##_EL0);                                              \
		return;
		FOR_EACH_COUNTER(X)
#undef X
	}
}

#define for_each_counter(n, mask)                                                                  \
	for (u32 left_ = (mask); left_; left_ &= left_ - 1)                                        \
		for (unsigned n = (unsigned)__builtin_ctz(left_), once_ = 1; once_; once_ = 0)

/* ---- filters ---- */

/* Gives the hardware what these counters are to count in the current context. */
static void load_types(struct vcpu *v, u32 mask)
{
	u32 stopped = pmu_prohibited(impl, v->ctx[CTX_MDCR_EL2], read_sysreg(PMCR_EL0));

	for_each_counter(n, mask) hw_write_type(
		n, pmu_hw_type(impl, v->pmu.type[n], v->context == IN_HYP, stopped & BIT(n)));
}

/*
 * What has to be seen to at a change of context. The counters are loaded for the current one. With
 * HPMD the cycle counter depends on PMCR_EL0.DP as well, which vEL1 can write.
 */
static void update(struct vcpu *v)
{
	struct vcpu_pmu *p = &v->pmu;
	u64 mdcr = v->ctx[CTX_MDCR_EL2];
	u32 stopped = pmu_prohibited(impl, mdcr, PMCR_DP);

	p->swap = impl->hpmd && (mdcr & MDCR_HPMD) ? p->enabled & (u32)BIT(PMU_CYCLES) : 0;
	for_each_counter(n, p->enabled)
	{
		u64 type = p->type[n];

		if (pmu_hw_type(impl, type, true, stopped & BIT(n)) !=
		    pmu_hw_type(impl, type, false, false))
			p->swap |= (u32)BIT(n);
	}
	p->loaded = v->context;
}

/* MDCR_EL2 as neve wants it. In guest context L1's is merged into it. */
static void set_mdcr(struct vcpu *v)
{
	u64 l1 = v->ctx[CTX_MDCR_EL2], own = MDCR_TPMS | MDCR_TTRF | impl->counters;

	if (impl->hpmd)
		own |= MDCR_HPMD;
	if (impl->hccd)
		own |= MDCR_HCCD;
	if (cpu_features.pmu && !cpu_features.fgt)
		own |= v->pmu.held ? MDCR_TPM : MDCR_TPMCR;
	v->pmu.mdcr[IN_GUEST] = v->pmu.mdcr[IN_HYP] = own;
	if (cpu_features.pmu && pmu_needs_traps(impl, l1)) {
		/* The real EL2 sees all counters; accesses of vEL2 are made from there. */
		own = (own & ~MDCR_HPMN) | pmu_hpmn(impl, l1) | (l1 & (MDCR_HPME | MDCR_HLP));
		v->pmu.mdcr[IN_HYP] = own | MDCR_TPM;
	}
}

/* Without FEAT_FGT: takes the type registers over, or gives them back. */
static void hold(struct vcpu *v)
{
	struct vcpu_pmu *p = &v->pmu;

	for_each_counter(n, pmu_counters_el2(impl)) p->type[n] = hw_read_type(n);
	p->enabled = (u32)read_sysreg(PMCNTENSET_EL0);
	p->held = true;
	load_types(v, p->enabled);
	update(v);
}

static void release(struct vcpu *v)
{
	struct vcpu_pmu *p = &v->pmu;

	for_each_counter(n, pmu_counters_el2(impl)) hw_write_type(n, p->type[n]);
	p->held = false;
	p->swap = 0;
}

/* At a change of MDCR_EL2, and of PMCR_EL0 to `pmcr`. */
static void follow_controls(struct vcpu *v, u64 pmcr)
{
	bool counts = (pmcr & PMCR_E) || pmu_needs_traps(impl, v->ctx[CTX_MDCR_EL2]);

	if (!cpu_features.fgt && counts != v->pmu.held) {
		if (counts)
			hold(v);
		else
			release(v);
	}
	set_mdcr(v);
	world_sync_mdcr(v);
}

void pmu_load(struct vcpu *v)
{
	struct vcpu_pmu *p = &v->pmu;

	*p = (struct vcpu_pmu){.loaded = v->context};
	if (cpu_features.pmu) {
		write_sysreg(read_sysreg(PMCR_EL0) & ~PMCR_E, PMCR_EL0);
		write_sysreg(GENMASK(31, 0), PMCNTENCLR_EL0);
		write_sysreg(GENMASK(31, 0), PMINTENCLR_EL1);
		write_sysreg(GENMASK(31, 0), PMOVSCLR_EL0);
		for_each_counter(n, pmu_counters_el2(impl)) hw_write_type(n, 0);
		p->held = cpu_features.fgt;
	}
	set_mdcr(v);
}

void pmu_load_context(struct vcpu *v)
{
	if (v->pmu.loaded != v->context) {
		load_types(v, v->pmu.swap);
		v->pmu.loaded = v->context;
	}
}

/* ---- accesses that trap ---- */

static void write_type(struct vcpu *v, unsigned n, u64 val)
{
	u64 type;

	/* Which bits there are, the hardware knows; it would count neve's instructions with NSH. */
	hw_write_type(n, val & ~PMTYPE_NSH);
	type = hw_read_type(n) | (val & PMTYPE_NSH);
	v->pmu.type[n] = type;
	load_types(v, (u32)BIT(n));
	update(v);
}

static void write_enable(struct vcpu *v, u32 set, u32 clear)
{
	struct vcpu_pmu *p = &v->pmu;

	set &= pmu_counters_el2(impl);
	load_types(v, set & ~p->enabled);
	p->enabled = (p->enabled | set) & ~clear;
	update(v);
	write_sysreg(set, PMCNTENSET_EL0);
	write_sysreg(clear, PMCNTENCLR_EL0);
}

/* PMCR_EL0.P below EL2 resets EL1's counters only. */
static void write_pmcr(struct vcpu *v, u64 val, bool el2)
{
	if (!el2 && (val & PMCR_P)) {
		for_each_counter(n, pmu_counters_el1(impl, v->ctx[CTX_MDCR_EL2]) &
					    ~(u32)BIT(PMU_CYCLES)) hw_write_counter(n, 0);
		val &= ~PMCR_P;
	}
	/* Nothing may count with L1's own type registers. */
	if (!cpu_features.fgt && (val & PMCR_E))
		follow_controls(v, val);
	write_sysreg(val, PMCR_EL0);
	if (!cpu_features.fgt && !(val & PMCR_E))
		follow_controls(v, val);
	if (v->pmu.held)
		load_types(v, v->pmu.enabled); /* DP */
}

static u64 read_pmcr(const struct vcpu *v, bool el2)
{
	u64 val = read_sysreg(PMCR_EL0);

	if (!el2)
		val = (val & ~PMCR_N) | (u64)pmu_hpmn(impl, v->ctx[CTX_MDCR_EL2]) << 11;
	return val;
}

/*
 * The real EL2 counts these software increments, and nothing else of its own, when `el` is to:
 * their counters count no other event.
 */
static void software_increment(struct vcpu *v, u32 mask, unsigned el)
{
	u32 stopped = pmu_prohibited(impl, v->ctx[CTX_MDCR_EL2], read_sysreg(PMCR_EL0)), count = 0;

	for_each_counter(n, mask & v->pmu.enabled & ~(u32)BIT(PMU_CYCLES))
	{
		u64 type = v->pmu.type[n];

		if (!(type & PMTYPE_EVENT) &&
		    (el == 0   ? pmu_counts_el0(impl, type)
		     : el == 1 ? pmu_counts_el1(impl, type)
			       : pmu_counts_el2(type) && !(stopped & BIT(n)))) {
			hw_write_type(n, type | PMTYPE_NSH);
			count |= (u32)BIT(n);
		}
	}
	write_sysreg(v->hw.mdcr & ~MDCR_HPMD, MDCR_EL2);
	isb();
	write_sysreg(count, PMSWINC_EL0);
	isb();
	write_sysreg(v->hw.mdcr, MDCR_EL2);
	load_types(v, count);
}

/* PMX{EVCNTR,EVTYPER}_EL0 mean what PMSELR_EL0 says. */
enum what { OTHER, COUNTER, TYPE };

/* Of PMEVCNTR<n>_EL0 and PMEVTYPER<n>_EL0: CRm is 10xx or 11xx. */
#define KEY_IS_TYPE BIT(3)

static enum what what_of(const struct sysreg_desc *d, unsigned *n)
{
	*n = d->index;
	if (d->count == COUNT_PMC)
		return d->key & KEY_IS_TYPE ? TYPE : COUNTER;
	*n = PMU_CYCLES;
	if (d->id == SR_PMCCFILTR_EL0)
		return TYPE;
	*n = read_sysreg(PMSELR_EL0) & PMU_CYCLES;
	if (d->id == SR_PMXEVCNTR_EL0)
		return COUNTER;
	return d->id == SR_PMXEVTYPER_EL0 ? TYPE : OTHER;
}

/*
 * Of counters that are not there, at the EL or at all, registers of their own are undefined; by
 * PMSELR_EL0 those that are nowhere are RAZ/WI. (Both from the choices there are.)
 */
static bool is_there(enum what what, unsigned n, u32 own)
{
	return (own & BIT(n)) && !(what == COUNTER && n == PMU_CYCLES);
}

/*
 * Those above MDCR_EL2.HPMN: with FEAT_FGT a trap to EL2. (Routing has seen to that where a
 * register's own name says which counter.)
 */
static enum exit_action not_there(const struct vcpu *v, enum what what, unsigned n)
{
	bool below = v->context == IN_GUEST || pstate_is_el0(v->pstate);

	return below && cpu_features.fgt && is_there(what, n, pmu_counters_el2(impl)) ? EXIT_FORWARD
										      : EXIT_UNDEF;
}

static bool is_ignored(const struct sysreg_desc *d, enum what what, unsigned n)
{
	return (d->id == SR_PMXEVCNTR_EL0 || d->id == SR_PMXEVTYPER_EL0) &&
	       !is_there(what, n, pmu_counters_el2(impl));
}

static unsigned level(const struct vcpu *v)
{
	return pstate_is_el0(v->pstate) ? 0 : v->context == IN_HYP ? 2 : 1;
}

/* Registers with a bit a counter: those that the EL has. */
static u32 counters_at(const struct vcpu *v, unsigned el)
{
	return el == 2 ? pmu_counters_el2(impl) : pmu_counters_el1(impl, v->ctx[CTX_MDCR_EL2]);
}

/*
 * While not held, all registers but PMCR_EL0 are L1's own, in hardware. vEL2's accesses trap even
 * so when it has come back, without an exit, from an EL0 whose accesses it traps (nested/debug.c).
 */
static bool left_from_el0(struct vcpu *v, const struct sysreg_desc *d)
{
	if (v->pmu.held || d->id == SR_PMCR_EL0)
		return false;
	world_sync_mdcr(v);
	return true;
}

enum exit_action pmu_read(struct vcpu *v, const struct sysreg_desc *d, unsigned rt)
{
	unsigned n, el = level(v);
	u32 own = counters_at(v, el);
	enum what what = what_of(d, &n);
	u64 val = 0;

	if (left_from_el0(v, d))
		return EXIT_RESUME;
	switch (d->id) {
	case SR_PMCR_EL0:
		val = read_pmcr(v, el == 2);
		break;
	case SR_PMCNTENSET_EL0:
	case SR_PMCNTENCLR_EL0:
		val = v->pmu.enabled & own;
		break;
	case SR_PMINTENSET_EL1:
	case SR_PMINTENCLR_EL1:
		val = read_sysreg(PMINTENSET_EL1) & own;
		break;
	case SR_PMOVSSET_EL0:
	case SR_PMOVSCLR_EL0:
		val = read_sysreg(PMOVSSET_EL0) & own;
		break;
	case SR_PMSELR_EL0:
		val = read_sysreg(PMSELR_EL0);
		break;
	case SR_PMUSERENR_EL0:
		val = read_sysreg(PMUSERENR_EL0);
		break;
	case SR_PMCEID0_EL0:
		val = read_sysreg(PMCEID0_EL0);
		break;
	case SR_PMCEID1_EL0:
		val = read_sysreg(PMCEID1_EL0);
		break;
	case SR_PMMIR_EL1:
		val = read_sysreg(PMMIR_EL1);
		break;
	case SR_PMCCNTR_EL0:
		val = read_sysreg(PMCCNTR_EL0);
		break;
	default:
		if (what == OTHER)
			return EXIT_UNDEF;
		if (is_ignored(d, what, n))
			break;
		if (!is_there(what, n, own))
			return not_there(v, what, n);
		val = what == TYPE ? v->pmu.type[n] : hw_read_counter(n);
	}
	vcpu_set_reg(v, rt, val);
	return EXIT_ADVANCE;
}

enum exit_action pmu_write(struct vcpu *v, const struct sysreg_desc *d, u64 val)
{
	unsigned n, el = level(v);
	u32 own = counters_at(v, el);
	enum what what = what_of(d, &n);

	if (left_from_el0(v, d))
		return EXIT_RESUME;
	switch (d->id) {
	case SR_PMCR_EL0:
		write_pmcr(v, val, el == 2);
		break;
	case SR_PMCNTENSET_EL0:
		write_enable(v, (u32)val & own, 0);
		break;
	case SR_PMCNTENCLR_EL0:
		write_enable(v, 0, (u32)val & own);
		break;
	case SR_PMINTENSET_EL1:
		write_sysreg(val & own, PMINTENSET_EL1);
		break;
	case SR_PMINTENCLR_EL1:
		write_sysreg(val & own, PMINTENCLR_EL1);
		break;
	case SR_PMOVSSET_EL0:
		write_sysreg(val & own, PMOVSSET_EL0);
		break;
	case SR_PMOVSCLR_EL0:
		write_sysreg(val & own, PMOVSCLR_EL0);
		break;
	case SR_PMSWINC_EL0:
		software_increment(v, (u32)val & own, el);
		break;
	case SR_PMSELR_EL0:
		write_sysreg(val, PMSELR_EL0);
		break;
	case SR_PMUSERENR_EL0:
		write_sysreg(val, PMUSERENR_EL0);
		break;
	case SR_PMCCNTR_EL0:
		write_sysreg(val, PMCCNTR_EL0);
		break;
	default:
		if (what == OTHER)
			return EXIT_UNDEF;
		if (is_ignored(d, what, n))
			break;
		if (!is_there(what, n, own))
			return not_there(v, what, n);
		if (what == TYPE)
			write_type(v, n, val);
		else
			hw_write_counter(n, val);
	}
	return EXIT_ADVANCE;
}

void pmu_write_mdcr(struct vcpu *v, u64 val)
{
	u64 changed = v->ctx[CTX_MDCR_EL2] ^ val;

	v->ctx[CTX_MDCR_EL2] = val;
	if (!cpu_features.pmu ||
	    !(changed & (MDCR_HPMN | MDCR_HPME | MDCR_HPMD | MDCR_HCCD | MDCR_HLP)))
		return;
	follow_controls(v, read_sysreg(PMCR_EL0));
	if (v->pmu.held) {
		load_types(v, v->pmu.enabled);
		update(v);
	}
}

bool pmu_host_el0_traps(const struct vcpu *v, const struct sysreg_desc *d)
{
	u64 traps = d->id == SR_PMCR_EL0 ? MDCR_TPM | MDCR_TPMCR : MDCR_TPM;

	return pstate_is_el0(v->pstate) && (v->ctx[CTX_MDCR_EL2] & traps);
}

bool pmu_user_may(const struct sysreg_desc *d, bool read)
{
	u64 may = read_sysreg(PMUSERENR_EL0);

	if (d->id == SR_PMUSERENR_EL0)
		return read;
	if (may & PMUSERENR_EN)
		return true;
	if (d->id == SR_PMSWINC_EL0)
		return may & PMUSERENR_SW;
	if (d->id == SR_PMCCNTR_EL0)
		return read && (may & PMUSERENR_CR);
	if (d->id == SR_PMSELR_EL0)
		return may & PMUSERENR_ER;
	if (d->id == SR_PMXEVCNTR_EL0 || (d->count == COUNT_PMC && !(d->key & KEY_IS_TYPE)))
		return read && (may & PMUSERENR_ER);
	return false;
}
