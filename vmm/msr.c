/* SPDX-License-Identifier: BSD-2-Clause */
/* The look-up in the MSR table, reset values, pass-through. Called by exits and by GET/SET_MSRS. */
#include "vmm/msr.h"

#include "arch/x86/asm/msr.h"
#include "core/string.h"
#include "vmm/msr_table.h"
#include "vmm/vcpu.h"

#define PAT_RESET 0x0007040600070406ULL
#define MISC_ENABLE_FAST_STRING 1ULL

void msr_reset(struct vcpu *v)
{
	memset(v->msrs, 0, sizeof(*v->msrs));
	v->msrs->misc_enable = MISC_ENABLE_FAST_STRING;
	v->msrs->platform_info = PLATFORM_INFO_CPUID_FAULT;
	if (hv_set_msr(&v->hv, MSR_PAT, PAT_RESET)) {
		v->msrs->debugctl = 0; /* no PAT in the hardware's state: nothing to preset */
	}
}

void msr_pass_through(struct vcpu *v)
{
	static const u32 indices[] = {
		MSR_FS_BASE, MSR_GS_BASE, MSR_KERNEL_GS_BASE, MSR_STAR,		MSR_LSTAR,
		MSR_CSTAR,   MSR_SFMASK,  MSR_SYSENTER_CS,    MSR_SYSENTER_ESP, MSR_SYSENTER_EIP,
	};

	for (u32 i = 0; i < ARRAY_SIZE(indices); i++) {
		/* Where the hardware cannot, the exit serves it. */
		(void)!hv_set_msr_intercept(&v->hv, indices[i], false, false);
	}
}

static const struct msr_row *find(u32 index)
{
	u32 count;
	const struct msr_row *rows = msr_rows(&count);

	for (u32 i = 0; i < count; i++) {
		if (index - rows[i].first <= rows[i].last - rows[i].first) {
			return &rows[i];
		}
	}
	return NULL;
}

int msr_read(struct vcpu *v, u32 index, u64 *value, bool host)
{
	const struct msr_row *row = find(index);

	*value = 0;
	return row && row->read ? row->read(v, index, value, host) : -EINVAL;
}

int msr_write(struct vcpu *v, u32 index, u64 value, bool host)
{
	const struct msr_row *row = find(index);

	return row && row->write ? row->write(v, index, value, host) : -EINVAL;
}

void msr_for_each_listed(void (*fn)(u32 index, void *arg), void *arg)
{
	u32 count;
	const struct msr_row *rows = msr_rows(&count);

	for (u32 i = 0; i < count; i++) {
		for (u32 index = rows[i].first; rows[i].listed && index <= rows[i].last; index++) {
			fn(index, arg);
		}
	}
}
