/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/trace.h"
#include "boot/entry.h"
#include "cpu/console.h"
#include "cpu/spinlock.h"
#include "cpu/sysreg.h"
#include "irq/gic.h"
#include "mm/alloc.h"
#include "vm/exit.h"

extern char el2_vectors[], el2_vectors_traced[], el2_vectors_none[];

struct neve_trace_header trace_header; /* the Image's head has its place */

static struct last_traps last_traps[MAX_CPUS];
static struct vcpu *vcpus[MAX_CPUS];
static struct spinlock lock; /* of the change of the mode */

/* ---- switching ---- */

static void *alloc_bytes(u64 size)
{
	unsigned order = 0;

	while ((PAGE_SIZE << order) < size)
		order++;
	return alloc_pages(order);
}

/* What has been allocated stays, also when it is not enough. */
static bool make_room(void)
{
	struct neve_trace_header *h = &trace_header;

	for (unsigned i = 0; i < h->cpus; i++) {
		struct trace_block *b = vcpus[i]->trace;

		if (b)
			continue;
		b = alloc_bytes(sizeof(*b));
		if (!b)
			return false;
		/* Its zeroes before it can be found: by its CPU, and from outside. */
		__atomic_store_n(&vcpus[i]->trace, b, __ATOMIC_RELEASE);
		__atomic_store_n(&h->cpu[i].block, virt_to_hpa(b).v, __ATOMIC_RELEASE);
	}
	return true;
}

static void write_names(struct neve_trace_header *h)
{
	char(*names)[NEVE_TRACE_NAME] = alloc_bytes(CAUSE_COUNT * sizeof(*names));

	if (!names)
		return;
	for (unsigned cause = 0; cause < CAUSE_COUNT; cause++)
		trap_cause_name(cause, names[cause]);
	h->names = virt_to_hpa(names).v;
}

void trace_follow(struct vcpu *v)
{
	u64 vectors = (u64)(uintptr_t)el2_vectors;

	switch (__atomic_load_n(&trace_header.mode, __ATOMIC_SEQ_CST)) {
	case NEVE_TRACE_ON:
		vectors = (u64)(uintptr_t)el2_vectors_traced;
		break;
	case NEVE_TRACE_NONE:
		vectors = (u64)(uintptr_t)el2_vectors_none;
		break;
	}
	if (vectors == read_sysreg(VBAR_EL2))
		return;
	/* The trap that this is in has no time stamp of its end, or none of its beginning. */
	if (v->trace)
		v->trace->open = false;
	write_sysreg(vectors, VBAR_EL2);
}

bool trace_switch(struct vcpu *v, enum neve_trace_mode mode)
{
	bool same;

	spin_lock(&lock);
	same = trace_header.mode == mode;
	if (mode == NEVE_TRACE_ON && !make_room()) {
		spin_unlock(&lock);
		return false;
	}
	/* A CPU that is not seen to be on here will see the mode when it has come up. */
	__atomic_store_n(&trace_header.mode, mode, __ATOMIC_SEQ_CST);
	spin_unlock(&lock);
	trace_follow(v);
	for (unsigned i = 0; i < trace_header.cpus && !same; i++) {
		if (i != v->pcpu && __atomic_load_n(&vcpus[i]->power, __ATOMIC_SEQ_CST) == VCPU_ON)
			gic_sgi(i, GIC_TRACE_SGI);
	}
	return true;
}

