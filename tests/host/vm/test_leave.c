/* SPDX-License-Identifier: Apache-2.0 */
/* hyp/vm/leave.c: LPIs of a vCPU that goes off, when others do at the same time. */
#include <glib.h>
#include <string.h>

#include "vm/vm.h"

static struct vm vm;
static struct vcpu vcpu[3];
static unsigned int lpis[3]; /* atomic */

void vgic_lpi_move_all(struct vgic *v, u32 from, u32 to)
{
	g_assert_true(v == &vm.vgic);
	g_assert_cmpint(__atomic_load_n(&vcpu[from].power, __ATOMIC_SEQ_CST), ==, VCPU_LEAVING);
	g_thread_yield();
	__atomic_fetch_add(&lpis[to], __atomic_exchange_n(&lpis[from], 0, __ATOMIC_SEQ_CST),
			   __ATOMIC_SEQ_CST);
}

static unsigned int routed; /* atomic */

/* To one that is on: those that leave are not. */
void vgic_route_again(struct vgic *v)
{
	unsigned int leaving = 0;

	g_assert_true(v == &vm.vgic);
	for (unsigned int i = 0; i < ARRAY_SIZE(vcpu); i++)
		leaving += __atomic_load_n(&vcpu[i].power, __ATOMIC_SEQ_CST) == VCPU_LEAVING;
	g_assert_cmpuint(leaving, >=, 1);
	__atomic_fetch_add(&routed, 1, __ATOMIC_SEQ_CST);
}

static void setup(void)
{
	routed = 0;
	memset(vcpu, 0, sizeof(vcpu));
	vm.ncpus = ARRAY_SIZE(vcpu);
	for (unsigned int i = 0; i < ARRAY_SIZE(vcpu); i++) {
		vcpu[i].vm = &vm;
		vcpu[i].id = i;
		vcpu[i].power = VCPU_ON;
		vm.vcpu[i] = &vcpu[i];
		lpis[i] = 1;
	}
}

static void test_one_by_one(void)
{
	setup();
	vcpu_leave(&vcpu[0]);
	g_assert_cmpuint(lpis[1], ==, 2);
	vcpu[0].power = VCPU_ON_PENDING;
	vcpu_leave(&vcpu[1]);
	g_assert_cmpuint(lpis[2], ==, 3);
	vcpu[1].power = VCPU_OFF;
	vcpu_leave(&vcpu[2]); /* the last one keeps them */
	g_assert_cmpuint(lpis[2], ==, 3);
	g_assert_cmpuint(routed, ==, 3);
}

static int ready; /* atomic */

static void *leave(void *v)
{
	__atomic_fetch_add(&ready, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&ready, __ATOMIC_SEQ_CST) < 2)
		g_thread_yield();
	vcpu_leave(v);
	__atomic_store_n(&((struct vcpu *)v)->power, VCPU_OFF, __ATOMIC_RELEASE);
	return NULL;
}

/* None waits for one that is off. */
static void test_at_once(void)
{
	for (unsigned int i = 0; i < 300; i++) {
		GThread *t[2];

		setup();
		ready = 0;
		for (unsigned int n = 0; n < 2; n++)
			t[n] = g_thread_new("leave", leave, &vcpu[n]);
		for (unsigned int n = 0; n < 2; n++)
			g_thread_join(t[n]);
		g_assert_cmpuint(lpis[2], ==, 3);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/leave/one-by-one", test_one_by_one);
	g_test_add_func("/leave/at-once", test_at_once);
	return g_test_run();
}
