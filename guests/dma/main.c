/* SPDX-License-Identifier: Apache-2.0 */
/*
 * neve-dma: a VM that has a device write and read where it may not itself: QEMU's `edu`, a PCI
 * device that copies between memory and a buffer of its own.
 *
 * Boot arguments (decimal): dma0=ADDRESS ... dma7=ADDRESS, where the device reads and writes 4
 * bytes; straddle=ADDRESS, around which it writes 2 KiB before and 2 KiB behind; cpu0=ADDRESS ...
 * cpu7=ADDRESS, where the CPU loads 4 bytes. What became of the writes is to be seen from outside:
 * the bytes are PATTERN.
 *
 * On the console, in this order: `neve-dma: own=ok` (a copy within the VM's memory),
 * `neve-dma: cpu=ADDRESS loaded=VALUE` or `... abort`, `neve-dma: dma=ADDRESS read=VALUE`,
 * `neve-dma: done`; or `neve-dma: failed: WHY`. It then waits to be stopped, or
 * with end=1 powers off.
 */
#include <string.h>

#include "bootargs.h"
#include "console.h"
#include "cpu/mmio.h"
#include "edu.h"
#include "exception.h"
#include "machine.h"
#include "mmu.h"
#include "pci.h"
#include "sysreg.h"

#define MAX_ADDRESSES 8
#define PATTERN	      0x58
#define FILL	      0xc3 /* in the buffer before it reads: what is there if it reads nothing */
#define SMALL	      4
#define LARGE	      EDU_BUFFER_SIZE
#define DMA_SECONDS   20

static u8 buffer[LARGE] __attribute__((aligned(LARGE)));
static u64 edu;

void payload_abort(const char *why)
{
	console_printf("neve-dma: failed: %s\n", why);
}

static void transfer(u64 address, u64 count, bool write)
{
	u64 start = counter_read();

	write64(edu + EDU_SRC, write ? EDU_BUFFER : address);
	write64(edu + EDU_DST, write ? address : EDU_BUFFER);
	write64(edu + EDU_COUNT, count);
	dsb(sy);
	write64(edu + EDU_CMD, EDU_CMD_RUN | (write ? EDU_CMD_WRITE : 0));
	while (read64(edu + EDU_CMD) & EDU_CMD_RUN) {
		u64 elapsed = counter_read() - start;

		if (elapsed > DMA_SECONDS * counter_hz())
			fatal("the device was not done within %u s", DMA_SECONDS);
		poll_pause(elapsed);
	}
	dsb(sy);
}

/* Bytes into the device's buffer, and out of it. */
static void load(int byte)
{
	memset(buffer, byte, sizeof(buffer));
	transfer((u64)buffer, sizeof(buffer), false);
}

static u32 stored(void)
{
	memset(buffer, 0, sizeof(buffer));
	transfer((u64)buffer, sizeof(buffer), true);
	return *(volatile u32 *)buffer;
}

static void check_own(void)
{
	load(PATTERN);
	if (stored() != PATTERN * 0x01010101u || buffer[LARGE - 1] != PATTERN)
		fatal("a copy by DMA within the VM's memory is not what was written");
	console_printf("neve-dma: own=ok\n");
}

static void try_cpu(u64 address)
{
	struct exception_record rec;
	u32 val;

	if (!mmu_map(address, SMALL, MMU_DEVICE))
		fatal("0x%lx cannot be mapped as a device", address);
	exception_catch_begin(&rec);
	val = read32(address);
	if (exception_catch_end(&rec))
		console_printf("neve-dma: cpu=0x%lx abort esr=0x%lx\n", address, rec.esr);
	else
		console_printf("neve-dma: cpu=0x%lx loaded=0x%x\n", address, val);
}

static void try_dma(u64 address)
{
	load(FILL);
	transfer(address, SMALL, false);
	console_printf("neve-dma: dma=0x%lx read=0x%x\n", address, stored());
	load(PATTERN);
	transfer(address, SMALL, true);
}

/* The number after a name like "dma3="; 0: there is none. */
static u64 option(const char *name, u32 n)
{
	char word[16];
	u64 val = 0;
	size_t len = strlen(name);

	memcpy(word, name, len);
	word[len] = (char)('0' + n);
	word[len + 1] = '\0';
	if (!bootargs_number(machine.bootargs, word, 0, ~UINT64_C(0), &val))
		fatal("%s: expected a number", word);
	return val;
}

void payload_main(void)
{
	u64 straddle = 0, end = 0;
	const char *wrong = pci_claim(EDU_VENDOR, EDU_DEVICE, &edu);

	console_printf("neve-dma: up buffer=0x%lx\n", (u64)buffer);
	if (wrong)
		fatal("%s", wrong);
	if (!bootargs_number(machine.bootargs, "straddle", 0, ~UINT64_C(0), &straddle) ||
	    !bootargs_number(machine.bootargs, "end", 0, 1, &end))
		fatal("straddle, end: expected a number");
	check_own();
	for (u32 i = 0; i < MAX_ADDRESSES; i++)
		if (option("cpu", i))
			try_cpu(option("cpu", i));
	for (u32 i = 0; i < MAX_ADDRESSES; i++)
		if (option("dma", i))
			try_dma(option("dma", i));
	if (straddle) {
		load(PATTERN);
		transfer(straddle - LARGE / 2, LARGE, true);
	}
	check_own();
	console_printf("neve-dma: done\n");
	while (!end)
		wfi();
}
