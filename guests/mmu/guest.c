/* SPDX-License-Identifier: Apache-2.0 */
#include "mmu.h"
void cases_guest(void)
{
}
