/* SPDX-License-Identifier: Apache-2.0 */
#include <neve/hypercall.h>
#include "vm/exit.h"
#include "vm/vm.h"

/* All live counters to the latched ones. Other vCPUs go on counting: each counter moves at once. */
static void latch(struct vm *vm)
{
	spin_lock(&vm->counters_lock);
	for (unsigned i = 0; i < vm->ncpus; i++) {
		u64 *live = &vm->vcpu[i]->counters.count[0][0];
		u64 *latched = &vm->vcpu[i]->latched.count[0][0];

		for (unsigned n = 0; n < LEVEL_COUNT * CAUSE_COUNT; n++)
			latched[n] =
				live[n] ? __atomic_exchange_n(&live[n], 0, __ATOMIC_RELAXED) : 0;
	}
	spin_unlock(&vm->counters_lock);
}

static bool next(struct vcpu *v, u64 cursor)
{
	struct vm *vm = v->vm;

	spin_lock(&vm->counters_lock);
	for (; cursor < LEVEL_COUNT * CAUSE_COUNT; cursor++) {
		u64 sum = 0;

		for (unsigned i = 0; i < vm->ncpus; i++)
			sum += (&vm->vcpu[i]->latched.count[0][0])[cursor];
		if (!sum)
			continue;
		v->x[0] = cursor + 1;
		v->x[1] = cursor % CAUSE_COUNT;
		v->x[2] = cursor / CAUSE_COUNT + 1;
		v->x[3] = sum;
		v->x[4] = 0;
		break;
	}
	spin_unlock(&vm->counters_lock);
	return cursor < LEVEL_COUNT * CAUSE_COUNT;
}

bool hypercall(struct vcpu *v, u32 fn)
{
	char name[32];

	switch (fn) {
	case NEVE_VERSION:
		v->x[0] = NEVE_MAGIC;
		v->x[1] = NEVE_ABI;
		v->x[2] = v->vm->ncpus;
		v->x[3] = CAUSE_COUNT;
		return true;
	case NEVE_COUNTERS_LATCH:
		latch(v->vm);
		v->x[0] = 0;
		return true;
	case NEVE_COUNTERS_NEXT:
		if (!next(v, v->x[1]))
			v->x[0] = NEVE_INVALID;
		return true;
	case NEVE_CAUSE_NAME:
		if (v->x[1] >= CAUSE_COUNT) {
			v->x[0] = NEVE_INVALID;
			return true;
		}
		trap_cause_name((unsigned)v->x[1], name);
		__builtin_memcpy(&v->x[1], name, sizeof(name));
		v->x[0] = 0;
		return true;
	}
	return false;
}
