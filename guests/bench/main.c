/* SPDX-License-Identifier: Apache-2.0 */
/*
 * neve-bench: runs the operations and prints one line of JSON for each.
 *
 * Options in the device tree's bootargs: iterations=N warmup=N ops=a,b,c counters=0|1 trace=0|1
 * marks=0|1 settle_us=N limit_s=N. All times are in ticks of CNTVCT_EL0, of which unit_hz make a
 * second.
 */
#include "bench.h"

#include <string.h>

#include "bootargs.h"
#include "console.h"
#include "counters.h"
#include "cpu.h"
#include "exception.h"
#include "gic.h"
#include "lib/printf.h"
#include "machine.h"
#include "mark.h"
#include "stats.h"

struct bench_options bench_options = {
	.iterations = 512, .warmup = 32, .settle_us = 2000, .limit_s = 60};

struct bench_interval bench_interval;

static u64 samples[BENCH_MAX_ITERATIONS];
static const char *failure;
static char described[64];
static bool have_counters;
static u64 overhead; /* ticks of a sample with nothing in it */

void bench_fail(const char *why)
{
	if (!failure)
		failure = why;
}

void bench_describe(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fmt_vsnprintf(described, sizeof(described), fmt, ap);
	va_end(ap);
}

bool bench_wait(const u32 *word, u32 val, const char *why)
{
	u64 start = counter_read();

	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) != val) {
		u64 elapsed = counter_read() - start;

		if (elapsed > BENCH_WAIT_S * counter_hz()) {
			bench_fail(why);
			return false;
		}
		poll_pause(elapsed);
	}
	return true;
}

/*
 * A plain loop without exits, with a YIELD now and then for QEMU's instruction-counting mode (see
 * cpu_relax).
 */
void bench_settle(void)
{
	u64 start = counter_read(), ticks = bench_options.settle_us * counter_hz() / 1000000;

	while (counter_read() - start < ticks) {
		busy_pause();
		cpu_relax();
	}
}

/* Text from outside (bootargs) may hold anything. */
static void print_json_string(const char *text)
{
	console_printf("\"");
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			console_printf("\\");
		console_printf("%c", *text < ' ' || *text > '~' ? '?' : *text);
	}
	console_printf("\"");
}

void payload_abort(const char *why)
{
	console_printf("\n" BENCH_PREFIX "{\"done\":false,\"error\":");
	print_json_string(why);
	console_printf("}\n");
}

static void empty_body(void)
{
}

static const struct bench_op op_empty = {.name = "empty", .body = empty_body};

static u64 sample(const struct bench_op *op)
{
	u64 start;

	if (op->prepare)
		op->prepare();
	start = counter_read();
	op->body();
	start = counter_read() - start;
	return op->ticks ? op->ticks() : start;
}

/* Takes n samples into samples[]; false when the operation failed or its time is up. */
static bool take_samples(const struct bench_op *op, u64 n, u64 deadline)
{
	for (u64 i = 0; i < n && !failure; i++) {
		samples[i] = sample(op);
		if (counter_read() > deadline)
			bench_fail("the operation's time is up (bootargs limit_s)");
	}
	return !failure;
}

/*
 * An interval of which the traps are counted, by neve or in QEMU's log. The marks are outside, so
 * that the log shows where the latches are.
 */
#define interval_begin(kind)                                                                       \
	do {                                                                                       \
		if (bench_options.marks)                                                           \
			mark(kind);                                                                \
		if (have_counters)                                                                 \
			counters_latch();                                                          \
	} while (0)

static void interval_end(void)
{
	if (have_counters)
		counters_latch();
	if (bench_options.marks)
		mark(MARK_END);
}

/*
 * As take_samples, with the traps of each sample instead of its ticks; all of them in *set. Without
 * counters it is the log that has them.
 */
static bool take_trap_samples(const struct bench_op *op, u64 n, u64 deadline, struct trapset *set)
{
	u64 total = 0;

	for (u64 i = 0; i < n && !failure; i++) {
		u64 before = total;

		if (op->prepare)
			op->prepare();
		interval_begin(MARK_SAMPLE);
		op->body();
		if (!(op->flags & OP_ENDS_INTERVAL))
			interval_end();
		if (have_counters)
			counters_collect(set);
		total = trapset_total(set);
		samples[i] = total - before;
		if (counter_read() > deadline)
			bench_fail("the operation's time is up (bootargs limit_s)");
	}
	if (set->overflow)
		bench_fail("more causes of traps than this payload has room for");
	return !failure;
}

