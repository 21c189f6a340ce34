/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/trace.h"
#include "cpu/console.h"
#include "vm/counters.h"
#include "vm/exit.h"

struct trace_ring trace_rings[MAX_CPUS];

static void print_entry(const struct trace_entry *e)
{
	static const char *const context[] = {"vEL2 E2H=0", "guest", "vEL2 E2H=1", "guest"};
	char name[32];
	unsigned cause;

	cause = e->esr & TRACE_ASYNC ? CAUSE_IRQ + (unsigned)(e->esr & 0xf) - 9
				     : trap_cause_sync(e->esr);
	trap_cause_name(cause, name);
	log_err("  %s pc %016lx pstate %08lx esr %08lx %s", context[e->context & 3],
		(unsigned long)e->pc, (unsigned long)e->pstate, (unsigned long)(u32)e->esr, name);
}

void trace_print(void)
{
	for (unsigned cpu = 0; cpu < MAX_CPUS; cpu++) {
		const struct trace_ring *r = &trace_rings[cpu];

		if (!r->next)
			continue;
		log_err("last traps of CPU %u, oldest first:", cpu);
		for (u64 i = r->next > TRACE_ENTRIES ? r->next - TRACE_ENTRIES : 0; i < r->next;
		     i++)
			print_entry(&r->e[i % TRACE_ENTRIES]);
	}
}
