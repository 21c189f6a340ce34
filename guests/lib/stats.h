/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics of samples, and fixed-point numbers as text. Pure; no floating point. */
#ifndef GUEST_STATS_H
#define GUEST_STATS_H

#include "types.h"

/* At 0, 1, 5, 10, 25, 50, 75, 90, 95, 99 and 100 per cent, for the shape of a distribution. */
#define STATS_QUANTILES 11

struct stats {
	u64 sum, n;
	u64 min, p50, p99, max;
	u64 quantile[STATS_QUANTILES];
};

/* Sorts the samples in place. n > 0. Percentiles by nearest rank, so each is one of the samples. */
struct stats stats_of(u64 *samples, u32 n);

/*
 * sum / n as a decimal fraction, rounded to three places, without trailing zeros but with one
 * digit behind the point: "7.0", "0.125". Returns buf. n > 0.
 */
#define STATS_RATIO_SIZE 32
const char *stats_ratio(char buf[STATS_RATIO_SIZE], u64 sum, u64 n);

#endif
