/* SPDX-License-Identifier: Apache-2.0 */
#include "pattern.h"

/* The output function of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): one to one. */
u64 pattern_word(u64 key, u64 address)
{
	u64 z = key + address;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

void pattern_fill(struct pattern *p)
{
	for (u64 at = p->base; at < p->base + p->size; at += 8)
		*(volatile u64 *)at = pattern_word(p->key, at);
}

static void check_word(struct pattern *p, u64 at)
{
	volatile u64 *word = (volatile u64 *)at;
	u64 found = *word, expected = pattern_word(p->key, at);

	if (found == expected)
		return;
	if (!p->bad++) {
		p->bad_address = at;
		p->bad_found = found;
	}
	*word = expected;
}

void pattern_check(struct pattern *p, u64 size)
{
	for (u64 done = 0; done < size; done += 8) {
		check_word(p, p->base + p->next);
		p->next += 8;
		if (p->next == p->size) {
			p->next = 0;
			p->passes++;
		}
	}
}
