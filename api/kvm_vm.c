/* SPDX-License-Identifier: BSD-2-Clause */
/* The ioctls of a VM: memory, vCPUs, interrupt chips. */
#include "api/kvm.h"
#include "api/kvm_ioctls.h"
#include "vmm/memslot.h"

#define TSS_ADDR_MAX 0xffffd000u
#define MMU_PAGES_MIN 64

s64 kvm_create_vcpu(struct kvm_call *c)
{
	struct vcpu *v;
	s64 ret;

	if (c->arg >= (c->vm->vcpu_id_limit ? c->vm->vcpu_id_limit : VM_MAX_VCPU_ID)) {
		return -EINVAL;
	}
	ret = vcpu_create(c->vm, c->arg, &v);
	if (ret) {
		return ret;
	}
	ret = handle_install(&c->d->handles, &v->obj, &kvm_vcpu_ops, RIGHT_READ | RIGHT_WRITE);
	if (ret < 0) {
		vcpu_abandon(v);
	} else {
		vcpu_publish(v);
	}
	return ret;
}

s64 kvm_set_memory(struct kvm_call *c)
{
	return memslot_set(c->vm, c->data);
}

/* KVM's newer form; memory that is only the guest's does not exist, its flag is an unknown one. */
s64 kvm_set_memory2(struct kvm_call *c)
{
	const struct kvm_userspace_memory_region2 *in = c->data;

	return memslot_set(c->vm, &in->region);
}

/* A limit of shadow page tables, of which there are none. */
s64 kvm_set_mmu_pages(struct kvm_call *c)
{
	if (c->arg < MMU_PAGES_MIN) {
		return -EINVAL;
	}
	WRITE_ONCE(c->vm->mmu_pages, c->arg);
	return 0;
}

s64 kvm_get_mmu_pages(struct kvm_call *c)
{
	return READ_ONCE(c->vm->mmu_pages);
}

/* Room for real mode on processors that cannot run it natively; every supported one can. */
s64 kvm_set_tss_addr(struct kvm_call *c)
{
	return c->arg > TSS_ADDR_MAX ? -EINVAL : 0;
}

s64 kvm_set_identity_map(struct kvm_call *c)
{
	return c->vm->vcpu_count ? -EINVAL : 0;
}

s64 kvm_set_boot_cpu(struct kvm_call *c)
{
	if (c->vm->vcpu_count) {
		return -EBUSY;
	}
	if (c->arg > VM_MAX_VCPU_ID) {
		return -EINVAL;
	}
	c->vm->boot_vcpu_id = c->arg;
	return 0;
}

static const struct kvm_ioctl_row rows[] = {KVM_VM_IOCTLS(KVM_ROW)};
const struct kvm_ioctl_table kvm_vm_table = {rows, ARRAY_SIZE(rows), -ENOTTY};

static s64 vm_ioctl(struct object *o, struct domain *d, u32 cmd, u64 arg)
{
	struct kvm_call c = {.d = d, .vm = container_of(o, struct vm, obj)};

	return kvm_ioctl(&kvm_vm_table, &c, cmd, arg);
}

const struct handle_ops kvm_vm_ops = {.type = CORBEL_H_VM, .ioctl = vm_ioctl};
