/* SPDX-License-Identifier: Apache-2.0 */
#include "counters.h"

#include <string.h>

#include "lib/printf.h"
#include "neve/hypercall.h"
#include "neve/trace.h"
#include "psci.h"

#define BASELINE_ROUNDS 8
#define CURSOR_MAX	4096 /* bounds the enumeration, whatever neve answers */

static struct trapset baseline;
static u64 trace_before; /* neve's mode of tracing */

static void collect_raw(struct trapset *set)
{
	s64 cursor = 0;

	for (u32 i = 0; i < CURSOR_MAX; i++) {
		struct smccc_result r = smccc_smc(NEVE_COUNTERS_NEXT, (u64)cursor, 0, 0);
		struct trap_count t = {.cause = (u32)r.x[1],
				       .level = (u32)r.x[2],
				       .count = r.x[3],
				       .spent = r.x[4]};

		cursor = (s64)r.x[0];
		if (cursor < 0)
			return;
		trapset_add(set, &t);
	}
	set->overflow = true;
}

void counters_latch(void)
{
	smccc_smc(NEVE_COUNTERS_LATCH, 0, 0, 0);
}

void counters_collect(struct trapset *set)
{
	static struct trapset now;

	now.nr = 0;
	now.overflow = false;
	collect_raw(&now);
	trapset_subtract(&now, &baseline);
	trapset_add_all(set, &now);
}

/* Two latches in a row: what is in every such interval is the latch; an interrupt is not. */
static void measure_baseline(void)
{
	static struct trapset round;

	for (u32 i = 0; i < BASELINE_ROUNDS; i++) {
		round.nr = 0;
		counters_latch();
		counters_latch();
		collect_raw(&round);
		if (i == 0)
			baseline = round;
		else
			trapset_intersect(&baseline, &round);
	}
}

const char *counters_init(void)
{
	struct smccc_result r;

	if (!smccc_try_smc(NEVE_VERSION, 0, &r))
		return "absent: SMC is undefined here";
	if (r.x[0] != NEVE_MAGIC)
		return "absent: no neve answers (neve's boot option l2-counters=on?)";
	if (r.x[1] != NEVE_ABI)
		return "absent: neve has another version of this interface";
	measure_baseline();
	return NULL;
}

const char *counters_trace(void)
{
	struct smccc_result r = smccc_smc(NEVE_TRACE, NEVE_TRACE_ON, 0, 0);

	if (r.x[0] == (u64)NEVE_NO_MEMORY)
		return "neve has no memory for it";
	if (r.x[0])
		return "neve does not know it";
	trace_before = r.x[1];
	measure_baseline(); /* again: a latch has a time now */
	return NULL;
}

void counters_trace_end(void)
{
	smccc_smc(NEVE_TRACE, trace_before, 0, 0);
}

void counters_name(u32 cause, char name[COUNTERS_NAME_SIZE])
{
	struct smccc_result r = smccc_smc(NEVE_CAUSE_NAME, cause, 0, 0);

	memset(name, 0, COUNTERS_NAME_SIZE);
	if (r.x[0] == 0)
		memcpy(name, &r.x[1], COUNTERS_NAME_SIZE - 1);
	for (char *c = name; *c; c++)
		if (*c < ' ' || *c > '~' || *c == '"' || *c == '\\')
			*c = '?';
	if (!name[0])
		fmt_snprintf(name, COUNTERS_NAME_SIZE, "cause %u", cause);
}
