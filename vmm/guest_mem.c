/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies to and from guest-physical memory. Called by the page walk, port strings, the clock
 * page.
 */
#include "vmm/guest_mem.h"

#include "core/string.h"
#include "mm/layout.h"
#include "vmm/vm.h"

#define TRIES 3 /* a page may be taken away again between the fault and the copy */

static u8 *translate(struct vm *vm, gpa_t gpa, u32 right)
{
	u32 rights, order;
	hpa_t hpa;

	if (s2_lookup(&vm->s2, gpa, &hpa, &rights, &order) || !(rights & right)) {
		return NULL;
	}
	return (u8 *)hpa_to_ptr(hpa) + (gpa.v & ~PAGE_MASK);
}

static bool copy_once(struct vm *vm, gpa_t gpa, void *to, const void *from, size_t len)
{
	bool irqs = section_enter();
	u8 *at = translate(vm, gpa, from ? S2_W : S2_R);

	if (at) {
		memcpy(from ? at : to, from ? from : at, len);
	}
	section_leave(irqs);
	return at;
}

/* Exactly one of to (read) and from (write) is given. */
static int copy_page(struct vm *vm, gpa_t gpa, void *to, const void *from, size_t len)
{
	for (int i = 0; i < TRIES; i++) {
		if (likely(copy_once(vm, gpa, to, from, len))) {
			return 0;
		}
		if (vm_fault(vm, gpa, from ? S2_W : S2_R)) {
			break;
		}
	}
	return -EFAULT;
}

/* Page by page, to or from as above. */
static int copy(struct vm *vm, gpa_t gpa, u8 *to, const u8 *from, size_t len)
{
	for (size_t done = 0, part; done < len; done += part) {
		part = MIN(len - done, PAGE_SIZE - (gpa.v & ~PAGE_MASK));
		if (copy_page(vm, gpa, to ? to + done : NULL, from ? from + done : NULL, part)) {
			return -EFAULT;
		}
		gpa.v += part;
	}
	return 0;
}

int vm_read(struct vm *vm, gpa_t gpa, void *buf, size_t len)
{
	return copy(vm, gpa, buf, NULL, len);
}

int vm_write(struct vm *vm, gpa_t gpa, const void *buf, size_t len)
{
	return copy(vm, gpa, NULL, buf, len);
}

static int replace(void *at, u64 old, u64 value, bool wide)
{
	u32 old4 = (u32)old;
	bool done = wide ? __atomic_compare_exchange_n((u64 *)at, &old, value, false,
						       __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)
			 : __atomic_compare_exchange_n((u32 *)at, &old4, (u32)value, false,
						       __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);

	return done ? 0 : -EAGAIN;
}

int vm_replace(struct vm *vm, gpa_t gpa, u64 old, u64 value, bool wide)
{
	for (int i = 0; i < TRIES; i++) {
		bool irqs = section_enter();
		u8 *at = translate(vm, gpa, S2_W);
		int err = at ? replace(at, old, value, wide) : -EFAULT;

		section_leave(irqs);
		if (err != -EFAULT || vm_fault(vm, gpa, S2_W)) {
			return err;
		}
	}
	return -EFAULT;
}

int vm_give(struct vm *vm, gpa_t gpa)
{
	bool irqs = section_enter(), mapped = translate(vm, gpa, S2_W);

	section_leave(irqs);
	return mapped || !vm_fault(vm, gpa, S2_W) ? 0 : -EFAULT;
}

const void *vm_peek(struct vm *vm, gpa_t gpa)
{
	return translate(vm, gpa, S2_R);
}
