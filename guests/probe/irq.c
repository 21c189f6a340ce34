/* SPDX-License-Identifier: Apache-2.0 */
/* Virtual interrupts by HCR_EL2 and by list registers, virtual SErrors, timers of each kind. */
#include "console.h"
#include "gic.h"
#include "lib/printf.h"
#include "try.h"

#define E_ICH_LR0   ENC(3, 4, 12, 12, 0)
#define E_ICH_VMCR  ENC(3, 4, 12, 11, 7)
#define E_ICH_AP1R  ENC(3, 4, 12, 9, 0)
#define LR_PENDING  BIT(62)
#define LR_GROUP1   BIT(60)
#define LR_HW	    BIT(61)
#define I_MRS_IAR   0xd538cc00u /* mrs x0, icc_iar1_el1 */
#define I_MSR_EOI   0xd518cc20u /* msr icc_eoir1_el1, x0 */
#define I_MRS_HPPIR 0xd538cc40u
#define I_MRS_RPR   0xd538cb60u
#define I_MRS_ISR   0xd538c100u

static const char *suffix(void)
{
	return e2h ? ".e2h" : "";
}

static void start(void)
{
	reset_controls();
	el1_write(ENC(3, 0, 12, 0, 0), (u64)vectors_report);
}

static void virtual_lines(void)
{
	static const struct {
		const char *name;
		u64 hcr;
	} sets[] = {
		{"VI", BIT(7) | BIT(4)},    {"VF", BIT(6) | BIT(3)},	  {"VSE", BIT(8) | BIT(5)},
		{"VI-without-IMO", BIT(7)}, {"VI+VF+VSE", GENMASK(8, 3)}, {"none", GENMASK(5, 3)},
	};
	static const u64 masks[] = {0, BIT(7), BIT(6), BIT(8), P_DAIF};

	for (u32 i = 0; i < ARRAY_SIZE(sets); i++) {
		for (u32 m = 0; m < ARRAY_SIZE(masks); m++) {
			struct attempt a = {.pstate = masks[m] | P_EL1h, .insn = {I_MRS_ISR}};

			start();
			write_sysreg(s3_4_c5_c2_3, 0x1234); /* VSESR_EL2 */
			reg_write(E_HCR_EL2, reg_read(E_HCR_EL2) | sets[i].hcr);
			try_run(&a, "irq%s %s el1 masked=%lx", suffix(), sets[i].name, masks[m]);
			console_printf("irq%s %s after=%lx: %lx\n", suffix(), sets[i].name,
				       masks[m], reg_read(E_HCR_EL2) & GENMASK(8, 3));
			a.pstate = masks[m] | P_EL0t;
			a.insn[0] = I_NOP;
			try_run(&a, "irq%s %s el0 masked=%lx", suffix(), sets[i].name, masks[m]);
		}
	}
}

#define I_MRS_DISR 0xd538c120u
#define I_MSR_DISR 0xd518c120u

/* SErrors that ESB defers: DISR_EL1, which with AMO is VDISR_EL2 for EL1. */
static void deferred(void)
{
	static const struct {
		const char *name;
		u32 insn[3];
		u64 hcr;
	} sets[] = {
		{"read", {I_MRS_DISR}, 0},
		{"write", {I_MSR_DISR, I_NOP}, 0},
		{"esb", {I_ESB, I_MRS_DISR}, 0},
		{"esb-vse", {I_ESB, I_MRS_DISR}, BIT(8)},
		{"esb-vse-clear", {I_ESB, 0xaa1f03e0 /* mov x0, xzr */, I_MSR_DISR}, BIT(8)},
	};

	for (u32 amo = 0; amo < 2; amo++) {
		for (u32 i = 0; i < ARRAY_SIZE(sets); i++) {
			struct attempt a = {.pstate = P_DAIF | P_EL1h, .x0 = 0x80000345};

			for (u32 n = 0; n < 3; n++)
				a.insn[n] = sets[i].insn[n];
			start();
			write_sysreg(s3_4_c5_c2_3, 0x1234); /* VSESR_EL2 */
			reg_write(E_VDISR_EL2, 0x80000111);
			reg_write(E_DISR_EL1, 0x80000222);
			reg_write(E_HCR_EL2,
				  reg_read(E_HCR_EL2) | (amo ? HCR_AMO : 0) | sets[i].hcr);
			try_run(&a, "disr%s %s amo=%u", suffix(), sets[i].name, amo);
			console_printf("disr%s %s amo=%u after: disr=%lx vdisr=%lx hcr=%lx\n",
				       suffix(), sets[i].name, amo, reg_read(E_DISR_EL1),
				       reg_read(E_VDISR_EL2), reg_read(E_HCR_EL2) & BIT(8));
			/* Again, with what that left. */
			a = (struct attempt){.pstate = P_DAIF | P_EL1h, .insn = {I_MRS_DISR}};
			try_run(&a, "disr%s %s again amo=%u", suffix(), sets[i].name, amo);
			reg_write(E_VDISR_EL2, 0);
			reg_write(E_DISR_EL1, 0);
			asm volatile("hint #16" ::: "memory");
			console_printf("disr%s %s amo=%u esb: disr=%lx vdisr=%lx\n", suffix(),
				       sets[i].name, amo, reg_read(E_DISR_EL1),
				       reg_read(E_VDISR_EL2));
		}
	}
	start();
}

