/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System registers and instructions that trap at vEL2 (or vEL0 of the host regime).
 */
#include "cpu/esr.h"
#include "cpu/features.h"
#include "cpu/hcr.h"
#include "cpu/idcache.h"
#include "cpu/sysreg.h"
#include "gen/sysreg_id.h"
#include "irq/vgic.h"
#include "nested/debug.h"
#include "nested/gic.h"
#include "nested/pmu.h"
#include "nested/regime.h"
#include "nested/timer.h"
#include "nested/world.h"
#include "vm/exit.h"
#include "vm/vm.h"

/* op1 = 5: the _EL12 and _EL02 names, which exist only with E2H = 1. */
#define KEY_OP1(key) FIELD(key, 16, 14)
#define OP1_EL12     5

static u64 *slot_of(struct vcpu *v, const struct sysreg_desc *d)
{
	return (u64 *)((char *)v->vncr + d->slot);
}

static enum exit_action read_done(struct vcpu *v, unsigned rt, u64 val)
{
	vcpu_set_reg(v, rt, val);
	return EXIT_ADVANCE;
}

/* ICC_SRE_EL2: the system register interface is the only one, and always enabled. */
#define ICC_SRE_ALL 0xf

static enum exit_action vel2_read(struct vcpu *v, const struct sysreg_desc *d, unsigned rt)
{
	switch (d->handler) {
	case H_TIMER:
		return read_done(v, rt, timer_read(v, d->id));
	case H_CNTKCTL12:
		return read_done(v, rt, v->cntkctl_el1);
	case H_ICC_SRE:
		return read_done(v, rt, ICC_SRE_ALL);
	case H_PMU:
		return pmu_read(v, d, rt);
	case H_ICH_STATUS:
		return read_done(v, rt, nested_gic_status(v, d->id));
	case H_CONST:
		return read_done(v, rt, d->reset);
	case H_DEBUG:
		return debug_access(v, d, true, rt);
	}
	switch (d->where) {
	case WHERE_ID:
		return read_done(v, rt, idreg_read(d->id));
	case WHERE_CTX:
		return read_done(v, rt, world_read_ctx(v, d->ctx));
	case WHERE_SLOT:
		return read_done(v, rt, *slot_of(v, d));
	}
	return EXIT_UNDEF;
}

static enum exit_action vel2_write(struct vcpu *v, const struct sysreg_desc *d, unsigned rt,
				   u32 key)
{
	u64 val = vcpu_reg(v, rt);

	switch (d->handler) {
	case H_TIMER:
		timer_write(v, d->id, val);
		return EXIT_ADVANCE;
	case H_CNTKCTL12:
		v->cntkctl_el1 = val;
		return EXIT_ADVANCE;
	case H_ICC_SRE:
	case H_CONST:
		return EXIT_ADVANCE;
	case H_SGI:
		vgic_sgi(&v->vm->vgic, v->id,
			 d->id == SR_ICC_SGI1R_EL1   ? VGIC_SGI1R
			 : d->id == SR_ICC_SGI0R_EL1 ? VGIC_SGI0R
						     : VGIC_ASGI1R,
			 val);
		return EXIT_ADVANCE;
	case H_ICC_DIR:
		nested_gic_sync(v);
		vgic_dir(&v->vm->vgic, v->id, (u32)val);
		return EXIT_ADVANCE;
	case H_HCR: /* mode nv: what comes next need not trap */
		*slot_of(v, d) = val;
		world_follow_e2h(v);
		return EXIT_ADVANCE;
	case H_MDCR:
		pmu_write_mdcr(v, val & ~d->res0);
		return EXIT_ADVANCE;
	case H_PMU:
		return pmu_write(v, d, val);
	case H_TLBI:
		return regime_tlbi(v, key, val);
	case H_AT:
		return regime_at(v, key, GVA(val));
	case H_DEBUG:
		return debug_access(v, d, false, rt);
	}
	switch (d->where) {
	case WHERE_CTX:
		world_write_ctx(v, d->ctx, (val & ~d->res0) | d->res1);
		return EXIT_ADVANCE;
	case WHERE_SLOT:
		*slot_of(v, d) = val;
		return EXIT_ADVANCE;
	}
	return EXIT_UNDEF;
}

/* L1's CPTR_EL2 traps accesses to ZCR_ELx at EL2 too. Its control of FP is not asked. */
static bool sve_traps(struct vcpu *v)
{
	u64 cptr = world_read_ctx(v, CTX_CPTR_EL2);

	return v->e2h ? !(cptr & CPACR_ZEN_EL1) : cptr & CPTR_TZ;
}

enum exit_action vel2_sysreg(struct vcpu *v, u64 iss)
{
	u32 key = SYSREG_ISS_KEY(iss);
	unsigned rt = SYSREG_ISS_RT(iss);
	const struct sysreg_desc *d = sysreg_find(key);

	/* IMPLEMENTATION DEFINED ones are RAZ/WI, but for vEL2's EL0. */
	if (d ? d->handler == H_IMPDEF : sysreg_is_impdef(key)) {
		if (pstate_is_el0(v->pstate))
			return EXIT_UNDEF;
		return SYSREG_ISS_READ(iss) ? read_done(v, rt, 0) : EXIT_ADVANCE;
	}
	if (!d)
		return EXIT_UNDEF;
	if (KEY_OP1(key) == OP1_EL12 && !v->e2h)
		return EXIT_UNDEF;
	if (!feature_offered(d->feature))
		return EXIT_UNDEF;
	if (!(d->access & (SYSREG_ISS_READ(iss) ? SYSREG_R : SYSREG_W)))
		return EXIT_UNDEF;
	if (d->handler == H_PMU && pmu_host_el0_traps(v, d))
		return EXIT_FORWARD;
	if ((d->id == SR_ZCR_EL2 || d->id == SR_ZCR_EL12) && sve_traps(v)) {
		world_take_own(v, (u64)EC_SVE << 26 | ESR_IL, 0);
		return EXIT_RESUME;
	}
	if (SYSREG_ISS_READ(iss))
		return vel2_read(v, d, rt);
	return vel2_write(v, d, rt, key);
}
