/* SPDX-License-Identifier: Apache-2.0 */
/*
 * neve-beat: a VM that shows whether its neighbours leave it alone. It keeps a beat by the timer
 * of its level and measures how late each one is, watches memory full of a pattern, and counts
 * interrupts that it did not ask for: all that its GIC has are enabled.
 *
 * Boot arguments:
 *   beat.period=N	microseconds between two beats (1000)
 *   beat.count=N	beats (1000)
 *   beat.memory=N	MiB of free memory to watch (16)
 *   beat.repeat=N	say the result so often, twice a second (1): a neighbour may own the console
 *   beat.progress=N	beats between two lines that say so (250), 0: none: other VMs' lines break
 * such a line, and it breaks theirs
 *   beat.hold=N	masks interrupts for two periods, every N beats: as if something held it up
 *   beat.control=1	it disturbs itself, to show that it would notice: a changed word, an SGI, an
 * SPI if there are any, and masked interrupts for three beats
 *
 * On the console: `neve-beat: up ...`, `neve-beat: memory base=ADDRESS size=BYTES key=KEY` (each
 * word is pattern_word(KEY, its address), so that one can look for the words elsewhere), then
 * `neve-beat: beat=N` now and then, and at the end `neve-beat: done NAME=VALUE...` with lateness
 * in nanoseconds, or `neve-beat: failed: WHY`.
 *
 * Lateness: the counter at the start of the handler, less the time for which the timer was set.
 * Beat k is due at start + k * period, however late the others were. missed: handled when the next
 * one was due already. memory_bad: words found changed. strange: interrupts not asked for, a timer
 * interrupt before its time among them.
 */
#include "bootargs.h"
#include "console.h"
#include "cpu.h"
#include "exception.h"
#include "gic.h"
#include "machine.h"
#include "pattern.h"
#include "ram.h"
#include "stats.h"
#include "sysreg.h"
#include "timer.h"

#define CNT_CTL_ENABLE BIT(0)
#define PASSES	       4  /* over the memory in a run */
#define STALLED_S      10 /* without a beat for so long */
#define STRANGE_MAX    4  /* then an INTID is disabled: a line that stays up would leave no time */
#define CONTROL_SGI    5

extern char _image_end[];

static struct {
	u64 period, count, memory, repeat, progress, hold, control;
} options = {1000, 1000, 16, 1, 250, 0, 0};

static u64 period;  /* ticks */
static u64 due;	    /* when the next beat is, in ticks of the counter */
static u64 *late;   /* of each beat, in ticks */
static u64 watched; /* beats when the watchdog last looked */
static volatile u64 beats, missed, strange;
static u32 strange_by[1020];
static struct pattern pattern;

void payload_abort(const char *why)
{
	console_printf("neve-beat: failed: %s\n", why);
}

static void strange_handler(u32 intid)
{
	strange++;
	if (++strange_by[intid] < STRANGE_MAX)
		return;
	if (intid < 32)
		gic_disable_ppi(intid);
	else
		gic_disable_spi(intid);
}

static void beat_handler(u32 intid)
{
	u64 now = timer_count();

	if (now < due || beats == options.count)
		return strange_handler(intid);
	late[beats] = now - due;
	missed += now - due >= period;
	due += period;
	beats++;
	if (beats < options.count)
		timer_set(due);
	else
		timer_off();
}

/* The physical timer of EL1: without the other one the CPU would sleep for ever. */
static void set_watchdog(void)
{
	watched = beats;
	write_sysreg(cntp_cval_el0, read_sysreg(cntpct_el0) + period + STALLED_S * counter_hz());
	write_sysreg(cntp_ctl_el0, CNT_CTL_ENABLE);
	isb();
}

static void watchdog_handler(u32 intid)
{
	(void)intid;
	if (beats == watched)
		fatal("no beat for %u seconds after beat %lu", STALLED_S, beats);
	set_watchdog();
}

static void read_option(const char *name, u64 min, u64 max, u64 *val)
{
	if (!bootargs_number(machine.bootargs, name, min, max, val))
		fatal("%s: expected a number from %lu to %lu", name, min, max);
}

/* The samples, and behind them the pattern. */
static void place_memory(void)
{
	const struct mem_range used[] = {
		{machine.image_base, (u64)_image_end - machine.image_base},
		machine.dtb,
	};
	u64 samples = ALIGN_UP(options.count * sizeof(*late), SZ_4K), base;

	pattern.size = options.memory << 20;
	base = ram_find(machine.mem, machine.nr_mem, used, ARRAY_SIZE(used),
			samples + pattern.size);
	if (!base)
		fatal("no %lu KiB of free memory in one piece; beat.memory= or beat.count= has to be "
		      "less",
		      (samples + pattern.size) >> 10);
	late = (u64 *)base;
	pattern.base = base + samples;
	pattern.key = pattern_word(counter_read(), machine.mpidr[0]);
	console_printf("neve-beat: memory base=0x%lx size=0x%lx key=0x%lx\n", pattern.base,
		       pattern.size, pattern.key);
	pattern_fill(&pattern);
}

/* All that the GIC has, but for the timers of ours to be strange. SPIs by edge: a short one counts.
 */
