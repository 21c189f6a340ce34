/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who gets which CPUs and which memory: neve's own, and for each VM its RAM and the places of its
 * kernel, ramdisk and device tree. Pure; the only memory it reads is the kernel modules' headers,
 * through the argument.
 *
 * All RAM is mapped one to one (IPA = HPA). That of the host VM is the machine's less neve's own
 * and that of the other VMs, each of which has one range; nothing of the host VM's is put where its
 * ramdisk or one of its own modules (machine.kept) lies. The host VM has the first CPUs.
 */
#ifndef NEVE_BOOT_PLAN_H
#define NEVE_BOOT_PLAN_H

#include "boot/machine.h"

/* arm64 Image header: Linux Documentation/arch/arm64/booting.rst, "Call the kernel image" */
struct image_header {
	u32 code0;
	u32 code1;
	u64 text_offset;
	u64 image_size;
	u64 flags;
	u64 reserved[3];
	u32 magic;
	u32 pe_offset;
};

#define IMAGE_MAGIC 0x644d5241 /* "ARM\x64" */

/* What the host VM may not have of the machine's RAM: neve's own, other VMs', and page 0 */
#define PLAN_MAX_HIDDEN (3 + MACHINE_MAX_VMS)
/* The machine's RAM less that: each cut can add a region */
#define PLAN_MAX_RAM (MACHINE_MAX_MEM + PLAN_MAX_HIDDEN)

struct vm_plan {
	unsigned int first_cpu, nr_cpus; /* of machine.cpus */

	/* Sorted, disjoint. */
	struct mem_range ram[PLAN_MAX_RAM];
	unsigned int nr_ram;
	/*
	 * The host VM has everything in the address space but these: sorted, disjoint, multiples of
	 * 2 MiB, and page 0. Any other VM has its RAM, and hides nothing.
	 */
	bool owns_machine;
	struct mem_range hidden[PLAN_MAX_HIDDEN];
	unsigned int nr_hidden;

	/* Kernel: boot_main copies it from kernel_from to kernel_at if they differ (may overlap) */
	const char *bootargs; /* as in struct machine_module */
	hpa_t kernel_from;
	hpa_t kernel_at; /* = the entry point of the first vCPU, as an IPA */
	u64 kernel_file_size;
	u64 kernel_size; /* bytes it occupies from kernel_at, BSS included */

	hpa_t ramdisk_from;	  /* copied like the kernel; the host VM's stays */
	struct mem_range ramdisk; /* size 0: none */
	struct mem_range dtb;	  /* where the VM's device tree goes (size: the room for it) */
	u64 dtb_size;		  /* bytes really used, once guest_dt_build has written it */
};

struct plan {
	/* neve's own memory, no VM's; bases and sizes are multiples of 2 MiB */
	struct mem_range own[2]; /* sorted; mostly one that holds the Image and the pool */
	unsigned int nr_own;
	struct mem_range pool; /* page pool, inside own[] */

	struct vm_plan vm[1 + MACHINE_MAX_VMS]; /* [0] is the host VM */
	unsigned int nr_vms;			/* in vm[] */
};

/*
 * image: neve's own Image, BSS included. headers: for the host VM and each of machine.vm the first
 * bytes of its kernel module, at least min(64, module size) of them readable. False: r->error says
 * what is wrong.
 */
bool plan_memory(const struct machine *m, struct mem_range image, const void *const *headers,
		 struct plan *plan, struct boot_report *r);

/*
 * Is all of r RAM of the VM that neve may read? Not where a page of no-map memory is: neve's
 * own tables leave that out (mm/el2map.h). A guest hypervisor may name any address for its tables.
 */
bool plan_readable(const struct machine *m, const struct vm_plan *plan, struct mem_range r);

#endif
