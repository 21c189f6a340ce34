/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MMIO. Inline assembly with one register for data and one for the address, because only such a
 * load or store has a syndrome (ESR_ELx.ISV) that a hypervisor can emulate.
 */
#ifndef GUEST_IO_H
#define GUEST_IO_H

#include "types.h"

static inline u32 readl(u64 addr)
{
	u32 val;

	asm volatile("ldr %w0, [%1]" : "=r"(val) : "r"(addr) : "memory");
	return val;
}

static inline void writel(u64 addr, u32 val)
{
	asm volatile("str %w0, [%1]" ::"rZ"(val), "r"(addr) : "memory");
}

static inline u64 readq(u64 addr)
{
	u64 val;

	asm volatile("ldr %0, [%1]" : "=r"(val) : "r"(addr) : "memory");
	return val;
}

static inline void writeq(u64 addr, u64 val)
{
	asm volatile("str %x0, [%1]" ::"rZ"(val), "r"(addr) : "memory");
}

#endif
