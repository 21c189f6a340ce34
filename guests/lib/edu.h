/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QEMU's `edu`: a PCI device that copies between memory and a buffer of its own, 100 ms after it
 * was told to. Source: QEMU, docs/specs/edu.rst. Its option dma_mask says how far its addresses
 * reach.
 */
#ifndef GUEST_EDU_H
#define GUEST_EDU_H

#include "types.h"

#define EDU_VENDOR 0x1234
#define EDU_DEVICE 0x11e8

/* Registers of 64 bits in BAR 0 */
#define EDU_SRC	  0x80
#define EDU_DST	  0x88
#define EDU_COUNT 0x90
#define EDU_CMD	  0x98

#define EDU_BUFFER	0x40000 /* its own, as an address of its DMA */
#define EDU_BUFFER_SIZE 4096
#define EDU_CMD_RUN	BIT(0) /* reads 1 until it is done */
#define EDU_CMD_WRITE	BIT(1) /* to memory */

#endif
