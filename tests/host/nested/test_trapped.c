/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hyp/nested/vel2_sysreg.c and guest_sysreg.c: who gets a trapped access to a system register, at
 * vEL2 and below it, and what becomes of registers that nobody has.
 */
#include <glib.h>
#include <string.h>

#include "cpu/features.h"
#include "cpu/hcr.h"
#include "cpu/idcache.h"
#include "irq/vgic.h"
#include "nested/debug.h"
#include "nested/gic.h"
#include "nested/pmu.h"
#include "nested/regime.h"
#include "nested/timer.h"
#include "nested/world.h"
#include "vm/vm.h"

#define VALUE  UINT64_C(0x123456789abcdef0)
#define BEFORE UINT64_C(0x5a5a)
#define RT     7

struct cpu_features cpu_features;

static struct vm vm;
static struct vcpu vcpu;
static struct vncr_page page;
static struct l1_controls controls;
static bool user_may, host_el0_traps;
static u64 sctlr_el1;

/* The part that was asked, with what; NULL: none. */
static struct {
	const char *who;
	unsigned int what;
	u64 val;
	bool synced;
} asked;

static void ask(const char *who, unsigned int what, u64 val)
{
	g_assert_null(asked.who);
	asked.who = who;
	asked.what = what;
	asked.val = val;
}

u64 fake_read(const char *reg)
{
	g_assert_cmpstr(reg, ==, "SCTLR_EL1");
	return sctlr_el1;
}

void fake_write(const char *reg, u64 val)
{
	g_error("%s = %lx", reg, (unsigned long)val);
}

u64 idreg_read(enum sysreg_id id)
{
	ask("id", id, 0);
	return VALUE;
}

bool feature_offered(enum sysreg_feature f)
{
	return sysreg_features[f].offered;
}

void world_l1_controls(struct vcpu *v, struct l1_controls *c)
{
	(void)v;
	*c = controls;
}

static u64 own_esr;

void world_take_own(struct vcpu *v, u64 esr, u64 far)
{
	g_assert_cmphex(own_esr, ==, 0);
	own_esr = esr;
}

bool world_follow_e2h(struct vcpu *v)
{
	ask("follow", 0, v->vncr->hcr_el2);
	return false;
}

u64 world_read_ctx(struct vcpu *v, enum ctx_reg r)
{
	if (r == CTX_CPTR_EL2) /* a control, and not what is accessed, but by itself */
		return v->ctx[r];
	ask("ctx", r, 0);
	return v->ctx[r];
}

void world_write_ctx(struct vcpu *v, enum ctx_reg r, u64 val)
{
	(void)v;
	ask("ctx", r, val);
}

enum exit_action pmu_read(struct vcpu *v, const struct sysreg_desc *d, unsigned int rt)
{
	ask("pmu", d->id, 0);
	vcpu_set_reg(v, rt, VALUE);
	return EXIT_ADVANCE;
}

enum exit_action pmu_write(struct vcpu *v, const struct sysreg_desc *d, u64 val)
{
	(void)v;
	ask("pmu", d->id, val);
	return EXIT_ADVANCE;
}

void pmu_write_mdcr(struct vcpu *v, u64 val)
{
	(void)v;
	ask("mdcr", 0, val);
}

bool pmu_user_may(const struct sysreg_desc *d, bool read)
{
	(void)d;
	(void)read;
	return user_may;
}

bool pmu_host_el0_traps(const struct vcpu *v, const struct sysreg_desc *d)
{
	return host_el0_traps;
}

enum exit_action debug_access(struct vcpu *v, const struct sysreg_desc *d, bool read,
			      unsigned int rt)
{
	ask("debug", d->id, read ? 0 : vcpu_reg(v, rt));
	if (read)
		vcpu_set_reg(v, rt, VALUE);
	return EXIT_ADVANCE;
}

void vgic_sgi(struct vgic *v, u32 cpu, enum vgic_sgi_reg reg, u64 val)
{
	g_assert_true(v == &vm.vgic && cpu == 3);
	ask("sgi", reg, val);
}

void nested_gic_sync(struct vcpu *v)
{
	(void)v;
	asked.synced = true;
}

void vgic_dir(struct vgic *v, u32 cpu, u32 intid)
{
	g_assert_true(v == &vm.vgic && cpu == 3 && asked.synced);
	ask("dir", 0, intid);
}

