/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/vm.h"
#include "boot/boot.h"
#include "cpu/console.h"
#include "cpu/features.h"
#include "cpu/panic.h"
#include "cpu/sysreg.h"
#include "cpu/tlb.h"
#include "dma/smmu_hw.h"
#include "irq/gic.h"
#include "lib/printf.h"
#include "mm/alloc.h"
#include "mm/el2map.h"
#include "nested/mode.h"
#include "vm/its.h"
#include "vm/trace.h"

u64 vm_vtcr;
unsigned vm_ipa_bits;

unsigned vm_count;

static struct vm vms[1 + MACHINE_MAX_VMS]; /* the host VM first */
static struct vcpu *vcpu_on[MAX_CPUS];	   /* by physical CPU */

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

/* ---- memory of a VM ---- */

static bool overlaps(const struct mem_range *set, unsigned n, struct mem_range r)
{
	for (unsigned i = 0; i < n; i++) {
		if (ranges_overlap(set[i], r))
			return true;
	}
	return false;
}

static bool contains(const struct mem_range *set, unsigned n, struct mem_range r)
{
	for (unsigned i = 0; i < n; i++) {
		if (range_contains(set[i], r))
			return true;
	}
	return false;
}

/*
 * May all of r be in the VM's stage 2? The host VM's leaves out what is hidden from it, and the
 * devices that neve emulates; with dma=smmu also all devices but those that are allowed. Any other
 * VM's has the VM's RAM and nothing else.
 */
static bool may_have(const struct vm *vm, struct mem_range r)
{
	const struct machine *m = vm->machine;
	const struct machine_gic *g = &m->gic;
	const struct vm_plan *plan = vm->plan;

	if (contains(plan->ram, plan->nr_ram, r))
		return true;
	if (!plan->owns_machine ||
	    (m->opt.dma_smmu && !contains(m->dma.allowed, m->dma.nr_allowed, r)))
		return false;
	return !overlaps(plan->hidden, plan->nr_hidden, r) && !overlaps(g->gicr, g->nr_gicr, r) &&
	       !overlaps(g->its, g->nr_its, r) && !ranges_overlap(g->gicd, r);
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

		if (!may_have(vm, r))
			continue;
		err = pgtable_map(&vm->s2, r.base.v, r.base, r.size,
				  pgtable_s2_normal(PERM_R | PERM_W | PERM_X), 0);
		BUG_ON(err && err != -ENOMEM);
		return err;
	}
	return -ENOENT;
}

int vm_map(struct vm *vm, ipa_t ipa)
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

static u64 gicr_stride(const struct machine_gic *g)
{
	return g->gicr_stride ? g->gicr_stride : VGIC_GICR_SIZE;
}

/*
 * The VM's redistributors lie one behind the other in the machine's regions, in the order of the
 * vCPUs: what a guest finds that walks them by GICR_TYPER.
 */
