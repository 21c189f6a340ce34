/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/vm.h"
#include "boot/boot.h"
#include "cpu/console.h"
#include "cpu/features.h"
#include "cpu/panic.h"
#include "cpu/sysreg.h"
#include "cpu/tlb.h"
#include "irq/gic.h"
#include "mm/alloc.h"
#include "mm/el2map.h"
#include "nested/mode.h"
#include "vm/its.h"
#include "vm/trace.h"

u64 vm_vtcr;
unsigned vm_ipa_bits;

static struct vm host_vm;

/* ---- tables ---- */

static bool table_alloc(void *ctx, unsigned order, hpa_t *pa)
{
	void *p = alloc_pages(order);

	if (!p)
		return false;
	*pa = virt_to_hpa(p);
	return true;
}

static void table_free(void *ctx, hpa_t pa, unsigned order)
{
	free_pages(hpa_to_virt(pa), order);
}

static u64 *table_ptr(void *ctx, hpa_t pa)
{
	return hpa_to_virt(pa);
}

static void table_publish(void *ctx)
{
	dsb(ishst);
}

/* No `invalidate`: nothing of stage 2 is ever split. */
const struct pgtable_mem vm_pgtable_mem = {
	.alloc = table_alloc,
	.free = table_free,
	.ptr = table_ptr,
	.publish = table_publish,
};

#define VTCR_RES1     BIT(31)
#define VTCR_VS	      BIT(19)
#define VTCR_PS(ps)   ((u64)(ps) << 16)
#define VTCR_SH_INNER (UINT64_C(3) << 12)
#define VTCR_WB	      (UINT64_C(1) << 10 | UINT64_C(1) << 8)

static void init_vtcr(const struct pgtable *pt)
{
	unsigned ps = 0;

	while (ps < 5 && walk_oa_bits(ps) < vm_ipa_bits)
		ps++;
	vm_vtcr = VTCR_RES1 | VTCR_PS(ps) | VTCR_SH_INNER | VTCR_WB | pgtable_tcr(pt);
	if (cpu_features.vmid16)
		vm_vtcr |= VTCR_VS;
}

/* ---- memory of the host VM ---- */

/* Ranges that the host VM's stage 2 leaves out: neve's own, and the devices that it emulates. */
static const struct mem_range *hole(const struct vm *vm, struct mem_range r)
{
	const struct machine_gic *g = &vm->machine->gic;

	for (unsigned i = 0; i < vm->plan->nr_own; i++) {
		if (ranges_overlap(r, vm->plan->own[i]))
			return &vm->plan->own[i];
	}
	for (unsigned i = 0; i < g->nr_gicr; i++) {
		if (ranges_overlap(r, g->gicr[i]))
			return &g->gicr[i];
	}
	for (unsigned i = 0; i < g->nr_its; i++) {
		if (ranges_overlap(r, g->its[i]))
			return &g->its[i];
	}
	return ranges_overlap(r, g->gicd) ? &g->gicd : NULL;
}

/*
 * Normal memory everywhere, also for devices: stage 1 makes them Device then, as without a
 * hypervisor, and firmware or memory-like devices behave as they do there.
 */
static int map_block(struct vm *vm, u64 ipa)
{
	static const u64 sizes[] = {SZ_1G, SZ_2M, SZ_4K};

	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct mem_range r = {HPA(ALIGN_DOWN(ipa, sizes[i])), sizes[i]};
		int err;

		if (hole(vm, r))
			continue;
		err = pgtable_map(&vm->s2, r.base.v, r.base, r.size,
				  pgtable_s2_normal(PERM_R | PERM_W | PERM_X), 0);
		BUG_ON(err && err != -ENOMEM);
		return err;
	}
	return -ENOENT;
}

int vm_map_host(struct vm *vm, ipa_t ipa)
{
	int r;

	if (ipa.v >> vm_ipa_bits)
		return -ENOENT;
	spin_lock(&vm->lock);
	r = map_block(vm, ipa.v);
	spin_unlock(&vm->lock);
	return r;
}

static void map_ram(struct vm *vm)
{
	for (unsigned i = 0; i < vm->plan->nr_ram; i++) {
		struct mem_range r = vm->plan->ram[i];
		u64 ipa = r.base.v, end = r.base.v + r.size;

		while (ipa < end) {
			struct pgtable_leaf leaf;

			if (map_block(vm, ipa))
				fatal("no memory for the VM's stage 2: give the machine more (-m)");
			BUG_ON(!pgtable_lookup(&vm->s2, ipa, &leaf));
			ipa = leaf.ia + leaf.size;
		}
	}
}

void *vm_ram(struct vm *vm, ipa_t ipa, u64 size)
{
	if (!plan_readable(vm->machine, vm->plan, RANGE(ipa.v, size)))
		return NULL;
	return hpa_to_virt(HPA(ipa.v));
}

/*
 * The VM's redistributors lie one behind the other in the machine's regions, in the order of the
 * vCPUs: what a guest finds that walks them by GICR_TYPER.
 */
bool vm_gicr_find(const struct vm *vm, ipa_t ipa, u32 *cpu, u64 *offset)
{
	const struct machine_gic *g = &vm->machine->gic;
	u64 stride = g->gicr_stride ? g->gicr_stride : VGIC_GICR_SIZE;
	u32 first = 0;

	for (unsigned i = 0; i < g->nr_gicr; i++) {
		u64 off = ipa.v - g->gicr[i].base.v;

		if (ipa.v >= g->gicr[i].base.v && off < g->gicr[i].size) {
			*cpu = first + off / stride;
			*offset = off % stride;
			return true;
		}
		first += g->gicr[i].size / stride;
	}
	return false;
}

