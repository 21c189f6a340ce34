/* SPDX-License-Identifier: Apache-2.0 */
/* Operations that leave the VM and come back at once. */
#include "bench.h"
#include "gic.h"
#include "irq/gicv3.h"
#include "cpu/mmio.h"
#include "machine.h"
#include "psci.h"

/*
 * A yielding call of an owner that the SMC Calling Convention reserves: no hypervisor knows it, and
 * it is the one that the field's payloads make.
 */
#define UNKNOWN_FUNCTION 0x4b000000
/* Xen reports unknown ones on its console, so there it is one that does nothing. */
#define SMCCC_VERSION 0x80000000

#define VIRTIO_MAGIC 0x74726976 /* "virt", the register at offset 0 */
#define UART_FR	     0x18

static u64 address;
static u64 function = UNKNOWN_FUNCTION;

/* Not by smccc_hvc: its results in memory would be a third of the sample of a fast hypervisor. */
static void hypercall_body(void)
{
	register u64 x0 asm("x0") = function;

	asm volatile("hvc #0"
		     : "+r"(x0)
		     :
		     : "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12",
		       "x13", "x14", "x15", "x16", "x17", "memory");
}

static void hypercall_setup(void)
{
	bool error;

	if (machine.xen) {
		function = SMCCC_VERSION;
		bench_describe("SMCCC_VERSION");
	}
	error = smccc_hvc(function, 0, 0, 0).x[0] >> 31 != 0;
	if (error != (function == UNKNOWN_FUNCTION))
		bench_fail("the hypercall did not return what it must");
}

const struct bench_op op_hypercall = {
	.name = "hypercall",
	.setup = hypercall_setup,
	.body = hypercall_body,
};

static void read_body(void)
{
	read32(address);
}

/* virtio-mmio is emulated in user space by KVM's VMMs; without one, the UART is. */
static void device_io_setup(void)
{
	if (machine.nr_virtio) {
		address = machine.virtio[0].reg.base;
		bench_describe("virtio-mmio MagicValue");
		if (read32(address) != VIRTIO_MAGIC)
			bench_fail("virtio-mmio: wrong magic");
	} else if (machine.uart.size) {
		address = machine.uart.base + UART_FR;
		bench_describe("PL011 UARTFR");
	} else {
		bench_fail("neither virtio-mmio nor a PL011 in the device tree");
	}
}

const struct bench_op op_device_io = {
	.name = "device-io",
	.setup = device_io_setup,
	.body = read_body,
};

static void intc_trap_setup(void)
{
	address = machine.gicd.base + GICD_IIDR;
	bench_describe("GICD_IIDR");
}

const struct bench_op op_intc_trap = {
	.name = "intc-trap",
	.setup = intc_trap_setup,
	.body = read_body,
};
