/* SPDX-License-Identifier: Apache-2.0 */
#include "overhead.h"

#include "linux.h"

#define SIGCHLD	   17
#define SWEEP_SIZE (UINT64_C(8192) * 4096)

/* Arithmetic: a virtual machine runs it at the machine's speed. */
static bool is_prime(u32 n)
{
	if (n % 2 == 0)
		return n == 2;
	for (u32 i = 3; i * i <= n; i += 2)
		if (n % i == 0)
			return false;
	return true;
}

static u64 count_primes(u64 below)
{
	u64 count = 0;

	for (u32 n = 2; n < below; n++)
		count += is_prime(n);
	return count;
}

/* Calls and returns: indirect control flow, slow only under binary translation. */
static __attribute__((noinline)) u64 fib_of(u64 n)
{
	if (n <= 1)
		return 1;
	return fib_of(n - 1) + fib_of(n - 2);
}

/* System calls that do nothing: from user to kernel and back inside the VM. */
static u64 getppid(u64 calls)
{
	u64 same = 0;
	s64 parent = syscall0(NR_GETPPID);

	for (u64 i = 0; i < calls; i++)
		same += syscall0(NR_GETPPID) == parent;
	return same;
}

/* Processes: new page tables, copies on write, page faults, context switches. */
static u64 forkwait(u64 forks)
{
	u64 waited = 0;

	for (u64 i = 0; i < forks; i++) {
		s64 child = syscall4(NR_CLONE, SIGCHLD, 0, 0, 0);

		if (child == 0)
			linux_exit(0);
		waited += child > 0 && syscall4(NR_WAIT4, (u64)child, 0, 0, 0) == child;
	}
	return waited;
}

/*
 * Memory with a TLB miss at almost every access: two-dimensional page walks. An emulator's
 * instruction count does not see them, only the first touch of each page.
 */
static volatile u8 large[SWEEP_SIZE];

static u64 memsweep(u64 accesses)
{
	for (u64 i = 0; i < accesses; i++)
		large[(4096 * i + i) % SWEEP_SIZE] = (u8)(1 + large[i % SWEEP_SIZE]);
	return large[(4097 * (accesses - 1)) % SWEEP_SIZE];
}

const struct overhead_program overhead_programs[] = {
	{"countPrimes", 500000, count_primes, 41538}, {"fib", 32, fib_of, 3524578},
	{"getppid", 300000, getppid, 300000},	      {"forkwait", 1000, forkwait, 1000},
	{"memsweep", 16000000, memsweep, 1},
};

const u32 nr_overhead_programs = ARRAY_SIZE(overhead_programs);
