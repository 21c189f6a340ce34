/* SPDX-License-Identifier: Apache-2.0 */
/* A known state of the controls that EL2 has over lower ELs, in either layout. */
#include "probe.h"

#define SCTLR_EL1_OFF 0x30d00800 /* MMU off; RES1 of ARMv8.0 */
#define CPACR_FPEN    (UINT64_C(3) << 20)
#define CPACR_ZEN     (UINT64_C(3) << 16)
#define CPTR_RES1     0x32ff /* E2H = 0: RES1, and no SME */
#define CNTHCTL_OPEN  3	     /* EL1PCTEN, EL1PCEN */

bool e2h;

static bool has_fgt(void)
{
	return FIELD(read_sysreg(id_aa64mmfr0_el1), 59, 56);
}

static bool has_hcx(void)
{
	return FIELD(read_sysreg(id_aa64mmfr1_el1), 43, 40);
}

/* The _EL12 name, when the EL1 one means EL2's register. */
static u16 el1_name(u16 enc)
{
	return e2h ? (u16)(enc | ENC(0, 5, 0, 0, 0)) : enc;
}

u64 el1_read(u16 enc)
{
	return reg_read(el1_name(enc));
}

void el1_write(u16 enc, u64 val)
{
	reg_write(el1_name(enc), val);
}

void reset_controls(void)
{
	reg_write(E_HCR_EL2, HCR_BASE | (e2h ? HCR_EL2_E2H : 0));
	if (e2h) {
		reg_write(E_CPTR_EL2, CPACR_FPEN | CPACR_ZEN);
		reg_write(E_CNTHCTL_EL2, CNTHCTL_OPEN << 10 | 3);
	} else {
		reg_write(E_CPTR_EL2, CPTR_RES1);
		reg_write(E_CNTHCTL_EL2, CNTHCTL_OPEN);
	}
	reg_write(E_MDCR_EL2, FIELD(read_sysreg(pmcr_el0), 15, 11));
	reg_write(E_HSTR_EL2, 0);
	reg_write(E_ICH_HCR_EL2, 0);
	if (has_hcx())
		reg_write(E_HCRX_EL2, 0);
	if (has_fgt()) {
		reg_write(E_HFGRTR_EL2, 0);
		reg_write(E_HFGWTR_EL2, 0);
		reg_write(E_HFGITR_EL2, 0);
		reg_write(E_HDFGRTR_EL2, 0);
		reg_write(E_HDFGWTR_EL2, 0);
	}
	write_sysreg(vpidr_el2, 0x410fd0c1);
	write_sysreg(vmpidr_el2, 0x80000000);
	write_sysreg(vttbr_el2, 0);
	write_sysreg(vtcr_el2, BIT(31));
	write_sysreg(cntvoff_el2, 0);
	el1_write(ENC(3, 0, 1, 0, 0), SCTLR_EL1_OFF);
	el1_write(ENC(3, 0, 1, 0, 2), CPACR_FPEN | CPACR_ZEN);
	el1_write(ENC(3, 0, 2, 0, 2), 0);
	el1_write(ENC(3, 0, 12, 0, 0), (u64)vectors_record);
	el1_write(ENC(3, 0, 14, 1, 0), 0);
	write_sysreg(mdscr_el1, 0);
	write_sysreg(pmuserenr_el0, 0);
	write_sysreg(sp_el1, 0);
	write_sysreg(sp_el0, 0);
	isb();
}

void set_e2h(bool on)
{
	reg_write(E_HCR_EL2, HCR_BASE | (on ? HCR_EL2_E2H : 0));
	/*
	 * An access that traps to a hypervisor below: where the write to HCR_EL2 is to memory, it
	 * learns of it here.
	 */
	(void)reg_read(ENC(3, 4, 1, 0, 0));
	e2h = on;
	reset_controls();
}
