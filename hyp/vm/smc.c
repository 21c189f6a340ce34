/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SMC: the virtual firmware of a VM (PSCI, SMC Calling Convention) and neve's hypercalls.
 * Sources: Arm DEN0022 (PSCI 1.1), DEN0028 (SMCCC 1.2), include/neve/hypercall.h.
 */
#include <neve/hypercall.h>
#include "boot/boot.h"
#include "boot/psci_client.h"
#include "cpu/console.h"
#include "irq/gic.h"
#include "nested/gic.h"
#include "nested/timer.h"
#include "nested/world.h"
#include "vm/exit.h"
#include "vm/vm.h"

#define SMC64 BIT(30)

enum {
	PSCI_VERSION = 0x84000000,
	PSCI_CPU_OFF = 0x84000002,
	PSCI_CPU_ON = 0x84000003,
	PSCI_AFFINITY_INFO = 0x84000004,
	PSCI_MIGRATE_INFO_TYPE = 0x84000006,
	PSCI_SYSTEM_OFF = 0x84000008,
	PSCI_SYSTEM_RESET = 0x84000009,
	PSCI_FEATURES = 0x8400000a,
	SMCCC_VERSION = 0x80000000,
	SMCCC_ARCH_FEATURES = 0x80000001,
};

#define PSCI_1_1	    0x10001
#define SMCCC_1_2	    0x10002
#define PSCI_NO_TRUSTED_OS  2
#define AFFINITY_ON	    0
#define AFFINITY_OFF	    1
#define AFFINITY_ON_PENDING 2

static struct vcpu *find_vcpu(struct vm *vm, u64 mpidr)
{
	for (unsigned i = 0; i < vm->ncpus; i++) {
		if (vm->vcpu[i]->mpidr_affinity == mpidr)
			return vm->vcpu[i];
	}
	return NULL;
}

static s64 cpu_on(struct vcpu *v, u64 mpidr, u64 entry, u64 context)
{
	struct vcpu *target = find_vcpu(v->vm, mpidr);
	enum vcpu_power expected = VCPU_OFF;
	s64 r;

	if (!target)
		return PSCI_INVALID_PARAMS;
	if (entry & 3 || !vm_ram(v->vm, IPA(entry), 4))
		return PSCI_INVALID_ADDR;
	if (!__atomic_compare_exchange_n(&target->power, &expected, VCPU_ON_PENDING, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return expected == VCPU_ON_PENDING ? PSCI_ON_PENDING : PSCI_ALREADY_ON;
	target->entry_pc = entry;
	target->entry_x0 = context;
	r = boot_cpu_on(target->pcpu);
	if (r) {
		log_warn("CPU %u did not start: firmware's PSCI CPU_ON answered %ld", target->pcpu,
			 (long)r);
		__atomic_store_n(&target->power, VCPU_OFF, __ATOMIC_RELEASE);
	}
	return r;
}

void vcpu_stop(struct vcpu *v)
{
	timer_stop();
	gic_cpu_off();
	__atomic_store_n(&v->power, VCPU_OFF, __ATOMIC_RELEASE);
	psci_cpu_off();
	log_err("CPU %u: the firmware refused PSCI CPU_OFF; it stays parked", v->pcpu);
	for (;;)
		__asm__ volatile("wfi");
}

static s64 cpu_off(struct vcpu *v)
{
	if (!v->vm->machine->psci.cpu_off)
		return PSCI_DENIED;
	nested_gic_leave(v);
	vcpu_leave(v);
	vcpu_stop(v);
}

/* The host VM owns the machine; another VM can only end itself. */
static void __attribute__((noreturn)) system_off(struct vcpu *v, bool reset)
{
	if (!v->vm->plan->owns_machine) {
		log_info("vm%u %s", v->vm->number,
			 reset ? "reset itself: it stays off" : "turned itself off");
		vm_stop(v);
	}
	if (reset) {
		log_info("the host VM reset the machine");
		psci_system_reset();
	}
	log_info("the host VM turned the machine off");
	psci_system_off();
}

static s64 affinity_info(struct vcpu *v, u64 mpidr, u64 level)
{
	struct vcpu *target = find_vcpu(v->vm, mpidr);

	if (!target || level)
		return PSCI_INVALID_PARAMS;
	switch (__atomic_load_n(&target->power, __ATOMIC_ACQUIRE)) {
	case VCPU_OFF:
		/* A CPU on its way out may still use its tables: wait for the firmware's word. */
		return psci_affinity_info(mpidr) == AFFINITY_ON ? AFFINITY_ON : AFFINITY_OFF;
	case VCPU_ON_PENDING:
		return AFFINITY_ON_PENDING;
	default:
		return AFFINITY_ON;
	}
}

static s64 psci_features(u32 fn)
{
	switch (fn & ~(u32)SMC64) {
	case PSCI_VERSION:
	case PSCI_CPU_OFF:
	case PSCI_MIGRATE_INFO_TYPE:
	case PSCI_SYSTEM_OFF:
	case PSCI_SYSTEM_RESET:
	case PSCI_FEATURES:
	case SMCCC_VERSION:
		return fn & SMC64 ? PSCI_NOT_SUPPORTED : 0;
	case PSCI_CPU_ON:
	case PSCI_AFFINITY_INFO:
		return 0;
	}
	return PSCI_NOT_SUPPORTED;
}

/* True if `fn` is a function of the virtual firmware; the result is in x0 then. */
static bool firmware_call(struct vcpu *v, u32 fn)
{
	u64 mask = fn & SMC64 ? ~UINT64_C(0) : GENMASK(31, 0);
	u64 a1 = v->x[1] & mask, a2 = v->x[2] & mask, a3 = v->x[3] & mask;

	switch (fn) {
	case PSCI_VERSION:
		v->x[0] = PSCI_1_1;
		return true;
	case PSCI_FEATURES:
		v->x[0] = psci_features((u32)a1);
		return true;
	case PSCI_CPU_ON:
	case PSCI_CPU_ON | SMC64:
		v->x[0] = cpu_on(v, a1, a2, a3);
		return true;
	case PSCI_CPU_OFF:
		v->x[0] = cpu_off(v);
		return true;
	case PSCI_AFFINITY_INFO:
	case PSCI_AFFINITY_INFO | SMC64:
		v->x[0] = affinity_info(v, a1, a2);
		return true;
	case PSCI_MIGRATE_INFO_TYPE:
		v->x[0] = PSCI_NO_TRUSTED_OS;
		return true;
	case PSCI_SYSTEM_OFF:
	case PSCI_SYSTEM_RESET:
		system_off(v, fn == PSCI_SYSTEM_RESET);
	case SMCCC_VERSION:
		v->x[0] = SMCCC_1_2;
		return true;
	case SMCCC_ARCH_FEATURES:
		v->x[0] = a1 == SMCCC_VERSION || a1 == SMCCC_ARCH_FEATURES ? 0 : PSCI_NOT_SUPPORTED;
		return true;
	}
	return false;
}

enum exit_action exit_smc(struct vcpu *v)
{
	u32 fn = (u32)v->x[0];

	/* Only `smc #0` is a call (SMCCC); anything else the firmware does not know. */
	if ((ESR_ISS(v->esr) & 0xffff) || !(hypercall(v, fn) || firmware_call(v, fn)))
		v->x[0] = NEVE_NOT_SUPPORTED;
	return EXIT_ADVANCE;
}
