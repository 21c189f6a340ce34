/* SPDX-License-Identifier: Apache-2.0 */
/* From the first line of C with the MMU on to payload_main, and the way of a secondary CPU. */
#include "console.h"
#include "cpu.h"
#include "exception.h"
#include "gic.h"
#include "machine.h"
#include "mmu.h"
#include "psci.h"

extern char _image_start[];
extern char secondary_entry[];

struct cpu cpus[MAX_CPUS];
static u8 stacks[MAX_CPUS - 1][CPU_STACK_SIZE] __attribute__((aligned(16)));

void boot_main(const void *dtb) __attribute__((noreturn));
void secondary_main(void);

void boot_main(const void *dtb)
{
	const char *wrong;

	machine.image_base = (u64)_image_start;
	wrong = machine_init(dtb);
	cpus[0].mpidr = machine.mpidr[0];
	if (machine.uart.size && mmu_map(machine.uart.base, machine.uart.size, MMU_DEVICE))
		console_init();
	if (wrong)
		fatal("%s", wrong);
	wrong = machine_map();
	if (wrong)
		fatal("cannot map %s: expected addresses below 2^39, and 2 MiB without RAM around "
		      "each device",
		      wrong);
	payload_main();
	console_flush();
	psci_system_off();
}

bool cpu_start(u32 id, void (*entry)(void))
{
	struct cpu *cpu = &cpus[id];
	u64 start = counter_read();

	cpu->id = id;
	cpu->mpidr = machine.mpidr[id];
	cpu->main = entry;
	cpu->stack_top = (u64)stacks[id - 1] + CPU_STACK_SIZE;
	dsb(ish);
	if (psci_cpu_on(cpu->mpidr, (u64)secondary_entry, (u64)cpu))
		return false;
	while (!__atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE)) {
		u64 elapsed = counter_read() - start;

		if (elapsed > counter_hz())
			return false;
		poll_pause(elapsed);
	}
	return true;
}

void secondary_main(void)
{
	struct cpu *cpu = this_cpu();

	gic_cpu_init();
	__atomic_store_n(&cpu->online, 1, __ATOMIC_RELEASE);
	cpu->main();
	fatal("cpu%u: its main function returned", cpu->id);
}
