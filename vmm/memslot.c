/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules of memory slots, in KVM's order: everything is checked before anything changes. A
 * change builds a new snapshot, swaps it under the domain's address-space mutex (so no fault
 * resolves by the old one any more), zaps the stage-2 range of the old slot, and frees the old
 * snapshot after a grace period. Called by api/kvm_vm.c.
 */
#include "vmm/memslot.h"

#include "arch/x86/asm/cpuid.h"
#include "core/panic.h"
#include "core/quiesce.h"
#include "mm/slab.h"
#include "vmm/dirty_log.h"
#include "vmm/vm.h"

#define FLAGS_ALL (KVM_MEM_LOG_DIRTY_PAGES | KVM_MEM_READONLY)
#define S2_BITS 48 /* four levels */

struct slots *slots_empty(void)
{
	return kzalloc(sizeof(struct slots));
}

const struct slot *slots_find(const struct slots *s, u64 gfn)
{
	u32 low = 0, high = s->count;

	while (low < high) {
		u32 mid = (low + high) / 2;
		const struct slot *slot = &s->slot[mid];

		if (gfn < slot->gfn) {
			high = mid;
		} else if (gfn - slot->gfn >= slot->pages) {
			low = mid + 1;
		} else {
			return slot;
		}
	}
	return NULL;
}

const struct slot *slots_find_id(const struct slots *s, u32 id)
{
	for (u32 i = 0; i < s->count; i++) {
		if (s->slot[i].id == id) {
			return &s->slot[i];
		}
	}
	return NULL;
}

void slots_free(struct slots *s)
{
	for (u32 i = 0; s && i < s->count; i++) {
		kfree(s->slot[i].dirty);
	}
	kfree(s);
}

/* What must hold whatever the present slots are. */
static bool region_valid(const struct kvm_userspace_memory_region *r)
{
	u64 size = r->memory_size, gpa = r->guest_phys_addr, hva = r->userspace_addr;

	return !(r->flags & ~FLAGS_ALL) && IS_ALIGNED(size | gpa | hva, PAGE_SIZE) &&
	       size <= DOM_RUNTIME_BASE && hva <= DOM_RUNTIME_BASE - size &&
	       r->slot < MEMSLOT_MAX_ID && gpa + size >= gpa &&
	       size >> PAGE_SHIFT <= MEMSLOT_MAX_PAGES;
}

static bool overlaps(const struct slots *s, const struct slot *new)
{
	for (u32 i = 0; i < s->count; i++) {
		const struct slot *other = &s->slot[i];

		if (other->id != new->id &&new->gfn < other->gfn + other->pages &&
		    other->gfn < new->gfn + new->pages) {
			return true;
		}
	}
	return false;
}

/*
 * The rules for a slot that is to exist afterwards; old: the present one of that id. 1: nothing
 * to do.
 */
static int check_change(const struct slots *s, const struct slot *old, const struct slot *new)
{
	u32 bits = cpuid_phys_bits();

	if (old) {
		if (old->hva != new->hva || old->pages != new->pages ||
		    (old->flags ^ new->flags) & KVM_MEM_READONLY) {
			return -EINVAL;
		}
		if (old->gfn == new->gfn) {
			return old->flags == new->flags;
		}
	}
	if (new->gfn + new->pages - 1 >= 1ULL << (MIN(bits, S2_BITS) - PAGE_SHIFT)) {
		return -EINVAL;
	}
	return overlaps(s, new) ? -EEXIST : 0;
}

/* The snapshot with `old` left out and `new` put in; either may be NULL. */
static struct slots *rebuild(const struct slots *s, const struct slot *old, const struct slot *new)
{
	u32 count = s->count - !!old + !!new, n = 0;
	struct slots *next = kmalloc(sizeof(*next) + count * sizeof(struct slot));

	if (!next) {
		return NULL;
	}
	for (u32 i = 0; i < s->count; i++) {
		if (new && s->slot[i].gfn > new->gfn) {
			next->slot[n++] = *new;
			new = NULL;
		}
		if (&s->slot[i] != old) {
			next->slot[n++] = s->slot[i];
		}
	}
	if (new) {
		next->slot[n++] = *new;
	}
	next->count = n;
	ASSERT(n == count);
	return next;
}

/*
 * Unmapping may want a table to split a large page; whole large pages never do, and zapping
 * more is harmless.
 */
static void zap(struct vm *vm, u64 start, u64 end)
{
	if (s2_unmap(&vm->s2, GPA(start), GPA(end))) {
		int err = s2_unmap(&vm->s2, GPA(ALIGN_DOWN(start, HUGE_SIZE)),
				   GPA(ALIGN_UP(end, HUGE_SIZE)));

		ASSERT(!err);
	}
}

/* Whether what is mapped of the old slot must go: the slot itself does, or gets a log. */
static bool must_zap(const struct slot *old, const struct slot *new)
{
	return !new || new->gfn != old->gfn || (new->dirty && !old->dirty);
}

static int replace(struct vm *vm, const struct slot *old, const struct slot *new)
{
	u64 *log = old && (!new || new->dirty != old->dirty) ? old->dirty : NULL;
	struct slots *before = vm->slots, *after = rebuild(before, old, new);

	if (!after) {
		return -ENOMEM;
	}
	mutex_lock(&vm->as->lock);
	smp_store_release(&vm->slots, after);
	if (old && must_zap(old, new)) {
		zap(vm, old->gfn << PAGE_SHIFT, (old->gfn + old->pages) << PAGE_SHIFT);
	}
	mutex_unlock(&vm->as->lock);
	quiesce();
	kfree(before);
	kfree(log);
	return 0;
}

int memslot_set(struct vm *vm, const struct kvm_userspace_memory_region *r)
{
	struct slot new = {r->guest_phys_addr >> PAGE_SHIFT, r->memory_size >> PAGE_SHIFT,
			   r->userspace_addr, r->slot, r->flags, NULL};
	const struct slot *old;
	bool log_is_new = false;
	int err;

	if (!region_valid(r)) {
		return -EINVAL;
	}
	old = slots_find_id(vm->slots, r->slot);
	if (!r->memory_size) {
		return old ? replace(vm, old, NULL) : -EINVAL;
	}
	err = check_change(vm->slots, old, &new);
	if (err) {
		return err < 0 ? err : 0;
	}
	if (new.flags & KVM_MEM_LOG_DIRTY_PAGES) {
		new.dirty = old && old->dirty ? old->dirty : dirty_log_create(
			new.pages, vm->dirty_manual & KVM_DIRTY_LOG_INITIALLY_SET);
		if (!new.dirty) {
			return -ENOMEM;
		}
		log_is_new = !old || new.dirty != old->dirty;
	}
	err = replace(vm, old, &new);
	if (err && log_is_new) {
		kfree(new.dirty);
	}
	return err;
}

void memslot_invalidate(struct vm *vm, u64 start, u64 end)
{
	const struct slots *s = vm->slots;

	for (u32 i = 0; i < s->count; i++) {
		const struct slot *slot = &s->slot[i];
		u64 from = MAX(start, slot->hva),
		    to = MIN(end, slot->hva + (slot->pages << PAGE_SHIFT));

		if (from < to) {
			u64 base = slot->gfn << PAGE_SHIFT;

			zap(vm, base + (from - slot->hva), base + (to - slot->hva));
		}
	}
}
