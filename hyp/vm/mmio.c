/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/mmio.h"
#include "cpu/hcr.h"
#include "cpu/sysreg.h"
#include "mm/at.h"
#include "nested/eret.h"
#include "nested/gic.h"
#include "nested/regime.h"
#include "nested/shadow.h"
#include "vm/exit.h"
#include "vm/its.h"
#include "vm/ldst.h"
#include "vm/vm.h"

struct device {
	enum { GICD, GICR, ITS, UART } kind;
	u64 offset;
	u32 cpu;	 /* GICR: whose */
	struct its *its; /* ITS */
};

static bool in_range(struct mem_range r, u64 addr, u64 *offset)
{
	*offset = addr - r.base.v;
	return addr >= r.base.v && *offset < r.size;
}

static bool find(const struct vm *vm, u64 ipa, struct device *d)
{
	if (in_range(vm->machine->gic.gicd, ipa, &d->offset))
		d->kind = GICD;
	else if (!vm->plan->owns_machine && in_range(vm->machine->uart, ipa, &d->offset))
		d->kind = UART;
	else if (vm_gicr_find(vm, IPA(ipa), &d->cpu, &d->offset))
		d->kind = GICR;
	else if ((d->its = vm_its_find(vm, IPA(ipa), &d->offset)))
		d->kind = ITS;
	else
		return false;
	return true;
}

static enum mmio_result access(struct vcpu *v, const struct device *d, u32 size, bool write,
			       u64 *val)
{
	struct vm *vm = v->vm;
	bool ok = false;

	switch (d->kind) {
	case GICD:
		ok = vgic_mmio_gicd(&vm->vgic, v->id, d->offset, size, write, val);
		break;
	case GICR:
		if (d->cpu < vm->ncpus) {
			ok = vgic_mmio_gicr(&vm->vgic, v->id, d->cpu, d->offset, size, write, val);
			break;
		}
		/* A frame of no vCPU; a guest looks into each region for one (GICR_PIDR2). */
		if (!write)
			*val = 0;
		ok = true;
		break;
	case UART:
		ok = vuart_mmio(&vm->uart, d->offset, size, write, val);
		break;
	case ITS:
		switch (vm_its_mmio(d->its, d->offset, size, write, val)) {
		case ITS_AGAIN:
			return MMIO_AGAIN;
		case ITS_OK:
			ok = true;
			break;
		case ITS_REFUSE:
			break;
		}
		break;
	}
	return ok ? MMIO_DONE : MMIO_REFUSED;
}

/* ---- what the instruction is ---- */

static u64 base_of(const struct vcpu *v, const struct ldst *l)
{
	if (l->rn != LDST_SP)
		return vcpu_reg(v, l->rn);
	return pstate_has_sp_el1(v->pstate) ? read_sysreg(SP_EL1) : read_sysreg(SP_EL0);
}

static void write_back(struct vcpu *v, const struct ldst *l)
{
	u64 base = base_of(v, l) + (u64)(s64)l->increment;

	if (l->rn != LDST_SP)
		vcpu_set_reg(v, l->rn, base);
	else if (pstate_has_sp_el1(v->pstate))
		write_sysreg(base, SP_EL1);
	else
		write_sysreg(base, SP_EL0);
}

/*
 * The instruction at PC. It was fetched just now, but since then its page may have been taken out
 * of L1's tables or aged, or written to: what is here now is checked against the syndrome.
 */
static enum mmio_result fetch(struct vcpu *v, u32 *insn)
{
	u64 par = regime_translate(v, GVA(v->pc));
	unsigned type = PAR_FSC(par) & ~3u;
	nipa_t at;
	const u32 *p;

