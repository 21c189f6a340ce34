/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who gets which memory: neve's own, and the places of the host VM's kernel, ramdisk and device
 * tree. Pure; the only memory it reads is the kernel module's header, through the argument.
 *
 * The host VM's RAM is the machine's less neve's own, one to one (IPA = HPA). Nothing is put where
 * the ramdisk or one of the guest's own modules (machine.kept) lies.
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

/* The machine's RAM less neve's own: each cut can add a region */
#define PLAN_MAX_RAM (MACHINE_MAX_MEM + 2)

struct host_vm_plan {
	/* neve's own memory, hidden from the VM; bases and sizes are multiples of 2 MiB */
	struct mem_range own[2]; /* sorted; mostly one that holds the Image and the pool */
	unsigned int nr_own;
	struct mem_range pool; /* page pool, inside own[] */

	/* The host VM's RAM: sorted, disjoint. Map it one to one at stage 2. */
	struct mem_range ram[PLAN_MAX_RAM];
	unsigned int nr_ram;

	/* Kernel: boot_main copies it from kernel_from to kernel_at if they differ (may overlap) */
	hpa_t kernel_from;
	hpa_t kernel_at; /* = the entry point of the first vCPU, as an IPA */
	u64 kernel_file_size;
	u64 kernel_size; /* bytes it occupies from kernel_at, BSS included */

	struct mem_range ramdisk; /* in place; size 0: none */
	struct mem_range dtb;	  /* where the VM's device tree goes (size: the room for it) */
	u64 dtb_size;		  /* bytes really used, once guest_dt_build has written it */
};

/*
 * image: neve's own Image, BSS included. header: the first bytes of the kernel module, at least
 * min(64, module size) of them readable. False: r->error says what is wrong.
 */
bool plan_memory(const struct machine *m, struct mem_range image, const void *header,
		 struct host_vm_plan *plan, struct boot_report *r);

/*
 * Is all of r RAM of the host VM that neve may read? Not where a page of no-map memory is: neve's
 * own tables leave that out (mm/el2map.h). A guest hypervisor may name any address for its tables.
 */
bool plan_readable(const struct machine *m, const struct host_vm_plan *plan, struct mem_range r);

#endif
