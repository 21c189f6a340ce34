/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What depends on how much of nesting the hardware does. One of these is chosen at boot; nothing
 * outside the mode's own file asks which. In every mode the registers with a slot live in the VNCR
 * page: where the hardware does not put them there, the traps do.
 */
#ifndef NEVE_NESTED_MODE_H
#define NEVE_NESTED_MODE_H

#include "boot/machine.h"
#include "nested/eret.h"
#include "nested/route.h"
#include "vm/vcpu.h"

struct nested_mode {
	const char *name;
	const char *needs; /* the architecture feature, for people */
	bool (*supported)(void);

	/* First load of a vCPU on this CPU. */
	void (*load)(struct vcpu *v);

	/* Adds to neve's controls what makes vEL2, with the E2H it has, trap as this mode wants. */
	void (*hyp_controls)(const struct vcpu *v, struct hw_controls *c);

	/*
	 * Registers of vEL1 that vEL2 reaches in hardware although they have a slot: to and from
	 * the page, when vEL2 is left and entered. NULL: none.
	 */
	void (*save_live)(struct vcpu *v);
	void (*load_live)(struct vcpu *v);

	/*
	 * With E2H = 0, vEL2's accesses to vEL1's virtual timer reach the hardware's: then that one
	 * is loaded at vEL2, and not off.
	 */
	bool virtual_timer_live;

	/* With E2H = 0, an exception from vEL2 to itself leaves EL1, not EL2, in SPSR_EL1.M. */
	bool spsr_real;

	/* vEL2's MDSCR_EL1 is the real one, and not the page's. */
	bool mdscr_live;
};

extern const struct nested_mode mode_nv2, mode_nv;
extern const struct nested_mode *nested_mode;

/* vEL2's SPSR_EL2 as SPSR_EL1 holds it while IN_HYP, and the way back. */
static inline u64 mode_spsr(const struct vcpu *v, u64 spsr)
{
	return !v->e2h && nested_mode->spsr_real ? spsr_swap_levels(spsr) : spsr;
}

static inline void mode_save_live(struct vcpu *v)
{
	if (nested_mode->save_live)
		nested_mode->save_live(v);
}

static inline void mode_load_live(struct vcpu *v)
{
	if (nested_mode->load_live)
		nested_mode->load_live(v);
}

/* Boot CPU: the mode asked for, or the best one there is; ends the boot when there is none. */
void nested_mode_init(enum neve_mode wanted);

#endif
