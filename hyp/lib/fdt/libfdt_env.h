/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libfdt's public header needs from its environment, freestanding.
 *
 * The library itself is Debian's libfdt.a for arm64 (tools/fetch), compiled against a C library.
 * At run time it needs only these, which neve supplies: memchr memcmp memcpy memmove memset strchr
 * strlen strnlen strrchr strtoul, and __stack_chk_guard with __stack_chk_fail.
 *
 * It is compiled with SIMD and with unaligned accesses: call it at EL2 only with stage 1 on, and
 * not while a guest's FP registers are live (neve uses it at boot alone).
 */
#ifndef LIBFDT_ENV_H
#define LIBFDT_ENV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Big-endian cells, as they lie in the blob; every target of neve is little-endian. */
typedef uint16_t fdt16_t;
typedef uint32_t fdt32_t;
typedef uint64_t fdt64_t;

static inline uint16_t fdt16_to_cpu(fdt16_t x)
{
	return __builtin_bswap16(x);
}

static inline fdt16_t cpu_to_fdt16(uint16_t x)
{
	return __builtin_bswap16(x);
}

static inline uint32_t fdt32_to_cpu(fdt32_t x)
{
	return __builtin_bswap32(x);
}

static inline fdt32_t cpu_to_fdt32(uint32_t x)
{
	return __builtin_bswap32(x);
}

static inline uint64_t fdt64_to_cpu(fdt64_t x)
{
	return __builtin_bswap64(x);
}

static inline fdt64_t cpu_to_fdt64(uint64_t x)
{
	return __builtin_bswap64(x);
}

size_t strlen(const char *s);

#endif
