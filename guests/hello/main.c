/* SPDX-License-Identifier: Apache-2.0 */
/*
 * neve-hello: the smallest VM that shows that a hypervisor works. Says where it runs, takes timer
 * interrupts (the first one awake, the others out of WFI), and powers off.
 *
 * On the console: `neve-hello: up el=N cpus=N`, `neve-hello: done ticks=N`, or
 * `neve-hello: failed: WHY`.
 */
#include "console.h"
#include "exception.h"
#include "gic.h"
#include "machine.h"
#include "sysreg.h"
#include "timer.h"

#define TICKS	 100
#define TICKS_HZ 1000

static volatile u32 ticks;

void payload_abort(const char *why)
{
	console_printf("neve-hello: failed: %s\n", why);
}

static void set_timer(void)
{
	timer_set(timer_count() + counter_hz() / TICKS_HZ);
}

static void timer_handler(u32 intid)
{
	(void)intid;
	timer_off();
	if (++ticks < TICKS)
		set_timer();
}

/* A timer that does not work at all must not leave the CPU asleep: awake, for at most a second. */
static void first_tick(void)
{
	u64 start = counter_read();

	set_timer();
	local_irq_enable();
	while (!ticks)
		if (counter_read() - start > counter_hz())
			fatal("no timer interrupt in a second");
}

void payload_main(void)
{
	const char *wrong;

	console_printf("neve-hello: up el=%lu cpus=%u\n", FIELD(read_sysreg(CurrentEL), 3, 2),
		       machine.nr_cpus);
	wrong = gic_init();
	if (wrong)
		fatal("%s", wrong);
	gic_route_to_el2();
	if (!timer_intid())
		fatal("no interrupt of a timer for EL%lu in the device tree",
		      FIELD(read_sysreg(CurrentEL), 3, 2));
	gic_set_handler(timer_intid(), timer_handler);
	gic_enable_ppi(timer_intid());
	first_tick();
	/* Masked between the check and WFI, which an interrupt ends all the same. */
	for (;;) {
		local_irq_disable();
		if (ticks == TICKS)
			break;
		wfi();
		local_irq_enable();
	}
	console_printf("neve-hello: done ticks=%u\n", ticks);
}
