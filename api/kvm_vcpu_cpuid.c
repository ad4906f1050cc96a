/* SPDX-License-Identifier: BSD-2-Clause */
/* SET_CPUID2 and GET_CPUID2. */
#include "api/kvm_ioctls.h"
#include "vmm/cpuid.h"

s64 kvm_set_cpuid2(struct kvm_call *c)
{
	struct kvm_cpuid_entry2 *entries;
	struct kvm_cpuid2 head;
	u64 size;
	s64 ret;

	if (call_copy_in(&head, c->arg, sizeof(head))) {
		return -EFAULT;
	}
	if (head.nent > CPUID_MAX_ENTRIES) {
		return -E2BIG;
	}
	size = head.nent * sizeof(*entries);
	entries = kmalloc(size ? size : 1);
	if (!entries) {
		return -ENOMEM;
	}
	ret = call_copy_in(entries, c->arg + sizeof(head), size) ? -EFAULT : 0;
	if (!ret) {
		vcpu_load(c->vcpu);
		ret = cpuid_set(c->vcpu, entries, head.nent);
	}
	kfree(entries);
	return ret;
}

s64 kvm_get_cpuid2(struct kvm_call *c)
{
	u32 count = c->vcpu->cpuid ? c->vcpu->cpuid->count : 0;
	u64 at = c->arg + sizeof(struct kvm_cpuid2);
	struct kvm_cpuid_entry2 e;
	struct kvm_cpuid2 head;

	if (call_copy_in(&head, c->arg, sizeof(head))) {
		return -EFAULT;
	}
	if (head.nent < count) {
		return -E2BIG;
	}
	for (u32 i = 0; i < count; i++, at += sizeof(e)) {
		vcpu_load(c->vcpu);
		cpuid_get(c->vcpu, i, &e);
		if (call_copy_out(at, &e, sizeof(e))) {
			return -EFAULT;
		}
	}
	head.nent = count;
	return call_copy_out(c->arg, &head, sizeof(head)) ? -EFAULT : 0;
}
