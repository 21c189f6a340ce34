/* SPDX-License-Identifier: Apache-2.0 */
#include "bench_xen.h"

#include <string.h>

#define NOT_NV "it uses NV2 where the CPU has it, and cannot be told not to"
#define NOT_NVHE                                                                                   \
	"Debian's QEMU offers a nested hypervisor on KVM only VHE (KVM_ARM_VCPU_HAS_EL2_E2H0 is "  \
	"not used)"

const struct bench_config bench_configs[] = {
	{NATIVE, "no VM", NULL, "", NULL, NULL, NULL, NULL},
	{BASELINE, "VM of KVM with VHE", NULL, "", "VHE", NULL, "kvm-arm", BASELINE},
	{"baseline-nvhe", "VM of KVM without VHE", NULL, "kvm-arm.mode=nvhe", "Hyp-nVHE", NULL,
	 NULL, BASELINE},
	{"nv2-vhe", "nested VM, NV2, KVM with VHE as L1", "mode=nv2", "", "VHE", NULL, "neve-vhe",
	 BASELINE},
	{"nv2-nvhe", "nested VM, NV2, KVM without VHE as L1", "mode=nv2", "kvm-arm.mode=nvhe",
	 "Hyp-nVHE", NOT_NVHE, "neve-nvhe", BASELINE},
	{"nv-vhe", "nested VM, ARMv8.3, KVM with VHE as L1", "mode=nv", "", "VHE", NOT_NV,
	 "v83-vhe", BASELINE},
	{"nv-nvhe", "nested VM, ARMv8.3, KVM without VHE as L1", "mode=nv", "kvm-arm.mode=nvhe",
	 "Hyp-nVHE", NOT_NV, "v83-nvhe", BASELINE},
	{BASELINE_XEN, "VM of Xen", NULL, "", XEN, NULL, NULL, BASELINE_XEN},
	{"nv2-xen", "nested VM, NV2, Xen as L1", "mode=nv2", "", XEN, NOT_NVHE, NULL, BASELINE_XEN},
	{"nv-xen", "nested VM, ARMv8.3, Xen as L1", "mode=nv", "", XEN, NOT_NV, NULL, BASELINE_XEN},
};

const guint nr_bench_configs = G_N_ELEMENTS(bench_configs);

const struct bench_config *bench_config_find(const char *name)
{
	for (guint i = 0; i < nr_bench_configs; i++)
		if (!strcmp(bench_configs[i].name, name))
			return &bench_configs[i];
	return NULL;
}

gboolean bench_config_is_xen(const struct bench_config *config)
{
	return !g_strcmp0(config->l1_kvm, XEN);
}

gboolean bench_config_is_base(const struct bench_config *config)
{
	return !g_strcmp0(config->base, config->name);
}

const char *bench_l0_name(enum bench_l0 l0)
{
	static const char *const name[] = {"none", "neve", "kvm"};

	return name[l0];
}

const struct bench_run *bench_cell_run(const struct bench_cell *cell, enum bench_kind kind)
{
	for (guint i = 0; i < cell->runs->len; i++) {
		const struct bench_run *run = g_ptr_array_index(cell->runs, i);

		if (run->kind == kind && run->started)
			return run;
	}
	return NULL;
}

const struct bench_run *bench_cell_any_run(const struct bench_cell *cell)
{
	for (guint i = 0; i < cell->runs->len; i++) {
		const struct bench_run *run = g_ptr_array_index(cell->runs, i);

		if (run->console->l1_kernel)
			return run;
	}
	return NULL;
}

const struct op_result *bench_cell_op(const struct bench_cell *cell, const char *op)
{
	const struct bench_run *run = bench_cell_run(cell, RUN_OPS);

	return run ? console_op(run->console, op) : NULL;
}

const struct program_result *bench_cell_program(const struct bench_cell *cell, const char *name)
{
	const struct bench_run *run = bench_cell_run(cell, RUN_PROGRAMS);

	return run ? console_program(run->console, name) : NULL;
}

static void cell_free(void *data)
{
	struct bench_cell *cell = data;

	g_free(cell->name);
	g_free(cell->unavailable);
	g_free(cell->ops);
	g_free(cell->left_out);
	g_free(cell->failure);
	g_ptr_array_unref(cell->runs);
	g_string_free(cell->differences, TRUE);
	g_free(cell);
}

static void cell_add(GPtrArray *cells, const struct bench_options *options,
		     const struct bench_config *config, enum bench_l0 l0)
{
	struct bench_cell *cell = g_new0(struct bench_cell, 1);

	cell->config = config;
	cell->l0 = l0;
	cell->name = l0 == L0_NONE ? g_strdup(config->name)
				   : g_strdup_printf("%s@%s", config->name, bench_l0_name(l0));
	cell->runs = g_ptr_array_new_with_free_func(bench_run_free);
	cell->differences = g_string_new(NULL);
	if (l0 == L0_KVM && config->not_on_kvm)
		cell->unavailable =
			g_strdup_printf("Linux KVM cannot be its host: %s", config->not_on_kvm);
	if (!config->l1_kvm && !options->programs)
		cell->unavailable = g_strdup("it has no VM, so there are only the programs");
	if (bench_config_is_xen(config))
		bench_xen_choose(cell, options);
	g_ptr_array_add(cells, cell);
}

GPtrArray *bench_cells_new(const struct bench_options *options)
{
	GPtrArray *cells = g_ptr_array_new_with_free_func(cell_free);

	for (guint i = 0; i < options->configs->len; i++) {
		const struct bench_config *config = g_ptr_array_index(options->configs, i);

		if (!config->neve_args)
			cell_add(cells, options, config, L0_NONE);
		for (enum bench_l0 l0 = L0_NEVE; config->neve_args && l0 <= L0_KVM; l0++)
			if (options->l0[l0])
				cell_add(cells, options, config, l0);
	}
	return cells;
}
