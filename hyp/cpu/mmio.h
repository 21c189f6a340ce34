/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers of devices, for neve and its guests. Plain base-register loads and stores: an emulator
 * below us needs a valid syndrome (ESR_ELx.ISV). No ordering but the device's own: barriers are the
 * caller's.
 */
#ifndef NEVE_CPU_MMIO_H
#define NEVE_CPU_MMIO_H

#include "types.h"

static inline u32 read32(u64 addr)
{
	u32 v;

	__asm__ volatile("ldr %w0, [%1]" : "=r"(v) : "r"(addr) : "memory");
	return v;
}

static inline u64 read64(u64 addr)
{
	u64 v;

	__asm__ volatile("ldr %0, [%1]" : "=r"(v) : "r"(addr) : "memory");
	return v;
}

static inline void write32(u64 addr, u32 v)
{
	__asm__ volatile("str %w0, [%1]" ::"rZ"(v), "r"(addr) : "memory");
}

static inline void write64(u64 addr, u64 v)
{
	__asm__ volatile("str %x0, [%1]" ::"rZ"(v), "r"(addr) : "memory");
}

#endif
