/* SPDX-License-Identifier: Apache-2.0 */
/* The spinlock is in cpu/spinlock.h. */
#include "cpu/spinlock.h"
