/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Feature MSRs on /dev/kvm: what a VMM may offer its guest, as the MSRs of a fresh vCPU are.
 */
#include "api/domain.h"
#include "api/kvm_vm.h"
#include "arch/x86/asm/msr.h"
#include "core/errno.h"

#define BATCH_MAX 256 /* exclusive */

static const struct {
	u32 index;
	u64 value;
} features[] = {
	{MSR_PATCH_LEVEL, 0},
	{MSR_DE_CFG, 0},
	{MSR_PLATFORM_INFO, PLATFORM_INFO_CPUID_FAULT},
};

/* Too small a list still learns the count. */
s64 kvm_feature_msr_list(struct kvm_call *c)
{
	struct kvm_msr_list head;
	u32 indices[ARRAY_SIZE(features)], room;

	if (call_copy_in(&head, c->arg, sizeof(head))) {
		return -EFAULT;
	}
	room = head.nmsrs;
	head.nmsrs = ARRAY_SIZE(features);
	if (call_copy_out(c->arg, &head, sizeof(head))) {
		return -EFAULT;
	}
	if (room < ARRAY_SIZE(features)) {
		return -E2BIG;
	}
	for (u32 i = 0; i < ARRAY_SIZE(features); i++) {
		indices[i] = features[i].index;
	}
	return call_copy_out(c->arg + sizeof(head), indices, sizeof(indices)) ? -EFAULT : 0;
}

static bool find(u32 index, u64 *value)
{
	for (u32 i = 0; i < ARRAY_SIZE(features); i++) {
		if (features[i].index == index) {
			*value = features[i].value;
			return true;
		}
	}
	return false;
}

/* The result is the number of entries before the first unknown one. */
s64 kvm_get_feature_msrs(struct kvm_call *c)
{
	struct kvm_msr_entry e;
	struct kvm_msrs head;
	u64 at = c->arg + sizeof(head);

	if (call_copy_in(&head, c->arg, sizeof(head))) {
		return -EFAULT;
	}
	if (head.nmsrs >= BATCH_MAX) {
		return -E2BIG;
	}
	for (u32 i = 0; i < head.nmsrs; i++, at += sizeof(e)) {
		if (call_copy_in(&e, at, sizeof(e))) {
			return -EFAULT;
		}
		if (!find(e.index, &e.data)) {
			return i;
		}
		if (call_copy_out(at, &e, sizeof(e))) {
			return -EFAULT;
		}
	}
	return head.nmsrs;
}
