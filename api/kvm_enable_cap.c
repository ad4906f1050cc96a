/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * KVM_ENABLE_CAP: what a VMM can switch on of a VM, as a table. Anything else is -EINVAL, and of a
 * vCPU there is nothing.
 */
#include "api/kvm_ioctls.h"

/*
 * GET and SET_VCPU_EVENTS tell pending exceptions from injected ones and take CR2 or DR6 with
 * them.
 */
static s64 enable_payload(struct vm *vm, const u64 *args)
{
	vm->exception_payload = args[0];
	return 0;
}

/* GET and SET_VCPU_EVENTS tell and take a pending triple fault. */
static s64 enable_triple_fault(struct vm *vm, const u64 *args)
{
	vm->triple_fault_event = args[0];
	return 0;
}

/* Whether the guest may read MSR_PLATFORM_INFO. */
static s64 enable_platform_info(struct vm *vm, const u64 *args)
{
	vm->no_platform_info = !args[0];
	return 0;
}

/* A lower limit of vCPU ids, set once. */
static s64 limit_vcpu_ids(struct vm *vm, const u64 *args)
{
	if (args[0] > VM_MAX_VCPU_ID || (vm->vcpu_id_limit && vm->vcpu_id_limit != args[0])) {
		return -EINVAL;
	}
	vm->vcpu_id_limit = args[0];
	return 0;
}

/* KVM_GET_DIRTY_LOG only reads from now on; new logs may begin with every page in them. */
static s64 enable_dirty_manual(struct vm *vm, const u64 *args)
{
	u64 known = args[0] & KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE ? KVM_DIRTY_LOG_MANUAL_ALL : 0;

	if (args[0] & ~known) {
		return -EINVAL;
	}
	vm->dirty_manual = args[0];
	return 0;
}

static const struct {
	u32 cap;
	s64 (*enable)(struct vm *vm, const u64 *args);
} caps[] = {
	{KVM_CAP_MAX_VCPU_ID, limit_vcpu_ids},
	{KVM_CAP_EXCEPTION_PAYLOAD, enable_payload},
	{KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, enable_dirty_manual},
	{KVM_CAP_MSR_PLATFORM_INFO, enable_platform_info},
	{KVM_CAP_X86_TRIPLE_FAULT_EVENT, enable_triple_fault},
};

s64 kvm_enable_cap_vm(struct kvm_call *c)
{
	const struct kvm_enable_cap *in = c->data;

	for (u32 i = 0; !in->flags && i < ARRAY_SIZE(caps); i++) {
		if (caps[i].cap == in->cap) {
			return caps[i].enable(c->vm, in->args);
		}
	}
	return -EINVAL;
}

s64 kvm_enable_cap_vcpu(struct kvm_call *c __unused)
{
	return -EINVAL;
}
