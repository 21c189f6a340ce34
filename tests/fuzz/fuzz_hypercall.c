/* SPDX-License-Identifier: Apache-2.0 */
/*
 * neve's hypercalls with any function and any argument: they answer in x0-x4 and touch nothing
 * else, and no answer holds more than the counters and their names.
 */
#include <neve/hypercall.h>
#include "vm/exit.h"
#include "vm/trace.h"
#include "vm/vm.h"

#include "fuzz.h"

#define NCPUS 3

static struct vcpu vcpus[NCPUS];
static struct trace_block blocks[NCPUS];
static struct neve_trace_header header;

bool trace_switch(struct vcpu *v, enum neve_trace_mode mode)
{
	CHECK(v == &vcpus[v->id] && mode <= NEVE_TRACE_NONE && v->vm->plan->owns_machine);
	return mode & 1;
}

const struct neve_trace_header *trace_header_get(void)
{
	return &header;
}

/* ASCII, then zeroes: nothing of the stack. */
static void check_name(const u64 *x)
{
	const u8 *name = (const u8 *)x;
	bool end = false;

	for (u32 i = 0; i < 32; i++) {
		CHECK(name[i] < 0x7f && (!end || !name[i]));
		end |= !name[i];
	}
	CHECK(end);
}

static void check_result(const struct vcpu *v, const struct vcpu *old, u32 fn)
{
	u32 changed = fn == NEVE_COUNTERS_LATCH ? 1
		      : fn == NEVE_TRACE	? 3
		      : fn == NEVE_VERSION	? 4
						: 5;

	CHECK(!memcmp(&v->x[changed], &old->x[changed], sizeof(v->x[0]) * (31 - changed)));
	CHECK(v->pc == old->pc && v->pstate == old->pstate && v->context == old->context);
	if (fn == NEVE_COUNTERS_NEXT && v->x[0] != (u64)NEVE_INVALID) {
		CHECK(v->x[0] > old->x[1] && v->x[1] < CAUSE_COUNT);
		CHECK(v->x[2] >= 1 && v->x[2] <= LEVEL_COUNT && (v->x[3] || v->x[4]));
	}
	if (fn == NEVE_CAUSE_NAME && v->x[0] != (u64)NEVE_INVALID)
		check_name(&v->x[1]);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct vm vm;
	struct vm_plan plan = {.owns_machine = size % 2};
	struct input in = {data, size};

	memset(&vm, 0, sizeof(vm));
	vm.plan = &plan;
	vm.ncpus = NCPUS;
	for (u32 i = 0; i < NCPUS; i++) {
		memset(&vcpus[i], 0, sizeof(vcpus[i]));
		vcpus[i].vm = &vm;
		vcpus[i].id = i;
		vcpus[i].trace = i ? &blocks[i] : NULL;
		vm.vcpu[i] = &vcpus[i];
	}
	while (in.size) {
		u8 how = (u8)take(&in, 1);
		struct vcpu *v = &vcpus[how % NCPUS], old;
		u64 *count = &v->counters.count[how & 1][take(&in, 2) % CAUSE_COUNT];
		u32 fn = NEVE_SMC(how >> 4);
		bool known;

		*count += take(&in, 1);
		if (how & 4)
			fn = (u32)take(&in, 4);
		v->x[0] = fn;
		for (u32 i = 1; i < 5; i++)
			v->x[i] = how & 8 ? take(&in, 8) : take(&in, 2);
		old = *v;
		known = hypercall(v, fn);
		CHECK(known == (fn >= NEVE_SMC(0) && fn <= NEVE_TRACE));
		if (known)
			check_result(v, &old, fn);
		else
			CHECK(!memcmp(v->x, old.x, sizeof(v->x)));
	}
	return 0;
}