u64 nested_gic_status(struct vcpu *v, enum sysreg_id r)
{
	(void)v;
	ask("gic", r, 0);
	return VALUE;
}

u64 timer_read(struct vcpu *v, enum sysreg_id reg)
{
	(void)v;
	ask("timer", reg, 0);
	return VALUE;
}

void timer_write(struct vcpu *v, enum sysreg_id reg, u64 val)
{
	(void)v;
	ask("timer", reg, val);
}

enum exit_action regime_tlbi(struct vcpu *v, u32 key, u64 val)
{
	(void)v;
	ask("tlbi", key, val);
	return EXIT_ADVANCE;
}

enum exit_action regime_at(struct vcpu *v, u32 key, gva_t va)
{
	(void)v;
	ask("at", key, va.v);
	return EXIT_ADVANCE;
}

static const struct sysreg_desc *desc(const char *name)
{
	for (unsigned int i = 0; i < SR_COUNT; i++) {
		if (!strcmp(sysreg_name(&sysreg_table[i]), name))
			return &sysreg_table[i];
	}
	g_error("no register %s", name);
}

static u32 encoding(unsigned int op0, unsigned int op1, unsigned int crn, unsigned int crm,
		    unsigned int op2)
{
	return op0 << 20 | op2 << 17 | op1 << 14 | crn << 10 | crm << 1;
}

static void setup(enum vcpu_context context, unsigned int el)
{
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&page, 0, sizeof(page));
	memset(&controls, 0, sizeof(controls));
	vcpu.vm = &vm;
	vcpu.vncr = &page;
	vcpu.id = 3;
	vcpu.context = context;
	vcpu.pstate = el ? MODE_EL1h : MODE_EL0t;
	vcpu.e2h = true;
	controls.has_fgt = controls.has_hcx = true;
	/* What traps when it is 0. */
	controls.hcr = HCR_API | HCR_APK;
	controls.cnthctl = ~UINT64_C(0);
	cpu_features = (struct cpu_features){.pmu = true};
	host_el0_traps = false;
	own_esr = 0;
	sctlr_el1 = 0;
}

/* One access, with what became of it; of a read, the value in Rt is checked. */
static void expect(u32 key, bool read, enum exit_action action, const char *who, u64 val)
{
	u64 iss = key | RT << 5 | read;

	memset(&asked, 0, sizeof(asked));
	vcpu.x[RT] = read ? BEFORE : VALUE;
	g_assert_cmpint(vcpu.context == IN_HYP ? vel2_sysreg(&vcpu, iss) : guest_sysreg(&vcpu, iss),
			==, action);
	g_assert_cmpstr(asked.who, ==, who);
	if (!read && who)
		g_assert_cmphex(asked.val, ==, val);
	if (read)
		g_assert_cmphex(vcpu.x[RT], ==, action == EXIT_ADVANCE ? val : BEFORE);
}

static void reads(const char *name, const char *who, u64 val)
{
	expect(desc(name)->key, true, EXIT_ADVANCE, who, val);
}

static void writes(const char *name, const char *who, u64 val)
{
	expect(desc(name)->key, false, EXIT_ADVANCE, who, val);
}

/* What is written to the CPU interface and traps all the same. */
static void writes_gic(void)
{
	writes("ICC_SGI1R_EL1", "sgi", VALUE);
	g_assert_cmpint(asked.what, ==, VGIC_SGI1R);
	writes("ICC_SGI0R_EL1", "sgi", VALUE);
	g_assert_cmpint(asked.what, ==, VGIC_SGI0R);
	writes("ICC_ASGI1R_EL1", "sgi", VALUE);
	g_assert_cmpint(asked.what, ==, VGIC_ASGI1R);
	writes("ICC_DIR_EL1", "dir", (u32)VALUE);
}