/* What EL1 does with interrupts in list registers; the state of the interface after each step. */
static void list_registers(void)
{
	static const struct {
		const char *name;
		u64 lr, vmcr, hcr;
	} sets[] = {
		{"pending", LR_PENDING | LR_GROUP1 | UINT64_C(0x80) << 48 | 40, 0xff000002, 1},
		{"low-priority", LR_PENDING | LR_GROUP1 | UINT64_C(0xf0) << 48 | 41, 0x80000002, 1},
		{"group0", LR_PENDING | UINT64_C(0x80) << 48 | 42, 0xff000003, 1},
		{"disabled", LR_PENDING | LR_GROUP1 | UINT64_C(0x80) << 48 | 43, 0xff000002, 0},
		{"group-off", LR_PENDING | LR_GROUP1 | UINT64_C(0x80) << 48 | 44, 0xff000000, 1},
		{"active", BIT(63) | LR_GROUP1 | UINT64_C(0x80) << 48 | 45, 0xff000002, 1},
		{"eoi-maintenance", LR_PENDING | LR_GROUP1 | BIT(41) | UINT64_C(0x80) << 48 | 46,
		 0xff000002, 1},
		{"eoimode1", LR_PENDING | LR_GROUP1 | UINT64_C(0x80) << 48 | 47, 0xff000202, 1},
	};
	static const struct {
		const char *name;
		u64 pstate;
		u32 insn[4];
	} steps[] = {
		{"take", P_EL1h, {I_NOP}},
		{"hppir", P_DAIF | P_EL1h, {I_MRS_HPPIR}},
		{"ack", P_DAIF | P_EL1h, {I_MRS_IAR}},
		{"rpr", P_DAIF | P_EL1h, {I_MRS_RPR}},
		{"unmasked", P_EL1h, {I_NOP}},
		{"ack-eoi", P_DAIF | P_EL1h, {I_MRS_IAR, I_MSR_EOI}},
	};

	for (u32 i = 0; i < ARRAY_SIZE(sets); i++) {
		start();
		reg_write(E_HCR_EL2, reg_read(E_HCR_EL2) | HCR_IMO | HCR_FMO);
		reg_write(E_ICH_VMCR, sets[i].vmcr);
		reg_write(E_ICH_AP1R, 0);
		reg_write(E_ICH_LR0, sets[i].lr);
		reg_write(E_ICH_HCR_EL2, sets[i].hcr);
		for (u32 s = 0; s < ARRAY_SIZE(steps); s++) {
			struct attempt a = {.pstate = steps[s].pstate};

			for (u32 n = 0; n < 4; n++)
				a.insn[n] = steps[s].insn[n];
			try_run(&a, "lr%s %s %s", suffix(), sets[i].name, steps[s].name);
			console_printf(
				"lr%s %s after-%s: lr=%lx ap1=%lx vmcr=%lx misr=%lx eisr=%lx "
				"elrsr=%lx\n",
				suffix(), sets[i].name, steps[s].name, reg_read(E_ICH_LR0),
				reg_read(E_ICH_AP1R), reg_read(E_ICH_VMCR),
				reg_read(ENC(3, 4, 12, 11, 2)) & 3, reg_read(ENC(3, 4, 12, 11, 3)),
				reg_read(ENC(3, 4, 12, 11, 5)));
		}
		reg_write(E_ICH_LR0, 0);
		reg_write(E_ICH_AP1R, 0);
		reg_write(E_ICH_HCR_EL2, 0);
	}
}