	if (par & PAR_F) {
		if (type == walk_fsc(WALK_EXTERNAL, 0))
			return MMIO_REFUSED;
		if (!regime_stage1(v, GVA(v->pc), &at))
			return MMIO_AGAIN;
		if (!(par & PAR_S) || (type != walk_fsc(WALK_TRANSLATION, 0) &&
				       type != walk_fsc(WALK_ACCESS_FLAG, 0)))
			return MMIO_REFUSED;
		shadow_forget(v, at);
		return MMIO_AGAIN;
	}
	p = vm_ram(v->vm, IPA(PAR_PA(par) | (v->pc & (PAGE_SIZE - 1))), sizeof(*p));
	if (!p)
		return MMIO_REFUSED;
	*insn = __atomic_load_n(p, __ATOMIC_RELAXED);
	return MMIO_DONE;
}

static enum mmio_result describe(struct vcpu *v, u64 esr, u64 far, struct ldst *l)
{
	enum mmio_result result;
	u64 differ;
	u32 insn;

	if (ESR_EC(esr) != EC_DABT_LOWER || (esr & (ABT_S1PTW | ABT_CM)))
		return MMIO_REFUSED;
	if (esr & ABT_ISV) {
		ldst_from_iss(esr, l);
		return MMIO_DONE;
	}
	if (v->pstate & PSTATE_A32)
		return MMIO_REFUSED;
	result = fetch(v, &insn);
	if (result != MMIO_DONE)
		return result;
	if (!ldst_decode(insn, l) || l->write != !!(esr & ABT_WNR))
		return MMIO_REFUSED;
	/* A tag may be in either. Both registers of a pair are in the page that the abort is about.
	 */
	differ = (base_of(v, l) + (u64)(s64)l->offset) ^ far;
	if ((differ & GENMASK(55, 0)) || (far & (PAGE_SIZE - 1)) + l->nr * l->size > PAGE_SIZE)
		return MMIO_REFUSED;
	return MMIO_DONE;
}

/* ---- values ---- */

static u64 zero_extend(u64 val, u32 size)
{
	return size < 8 ? val & (BIT(8 * size) - 1) : val;
}

static u64 sign_extend(u64 val, u32 size)
{
	unsigned shift = 64 - 8 * size;

	return (u64)((s64)(val << shift) >> shift);
}

/*
 * A device is little-endian. The order of the access is that of the regime in hardware, also of
 * vEL2 (whose SCTLR_EL2 is there); in AArch32 PSTATE has it.
 */
static u64 in_order(const struct vcpu *v, u64 val, u32 size)
{
	bool big = v->pstate & PSTATE_A32
			   ? v->pstate & PSTATE_A32_E
			   : read_sysreg(SCTLR_EL1) &
				     (pstate_is_el0(v->pstate) ? SCTLR_E0E : SCTLR_EE);

	return big ? __builtin_bswap64(val) >> (64 - 8 * size) : val;
}

static void load(struct vcpu *v, const struct ldst *l, unsigned n, u64 val)
{
	val = in_order(v, val, l->size);
	if (l->sign)
		val = sign_extend(val, l->size);
	vcpu_set_reg(v, l->rt[n], l->wide ? val : (u32)val);
}

enum mmio_result exit_mmio(struct vcpu *v, u64 esr, u64 far, u64 ipa)
{
	enum mmio_result result;
	struct device d;
	struct ldst l;
	u64 val[2];

	if (!find(v->vm, ipa, &d))
		return MMIO_NONE;
	result = describe(v, esr, far, &l);
	if (result != MMIO_DONE)
		return result;
	if (!v->gic_is_l2)
		nested_gic_sync(v);
	for (unsigned n = 0; n < l.nr; n++) {
		/* The ITS may want a write again: not that of the register before, too. */
		if (n && (!find(v->vm, ipa + n * l.size, &d) || d.kind == ITS))
			return MMIO_REFUSED;
		val[n] = in_order(v, zero_extend(vcpu_reg(v, l.rt[n]), l.size), l.size);
		result = access(v, &d, l.size, l.write, &val[n]);
		if (result != MMIO_DONE)
			return result;
	}
	for (unsigned n = 0; n < l.nr && !l.write; n++)
		load(v, &l, n, val[n]);
	if (l.increment)
		write_back(v, &l);
	return MMIO_DONE;
}