static void test_vel2_parts(void)
{
	setup(IN_HYP, 1);
	vcpu.cntkctl_el1 = 0x77;
	vcpu.ctx[CTX_VBAR_EL2] = 0x88;
	page.hcr_el2 = 0x99;
	reads("CNTHP_CTL_EL2", "timer", VALUE);
	writes("CNTHP_CTL_EL2", "timer", VALUE);
	reads("CNTKCTL_EL12", NULL, 0x77);
	writes("CNTKCTL_EL12", NULL, 0);
	g_assert_cmphex(vcpu.cntkctl_el1, ==, VALUE);
	reads("ICC_SRE_EL2", NULL, 0xf);
	writes("ICC_SRE_EL2", NULL, 0);
	reads("PMCR_EL0", "pmu", VALUE);
	writes("PMCR_EL0", "pmu", VALUE);
	reads("ICH_MISR_EL2", "gic", VALUE);
	reads("ID_AA64MMFR0_EL1", "id", VALUE);
	reads("VBAR_EL2", "ctx", 0x88);
	writes("VBAR_EL2", "ctx", (VALUE & ~desc("VBAR_EL2")->res0) | desc("VBAR_EL2")->res1);
	reads("HCR_EL2", NULL, 0x99);
	writes("HCR_EL2", "follow", VALUE);
	g_assert_cmphex(page.hcr_el2, ==, VALUE);
	writes("MDCR_EL2", "mdcr", VALUE & ~desc("MDCR_EL2")->res0);
	writes_gic();
	reads("ERRIDR_EL1", NULL, 0);
	reads("ERXSTATUS_EL1", NULL, 0);
	writes("ERXCTLR_EL1", NULL, 0);
	expect(encoding(1, 4, 8, 7, 4), false, EXIT_ADVANCE, "tlbi", VALUE); /* ALLE1 */
	expect(encoding(1, 0, 7, 8, 0), false, EXIT_ADVANCE, "at", VALUE);   /* S1E1R */
}

static void test_vel2_refused(void)
{
	static const u32 no_register = 3 << 20 | 4 << 14 | 13 << 10 | 7 << 1 | 7 << 17;

	setup(IN_HYP, 1);
	/* The _EL12 names are there with E2H = 1 alone. */
	reads("SCTLR_EL12", NULL, 0);
	vcpu.e2h = false;
	expect(desc("SCTLR_EL12")->key, true, EXIT_UNDEF, NULL, 0);
	vcpu.e2h = true;
	expect(desc("MPAM2_EL2")->key, true, EXIT_UNDEF, NULL, 0);     /* not offered */
	expect(desc("MIDR_EL1")->key, false, EXIT_UNDEF, NULL, 0);     /* read-only */
	expect(desc("ICC_SGI1R_EL1")->key, true, EXIT_UNDEF, NULL, 0); /* write-only */
	expect(no_register, true, EXIT_UNDEF, NULL, 0);
	expect(no_register, false, EXIT_UNDEF, NULL, 0);
	/* IMPLEMENTATION DEFINED ones: RAZ/WI. */
	expect(encoding(3, 7, 15, 3, 7), true, EXIT_ADVANCE, NULL, 0);
	expect(encoding(3, 7, 15, 3, 7), false, EXIT_ADVANCE, NULL, 0);
}

/* CPTR_EL2 traps ZCR_ELx at vEL2 itself: by its control of SVE, and not by that of FP. */
static void test_vel2_sve(void)
{
	static const struct {
		bool e2h;
		u64 cptr, esr;
	} sets[] = {
		{false, 0, 0},
		{false, CPTR_TZ, 0x66000000},
		{false, CPTR_TFP, 0},
		{false, CPTR_TZ | CPTR_TFP, 0x66000000},
		{true, CPACR_ZEN | CPACR_FPEN, 0},
		{true, CPACR_ZEN_EL1 | CPACR_FPEN_EL1, 0},
		{true, CPACR_FPEN, 0x66000000},
		{true, CPACR_ZEN, 0},
	};

	for (unsigned int i = 0; i < G_N_ELEMENTS(sets); i++) {
		setup(IN_HYP, 1);
		vcpu.e2h = sets[i].e2h;
		vcpu.ctx[CTX_CPTR_EL2] = sets[i].cptr;
		memset(&asked, 0, sizeof(asked));
		g_assert_cmpint(vel2_sysreg(&vcpu, desc("ZCR_EL2")->key | RT << 5 | 1), ==,
				sets[i].esr ? EXIT_RESUME : EXIT_ADVANCE);
		g_assert_cmphex(own_esr, ==, sets[i].esr);
	}
}

