/* SPDX-License-Identifier: Apache-2.0 */
#include "nested/breakpoint.h"
#include "cpu/sysreg.h"
#include "gen/sysreg_enc.h"
#include "gen/sysreg_id.h"

/* DBGBCR<n>_EL1 and DBGWCR<n>_EL1 */
#define CR_E	   BIT(0)
#define CR_PMC_EL1 BIT(1)
#define CR_PMC_EL0 BIT(2)
#define CR_HMC	   BIT(13)
#define CR_SSC	   GENMASK(15, 14)
#define SSC_NS	   BIT(14) /* Non-secure state */
#define SSC_SECURE BIT(15) /* Secure state */
#define BCR_BT(cr) FIELD(cr, 23, 20)
#define BT_LINKED  1 /* an address, with the context of another breakpoint */

/* ---- the hardware's registers by number ---- */

/* clang-format off */
#define FOR_EACH_POINT(X, reg)                                                                     \
	X(reg, 0) X(reg, 1) X(reg, 2) X(reg, 3) X(reg, 4) X(reg, 5) X(reg, 6) X(reg, 7) X(reg, 8)  \
	X(reg, 9) X(reg, 10) X(reg, 11) X(reg, 12) X(reg, 13) X(reg, 14) X(reg, 15)

#define READ(reg, i)  case i: return read_sysreg(reg##i##_EL1);
#define WRITE(reg, i) case i: write_sysreg(val, reg##i##_EL1); break;

#define ACCESSORS(reg)                                                                             \
	static u64 read_##reg(unsigned n)                                                          \
	{                                                                                          \
		switch (n) { FOR_EACH_POINT(READ, reg) }                                           \
		return 0;                                                                          \
	}                                                                                          \
	static void write_##reg(unsigned n, u64 val)                                               \
	{                                                                                          \
		switch (n) { FOR_EACH_POINT(WRITE, reg) }                                          \
	}

ACCESSORS(DBGBVR)
ACCESSORS(DBGBCR)
ACCESSORS(DBGWVR)
ACCESSORS(DBGWCR)
/* clang-format on */

static unsigned breakpoints(void)
{
	return (unsigned)FIELD(read_sysreg(ID_AA64DFR0_EL1), 15, 12) + 1;
}

static unsigned watchpoints(void)
{
	return (unsigned)FIELD(read_sysreg(ID_AA64DFR0_EL1), 23, 20) + 1;
}

/* ---- the translation ---- */

u64 watchpoint_at_el1(u64 wcr)
{
	u64 cr = wcr & ~(CR_HMC | CR_PMC_EL1), ssc = wcr & CR_SSC;

	if ((wcr & CR_HMC) && ssc != SSC_SECURE)
		cr |= CR_PMC_EL1;
	/* Only with HMC is 3 one for Non-secure state. */
	if ((wcr & CR_HMC) && ssc == CR_SSC)
		cr = (cr & ~CR_SSC) | SSC_NS;
	if (!(cr & (CR_PMC_EL1 | CR_PMC_EL0)))
		cr &= ~CR_E;
	return cr;
}

u64 breakpoint_at_el1(u64 bcr)
{
	/* A context that others are linked to: they say at which ELs. */
	if ((BCR_BT(bcr) & BT_LINKED) && BCR_BT(bcr) != BT_LINKED)
		return bcr;
	return watchpoint_at_el1(bcr);
}

void breakpoints_translate(struct vcpu *v)
{
	if (v->points.translated)
		return;
	v->points.translated = true;
	for (unsigned n = 0; n < breakpoints(); n++) {
		v->points.bcr[n] = read_DBGBCR(n);
		write_DBGBCR(n, breakpoint_at_el1(v->points.bcr[n]));
	}
	for (unsigned n = 0; n < watchpoints(); n++) {
		v->points.wcr[n] = read_DBGWCR(n);
		write_DBGWCR(n, watchpoint_at_el1(v->points.wcr[n]));
	}
}

void breakpoints_restore(struct vcpu *v)
{
	if (!v->points.translated)
		return;
	v->points.translated = false;
	for (unsigned n = 0; n < breakpoints(); n++)
		write_DBGBCR(n, v->points.bcr[n]);
	for (unsigned n = 0; n < watchpoints(); n++)
		write_DBGWCR(n, v->points.wcr[n]);
}

static u64 read_point(const struct vcpu *v, unsigned op2, unsigned n)
{
	switch (op2) {
	case 4:
		return read_DBGBVR(n);
	case 5:
		return v->points.translated ? v->points.bcr[n] : read_DBGBCR(n);
	case 6:
		return read_DBGWVR(n);
	}
	return v->points.translated ? v->points.wcr[n] : read_DBGWCR(n);
}

/* L1 is to read what the hardware makes of its value: bits may be RES0. */
static void write_bcr(struct vcpu *v, unsigned n, u64 val)
{
	write_DBGBCR(n, val);
	if (!v->points.translated)
		return;
	v->points.bcr[n] = read_DBGBCR(n);
	write_DBGBCR(n, breakpoint_at_el1(v->points.bcr[n]));
}

static void write_wcr(struct vcpu *v, unsigned n, u64 val)
{
	write_DBGWCR(n, val);
	if (!v->points.translated)
		return;
	v->points.wcr[n] = read_DBGWCR(n);
	write_DBGWCR(n, watchpoint_at_el1(v->points.wcr[n]));
}

static void write_point(struct vcpu *v, unsigned op2, unsigned n, u64 val)
{
	switch (op2) {
	case 4:
		write_DBGBVR(n, val);
		break;
	case 5:
		write_bcr(v, n, val);
		break;
	case 6:
		write_DBGWVR(n, val);
		break;
	default:
		write_wcr(v, n, val);
	}
}

bool breakpoints_access(struct vcpu *v, const struct sysreg_desc *d, bool read, unsigned rt)
{
	/* 2, 0, c0, c<n>, 4 to 7: BVR, BCR, WVR, WCR */
	unsigned op2 = (unsigned)FIELD(d->key, 19, 17), n = (unsigned)FIELD(d->key, 4, 1);

	if ((d->key & ~(GENMASK(18, 17) | GENMASK(4, 1))) != SYSREG_KEY_DBGBVR0_EL1 ||
	    n >= (op2 < 6 ? breakpoints() : watchpoints()))
		return false;
	if (read)
		vcpu_set_reg(v, rt, read_point(v, op2, n));
	else
		write_point(v, op2, n, vcpu_reg(v, rt));
	return true;
}
