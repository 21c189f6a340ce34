/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Translation for the code that is tried: the probe itself where it is, its GiB once more for EL0,
 * and a window of pages with each kind of permission, at each stage.
 */
#ifndef PROBE_REGIME_H
#define PROBE_REGIME_H

#include "tables.h"

#define WINDOW UINT64_C(0x100000000) /* VA and IPA of the pages */

struct s2_config {
	const char *name;
	u32 grain, start_level, ia_bits;
	u64 vtcr; /* TG0 and SL0 */
};

/* The first one: 4 KiB pages, 39 bits. */
#define NR_S2_CONFIGS 7
extern const struct s2_config s2_configs[NR_S2_CONFIGS];

/* What is behind the window. */
extern u8 data[16][4096];

/* Controls and tables as they are at first, SMC trapped, EL1's vectors the reporting ones. */
void regime_start(void);

/* Writes the pages: what is fetched from them ends at once. */
void regime_fill(void);

/* `el2`: for EL2 with E2H = 0, where AP[1] is RES1 and there is no PXN. */
void regime_s1_table(struct table *t, bool el2);
void regime_s2_table(struct table *t, const struct s2_config *c);

/*
 * EL2's own regime on and off: regime_s1_table() with what `more` (may be NULL) adds. `el2` as
 * above.
 */
void regime_el2_on(struct table *t, void (*more)(struct table *t, bool el2));
void regime_el2_off(void);

/* Switches the EL1&0 regime's stages on. */
void regime_el1_on(const struct table *t);
void regime_s2_on(const struct table *t, const struct s2_config *c);

/* TLBI of everything, with its barriers. */
void regime_flush(void);

/* Where EL0 finds try_code, with stage 1 on. */
u64 regime_el0_code(void);

#endif
