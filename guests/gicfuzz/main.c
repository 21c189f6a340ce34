/* SPDX-License-Identifier: Apache-2.0 */
/*
 * neve-gicfuzz: everything wrong that a guest can do to its GIC. Reads and writes every word of the
 * distributor's and of all redistributors' registers (also those of CPUs that are off), then
 * accesses of any size anywhere in the frames, mixed with CPU interface registers, all with
 * pseudo-random values. The hypervisor may refuse (a synchronous exception), and must live. In the
 * end the GIC is set up anew and has to deliver an SGI.
 *
 * On the console: `neve-gicfuzz: done accesses=N refused=N`, or `neve-gicfuzz: failed: WHY`.
 * Boot arguments: rounds=N, random accesses (default 50000); seed=N, of them.
 */
#include "bootargs.h"
#include "console.h"
#include "cpu.h"
#include "exception.h"
#include "gic.h"
#include "cpu/mmio.h"
#include "irq/gicv3.h"
#include "machine.h"
#include "sysreg.h"

#define SGI 3

static u64 state = 88172645463325252u, accesses, refused;
static volatile bool delivered;

void payload_abort(const char *why)
{
	console_printf("neve-gicfuzz: failed: %s\n", why);
}

/* Marsaglia, "Xorshift RNGs", 2003: the 64-bit generator with shifts 13, 7, 17 */
static u64 rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Frame 0 is the distributor, then two a redistributor. */
static u64 frame(u32 n)
{
	return n ? machine.gicr[0].base + (n - 1) * SZ_64K : machine.gicd.base;
}

static u32 nr_frames(void)
{
	u32 frames = 1;

	while (frames <= 2 * machine.nr_cpus && frames * SZ_64K <= machine.gicr[0].size)
		frames++;
	return frames;
}

static void load(u64 addr, u32 size)
{
	u64 v;

	if (size == 1)
		asm volatile("ldrb %w0, [%1]" : "=r"(v) : "r"(addr) : "memory");
	else if (size == 2)
		asm volatile("ldrh %w0, [%1]" : "=r"(v) : "r"(addr) : "memory");
	else if (size == 4)
		(void)read32(addr);
	else if (size == 8)
		(void)read64(addr);
	else
		asm volatile("ldp %0, xzr, [%1], #16" : "=r"(v), "+r"(addr)::"memory");
}

static void store(u64 addr, u32 size, u64 v)
{
	if (size == 1)
		asm volatile("strb %w0, [%1]" ::"r"(v), "r"(addr) : "memory");
	else if (size == 2)
		asm volatile("strh %w0, [%1]" ::"r"(v), "r"(addr) : "memory");
	else if (size == 4)
		write32(addr, (u32)v);
	else if (size == 8)
		write64(addr, v);
	else
		asm volatile("stp %1, %1, [%0], #16" : "+r"(addr) : "r"(v) : "memory");
}

static void try(u64 addr, u32 size, bool write)
{
	struct exception_record rec;

	exception_catch_begin(&rec);
	if (write)
		store(addr, size, rnd());
	else
		load(addr, size);
	accesses++;
	refused += exception_catch_end(&rec);
}

/* The registers' part of each frame, a word at a time. */
static void all_words(bool write)
{
	for (u32 f = 0; f < nr_frames(); f++)
		for (u64 o = 0; o < SZ_64K; o += 4)
			if (o < 0x1000 || (o >= 0x6000 && o < 0x8000) || o >= 0xffd0)
				try(frame(f) + o, 4, write);
}

static void cpu_interface(void)
{
	u64 v = rnd();

	switch (rnd() % 12) {
	case 0:
		write_sysreg(icc_sgi1r_el1, v);
		break;
	case 1:
		write_sysreg(icc_sgi0r_el1, v);
		break;
	case 2:
		write_sysreg(icc_asgi1r_el1, v);
		break;
	case 3:
		write_sysreg(icc_dir_el1, v % 1100);
		break;
	case 4:
		write_sysreg(icc_eoir0_el1, v % 1100);
		break;
	case 5:
		write_sysreg(icc_eoir1_el1, v % 1100);
		break;
	case 6:
		write_sysreg(icc_ctlr_el1, v);
		break;
	case 7:
		write_sysreg(icc_pmr_el1, v);
		break;
	case 8:
		write_sysreg(icc_igrpen0_el1, v);
		break;
	case 9:
		write_sysreg(icc_igrpen1_el1, v);
		break;
	case 10:
		(void)read_sysreg(icc_iar0_el1);
		break;
	default:
		(void)read_sysreg(icc_iar1_el1);
	}
}

static void anywhere(void)
{
	u64 offset = rnd() % SZ_64K;

	if (rnd() % 4)
		offset %= 0x1000; /* where most of them are */
	if (rnd() % 2)
		offset &= ~UINT64_C(7);
	try(frame(rnd() % nr_frames()) + offset, 1u << rnd() % 5, rnd() & 1);
	if (rnd() % 2)
		cpu_interface();
}

/* All quiet, as after a reset. */
static void clean_up(void)
{
	for (u32 f = 0; f < nr_frames(); f++) {
		if (f && f % 2)
			continue; /* RD frames have nothing to clear */
		for (u64 o = 0; o < 0x80; o += 4) {
			write32(frame(f) + GIC_ICENABLER + o, ~0u);
			write32(frame(f) + GIC_ICPENDR + o, ~0u);
			write32(frame(f) + GIC_ICACTIVER + o, ~0u);
		}
	}
	write_sysreg(icc_ctlr_el1, 0);
	write_sysreg(icc_igrpen0_el1, 0);
	write_sysreg(icc_ap0r0_el1, 0);
	write_sysreg(icc_ap1r0_el1, 0);
	isb();
}

static void handler(u32 intid)
{
	(void)intid;
	delivered = true;
}

static void works(void)
{
	const char *wrong = gic_init();
	u64 start = counter_read();

	if (wrong)
		fatal("%s", wrong);
	gic_set_handler(SGI, handler);
	local_irq_enable();
	gic_send_sgi(SGI, this_cpu()->mpidr);
	while (!delivered)
		if (counter_read() - start > counter_hz())
			fatal("no SGI in a second afterwards");
	local_irq_disable();
}

void payload_main(void)
{
	u64 rounds = 50000, seed = 0;

	if (!machine.gicd.size || !machine.nr_gicr)
		fatal("no GICv3 in the device tree");
	if (!bootargs_number(machine.bootargs, "rounds", 1, 1000000000, &rounds))
		fatal("rounds: expected a number from 1 to 10^9");
	if (!bootargs_number(machine.bootargs, "seed", 0, 1000000000, &seed))
		fatal("seed: expected a number from 0 to 10^9");
	state += seed;
	console_printf("neve-gicfuzz: up cpus=%u frames=%u\n", machine.nr_cpus, nr_frames());
	all_words(false);
	all_words(true);
	if (refused)
		fatal("%lu of %lu aligned words were refused", refused, accesses);
	for (u64 i = 0; i < rounds; i++)
		anywhere();
	clean_up();
	works();
	console_printf("neve-gicfuzz: done accesses=%lu refused=%lu\n", accesses, refused);
}
