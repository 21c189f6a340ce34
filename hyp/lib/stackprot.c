/* SPDX-License-Identifier: Apache-2.0 */
/* Debian builds libfdt.a with the stack protector; neve's own code is built without. */
#include "cpu/panic.h"
#include "types.h"

extern const u64 __stack_chk_guard;
const u64 __stack_chk_guard = 0x00e7ec0ffee0d0adULL; /* a zero byte stops string overruns */

void __stack_chk_fail(void) __attribute__((noreturn));
void __stack_chk_fail(void)
{
	panic("stack smashed in libfdt");
}
