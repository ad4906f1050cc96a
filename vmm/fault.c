/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stage-2 faults. Everything happens under the domain's address-space mutex, so an unmap by the
 * domain comes wholly before (we see no memory) or wholly after (it zaps what we installed).
 * Called by the exit handler and guest_mem.c.
 */
#include "vmm/guest_mem.h"

#include "vmm/dirty_log.h"
#include "vmm/memslot.h"
#include "vmm/vm.h"

/*
 * Whether the 2 MiB around gpa lie within the slot and at the same place within 2 MiB in the
 * domain.
 */
static bool huge_fits(const struct slot *slot, u64 gpa)
{
	u64 base = slot->gfn << PAGE_SHIFT, start = ALIGN_DOWN(gpa, HUGE_SIZE);

	return IS_ALIGNED(base ^ slot->hva, HUGE_SIZE) && start >= base &&
	       start + HUGE_SIZE <= base + (slot->pages << PAGE_SHIFT);
}

static int install(struct vm *vm, u64 gpa, hpa_t hpa, u32 order, u32 rights)
{
	u64 size = PAGE_SIZE << order;
	int err = s2_map(&vm->s2, GPA(ALIGN_DOWN(gpa, size)), HPA(ALIGN_DOWN(hpa.v, size)), order,
			 rights);

	if (err != -EEXIST) {
		return err;
	}
	/* Small pages are there already: the large one cannot go over them. */
	if (order) {
		return install(vm, gpa, hpa, 0, rights);
	}
	/*
	 * Another frame stands there: the domain's page was replaced (first write to a private
	 * copy).
	 */
	err = s2_unmap(&vm->s2, GPA(ALIGN_DOWN(gpa, PAGE_SIZE)),
		       GPA(ALIGN_DOWN(gpa, PAGE_SIZE) + PAGE_SIZE));
	return err ? err : s2_map(&vm->s2, GPA(ALIGN_DOWN(gpa, PAGE_SIZE)), hpa, 0, rights);
}

static int fault_locked(struct vm *vm, u64 gpa, u32 access)
{
	const struct slot *slot = slots_find(vm->slots, gpa >> PAGE_SHIFT);
	bool writable, read_only;
	u32 order;
	hpa_t hpa;
	int err;

	if (!slot) {
		return -ENOENT;
	}
	read_only = slot->flags & KVM_MEM_READONLY;
	if (read_only && access & S2_W) {
		return -EROFS;
	}
	err = aspace_frame_locked(
		vm->as, slot->hva + (ALIGN_DOWN(gpa, PAGE_SIZE) - (slot->gfn << PAGE_SHIFT)),
		access & S2_W, &hpa, &order, &writable);
	if (err) {
		return err == -ENOMEM ? err : -EFAULT;
	}
	if (slot->dirty) {
		/* Writable by a write only, and one page at a time. */
		writable = writable && access & S2_W;
		order = 0;
	}
	err = install(vm, gpa, hpa, order && huge_fits(slot, gpa) ? HUGE_SHIFT - PAGE_SHIFT : 0,
		      S2_R | S2_X | (writable && !read_only ? S2_W : 0));
	if (!err && slot->dirty && access & S2_W) {
		dirty_log_mark(slot, gpa >> PAGE_SHIFT);
	}
	return err;
}

static bool has_slot(const struct vm *vm, u64 gpa)
{
	bool irqs = section_enter(), found = slots_find(READ_ONCE(vm->slots), gpa >> PAGE_SHIFT);

	section_leave(irqs);
	return found;
}

int vm_fault(struct vm *vm, gpa_t gpa, u32 access)
{
	int err;

	if (!has_slot(vm, gpa.v)) {
		return -ENOENT; /* a device, most often: no need for the lock */
	}
	mutex_lock(&vm->as->lock);
	err = fault_locked(vm, gpa.v, access);
	mutex_unlock(&vm->as->lock);
	return err;
}