bool vm_gicr_find(const struct vm *vm, ipa_t ipa, u32 *cpu, u64 *offset)
{
	const struct machine_gic *g = &vm->machine->gic;
	u64 stride = gicr_stride(g);
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

static u32 pcpu_of(void *ctx, u32 cpu)
{
	const struct vm *vm = ctx;

	return vm->vcpu[cpu]->pcpu;
}

static void op_kick(void *ctx, u32 cpu)
{
	gic_kick(pcpu_of(ctx, cpu));
}

static void op_enable(void *ctx, u32 cpu, u32 word, u32 mask, bool on)
{
	gic_write_enable(pcpu_of(ctx, cpu), word, mask, on);
}

static void op_pending(void *ctx, u32 cpu, u32 word, u32 mask, bool on)
{
	gic_write_pending(pcpu_of(ctx, cpu), word, mask, on);
}

static u32 op_pending_read(void *ctx, u32 cpu, u32 word)
{
	return gic_read_pending(pcpu_of(ctx, cpu), word);
}

static void op_config(void *ctx, u32 cpu, u32 word, u32 mask, bool edge)
{
	gic_write_config(pcpu_of(ctx, cpu), word, mask, edge);
}

/* "Any" would be any CPU of the machine: where other VMs have some it is the first one that is on.
 */
static void op_route(void *ctx, u32 intid, int cpu)
{
	const struct vm *vm = ctx;

	if (cpu < 0 && vm_count == 1) {
		gic_route_any(intid);
		return;
	}
	for (unsigned i = 0; cpu < 0 && i < vm->ncpus; i++) {
		if (__atomic_load_n(&vm->vcpu[i]->power, __ATOMIC_ACQUIRE) == VCPU_ON)
			cpu = (int)i;
	}
	gic_route(intid, pcpu_of(ctx, cpu < 0 ? 0 : (u32)cpu));
}

static void op_active(void *ctx, u32 cpu, u32 pintid, bool on)
{
	gic_set_active(pcpu_of(ctx, cpu), pintid, on);
}

static const struct vgic_ops vm_vgic_ops = {
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

/* Those whose redistributors are the last of a region; the very last one knows. */
static u32 gicr_last(const struct vm *vm)
{
	const struct machine_gic *g = &vm->machine->gic;
	u32 last = 0;
	u64 n = 0;

	for (unsigned i = 0; i < g->nr_gicr; i++) {
		n += g->gicr[i].size / gicr_stride(g);
		if (n && n <= vm->ncpus)
			last |= BIT(n - 1);
	}
	return last;
}

static struct vgic_lpi_cpu host_lpi[MAX_CPUS];

static void init_vgic(struct vm *vm)
{
	bool host = vm->plan->owns_machine;
	u32 event = vm->machine->dma.event_intid; /* neve's */
	struct vgic_config cfg = {
		.ncpus = vm->ncpus,
		.last = gicr_last(vm),
		.nr_spis = gic_info()->nr_spis,
		.prio_bits = gic_info()->pri_bits,
		.a3v = gic_info()->vtr & ICH_VTR_A3V,
		.lpi = host && vm->machine->gic.lpis ? host_lpi : NULL,
		.ops = &vm_vgic_ops,
		.ctx = vm,
	};

	for (unsigned i = 0; i < vm->ncpus; i++)
		cfg.mpidr[i] = vm->vcpu[i]->mpidr_affinity;
	BUG_ON(!vgic_init(&vm->vgic, &cfg));
	vgic_set_phys(&vm->vgic, 0, passed_ppis(vm->machine));
	for (u32 word = 1; host && word < VGIC_WORDS; word++) {
		u32 own = word == event / 32 ? 1u << event % 32 : 0;

		vgic_set_phys(&vm->vgic, word, ~own);
	}
}

/* ---- the UART of a VM that has none of the machine's devices ---- */

static void uart_line(void *ctx, const char *text)
{
	const struct vm *vm = ctx;

	console_vm_line(vm->number, text);
}

static void uart_irq(void *ctx, bool level)
{
	struct vm *vm = ctx;

	if (vm->machine->uart_intid >= GIC_FIRST_SPI)
		vgic_set_level(&vm->vgic, 0, vm->machine->uart_intid, level);
}

static const struct vuart_ops vm_uart_ops = {.put_line = uart_line, .set_irq = uart_irq};

/* ---- start and stop ---- */

/* Bits of MPIDR_EL1 besides the affinity: RES1, uniprocessor, multithreading. */
#define MPIDR_FLAGS (BIT(31) | BIT(30) | BIT(24))

static struct vcpu *make_vcpu(struct vm *vm, unsigned id)
{
	unsigned order = 0, pcpu = vm->plan->first_cpu + id;
	struct vcpu *v;

	while ((PAGE_SIZE << order) < sizeof(*v))
		order++;
	v = alloc_pages(order);
	if (!v)
		fatal("no memory for the vCPU of CPU %u: give the machine more (-m)", pcpu);
	v->vncr = alloc_page();
	if (!v->vncr)
		fatal("no memory for the vCPU of CPU %u: give the machine more (-m)", pcpu);
	v->vm = vm;
	v->id = id;
	v->pcpu = pcpu;
	v->mpidr_affinity = vm->machine->cpus[pcpu].mpidr;
	v->mpidr = v->mpidr_affinity | (read_sysreg(MPIDR_EL1) & MPIDR_FLAGS);
	v->stack = (u64)(uintptr_t)boot_stack_top(pcpu);
	vcpu_on[pcpu] = v;
	trace_add_vcpu(v);
	return v;
}

static void init_vm(struct vm *vm, const struct machine *m, const struct vm_plan *plan)
{
	vm->number = (unsigned)(vm - vms);
	vm->machine = m;
	vm->plan = plan;
	vm->ncpus = plan->nr_cpus;
	vm->l2_counters = m->opt.l2_counters;
	if (pgtable_init(&vm->s2, true, vm_ipa_bits, vm_ipa_bits, &vm_pgtable_mem, vm))
		fatal("no memory for a VM's stage 2: give the machine more (-m)");
	vm->vttbr = vm->s2.root.v | (u64)VM_FIRST_VMID(vm->number) << 48;
	init_vtcr(&vm->s2);
	map_ram(vm);
	shadow_init(vm);
	for (unsigned i = 0; i < vm->ncpus; i++)
		vm->vcpu[i] = make_vcpu(vm, i);
	init_vgic(vm);
	if (plan->owns_machine)
		vm_its_init(vm);
	else
		vuart_init(&vm->uart, &vm_uart_ops, vm);
}

static void describe(const struct vm *vm)
{
	const struct vm_plan *p = vm->plan;
	char name[16] = "host VM";

	if (vm->number)
		fmt_snprintf(name, sizeof(name), "vm%u", vm->number);
	log_info("%s: mode %s, %u vCPU%s, kernel at %lx, %lu KiB of tables", name,
		 nested_mode->name, vm->ncpus, vm->ncpus == 1 ? "" : "s",
		 (unsigned long)p->kernel_at.v, (unsigned long)vm->s2.pages * 4);
	if (vm->number)
		log_info("%s: %lu MiB of memory at %lx, CPUs from %u", name,
			 (unsigned long)p->ram[0].size >> 20, (unsigned long)p->ram[0].base.v,
			 p->first_cpu);
}

/* A VM of its own: its first CPU comes up as if PSCI had turned it on. */
static void start_vm(struct vm *vm)
{
	struct vcpu *v = vm->vcpu[0];
	s64 r;

	v->entry_pc = vm->plan->kernel_at.v;
	v->entry_x0 = vm->plan->dtb.base.v;
	__atomic_store_n(&v->power, VCPU_ON_PENDING, __ATOMIC_RELEASE);
	r = boot_cpu_on(v->pcpu);
	if (r)
		fatal("vm%u: CPU %u did not start: firmware's PSCI CPU_ON answered %ld", vm->number,
		      v->pcpu, (long)r);
}

void vm_start_all(const struct machine *m, const struct plan *plan)
{
	struct vcpu *v;

	panic_set_trap_printer(trace_print);
	vm_ipa_bits = cpu_features.pa_bits;
	vm_count = plan->nr_vms;
	for (unsigned i = 0; i < vm_count; i++)
		init_vm(&vms[i], m, &plan->vm[i]);
	trace_init(m, nested_mode->name);
	write_sysreg(vm_vtcr, VTCR_EL2);
	for (unsigned i = 0; i < vm_count; i++) {
		describe(&vms[i]);
		tlb_flush_vmid(vms[i].vttbr);
	}
	smmu_hw_enable_events(m);
	for (unsigned i = 1; i < vm_count; i++)
		start_vm(&vms[i]);
	v = vms[0].vcpu[0];
	vcpu_reset(v, plan->vm[0].kernel_at.v, plan->vm[0].dtb.base.v);
	vcpu_start(v);
}

void vcpu_secondary_start(unsigned pcpu)
{
	struct vcpu *v = vcpu_on[pcpu];

	/* From here on a kick is not lost. */
	if (__atomic_load_n(&v->vm->stopped, __ATOMIC_SEQ_CST))
		vcpu_stop(v);
	vgic_reset_cpu(&v->vm->vgic, v->id);
	vcpu_reset(v, v->entry_pc, v->entry_x0);
	vcpu_start(v);
}

void vm_stop(struct vcpu *v)
{
	struct vm *vm = v->vm;

	__atomic_store_n(&vm->stopped, true, __ATOMIC_SEQ_CST);
	for (unsigned i = 0; i < vm->ncpus; i++) {
		if (vm->vcpu[i] != v &&
		    __atomic_load_n(&vm->vcpu[i]->power, __ATOMIC_SEQ_CST) != VCPU_OFF)
			gic_kick(vm->vcpu[i]->pcpu);
	}
	vcpu_stop(v);
}
