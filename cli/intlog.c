/* SPDX-License-Identifier: Apache-2.0 */
#include "intlog.h"

#include "neve/mark.h"

#include <string.h>

#define LINE_MAX_BYTES 256
#define MAX_TABLES     16
#define MAX_LOG_CPUS   16

/* The payload's VM has 128 MiB of RAM, aligned to its size (guests/l1/init). */
#define PAYLOAD_RAM G_GUINT64_CONSTANT(0x8000000)

#define EXCP_SVC     2	    /* QEMU's number in "Taking exception 2 [SVC]" */
#define VECTOR_TABLE 0x7ffU /* offset in a vector table */

struct exception {
	unsigned number;
	unsigned cpu;
	unsigned from, to; /* exception levels */
	guint64 esr, elr, vector;
};

/* The last trap of a CPU. */
struct last_trap {
	gboolean valid;
	gboolean inside; /* it is in `now` */
	enum intlog_level level;
	unsigned cause;
	const struct intlog_beside *beside; /* where it is counted; NULL: nowhere yet */
};

struct intlog {
	char line[LINE_MAX_BYTES]; /* the beginning of a line whose end is not there yet */
	gsize len;
	struct exception e;
	guint64 tables[MAX_TABLES]; /* vector tables that guests trap through */
	guint nr_tables;
	guint64 payload_ram;
	gboolean payload_known;
	GPtrArray *ops;
	unsigned open;		     /* the mark that began the interval; 0: in none */
	struct intlog_counts now;    /* of the interval */
	struct intlog_counts at_smc; /* what it was when the payload's last SMC came */
	guint smcs;
	gboolean disturbed; /* the last latch */
	struct last_trap last[MAX_LOG_CPUS];
	guint in_flight;   /* traps that were taken and not returned from, on all CPUs */
	guint64 latch_end; /* where the SMC that is being served returns to; 0: none is */
};

static void op_free(void *data)
{
	struct intlog_op *op = data;

	g_array_unref(op->totals);
	g_free(op);
}

struct intlog *intlog_new(void)
{
	struct intlog *log = g_new0(struct intlog, 1);

	log->ops = g_ptr_array_new_with_free_func(op_free);
	return log;
}

void intlog_free(struct intlog *log)
{
	if (!log)
		return;
	g_ptr_array_unref(log->ops);
	g_free(log);
}

const GPtrArray *intlog_ops(const struct intlog *log)
{
	return log->ops;
}

const struct intlog_counts *intlog_op_counts(const struct intlog_op *op)
{
	return op->has_loop ? &op->loop : &op->samples;
}

const struct intlog_beside *intlog_op_beside(const struct intlog_op *op)
{
	return op->has_loop ? &op->loop_beside : &op->samples_beside;
}

guint64 intlog_total(const struct intlog_counts *counts)
{
	const guint64 *count = &counts->count[0][0];
	guint64 sum = 0;

	for (guint i = 0; i < INTLOG_LEVELS * CAUSE_COUNT; i++)
		sum += count[i];
	return sum;
}

static void counts_add(struct intlog_counts *to, const struct intlog_counts *from)
{
	for (guint i = 0; i < INTLOG_LEVELS * CAUSE_COUNT; i++)
		(&to->count[0][0])[i] += (&from->count[0][0])[i];
}

static void begin_counting(struct intlog *log)
{
	memset(&log->now, 0, sizeof(log->now));
	for (guint i = 0; i < MAX_LOG_CPUS; i++)
		log->last[i].inside = FALSE;
}

/* Of the interval that is open. */
static struct intlog_beside *beside_of(const struct intlog *log)
{
	struct intlog_op *op = g_ptr_array_index(log->ops, log->ops->len - 1);

	return log->open == MARK_LOOP ? &op->loop_beside : &op->samples_beside;
}

static void add_beside(struct intlog *log, struct last_trap *t)
{
	struct intlog_beside *beside = beside_of(log);

	if (t->beside == beside)
		return;
	t->beside = beside;
	beside->traps.count[t->level][t->cause]++;
	beside->disturbed += !log->disturbed;
	log->disturbed = TRUE;
}

/*
 * The payload's SMC: neve latches its counters. What another CPU has just trapped for may not be
 * counted yet.
 */
static void on_latch(struct intlog *log)
{
	gboolean first = log->smcs++ == 0;

	beside_of(log)->latches++;
	log->disturbed = FALSE;
	log->latch_end = log->e.elr + 4;
	log->at_smc = log->now;
	for (guint i = 0; i < MAX_LOG_CPUS && log->in_flight; i++) {
		struct last_trap *t = &log->last[i];

		if (!t->valid || i == log->e.cpu || (!first && !t->inside))
			continue;
		add_beside(log, t);
		if (!first)
			log->at_smc.count[t->level][t->cause]--;
	}
	if (first)
		begin_counting(log);
	else
		log->now.count[INTLOG_PAYLOAD][CAUSE_EC + EC_SMC]++;
}

static void end_interval(struct intlog *log)
{
	/* With neve's counters the first and the last SMC are its latches, and not counted. */
	const struct intlog_counts *counts = log->smcs >= 2 ? &log->at_smc : &log->now;
	struct intlog_op *op;

	if (!log->ops->len || !log->open)
		return;
	op = g_ptr_array_index(log->ops, log->ops->len - 1);
	if (log->open == MARK_LOOP) {
		op->has_loop = TRUE;
		op->loop = *counts;
	} else {
		guint64 total = intlog_total(counts);

		counts_add(&op->samples, counts);
		g_array_append_val(op->totals, total);
	}
	log->open = 0;
}

