/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ioctl on KVM objects: a table per object, one row per number with its policy as data. The
 * whole 32-bit number is compared, so a wrong size or direction is an unknown number.
 */
#pragma once

#include "api/domain.h"
#include "vmm/vcpu.h"

/*
 * One call being served; data: the structure, copied in (and zeroed before, if it is only
 * copied out).
 */
struct kvm_call {
	struct domain *d;
	struct vm *vm;	   /* of the VM or of the vCPU; NULL for /dev/kvm */
	struct vcpu *vcpu; /* locked and loaded if the row says so */
	u64 arg;
	void *data;
};

enum kvm_policy {
	KVM_COPY_IN = 1,  /* the structure of the number's size is read from arg */
	KVM_COPY_OUT = 2, /* it is written back if the result is not negative */
	KVM_COPY_BOTH = KVM_COPY_IN | KVM_COPY_OUT,
	KVM_ARG_ZERO = 4, /* arg must be 0, else -EINVAL */
	KVM_LOCK_VM = 8,  /* vm->lock is held */
	/* vcpu->lock is held and the vCPU loaded; -EINTR if the domain ends meanwhile */
	KVM_LOCK_VCPU = 16,
	KVM_NEED_PIT = 32,  /* the VM must have its interval timer, else -ENXIO */
	KVM_NEED_CHIPS = 64 /* the same of the interrupt chips */
};

struct kvm_ioctl_row {
	u32 cmd;
	u32 policy; /* enum kvm_policy */
	const char *name;
	s64 (*fn)(struct kvm_call *c);
};

#define KVM_ROW(name, policy, fn) {name, policy, #name, fn},

struct kvm_ioctl_table {
	const struct kvm_ioctl_row *rows;
	u32 count;
	s32 unknown; /* what an unknown number answers */
};

extern const struct kvm_ioctl_table kvm_system_table, kvm_vm_table, kvm_vcpu_table;

/* Whether d may still use vm: it belongs to the domain that made it, and ends as a whole. */
static inline bool kvm_usable(const struct vm *vm, const struct domain *d)
{
	return vm->domain == &d->obj && !READ_ONCE(vm->dead);
}

/*
 * Locks v and loads it for the calling thread, whatever a KVM_RUN on another takes. -EINTR if the
 * domain ends meanwhile.
 */
static inline __must_check int kvm_lock_vcpu(struct vcpu *v, struct hv_thread *ht)
{
	int err = mutex_lock_killable(&v->lock);

	if (likely(!err)) {
		hv_thread_load(ht, &v->hv);
	}
	return err;
}

static inline void kvm_unlock_vcpu(struct vcpu *v, struct hv_thread *ht)
{
	hv_thread_unload(ht, &v->hv);
	mutex_unlock(&v->lock);
}

/* Serves one ioctl. c has the objects filled in. */
s64 kvm_ioctl(const struct kvm_ioctl_table *t, struct kvm_call *c, u32 cmd, u64 arg);
