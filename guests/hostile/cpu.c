/* SPDX-License-Identifier: Apache-2.0 */
/* A hostile CPU: its state between two trials, and which one comes next. */
#include "cpu.h"
#include "exception.h"
#include "hostile.h"
#include "cpu/mmio.h"
#include "irq/gicv3.h"
#include "machine.h"
#include "psci.h"

#define GICD_CTLR_ON 0x12 /* ARE, EnableGrp1 */

#define SCTLR_EL2_OFF 0x30c51830 /* RES1, I */
#define SCTLR_EL1_OFF 0x30d00800
#define CPTR_RES1     0x32ff
#define PSCI_CPU_OFF  0x84000002
#define INSN_SMC_0    0xd4000003u

u64 hostile_seed, hostile_slice = 300, hostile_storm;
volatile bool hostile_go, hostile_stop;
static struct hostile hostiles[MAX_CPUS];

/*
 * CPU 0's guest is not in the sandbox: the stack of a CPU that takes one exception after the other
 * runs down through all of that.
 */
static u32 first_code[SZ_4K / 4] __attribute__((aligned(SZ_4K)));
static u32 first_vectors[512] __attribute__((aligned(2048)));

static const struct {
	void (*run)(struct hostile *h);
	u32 weight, storm; /* how often, and how often with storm=1 */
} trials[] = {
	{trial_regs, 20, 0},   {trial_tables, 14, 3}, {trial_guest, 20, 0}, {trial_jump, 8, 0},
	{trial_devices, 8, 0}, {trial_irqs, 6, 0},    {trial_calls, 6, 0},  {trial_vncr, 2, 0},
	{trial_stage1, 6, 0},  {trial_a32, 8, 0},     {trial_many, 2, 2},   {trial_dma, 4, 0},
	{trial_shadow, 3, 3},  {trial_user, 8, 0},    {trial_storm, 2, 8},
};

static u32 weight(u32 t)
{
	return hostile_storm ? trials[t].storm : trials[t].weight;
}

/*
 * The timer of EL2 and SGI 0 enabled and not active on each CPU that is hostile; what else they
 * have done to the GIC stays.
 */
void gic_repair(void)
{
	u32 timer = machine.hyp_timer_intid;

	write32(machine.gicd.base, GICD_CTLR_ON);
	for (u32 i = 1; i < machine.nr_cpus; i++) {
		u64 gicr = hostiles[i].gicr;

		if (!gicr)
			continue;
		write32(gicr + GICR_IGROUPR0, ~0u);
		write32(gicr + GICR_IPRIORITYR + (timer & ~3u), 0);
		write32(gicr + GICR_ICACTIVER0, ~0u);
		write32(gicr + GICR_ICENABLER0, ~(u32)BIT(timer));
		write32(gicr + GICR_ISENABLER0, (u32)BIT(timer));
	}
}

static void own_gic(const struct hostile *h)
{
	write_sysreg(icc_ctlr_el1, 0);
	write_sysreg(icc_pmr_el1, 0xff);
	write_sysreg(icc_bpr1_el1, 0);
	write_sysreg(icc_ap0r0_el1, 0);
	write_sysreg(icc_ap1r0_el1, 0);
	write_sysreg(icc_igrpen0_el1, 0);
	write_sysreg(icc_igrpen1_el1, 1);
	isb();
	if (h->gicr) {
		write32(h->gicr + GICR_ICACTIVER0, ~0u);
		write32(h->gicr + GICR_ISENABLER0, (u32)BIT(machine.hyp_timer_intid));
	}
}

static bool has_fgt(void)
{
	return FIELD(read_sysreg(id_aa64mmfr0_el1), 59, 56);
}

static bool has_hcx(void)
{
	return FIELD(read_sysreg(id_aa64mmfr1_el1), 43, 40);
}

void safe_state(struct hostile *h)
{
	asm volatile("msr daifset, #15" ::: "memory");
	write_sysreg(hcr_el2, HCR_SAFE);
	isb();
	/* Traps: a hypervisor below learns of E2H, if that write went to memory. */
	(void)read_sysreg(sctlr_el2);
	write_sysreg(sctlr_el2, SCTLR_EL2_OFF);
	write_sysreg(vbar_el2, (u64)enter_vectors);
	write_sysreg(cptr_el2, CPTR_RES1);
	write_sysreg(mdcr_el2, 0);
	write_sysreg(hstr_el2, 0);
	write_sysreg(cnthctl_el2, 3);
	write_sysreg(cntvoff_el2, 0);
	write_sysreg(s3_4_c12_c11_0, 0); /* ICH_HCR_EL2 */
	if (has_hcx())
		write_sysreg(s3_4_c1_c2_2, 0);
	if (has_fgt()) {
		write_sysreg(s3_4_c1_c1_4, 0);
		write_sysreg(s3_4_c1_c1_5, 0);
		write_sysreg(s3_4_c1_c1_6, 0);
		write_sysreg(s3_4_c3_c1_4, 0);
		write_sysreg(s3_4_c3_c1_5, 0);
	}
	write_sysreg(mdscr_el1, 0);
	write_sysreg(cntp_ctl_el0, 0);
	write_sysreg(cntv_ctl_el0, 0);
	write_sysreg(vttbr_el2, 0);
	write_sysreg(vtcr_el2, BIT(31));
	write_sysreg(sctlr_el1, SCTLR_EL1_OFF);
	write_sysreg(vbar_el1, h->id ? place.sandbox + SANDBOX_VECTORS : (u64)first_vectors);
	write_sysreg(cpacr_el1, 3 << 20);
	isb();
	own_gic(h);
}

