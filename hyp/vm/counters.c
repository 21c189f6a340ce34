/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/counters.h"

static const char *const ec_name[64] = {
	[0x00] = "unknown",
	[0x01] = "WFx",
	[0x07] = "FP",
	[0x09] = "PAuth",
	[0x0e] = "illegal state",
	[0x15] = "SVC",
	[0x16] = "HVC",
	[0x17] = "SMC",
	[0x19] = "SVE",
	[0x1a] = "ERET",
	[0x1c] = "FPAC",
	[0x1d] = "SME",
	[0x20] = "instr abort",
	[0x21] = "instr abort EL2",
	[0x22] = "PC alignment",
	[0x24] = "data abort",
	[0x25] = "VNCR abort",
	[0x26] = "SP alignment",
	[0x27] = "MOPS",
	[0x2c] = "FP exception",
	[0x2f] = "SError",
	[0x30] = "breakpoint",
	[0x32] = "step",
	[0x34] = "watchpoint",
	[0x3c] = "BRK",
};

static const char *const async_name[] = {
	[CAUSE_IRQ - CAUSE_IRQ] = "IRQ",
	[CAUSE_FIQ - CAUSE_IRQ] = "FIQ",
	[CAUSE_SERROR - CAUSE_IRQ] = "SError interrupt",
	[CAUSE_SYSREG_OTHER - CAUSE_IRQ] = "sysreg other",
};

static unsigned append(char *buf, unsigned pos, const char *s)
{
	while (s && *s && pos < 31)
		buf[pos++] = *s++;
	return pos;
}

void trap_cause_name(unsigned cause, char buf[32])
{
	unsigned pos = 0;

	if (cause >= CAUSE_SYSREG && cause < CAUSE_COUNT) {
		pos = append(buf, pos, sysreg_name(&sysreg_table[cause - CAUSE_SYSREG]));
	} else if (cause >= CAUSE_IRQ && cause <= CAUSE_SYSREG_OTHER) {
		pos = append(buf, pos, async_name[cause - CAUSE_IRQ]);
	} else if (cause < 64) {
		static const char hex[] = "0123456789abcdef";
		char number[6] = {'E', 'C', ' ', hex[cause >> 4], hex[cause & 15], 0};

		pos = append(buf, pos, ec_name[cause] ? ec_name[cause] : number);
	}
	while (pos < 32)
		buf[pos++] = 0;
}
