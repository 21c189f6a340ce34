// SPDX-License-Identifier: Apache-2.0
/*
 * Real concurrency: each thread is a pCPU with its vCPU. A token goes round as an SGI; a lost one
 * stops the ring. Meanwhile each thread changes an SPI that another has.
 */
#include <glib.h>
#include <sched.h>
#include "irq/vgic.h"

#define THREADS	 4
#define LAPS	 3000
#define LIMIT_US (60 * G_USEC_PER_SEC)
#define ST(lr)	 ((u32)((lr) >> 62))

static struct vgic vgic;
static u32 kicked[THREADS]; /* atomic */
static u32 stop;	    /* atomic */

static void kick(void *ctx, u32 cpu)
{
	(void)ctx;
	__atomic_store_n(&kicked[cpu], 1, __ATOMIC_RELEASE);
}

static const struct vgic_ops ops = {.kick = kick};

struct vcpu {
	u32 id;
	struct vgic_lrs l;
	u32 tokens, spis;
};

static void gicd_write(u32 cpu, u64 offset, u32 size, u64 val)
{
	g_assert_true(vgic_mmio_gicd(&vgic, cpu, offset, size, true, &val));
}

static void enter(struct vcpu *c)
{
	__atomic_store_n(&kicked[c->id], 0, __ATOMIC_RELEASE);
	if (!vgic_attention(&vgic, c->id))
		return;
	vgic_sync(&vgic, c->id, c->l.lr, 0);
	vgic_fill(&vgic, c->id, &c->l, 4, ICH_VMCR_VENG1);
}

/* Handles what the list registers have; true if the token was there. */
static bool handle(struct vcpu *c)
{
	bool token = false;

	for (u32 i = 0; i < 4; i++) {
		u64 *lr = &c->l.lr[i];

		if (ST(*lr) != LR_PENDING)
			continue;
		*lr &= ~LR_STATE_MASK; /* acknowledge, EOI */
		if (LR_VINTID(*lr) == 5)
			token = true;
		else
			c->spis++;
	}
	return token;
}

static gpointer run(gpointer data)
{
	struct vcpu *c = data;
	u32 next = (c->id + 1) % THREADS, round = 0;

	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
		/* in the guest: nothing to do until a kick */
		if (!__atomic_load_n(&kicked[c->id], __ATOMIC_ACQUIRE)) {
			sched_yield();
			continue;
		}
		enter(c);
		if (!handle(c))
			continue;
		c->tokens++;
		round++;
		gicd_write(c->id, round & 1 ? 0x180 + 4 : 0x100 + 4, 4, BIT(8 + next));
		gicd_write(c->id, 0x6000 + 8 * (40 + next), 8, round % THREADS);
		vgic_inject_edge(&vgic, c->id, 40 + next);
		if (c->id == 0 && c->tokens == LAPS)
			break;
		vgic_sgi(&vgic, c->id, VGIC_SGI1R, (u64)5 << 24 | BIT(next));
		kick(NULL, c->id); /* what a vCPU changes itself is not kicked: look again */
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	return NULL;
}

static void test_ring(void)
{
	struct vgic_config cfg = {.ncpus = THREADS,
				  .mpidr = {0, 1, 2, 3},
				  .nr_spis = 32,
				  .prio_bits = 5,
				  .ops = &ops};
	struct vcpu vcpu[THREADS] = {{.id = 0}};
	GThread *t[THREADS];
	gint64 end = g_get_monotonic_time() + LIMIT_US;

	g_assert_true(vgic_init(&vgic, &cfg));
	gicd_write(0, 0, 4, 3);
	for (u32 i = 0; i < THREADS; i++) {
		u64 all = ~0u;

		vcpu[i].id = i;
		g_assert_true(vgic_mmio_gicr(&vgic, i, i, 0x10080, 4, true, &all));
		g_assert_true(vgic_mmio_gicr(&vgic, i, i, 0x10100, 4, true, &all));
	}
	gicd_write(0, 0x084, 4, ~0u);
	gicd_write(0, 0xc08, 4, ~0u);
	gicd_write(0, 0xc0c, 4, ~0u);
	vgic_sgi(&vgic, 1, VGIC_SGI1R, (u64)5 << 24 | 1);
	for (u32 i = 0; i < THREADS; i++)
		t[i] = g_thread_new("vcpu", run, &vcpu[i]);
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
		if (g_get_monotonic_time() > end)
			g_error("the token is lost after %u laps", vcpu[0].tokens);
		g_usleep(1000);
	}
	for (u32 i = 0; i < THREADS; i++)
		g_thread_join(t[i]);
	g_assert_cmpuint(vcpu[0].tokens, ==, LAPS);
	for (u32 i = 1; i < THREADS; i++)
		g_assert_cmpuint(vcpu[i].tokens, ==, LAPS - 1);
	g_assert_false(spin_is_locked(&vgic.lock));
	g_assert_cmpuint(vcpu[0].spis + vcpu[1].spis + vcpu[2].spis + vcpu[3].spis, >, 100);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/vgic-threads/ring", test_ring);
	return g_test_run();
}
