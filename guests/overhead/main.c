/* SPDX-License-Identifier: Apache-2.0 */
/*
 * neve-overhead [PROGRAM...]: runs the programs (all), one after the other, and prints a line of
 * JSON for each: what it counted in ticks of CNTVCT_EL0, of which unit_hz make a second. When a
 * tick is an instruction, it is one of any CPU; so each waits until nobody else has anything to do.
 */
#include <string.h>

#include "linux.h"
#include "overhead.h"

#define PREFIX		 "neve-overhead: "
#define SETTLE_INTERVALS 25
#define AT_FDCWD	 (0 - UINT64_C(100))

static u64 counter_read(void)
{
	u64 val;

	asm volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r"(val)::"memory");
	return val;
}

static u64 counter_hz(void)
{
	u64 val;

	asm volatile("mrs %0, cntfrq_el0" : "=r"(val));
	return val;
}

/* Hundredths of a second that all CPUs have been busy; 0 if the kernel does not tell. */
static u64 busy_time(void)
{
	char text[512] = "";
	u64 field[8] = {0};
	s64 fd = syscall4(NR_OPENAT, AT_FDCWD, (u64) "/proc/stat", 0, 0), len;
	u32 n = 0;

	if (fd < 0)
		return 0;
	len = syscall4(NR_READ, (u64)fd, (u64)text, sizeof(text), 0);
	syscall4(NR_CLOSE, (u64)fd, 0, 0, 0);
	/* "cpu  user nice system idle iowait irq softirq steal ..." */
	for (s64 i = 1; i < len && text[i] != '\n'; i++) {
		bool digit = text[i] >= '0' && text[i] <= '9';

		if (digit && text[i - 1] == ' ')
			n++;
		if (digit && n && n <= ARRAY_SIZE(field))
			field[n - 1] = field[n - 1] * 10 + (u64)(text[i] - '0');
	}
	return field[0] + field[1] + field[2] + field[5] + field[6];
}

/* What the kernel does at its start goes on for a while: self-tests of its cryptography. */
static void settle(void)
{
	/*
	 * Seconds, nanoseconds. Not in one piece: QEMU has a timer of its own every 100 ms, and
	 * under -icount it is chance which CPU goes on when that one ends an idle time.
	 */
	const u64 part[] = {0, UINT64_C(50000000)};

	for (u32 i = 0; i < SETTLE_INTERVALS; i++) {
		u64 before = busy_time();

		for (u32 n = 0; n < 4; n++)
			syscall4(NR_NANOSLEEP, (u64)part, 0, 0, 0);
		if (busy_time() - before <= 1)
			return;
	}
}

static bool run(const struct overhead_program *p)
{
	u64 start, value, ticks;

	settle();
	start = counter_read();
	value = p->run(p->n);
	ticks = counter_read() - start;
	if (value != p->expected) {
		linux_printf(1,
			     PREFIX "{\"program\":\"%s\",\"error\":\"found %lu, expected %lu\"}\n",
			     p->name, value, p->expected);
		return false;
	}
	linux_printf(1, PREFIX "{\"program\":\"%s\",\"n\":%lu,\"ticks\":%lu,\"unit_hz\":%lu}\n",
		     p->name, p->n, ticks, counter_hz());
	return true;
}

static const struct overhead_program *find(const char *name)
{
	for (u32 i = 0; i < nr_overhead_programs; i++)
		if (!strcmp(overhead_programs[i].name, name))
			return &overhead_programs[i];
	return NULL;
}

int linux_main(int argc, char **argv, char **envp)
{
	int failed = 0;

	(void)envp;
	for (int i = 1; i < argc; i++) {
		if (find(argv[i]))
			continue;
		linux_printf(2, "neve-overhead: no program named %s; there are:", argv[i]);
		for (u32 k = 0; k < nr_overhead_programs; k++)
			linux_printf(2, " %s", overhead_programs[k].name);
		linux_printf(2, "\n");
		return 2;
	}
	for (int i = 1; i < argc; i++)
		failed += !run(find(argv[i]));
	for (u32 k = 0; argc < 2 && k < nr_overhead_programs; k++)
		failed += !run(&overhead_programs[k]);
	return failed != 0;
}
