/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory type range registers: stored and checked, without effect on the guest's memory, which
 * is always write-back.
 */
#include "vmm/msr.h"
#include "vmm/vcpu.h"

#define MTRR_CAP 0xfe
#define MTRR_PHYS_FIRST 0x200u
#define MTRR_DEF_TYPE 0x2ffu
#define CAP_VALUE (MTRR_VARIABLE | BIT(8) | BIT(10)) /* fixed ranges, write-combining */
#define DEF_TYPE_RESERVED (~0xcffULL)		     /* type, fixed enable, enable */

static const u16 fixed[MTRR_FIXED] = {0x250, 0x258, 0x259, 0x268, 0x269, 0x26a,
				      0x26b, 0x26c, 0x26d, 0x26e, 0x26f};

static bool type_valid(u8 type)
{
	return type <= 6 && type != 2 && type != 3;
}

static bool all_types_valid(u64 value)
{
	for (int i = 0; i < 8; i++) {
		if (!type_valid(value >> (8 * i))) {
			return false;
		}
	}
	return true;
}

static u64 *place(struct vcpu *v, u32 index)
{
	struct msr_state *m = v->msrs;

	if (index == MTRR_DEF_TYPE) {
		return &m->mtrr_def_type;
	}
	if (index - MTRR_PHYS_FIRST < 2 * MTRR_VARIABLE) {
		u32 n = (index - MTRR_PHYS_FIRST) / 2;

		return index & 1 ? &m->mtrr_mask[n] : &m->mtrr_base[n];
	}
	for (u32 i = 0; i < MTRR_FIXED; i++) {
		if (fixed[i] == index) {
			return &m->mtrr_fixed[i];
		}
	}
	return NULL;
}

static bool value_valid(struct vcpu *v, u32 index, u64 value)
{
	u64 beyond = ~((1ULL << v->phys_bits) - 1);

	if (index == MTRR_DEF_TYPE) {
		return !(value & DEF_TYPE_RESERVED) && type_valid(value);
	}
	if (index - MTRR_PHYS_FIRST < 2 * MTRR_VARIABLE) {
		if (index & 1) {
			return !(value & (beyond | 0x7ff));
		}
		return !(value & (beyond | 0xf00)) && type_valid(value);
	}
	return all_types_valid(value);
}

int mtrr_read(struct vcpu *v, u32 index, u64 *value, bool host __unused)
{
	const u64 *at = place(v, index);

	*value = index == MTRR_CAP ? CAP_VALUE : at ? *at : 0;
	return at || index == MTRR_CAP ? 0 : -EINVAL;
}

int mtrr_write(struct vcpu *v, u32 index, u64 value, bool host __unused)
{
	u64 *at = place(v, index);

	if (!at || !value_valid(v, index, value)) {
		return -EINVAL;
	}
	*at = value;
	return 0;
}
