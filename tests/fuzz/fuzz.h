/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the libFuzzer targets: taking values from the input, and a guest's memory made of it. The
 * memory has no end: the input's words, repeated, with an index that depends on the address, so
 * that descriptors lead somewhere and tables differ.
 */
#ifndef NEVE_TESTS_FUZZ_H
#define NEVE_TESTS_FUZZ_H

#include "../check.h"
#include "mm/walk.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

struct input {
	const u8 *data;
	size_t size;
};

/* The next bytes of the input as a value; zeroes after its end. */
static inline u64 take(struct input *in, size_t bytes)
{
	u64 v = 0;
	size_t n = bytes < in->size ? bytes : in->size;

	memcpy(&v, in->data, n);
	in->data += n;
	in->size -= n;
	return v;
}

#define FUZZ_WORDS 64

struct fuzz_memory {
	u64 words[FUZZ_WORDS];
	unsigned int used; /* at least 1 */
	unsigned int reads, updates;
	u8 conflicts; /* bit n: update n finds another value */
	u8 aborts;    /* bit n: read n fails */
};

static inline void fuzz_memory_init(struct fuzz_memory *m, struct input *in)
{
	memset(m, 0, sizeof(*m));
	m->conflicts = take(in, 1);
	m->aborts = take(in, 1);
	do
		m->words[m->used++] = take(in, 8);
	while (in->size && m->used < FUZZ_WORDS);
}

static inline u64 *fuzz_word(struct fuzz_memory *m, ipa_t ipa)
{
	CHECK(ipa.v % 8 == 0);
	return &m->words[(ipa.v >> 3 ^ ipa.v >> 12) % m->used];
}

static inline int fuzz_read64(void *ctx, ipa_t ipa, u64 *val)
{
	struct fuzz_memory *m = ctx;

	if (m->reads < 8 && m->aborts >> m->reads & 1) {
		m->reads++;
		return -EFAULT;
	}
	m->reads++;
	*val = *fuzz_word(m, ipa);
	return 0;
}

static inline int fuzz_cas64(void *ctx, ipa_t ipa, u64 old, u64 new)
{
	struct fuzz_memory *m = ctx;
	u64 *w = fuzz_word(m, ipa);

	if (m->updates < 8 && m->conflicts >> m->updates & 1)
		*w ^= UINT64_C(1) << (m->updates * 7);
	m->updates++;
	if (*w != old)
		return 1;
	*w = new;
	return 0;
}

static const struct walk_mem fuzz_mem = {.read64 = fuzz_read64, .cas64 = fuzz_cas64};

/* What ID registers can promise, from one byte. */
static inline u8 fuzz_pa_bits(u8 v)
{
	return walk_oa_bits(v % 6);
}

static inline u32 fuzz_granules(u8 v)
{
	u32 g = (v & 1 ? GRANULE_4K : 0) | (v & 2 ? GRANULE_16K : 0) | (v & 4 ? GRANULE_64K : 0);

	return g ? g : GRANULE_ALL;
}

/* The n-th of a list, from its start again behind its end. */
#define PICK(list, n) ((list)[(n) % ARRAY_SIZE(list)])

/* A number for a device tree: one of these, or a power of two more, or any. */
static inline u32 fuzz_number(struct input *in, const u32 *base, size_t n)
{
	u8 how = (u8)take(in, 1);

	if (how & 0x80)
		return (u32)take(in, 4);
	return base[how % n] + (how & 0x40 ? 1u << take(in, 1) % 32 : 0);
}

#endif
