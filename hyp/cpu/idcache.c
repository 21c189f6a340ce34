/* SPDX-License-Identifier: Apache-2.0 */
#include "cpu/idcache.h"
#include "cpu/sysreg.h"
#include "gen/id_fields.h"
#include "nested/idregs.h"

static u64 values[ID_COUNT];
static bool offered[FEAT_COUNT];

/* The place of a register among the ID registers: the table has them in the order of the keys. */
static int index_of(enum sysreg_id id)
{
	for (int i = 0; i < ID_COUNT; i++) {
		if (id_regs[i].sysreg_id == id)
			return i;
	}
	return -1;
}

bool feature_offered(enum sysreg_feature f)
{
	return offered[f];
}

static bool present(const struct sysreg_feature_desc *d)
{
	bool conditional = false;

	for (unsigned i = 0; i < ARRAY_SIZE(d->any); i++) {
		if (!d->any[i].min)
			continue;
		conditional = true;
		if (((idreg_read(d->any[i].id) >> d->any[i].shift) & 0xf) >= d->any[i].min)
			return true;
	}
	return !conditional;
}

void idreg_init(void)
{
	int i = 0;

#define X(name) values[i++] = id_sanitise(SR_##name, read_sysreg(name));
	FOR_EACH_ID(X)
#undef X
	for (unsigned f = 0; f < FEAT_COUNT; f++)
		offered[f] = sysreg_features[f].offered && present(&sysreg_features[f]);
}

u64 idreg_read(enum sysreg_id id)
{
	int i = index_of(id);

	return i < 0 ? 0 : values[i];
}
