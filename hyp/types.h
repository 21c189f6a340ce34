/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Basic types. The four address spaces of a nested system are four distinct C types, so that
 * mixing them does not compile.
 */
#ifndef NEVE_TYPES_H
#define NEVE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

typedef struct {
	u64 v;
} hpa_t; /* host physical address */

typedef struct {
	u64 v;
} ipa_t; /* intermediate physical address of an L1 ("its physical memory") */

typedef struct {
	u64 v;
} nipa_t; /* nested IPA: intermediate physical address of an L2 */

typedef struct {
	u64 v;
} gva_t; /* virtual address of a guest, in whichever regime the context says */

#define HPA(x)	((hpa_t){(x)})
#define IPA(x)	((ipa_t){(x)})
#define NIPA(x) ((nipa_t){(x)})
#define GVA(x)	((gva_t){(x)})

#define BIT(n)	      (UINT64_C(1) << (n))
#define GENMASK(h, l) ((~UINT64_C(0) >> (63 - (h))) & (~UINT64_C(0) << (l)))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
/* clang-format off */
#define FIELD(v, h, l)	 (((v) & GENMASK(h, l)) >> (l))
#define ALIGN_DOWN(x, a) ((x) & ~((u64)(a) - 1))
#define ALIGN_UP(x, a)	 ALIGN_DOWN((x) + (a) - 1, a)
#define IS_ALIGNED(x, a) (((x) & ((u64)(a) - 1)) == 0)
/* clang-format on */

#define SZ_4K  UINT64_C(0x1000)
#define SZ_64K UINT64_C(0x10000)
#define SZ_2M  UINT64_C(0x200000)
#define SZ_1G  UINT64_C(0x40000000)

#define PAGE_SHIFT 12
#define PAGE_SIZE  SZ_4K

#define MAX_CPUS 8

#endif
