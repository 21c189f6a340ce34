// SPDX-License-Identifier: Apache-2.0
/*
 * The spinlock between threads, of which there are more than the host has CPUs: as QEMU's vCPUs
 * often are. Nobody gets in beside the holder, and nobody waits for a thread that is not running
 * unless that one holds the lock.
 */
#include <glib.h>
#include "cpu/spinlock.h"

#define THREADS_A_CPU 4
#define LAPS	      20000
#define LIMIT_US      (20 * G_USEC_PER_SEC) /* before meson ends the test */

static struct spinlock lock;
static u32 ready, done; /* atomic */
static u32 threads;
static u64 count; /* under the lock, and so not atomic */

static gpointer run(gpointer arg)
{
	__atomic_fetch_add(&ready, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&ready, __ATOMIC_ACQUIRE) != threads)
		g_thread_yield();
	for (u32 i = 0; i < LAPS; i++) {
		spin_lock(&lock);
		*(volatile u64 *)&count += 1;
		spin_unlock(&lock);
	}
	__atomic_fetch_add(&done, 1, __ATOMIC_RELEASE);
	return arg;
}

static void test_crowd(void)
{
	gint64 end = g_get_monotonic_time() + LIMIT_US;
	g_autofree GThread **t = NULL;

	threads = g_get_num_processors() * THREADS_A_CPU;
	t = g_new(GThread *, threads);
	for (u32 i = 0; i < threads; i++)
		t[i] = g_thread_new("cpu", run, NULL);
	while (__atomic_load_n(&done, __ATOMIC_ACQUIRE) != threads) {
		if (g_get_monotonic_time() > end)
			g_error("after 20 s the lock was taken %" G_GUINT64_FORMAT " times of %u",
				*(volatile u64 *)&count, threads * LAPS);
		g_usleep(1000);
	}
	for (u32 i = 0; i < threads; i++)
		g_thread_join(t[i]);
	g_assert_cmpuint(count, ==, (u64)threads * LAPS);
	g_assert_false(spin_is_locked(&lock));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/spinlock/crowd", test_crowd);
	return g_test_run();
}