void violation(enum violation v)
{
	status.violation = v;
	status.violations++;
	dsb(sy);
}

/* In C at EL2, outside of a run: something hostile has hit this CPU's own code. */
void enter_stray(u64 vector, u64 esr, u64 elr, u64 far, u64 spsr)
{
	u64 sp = (u64)__builtin_frame_address(0);

	if (sp - machine.image_base < 2 * SZ_2M)
		fatal("CPU 0: vector 0x%lx esr 0x%lx elr 0x%lx (image + 0x%lx) far 0x%lx spsr 0x%lx",
		      vector, esr, elr, elr - machine.image_base, far, spsr);
	for (;;)
		wfi();
}

static void turn_off(struct hostile *h)
{
	/* Those of EL1: expired, and their lines high, which is nothing that the next life has. */
	if (below(h, 2)) {
		write_sysreg(cntp_cval_el0, 0);
		write_sysreg(cntv_cval_el0, 0);
		write_sysreg(cntp_ctl_el0, 1);
		write_sysreg(cntv_ctl_el0, 1);
		isb();
	}
	h->st->off = 1;
	dsb(sy);
	if (below(h, 2)) { /* by a guest, whose SMC nobody traps, with what it has at the time */
		code_begin(h);
		reg_with(h, PSCI_CPU_OFF);
		emit(h, INSN_SMC_0);
		write_sysreg(s3_4_c12_c11_0, 1 | (rnd(h) & 0xfe)); /* ICH_HCR_EL2 */
		write_sysreg(s3_4_c12_c12_0, BIT(62) | BIT(60) | below(h, 1020));
		write_sysreg(hcr_el2, HCR_SAFE);
		isb();
		code_run(h, P_DAIF | P_EL1h);
	}
	smccc_smc(PSCI_CPU_OFF, 0, 0, 0);
	h->st->off = 0;
}

static u32 next_trial(struct hostile *h)
{
	u32 sum = 0, t = 0, n;

	for (u32 i = 0; i < ARRAY_SIZE(trials); i++)
		sum += weight(i);
	n = below(h, sum);
	while (n >= weight(t))
		n -= weight(t++);
	return t;
}

static void begin(struct hostile *h, u32 id)
{
	h->id = id;
	h->st = &status.cpu[id];
	/* another one after each restart */
	h->rnd = (hostile_seed * MAX_CPUS + id + 1) * UINT64_C(0x9e3779b97f4a7c15) +
		 h->st->restarts * UINT64_C(0xbf58476d1ce4e5b9);
	for (u32 i = 0; i < 8; i++)
		rnd(h);
	h->code = id ? (u32 *)(place.sandbox + SANDBOX_CODE + id * SZ_64K) : first_code;
	h->loot = (u64 *)(place.sandbox + SANDBOX_LOOT + id * LOOT_SIZE);
	h->st->off = 0;
	h->max_exits = 64;
	write_sysreg(sctlr_el2, SCTLR_EL2_OFF);
	isb();
	safe_state(h);
}

struct hostile *hostile_first(void)
{
	vectors_init(first_vectors);
	begin(&hostiles[0], 0);
	return &hostiles[0];
}

/*
 * After CPU_ON no timer runs, whatever was left running at CPU_OFF. Others may set the bits at any
 * time: only a line that is high stays pending when it is cleared again and again.
 */
static void check_lines(const struct hostile *h)
{
	u32 timers = (u32)(BIT(machine.phys_timer_intid) | BIT(machine.virt_timer_intid) |
			   BIT(machine.hyp_timer_intid));
	u32 i = 0;

	while (i < 8 && h->gicr) {
		write32(h->gicr + GICR_ICPENDR0, timers);
		if (!(read32(h->gicr + GICR_ISPENDR0) & timers))
			return;
		i++;
	}
	if (i)
		violation(VIOLATION_LINE);
}

static void attack(struct hostile *h) __attribute__((noreturn, used));

static void attack(struct hostile *h)
{
	check_lines(h);
	begin(h, h->id);
	while (!hostile_go)
		cpu_relax();
	if (!hostile_storm && !h->st->trials)
		sweep(h);
	while (!hostile_stop) {
		u32 t = next_trial(h);

		h->st->last = t + 1;
		trials[t].run(h);
		safe_state(h);
		keep_vectors(h);
		h->st->trials++;
		if (!hostile_storm && !below(h, 40))
			turn_off(h);
	}
	for (;;) {
		h->st->last = hostile_storm ? ARRAY_SIZE(trials) : ARRAY_SIZE(trials) + 1;
		if (hostile_storm)
			trial_storm(h);
		else
			trial_last(h);
		safe_state(h);
		h->st->trials++;
	}
}

void hostile_main(void)
{
	u32 id = this_cpu()->id;
	struct hostile *h = &hostiles[id];

	h->id = id;
	h->gicr = this_cpu()->gicr;
	/* with the MMU off, as `begin` has it: the new stack need not be mapped */
	write_sysreg(sctlr_el2, SCTLR_EL2_OFF);
	isb();
	asm volatile("mov sp, %1\n\tmov x0, %0\n\tb attack" ::"r"(h),
		     "r"(place.sandbox + SANDBOX_STACKS + (id + 1) * (SZ_1M / 2))
		     : "x0", "memory");
	__builtin_unreachable();
}
