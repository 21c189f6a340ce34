/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPU 0 of neve-hostile: starts the others, and is the witness that its host lives. It says on the
 * console where its `struct status` is; what goes wrong unseen by it, a program outside finds.
 *
 * Options: idle=1 (all CPUs sleep instead: for comparison), storm=1 (only what gives other CPUs and
 * the host much to do, and nothing whose exceptions never end: for QEMU's -icount, whose clock
 * would stand), seed=N, us=N (for how many microseconds,
 * after a sweep of at most four times that), slice=N (microseconds that a piece of
 * hostile code gets), reports=N (how often the result is said, twice a second, before it ends),
 * target=ADDRESS (a page of special interest), neve=ADDRESS and neve-size=BYTES (the host's
 * memory); all decimal.
 *
 * On the console: `neve-hostile: up status=0xADDRESS`, `neve-hostile: beat N`, and in the end
 * `neve-hostile: done seed=N ...` or `neve-hostile: failed: WHY`.
 */
#include "bootargs.h"
#include "console.h"
#include "cpu.h"
#include "edu.h"
#include "exception.h"
#include "gic.h"
#include "hostile.h"
#include "cpu/mmio.h"
#include "machine.h"
#include "pci.h"
#include "psci.h"

#define PSCI_INFO	0xc4000004 /* AFFINITY_INFO */
#define PSCI_OFF	1
#define PSCI_ALREADY_ON (-4)
#define PSCI_ON_PENDING (-5)
#define SGI		0 /* before all others that are pending, should there be a storm of them */
#define REPORTS		1200

struct status status;

void payload_abort(const char *why)
{
	console_printf("neve-hostile: failed: %s\n", why);
}

static void options(u64 *us, u64 *reports, u64 *idle)
{
	const char *args = machine.bootargs;
	u64 top = BIT(52) - 1;

	if (!bootargs_number(args, "seed", 0, BIT(48), &hostile_seed) ||
	    !bootargs_number(args, "idle", 0, 1, idle) ||
	    !bootargs_number(args, "storm", 0, 1, &hostile_storm) ||
	    !bootargs_number(args, "us", 1, BIT(40), us) ||
	    !bootargs_number(args, "slice", 1, 1000000, &hostile_slice) ||
	    !bootargs_number(args, "reports", 1, REPORTS, reports) ||
	    !bootargs_number(args, "target", 0, top, &place.target) ||
	    !bootargs_number(args, "neve", 0, top, &place.neve) ||
	    !bootargs_number(args, "neve-size", 1, top, &place.neve_size))
		fatal("found a bad option in \"%s\", expected idle=, storm=, seed=, us=, "
		      "slice=, reports=, target=, neve= or neve-size= with a number",
		      args);
}

/* The top of the highest RAM. */
static void find_sandbox(void)
{
	const struct mem_range *last = &machine.mem[0];

	for (u32 i = 1; i < machine.nr_mem; i++) {
		if (machine.mem[i].base > last->base)
			last = &machine.mem[i];
	}
	place.sandbox = ALIGN_DOWN(last->base + last->size, SZ_2M) - SANDBOX_SIZE;
	if (place.sandbox < last->base || place.sandbox < machine.image_base + 2 * SZ_2M ||
	    machine.dtb.base + machine.dtb.size > place.sandbox)
		fatal("found RAM up to 0x%lx, expected more: give the machine 512 MiB",
		      last->base + last->size);
}

static void mmu_off(void)
{
	write_sysreg(sctlr_el2, read_sysreg(sctlr_el2) & ~UINT64_C(0x5)); /* M, C */
	isb();
}

/* A CPU that turned itself off comes back, with another sequence; another CPU may be faster. */
static void restart(u32 id)
{
	struct cpu_status *st = &status.cpu[id];
	s64 r;

	if (!st->off || smccc_smc(PSCI_INFO, machine.mpidr[id], 0, 0).x[0] != PSCI_OFF)
		return;
	st->off = 0;
	st->restarts++;
	r = psci_cpu_on(machine.mpidr[id], (u64)secondary_entry, (u64)&cpus[id]);
	if (r && r != PSCI_ALREADY_ON && r != PSCI_ON_PENDING)
		fatal("CPU %u does not come back from CPU_OFF: CPU_ON answers %ld", id, r);
}

/* A thousand and more in a run. */
static u64 beat_ticks;

static void beat(void)
{
	static u64 next;
	u64 now = counter_read();

	if (now < next)
		return;
	next = now + beat_ticks;
	status.beats++;
	if (status.beats % 64 == 0) {
		gic_repair();
		console_init(); /* whatever others have done to it */
		console_printf("neve-hostile: beat %lu\n", status.beats);
		for (u32 i = 1; i < machine.nr_cpus && !hostile_stop; i++)
			restart(i);
	}
}

static bool all_swept(void)
{
	for (u32 i = 1; i < machine.nr_cpus; i++) {
		if (!status.cpu[i].swept)
			return false;
	}
	return true;
}

