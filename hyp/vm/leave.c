/* SPDX-License-Identifier: Apache-2.0 */
#include "cpu/spinlock.h"
#include "vm/vm.h"

/* The vCPU that the LPIs of one that leaves go to, or NULL. */
static struct vcpu *heir(struct vcpu *v)
{
	for (unsigned i = 0; i < v->vm->ncpus; i++) {
		struct vcpu *to = v->vm->vcpu[i];

		if (to != v && __atomic_load_n(&to->power, __ATOMIC_ACQUIRE) == VCPU_ON)
			return to;
	}
	return NULL;
}

void vcpu_leave(struct vcpu *v)
{
	struct vcpu *to;

	spin_lock(&v->vm->leaving);
	__atomic_store_n(&v->power, VCPU_LEAVING, __ATOMIC_RELEASE);
	to = heir(v);
	if (to)
		vgic_lpi_move_all(&v->vm->vgic, v->id, to->id);
	vgic_route_again(&v->vm->vgic);
	spin_unlock(&v->vm->leaving);
}