/* At the EL0 of vEL2's own regime. */
static void test_host_el0(void)
{
	unsigned int n = 0;

	setup(IN_HYP, 0);
	reads("PMCCNTR_EL0", "pmu", VALUE);
	host_el0_traps = true;
	expect(desc("PMCCNTR_EL0")->key, true, EXIT_FORWARD, NULL, 0);
	expect(desc("PMCCNTR_EL0")->key, false, EXIT_FORWARD, NULL, 0);
	/* IMPLEMENTATION DEFINED ones, those with a name among them. */
	expect(encoding(3, 3, 15, 3, 7), true, EXIT_UNDEF, NULL, 0);
	for (unsigned int i = 0; i < SR_COUNT; i++) {
		if (sysreg_table[i].handler != H_IMPDEF)
			continue;
		n++;
		expect(sysreg_table[i].key, true, EXIT_UNDEF, NULL, 0);
		expect(sysreg_table[i].key, false, EXIT_UNDEF, NULL, 0);
	}
	g_assert_cmpuint(n, >=, 8);
}

/* Whatever may trap, and exists for L1, is emulated; whatever does not exist is undefined. */
static void test_vel2_all(void)
{
	for (unsigned int i = 0; i < SR_COUNT; i++) {
		const struct sysreg_desc *d = &sysreg_table[i];
		bool traps[2] = {false, false};

		setup(IN_HYP, 1);
		vcpu.ctx[CTX_CPTR_EL2] = CPACR_ZEN | CPACR_FPEN;
		for (unsigned int k = 0; k < 4; k++) {
			traps[0] |= d->act_w[k] == ACT_TRAP;
			traps[1] |= d->act[k] == ACT_TRAP;
		}
		for (unsigned int read = 0; read < 2; read++) {
			bool there = (d->access & (read ? SYSREG_R : SYSREG_W)) ||
				     d->handler == H_IMPDEF;

			if (!traps[read])
				continue;
			memset(&asked, 0, sizeof(asked));
			g_assert_cmpint(vel2_sysreg(&vcpu, d->key | RT << 5 | read), ==,
					there && feature_offered(d->feature) ? EXIT_ADVANCE
									     : EXIT_UNDEF);
		}
	}
}

static void refused(const char *name, bool read, enum exit_action action)
{
	expect(desc(name)->key, read, action, NULL, 0);
}

static void test_guest_own(void)
{
	setup(IN_GUEST, 1);
	reads("ID_AA64MMFR0_EL1", "id", VALUE);
	refused("ID_AA64MMFR0_EL1", false, EXIT_UNDEF);
	reads("ACTLR_EL1", NULL, 0);
	writes("ACTLR_EL1", NULL, 0);
	reads("ACTLR_EL1", NULL, 0); /* RAZ/WI */
	controls.hcr |= HCR_TID3 | HCR_TACR;
	refused("ID_AA64MMFR0_EL1", true, EXIT_FORWARD);
	refused("ACTLR_EL1", false, EXIT_FORWARD);

	reads("PMCCNTR_EL0", "pmu", VALUE);
	writes("PMCCNTR_EL0", "pmu", VALUE);
	controls.mdcr = MDCR_TPM;
	refused("PMCCNTR_EL0", true, EXIT_FORWARD);
	controls.mdcr = 0;
	cpu_features.pmu = false;
	refused("PMCCNTR_EL0", true, EXIT_UNDEF);
	/* No error records, but those that the host VM reaches without a trap. */
	reads("ERRIDR_EL1", NULL, 0);
	reads("ERXSTATUS_EL1", NULL, 0);
	writes("ERXCTLR_EL1", NULL, 0);
	refused("ERRIDR_EL1", false, EXIT_UNDEF);
	controls.hcr |= HCR_TERR;
	refused("ERRIDR_EL1", true, EXIT_FORWARD);
	refused("TFSR_EL1", true, EXIT_UNDEF);	/* of a feature that L1 is not offered */
	refused("SCTLR_EL1", true, EXIT_UNDEF); /* nobody asked for this one */
}

