/* SPDX-License-Identifier: Apache-2.0 */
/*
 * neve's hypercalls, for guests and for neve itself.
 *
 * Convention: SMC Calling Convention 1.2, 64-bit fast calls in the "vendor specific hypervisor
 * service" range (owner 6), made with `smc #0`. Arguments in x1.., results in x0.. An unknown
 * function returns NEVE_NOT_SUPPORTED in x0 and leaves x1.. alone.
 *
 * Who may call: the guest hypervisor (L1, at vEL2 or vEL1). An SMC of a nested VM (L2) belongs to
 * its L1, so from L2 these calls reach neve only if neve was booted with `l2-counters=on`, which is
 * meant for measuring; otherwise the SMC goes where L1's HCR_EL2.TSC says.
 *
 * This header may be included from C and from assembly.
 */
#ifndef NEVE_HYPERCALL_H
#define NEVE_HYPERCALL_H

#define NEVE_SMC(n) (0xc6004e00 + (n)) /* 'N' << 8: away from the ids other hypervisors use */

#define NEVE_NOT_SUPPORTED (-1)
#define NEVE_INVALID	   (-2)
#define NEVE_NO_MEMORY	   (-3)

/*
 * NEVE_VERSION() -> x0 = NEVE_MAGIC, x1 = ABI version (NEVE_ABI), x2 = number of vCPUs of the
 * calling VM, x3 = number of causes that can occur.
 */
#define NEVE_VERSION NEVE_SMC(0)
#define NEVE_MAGIC   0x4556454e /* "NEVE", least significant byte first */
#define NEVE_ABI     1

/*
 * NEVE_COUNTERS_LATCH() -> x0 = 0.
 * The latched set of counters becomes what all vCPUs of the calling VM have counted since the last
 * latch. The trap of this call itself is counted in it (it is taken before), what it takes is not
 * (it is known when the next trap begins). Counting never stops; a latch is how an interval begins
 * and ends.
 */
#define NEVE_COUNTERS_LATCH NEVE_SMC(1)

/*
 * NEVE_COUNTERS_NEXT(cursor) -> the first latched counter at or after cursor that is not zero.
 * x0 = cursor to continue with, or NEVE_INVALID when there is none left;
 * x1 = cause; x2 = level of the trapping code (1 = L1, at vEL2 or vEL0 of its own host regime or
 * as a guest without stage 2 of its own; 2 = L2); x3 = count, summed over vCPUs;
 * x4 = ticks of CNTPCT_EL0 spent in neve for it while tracing was on (see NEVE_TRACE): traps that
 * began before the latch that ended the interval. 0 when tracing was off.
 * Start with cursor 0.
 */
#define NEVE_COUNTERS_NEXT NEVE_SMC(2)

/*
 * NEVE_CAUSE_NAME(cause) -> x0 = 0 or NEVE_INVALID; x1..x4 = up to 32 bytes of ASCII, zero padded,
 * least significant byte of x1 first. For example "HVC", "ERET", "IRQ", "sysreg MDCR_EL2".
 */
#define NEVE_CAUSE_NAME NEVE_SMC(3)

/*
 * NEVE_TRACE(what) -> x0 = 0, NEVE_INVALID or NEVE_NO_MEMORY; x1 = the mode before, enum
 * neve_trace_mode of neve/trace.h; x2 = physical address of struct neve_trace_header.
 * `what` is the new mode, or NEVE_TRACE_QUERY. Other CPUs follow within a few microseconds.
 * Only the host VM may change the mode: any other has NEVE_INVALID. Statistics are kept when
 * tracing goes off and continued when it comes back.
 */
#define NEVE_TRACE	 NEVE_SMC(4)
#define NEVE_TRACE_QUERY 0x100

#endif
