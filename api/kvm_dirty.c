/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * KVM_GET_DIRTY_LOG and KVM_CLEAR_DIRTY_LOG. With KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2 the first only
 * reads and the second clears, else the first does both. A bad bitmap pointer is found when the log
 * is already taken, as in KVM.
 */
#include "api/kvm_ioctls.h"
#include "vmm/dirty_log.h"
#include "vmm/memslot.h"

#define SLOT_ID(slot) ((slot) & 0xffff)
#define ADDRESS_SPACE(slot) ((slot) >> 16)

/* The slot with a log of that number. */
static s64 find_slot(struct kvm_call *c, u32 number, const struct slot **slot)
{
	if (ADDRESS_SPACE(number) || SLOT_ID(number) >= MEMSLOT_MAX_ID) {
		return -EINVAL;
	}
	*slot = slots_find_id(c->vm->slots, number);
	return *slot && (*slot)->dirty ? 0 : -ENOENT;
}

s64 kvm_get_dirty_log(struct kvm_call *c)
{
	const struct kvm_dirty_log *in = c->data;
	const struct slot *slot;
	u64 size, *copy;
	s64 ret = find_slot(c, in->slot, &slot);

	if (ret) {
		return ret;
	}
	size = dirty_log_size(slot->pages);
	copy = kmalloc(size);
	if (!copy) {
		return -ENOMEM;
	}
	if (c->vm->dirty_manual) {
		dirty_log_copy(c->vm, slot, copy);
	} else {
		ret = dirty_log_take(c->vm, slot, copy);
	}
	if (!ret && call_copy_out(in->dirty_bitmap, copy, size)) {
		ret = -EFAULT;
	}
	kfree(copy);
	return ret;
}

s64 kvm_clear_dirty_log(struct kvm_call *c)
{
	const struct kvm_clear_dirty_log *in = c->data;
	u64 size = dirty_log_size(in->num_pages), *bits;
	const struct slot *slot;
	s64 ret = in->first_page % 64 ? -EINVAL : find_slot(c, in->slot, &slot);

	if (ret) {
		return ret;
	}
	if (in->first_page > slot->pages || in->num_pages > slot->pages - in->first_page ||
	    (in->num_pages < slot->pages - in->first_page && in->num_pages % 64)) {
		return -EINVAL;
	}
	bits = kmalloc(size + 1); /* never nothing */
	if (!bits) {
		return -ENOMEM;
	}
	ret = call_copy_in(bits, in->dirty_bitmap, size)
		      ? -EFAULT
		      : dirty_log_clear(c->vm, slot, in->first_page, in->num_pages, bits);
	kfree(bits);
	return ret;
}
