/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instead of hyp/cpu/sysreg.h, for tests of code that reads and writes system registers: those of a
 * machine that the test makes up. Registers by name, as in the code under test.
 */
#ifndef NEVE_TESTS_FAKE_SYSREG_H
#define NEVE_TESTS_FAKE_SYSREG_H

#include "types.h"

u64 fake_read(const char *reg);
void fake_write(const char *reg, u64 val);

/* For tests in which a write may take effect only with it. */
__attribute__((weak)) void fake_isb(void);
__attribute__((weak)) void fake_dsb(void);

#define read_sysreg(reg)       fake_read(#reg)
#define write_sysreg(val, reg) fake_write(#reg, val)
#define isb()		       (fake_isb ? fake_isb() : (void)0)
#define dsb(scope)	       (fake_dsb ? fake_dsb() : (void)0)

#endif
