/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/vcpu.h"
#include "cpu/features.h"
#include "cpu/sysreg.h"
#include "nested/world.h"
#include "vm/exit.h"
#include "vm/trace.h"
#include "vm/vm.h"

/* RES1 bits of SCTLR_EL1 and SCTLR_EL2 (of the base architecture), MMU and caches off. */
#define SCTLR_EL1_RESET 0x30c50838
#define SCTLR_EL2_RESET 0x30c50830

#define CNTHCTL_RESET 3 /* EL1PCTEN, EL1PCEN: EL1 may use the physical counter and timer */

void vcpu_reset(struct vcpu *v, u64 pc, u64 x0)
{
	struct vncr_page *p = v->vncr;

	__builtin_memset(v->x, 0, sizeof(v->x));
	__builtin_memset(v->ctx, 0, sizeof(v->ctx));
	__builtin_memset(p, 0, sizeof(*p));
	v->x[0] = x0;
	v->pc = pc;
	v->pstate = PSTATE_DAIF | MODE_EL1h;
	v->context = IN_HYP;
	v->e2h = false;
	v->cntkctl_el1 = 0;
	v->sp_el2 = 0;
	v->hp = v->hv = (struct vcpu_timer){0};
	v->nest.nr = 0;
	v->mi_check = false;
	v->disr = 0;
	v->serror = 0;
	v->points.translated = false;

	p->vpidr_el2 = read_sysreg(MIDR_EL1);
	p->vmpidr_el2 = v->mpidr;
	p->sctlr_el1 = SCTLR_EL1_RESET;
	v->ctx[CTX_SCTLR_EL2] = SCTLR_EL2_RESET;
	v->ctx[CTX_CNTHCTL_EL2] = CNTHCTL_RESET;
	v->ctx[CTX_MDCR_EL2] = cpu_features.pmu_impl.counters;
}

void vcpu_start(struct vcpu *v)
{
	__atomic_store_n(&v->power, VCPU_ON, __ATOMIC_SEQ_CST);
	trace_follow(v);
	world_load(v);
	exit_prepare_entry(v);
	vcpu_enter(v);
}
