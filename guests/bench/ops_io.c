/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input and output by way of a device model in the hypervisor's user space, as a VMM with its
 * defaults runs it: QEMU's virtio-mmio has an ioeventfd for each queue and a thread of its own that
 * serves it. The device is a virtio console without a port: it returns each buffer unread, so that
 * what is measured is signalling.
 *
 * The papers time the device's side inside the hypervisor, which a VM cannot. What stands for it:
 *
 * io-latency-out ("I/O Latency Out"): from the notification until the VM sees in the used ring that
 *	the device has taken the buffer; this CPU polls and wants no interrupt. Contains: the exit,
 *	the signal to the device's thread, its wake-up on another CPU, the device's work on an empty
 *	buffer. With QEMU's -icount one CPU runs at a time, and this one sees the ring when the
 *	other goes back to sleep.
 * io-latency-in ("I/O Latency In"): from an access that makes a device raise its interrupt until
 *	the handler runs on CPU 1, which was asleep in WFI. A UART unmasks what is pending inside
 *the access, so its start is known to the instruction, and the rest is the way of all interrupts of
 *devices in user space: injection, wake-up of the vCPU's thread, entry. Contains the access's way
 *to user space, about the first half of device-io. io-round-trip: from the notification until the
 *handler of the virtio device's interrupt runs on CPU 1, which was asleep in WFI: out, then in.
 */
#include "bench.h"
#include "cpu.h"
#include "gic.h"
#include "cpu/mmio.h"
#include "machine.h"
#include "sleep.h"
#include "virtio.h"

/* Arm PrimeCell UART (PL011) Technical Reference Manual */
#define UART_RIS  0x3c
#define UART_IMSC 0x38
#define UART_TX	  BIT(5) /* the transmit FIFO is empty enough */

static u64 started;   /* boot CPU: when the body began */
static u32 expected;  /* boot CPU: interrupts */
static u32 in_sample; /* boot CPU: handlers must not go on to the device yet */
/* CPU 1: when its handler began, handlers begun, and those done with the device */
static u64 handled __attribute__((aligned(64)));
static u32 received, completed;

/* What a handler does to the device would be counted with the sample's traps. */
static void receive(void)
{
	u64 now = counter_read(), elapsed = 0;

	handled = now;
	__atomic_store_n(&received, received + 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&in_sample, __ATOMIC_ACQUIRE) &&
	       elapsed < BENCH_WAIT_S * counter_hz()) {
		elapsed = counter_read() - now;
		poll_pause(elapsed);
	}
}

static void complete(void)
{
	__atomic_store_n(&completed, completed + 1, __ATOMIC_RELEASE);
}

static void end_sample(void)
{
	__atomic_store_n(&in_sample, 0, __ATOMIC_RELEASE);
	bench_wait(&completed, __atomic_load_n(&received, __ATOMIC_ACQUIRE),
		   "CPU 1 did not complete the interrupt in ten seconds");
}

static u64 interrupt_ticks(void)
{
	return handled - started;
}

/*
 * Everybody gets time to fall asleep. This CPU sleeps too: the device's thread may have been put
 * on its CPU, and would not get that from a VM that spins.
 */
static void settle(void)
{
	sleep_arm(bench_options.settle_us * counter_hz() / 1000000);
	sleep_wait();
}

/* A device may interrupt without need, as QEMU's does when it is started: before the sample only.
 */
static void interrupt_prepare(void)
{
	end_sample();
	settle();
	end_sample();
	expected = received;
}

static void wait_interrupt(void)
{
	bench_wait(&received, expected, "the device's interrupt did not come in ten seconds");
}

static void virtio_setup(void)
{
	const char *wrong = sleep_start();

	if (!wrong)
		wrong = virtio_start(VIRTIO_ID_CONSOLE, VIRTIO_CONSOLE_TRANSMIT);
	if (wrong)
		bench_fail(wrong);
	bench_describe("virtio console");
}

