/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pmu [host]: what the kernel's perf counts of known work, by what an event leaves out. One line
 * each: `pmu: NAME count=N`, and ` expected=LOW..HIGH` when it is not that; then the exit status
 * is 1. `host`: of a kernel that has VMs; it can leave itself out.
 *
 * pmu vm COMMAND [ARG...]: runs a command (with its path) that runs a VM, and says what perf counts
 * of it in the VM and outside.
 */
#include "linux.h"

#define IOC_ENABLE  0x2400
#define IOC_DISABLE 0x2401

/* struct perf_event_attr, first version (Linux's include/uapi/linux/perf_event.h) */
struct event_attr {
	u32 type, size;
	u64 config;
	u64 sample_period, sample_type, read_format;
	u64 flags;
	u32 wakeup_events, bp_type;
	u64 config1;
};

_Static_assert(sizeof(struct event_attr) == 64, "PERF_ATTR_SIZE_VER0");

#define CYCLES	     0 /* of type 0: PERF_COUNT_HW_CPU_CYCLES */
#define INSTRUCTIONS 1

#define DISABLED  BIT(0)
#define INHERIT	  BIT(1)
#define NO_USER	  BIT(4)
#define NO_KERNEL BIT(5)
#define NO_HV	  BIT(6)
#define NO_HOST	  BIT(19)
#define NO_GUEST  BIT(20)

#define LOOP  UINT64_C(4000000) /* instructions */
#define CALLS UINT64_C(2000)

#define SIGCHLD 17

static void loop(void)
{
	u64 n = LOOP / 2;

	asm volatile("1: subs %0, %0, #1\n\tb.ne 1b" : "+r"(n)::"cc");
}

static void calls(void)
{
	for (u64 i = 0; i < CALLS; i++)
		syscall0(NR_GETPPID);
}

static const struct {
	const char *name;
	u64 config, leave_out;
	void (*work)(void);
	u64 low, high;
	bool host;
} tests[] = {
	{"loop-user", INSTRUCTIONS, NO_KERNEL, loop, LOOP, LOOP + 1000, false},
	{"loop-user-cycles", CYCLES, NO_KERNEL, loop, LOOP, LOOP + 1000, false},
	{"loop-kernel", INSTRUCTIONS, NO_USER, loop, 1, LOOP / 10, false},
	{"loop-all", INSTRUCTIONS, 0, loop, LOOP, LOOP + LOOP / 10, false},
	{"loop-all-without-guest", INSTRUCTIONS, NO_GUEST, loop, LOOP, LOOP + LOOP / 10, false},
	{"loop-without-host", INSTRUCTIONS, NO_HOST, loop, 0, 1000, true},
	{"calls-user", INSTRUCTIONS, NO_KERNEL, calls, 3 * CALLS, 20 * CALLS, false},
	{"calls-kernel", INSTRUCTIONS, NO_USER, calls, 50 * CALLS, 2000 * CALLS, false},
	{"calls-kernel-cycles", CYCLES, NO_USER, calls, 50 * CALLS, 2000 * CALLS, false},
	{"calls-kernel-without-guest", INSTRUCTIONS, NO_USER | NO_GUEST, calls, 50 * CALLS,
	 2000 * CALLS, false},
	{"calls-without-host", INSTRUCTIONS, NO_HOST, calls, 0, 1000, true},
};

static s64 open_event(u64 config, u64 flags)
{
	struct event_attr attr = {
		.size = sizeof(attr),
		.config = config,
		.flags = DISABLED | NO_HV | flags,
	};

	/* Of this task, on any CPU, in no group, without flags. */
	return syscall5(NR_PERF_EVENT_OPEN, (u64)&attr, 0, ~UINT64_C(0), ~UINT64_C(0), 0);
}

static s64 count(u64 config, u64 leave_out, void (*work)(void), u64 *val)
{
	s64 fd = open_event(config, leave_out), ret;

	if (fd < 0)
		return fd;
	syscall4(NR_IOCTL, (u64)fd, IOC_ENABLE, 0, 0);
	work();
	syscall4(NR_IOCTL, (u64)fd, IOC_DISABLE, 0, 0);
	ret = syscall4(NR_READ, (u64)fd, (u64)val, sizeof(*val), 0);
	syscall4(NR_CLOSE, (u64)fd, 0, 0, 0);
	return ret < 0 ? ret : 0;
}

static const struct {
	const char *name;
	u64 leave_out;
} vm_events[] = {
	{"vm-guest-user", NO_HOST | NO_KERNEL},
	{"vm-guest", NO_HOST},
	{"vm-host-user", NO_GUEST | NO_KERNEL},
	{"vm-host", NO_GUEST},
};

#define VM_EVENTS (sizeof(vm_events) / sizeof(vm_events[0]))

/* The exit status of the command; 1 when it was ended by a signal. */
static int count_vm(char **command, char **envp)
{
	s64 fd[VM_EVENTS], child;
	s32 status = 0;

	for (u32 i = 0; i < VM_EVENTS; i++) {
		fd[i] = open_event(INSTRUCTIONS, INHERIT | vm_events[i].leave_out);
		if (fd[i] < 0) {
			linux_printf(2, "pmu: %s error=%ld\n", vm_events[i].name, (long)-fd[i]);
			return 1;
		}
		syscall4(NR_IOCTL, (u64)fd[i], IOC_ENABLE, 0, 0);
	}
	child = syscall4(NR_CLONE, SIGCHLD, 0, 0, 0);
	if (!child) {
		syscall4(NR_EXECVE, (u64)command[0], (u64)command, (u64)envp, 0);
		linux_exit(127);
	}
	if (child < 0 || syscall4(NR_WAIT4, (u64)child, (u64)&status, 0, 0) != child)
		return 1;
	for (u32 i = 0; i < VM_EVENTS; i++) {
		u64 val = 0;

		syscall4(NR_READ, (u64)fd[i], (u64)&val, sizeof(val), 0);
		linux_printf(1, "pmu: %s count=%lu\n", vm_events[i].name, val);
	}
	return status & 0x7f ? 1 : status >> 8;
}

int linux_main(int argc, char **argv, char **envp)
{
	bool host = argc > 1, bad = false;

	if (argc > 2 && argv[1][0] == 'v')
		return count_vm(argv + 2, envp);
	for (u32 i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		u64 val = 0;
		s64 ret;

		if (tests[i].host && !host)
			continue;
		ret = count(tests[i].config, tests[i].leave_out, tests[i].work, &val);
		if (ret < 0) {
			linux_printf(1, "pmu: %s error=%ld\n", tests[i].name, (long)-ret);
			bad = true;
		} else if (val < tests[i].low || val > tests[i].high) {
			linux_printf(1, "pmu: %s count=%lu expected=%lu..%lu\n", tests[i].name, val,
				     tests[i].low, tests[i].high);
			bad = true;
		} else {
			linux_printf(1, "pmu: %s count=%lu\n", tests[i].name, val);
		}
	}
	return bad;
}
