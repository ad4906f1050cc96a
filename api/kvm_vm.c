/* SPDX-License-Identifier: BSD-2-Clause */
/* The ioctls of a VM: memory, vCPUs, interrupt chips. */
#include "api/domain.h"
#include "api/kvm.h"
#include "api/kvm_ioctl.h"
#include "api/kvm_vm.h"
#include "core/errno.h"
#include "vmm/memslot.h"
#include "vmm/vcpu.h"

#define TSS_ADDR_MAX 0xffffd000u
#define MMU_PAGES_MIN 64

static s64 create_vcpu(struct kvm_call *c)
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

static s64 set_memory(struct kvm_call *c)
{
	return memslot_set(c->vm, c->data);
}

/* KVM's newer form; memory that is only the guest's does not exist, its flag is an unknown one. */
static s64 set_memory2(struct kvm_call *c)
{
	const struct kvm_userspace_memory_region2 *in = c->data;

	return memslot_set(c->vm, &in->region);
}

/* A limit of shadow page tables, of which there are none. */
static s64 set_mmu_pages(struct kvm_call *c)
{
	if (c->arg < MMU_PAGES_MIN) {
		return -EINVAL;
	}
	WRITE_ONCE(c->vm->mmu_pages, c->arg);
	return 0;
}

static s64 get_mmu_pages(struct kvm_call *c)
{
	return READ_ONCE(c->vm->mmu_pages);
}

/* Room for real mode on processors that cannot run it natively; every supported one can. */
static s64 set_tss_addr(struct kvm_call *c)
{
	return c->arg > TSS_ADDR_MAX ? -EINVAL : 0;
}

static s64 set_identity_map(struct kvm_call *c)
{
	return c->vm->vcpu_count ? -EINVAL : 0;
}

static s64 set_boot_cpu(struct kvm_call *c)
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

static const struct kvm_ioctl_row rows[] = {
	KVM_ROW(KVM_CHECK_EXTENSION, 0, kvm_check_extension),
	KVM_ROW(KVM_CREATE_VCPU, KVM_LOCK_VM, create_vcpu),
	KVM_ROW(KVM_SET_USER_MEMORY_REGION, KVM_COPY_IN | KVM_LOCK_VM, set_memory),
	KVM_ROW(KVM_SET_USER_MEMORY_REGION2, KVM_COPY_IN | KVM_LOCK_VM, set_memory2),
	KVM_ROW(KVM_GET_DIRTY_LOG, KVM_COPY_IN | KVM_LOCK_VM, kvm_get_dirty_log),
	KVM_ROW(KVM_CLEAR_DIRTY_LOG, KVM_COPY_IN | KVM_LOCK_VM, kvm_clear_dirty_log),
	KVM_ROW(KVM_SET_NR_MMU_PAGES, 0, set_mmu_pages),
	KVM_ROW(KVM_GET_NR_MMU_PAGES, 0, get_mmu_pages),
	KVM_ROW(KVM_ENABLE_CAP, KVM_COPY_IN | KVM_LOCK_VM, kvm_enable_cap_vm),
	KVM_ROW(KVM_GET_CLOCK, KVM_COPY_OUT, kvm_get_clock),
	KVM_ROW(KVM_SET_CLOCK, KVM_COPY_IN | KVM_LOCK_VM, kvm_set_clock),
	KVM_ROW(KVM_GET_TSC_KHZ, 0, kvm_get_tsc_khz),
	KVM_ROW(KVM_SET_TSC_KHZ, 0, kvm_set_tsc_khz),
	KVM_ROW(KVM_SET_TSS_ADDR, 0, set_tss_addr),
	KVM_ROW(KVM_SET_IDENTITY_MAP_ADDR, KVM_COPY_IN | KVM_LOCK_VM, set_identity_map),
	/* Interrupt chips */
	KVM_ROW(KVM_CREATE_IRQCHIP, KVM_LOCK_VM, kvm_create_irqchip),
	KVM_ROW(KVM_GET_IRQCHIP, KVM_COPY_IN | KVM_COPY_OUT | KVM_LOCK_VM, kvm_get_irqchip),
	KVM_ROW(KVM_SET_IRQCHIP, KVM_COPY_IN | KVM_LOCK_VM, kvm_set_irqchip),
	KVM_ROW(KVM_IRQ_LINE, KVM_COPY_IN, kvm_irq_line),
	KVM_ROW(KVM_IRQ_LINE_STATUS, KVM_COPY_IN | KVM_COPY_OUT, kvm_irq_line),
	KVM_ROW(KVM_SET_GSI_ROUTING, KVM_COPY_IN | KVM_LOCK_VM, kvm_set_gsi_routing),
	KVM_ROW(KVM_SIGNAL_MSI, KVM_COPY_IN, kvm_signal_msi),
	/* Timer and clock */
	KVM_ROW(KVM_CREATE_PIT, KVM_LOCK_VM, kvm_create_pit),
	KVM_ROW(KVM_CREATE_PIT2, KVM_COPY_IN | KVM_LOCK_VM, kvm_create_pit2),
	KVM_ROW(KVM_GET_PIT, KVM_COPY_IN | KVM_COPY_OUT | KVM_LOCK_VM, kvm_get_pit),
	KVM_ROW(KVM_SET_PIT, KVM_COPY_IN | KVM_LOCK_VM, kvm_set_pit),
	KVM_ROW(KVM_GET_PIT2, KVM_COPY_OUT | KVM_LOCK_VM, kvm_get_pit2),
	KVM_ROW(KVM_SET_PIT2, KVM_COPY_IN | KVM_LOCK_VM, kvm_set_pit2),
	KVM_ROW(KVM_REINJECT_CONTROL, KVM_LOCK_VM, kvm_reinject_control),
	KVM_ROW(KVM_SET_BOOT_CPU_ID, KVM_LOCK_VM, set_boot_cpu),
};

const struct kvm_ioctl_table kvm_vm_table = {rows, ARRAY_SIZE(rows), -ENOTTY};

static s64 vm_ioctl(struct object *o, struct domain *d, u32 cmd, u64 arg)
{
	struct kvm_call c = {.d = d, .vm = container_of(o, struct vm, obj)};

	return kvm_ioctl(&kvm_vm_table, &c, cmd, arg);
}

const struct handle_ops kvm_vm_ops = {.type = CORBEL_H_VM, .ioctl = vm_ioctl};
