/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Marks that a payload leaves in QEMU's log of exceptions (-d int), so that traps can be counted
 * below any hypervisor, also one that counts nothing itself.
 *
 * A mark is `svc #IMM` at EL1: an exception that EL1 takes itself, of which no hypervisor below
 * hears, and that the log shows with its immediate in ESR_EL1. No kernel executes SVC at EL1.
 *
 * One operation leaves MARK_OP, then for each measured interval MARK_LOOP or MARK_SAMPLE, what is
 * measured, and MARK_END. There is no loop when an operation's preparation traps too: its traps are
 * those of the samples. Operations without a result leave marks too. Where neve counts as well, an
 * interval's first and last SMC are the latches of its counters (neve/hypercall.h).
 */
#ifndef NEVE_MARK_H
#define NEVE_MARK_H

#define MARK_OP	    0x4e00 /* the next operation begins */
#define MARK_LOOP   0x4e01 /* the loop that is also timed begins */
#define MARK_SAMPLE 0x4e02 /* a single execution begins */
#define MARK_END    0x4e03 /* what began last ends */

#endif
