/* SPDX-License-Identifier: Apache-2.0 */
#include <neve/hypercall.h>
#include "vm/exit.h"
#include "vm/trace.h"
#include "vm/vm.h"

/* What a counter, which only grows, has grown by. Its own CPU goes on counting meanwhile. */
static u64 advance(const u64 *live, u64 *base)
{
	u64 now = __atomic_load_n(live, __ATOMIC_RELAXED), grown = now - *base;

	*base = now;
	return grown;
}

static void latch_vcpu(struct vcpu *v)
{
	struct trace_block *t = v->trace;

	for (unsigned level = 0; level < LEVEL_COUNT; level++) {
		for (unsigned c = 0; c < CAUSE_COUNT; c++) {
			v->latched.count[level][c] =
				advance(&v->counters.count[level][c], &v->base.count[level][c]);
			if (t)
				t->sum_latched[level][c] =
					advance(&t->stat[level][c].sum, &t->sum_base[level][c]);
		}
	}
}

static void latch(struct vm *vm)
{
	spin_lock(&vm->counters_lock);
	for (unsigned i = 0; i < vm->ncpus; i++)
		latch_vcpu(vm->vcpu[i]);
	spin_unlock(&vm->counters_lock);
}

static bool next(struct vcpu *v, u64 cursor)
{
	struct vm *vm = v->vm;

	spin_lock(&vm->counters_lock);
	for (; cursor < LEVEL_COUNT * CAUSE_COUNT; cursor++) {
		u64 level = cursor / CAUSE_COUNT, cause = cursor % CAUSE_COUNT;
		u64 count = 0, ticks = 0;

		for (unsigned i = 0; i < vm->ncpus; i++) {
			const struct vcpu *c = vm->vcpu[i];

			count += c->latched.count[level][cause];
			ticks += c->trace ? c->trace->sum_latched[level][cause] : 0;
		}
		if (!count && !ticks)
			continue;
		v->x[0] = cursor + 1;
		v->x[1] = cause;
		v->x[2] = level + 1;
		v->x[3] = count;
		v->x[4] = ticks;
		break;
	}
	spin_unlock(&vm->counters_lock);
	return cursor < LEVEL_COUNT * CAUSE_COUNT;
}

static void trace_call(struct vcpu *v, u64 what)
{
	u64 mode = trace_header_get()->mode;
	bool query = what == NEVE_TRACE_QUERY;

	/* switching is about all CPUs */
	if (!query && (what > NEVE_TRACE_NONE || !v->vm->plan->owns_machine))
		v->x[0] = (u64)NEVE_INVALID;
	else if (!query && !trace_switch(v, (enum neve_trace_mode)what))
		v->x[0] = (u64)NEVE_NO_MEMORY;
	else
		v->x[0] = 0;
	v->x[1] = mode;
	v->x[2] = trace_header_get()->self;
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
	case NEVE_TRACE:
		trace_call(v, v->x[1]);
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
