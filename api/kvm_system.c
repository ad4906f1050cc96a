/* SPDX-License-Identifier: BSD-2-Clause */
/* /dev/kvm: the interface's version, capabilities, what a guest may be offered, and new VMs. */
#include "api/domain.h"
#include "api/kvm.h"
#include "api/kvm_ioctl.h"
#include "api/kvm_vcpu.h"
#include "api/kvm_vm.h"
#include "core/errno.h"
#include "mm/slab.h"
#include "vmm/cpuid.h"
#include "vmm/msr.h"
#include "vmm/vcpu.h"

static s64 api_version(struct kvm_call *c __unused)
{
	return KVM_API_VERSION;
}

static s64 mmap_size(struct kvm_call *c __unused)
{
	return RUN_PAGES * PAGE_SIZE;
}

static s64 create_vm(struct kvm_call *c)
{
	struct vm *vm;
	s64 ret;

	if (c->arg) {
		return -EINVAL; /* one type of VM */
	}
	vm = vm_create(&c->d->obj, &c->d->as);
	if (!vm) {
		return -ENOMEM;
	}
	ret = handle_install(&c->d->handles, &vm->obj, &kvm_vm_ops, RIGHT_READ | RIGHT_WRITE);
	if (ret < 0) {
		object_put(&vm->obj);
	}
	return ret;
}

static s64 supported_cpuid(struct kvm_call *c)
{
	struct kvm_cpuid2 head, *all;
	s64 ret = 0;

	if (call_copy_in(&head, c->arg, sizeof(head))) {
		return -EFAULT;
	}
	all = kzalloc(sizeof(*all) + CPUID_MAX_ENTRIES * sizeof(all->entries[0]));
	if (!all) {
		return -ENOMEM;
	}
	all->nent = cpuid_supported(all->entries);
	if (head.nent < all->nent) {
		ret = -E2BIG;
	} else if (call_copy_out(c->arg, all, sizeof(*all) + all->nent * sizeof(all->entries[0]))) {
		ret = -EFAULT;
	}
	kfree(all);
	return ret;
}

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

/* Too small a list still learns the count. */
static s64 msr_index_list(struct kvm_call *c)
{
	struct index_list l = {0, 0, false};
	struct kvm_msr_list head;
	u32 room;

	if (call_copy_in(&head, c->arg, sizeof(head))) {
		return -EFAULT;
	}
	room = head.nmsrs;
	msr_for_each_listed(list_index, &l);
	head.nmsrs = l.count;
	if (call_copy_out(c->arg, &head, sizeof(head))) {
		return -EFAULT;
	}
	if (room < l.count) {
		return -E2BIG;
	}
	l.at = c->arg + sizeof(head);
	msr_for_each_listed(list_index, &l);
	return l.fault ? -EFAULT : 0;
}

static const struct kvm_ioctl_row rows[] = {
	KVM_ROW(KVM_GET_API_VERSION, KVM_ARG_ZERO, api_version),
	KVM_ROW(KVM_CREATE_VM, 0, create_vm),
	KVM_ROW(KVM_CHECK_EXTENSION, 0, kvm_check_extension),
	KVM_ROW(KVM_GET_VCPU_MMAP_SIZE, KVM_ARG_ZERO, mmap_size),
	KVM_ROW(KVM_GET_SUPPORTED_CPUID, 0, supported_cpuid),
	KVM_ROW(KVM_GET_MSR_INDEX_LIST, 0, msr_index_list),
	KVM_ROW(KVM_GET_MSR_FEATURE_INDEX_LIST, 0, kvm_feature_msr_list),
	KVM_ROW(KVM_GET_MSRS, 0, kvm_get_feature_msrs),
	KVM_ROW(KVM_X86_GET_MCE_CAP_SUPPORTED, KVM_COPY_OUT, kvm_mce_cap_supported),
};

const struct kvm_ioctl_table kvm_system_table = {rows, ARRAY_SIZE(rows), -EINVAL};

static void destroy(struct object *o)
{
	kfree(o);
}

static const struct object_type system_type = {"kvm", destroy};

struct object *kvm_system_object(void)
{
	struct object *o = kzalloc(sizeof(*o));

	if (o) {
		object_init(o, &system_type);
	}
	return o;
}

static s64 system_ioctl(struct object *o __unused, struct domain *d, u32 cmd, u64 arg)
{
	struct kvm_call c = {.d = d};

	return kvm_ioctl(&kvm_system_table, &c, cmd, arg);
}

const struct handle_ops kvm_system_ops = {.type = CORBEL_H_KVM, .ioctl = system_ioctl};
