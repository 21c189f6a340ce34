/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First touches of pages: each sample is one store to a page of RAM that this VM has not touched
 * since it was started. The payload's own tables map it in large blocks, so that all it lacks is
 * stage 2: in a nested VM the guest hypervisor's table, then the shadow of it.
 *
 * page-fault: the guest hypervisor does not have the page either, it allocates and clears one.
 * page-fault-present: its user space has the page, and only the tables lack it. The page was
 *written by a device, QEMU's firmware configuration interface, of which stage 2 knows nothing.
 *
 * A sample is a fault only if the guest hypervisor maps single pages; where it maps larger blocks
 * (transparent huge pages) all but the first touch of each block cost nothing.
 */
#include "bench.h"
#include "cpu/mmio.h"
#include "machine.h"
#include "sysreg.h"

/* QEMU's docs/specs/fw_cfg.rst. All fields are big-endian. */
#define FW_CFG_DMA	  0x10
#define FW_CFG_DMA_MAGIC  UINT64_C(0x51454d5520434647) /* "QEMU CFG", what the register reads as */
#define FW_CFG_SELECT	  BIT(3)
#define FW_CFG_READ	  BIT(1)
#define FW_CFG_SIGNATURE  0
#define FW_CFG_MAX_LENGTH UINT64_C(0x40000000)

static u64 next_page, end_page;

extern char _image_end[];

/* What QEMU loaded is below; the operations share the rest, each page is used once. */
static void find_pages(void)
{
	u64 first = (u64)_image_end, dtb_end = machine.dtb.base + machine.dtb.size;

	if (next_page)
		return;
	for (u32 i = 0; i < machine.nr_mem; i++) {
		u64 base = machine.mem[i].base, end = base + machine.mem[i].size;

		if (first < base || first > end)
			continue;
		if (dtb_end > first && dtb_end <= end)
			first = dtb_end;
		next_page = ALIGN_UP(first, SZ_2M);
		end_page = ALIGN_DOWN(end, SZ_2M);
	}
}

static u64 pages_needed(void)
{
	u64 passes = bench_options.counters || bench_options.marks ? 2 : 1;

	return bench_options.warmup + passes * bench_options.iterations;
}

static bool have_pages(void)
{
	find_pages();
	if (next_page + pages_needed() * PAGE_SIZE <= end_page)
		return true;
	bench_fail("not enough memory that was never touched; give the VM more, or fewer "
		   "iterations");
	return false;
}

static void page_fault_setup(void)
{
	if (have_pages())
		bench_describe("pages new to the guest hypervisor");
}

static void page_fault_body(void)
{
	write64(next_page, 1);
	next_page += PAGE_SIZE;
}

const struct bench_op op_page_fault = {
	.name = "page-fault",
	.setup = page_fault_setup,
	.body = page_fault_body,
};

/* Reads the signature, and what is behind its end, which reads as zero. */
static bool fw_cfg_clear(u64 addr, u64 len)
{
	static struct {
		u32 control, length;
		u64 address;
	} access __attribute__((aligned(16)));
	u64 reg = machine.fw_cfg.base + FW_CFG_DMA;

	if (!machine.fw_cfg.size || read64(reg) != __builtin_bswap64(FW_CFG_DMA_MAGIC))
		return false;
	access.control = __builtin_bswap32(FW_CFG_SIGNATURE << 16 | FW_CFG_SELECT | FW_CFG_READ);
	access.length = __builtin_bswap32((u32)len);
	access.address = __builtin_bswap64(addr);
	dsb(sy);
	write64(reg, __builtin_bswap64((u64)&access));
	dsb(sy);
	return *(volatile u32 *)&access.control == 0;
}

static void page_present_setup(void)
{
	u64 len = pages_needed() * PAGE_SIZE;

	if (!have_pages())
		return;
	if (len > FW_CFG_MAX_LENGTH || !fw_cfg_clear(next_page, len))
		return bench_fail("no fw_cfg with DMA, which QEMU has");
	bench_describe("pages that the guest hypervisor's user space has");
}

const struct bench_op op_page_fault_present = {
	.name = "page-fault-present",
	.setup = page_present_setup,
	.body = page_fault_body,
};