void trace_init(const struct machine *m, const char *nested_mode)
{
	struct neve_trace_header *h = &trace_header;

	h->version = NEVE_TRACE_VERSION;
	h->size = sizeof(*h);
	h->self = virt_to_hpa(h).v;
	h->frequency = read_sysreg(CNTFRQ_EL0);
	h->start = read_sysreg(CNTPCT_EL0);
	h->cpus = m->nr_cpus;
	h->causes = CAUSE_COUNT;
	h->entries = TRACE_ENTRIES;
	h->mode = m->opt.trace;
	for (unsigned i = 0; i < sizeof(h->nested_mode) - 1 && nested_mode[i]; i++)
		h->nested_mode[i] = nested_mode[i];
	for (unsigned i = 0; i < m->nr_cpus; i++)
		h->cpu[i].counts = virt_to_hpa(&vcpus[i]->counters).v;
	write_names(h);
	if (h->mode == NEVE_TRACE_ON && !make_room())
		fatal("no memory for trace=on: give the machine more (-m)");
	log_debug("trace header at 0x%lx", (unsigned long)h->self);
	__atomic_store_n(&h->magic, NEVE_TRACE_MAGIC, __ATOMIC_RELEASE);
}

void trace_add_vcpu(struct vcpu *v)
{
	vcpus[v->pcpu] = v;
	v->last_traps = (u64)(uintptr_t)&last_traps[v->pcpu];
}

const struct neve_trace_header *trace_header_get(void)
{
	return &trace_header;
}

/* ---- recording ---- */

static u64 argument(const struct vcpu *v, u64 esr)
{
	switch (ESR_EC(esr)) {
	case EC_HVC:
	case EC_SMC:
		return v->x[0];
	case EC_SYSREG:
		return SYSREG_ISS_READ(ESR_ISS(esr)) ? 0 : vcpu_reg(v, SYSREG_ISS_RT(ESR_ISS(esr)));
	case EC_IABT_LOWER:
	case EC_DABT_LOWER:
		return FIELD(read_sysreg(HPFAR_EL2), 43, 4) << 12;
	}
	return 0;
}

static bool is_abort(u64 esr)
{
	return ESR_EC(esr) == EC_IABT_LOWER || ESR_EC(esr) == EC_DABT_LOWER ||
	       ESR_EC(esr) == EC_DABT_SAME;
}

static void record(struct vcpu *v, unsigned cause, u64 esr)
{
	unsigned level = exit_level(v);
	struct neve_trace_entry e = {
		.start = v->stamp_in,
		.cause = (u16)cause,
		.level = (u8)(level + 1),
		.flags = (v->context == IN_HYP ? NEVE_TRACE_VEL2 : 0) |
			 (v->e2h ? NEVE_TRACE_E2H : 0),
		.pc = v->pc,
		.esr = esr,
		.pstate = v->pstate,
		.far = is_abort(esr) ? read_sysreg(FAR_EL2) : 0,
		.arg = argument(v, esr),
		.vttbr = level == LEVEL_L2 ? v->vncr->vttbr_el2 : 0,
	};

	trace_block_end(v->trace, v->stamp_out, v->trace_own);
	trace_block_begin(v->trace, &e);
}

void trace_sync(struct vcpu *v, u64 esr)
{
	record(v, trap_cause_sync(esr), esr);
}

void trace_async(struct vcpu *v, unsigned vector)
{
	record(v, trap_cause_async(vector), 0);
}

/* ---- panic ---- */

static void print_trap(const struct last_trap *t)
{
	char name[32];

	trap_cause_name(t->what < 16 ? trap_cause_async((unsigned)t->what)
				     : trap_cause_sync(t->what),
			name);
	log_err("  pc %016lx lr %016lx pstate %08lx esr %08lx %s", (unsigned long)t->pc,
		(unsigned long)t->lr, (unsigned long)t->pstate,
		t->what < 16 ? 0 : (unsigned long)(u32)t->what, name);
}

void trace_print(void)
{
	for (unsigned cpu = 0; cpu < trace_header.cpus; cpu++) {
		u64 first =
			(vcpus[cpu]->last_traps & (LAST_TRAPS_SIZE - 1)) / sizeof(struct last_trap);

		log_err("last traps of CPU %u, oldest first:", cpu);
		for (u64 i = 0; i < LAST_TRAPS; i++) {
			const struct last_trap *t = &last_traps[cpu].e[(first + i) % LAST_TRAPS];

			if (t->what)
				print_trap(t);
		}
	}
}