static bool never(void)
{
	return false;
}

static void beat_until(bool (*done)(void), u64 us)
{
	u64 start = counter_read(), ticks = counter_hz() / 1000000 * us;

	while (counter_read() - start < ticks && !done()) {
		beat();
		cpu_relax();
	}
}

static void beat_for(u64 us)
{
	beat_until(never, us);
}

/* CPU 0's own GIC and a guest below it still work. */
static void works(struct hostile *h)
{
	u64 start = counter_read();
	u32 intid;

	for (u32 i = 0; i < 32; i++)
		write32(machine.gicd.base + 0x180 + i * 4, ~0u); /* GICD_ICENABLERn */
	safe_state(h);
	do {
		/* each time: those that are lost may still write to it */
		write32(machine.gicd.base, 0x12); /* GICD_CTLR: ARE, EnableGrp1 */
		gic_cpu_init();
		gic_send_sgi(SGI, machine.mpidr[0]);
		intid = gic_ack();
		if (intid < 1020 || intid >= 8192) /* LPIs too: an ITS may have been misled */
			gic_eoi(intid);
		if (intid != SGI && counter_read() - start > 20 * counter_hz())
			fatal("no SGI in 20 seconds afterwards: acknowledged 0x%x, HPPIR 0x%lx, RPR 0x%lx, "
			      "PMR 0x%lx, pending 0x%x active 0x%x enabled 0x%x group 0x%x",
			      intid, read_sysreg(icc_hppir1_el1), read_sysreg(icc_rpr_el1),
			      read_sysreg(icc_pmr_el1), read32(this_cpu()->gicr + 0x10200),
			      read32(this_cpu()->gicr + 0x10300),
			      read32(this_cpu()->gicr + 0x10100),
			      read32(this_cpu()->gicr + 0x10080));
	} while (intid != SGI);
	code_begin(h);
	emit_read(h, ENC(3, 0, 4, 2, 2), 1); /* CurrentEL */
	do {				     /* once more where SGIs of others have ended it */
		code_run(h, P_DAIF | P_EL1h);
	} while ((h->frame.vector & 0x180) && counter_read() - start < 20 * counter_hz());
	if (h->frame.x[1] != 4 || FIELD(h->frame.esr, 31, 26) != 0x16)
		fatal("a guest at EL1 does not run afterwards: CurrentEL=0x%lx ESR_EL2=0x%lx",
		      h->frame.x[1], h->frame.esr);
}

static void report(u64 us)
{
	u64 trials = 0, exits = 0, restarts = 0;

	for (u32 i = 1; i < machine.nr_cpus; i++) {
		trials += status.cpu[i].trials;
		exits += status.cpu[i].exits;
		restarts += status.cpu[i].restarts;
	}
	console_init();
	console_printf("neve-hostile: done seed=%lu us=%lu trials=%lu exits=%lu restarts=%lu "
		       "violations=%lu\n",
		       hostile_seed, us, trials, exits, restarts, status.violations);
}

/* No interrupt comes: none is enabled. */
static void sleep(void)
{
	for (;;)
		wfi();
}

void payload_main(void)
{
	struct hostile *h;
	const char *wrong;
	u64 us = 2000000, reports = REPORTS, idle = 0;

	place.neve = machine.mem[0].base;
	place.neve_size = SZ_2M;
	options(&us, &reports, &idle);
	if (read_sysreg(CurrentEL) != CURRENTEL_EL2)
		fatal("found EL1, expected EL2; for QEMU: -M virt,virtualization=on");
	if (machine.nr_cpus < 2 || !machine.hyp_timer_intid || !machine.uart.size)
		fatal("found %u CPUs, expected two or more, a PL011 and EL2's timer",
		      machine.nr_cpus);
	wrong = gic_init();
	if (wrong)
		fatal("%s", wrong);
	find_sandbox();
	pci_claim(EDU_VENDOR, EDU_DEVICE, &place.edu);
	mmu_off();
	h = hostile_first();
	tables_init(h);
	encodings_init(h);
	sweep_init();
	status.cpus = machine.nr_cpus;
	status.state = HOSTILE_RUNS;
	status.magic = STATUS_MAGIC;
	console_printf("neve-hostile: up status=0x%lx\n", (u64)&status);
	for (u32 i = 1; i < machine.nr_cpus; i++) {
		if (!cpu_start(i, idle ? sleep : hostile_main))
			fatal("CPU %u did not start", i);
	}
	if (idle)
		sleep();
	hostile_go = true;
	beat_ticks = counter_hz() / 1000000 * us / 1024;
	if (!hostile_storm)
		beat_until(all_swept, 4 * us);
	beat_for(us);
	hostile_stop = true;
	beat_for(us / 4);
	works(h);
	status.state = HOSTILE_DONE;
	/* Again and again: others may write to the console in the middle of the line. */
	for (u32 i = 0; i < reports; i++) {
		report(us);
		beat_for(500000);
	}
}
