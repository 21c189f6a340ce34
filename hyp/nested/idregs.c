/* SPDX-License-Identifier: Apache-2.0 */
#include "nested/idregs.h"
#include "gen/id_fields.h"

/* Two's complement number of `width` bits. */
static s64 sign_extend(u64 v, unsigned int width)
{
	return (s64)(v << (64 - width)) >> (64 - width);
}

static u64 apply(const struct id_field *f, u64 hw)
{
	u64 mask = GENMASK(f->width - 1, 0), v = (hw >> f->shift) & mask;

	switch (f->rule) {
	case ID_EXACT:
		return f->limit;
	case ID_MAX_SIGNED:
		return sign_extend(v, f->width) < sign_extend(f->limit, f->width) ? v : f->limit;
	case ID_MAX_IMPDEF:
		if (v == mask)
			return 0;
		break;
	default: /* ID_MAX */
		break;
	}
	return v < f->limit ? v : f->limit;
}

u64 id_sanitise(enum sysreg_id id, u64 hw)
{
	u64 out = 0;

	for (unsigned int i = 0; i < ID_COUNT; i++) {
		const struct id_reg *r = &id_regs[i];

		if (r->sysreg_id != id)
			continue;
		for (unsigned int k = r->first; k < r->first + (unsigned int)r->count; k++)
			out |= apply(&id_fields[k], hw) << id_fields[k].shift;
		break;
	}
	return out;
}
