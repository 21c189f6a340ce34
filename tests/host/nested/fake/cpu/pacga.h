/* SPDX-License-Identifier: Apache-2.0 */
/* Instead of hyp/cpu/pacga.h: the test's own function of the key. */
#ifndef NEVE_TESTS_FAKE_PACGA_H
#define NEVE_TESTS_FAKE_PACGA_H

#include "types.h"

u64 pacga(u64 ptr, u64 modifier);

#endif
