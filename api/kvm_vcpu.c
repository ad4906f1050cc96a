/* SPDX-License-Identifier: BSD-2-Clause */
/* A vCPU behind a handle: its ioctl table and the mapping of its run page. */
#include "api/kvm_ioctls.h"

#include "api/domain.h"
#include "api/kvm.h"
#include "mm/backing.h"
#include "vmm/vcpu.h"

s64 kvm_run_vcpu(struct kvm_call *c)
{
	return vcpu_run(c->vcpu);
}

static const struct kvm_ioctl_row rows[] = {KVM_VCPU_IOCTLS(KVM_ROW)};
const struct kvm_ioctl_table kvm_vcpu_table = {rows, ARRAY_SIZE(rows), -EINVAL};

static s64 vcpu_ioctl(struct object *o, struct domain *d, u32 cmd, u64 arg)
{
	struct vcpu *v = container_of(o, struct vcpu, obj);
	struct kvm_call c = {.d = d, .vm = v->vm, .vcpu = v};

	return kvm_ioctl(&kvm_vcpu_table, &c, cmd, arg);
}

/* Any offset can be mapped; touching what lies behind the last page is an error then. */
static struct backing *vcpu_mmap(struct object *o, u64 off __unused, u64 len __unused,
				 u32 rights, bool shared __unused, int *err)
{
	struct vcpu *v = container_of(o, struct vcpu, obj);

	if (rights & S2_X) {
		*err = -EPERM;
		return NULL;
	}
	backing_get(v->run_backing);
	return v->run_backing;
}

const struct handle_ops kvm_vcpu_ops = {
	.type = CORBEL_H_VCPU, .ioctl = vcpu_ioctl, .mmap = vcpu_mmap};
