/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MSRs by ioctl: the lists of indices, and batches of values of a vCPU or, on /dev/kvm, of what a
 * VMM may offer its guest (as the MSRs of a fresh vCPU are); and the machine-check banks.
 */
#include "api/kvm_ioctls.h"
#include "arch/x86/asm/msr.h"
#include "vmm/msr.h"

#define BATCH_MAX 256 /* exclusive */

static const struct kvm_msr_entry features[] = {
	{.index = MSR_PATCH_LEVEL, .data = 0},
	{.index = MSR_DE_CFG, .data = 0},
	{.index = MSR_PLATFORM_INFO, .data = PLATFORM_INFO_CPUID_FAULT},
};

struct index_list {
	u64 at; /* where the next index goes; 0: only count */
	u32 count;
	bool fault;
};

static void list_index(u32 index, void *arg)
{
	struct index_list *l = arg;

	if (l->at) {
		l->fault |= call_copy_out(l->at, &index, sizeof(index)) != 0;
		l->at += sizeof(index);
	}
	l->count++;
}

static void for_each_feature(void (*fn)(u32 index, void *arg), void *arg)
{
	for (u32 i = 0; i < ARRAY_SIZE(features); i++) {
		fn(features[i].index, arg);
	}
}

/* Too small a list still learns the count. */
static s64 list(struct kvm_call *c, void (*for_each)(void (*fn)(u32 index, void *arg), void *arg))
{
	struct index_list l = {0, 0, false};
	struct kvm_msr_list head;
	u32 room;

	if (call_copy_in(&head, c->arg, sizeof(head))) {
		return -EFAULT;
	}
	room = head.nmsrs;
	for_each(list_index, &l);
	head.nmsrs = l.count;
	if (call_copy_out(c->arg, &head, sizeof(head))) {
		return -EFAULT;
	}
	if (room < l.count) {
		return -E2BIG;
	}
	l.at = c->arg + sizeof(head);
	for_each(list_index, &l);
	return l.fault ? -EFAULT : 0;
}

s64 kvm_msr_index_list(struct kvm_call *c)
{
	return list(c, msr_for_each_listed);
}

s64 kvm_feature_msr_list(struct kvm_call *c)
{
	return list(c, for_each_feature);
}

static int get(struct kvm_call *c, struct kvm_msr_entry *e)
{
	vcpu_load(c->vcpu);
	return msr_read(c->vcpu, e->index, &e->data, true);
}

static int set(struct kvm_call *c, struct kvm_msr_entry *e)
{
	vcpu_load(c->vcpu);
	return msr_write(c->vcpu, e->index, e->data, true);
}

static int get_feature(struct kvm_call *c __unused, struct kvm_msr_entry *e)
{
	for (u32 i = 0; i < ARRAY_SIZE(features); i++) {
		if (features[i].index == e->index) {
			e->data = features[i].data;
			return 0;
		}
	}
	return -EINVAL;
}

/* The result is the number of entries that were done; the first bad one ends the batch. */
static s64 batch(struct kvm_call *c, int (*fn)(struct kvm_call *c, struct kvm_msr_entry *e))
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
		if (fn(c, &e)) {
			return i;
		}
		if (fn != set && call_copy_out(at, &e, sizeof(e))) {
			return -EFAULT;
		}
	}
	return head.nmsrs;
}

s64 kvm_get_msrs(struct kvm_call *c)
{
	return batch(c, get);
}

s64 kvm_set_msrs(struct kvm_call *c)
{
	return batch(c, set);
}

s64 kvm_get_feature_msrs(struct kvm_call *c)
{
	return batch(c, get_feature);
}

s64 kvm_mce_cap_supported(struct kvm_call *c)
{
	u64 *out = c->data;

	*out = MCE_CAP_SUPPORTED;
	return 0;
}

s64 kvm_setup_mce(struct kvm_call *c)
{
	const u64 *cap = c->data;

	return mce_setup(c->vcpu, *cap);
}

s64 kvm_set_mce(struct kvm_call *c)
{
	return mce_report(c->vcpu, c->data);
}
