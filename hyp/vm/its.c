// SPDX-License-Identifier: Apache-2.0
#include "vm/its.h"
#include "cpu/console.h"
#include "cpu/panic.h"
#include "irq/gic.h"
#include "irq/its_hw.h"
#include "mm/alloc.h"

/* GICR_PROPBASER and GICR_PENDBASER */
#define PROP_ADDR(r)   (GENMASK(51, 12) & (r))
#define PROP_IDBITS(r) ((u32)FIELD(r, 4, 0) + 1)
#define PEND_ADDR(r)   (GENMASK(51, 16) & (r))
#define MIN_IDBITS     14 /* fewer would be no LPIs */

static struct vm_its {
	struct its its;
	struct vm *vm;
	u32 n;
	bool told;
} vm_its[MACHINE_MAX_ITS];

/* ---- its_ops ---- */

static bool op_read(void *ctx, u64 ipa, struct its_cmd *cmd)
{
	struct vm_its *i = ctx;
	const struct its_cmd *p = vm_ram(i->vm, IPA(ipa), sizeof(*cmd));

	if (!p)
		return false;
	for (u32 w = 0; w < ITS_CMD_WORDS; w++) /* once: the guest may change it meanwhile */
		cmd->w[w] = __atomic_load_n(&p->w[w], __ATOMIC_RELAXED);
	return true;
}

static void *op_alloc(void *ctx, unsigned int order)
{
	return alloc_pages(order);
}

static void op_free(void *ctx, void *pages, unsigned int order)
{
	free_pages(pages, order);
}

static bool op_submit(void *ctx, const struct its_cmd *cmd, u32 n)
{
	struct vm_its *i = ctx;

	if (its_hw_submit(i->n, cmd, n))
		return true;
	log_err("the ITS at 0x%lx stopped at a command %lx %lx %lx %lx",
		(unsigned long)i->vm->machine->gic.its[i->n].base.v, (unsigned long)cmd[0].w[0],
		(unsigned long)cmd[0].w[1], (unsigned long)cmd[0].w[2], (unsigned long)cmd[0].w[3]);
	return false;
}

static bool op_rdbase(void *ctx, u32 vcpu, u64 *field)
{
	struct vm_its *i = ctx;

	return gic_rdbase(i->vm->vcpu[vcpu]->pcpu, its_hw_info(i->n)->pta, field);
}

static bool op_enable(void *ctx, bool on)
{
	struct vm_its *i = ctx;

	return its_hw_enable(i->n, on);
}

static bool op_reset(void *ctx, enum its_table table)
{
	struct vm_its *i = ctx;

	return its_hw_reset(i->n, table);
}

static struct vgic *vgic_of(void *ctx)
{
	struct vm_its *i = ctx;

	return &i->vm->vgic;
}

static void op_lpi_changed(void *ctx)
{
	vgic_lpi_changed(vgic_of(ctx));
}

static void op_lpi_clear(void *ctx, u32 intid)
{
	vgic_lpi_clear(vgic_of(ctx), intid);
}

static void op_lpi_move(void *ctx, u32 intid, u32 vcpu)
{
	vgic_lpi_move(vgic_of(ctx), intid, vcpu);
}

static void op_lpi_move_all(void *ctx, u32 from, u32 to)
{
	vgic_lpi_move_all(vgic_of(ctx), from, to);
}

static bool op_lpi_waiting(void *ctx)
{
	return vgic_lpi_waiting(vgic_of(ctx));
}

static const struct its_ops host_its_ops = {
	.read = op_read,
	.alloc = op_alloc,
	.free = op_free,
	.submit = op_submit,
	.rdbase = op_rdbase,
	.enable = op_enable,
	.reset = op_reset,
	.lpi_changed = op_lpi_changed,
	.lpi_clear = op_lpi_clear,
	.lpi_move = op_lpi_move,
	.lpi_move_all = op_lpi_move_all,
	.lpi_waiting = op_lpi_waiting,
};

/* ---- the VM's ---- */

void vm_its_init(struct vm *vm)
{
	for (u32 n = 0; vm->machine->gic.lpis && n < vm->machine->gic.nr_its; n++) {
		const struct its_hw_info *hw = its_hw_info(n);
		struct its_config cfg = {
			.nr_vcpus = vm->ncpus,
			.device_bits = hw->device_bits,
			.event_bits = hw->event_bits,
			.itt_entry = hw->itt_entry,
			.ops = &host_its_ops,
			.ctx = &vm_its[n],
		};

		vm_its[n].vm = vm;
		vm_its[n].n = n;
		BUG_ON(!its_init(&vm_its[n].its, &cfg));
	}
}

struct its *vm_its_find(const struct vm *vm, ipa_t ipa, u64 *offset)
{
	const struct machine_gic *g = &vm->machine->gic;

	if (!vm->plan->owns_machine)
		return NULL;
	for (u32 n = 0; g->lpis && n < g->nr_its; n++) {
		*offset = ipa.v - g->its[n].base.v;
		if (ipa.v >= g->its[n].base.v && *offset < ITS_FRAME_SIZE)
			return &vm_its[n].its;
	}
	return NULL;
}

enum its_result vm_its_mmio(struct its *its, u64 offset, u32 size, bool write, u64 *val)
{
	struct vm_its *i = its->cfg.ctx;
	enum its_result r = its_mmio(its, offset, size, write, val);

	/* The guest has no way to hear of it, and its user has devices that do not work. */
	if (its->refused && !__atomic_exchange_n(&i->told, true, __ATOMIC_RELAXED))
		log_warn(
			"the VM's ITS was given a command that has an error or no room (%u devices, "
			"%u KiB of tables at most); it is skipped",
			ITS_MAX_DEV, ITS_MAX_PAGES * 4);
	return r;
}

bool vm_lpi_enable(void *ctx, u32 cpu, u64 propbaser, u64 pendbaser)
{
	struct vm *vm = ctx;
	u32 bits = PROP_IDBITS(propbaser);

	/* The hardware writes bits of the pending table, one an INTID, and reads the other one. */
	return bits >= MIN_IDBITS && bits <= ITS_LPI_BITS &&
	       vm_ram(vm, IPA(PROP_ADDR(propbaser)), BIT(bits) - GIC_FIRST_LPI) &&
	       vm_ram(vm, IPA(PEND_ADDR(pendbaser)), BIT(bits) / 8) &&
	       gic_lpi_enable(vm->vcpu[cpu]->pcpu, propbaser, pendbaser);
}

u8 vm_lpi_config(void *ctx, u64 propbaser, u32 intid)
{
	struct vm *vm = ctx;
	const u8 *p = vm_ram(vm, IPA(PROP_ADDR(propbaser) + intid - GIC_FIRST_LPI), 1);

	return p ? __atomic_load_n(p, __ATOMIC_RELAXED) : 0;
}