static void test_guest_gic(void)
{
	setup(IN_GUEST, 1);
	writes_gic();
	refused("ICC_SGI1R_EL1", true, EXIT_UNDEF);
	refused("ICC_DIR_EL1", true, EXIT_UNDEF);
	/* With an interface of its own they are L1's, which has IMO or FMO then. */
	vcpu.gic_is_l2 = true;
	refused("ICC_SGI1R_EL1", false, EXIT_UNDEF);
	refused("ICC_DIR_EL1", false, EXIT_UNDEF);
	controls.hcr |= HCR_IMO;
	refused("ICC_SGI1R_EL1", false, EXIT_FORWARD);
}

/* L1's own EL0 program: {E2H,TGE} = {0,1}. */
static void test_guest_tge(void)
{
	setup(IN_GUEST, 0);
	controls.hcr |= HCR_TGE;
	user_may = false;
	refused("PMCCNTR_EL0", true, EXIT_FORWARD);
	user_may = true;
	reads("PMCCNTR_EL0", "pmu", VALUE);
	refused("CNTVCT_EL0", true, EXIT_FORWARD);
	/* FEAT_IDST: reads of ID registers at EL0, known or not. */
	refused("ID_AA64MMFR0_EL1", true, EXIT_FORWARD);
	expect(encoding(3, 3, 0, 5, 5), true, EXIT_FORWARD, NULL, 0);
	expect(encoding(3, 3, 0, 5, 5), false, EXIT_UNDEF, NULL, 0);
	expect(encoding(3, 3, 13, 5, 5), true, EXIT_UNDEF, NULL, 0);
	expect(encoding(1, 3, 0, 5, 5), true, EXIT_UNDEF, NULL, 0);
	controls.hcr &= ~HCR_TGE;
	expect(encoding(3, 3, 0, 5, 5), true, EXIT_UNDEF, NULL, 0);
	setup(IN_GUEST, 1);
	expect(encoding(3, 3, 0, 5, 5), true, EXIT_UNDEF, NULL, 0);
}

static void test_guest_impdef(void)
{
	u32 impdef = encoding(3, 7, 15, 3, 7);

	setup(IN_GUEST, 1);
	expect(impdef, true, EXIT_UNDEF, NULL, 0);
	controls.hcr |= HCR_TIDCP;
	expect(impdef, true, EXIT_FORWARD, NULL, 0);
	expect(impdef, false, EXIT_FORWARD, NULL, 0);
	/* SCTLR_EL1.TIDCP traps EL0 to EL1, and so with TGE to EL2. */
	for (unsigned int tge = 0; tge < 2; tge++) {
		setup(IN_GUEST, 0);
		controls.hcr |= tge ? HCR_TGE : 0;
		expect(impdef, true, EXIT_UNDEF, NULL, 0);
		sctlr_el1 = BIT(63);
		expect(impdef, true, tge ? EXIT_FORWARD : EXIT_UNDEF, NULL, 0);
	}
}

/* The encodings set aside for ID registers, with names or not: they are read, and not written. */
static void test_id_space(void)
{
	for (unsigned int crm = 1; crm < 8; crm++) {
		for (unsigned int op2 = 0; op2 < 8; op2++) {
			u32 key = encoding(3, 0, 0, crm, op2);

			setup(IN_HYP, 1);
			expect(key, true, EXIT_ADVANCE, "id", VALUE);
			expect(key, false, EXIT_UNDEF, NULL, 0);
			setup(IN_GUEST, 1);
			expect(key, true, EXIT_ADVANCE, "id", VALUE);
			expect(key, false, EXIT_UNDEF, NULL, 0);
			controls.hcr |= HCR_TID3;
			expect(key, true, EXIT_FORWARD, NULL, 0);
		}
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/trapped/vel2-parts", test_vel2_parts);
	g_test_add_func("/trapped/vel2-refused", test_vel2_refused);
	g_test_add_func("/trapped/vel2-sve", test_vel2_sve);
	g_test_add_func("/trapped/host-el0", test_host_el0);
	g_test_add_func("/trapped/vel2-all", test_vel2_all);
	g_test_add_func("/trapped/guest-own", test_guest_own);
	g_test_add_func("/trapped/guest-gic", test_guest_gic);
	g_test_add_func("/trapped/guest-tge", test_guest_tge);
	g_test_add_func("/trapped/guest-impdef", test_guest_impdef);
	g_test_add_func("/trapped/id-space", test_id_space);
	return g_test_run();
}
