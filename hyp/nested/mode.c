/* SPDX-License-Identifier: Apache-2.0 */
#include "nested/mode.h"
#include "cpu/console.h"

const struct nested_mode *nested_mode;

/* The best one first. */
static const struct {
	enum neve_mode option;
	const struct nested_mode *mode;
} modes[] = {
	{MODE_NV2, &mode_nv2},
	{MODE_NV, &mode_nv},
};

void nested_mode_init(enum neve_mode wanted)
{
	for (unsigned i = 0; i < ARRAY_SIZE(modes); i++) {
		if (wanted != MODE_AUTO && wanted != modes[i].option)
			continue;
		if (modes[i].mode->supported()) {
			nested_mode = modes[i].mode;
			return;
		}
		if (wanted != MODE_AUTO)
			fatal("found a CPU without %s, expected one with it for mode=%s: use another "
			      "CPU (QEMU: -cpu max or neoverse-v1) or leave the option out",
			      modes[i].mode->needs, modes[i].mode->name);
	}
	if (wanted != MODE_AUTO)
		fatal("mode=pv and mode=pv-neve are not there yet: use mode=nv2 or mode=nv");
	fatal("found a CPU without nested virtualization, expected FEAT_NV2 or FEAT_NV: use an "
	      "ARMv8.4 CPU (QEMU: -cpu max or neoverse-v1)");
}
