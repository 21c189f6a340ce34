/* SPDX-License-Identifier: Apache-2.0 */
/*
 * neve-overhead [PROGRAM...]: runs the programs (all), one after the other, and prints a line of
 * JSON for each: what it counted in ticks of CNTVCT_EL0, of which unit_hz make a second.
 */
#include <string.h>

#include "linux.h"
#include "overhead.h"

#define PREFIX "neve-overhead: "

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

static bool run(const struct overhead_program *p)
{
	u64 start = counter_read(), value = p->run(p->n), ticks = counter_read() - start;

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
