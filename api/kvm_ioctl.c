/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one dispatcher of all KVM ioctls: finds the row, checks the argument, copies in, locks,
 * calls, unlocks, copies out. Handlers get a checked copy and hold the locks their row names.
 * Called by the handle operations of api/kvm_*.c.
 */
#include "api/kvm_ioctl.h"

#include "core/string.h"

#define SMALL_WORDS 40 /* structures of up to 320 bytes need no allocation */
#define IOC_SIZE(cmd) ((cmd) >> 16 & 0x3fff)

static const struct kvm_ioctl_row *find_row(const struct kvm_ioctl_table *t, u32 cmd)
{
	for (u32 i = 0; i < t->count; i++) {
		if (t->rows[i].cmd == cmd) {
			return &t->rows[i];
		}
	}
	return NULL;
}

static s64 call_handler(const struct kvm_ioctl_row *row, struct kvm_call *c)
{
	if ((row->policy & KVM_NEED_PIT && !c->vm->pit) ||
	    (row->policy & KVM_NEED_CHIPS && !smp_load_acquire(&c->vm->irqchip))) {
		return -ENXIO;
	}
	return row->fn(c);
}

static s64 call_locked(const struct kvm_ioctl_row *row, struct kvm_call *c)
{
	s64 ret;

	if (row->policy & KVM_LOCK_VCPU) {
		struct hv_thread *ht = current_thread()->owner;

		ret = kvm_lock_vcpu(c->vcpu, ht);
		if (!ret) {
			ret = row->fn(c);
			kvm_unlock_vcpu(c->vcpu, ht);
		}
	} else if (row->policy & KVM_LOCK_VM) {
		mutex_lock(&c->vm->lock);
		ret = call_handler(row, c);
		mutex_unlock(&c->vm->lock);
	} else {
		ret = call_handler(row, c);
	}
	return ret;
}

/* c->data has room for size bytes. */
static s64 call_with_data(const struct kvm_ioctl_row *row, struct kvm_call *c, u32 size)
{
	s64 ret;

	if (row->policy & KVM_COPY_IN) {
		if (call_copy_in(c->data, c->arg, size)) {
			return -EFAULT;
		}
	} else {
		memset(c->data, 0, size);
	}
	ret = call_locked(row, c);
	if (ret >= 0 && row->policy & KVM_COPY_OUT && call_copy_out(c->arg, c->data, size)) {
		return -EFAULT;
	}
	return ret;
}

static s64 call_small(const struct kvm_ioctl_row *row, struct kvm_call *c, u32 size)
{
	u64 data[SMALL_WORDS];

	c->data = data;
	return call_with_data(row, c, size);
}

static s64 call_large(const struct kvm_ioctl_row *row, struct kvm_call *c, u32 size)
{
	void *data = kmalloc(size);
	s64 ret;

	if (!data) {
		return -ENOMEM;
	}
	c->data = data;
	ret = call_with_data(row, c, size);
	kfree(data);
	return ret;
}

s64 kvm_ioctl(const struct kvm_ioctl_table *t, struct kvm_call *c, u32 cmd, u64 arg)
{
	const struct kvm_ioctl_row *row;

	if (c->vm && !kvm_usable(c->vm, c->d)) {
		return -EIO;
	}
	row = find_row(t, cmd);
	if (!row) {
		return t->unknown;
	}
	c->arg = arg;
	if (row->policy & KVM_ARG_ZERO && arg) {
		return -EINVAL;
	}
	if (!(row->policy & (KVM_COPY_IN | KVM_COPY_OUT))) {
		return call_locked(row, c);
	}
	return IOC_SIZE(cmd) <= SMALL_WORDS * sizeof(u64) ? call_small(row, c, IOC_SIZE(cmd))
							  : call_large(row, c, IOC_SIZE(cmd));
}
