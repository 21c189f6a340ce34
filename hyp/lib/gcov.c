/* SPDX-License-Identifier: Apache-2.0 */
/* For builds with -Db_coverage=true: what gcc's counters refer to. */
#include "types.h"

void __gcov_merge_add(s64 *counters, unsigned int n);

/* Its address in struct gcov_info says which kind of counters are there; nobody calls it. */
void __gcov_merge_add(s64 *counters, unsigned int n)
{
	(void)counters;
	(void)n;
}
