/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine as its device tree describes it. Nothing about any machine is compiled in.
 *
 * Pure: no globals, no assembly, reads nothing but the blob. Every value of the blob is taken as
 * hostile. All addresses are host physical (CPU) addresses, already translated through the `ranges`
 * of the buses above the node; all sizes are in bytes.
 *
 * Sources: Devicetree Specification v0.4; the bindings arm,gic-v3, arm,arch_timer, arm,psci,
 * arm,cpus; the multiboot modules of Xen's docs/misc/arm/device-tree/booting.txt.
 */
#ifndef NEVE_BOOT_MACHINE_H
#define NEVE_BOOT_MACHINE_H

#include "boot/report.h"
#include "lib/range.h"
#include "types.h"

#define MACHINE_MAX_MEM	     32
#define MACHINE_MAX_RESERVED 64
#define MACHINE_MAX_GICR     8
#define MACHINE_MAX_ITS	     8
#define MACHINE_MAX_KEPT     16
#define MACHINE_MAX_VMS	     3 /* besides the host VM */
#define MACHINE_MAX_ALLOWED  128

#define DTB_MAX_SIZE SZ_2M /* Linux's boot protocol allows no more */

struct reserved_range {
	struct mem_range r;
	bool no_map; /* nobody may map it, not even speculatively: neve leaves it out of its tables
		      */
};

struct machine_cpu {
	u64 mpidr; /* affinity fields of MPIDR_EL1 (Aff3 in bits 39:32), all other bits 0 */
};

struct machine_gic {
	struct mem_range gicd;
	struct mem_range gicr[MACHINE_MAX_GICR]; /* redistributor regions, in the order of the DT */
	unsigned int nr_gicr;
	u64 gicr_stride; /* bytes from one redistributor to the next; 0: as its GICR_TYPER says */
	struct mem_range its[MACHINE_MAX_ITS];
	unsigned int nr_its;
	bool lpis;		      /* the VM gets them: set by its_hw_init()'s caller */
	u32 maintenance_intid;	      /* a PPI, 16..31 */
	unsigned int interrupt_cells; /* #interrupt-cells, 3 or 4 */
};

/* INTIDs of PPIs, 16..31; 0: not in the device tree */
struct machine_timer {
	u32 phys;     /* EL1 physical, CNTP */
	u32 virt;     /* EL1 virtual, CNTV */
	u32 hyp_phys; /* EL2 physical, CNTHP */
	u32 hyp_virt; /* EL2 virtual, CNTHV (FEAT_VHE) */
};

enum psci_conduit {
	PSCI_CONDUIT_NONE, /* no /psci node: no power off, no secondary CPUs */
	PSCI_CONDUIT_SMC,
	PSCI_CONDUIT_HVC, /* of no use to a hypervisor at EL2; right when entered at EL1 */
};

/* Function ids; 0: the firmware does not have the function (PSCI 0.1 has no system functions) */
struct machine_psci {
	enum psci_conduit conduit;
	u32 cpu_on;
	u32 cpu_off;
	u32 affinity_info;
	u32 system_off;
	u32 system_reset;
};

struct machine_module {
	struct mem_range r;   /* size 0: no such module */
	const char *bootargs; /* into the blob, until the VMs are loaded; "": none */
};

/* A VM besides the host VM, as a node of compatible "neve,vm" below /chosen asks for it. */
struct machine_vm {
	unsigned int nr_cpus; /* 1..MAX_CPUS */
	u64 memory;	      /* bytes, a multiple of 2 MiB */
	struct machine_module kernel;
	struct machine_module ramdisk; /* size 0: none */
};

enum neve_mode {
	MODE_AUTO, /* the best one that the CPU has */
	MODE_NV2,
	MODE_NV,
	MODE_PV,
	MODE_PV_NEVE,
};

/* neve's own options: words of /chosen/bootargs */
struct neve_options {
	unsigned int loglevel; /* loglevel=0..3 or err, warn, info, debug; see cpu/console.h */
	enum neve_mode mode;   /* mode=auto|nv2|nv|pv|pv-neve */
	bool l2_counters;      /* l2-counters=on|off: nested VMs may call neve's counters by SMC */
	unsigned int trace;    /* trace=off|on|none: enum neve_trace_mode */
	bool dma_smmu;	       /* dma=any|smmu: see boot/machine_dma.h */
};

/* All of it with dma=smmu only. */
struct machine_dma {
	struct mem_range smmu; /* registers of the SMMUv3 */
	u32 phandle;	       /* of its node; 0: none, then nothing is behind it */
	u32 event_intid;       /* of its event queue: an SPI; 0: none */
	/*
	 * Devices that the host VM may access: sorted, disjoint, whole pages. It has no other
	 * addresses besides its RAM.
	 */
	struct mem_range allowed[MACHINE_MAX_ALLOWED];
	unsigned int nr_allowed;
	unsigned int nr_refused; /* devices, the SMMU not counted */
};

struct machine {
	struct mem_range mem[MACHINE_MAX_MEM]; /* RAM: sorted, disjoint, merged, whole pages */
	unsigned int nr_mem;
	u64 mem_total; /* bytes */
	struct reserved_range
		reserved[MACHINE_MAX_RESERVED]; /* /memreserve/ and /reserved-memory */
	unsigned int nr_reserved;
	struct machine_cpu cpus[MAX_CPUS]; /* index = pcpu; [0] is the CPU that booted */
	unsigned int nr_cpus;
	unsigned int nr_cpus_found; /* in the device tree; > nr_cpus: the rest stays unused */
	bool boot_cpu_seen;	    /* for machine_from_dt itself */
	struct machine_gic gic;
	struct machine_timer timer;
	struct mem_range uart; /* PL011; size 0: none */
	u32 uart_intid;	       /* its interrupt; 0: none */
	struct machine_psci psci;
	struct neve_options opt;
	struct machine_dma dma;
	struct machine_module kernel;  /* of the host VM */
	struct machine_module ramdisk; /* size 0: none given */
	struct machine_vm vm[MACHINE_MAX_VMS];
	unsigned int nr_vms; /* in vm[]: the host VM is not among them */
	/* the guest's own modules, see boot/machine_mod.h */
	struct mem_range kept[MACHINE_MAX_KEPT];
	unsigned int nr_kept;
	struct mem_range dtb; /* the blob itself */
};

/*
 * Fills *m from the blob at dtb (8-byte aligned, at most limit bytes readable), whose physical
 * address is dtb_base. boot_mpidr: MPIDR_EL1 of the calling CPU.
 *
 * The console, PSCI and the options come first, so that they are valid (or absent) also when
 * something else fails. False: r->error says what is wrong. The strings in *m point into the blob.
 */
bool machine_from_dt(const void *dtb, size_t limit, hpa_t dtb_base, u64 boot_mpidr,
		     struct machine *m, struct boot_report *r);

/* Is all of r inside one RAM region? */
bool machine_is_ram(const struct machine *m, struct mem_range r);

#endif
