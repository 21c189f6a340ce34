/* SPDX-License-Identifier: Apache-2.0 */
/* sched-idle COMMAND [ARG...]: runs a command that every other task preempts (SCHED_IDLE). */
#include "linux.h"

#define SCHED_IDLE 5

int linux_main(int argc, char **argv, char **envp)
{
	s32 priority = 0;
	s64 ret;

	if (argc < 2) {
		linux_printf(2, "usage: sched-idle COMMAND [ARG...]; COMMAND with its path\n");
		return 2;
	}
	ret = syscall4(NR_SCHED_SETSCHEDULER, 0, SCHED_IDLE, (u64)&priority, 0);
	if (ret < 0) {
		linux_printf(2, "sched-idle: sched_setscheduler: error %ld\n", (long)-ret);
		return 126;
	}
	ret = syscall4(NR_EXECVE, (u64)argv[1], (u64)(argv + 1), (u64)envp, 0);
	linux_printf(2, "sched-idle: %s: error %ld\n", argv[1], (long)-ret);
	return 127;
}
