/* SPDX-License-Identifier: Apache-2.0 */
#include "bench_xen.h"
#include "home.h"
#include "stack.h"

#include <string.h>

#define PAYLOAD "build/hyp/guests/bench.img"
#define ADDRESS "0x60000000" /* as in tools/dom0less */

static const char *const domain_ops[] = {"hypercall",	     "intc-trap",   "virtual-ipi",
					 "virtual-ipi-idle", "virtual-eoi", "timer"};

/* Any other operation is the payload's to refuse. */
static const struct {
	const char *op, *why;
} others[] = {
	{"device-io", "without a Dom0 no device is emulated outside of Xen"},
	{"io-latency-out", "without a Dom0 no device is emulated outside of Xen"},
	{"io-latency-in", "without a Dom0 no device is emulated outside of Xen"},
	{"io-round-trip", "without a Dom0 no device is emulated outside of Xen"},
	{"page-fault", "Xen maps a domain's memory before it starts"},
	{"page-fault-present", "Xen maps a domain's memory before it starts"},
	{"context-switch", "made for VMs of KVM"},
	{"programs", "made for VMs of KVM"},
};

static const char *why_not(const char *op)
{
	for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
		if (!strcmp(others[i].op, op))
			return others[i].why;
	return NULL;
}

static gboolean wanted(const struct bench_options *o, const char *op)
{
	g_auto(GStrv) list = g_strsplit(o->ops ? o->ops : "", ",", -1);

	if (!strcmp(op, "context-switch"))
		return o->switches;
	if (!strcmp(op, "programs"))
		return o->programs;
	return o->has_ops && (!o->ops || g_strv_contains((const char *const *)list, op));
}

/* "device-io, io-latency-out: REASON; page-fault: REASON" */
static char *left_out(const struct bench_options *o)
{
	GString *s = g_string_new(NULL);
	const char *last = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
		if (!wanted(o, others[i].op))
			continue;
		if (last && !strcmp(last, others[i].why))
			g_string_append(s, ", ");
		else if (last)
			g_string_append_printf(s, ": %s; ", last);
		g_string_append(s, others[i].op);
		last = others[i].why;
	}
	if (last)
		g_string_append_printf(s, ": %s", last);
	return g_string_free(s, FALSE);
}

static char *chosen(const struct bench_options *o)
{
	GString *s = g_string_new(NULL);
	g_auto(GStrv) given = g_strsplit(o->ops ? o->ops : "", ",", -1);

	for (gsize i = 0; o->has_ops && !o->ops && i < G_N_ELEMENTS(domain_ops); i++)
		g_string_append_printf(s, "%s%s", i ? "," : "", domain_ops[i]);
	for (char **op = given; *op; op++)
		if (!why_not(*op))
			g_string_append_printf(s, "%s%s", s->len ? "," : "", *op);
	return g_string_free(s, FALSE);
}

void bench_xen_choose(struct bench_cell *cell, const struct bench_options *options)
{
	cell->ops = chosen(options);
	cell->left_out = left_out(options);
	if (!*cell->ops && !cell->unavailable) {
		cell->unavailable = g_strdup_printf("nothing of it can be measured in a domain of "
						    "Xen (%s)",
						    cell->left_out);
	}
	if (!*cell->left_out || cell->unavailable)
		g_clear_pointer(&cell->left_out, g_free);
}

gboolean bench_xen_prepare(GError **error)
{
	const char *const argv[] = {"tools/fetch", "xen", NULL};

	return home_run_tool(argv, error);
}

char *bench_xen_words(const struct bench_run *run, const struct bench_options *options)
{
	return g_strdup_printf("iterations=%u ops=%s%s", options->iterations, run->cell->ops,
			       run->kind == RUN_OPS ? " counters=1 marks=1" : "");
}

gboolean bench_xen_add(const struct bench_run *run, const struct bench_options *options,
		       struct stack *stack, const struct layout *layout, GError **error)
{
	g_autofree char *words = bench_xen_words(run, options);
	g_autofree char *cpus = g_strdup_printf("%u", stack->smp);
	g_autofree char *name =
		g_strdup_printf("build/bench/%s-%u.dtb", run->cell->name, run->number);
	g_autofree char *dtb = home_path(name, error), *image = home_path(PAYLOAD, error);
	g_autofree char *file = NULL, *loader = NULL;
	g_auto(GStrv) machine = stack_command(stack, layout);
	g_autoptr(GPtrArray) argv = g_ptr_array_new();

	if (!dtb || !image)
		return FALSE;
	for (const char *const *word =
		     (const char *const[]){"tools/dom0less", "-k", image, "-o", dtb, "-c", cpus,
					   "-a", words, "--", NULL};
	     *word; word++)
		g_ptr_array_add(argv, (gpointer)*word);
	for (char **word = machine; *word; word++)
		g_ptr_array_add(argv, *word);
	g_ptr_array_add(argv, NULL);
	file = stack_qemu_value(image);
	loader = g_strdup_printf("loader,file=%s,addr=" ADDRESS ",force-raw=on", file);
	stack_add_extra(stack, "-dtb");
	stack_add_extra(stack, dtb);
	stack_add_extra(stack, "-device");
	stack_add_extra(stack, loader);
	return home_run_tool((const char *const *)argv->pdata, error);
}
