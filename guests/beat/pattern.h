/* SPDX-License-Identifier: Apache-2.0 */
/* Memory full of words that nobody else writes, and whether they are still there. Pure. */
#ifndef BEAT_PATTERN_H
#define BEAT_PATTERN_H

#include "types.h"

struct pattern {
	u64 base, size; /* bytes, multiples of 8 */
	u64 key;
	u64 next;		    /* offset of the next word to check */
	u64 passes;		    /* how often all of it was checked */
	u64 bad;		    /* words found changed; each change counts once */
	u64 bad_address, bad_found; /* of the first one */
};

/* The word at an address: differs for each address and each key. */
u64 pattern_word(u64 key, u64 address);

void pattern_fill(struct pattern *p);

/* The next `size` bytes (a multiple of 8), around the end to the start. Mends what was changed. */
void pattern_check(struct pattern *p, u64 size);

#endif