/*
 * A maintenance interrupt whose reason is there when EL1 is entered; and is gone the next time
 * without anybody having acknowledged it.
 */
static void maintenance(void)
{
	static const struct {
		const char *name;
		u64 lr, hcr;
	} sets[] = {
		{"none", 0, 1},
		{"eisr", LR_GROUP1 | BIT(41) | 46, 1},
		{"eisr-off", LR_GROUP1 | BIT(41) | 46, 0},
		{"eoicount", 0, BIT(27) | BIT(2) | 1},
		{"eoicount-alone", 0, BIT(27) | 1},
		{"underflow", 0, BIT(1) | 1},
	};

	for (u32 i = 0; i < ARRAY_SIZE(sets); i++) {
		struct attempt a = {.pstate = P_DAIF | P_EL1h, .insn = {I_NOP, I_NOP}};
		u32 intid;

		start();
		gic_enable_ppi(25);
		reg_write(E_HCR_EL2, reg_read(E_HCR_EL2) | HCR_IMO | HCR_FMO);
		reg_write(E_ICH_VMCR, 0xff000002);
		reg_write(E_ICH_LR0, sets[i].lr);
		reg_write(E_ICH_HCR_EL2, sets[i].hcr);
		try_run(&a, "maintenance%s %s", suffix(), sets[i].name);
		intid = gic_ack();
		reg_write(E_ICH_LR0, 0);
		reg_write(E_ICH_HCR_EL2, 0);
		isb();
		if (intid < 1020)
			gic_eoi(intid);
		console_printf("maintenance%s %s intid: %u\n", suffix(), sets[i].name, intid);
		reg_write(E_ICH_LR0, sets[i].lr);
		reg_write(E_ICH_HCR_EL2, sets[i].hcr);
		try_run(&a, "maintenance%s %s once more", suffix(), sets[i].name);
		reg_write(E_ICH_LR0, 0);
		reg_write(E_ICH_HCR_EL2, 0);
		try_run(&a, "maintenance%s %s gone", suffix(), sets[i].name);
	}
	start();
}

/* A timer that has expired interrupts whatever runs; acknowledged at EL2. */
static void timers(void)
{
	static const struct {
		const char *name;
		u16 ctl, cval;
		u32 intid;
		bool e2h;
	} timer[] = {
		{"hp", ENC(3, 4, 14, 2, 1), ENC(3, 4, 14, 2, 2), 26, false},
		{"hv", ENC(3, 4, 14, 3, 1), ENC(3, 4, 14, 3, 2), 28, false},
		{"p", ENC(3, 3, 14, 2, 1), ENC(3, 3, 14, 2, 2), 30, false},
		{"v", ENC(3, 3, 14, 3, 1), ENC(3, 3, 14, 3, 2), 27, false},
		{"p-el02", ENC(3, 5, 14, 2, 1), ENC(3, 5, 14, 2, 2), 30, true},
		{"v-el02", ENC(3, 5, 14, 3, 1), ENC(3, 5, 14, 3, 2), 27, true},
	};
	static const struct {
		const char *name;
		u64 pstate;
	} levels[] = {{"el2", P_EL2h}, {"el1", P_EL1h}, {"el0", P_EL0t}};

	for (u32 i = 0; i < ARRAY_SIZE(timer); i++) {
		if (timer[i].e2h && !e2h)
			continue;
		for (u32 l = 0; l < ARRAY_SIZE(levels); l++) {
			struct attempt a = {.pstate = levels[l].pstate, .insn = {I_NOP}};
			char name[48];
			struct frame f;
			u32 intid;

			start();
			/* At EL2 an interrupt needs IMO or TGE to be taken. */
			reg_write(E_HCR_EL2, reg_read(E_HCR_EL2) | HCR_IMO | HCR_FMO);
			for (u32 t = 26; t <= 30; t++)
				gic_enable_ppi(t);
			reg_write(timer[i].cval, 0);
			reg_write(timer[i].ctl, 1);
			fmt_snprintf(name, sizeof(name), "timer%s %s %s", suffix(), timer[i].name,
				     levels[l].name);
			try_enter(&a, &f);
			try_print(&f, name);
			console_printf("%s state: ctl=%lx isr=%lx\n", name, reg_read(timer[i].ctl),
				       read_sysreg(isr_el1));
			intid = gic_ack();
			reg_write(timer[i].ctl, 0);
			if (intid < 1020)
				gic_eoi(intid);
			console_printf("%s intid: %u\n", name, intid);
			/* Masked, it does not interrupt. */
			reg_write(timer[i].ctl, 3);
			try_enter(&a, &f);
			fmt_snprintf(name, sizeof(name), "timer%s %s %s imask", suffix(),
				     timer[i].name, levels[l].name);
			try_print(&f, name);
			console_printf("%s state: ctl=%lx\n", name, reg_read(timer[i].ctl));
			reg_write(timer[i].ctl, 0);
			isb();
		}
	}
}

