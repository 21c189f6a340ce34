/* SPDX-License-Identifier: Apache-2.0 */
/* The boot in C: from the device tree to the host VM's first instruction. See boot.h. */
#include <string.h>

#include "boot/boot.h"
#include "boot/guest_dt.h"
#include "boot/psci_client.h"
#include "cpu/console.h"
#include "cpu/panic.h"
#include "cpu/sysreg.h"
#include "dma/smmu_hw.h"
#include "irq/its_hw.h"
#include "mm/alloc.h"
#include "mm/el2map.h"

static struct machine machine;
static struct plan plan;

const struct machine *boot_machine = &machine;

void *boot_stack_top(unsigned int pcpu)
{
	BUG_ON(pcpu >= STACK_COUNT);
	return boot_stacks + (u64)(pcpu + 1) * STACK_STRIDE;
}

s64 boot_cpu_on(unsigned int pcpu)
{
	return psci_cpu_on(machine.cpus[pcpu].mpidr, (u64)(uintptr_t)secondary_entry, pcpu);
}

void secondary_main(unsigned int pcpu)
{
	cpu_local_init(pcpu);
	vcpu_secondary_start(pcpu);
}

void boot_exception(u64 esr, u64 elr, u64 far)
{
	panic("exception during boot: esr 0x%lx, elr 0x%lx, far 0x%lx", esr, elr, far);
}

/* Console, power off, log level: as far as the device tree has them. */
static void init_console(u64 kind)
{
	struct machine_psci psci = machine.psci;

	/* At EL2 an HVC, and at EL3 any call, would come back to neve itself. */
	if (kind == ENTRY_EL3 || (kind != ENTRY_EL1 && psci.conduit == PSCI_CONDUIT_HVC))
		psci.conduit = PSCI_CONDUIT_NONE;
	psci_client_init(&psci);
	/* Its registers are in one page, however much the device tree gives it. */
	if (machine.uart.size && !el2_map_device(machine.uart.base, PAGE_SIZE))
		console_init(machine.uart.base);
}

static void check_entry(u64 kind)
{
	if (kind == ENTRY_EL1)
		fatal("entered at EL1, expected EL2: neve is a hypervisor; for QEMU: -machine "
		      "virt,virtualization=on");
	if (kind == ENTRY_EL3)
		fatal("entered at EL3, expected EL2: let the firmware (TF-A) start neve at EL2; "
		      "for QEMU: -machine virt,secure=off,virtualization=on");
	if (kind == ENTRY_E2H)
		fatal("found HCR_EL2.E2H fixed at 1, expected a CPU where it can be 0: neve does "
		      "not run at EL2 with E2H=1; for QEMU: -cpu max");
}

static void check_options(void)
{
	if (machine.psci.conduit == PSCI_CONDUIT_HVC)
		fatal("found PSCI with method \"hvc\", expected \"smc\": nothing above EL2 answers "
		      "it");
}

static void say(const struct boot_report *r, bool ok)
{
	for (unsigned int i = 0; i < r->nr_warnings; i++)
		log_warn("%s", r->warnings[i]);
	if (!ok)
		fatal("%s", r->error);
}

static void read_machine(u64 kind, hpa_t dtb)
{
	struct boot_report report = {.error = ""};
	const void *blob = hpa_to_virt(dtb);
	bool ok;

	/* What boot_early_map has not mapped cannot be read; then there is no console either. */
	if (!dtb.v || !IS_ALIGNED(dtb.v, 8))
		fatal("found no device tree, expected its address in x0 at entry");
	ok = machine_from_dt(blob, DTB_MAX_SIZE, dtb, read_sysreg(MPIDR_EL1), &machine, &report);
	init_console(kind);
	check_entry(kind);
	if (ok)
		console_set_level(machine.opt.loglevel);
	say(&report, ok);
	check_options();
}

static void check_map(int ret, const char *what, struct mem_range r)
{
	if (ret)
		fatal("cannot map %s at 0x%lx, size 0x%lx: %s", what, r.base.v, r.size,
		      ret == -EINVAL   ? "above this CPU's physical address range"
		      : ret == -EEXIST ? "it overlaps something else that neve has mapped"
				       : "out of memory for tables");
}

/* Should the module lie in neve's Image, plan_memory says so before it reads the header. */
static const void *map_header(const struct machine_module *kernel)
{
	struct mem_range header = kernel->r;
	int ret = 0;

	if (header.size > sizeof(struct image_header))
		header.size = sizeof(struct image_header);
	if (header.size)
		ret = el2_map_memory(header);
	if (ret != -EEXIST)
		check_map(ret, "a kernel module's header", header);
	return hpa_to_virt(header.base);
}

/* neve's own tables leave no-map memory out: nothing can be read there. */
static void check_mappable(const char *what, struct mem_range r)
{
	for (unsigned int i = 0; i < machine.nr_reserved; i++) {
		struct mem_range reserved = machine.reserved[i].r;
		u64 start = ALIGN_DOWN(reserved.base.v, PAGE_SIZE);
		u64 end = ALIGN_UP(range_end(reserved), PAGE_SIZE);

		reserved = RANGE(start, end - start);
		if (machine.reserved[i].no_map && ranges_overlap(reserved, r))
			fatal("found the %s module at 0x%lx, size 0x%lx, in memory that the device "
			      "tree reserves with no-map (0x%lx, size 0x%lx): load it elsewhere",
			      what, r.base.v, r.size, machine.reserved[i].r.base.v,
			      machine.reserved[i].r.size);
	}
}

