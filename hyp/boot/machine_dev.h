/* SPDX-License-Identifier: Apache-2.0 */
/* The devices of the machine that neve itself uses; parts of machine_from_dt. Pure. */
#ifndef NEVE_BOOT_MACHINE_DEV_H
#define NEVE_BOOT_MACHINE_DEV_H

#include "boot/machine.h"

/* Leave m->uart and m->psci empty when there is nothing usable. */
void machine_parse_uart(const void *dtb, struct machine *m, struct boot_report *r);
/* The node that m->uart is from; negative: none. r may be NULL: then nothing is reported. */
int machine_uart_node(const void *dtb, struct boot_report *r);
void machine_parse_psci(const void *dtb, struct machine *m);

/*
 * Part `index` of a device's reg, which has to be at least `size` bytes at a multiple of 64 KiB
 * that are not RAM. 0, -ENOENT, or -EINVAL.
 */
int machine_device_reg(const void *dtb, int node, unsigned int index, u64 size,
		       const struct machine *m, struct mem_range *out);

bool machine_parse_gic(const void *dtb, struct machine *m, struct boot_report *r);
bool machine_parse_timer(const void *dtb, struct machine *m, struct boot_report *r);

#endif
