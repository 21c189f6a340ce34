/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System registers and instructions that trap at vEL1 or vEL0 below vEL2: most belong to L1.
 */
#include "gen/sysreg_id.h"
#include "irq/vgic.h"
#include "nested/gic.h"
#include "cpu/features.h"
#include "cpu/hcr.h"
#include "cpu/idcache.h"
#include "cpu/sysreg.h"
#include "nested/pmu.h"
#include "nested/world.h"
#include "vm/exit.h"
#include "vm/vm.h"

/* Those that neve traps for itself, when L1 does not want them. */
static enum exit_action own_access(struct vcpu *v, const struct sysreg_desc *d, bool read,
				   unsigned rt)
{
	if (read && d->where == WHERE_ID) {
		vcpu_set_reg(v, rt, idreg_read(d->id));
		return EXIT_ADVANCE;
	}
	if (d->id == SR_ACTLR_EL1 || d->handler == H_CONST) {
		/* All of it is the CPU's own, which neve hides; error records that are not there.
		 */
		if (!(d->access & (read ? SYSREG_R : SYSREG_W)))
			return EXIT_UNDEF;
		if (read)
			vcpu_set_reg(v, rt, 0);
		return EXIT_ADVANCE;
	}
	if (d->handler == H_PMU && cpu_features.pmu)
		return read ? pmu_read(v, d, rt) : pmu_write(v, d, vcpu_reg(v, rt));
	if (!read && d->handler == H_SGI && !v->gic_is_l2) {
		vgic_sgi(&v->vm->vgic, v->id,
			 d->id == SR_ICC_SGI1R_EL1   ? VGIC_SGI1R
			 : d->id == SR_ICC_SGI0R_EL1 ? VGIC_SGI0R
						     : VGIC_ASGI1R,
			 vcpu_reg(v, rt));
		return EXIT_ADVANCE;
	}
	if (!read && d->handler == H_ICC_DIR && !v->gic_is_l2) {
		nested_gic_sync(v);
		vgic_dir(&v->vm->vgic, v->id, (u32)vcpu_reg(v, rt));
		return EXIT_ADVANCE;
	}
	return EXIT_UNDEF;
}

/* op0 = 3, CRn = 0: those of all ELs, and what is unallocated among them. */
static bool id_encoding(u32 key)
{
	return FIELD(key, 21, 20) == 3 && !FIELD(key, 13, 10);
}

/* neve traps what is IMPLEMENTATION DEFINED for itself. With TGE, EL0's traps to EL1 come here too.
 */
static bool impdef_is_l1s(const struct l1_controls *c, unsigned el)
{
	return (c->hcr & HCR_TIDCP) ||
	       (!el && (c->hcr & HCR_TGE) && (read_sysreg(SCTLR_EL1) & SCTLR_TIDCP));
}

enum exit_action guest_sysreg(struct vcpu *v, u64 iss)
{
	u32 key = SYSREG_ISS_KEY(iss);
	bool read = SYSREG_ISS_READ(iss);
	unsigned el = pstate_is_el0(v->pstate) ? 0 : 1;
	const struct sysreg_desc *d = sysreg_find(key);
	struct l1_controls c;

	world_l1_controls(v, &c);
	if (!d) {
		if (sysreg_is_impdef(key))
			return impdef_is_l1s(&c, el) ? EXIT_FORWARD : EXIT_UNDEF;
		/* EL0's exceptions for ID registers (FEAT_IDST) come to EL2 with TGE. */
		if (!el && read && id_encoding(key) && (c.hcr & HCR_TGE))
			return EXIT_FORWARD;
		return EXIT_UNDEF;
	}
	/* With TGE what EL1 forbids EL0 comes here, but this is trapped and not forbidden. */
	if (d->handler == H_PMU && !el && (c.hcr & HCR_TGE) && pmu_user_may(d, read))
		c.hcr &= ~HCR_TGE;
	switch (route_sysreg(&c, d, read, el, key)) {
	case ROUTE_L1:
		return EXIT_FORWARD;
	case ROUTE_UNDEF:
		return EXIT_UNDEF;
	case ROUTE_L0:
		break;
	}
	return own_access(v, d, read, SYSREG_ISS_RT(iss));
}
