/* SPDX-License-Identifier: Apache-2.0 */
/* Any list registers of L1: what the hardware gets is well-formed, and nothing is made up after. */
#include "irq/lr.h"

#include "fuzz.h"

struct l1_irqs {
	u64 linked[16]; /* bit n of word w: INTID 64w + n has a physical interrupt */
};

static u32 phys_of(u32 intid)
{
	return 16 + intid * 7 % 1000;
}

static bool map(void *ctx, u32 l1_intid, u32 *pintid, u32 *occurrence)
{
	const struct l1_irqs *irqs = ctx;

	CHECK(l1_intid >= GIC_NR_SGIS && l1_intid < GIC_NR_INTIDS);
	*pintid = phys_of(l1_intid);
	*occurrence = l1_intid + 1;
	return irqs->linked[l1_intid / 64] >> (l1_intid % 64) & 1;
}

static void check_real(const u64 *real, u32 nr, u32 n, u32 idbits)
{
	for (u32 i = 0; i < nr; i++) {
		u32 vintid = LR_VINTID(real[i]);

		if (i >= n) {
			CHECK(!real[i]);
			continue;
		}
		CHECK(LR_STATE(real[i]) != LR_INVALID);
		CHECK(vintid < GIC_NR_INTIDS || (vintid >= GIC_FIRST_LPI && !(vintid >> idbits)));
		for (u32 j = 0; j < i; j++)
			CHECK(LR_VINTID(real[j]) != vintid);
		/* pending and active is not for hardware interrupts; a physical one is never an SGI
		 */
		if (real[i] & LR_HW)
			CHECK(LR_STATE(real[i]) != LR_PENDACT && LR_PINTID(real[i]) >= GIC_NR_SGIS);
	}
}

/* What the guest can have done to a list register. */
static u64 used(u64 lr, u8 how)
{
	if (how & 4 && (lr & LR_HW))
		return lr & ~LR_STATE_MASK;
	return (lr & ~LR_STATE_MASK) | (u64)(how & LR_STATE(lr)) << 62;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = {data, size};
	u32 nr_l1 = 1 + take(&in, 1) % GIC_MAX_LRS, nr_real = 1 + take(&in, 1) % GIC_MAX_LRS;
	u32 idbits = take(&in, 1) & 1 ? 24 : 16, n;
	u64 hcr = take(&in, 8), vmcr = take(&in, 8), l1[GIC_MAX_LRS], old[GIC_MAX_LRS];
	u64 real[GIC_MAX_LRS];
	struct lr_deact deact[GIC_MAX_LRS];
	struct l1_irqs irqs;
	const struct lr_nest_ops ops = {.map = map, .ctx = &irqs};
	struct gic_vcpuif cif = {.hcr = hcr, .vmcr = vmcr};
	struct lr_nest nest;

	for (u32 i = 0; i < 16; i++)
		irqs.linked[i] = take(&in, 1) * UINT64_C(0x0101010101010101);
	for (u32 i = 0; i < 4; i++) {
		cif.ap0r[i] = (u32)take(&in, 1);
		cif.ap1r[i] = (u32)take(&in, 1);
	}
	for (u32 i = 0; i < nr_l1; i++)
		l1[i] = take(&in, 8);
	memcpy(old, l1, sizeof(l1[0]) * nr_l1);
	lr_nest(&nest, l1, nr_l1, real, nr_real, idbits, &ops);
	CHECK(nest.nr <= nr_real && nest.nr <= nr_l1);
	CHECK(!memcmp(old, l1, sizeof(l1[0]) * nr_l1));
	check_real(real, nr_real, nest.nr, idbits);
	for (u32 i = 0; i < nest.nr; i++)
		real[i] = used(real[i], take(&in, 1));
	n = lr_unnest(&nest, real, l1, nr_l1, deact);
	CHECK(n <= nest.nr);
	for (u32 i = 0; i < n; i++)
		CHECK(deact[i].l1_intid >= GIC_NR_SGIS && deact[i].l1_intid < GIC_NR_INTIDS &&
		      deact[i].occurrence == (deact[i].phys_done ? deact[i].l1_intid + 1 : 0));
	for (u32 i = 0; i < nr_l1; i++)
		CHECK(((old[i] ^ l1[i]) & ~LR_STATE_MASK) == 0);
	CHECK((lr_eisr(l1, nr_l1) & lr_elrsr(l1, nr_l1)) == 0);
	CHECK((lr_eisr(l1, nr_l1) | lr_elrsr(l1, nr_l1)) < 1u << nr_l1);
	CHECK(lr_highest_pending(l1, nr_l1, vmcr) < (int)nr_l1);
	CHECK(!lr_maintenance(l1, nr_l1, hcr, vmcr) || lr_misr(l1, nr_l1, hcr, vmcr));
	for (u32 prebits = 5; prebits <= 7; prebits++) {
		CHECK(gic_active_priority(&cif, prebits) <= GIC_PRIO_IDLE);
		if (lr_would_signal(l1, nr_l1, &cif, prebits))
			CHECK(lr_highest_pending(l1, nr_l1, vmcr) >= 0);
	}
	CHECK(((lr_add_eoicount(hcr, vmcr) ^ hcr) & ~GENMASK(31, 27)) == 0);
	return 0;
}
