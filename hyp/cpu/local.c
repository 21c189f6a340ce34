/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Set-up for running guests: once of what all CPUs share, then of each CPU. After boot/ has given
 * it a stack and tables.
 */
#include "boot/boot.h"
#include "cpu/console.h"
#include "cpu/features.h"
#include "cpu/hcr.h"
#include "cpu/sysreg.h"
#include "cpu/tlb.h"
#include "irq/gic.h"
#include "nested/mode.h"

extern char el2_vectors[];

static struct gic_config gic_config_of(const struct machine *m)
{
	struct gic_config cfg = {
		.gicd = m->gic.gicd.base,
		.gicd_size = m->gic.gicd.size,
		.nr_gicr = m->gic.nr_gicr,
		.maint_intid = m->gic.maintenance_intid,
	};

	if (cfg.nr_gicr > GIC_MAX_REGIONS)
		cfg.nr_gicr = GIC_MAX_REGIONS;
	for (unsigned i = 0; i < cfg.nr_gicr; i++) {
		cfg.gicr[i] = (struct gic_region){
			.base = m->gic.gicr[i].base,
			.size = m->gic.gicr[i].size,
			.stride = m->gic.gicr_stride,
		};
	}
	for (unsigned i = 0; i < m->nr_cpus; i++)
		cfg.mpidr[i] = m->cpus[i].mpidr;
	return cfg;
}

void cpu_shared_init(void)
{
	const struct machine *m = boot_machine;
	struct gic_config cfg = gic_config_of(m);
	const char *err;

	features_init();
	nested_mode_init(m->opt.mode);
	err = gic_init(&cfg);
	if (err)
		fatal("%s", err);
}

void cpu_local_init(unsigned pcpu)
{
	const char *err;

	write_sysreg((u64)(uintptr_t)el2_vectors, VBAR_EL2);
	write_sysreg(0, TPIDR_EL2);
	/* Others' invalidations have not reached a CPU that was off, and not each reset is one. */
	tlb_flush_local();
	features_check(pcpu);
	err = gic_cpu_init(pcpu);
	if (err)
		fatal("%s", err);
	isb();
}