static void print_stats(const char *name, const struct stats *s)
{
	char mean[STATS_RATIO_SIZE];

	console_printf(",\"%s\":{\"mean\":%s,\"min\":%lu,\"p50\":%lu,\"p99\":%lu,\"max\":%lu", name,
		       stats_ratio(mean, s->sum, s->n), s->min, s->p50, s->p99, s->max);
}

static void print_quantiles(const struct stats *s)
{
	for (u32 i = 0; i < STATS_QUANTILES; i++)
		console_printf("%s%lu", i ? "," : ",\"quantiles\":[", s->quantile[i]);
	console_printf("]");
}

/* "L2 HVC":1.0,... per operation: the counts, or what neve spent on them. */
static void print_by_cause(const char *name, const struct trapset *set, u64 n, bool spent)
{
	const char *comma = "";

	console_printf(",\"%s\":{", name);
	for (u32 i = 0; i < set->nr; i++) {
		const struct trap_count *t = &set->entry[i];
		char cause[COUNTERS_NAME_SIZE], ratio[STATS_RATIO_SIZE];

		counters_name(t->cause, cause);
		console_printf("%s\"L%u %s\":%s", comma, t->level, cause,
			       stats_ratio(ratio, spent ? t->spent : t->count, n));
		comma = ",";
	}
	console_printf("}");
}

/*
 * mean and by_cause are those of the timed loop, or of single samples (OP_PREPARE_TRAPS); min to
 * max are always those of single samples, so p50 is what an operation costs when no interrupt of
 * anybody falls into it.
 */
static void print_traps(const struct bench_op *op, const struct trapset *loop,
			const struct trapset *single, const struct stats *s)
{
	const struct trapset *set = op->flags & OP_PREPARE_TRAPS ? single : loop;
	struct stats shown = *s;
	bool spent = false;

	shown.sum = trapset_total(set);
	print_stats("traps", &shown);
	for (u32 i = 0; i < set->nr; i++)
		spent |= set->entry[i].spent != 0;
	console_printf(",\"total\":%lu", shown.sum);
	print_by_cause("by_cause", set, s->n, false);
	if (spent)
		print_by_cause("spent", set, s->n, true);
	console_printf("}");
}

static bool measure(const struct bench_op *op, struct stats *ticks, struct stats *traps,
		    struct trapset *loop, struct trapset *single)
{
	u64 deadline = counter_read() + bench_options.limit_s * counter_hz();
	u32 n = (u32)bench_options.iterations;
	bool ok;

	if (!take_samples(op, bench_options.warmup, deadline))
		return false;
	if (!(op->flags & OP_PREPARE_TRAPS))
		interval_begin(MARK_LOOP);
	if (!take_samples(op, n, deadline))
		return false;
	if (!(op->flags & OP_PREPARE_TRAPS)) {
		interval_end();
		if (have_counters)
			counters_collect(loop);
	}
	*ticks = stats_of(samples, n);
	if (!have_counters && !bench_options.marks)
		return true;
	bench_interval = (struct bench_interval){have_counters, bench_options.marks};
	ok = take_trap_samples(op, n, deadline, single);
	bench_interval = (struct bench_interval){0};
	if (!ok || loop->overflow)
		return false;
	*traps = stats_of(samples, n);
	return true;
}

static bool run_op(const struct bench_op *op)
{
	static struct trapset loop, single;
	struct stats ticks, traps = {0};
	bool ok = false;

	if (bench_options.marks)
		mark(MARK_OP);
	failure = NULL;
	described[0] = '\0';
	loop = single = (struct trapset){0};
	local_irq_enable();
	if (machine.nr_cpus < op->min_cpus)
		bench_fail("needs 2 CPUs, found 1; for QEMU: -smp 2");
	else if (op->setup)
		op->setup();
	if (!failure)
		ok = measure(op, &ticks, &traps, &loop, &single);
	if (op->teardown)
		op->teardown();
	local_irq_disable();
	if (failure)
		ok = false;
	console_printf(BENCH_PREFIX "{\"op\":\"%s\"", op->name);
	if (!ok) {
		console_printf(",\"error\":");
		print_json_string(failure);
		console_printf("}\n");
		return false;
	}
	if (described[0])
		console_printf(",\"on\":\"%s\"", described);
	console_printf(",\"iterations\":%lu,\"unit_hz\":%lu", ticks.n, counter_hz());
	print_stats("ticks", &ticks);
	print_quantiles(&ticks);
	console_printf("},\"overhead\":%lu", overhead);
	if (have_counters)
		print_traps(op, &loop, &single, &traps);
	console_printf("}\n");
	return true;
}