/*
 * A timer of EL2's that expires while EL1 runs, and whose interrupt is disabled: it pends, and no
 * longer when the timer is off.
 */
static void disabled_timer(void)
{
	/* until CNTVCT_EL0 is x0: mrs x1, cntvct_el0; cmp x1, x0; b.lo .-8 */
	struct attempt a = {.pstate = P_DAIF | P_EL1h,
			    .insn = {0xd53be041, 0xeb00003f, 0x54ffffc3}};
	struct attempt own = {.pstate = P_EL2h, .insn = {I_NOP}};
	u64 ms = counter_hz() / 1000, now;
	struct frame f;

	start();
	reg_write(E_HCR_EL2, reg_read(E_HCR_EL2) | HCR_IMO | HCR_FMO);
	reg_write(ENC(3, 4, 14, 0, 3), 0); /* CNTVOFF_EL2 */
	gic_disable_ppi(26);
	now = read_sysreg(cntpct_el0);
	reg_write(ENC(3, 4, 14, 2, 2), now + 2 * ms); /* CNTHP_CVAL_EL2 */
	reg_write(ENC(3, 4, 14, 2, 1), 1);
	a.x0 = now + 4 * ms;
	try_enter(&a, &f);
	console_printf("disabled-timer%s on: pending=%u\n", suffix(), gic_ppi_pending(26));
	reg_write(ENC(3, 4, 14, 2, 1), 0);
	isb();
	console_printf("disabled-timer%s off: pending=%u\n", suffix(), gic_ppi_pending(26));
	gic_enable_ppi(26);
	try_run(&own, "disabled-timer%s enabled", suffix());
	gic_disable_ppi(26);
}

/* An interrupt of Group 0 is an FIQ. */
static void group0(void)
{
	static const struct {
		const char *name;
		u64 pstate;
	} levels[] = {{"el2", P_EL2h}, {"el1", P_EL1h}, {"el0", P_EL0t}};

	gic_set_ppi_group(26, 0);
	for (u32 l = 0; l < ARRAY_SIZE(levels); l++) {
		struct attempt a = {.pstate = levels[l].pstate, .insn = {I_NOP}};
		u64 intid;

		start();
		reg_write(E_HCR_EL2, reg_read(E_HCR_EL2) | HCR_IMO | HCR_FMO);
		gic_enable_ppi(26);
		reg_write(ENC(3, 4, 14, 2, 2), 0); /* CNTHP_CVAL_EL2 */
		reg_write(ENC(3, 4, 14, 2, 1), 1);
		try_run(&a, "group0%s %s", suffix(), levels[l].name);
		asm volatile("mrs %0, icc_iar0_el1\n\tdsb sy" : "=r"(intid)::"memory");
		reg_write(ENC(3, 4, 14, 2, 1), 0);
		isb();
		asm volatile("msr icc_eoir0_el1, %0\n\tisb" ::"r"(intid) : "memory");
		console_printf("group0%s %s intid: %lu\n", suffix(), levels[l].name, intid);
	}
	gic_disable_ppi(26);
	gic_set_ppi_group(26, 1);
	start();
}

/*
 * Two list registers of one interrupt, which is UNPREDICTABLE, with an interrupt for fewer than
 * two: whatever comes of it, the guest goes on.
 */
