/* SPDX-License-Identifier: Apache-2.0 */
/* The table of operations. Its order is the order of the run. */
#include "bench.h"

const struct bench_op *const bench_ops[] = {
	&op_hypercall,	    &op_device_io,	  &op_intc_trap,  &op_virtual_eoi,
	&op_virtual_ipi,    &op_virtual_ipi_idle, &op_timer,	  &op_io_latency_out,
	&op_io_latency_in,  &op_io_round_trip,	  &op_page_fault, &op_page_fault_present,
	&op_context_switch, &op_ipi_storm,
};

const u32 nr_bench_ops = ARRAY_SIZE(bench_ops);
