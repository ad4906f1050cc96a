/* SPDX-License-Identifier: BSD-2-Clause */
/* A vCPU behind a handle: its ioctl table and the mapping of its run page. */
#include "api/kvm_ioctls.h"

#include "api/kvm.h"

static inline __attribute__((always_inline)) s64 run_locked(struct vcpu *v)
{
	struct hv_thread *ht = current_thread()->owner;
	s64 ret = kvm_lock_vcpu(v, ht);

	if (likely(!ret)) {
		ret = vcpu_run(v);
		kvm_unlock_vcpu(v, ht);
	}
	return ret;
}

s64 kvm_run_vcpu(struct kvm_call *c)
{
	return run_locked(c->vcpu);
}

static const struct kvm_ioctl_row rows[] = {KVM_VCPU_IOCTLS(KVM_ROW)};
const struct kvm_ioctl_table kvm_vcpu_table = {rows, ARRAY_SIZE(rows), -EINVAL};

static __attribute__((noinline)) s64 by_table(struct vcpu *v, struct domain *d, u32 cmd, u64 arg)
{
	struct kvm_call c = {.d = d, .vm = v->vm, .vcpu = v};

	return kvm_ioctl(&kvm_vcpu_table, &c, cmd, arg);
}

/* What is called most goes past the table: nothing is copied, and nothing can be refused. */
static s64 vcpu_ioctl(struct object *o, struct domain *d, u32 cmd, u64 arg)
{
	struct vcpu *v = container_of(o, struct vcpu, obj);

	if (likely(cmd == KVM_RUN && !arg && kvm_usable(v->vm, d))) {
		return run_locked(v);
	}
	return by_table(v, d, cmd, arg);
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
