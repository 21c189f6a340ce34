/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One queue of one virtio device behind virtio-mmio, with a single buffer that is given to the
 * device again and again. Not locked: for one CPU at a time.
 */
#ifndef BENCH_VIRTIO_H
#define BENCH_VIRTIO_H

#include "machine.h"
#include "types.h"

#define VIRTIO_ID_CONSOLE	3
#define VIRTIO_CONSOLE_TRANSMIT 1 /* the queue of port 0 from driver to device */

/*
 * Resets the first device with this ID and starts it with `queue` and no features. NULL, or why
 * not.
 */
const char *virtio_start(u32 id, u32 queue);

/* Resets the device, if there is one; it no longer uses the queue. */
void virtio_stop(void);

/* Its interrupt; intid 0: not described, or no device. */
extern struct machine_irq virtio_irq;

/* Gives the device one byte to read, without telling it. With or without an interrupt when done. */
void virtio_queue_buffer(bool interrupt);

/* Tells the device. */
void virtio_notify(void);

/* Has the device returned the buffer? Memory only, never an exit. */
bool virtio_buffer_returned(void);

/* Completes the device's interrupt. */
void virtio_ack_interrupt(void);

#endif