static void enable_interrupts(void)
{
	u32 n = gic_nr_intid();

	write_sysreg(cntv_ctl_el0, 0);
	write_sysreg(cntp_ctl_el0, 0);
	timer_off();
	gic_route_to_el2();
	for (u32 i = 0; i < n; i++)
		gic_set_handler(i, strange_handler);
	gic_set_handler(timer_intid(), beat_handler);
	if (machine.phys_timer_intid)
		gic_set_handler(machine.phys_timer_intid, watchdog_handler);
	for (u32 i = 16; i < 32; i++)
		gic_enable_ppi(i);
	for (u32 i = 32; i < n; i++)
		gic_enable_spi(i, true, this_cpu()->mpidr);
}

static void start(void)
{
	u64 begin = timer_count();

	if (machine.phys_timer_intid)
		set_watchdog();
	due = begin + period;
	timer_set(due);
	/* Nobody has to send an SError or a Group 0 interrupt: it would be fatal. */
	asm volatile("msr daifclr, #5" ::: "memory");
	local_irq_enable();
	/* Awake, as there may be no interrupts at all, not even the watchdog's. */
	while (!beats)
		if (timer_count() - begin > period + STALLED_S * counter_hz())
			fatal("no beat in %u seconds", STALLED_S);
}

static void hold(u32 periods)
{
	u64 begin;

	local_irq_disable();
	begin = counter_read();
	while (counter_read() - begin < periods * period)
		;
	local_irq_enable();
}

static void disturb(void)
{
	*(volatile u64 *)(pattern.base + pattern.size / 2) ^= 1;
	gic_send_sgi(CONTROL_SGI, this_cpu()->mpidr);
	if (gic_nr_intid() > 32)
		gic_pend_spi(gic_nr_intid() - 1);
	hold(3);
}

static void run(void)
{
	u64 slice = ALIGN_UP(PASSES * pattern.size / options.count, 8), seen = 0, shown = 0;

	for (;;) {
		/* Masked between the check and WFI, which an interrupt ends all the same. */
		local_irq_disable();
		if (beats == seen)
			wfi();
		local_irq_enable();
		if (beats == seen)
			continue; /* another interrupt */
		if (options.control && seen < options.count / 2 && beats >= options.count / 2)
			disturb();
		if (options.hold && beats / options.hold != seen / options.hold)
			hold(2);
		seen = beats;
		if (options.progress && seen / options.progress != shown) {
			shown = seen / options.progress;
			console_printf("neve-beat: beat=%lu\n", shown * options.progress);
		}
		if (seen == options.count)
			break;
		pattern_check(&pattern, slice);
	}
	local_irq_disable();
}

static u64 ns(u64 ticks)
{
	u64 hz = counter_hz();

	return ticks / hz * 1000000000 + ticks % hz * 1000000000 / hz;
}

static void report(void)
{
	struct stats s = stats_of(late, (u32)options.count);

	for (u32 i = 0; i < ARRAY_SIZE(strange_by); i++)
		if (strange_by[i])
			console_printf("neve-beat: strange intid=%u count=%u\n", i, strange_by[i]);
	if (pattern.bad)
		console_printf("neve-beat: changed address=0x%lx found=0x%lx expected=0x%lx\n",
			       pattern.bad_address, pattern.bad_found,
			       pattern_word(pattern.key, pattern.bad_address));
	console_printf("neve-beat: done beats=%lu late_min=%lu late_median=%lu late_p99=%lu "
		       "late_max=%lu missed=%lu memory_bad=%lu strange=%lu passes=%lu\n",
		       beats, ns(s.min), ns(s.p50), ns(s.p99), ns(s.max), missed, pattern.bad,
		       strange, pattern.passes);
}

void payload_main(void)
{
	u64 el = FIELD(read_sysreg(CurrentEL), 3, 2);
	const char *wrong;

	read_option("beat.period", 10, 10000000, &options.period);
	read_option("beat.count", 2, 10000000, &options.count);
	read_option("beat.memory", 1, 65536, &options.memory);
	read_option("beat.repeat", 1, 1000, &options.repeat);
	read_option("beat.progress", 0, 10000000, &options.progress);
	read_option("beat.hold", 0, 10000000, &options.hold);
	read_option("beat.control", 0, 1, &options.control);
	period = options.period * counter_hz() / 1000000;
	console_printf("neve-beat: up el=%lu cpus=%u mpidr=0x%lx period=%luus count=%lu\n", el,
		       machine.nr_cpus, machine.mpidr[0], options.period, options.count);
	wrong = gic_init();
	if (wrong)
		fatal("%s", wrong);
	if (!timer_intid())
		fatal("no interrupt of a timer for EL%lu in the device tree", el);
	if (el == 2 && !needs_el2_names())
		fatal("entered at EL2 with HCR_EL2.E2H = 1, expected 0");
	place_memory();
	enable_interrupts();
	start();
	run();
	/* The rest of the pass that was begun, then all of it once more. */
	pattern_check(&pattern, 2 * pattern.size - pattern.next);
	report();
	for (u64 i = 1; i < options.repeat; i++) {
		u64 end = timer_count() + counter_hz() / 2;

		/* Asleep: others may need the processor that QEMU runs on. */
		timer_set(end);
		while (timer_count() < end)
			wfi();
		timer_off();
		report();
	}
}
