/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What static arm64 Linux programs need that have no C library: the way in, system calls, text.
 * A system call returns its result, or a negative errno.
 */
#ifndef GUEST_LINUX_H
#define GUEST_LINUX_H

#include "types.h"

/* Linux's include/uapi/asm-generic/unistd.h */
#define NR_IOCTL	      29
#define NR_OPENAT	      56
#define NR_CLOSE	      57
#define NR_READ		      63
#define NR_WRITE	      64
#define NR_EXIT		      93
#define NR_NANOSLEEP	      101
#define NR_SCHED_SETSCHEDULER 119
#define NR_GETPPID	      173
#define NR_CLONE	      220
#define NR_EXECVE	      221
#define NR_PERF_EVENT_OPEN    241
#define NR_WAIT4	      260

static inline s64 syscall4(u64 nr, u64 a, u64 b, u64 c, u64 d)
{
	register u64 x8 asm("x8") = nr;
	register u64 x0 asm("x0") = a;
	register u64 x1 asm("x1") = b;
	register u64 x2 asm("x2") = c;
	register u64 x3 asm("x3") = d;

	asm volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory", "cc");
	return (s64)x0;
}

static inline s64 syscall5(u64 nr, u64 a, u64 b, u64 c, u64 d, u64 e)
{
	register u64 x8 asm("x8") = nr;
	register u64 x0 asm("x0") = a;
	register u64 x1 asm("x1") = b;
	register u64 x2 asm("x2") = c;
	register u64 x3 asm("x3") = d;
	register u64 x4 asm("x4") = e;

	asm volatile("svc #0"
		     : "+r"(x0)
		     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
		     : "memory", "cc");
	return (s64)x0;
}

static inline s64 syscall0(u64 nr)
{
	register u64 x8 asm("x8") = nr;
	register u64 x0 asm("x0");

	asm volatile("svc #0" : "=r"(x0) : "r"(x8) : "memory", "cc");
	return (s64)x0;
}

void linux_exit(int status) __attribute__((noreturn));

/* To standard output (1) or error (2), cut at 255 bytes; one write, so that lines stay whole. */
void linux_printf(int fd, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The program's own part. */
int linux_main(int argc, char **argv, char **envp);

#endif
