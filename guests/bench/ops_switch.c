/* SPDX-License-Identifier: Apache-2.0 */
/*
 * context-switch ("VM Switch" of the papers): from one VM to another on the same CPU of their
 * hypervisor. Two VMs of one vCPU each are pinned to that CPU and share memory, their highest RAM.
 * The other one, the partner (bootargs partner=1), never stops looking at it. This one programs its
 * timer and executes WFI, which gives the CPU away; the sample ends at the partner's first
 * instruction, which it stamps. Contains: the exit by WFI, the hypervisor's decision, one vCPU out
 * and the other one in. The way back, when the timer preempts the partner, is not measured.
 *
 * Each VM has counters of its own, also the physical one. They compare them by the host's time,
 * which KVM gives together with the counter (Linux's Documentation/virt/kvm/arm/ptp_kvm.rst).
 *
 * The partner must have the lower priority, so that the timer's interrupt preempts it at once.
 */
#include "bench.h"
#include "bootargs.h"
#include "counters.h"
#include "cpu.h"
#include "machine.h"
#include "mark.h"
#include "neve/mark.h"
#include "psci.h"
#include "sleep.h"

#define KVM_PTP		     0x86000001 /* vendor specific hypervisor service 1 */
#define KVM_PTP_VIRT_COUNTER 0
#define NSEC_PER_SEC	     UINT64_C(1000000000)
#define NO_PTP		     "the hypervisor lacks KVM's PTP service, to compare the VMs' clocks"

#define PARTNER_READY  0x50415254
#define PARTNER_WAIT_S 30
#define AWAY_US	       100 /* at first */
#define ROUNDS_MAX     14

/* What a turn asks of the partner at its first instruction */
#define TURN_LATCH BIT(0)
#define TURN_MARK  BIT(1)

struct shared {
	/* Written by the partner */
	u32 ready;
	u32 taken; /* number of the turn */
	u64 stamp; /* when it took it, host's time in ticks */
	u64 own_line[6];
	/* Written by the other one */
	u32 given; /* number of the turn */
	u32 asks;
};

static u64 to_host; /* what to add to the own counter */
static u64 away;    /* ticks until the timer brings the CPU back */
static u64 started;

/* Nanoseconds of the host, as ticks: at most one off. */
static u64 to_ticks(u64 ns)
{
	return ns / NSEC_PER_SEC * counter_hz() + ns % NSEC_PER_SEC * counter_hz() / NSEC_PER_SEC;
}

/* The host's time and the counter at the same moment. */
static bool calibrate(void)
{
	struct smccc_result r = smccc_hvc(KVM_PTP, KVM_PTP_VIRT_COUNTER, 0, 0);

	if ((s32)r.x[0] < 0)
		return false;
	to_host = to_ticks(r.x[0] << 32 | (u32)r.x[1]) - (r.x[2] << 32 | (u32)r.x[3]);
	return true;
}

/* NULL if there is only one range of RAM, which cannot be shared. */
static struct shared *find_shared(void)
{
	u64 highest = 0;

	if (machine.nr_mem < 2)
		return NULL;
	for (u32 i = 0; i < machine.nr_mem; i++)
		if (machine.mem[i].base > highest)
			highest = machine.mem[i].base;
	return (struct shared *)ALIGN_UP(highest, SZ_2M);
}

const char *bench_partner(void)
{
	struct shared *s = find_shared();
	u64 wanted = 0;
	u32 turn;

	if (!bootargs_number(machine.bootargs, "partner", 0, 1, &wanted))
		return "expected bootargs partner=0|1";
	if (!wanted)
		return NULL;
	if (!s)
		return "needs a second range of memory, shared with the other VM";
	if (!calibrate())
		return NO_PTP;
	turn = __atomic_load_n(&s->given, __ATOMIC_ACQUIRE);
	__atomic_store_n(&s->ready, PARTNER_READY, __ATOMIC_RELEASE);
	for (;;) {
		u32 given = __atomic_load_n(&s->given, __ATOMIC_ACQUIRE);
		u64 now = counter_read();

		if (given == turn)
			continue;
		turn = given;
		if (s->asks & TURN_LATCH)
			counters_latch();
		if (s->asks & TURN_MARK)
			mark(MARK_END);
		s->stamp = now + to_host;
		__atomic_store_n(&s->taken, turn, __ATOMIC_RELEASE);
	}
}

static void switch_setup(void)
{
	struct shared *s = find_shared();
	u64 start = counter_read();
	const char *wrong;

	if (!s)
		return bench_fail("needs a second range of memory, shared with the other VM");
	wrong = sleep_start();
	if (wrong)
		return bench_fail(wrong);
	while (__atomic_load_n(&s->ready, __ATOMIC_ACQUIRE) != PARTNER_READY) {
		if (counter_read() - start > PARTNER_WAIT_S * counter_hz())
			return bench_fail("the other VM is not ready after 30 s");
		sleep_arm(counter_hz() / 1000);
		sleep_wait();
	}
	if (!calibrate())
		return bench_fail(NO_PTP);
	away = AWAY_US * counter_hz() / 1000000;
	bench_describe("WFI to another VM");
}

/* Gives the CPU away once; did the partner get it before the timer brought it back? */
static bool give_turn(struct shared *s, u32 turn)
{
	s->asks =
		(bench_interval.latched ? TURN_LATCH : 0) | (bench_interval.marked ? TURN_MARK : 0);
	sleep_arm(away);
	__atomic_store_n(&s->given, turn, __ATOMIC_RELEASE);
	started = counter_read();
	sleep_wait();
	return __atomic_load_n(&s->taken, __ATOMIC_ACQUIRE) == turn;
}

/*
 * How long a switch takes is not known before: the warm-up finds out. When traps are counted a
 * second try is the same turn still, as the partner ends the interval once, and may have already.
 */
static void switch_body(void)
{
	struct shared *s = find_shared();
	bool counted = bench_interval.latched || bench_interval.marked;

	for (u32 i = 0; i < ROUNDS_MAX; i++) {
		if (give_turn(s, s->given + (i == 0 || !counted)))
			return;
		away *= 2;
	}
	bench_fail("the other VM did not get the CPU; it must run, on this VM's CPU only");
}

static u64 switch_ticks(void)
{
	u64 ticks = find_shared()->stamp - to_host - started;

	if (ticks > counter_hz())
		bench_fail("a switch took more than a second, or the VMs' clocks differ");
	return ticks;
}

const struct bench_op op_context_switch = {
	.name = "context-switch",
	.flags = OP_PREPARE_TRAPS | OP_ENDS_INTERVAL | OP_NAMED_ONLY,
	.setup = switch_setup,
	.body = switch_body,
	.ticks = switch_ticks,
	.teardown = sleep_stop,
};