/* ---- interrupts ---- */

static void op_kick(void *ctx, u32 cpu)
{
	gic_kick(cpu);
}

static void op_enable(void *ctx, u32 cpu, u32 word, u32 mask, bool on)
{
	gic_write_enable(cpu, word, mask, on);
}

static void op_pending(void *ctx, u32 cpu, u32 word, u32 mask, bool on)
{
	gic_write_pending(cpu, word, mask, on);
}

static u32 op_pending_read(void *ctx, u32 cpu, u32 word)
{
	return gic_read_pending(cpu, word);
}

static void op_config(void *ctx, u32 cpu, u32 word, u32 mask, bool edge)
{
	gic_write_config(cpu, word, mask, edge);
}

static void op_route(void *ctx, u32 intid, int cpu)
{
	if (cpu < 0)
		gic_route_any(intid);
	else
		gic_route(intid, (u32)cpu);
}

static void op_active(void *ctx, u32 cpu, u32 pintid, bool on)
{
	gic_set_active(cpu, pintid, on);
}

static const struct vgic_ops host_vgic_ops = {
	.kick = op_kick,
	.phys_enable = op_enable,
	.phys_pending = op_pending,
	.phys_pending_read = op_pending_read,
	.phys_config = op_config,
	.phys_route = op_route,
	.phys_active = op_active,
	.lpi_enable = vm_lpi_enable,
	.lpi_config = vm_lpi_config,
};

/* Private interrupts that are the machine's: all PPIs but those that neve uses or emulates. */
static u32 passed_ppis(const struct machine *m)
{
	u32 own = BIT(m->gic.maintenance_intid) | BIT(m->timer.phys) | BIT(m->timer.virt) |
		  BIT(m->timer.hyp_phys) | BIT(m->timer.hyp_virt);

	return 0xffff0000 & ~own;
}

static struct vgic_lpi_cpu host_lpi[MAX_CPUS];

static void init_vgic(struct vm *vm)
{
	struct vgic_config cfg = {
		.ncpus = vm->ncpus,
		.nr_spis = gic_info()->nr_spis,
		.prio_bits = gic_info()->pri_bits,
		.a3v = gic_info()->vtr & ICH_VTR_A3V,
		.lpi = vm->machine->gic.lpis ? host_lpi : NULL,
		.ops = &host_vgic_ops,
		.ctx = vm,
	};

	for (unsigned i = 0; i < vm->ncpus; i++)
		cfg.mpidr[i] = vm->machine->cpus[i].mpidr;
	BUG_ON(!vgic_init(&vm->vgic, &cfg));
	vgic_set_phys(&vm->vgic, 0, passed_ppis(vm->machine));
	for (u32 word = 1; word < VGIC_WORDS; word++)
		vgic_set_phys(&vm->vgic, word, 0xffffffff);
}

/* ---- the host VM ---- */

/* Bits of MPIDR_EL1 besides the affinity: RES1, uniprocessor, multithreading. */
#define MPIDR_FLAGS (BIT(31) | BIT(30) | BIT(24))

static struct vcpu *make_vcpu(struct vm *vm, unsigned id)
{
	unsigned order = 0;
	struct vcpu *v;

	while ((PAGE_SIZE << order) < sizeof(*v))
		order++;
	v = alloc_pages(order);
	if (!v)
		fatal("no memory for vCPU %u: give the machine more (-m)", id);
	v->vncr = alloc_page();
	if (!v->vncr)
		fatal("no memory for vCPU %u: give the machine more (-m)", id);
	v->vm = vm;
	v->id = id;
	v->mpidr_affinity = vm->machine->cpus[id].mpidr;
	v->mpidr = v->mpidr_affinity | (read_sysreg(MPIDR_EL1) & MPIDR_FLAGS);
	v->stack = (u64)(uintptr_t)boot_stack_top(id);
	trace_add_vcpu(v);
	return v;
}

void vm_host_start(const struct machine *m, const struct host_vm_plan *plan)
{
	struct vm *vm = &host_vm;

	panic_set_trap_printer(trace_print);
	vm->machine = m;
	vm->plan = plan;
	vm->ncpus = m->nr_cpus;
	vm->l2_counters = m->opt.l2_counters;
	vm_ipa_bits = cpu_features.pa_bits;
	if (pgtable_init(&vm->s2, true, vm_ipa_bits, vm_ipa_bits, &vm_pgtable_mem, vm))
		fatal("no memory for the VM's stage 2: give the machine more (-m)");
	init_vtcr(&vm->s2);
	map_ram(vm);
	shadow_init(vm);
	vm_its_init(vm);
	init_vgic(vm);
	for (unsigned i = 0; i < vm->ncpus; i++)
		vm->vcpu[i] = make_vcpu(vm, i);
	trace_init(m, nested_mode->name);

	log_info("host VM: mode %s, %u vCPU%s, kernel at %lx, %lu KiB of tables", nested_mode->name,
		 vm->ncpus, vm->ncpus == 1 ? "" : "s", (unsigned long)plan->kernel_at.v,
		 (unsigned long)vm->s2.pages * 4);
	write_sysreg(vm_vtcr, VTCR_EL2);
	tlb_flush_vmid(vm->s2.root.v | (u64)VM_VMID << 48);
	vcpu_reset(vm->vcpu[0], plan->kernel_at.v, plan->dtb.base.v);
	vcpu_start(vm->vcpu[0]);
}

void vcpu_secondary_start(unsigned pcpu)
{
	struct vcpu *v = host_vm.vcpu[pcpu];

	vgic_reset_cpu(&host_vm.vgic, pcpu);
	vcpu_reset(v, v->entry_pc, v->entry_x0);
	vcpu_start(v);
}
