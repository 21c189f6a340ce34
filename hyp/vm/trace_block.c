/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/trace_block.h"

_Static_assert(sizeof(struct neve_trace_entry) == 64, "ABI");
_Static_assert(sizeof(struct neve_trace_cpu) == 64, "ABI");
_Static_assert(offsetof(struct trace_block, ring) ==
		       sizeof(struct neve_trace_cpu) +
			       NEVE_TRACE_LEVELS * CAUSE_COUNT * sizeof(struct neve_trace_stat),
	       "ABI");

static void add(struct neve_trace_stat *s, u64 ticks)
{
	if (!s->count || ticks < s->min)
		s->min = ticks;
	if (ticks > s->max)
		s->max = ticks;
	s->sum += ticks;
	s->count++;
}

void trace_block_begin(struct trace_block *b, const struct neve_trace_entry *e)
{
	/* Who still sees the old `next` may count on what has this place. */
	__atomic_thread_fence(__ATOMIC_RELEASE);
	b->ring[b->head.next % TRACE_ENTRIES] = *e;
	b->open = true;
}

void trace_block_end(struct trace_block *b, u64 out, u64 own)
{
	struct neve_trace_entry *e = &b->ring[b->head.next % TRACE_ENTRIES];
	u64 ticks = out - e->start;

	if (!b->open)
		return;
	b->open = false;
	/* The counter is slower than the CPU: a trap may take less than one tick. */
	ticks = ticks > own ? ticks - own : 0;
	add(&b->stat[e->level - 1][e->cause], ticks);
	e->ticks = ticks < UINT32_MAX ? (u32)ticks : UINT32_MAX;
	b->head.last = out;
	__atomic_store_n(&b->head.next, b->head.next + 1, __ATOMIC_RELEASE);
}
