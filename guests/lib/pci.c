/* SPDX-License-Identifier: Apache-2.0 */
#include "pci.h"

#include <libfdt.h>

#include "cpu/mmio.h"
#include "machine.h"
#include "mmu.h"

#define ECAM_BUS_SIZE	 0x100000
#define DEVICE_SIZE	 0x8000 /* of its eight functions */
#define DEVICES		 32
#define REG_ID		 0x00
#define REG_COMMAND	 0x04
#define REG_BAR0	 0x10
#define COMMAND_MEMORY	 BIT(1)
#define COMMAND_MASTER	 BIT(2)
#define WINDOW_TYPE(hi)	 ((hi) >> 24 & 3) /* of the first cell of ranges */
#define WINDOW_MEMORY_32 2
#define RANGES_CELLS	 7

static u64 two_cells(const fdt32_t *cell)
{
	return (u64)fdt32_to_cpu(cell[0]) << 32 | fdt32_to_cpu(cell[1]);
}

/* The bridge's registers, and its window of 32 bits, one to one. False: not as QEMU's. */
static bool find_bridge(u64 *ecam, u64 *window)
{
	const void *dtb = (const void *)machine.dtb.base;
	int node = fdt_node_offset_by_compatible(dtb, -1, "pci-host-ecam-generic"), len;
	const fdt32_t *cell = fdt_getprop(dtb, node, "reg", &len);

	if (node < 0 || !cell || len < 16)
		return false;
	*ecam = two_cells(cell);
	cell = fdt_getprop(dtb, node, "ranges", &len);
	for (; cell && len >= RANGES_CELLS * 4; cell += RANGES_CELLS, len -= RANGES_CELLS * 4) {
		*window = two_cells(cell + 3);
		if (WINDOW_TYPE(fdt32_to_cpu(cell[0])) == WINDOW_MEMORY_32)
			return two_cells(cell + 1) == *window;
	}
	return false;
}

const char *pci_claim(u16 vendor, u16 device, u64 *bar)
{
	u64 ecam, window;

	if (!find_bridge(&ecam, &window))
		return "no PCI host bridge with a window of 32 bits in the device tree";
	if (!mmu_map(ecam, ECAM_BUS_SIZE, MMU_DEVICE) || !mmu_map(window, SZ_2M, MMU_DEVICE))
		return "the PCI host bridge cannot be mapped";
	for (u64 d = 0; d < DEVICES; d++) {
		u64 regs = ecam + d * DEVICE_SIZE;

		if (read32(regs + REG_ID) != ((u32)device << 16 | vendor))
			continue;
		write32(regs + REG_BAR0, (u32)window);
		write32(regs + REG_COMMAND, COMMAND_MEMORY | COMMAND_MASTER);
		*bar = window;
		return NULL;
	}
	return "no such device on the first PCI bus";
}
