/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A generic timer that is in memory: what the hardware would make of it, and when. Pure. All values
 * are the guest's and may be anything.
 */
#ifndef NEVE_NESTED_ALARM_H
#define NEVE_NESTED_ALARM_H

#include "types.h"

/* CNTx_CTL */
#define CTL_ENABLE  BIT(0)
#define CTL_IMASK   BIT(1)
#define CTL_ISTATUS BIT(2)

#define ALARM_NEVER (~UINT64_C(0))

/* CTL with ISTATUS at `now`, in the timer's own count; lowers *left to the ticks until it fires. */
static inline u64 alarm_evaluate(u64 ctl, u64 cval, u64 now, u64 *left)
{
	ctl &= CTL_ENABLE | CTL_IMASK;
	if (!(ctl & CTL_ENABLE))
		return ctl;
	if (now >= cval)
		return ctl | CTL_ISTATUS;
	if (!(ctl & CTL_IMASK) && cval - now < *left)
		*left = cval - now;
	return ctl;
}

/*
 * The physical count, now `now`, `left` ticks on; always later than now. False: never. With an
 * offset a compare value may be one that the count does not reach before 2^64; an alarm at what the
 * sum wraps to would go off at once, again and again.
 */
static inline bool alarm_at(u64 now, u64 left, u64 *at)
{
	return left != ALARM_NEVER && !__builtin_add_overflow(now, left, at);
}

#endif
