/* SPDX-License-Identifier: Apache-2.0 */
#include "mmu.h"
void cases_s2_update(void)
{
}