static void same_interrupt(void)
{
	struct attempt a = {.pstate = P_DAIF | P_EL1h, .insn = {I_NOP}};

	start();
	reg_write(E_HCR_EL2, reg_read(E_HCR_EL2) | HCR_IMO | HCR_FMO);
	reg_write(E_ICH_LR0, LR_PENDING | LR_GROUP1 | UINT64_C(0x80) << 48 | 40);
	reg_write(E_ICH_LR0 + 1, LR_PENDING | LR_GROUP1 | UINT64_C(0x80) << 48 | 40);
	reg_write(E_ICH_HCR_EL2, 3); /* En, UIE */
	try_run(&a, "lr%s same-interrupt", suffix());
	reg_write(E_ICH_HCR_EL2, 0);
	reg_write(E_ICH_LR0, 0);
	reg_write(E_ICH_LR0 + 1, 0);
}

/* Who takes a physical interrupt that is pending: by IMO and TGE, masked or not. */
static void routes(void)
{
	static const struct {
		const char *name;
		u64 pstate, hcr;
	} sets[] = {
		{"el1 imo", P_DAIF | P_EL1h, HCR_IMO | HCR_FMO},
		{"el0 imo", P_DAIF | P_EL0t, HCR_IMO | HCR_FMO},
		{"el2 imo", P_DAIF | P_EL2h, HCR_IMO | HCR_FMO},
		{"el2 tge", P_EL2h, HCR_TGE},
		{"el2 tge masked", P_DAIF | P_EL2h, HCR_TGE},
		{"el2 tge imo", P_EL2h, HCR_TGE | HCR_IMO | HCR_FMO},
		{"el0 tge", P_EL0t, HCR_TGE},
		{"el0 tge masked", P_DAIF | P_EL0t, HCR_TGE},
		{"el1", P_EL1h, 0},
		{"el1 masked", P_DAIF | P_EL1h, 0},
		{"el0", P_EL0t, 0},
		{"el0 masked", P_DAIF | P_EL0t, 0},
		{"el1 imo alone", P_EL1h, HCR_IMO},
		{"el1 fmo alone", P_EL1h, HCR_FMO},
		{"el2 unmasked", P_EL2h, 0},
		{"el2 unmasked imo", P_EL2h, HCR_IMO | HCR_FMO},
		{"el2 unmasked imo alone", P_EL2h, HCR_IMO},
		{"el2 unmasked fmo alone", P_EL2h, HCR_FMO},
		{"el1 imo vi", P_EL1h, HCR_IMO | HCR_FMO | BIT(7)},
		/* PSTATE.SS, which without MDSCR_EL1.SS a return makes 0 */
		{"el1 imo ss", BIT(21) | P_EL1h, HCR_IMO | HCR_FMO},
		{"el0 imo ss", BIT(21) | P_EL0t, HCR_IMO | HCR_FMO},
	};

	for (u32 i = 0; i < ARRAY_SIZE(sets); i++) {
		for (u32 t = 0; t < 2; t++) { /* the timers of EL2 and of EL1 */
			u16 ctl = t ? (e2h ? ENC(3, 5, 14, 2, 1) : ENC(3, 3, 14, 2, 1))
				    : ENC(3, 4, 14, 2, 1);
			struct attempt a = {.pstate = sets[i].pstate, .insn = {I_MRS_ISR}};
			u32 intid;

			if (!(sets[i].pstate & P_MODE))
				a.insn[0] = I_NOP;
			start();
			reg_write(E_HCR_EL2, reg_read(E_HCR_EL2) | sets[i].hcr);
			gic_enable_ppi(t ? 30 : 26);
			reg_write(ctl + 1, 0); /* CVAL */
			reg_write(ctl, 1);
			try_run(&a, "route%s %s timer=%u", suffix(), sets[i].name, t);
			/* At EL2 with IMO, so that they are EL2's to acknowledge. */
			reg_write(E_HCR_EL2, reg_read(E_HCR_EL2) | HCR_IMO | HCR_FMO);
			intid = gic_ack();
			reg_write(ctl, 0);
			isb();
			if (intid < 1020)
				gic_eoi(intid);
			console_printf("route%s %s timer=%u intid: %u\n", suffix(), sets[i].name, t,
				       intid);
		}
	}
	start();
}

void probe_irq(void)
{
	const char *wrong = gic_init();

	console_printf("irq gic: %s\n", wrong ? wrong : "ok");
	if (wrong)
		return;
	for (u32 i = 0; i < 2; i++) {
		set_e2h(i);
		virtual_lines();
		deferred();
		list_registers();
		maintenance();
		same_interrupt();
		timers();
		disabled_timer();
		group0();
		routes();
	}
	set_e2h(false);
}
