/* SPDX-License-Identifier: Apache-2.0 */
/* Virtual I/O Device (VIRTIO) 1.2: 2.7 split virtqueues, 3.1 initialization, 4.2 virtio over MMIO
 */
#include "virtio.h"

#include <string.h>

#include "cpu/mmio.h"
#include "sysreg.h"

#define REG_MAGIC	     0x000
#define REG_VERSION	     0x004
#define REG_DEVICE_ID	     0x008
#define REG_FEATURES	     0x010
#define REG_FEATURES_SEL     0x014
#define REG_DRIVER_FEATURES  0x020
#define REG_DRIVER_SEL	     0x024
#define REG_QUEUE_SEL	     0x030
#define REG_QUEUE_NUM_MAX    0x034
#define REG_QUEUE_NUM	     0x038
#define REG_QUEUE_READY	     0x044
#define REG_QUEUE_NOTIFY     0x050
#define REG_INTERRUPT_STATUS 0x060
#define REG_INTERRUPT_ACK    0x064
#define REG_STATUS	     0x070
#define REG_QUEUE_DESC	     0x080
#define REG_QUEUE_DRIVER     0x090
#define REG_QUEUE_DEVICE     0x0a0

#define MAGIC		   0x74726976
#define STATUS_ACKNOWLEDGE 1u
#define STATUS_DRIVER	   2u
#define STATUS_DRIVER_OK   4u
#define STATUS_FEATURES_OK 8u
#define FEATURE_VERSION_1  1u /* in the second word of features */

#define QUEUE_SIZE	   2
#define AVAIL_NO_INTERRUPT 1

static struct {
	u64 addr;
	u32 len;
	u16 flags, next;
} desc[QUEUE_SIZE] __attribute__((aligned(16)));
static struct {
	u16 flags, idx, ring[QUEUE_SIZE];
} avail __attribute__((aligned(64)));
/* Written by the device */
static struct {
	u16 flags, idx;
	struct {
		u32 id, len;
	} ring[QUEUE_SIZE];
} used __attribute__((aligned(64)));

static u64 base;
static u32 queue_index;
static u8 buffer[64];

struct machine_irq virtio_irq;

static bool find_device(u32 id)
{
	for (u32 i = 0; i < machine.nr_virtio; i++) {
		u64 addr = machine.virtio[i].reg.base;

		if (read32(addr + REG_MAGIC) != MAGIC || read32(addr + REG_DEVICE_ID) != id)
			continue;
		base = addr;
		virtio_irq = machine.virtio[i].irq;
		return true;
	}
	return false;
}

static void set_queue_address(u32 reg, const void *addr)
{
	write32(base + reg, (u32)(u64)addr);
	write32(base + reg + 4, (u32)((u64)addr >> 32));
}

static const char *start_queue(u32 queue)
{
	write32(base + REG_QUEUE_SEL, queue);
	if (read32(base + REG_QUEUE_NUM_MAX) < QUEUE_SIZE)
		return "the virtio device lacks the queue";
	queue_index = queue;
	desc[0].addr = (u64)buffer;
	desc[0].len = 1;
	write32(base + REG_QUEUE_NUM, QUEUE_SIZE);
	set_queue_address(REG_QUEUE_DESC, &desc);
	set_queue_address(REG_QUEUE_DRIVER, &avail);
	set_queue_address(REG_QUEUE_DEVICE, &used);
	write32(base + REG_QUEUE_READY, 1);
	return NULL;
}

const char *virtio_start(u32 id, u32 queue)
{
	const char *wrong;
	u32 status = STATUS_ACKNOWLEDGE | STATUS_DRIVER;

	if (!find_device(id))
		return "no virtio console; for QEMU: -device virtio-serial-device";
	if (read32(base + REG_VERSION) != 2)
		return "virtio-mmio is not version 2; for QEMU: "
		       "-global virtio-mmio.force-legacy=false";
	virtio_stop();
	memset(&avail, 0, sizeof(avail));
	memset(&used, 0, sizeof(used));
	write32(base + REG_STATUS, status);
	write32(base + REG_FEATURES_SEL, 1);
	if (!(read32(base + REG_FEATURES) & FEATURE_VERSION_1))
		return "the virtio device lacks VIRTIO_F_VERSION_1";
	write32(base + REG_DRIVER_SEL, 0);
	write32(base + REG_DRIVER_FEATURES, 0);
	write32(base + REG_DRIVER_SEL, 1);
	write32(base + REG_DRIVER_FEATURES, FEATURE_VERSION_1);
	status |= STATUS_FEATURES_OK;
	write32(base + REG_STATUS, status);
	if (!(read32(base + REG_STATUS) & STATUS_FEATURES_OK))
		return "the virtio device wants a feature";
	wrong = start_queue(queue);
	if (!wrong)
		write32(base + REG_STATUS, status | STATUS_DRIVER_OK);
	return wrong;
}

void virtio_stop(void)
{
	if (base)
		write32(base + REG_STATUS, 0);
}

void virtio_queue_buffer(bool interrupt)
{
	u16 idx = avail.idx;

	avail.flags = interrupt ? 0 : AVAIL_NO_INTERRUPT;
	avail.ring[idx % QUEUE_SIZE] = 0;
	__atomic_store_n(&avail.idx, (u16)(idx + 1), __ATOMIC_RELEASE);
	dsb(ishst); /* before the notification, which is Device memory */
}

void virtio_notify(void)
{
	write32(base + REG_QUEUE_NOTIFY, queue_index);
}

bool virtio_buffer_returned(void)
{
	return __atomic_load_n(&used.idx, __ATOMIC_ACQUIRE) == avail.idx;
}

void virtio_ack_interrupt(void)
{
	write32(base + REG_INTERRUPT_ACK, read32(base + REG_INTERRUPT_STATUS));
}
