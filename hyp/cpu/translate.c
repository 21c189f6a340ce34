/* SPDX-License-Identifier: Apache-2.0 */
#include "cpu/translate.h"
#include "cpu/sysreg.h"

u64 cpu_translate(gva_t va, bool el0)
{
	u64 guest = read_sysreg(PAR_EL1), par;

	if (el0)
		__asm__ volatile("at s12e0r, %0" ::"r"(va.v) : "memory");
	else
		__asm__ volatile("at s12e1r, %0" ::"r"(va.v) : "memory");
	isb();
	par = read_sysreg(PAR_EL1);
	write_sysreg(guest, PAR_EL1);
	return par;
}