static void on_mark(struct intlog *log, unsigned mark)
{
	log->payload_ram = log->e.elr & ~(PAYLOAD_RAM - 1);
	log->payload_known = TRUE;
	switch (mark) {
	case MARK_OP: {
		struct intlog_op *op = g_new0(struct intlog_op, 1);

		op->totals = g_array_new(FALSE, FALSE, sizeof(guint64));
		g_ptr_array_add(log->ops, op);
		log->open = 0;
		break;
	}
	case MARK_LOOP:
	case MARK_SAMPLE:
		begin_counting(log);
		log->smcs = 0;
		log->latch_end = 0;
		log->open = mark;
		break;
	case MARK_END:
		end_interval(log);
		break;
	}
}

/* Whether guests trap through the vector table of the exception. */
static gboolean is_guests_table(struct intlog *log)
{
	guint64 table = log->e.vector & ~(guint64)VECTOR_TABLE;

	for (guint i = 0; i < log->nr_tables; i++)
		if (log->tables[i] == table)
			return TRUE;
	if (log->e.from != 1 || log->nr_tables == MAX_TABLES)
		return FALSE;
	log->tables[log->nr_tables++] = table;
	return TRUE;
}

static void on_trap(struct intlog *log)
{
	static const unsigned async[] = {0, CAUSE_IRQ, CAUSE_FIQ, CAUSE_SERROR};
	const struct exception *e = &log->e;
	unsigned kind = (unsigned)(e->vector >> 7) & 3;
	unsigned cause = kind ? async[kind] : trap_cause_sync(e->esr);
	gboolean payload = e->from == 1 && log->payload_known &&
			   (e->elr & ~(PAYLOAD_RAM - 1)) == log->payload_ram;

	struct last_trap *last = &log->last[e->cpu % MAX_LOG_CPUS];

	if (!is_guests_table(log))
		return;
	log->in_flight++;
	*last = (struct last_trap){
		.valid = TRUE, .level = payload ? INTLOG_PAYLOAD : INTLOG_OTHER, .cause = cause};
	if (!log->open || !log->ops->len)
		return;
	if (payload && cause == CAUSE_EC + EC_SMC) {
		log->in_flight--; /* only others are of interest */
		on_latch(log);
		log->in_flight++;
	} else if (log->latch_end) {
		add_beside(log, last);
	} else {
		last->inside = TRUE;
		log->now.count[last->level][cause]++;
	}
}

static void on_return(struct intlog *log, const char *p)
{
	/* A CPU's first way down is no return from a trap. */
	if (log->in_flight)
		log->in_flight--;
	p = log->latch_end ? strstr(p, " PC 0x") : NULL;
	if (p && g_ascii_strtoull(p + strlen(" PC 0x"), NULL, 16) == log->latch_end)
		log->latch_end = 0;
}

/* The last line of an exception was read. */
static void on_exception(struct intlog *log)
{
	const struct exception *e = &log->e;

	if (e->to == 2 && e->from < 2)
		on_trap(log);
	else if (e->number == EXCP_SVC && e->from == 1 && e->to == 1 &&
		 (e->esr & 0xff00) == (MARK_OP & 0xff00))
		on_mark(log, e->esr & 0xffff);
}

static gboolean skip(const char **p, const char *word)
{
	gsize n = strlen(word);

	if (strncmp(*p, word, n))
		return FALSE;
	*p += n;
	return TRUE;
}

/* The lines that matter; their wording is that of QEMU's arm_log_exception(). */
static void on_line(struct intlog *log, const char *p)
{
	struct exception *e = &log->e;

	if (skip(&p, "Taking exception ")) {
		*e = (struct exception){.number = (unsigned)g_ascii_strtoull(p, NULL, 10)};
		p = strstr(p, "on CPU ");
		e->cpu = p ? (unsigned)g_ascii_strtoull(p + strlen("on CPU "), NULL, 10) : 0;
	} else if (!skip(&p, "...")) {
		if (skip(&p, "Exception return from AArch64 EL2 to AArch64 EL") && *p < '2')
			on_return(log, p);
	} else if (skip(&p, "from EL")) {
		e->from = (unsigned)(*p - '0');
		p = strstr(p, "to EL");
		e->to = p ? (unsigned)(p[5] - '0') : 0;
	} else if (skip(&p, "with ESR 0x")) {
		p = strchr(p, '/');
		e->esr = p ? g_ascii_strtoull(p + 1, NULL, 16) : 0;
	} else if (skip(&p, "with ELR 0x")) {
		e->elr = g_ascii_strtoull(p, NULL, 16);
	} else if (skip(&p, "to EL") && (p = strstr(p, " PC 0x"))) {
		e->vector = g_ascii_strtoull(p + strlen(" PC 0x"), NULL, 16);
		on_exception(log);
		*e = (struct exception){0};
	}
}

void intlog_feed(struct intlog *log, const char *data, gsize len)
{
	while (len) {
		const char *end = memchr(data, '\n', len);
		gsize n = end ? (gsize)(end - data) : len;
		/* Nothing that is looked for is as long as a line may be here. */
		gsize taken = MIN(n, sizeof(log->line) - 1 - log->len);

		memcpy(log->line + log->len, data, taken);
		log->len += taken;
		if (!end)
			return;
		log->line[log->len] = '\0';
		on_line(log, log->line);
		log->len = 0;
		data += n + 1;
		len -= n + 1;
	}
}