static void read_options(void)
{
	const char *args = machine.bootargs;
	u64 counters = 0, trace = 0, marks = 0;
	bool ok = bootargs_number(args, "iterations", 1, BENCH_MAX_ITERATIONS,
				  &bench_options.iterations) &&
		  bootargs_number(args, "warmup", 0, BENCH_MAX_ITERATIONS, &bench_options.warmup) &&
		  bootargs_number(args, "settle_us", 0, 1000000, &bench_options.settle_us) &&
		  bootargs_number(args, "limit_s", 1, 100000, &bench_options.limit_s) &&
		  bootargs_number(args, "counters", 0, 1, &counters) &&
		  bootargs_number(args, "trace", 0, 1, &trace) &&
		  bootargs_number(args, "marks", 0, 1, &marks);

	if (!ok)
		fatal("bootargs '%s': expected iterations=1..%u warmup=0..%u settle_us=0..1000000 "
		      "limit_s=1..100000 counters=0|1 trace=0|1 marks=0|1",
		      args, BENCH_MAX_ITERATIONS, BENCH_MAX_ITERATIONS);
	bench_options.counters = counters;
	bench_options.trace = trace;
	bench_options.marks = marks;
}

/* Is this operation wanted? Without ops= all are that any machine can run. */
static bool picked(const struct bench_op *op)
{
	size_t len;
	const char *list = bootargs_find(machine.bootargs, "ops", &len);

	if (!list)
		return !(op->flags & OP_NAMED_ONLY);
	return bootargs_list_has(list, len, op->name);
}

/* Every word of ops= must name an operation. */
static void check_ops(void)
{
	size_t len;
	const char *list = bootargs_find(machine.bootargs, "ops", &len);
	u32 words = 1, known = 0;

	if (!list)
		return;
	for (size_t i = 0; i < len; i++)
		words += list[i] == ',';
	for (u32 i = 0; i < nr_bench_ops; i++)
		known += picked(bench_ops[i]);
	if (known == words)
		return;
	console_printf("operations:");
	for (u32 i = 0; i < nr_bench_ops; i++)
		console_printf(" %s", bench_ops[i]->name);
	console_printf("\n");
	fatal("bootargs ops=%s: expected different names out of the list above, with commas", list);
}

static void measure_overhead(void)
{
	take_samples(&op_empty, 64, ~UINT64_C(0));
	overhead = stats_of(samples, 64).p50;
}

void payload_main(void)
{
	const char *no_counters = "off", *no_trace = "off";
	const char *wrong;
	u32 ran = 0, failed = 0;

	if (read_sysreg(CurrentEL) == CURRENTEL_EL2)
		fatal("entered at EL2, expected EL1 of a VM; for QEMU: without virtualization=on");
	read_options();
	check_ops();
	wrong = gic_init();
	if (wrong)
		fatal("%s", wrong);
	wrong = bench_partner();
	if (wrong)
		fatal("partner of context-switch: %s", wrong);
	if (bench_options.counters)
		no_counters = counters_init();
	have_counters = !no_counters;
	if (bench_options.trace)
		no_trace = have_counters ? counters_trace() : "needs counters=1";
	measure_overhead();
	console_printf(BENCH_PREFIX "{\"start\":true,\"cpus\":%u,\"unit_hz\":%lu,\"counters\":"
				    "\"%s\",\"trace\":\"%s\"}\n",
		       machine.nr_cpus, counter_hz(), have_counters ? "on" : no_counters,
		       no_trace ? no_trace : "on");
	for (u32 i = 0; i < nr_bench_ops; i++) {
		if (!picked(bench_ops[i]))
			continue;
		ran++;
		failed += !run_op(bench_ops[i]);
	}
	if (!no_trace)
		counters_trace_end();
	console_printf(BENCH_PREFIX "{\"done\":true,\"ops\":%u,\"failed\":%u}\n", ran, failed);
}
