/* SPDX-License-Identifier: Apache-2.0 */
/* Encodings of system registers and instructions, as numbers. */
#ifndef GUEST_ENCODING_H
#define GUEST_ENCODING_H

#include "types.h"

/* A system register or instruction: op0 at 15:14, op1 13:11, CRn 10:7, CRm 6:3, op2 2:0. */
#define ENC(op0, op1, crn, crm, op2)                                                               \
	((u16)((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2)))
#define ENC_OP0(enc) ((u32)FIELD(enc, 15, 14))
#define ENC_OP1(enc) ((u32)FIELD(enc, 13, 11))
#define ENC_CRN(enc) ((u32)FIELD(enc, 10, 7))
#define ENC_CRM(enc) ((u32)FIELD(enc, 6, 3))
#define ENC_OP2(enc) ((u32)FIELD(enc, 2, 0))
#define ENC_FIRST    0x4000 /* the lower ones are hints, barriers and PSTATE immediates */
#define ENC_END	     0x10000

/* As the conversion "%u.%u.%u.%u.%u" wants it. */
#define ENC_ARGS(enc) ENC_OP0(enc), ENC_OP1(enc), ENC_CRN(enc), ENC_CRM(enc), ENC_OP2(enc)

#endif
