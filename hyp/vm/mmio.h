/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accesses to the devices that neve emulates: the GIC, and the UART of a VM that is not the host
 * VM.
 */
#ifndef NEVE_VM_MMIO_H
#define NEVE_VM_MMIO_H

#include "vm/vcpu.h"

enum mmio_result {
	MMIO_NONE,    /* there is no such device */
	MMIO_DONE,    /* go on behind the instruction */
	MMIO_AGAIN,   /* execute it again */
	MMIO_REFUSED, /* the device or its bus has no such access: an external abort */
};

/* The abort of an access to `ipa`, which is L1's, also when L2 made the access. */
enum mmio_result exit_mmio(struct vcpu *v, u64 esr, u64 far, u64 ipa);

#endif
