/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ERET at vEL2: the only way out of the hyp context, and, back to itself or to the host's EL0, the
 * most frequent trap of a VHE L1. That case does no more than it must.
 */
#include "cpu/features.h"
#include "cpu/sysreg.h"
#include "nested/debug.h"
#include "nested/eret.h"
#include "nested/mode.h"
#include "nested/pauth.h"
#include "nested/world.h"
#include "vm/exit.h"

/* ISS of EC_ERET */
#define ISS_ERETA   BIT(1) /* ERETAA or ERETAB */
#define ISS_ERETA_B BIT(0) /* with key B */

enum exit_action vel2_eret(struct vcpu *v, u64 iss)
{
	u64 elr = read_sysreg(ELR_EL1), spsr = mode_spsr(v, read_sysreg(SPSR_EL1));
	struct eret_result r;

	if ((iss & ISS_ERETA) && !pauth_eret(v, iss & ISS_ERETA_B, &elr))
		return EXIT_RESUME;

	r = eret_decode(spsr, v->vncr->hcr_el2, v->pstate, cpu_features.a32_el0);
	v->pc = elr;
	v->pstate = r.pstate;
	if (r.target == ERET_GUEST) {
		world_enter_guest(v);
		debug_return_to_guest(v);
	} else {
		debug_return_to_hyp(v);
	}
	return EXIT_RESUME;
}