static void virtio_teardown(void)
{
	virtio_stop();
	sleep_stop();
}

static void out_prepare(void)
{
	settle();
	/* Not earlier: until its thread sleeps the device would take it without being told. */
	virtio_queue_buffer(false);
}

static void out_body(void)
{
	u64 start = counter_read();

	virtio_notify();
	while (!virtio_buffer_returned()) {
		u64 elapsed = counter_read() - start;

		if (elapsed > BENCH_WAIT_S * counter_hz())
			return bench_fail("the device did not return the buffer in ten seconds");
		poll_pause(elapsed);
	}
}

const struct bench_op op_io_latency_out = {
	.name = "io-latency-out",
	.flags = OP_PREPARE_TRAPS,
	.setup = virtio_setup,
	.prepare = out_prepare,
	.body = out_body,
	.teardown = virtio_teardown,
};

static void uart_handler(u32 intid)
{
	(void)intid;
	receive();
	write32(machine.uart.base + UART_IMSC, 0);
	complete();
}

static void in_setup(void)
{
	const char *wrong = sleep_start();

	if (wrong)
		return bench_fail(wrong);
	if (!machine.uart.size || !machine.uart_intid)
		return bench_fail("no PL011 with an interrupt in the device tree");
	if (!(read32(machine.uart.base + UART_RIS) & UART_TX))
		return bench_fail("the PL011's transmit interrupt is not pending");
	if (!bench_sleep_cpu1())
		return;
	gic_set_handler(machine.uart_intid, uart_handler);
	gic_enable_spi(machine.uart_intid, false, cpus[1].mpidr);
	bench_describe("PL011 UARTTXINTR");
}

static void in_body(void)
{
	expected++;
	__atomic_store_n(&in_sample, 1, __ATOMIC_RELEASE);
	started = counter_read();
	write32(machine.uart.base + UART_IMSC, UART_TX);
	wait_interrupt();
}

static void in_teardown(void)
{
	end_sample();
	sleep_stop();
	if (!machine.uart_intid)
		return;
	gic_disable_spi(machine.uart_intid);
	write32(machine.uart.base + UART_IMSC, 0);
}

const struct bench_op op_io_latency_in = {
	.name = "io-latency-in",
	.flags = OP_PREPARE_TRAPS,
	.min_cpus = 2,
	.setup = in_setup,
	.prepare = interrupt_prepare,
	.body = in_body,
	.ticks = interrupt_ticks,
	.teardown = in_teardown,
};

static void virtio_handler(u32 intid)
{
	(void)intid;
	receive();
	virtio_ack_interrupt();
	complete();
}

static void round_trip_setup(void)
{
	virtio_setup();
	if (!virtio_irq.intid)
		return bench_fail("no interrupt of the virtio device in the device tree");
	if (!bench_sleep_cpu1())
		return;
	gic_set_handler(virtio_irq.intid, virtio_handler);
	gic_enable_spi(virtio_irq.intid, virtio_irq.edge, cpus[1].mpidr);
}

static void round_trip_prepare(void)
{
	interrupt_prepare();
	virtio_queue_buffer(true);
}

static void round_trip_body(void)
{
	expected++;
	__atomic_store_n(&in_sample, 1, __ATOMIC_RELEASE);
	started = counter_read();
	virtio_notify();
	wait_interrupt();
}

static void round_trip_teardown(void)
{
	end_sample();
	if (virtio_irq.intid)
		gic_disable_spi(virtio_irq.intid);
	virtio_teardown();
}

const struct bench_op op_io_round_trip = {
	.name = "io-round-trip",
	.flags = OP_PREPARE_TRAPS,
	.min_cpus = 2,
	.setup = round_trip_setup,
	.prepare = round_trip_prepare,
	.body = round_trip_body,
	.ticks = interrupt_ticks,
	.teardown = round_trip_teardown,
};
