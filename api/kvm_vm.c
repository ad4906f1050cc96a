/* SPDX-License-Identifier: BSD-2-Clause */
/* The ioctls of a VM: memory, vCPUs, interrupt chips. */
#include "api/domain.h"
#include "api/kvm.h"
#include "api/kvm_ioctl.h"
#include "core/errno.h"
#include "vmm/irq/irqchip.h"
#include "vmm/irq/pic.h"
#include "vmm/memslot.h"
#include "vmm/vcpu.h"

#define TSS_ADDR_MAX 0xffffd000u

static s64 create_vcpu(struct kvm_call *c)
{
	struct vcpu *v;
	s64 ret;

	if (c->arg >= VM_MAX_VCPU_ID) {
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

/* Room for real mode on processors that cannot run it natively; every supported one can. */
static s64 set_tss_addr(struct kvm_call *c)
{
	return c->arg > TSS_ADDR_MAX ? -EINVAL : 0;
}

static s64 set_identity_map(struct kvm_call *c)
{
	return c->vm->vcpu_count ? -EINVAL : 0;
}

static s64 create_irqchip(struct kvm_call *c)
{
	return vm_create_irqchip(c->vm);
}

static s64 irq_line(struct kvm_call *c)
{
	struct irqchip *chip = smp_load_acquire(&c->vm->irqchip);
	struct kvm_irq_level *line = c->data;

	if (!chip) {
		return -ENXIO;
	}
	line->status = irqchip_set_line(chip, IRQ_SOURCE_USER, line->irq, line->level);
	return 0;
}

static s64 get_irqchip(struct kvm_call *c)
{
	struct irqchip *chip = c->vm->irqchip;
	struct kvm_irqchip *state = c->data;

	if (!chip) {
		return -ENXIO;
	}
	if (state->chip_id > KVM_IRQCHIP_PIC_SLAVE) {
		return -EINVAL;
	}
	*state = (struct kvm_irqchip){.chip_id = state->chip_id};
	pic_get_state(chip->pic, state->chip_id, &state->chip.pic);
	return 0;
}

static s64 set_irqchip(struct kvm_call *c)
{
	struct irqchip *chip = c->vm->irqchip;
	const struct kvm_irqchip *state = c->data;

	if (!chip) {
		return -ENXIO;
	}
	if (state->chip_id > KVM_IRQCHIP_PIC_SLAVE) {
		return -EINVAL;
	}
	pic_set_state(chip->pic, state->chip_id, &state->chip.pic);
	return 0;
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
	KVM_ROW(KVM_IRQ_LINE, KVM_COPY_IN, irq_line),
	KVM_ROW(KVM_IRQ_LINE_STATUS, KVM_COPY_IN | KVM_COPY_OUT, irq_line),
	KVM_ROW(KVM_CHECK_EXTENSION, 0, kvm_check_extension),
	KVM_ROW(KVM_CREATE_VCPU, KVM_LOCK_VM, create_vcpu),
	KVM_ROW(KVM_SET_USER_MEMORY_REGION, KVM_COPY_IN | KVM_LOCK_VM, set_memory),
	KVM_ROW(KVM_SET_TSS_ADDR, 0, set_tss_addr),
	KVM_ROW(KVM_SET_IDENTITY_MAP_ADDR, KVM_COPY_IN | KVM_LOCK_VM, set_identity_map),
	KVM_ROW(KVM_CREATE_IRQCHIP, KVM_LOCK_VM, create_irqchip),
	KVM_ROW(KVM_GET_IRQCHIP, KVM_COPY_IN | KVM_COPY_OUT | KVM_LOCK_VM, get_irqchip),
	KVM_ROW(KVM_SET_IRQCHIP, KVM_COPY_IN | KVM_LOCK_VM, set_irqchip),
	KVM_ROW(KVM_SET_BOOT_CPU_ID, KVM_LOCK_VM, set_boot_cpu),
};

const struct kvm_ioctl_table kvm_vm_table = {rows, ARRAY_SIZE(rows), -ENOTTY};

static s64 vm_ioctl(struct object *o, struct domain *d, u32 cmd, u64 arg)
{
	struct kvm_call c = {.d = d, .vm = container_of(o, struct vm, obj)};

	return kvm_ioctl(&kvm_vm_table, &c, cmd, arg);
}

const struct handle_ops kvm_vm_ops = {.type = CORBEL_H_VM, .ioctl = vm_ioctl};