static void check_modules(void)
{
	check_mappable("kernel", machine.kernel.r);
	check_mappable("ramdisk", machine.ramdisk.r);
	for (unsigned int i = 0; i < machine.nr_vms; i++) {
		check_mappable("VM's kernel", machine.vm[i].kernel.r);
		check_mappable("VM's ramdisk", machine.vm[i].ramdisk.r);
	}
}

static void make_plan(void)
{
	u64 start = (u64)(uintptr_t)image_start, end = (u64)(uintptr_t)image_end;
	const void *headers[1 + MACHINE_MAX_VMS];
	struct boot_report report = {.error = ""};
	bool ok;

	check_modules();
	headers[0] = map_header(&machine.kernel);
	for (unsigned int i = 0; i < machine.nr_vms; i++)
		headers[i + 1] = map_header(&machine.vm[i].kernel);
	ok = plan_memory(&machine, RANGE(start, end - start), headers, &plan, &report);
	say(&report, ok);
}

static void init_its(struct machine_gic *gic)
{
	const char *why = gic->nr_its ? its_hw_init(gic) : NULL;

	gic->lpis = gic->nr_its && !why;
	if (why)
		log_warn("the ITS is hidden, so PCIe devices have no MSIs: %s", why);
}

static void init_memory(void)
{
	struct machine_gic *gic = &machine.gic;

	check_map(el2_map_memory(plan.pool), "the page pool", plan.pool);
	alloc_init(plan.pool);
	check_map(el2_map_ram(&machine), "memory",
		  RANGE(machine.mem[0].base.v,
			range_end(machine.mem[machine.nr_mem - 1]) - machine.mem[0].base.v));
	check_map(el2_map_device(gic->gicd.base, gic->gicd.size), "the GIC distributor", gic->gicd);
	for (unsigned int i = 0; i < gic->nr_gicr; i++)
		check_map(el2_map_device(gic->gicr[i].base, gic->gicr[i].size),
			  "GIC redistributors", gic->gicr[i]);
	init_its(gic);
	smmu_hw_init(&machine, &plan.vm[0]);
}

/* The guest starts with its MMU off, so it reads memory past the caches. */
static void put_module(hpa_t to, hpa_t from, u64 size)
{
	if (to.v != from.v)
		memmove(hpa_to_virt(to), hpa_to_virt(from), size);
	cache_clean_range(hpa_to_virt(to), size);
}

/* What is there now is not for whoever has it next. */
static void scrub(struct mem_range r)
{
	void *p = hpa_to_virt(r.base);

	memset(p, 0, r.size);
	cache_clean_range(p, r.size);
}

static void load_vm(struct vm_plan *p)
{
	struct boot_report report = {.error = ""};
	void *dtb = hpa_to_virt(p->dtb.base);
	bool ok;

	if (!p->owns_machine)
		scrub(p->ram[0]);
	put_module(p->kernel_at, p->kernel_from, p->kernel_file_size);
	if (!p->owns_machine)
		put_module(p->ramdisk.base, p->ramdisk_from, p->ramdisk.size);
	ok = guest_dt_build(hpa_to_virt(machine.dtb.base), &machine, p, dtb, &report);
	say(&report, ok);
	cache_clean_range(dtb, p->dtb.size);
}

/* Modules, and the boot's device tree with boot arguments, are in the host VM's memory. */
static void scrub_sources(void)
{
	for (unsigned int i = 0; i < machine.nr_vms; i++) {
		scrub(machine.vm[i].kernel.r);
		scrub(machine.vm[i].ramdisk.r);
	}
	if (machine.nr_vms)
		scrub(machine.dtb);
}

/* In any order: no VM goes to where a module of another one is. */
static void load_vms(void)
{
	for (unsigned int i = 0; i < plan.nr_vms; i++)
		load_vm(&plan.vm[i]);
	scrub_sources();
	__asm__ volatile("ic ialluis\n\tdsb ish\n\tisb" ::: "memory");
}

static void banner(void)
{
	u64 own = 0;

	for (unsigned int i = 0; i < plan.nr_own; i++)
		own += plan.own[i].size;
	log_info("version " NEVE_RELEASE
		 ", %u CPU%s (MIDR 0x%lx), %lu MiB of memory, %lu MiB of it neve's",
		 machine.nr_cpus, machine.nr_cpus == 1 ? "" : "s", read_sysreg(MIDR_EL1),
		 machine.mem_total >> 20, own >> 20);
	log_debug("image 0x%lx, pool 0x%lx (%lu pages free)", (u64)(uintptr_t)image_start,
		  plan.pool.base.v, alloc_free_count());
	log_debug("gicd 0x%lx, gicr 0x%lx, maintenance %u, timers %u %u %u %u",
		  machine.gic.gicd.base.v, machine.gic.gicr[0].base.v,
		  machine.gic.maintenance_intid, machine.timer.phys, machine.timer.virt,
		  machine.timer.hyp_phys, machine.timer.hyp_virt);
	for (unsigned int i = 0; i < plan.nr_vms; i++) {
		const struct vm_plan *p = &plan.vm[i];

		log_debug("VM %u: kernel 0x%lx (from 0x%lx, %lu KiB), ramdisk 0x%lx (%lu KiB), dtb "
			  "0x%lx",
			  i, p->kernel_at.v, p->kernel_from.v, p->kernel_size >> 10,
			  p->ramdisk.base.v, p->ramdisk.size >> 10, p->dtb.base.v);
	}
}

void boot_main(u64 kind, hpa_t dtb)
{
	read_machine(kind, dtb);
	make_plan();
	init_memory();
	load_vms();
	banner();
	cpu_shared_init();
	cpu_local_init(0);
	vm_start_all(&machine, &plan);
}
