/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/report.h"

#include <stdarg.h>
#include "lib/printf.h"

bool report_error(struct boot_report *r, const char *fmt, ...)
{
	va_list ap;

	if (!r->error[0]) {
		va_start(ap, fmt);
		fmt_vsnprintf(r->error, sizeof(r->error), fmt, ap);
		va_end(ap);
	}
	return false;
}

void report_warning(struct boot_report *r, const char *fmt, ...)
{
	va_list ap;

	if (r->nr_warnings == REPORT_WARNINGS) {
		fmt_snprintf(r->warnings[REPORT_WARNINGS - 1], REPORT_TEXT,
			     "there are more warnings than there is room for");
		return;
	}
	va_start(ap, fmt);
	fmt_vsnprintf(r->warnings[r->nr_warnings++], REPORT_TEXT, fmt, ap);
	va_end(ap);
}
