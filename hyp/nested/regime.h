/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLB maintenance and address translation instructions at vEL2: which translation regime they mean,
 * and doing it there.
 */
#ifndef NEVE_NESTED_REGIME_H
#define NEVE_NESTED_REGIME_H

#include "vm/exit.h"

/* `key`: SYSREG_ISS_KEY of the instruction; `val`: its operand. */
enum exit_action regime_tlbi(struct vcpu *v, u32 key, u64 val);
enum exit_action regime_at(struct vcpu *v, u32 key, gva_t va);

/*
 * PAR_EL1 (mm/at.h) for a read by what runs now, at its EL, with L1's IPA as output; L1's stage 2
 * included. Read from the tables, as an AT in EL2 whose walk meets an external abort would be an
 * exception of neve's own (Arm ARM, AT).
 */
u64 regime_translate(struct vcpu *v, gva_t va);

/*
 * Stage 1 of that alone: its output. False: there is none now, or L1's stage 2 refuses a table;
 * what the hardware had of that is forgotten, so that it finds out when the access is made again.
 */
bool regime_stage1(struct vcpu *v, gva_t va, nipa_t *out);

#endif
