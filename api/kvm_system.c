/* SPDX-License-Identifier: BSD-2-Clause */
/* /dev/kvm: the interface's version, capabilities, what a guest may be offered, and new VMs. */
#include "api/kvm.h"
#include "api/kvm_ioctls.h"
#include "vmm/cpuid.h"

s64 kvm_api_version(struct kvm_call *c __unused)
{
	return KVM_API_VERSION;
}

s64 kvm_mmap_size(struct kvm_call *c __unused)
{
	return RUN_PAGES * PAGE_SIZE;
}

s64 kvm_create_vm(struct kvm_call *c)
{
	struct vm *vm;

	if (c->arg) {
		return -EINVAL; /* one type of VM */
	}
	vm = vm_create(&c->d->obj, &c->d->as);
	if (!vm) {
		return -ENOMEM;
	}
	return handle_install_new(&c->d->handles, &vm->obj, &kvm_vm_ops, RIGHT_READ | RIGHT_WRITE);
}

s64 kvm_supported_cpuid(struct kvm_call *c)
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

static const struct kvm_ioctl_row rows[] = {KVM_SYSTEM_IOCTLS(KVM_ROW)};
const struct kvm_ioctl_table kvm_system_table = {rows, ARRAY_SIZE(rows), -EINVAL};

static const struct object_type system_type = {"kvm", object_kfree};

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
