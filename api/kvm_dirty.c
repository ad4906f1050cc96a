/* SPDX-License-Identifier: BSD-2-Clause */
/* KVM_GET_DIRTY_LOG. A bad bitmap pointer is found when the log is already taken, as in KVM. */
#include "api/domain.h"
#include "api/kvm_vm.h"
#include "core/errno.h"
#include "mm/slab.h"
#include "vmm/dirty_log.h"
#include "vmm/memslot.h"
#include "vmm/vm.h"

#define SLOT_ID(slot) ((slot) & 0xffff)
#define ADDRESS_SPACE(slot) ((slot) >> 16)

s64 kvm_get_dirty_log(struct kvm_call *c)
{
	const struct kvm_dirty_log *in = c->data;
	const struct slot *slot;
	u64 size, *copy;
	s64 ret;

	if (ADDRESS_SPACE(in->slot) || SLOT_ID(in->slot) >= MEMSLOT_MAX_ID) {
		return -EINVAL;
	}
	slot = slots_find_id(c->vm->slots, in->slot);
	if (!slot || !slot->dirty) {
		return -ENOENT;
	}
	size = dirty_log_size(slot->pages);
	copy = kmalloc(size);
	if (!copy) {
		return -ENOMEM;
	}
	ret = dirty_log_take(c->vm, slot, copy);
	if (!ret && call_copy_out(in->dirty_bitmap, copy, size)) {
		ret = -EFAULT;
	}
	kfree(copy);
	return ret;
}
