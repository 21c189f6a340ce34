/* SPDX-License-Identifier: Apache-2.0 */
#include "stats.h"

#include "lib/printf.h"

static void sift_down(u64 *heap, u32 root, u32 n)
{
	u64 val = heap[root];

	for (;;) {
		u32 child = 2 * root + 1;

		if (child >= n)
			break;
		if (child + 1 < n && heap[child + 1] > heap[child])
			child++;
		if (heap[child] <= val)
			break;
		heap[root] = heap[child];
		root = child;
	}
	heap[root] = val;
}

/* Heap sort: in place, no recursion, no bad case. */
static void sort(u64 *samples, u32 n)
{
	for (u32 i = n / 2; i-- > 0;)
		sift_down(samples, i, n);
	for (u32 end = n; end-- > 1;) {
		u64 max = samples[0];

		samples[0] = samples[end];
		samples[end] = max;
		sift_down(samples, 0, end);
	}
}

static u64 percentile(const u64 *sorted, u32 n, u32 percent)
{
	u64 rank = ((u64)n * percent + 99) / 100;

	return sorted[rank ? rank - 1 : 0];
}

struct stats stats_of(u64 *samples, u32 n)
{
	static const u8 percent[STATS_QUANTILES] = {0, 1, 5, 10, 25, 50, 75, 90, 95, 99, 100};
	struct stats s = {.n = n};

	sort(samples, n);
	for (u32 i = 0; i < n; i++)
		s.sum += samples[i];
	s.min = samples[0];
	s.p50 = percentile(samples, n, 50);
	s.p99 = percentile(samples, n, 99);
	s.max = samples[n - 1];
	for (u32 i = 0; i < STATS_QUANTILES; i++)
		s.quantile[i] = percentile(samples, n, percent[i]);
	return s;
}

const char *stats_ratio(char buf[STATS_RATIO_SIZE], u64 sum, u64 n)
{
	u64 whole = sum / n, milli = ((sum % n) * 1000 + n / 2) / n;
	size_t len;

	if (milli == 1000) {
		whole++;
		milli = 0;
	}
	len = fmt_snprintf(buf, STATS_RATIO_SIZE, "%lu.%03lu", whole, milli);
	while (buf[len - 1] == '0' && buf[len - 2] != '.')
		buf[--len] = '\0';
	return buf;
}
