/* SPDX-License-Identifier: Apache-2.0 */
#include "published.h"

#include <string.h>

#define SOSP "NEVE, SOSP 2017"
#define ISCA "ARM Virtualization, ISCA 2016"

const struct published_column published_columns[] = {
	{"kvm-arm", "VM", SOSP, TRUE},
	{"neve-vhe", "NEVE VHE", SOSP, TRUE},
	{"neve-nvhe", "NEVE", SOSP, TRUE},
	{"v83-vhe", "ARMv8.3 VHE", SOSP, TRUE},
	{"v83-nvhe", "ARMv8.3", SOSP, TRUE},
	{"x86", "x86 nested", SOSP, FALSE},
	{"kvm-arm-2016", "KVM ARM VM", ISCA, FALSE},
	{"xen-arm-2016", "Xen ARM VM", ISCA, FALSE},
};

const guint nr_published_columns = G_N_ELEMENTS(published_columns);

const struct published published_figures[] = {
	{"kvm-arm", "hypercall", 2729, 0, 1},
	{"kvm-arm", "device-io", 3534, 0, -1},
	{"kvm-arm", "virtual-ipi", 8364, 0, -1},
	{"kvm-arm", "virtual-eoi", 71, 0, 0},
	{"v83-nvhe", "hypercall", 422720, 155, 126},
	{"v83-nvhe", "device-io", 436924, 124, 128},
	{"v83-nvhe", "virtual-ipi", 611686, 73, 261},
	{"v83-nvhe", "virtual-eoi", 71, 1, 0},
	{"v83-vhe", "hypercall", 307363, 113, 82},
	{"v83-vhe", "device-io", 312148, 88, 82},
	{"v83-vhe", "virtual-ipi", 494765, 59, 172},
	{"v83-vhe", "virtual-eoi", 71, 1, 0},
	{"neve-nvhe", "hypercall", 92385, 34, 15},
	{"neve-nvhe", "device-io", 96002, 27, 15},
	{"neve-nvhe", "virtual-ipi", 184657, 22, 37},
	{"neve-nvhe", "virtual-eoi", 71, 1, 0},
	{"neve-vhe", "hypercall", 100895, 37, 15},
	{"neve-vhe", "device-io", 105071, 30, 15},
	{"neve-vhe", "virtual-ipi", 213256, 25, 38},
	{"neve-vhe", "virtual-eoi", 71, 1, 0},
	{"x86", "hypercall", 36345, 31, 5},
	{"x86", "device-io", 39108, 17, 5},
	{"x86", "virtual-ipi", 45360, 16, 9},
	{"x86", "virtual-eoi", 316, 1, 0},
	{"kvm-arm-2016", "hypercall", 6500, 0, -1},
	{"kvm-arm-2016", "intc-trap", 7370, 0, -1},
	{"kvm-arm-2016", "virtual-ipi", 11557, 0, -1},
	{"kvm-arm-2016", "virtual-eoi", 71, 0, -1},
	{"kvm-arm-2016", "context-switch", 10387, 0, -1},
	{"kvm-arm-2016", "io-latency-out", 6024, 0, -1},
	{"kvm-arm-2016", "io-latency-in", 13872, 0, -1},
	{"xen-arm-2016", "hypercall", 376, 0, -1},
	{"xen-arm-2016", "intc-trap", 1356, 0, -1},
	{"xen-arm-2016", "virtual-ipi", 5978, 0, -1},
	{"xen-arm-2016", "virtual-eoi", 71, 0, -1},
	{"xen-arm-2016", "context-switch", 8799, 0, -1},
	{"xen-arm-2016", "io-latency-out", 16491, 0, -1},
	{"xen-arm-2016", "io-latency-in", 15650, 0, -1},
};

const guint nr_published_figures = G_N_ELEMENTS(published_figures);

const struct published_column *published_column_find(const char *name)
{
	for (guint i = 0; i < nr_published_columns; i++)
		if (!strcmp(published_columns[i].name, name))
			return &published_columns[i];
	return NULL;
}

const struct published *published_find(const char *column, const char *op)
{
	for (guint i = 0; i < nr_published_figures; i++)
		if (!strcmp(published_figures[i].column, column) &&
		    !strcmp(published_figures[i].op, op))
			return &published_figures[i];
	return NULL;
}
