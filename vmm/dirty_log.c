/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dirty logs. Taking one is a swap: copy the bits, clear them, take the right to write away from
 * the whole slot and flush, all before a fault can set a bit again. What a CPU still writes by an
 * old translation until the flush is a page whose bit is in the copy. Called by vmm/memslot.c,
 * vmm/fault.c and api/kvm_dirty.c.
 */
#include "vmm/dirty_log.h"

#include "core/quiesce.h"
#include "core/string.h"
#include "mm/slab.h"
#include "vmm/memslot.h"
#include "vmm/vm.h"

u64 *dirty_log_create(u64 pages, bool all)
{
	u64 *log = kzalloc(dirty_log_size(pages));

	if (log && all) {
		memset(log, 0xff, pages / 64 * sizeof(u64));
		if (pages % 64) {
			log[pages / 64] = (1ULL << pages % 64) - 1;
		}
	}
	return log;
}

void dirty_log_mark(const struct slot *slot, u64 gfn)
{
	u64 page = gfn - slot->gfn;

	slot->dirty[page / 64] |= 1ULL << page % 64;
}

static bool is_empty(const u64 *log, u64 pages)
{
	for (u64 i = 0; i < dirty_log_size(pages) / sizeof(u64); i++) {
		if (log[i]) {
			return false;
		}
	}
	return true;
}

void dirty_log_copy(struct vm *vm, const struct slot *slot, u64 *out)
{
	mutex_lock(&vm->as->lock);
	memcpy(out, slot->dirty, dirty_log_size(slot->pages));
	mutex_unlock(&vm->as->lock);
}

/* Pages between that stay in the log lose the right to write, too; that costs them a fault. */
int dirty_log_clear(struct vm *vm, const struct slot *slot, u64 first, u64 count, const u64 *bits)
{
	u64 *log = slot->dirty + first / 64;
	int err = 0;

	mutex_lock(&vm->as->lock);
	if (!is_empty(bits, count)) {
		err = s2_protect(&vm->s2, GPA((slot->gfn + first) << PAGE_SHIFT),
				 GPA((slot->gfn + first + count) << PAGE_SHIFT), S2_R | S2_X);
	}
	for (u64 i = 0; !err && i < dirty_log_size(count) / sizeof(u64); i++) {
		log[i] &= ~bits[i];
	}
	/* A copy that found the page writable before ends before the caller reads the page. */
	quiesce();
	mutex_unlock(&vm->as->lock);
	return err;
}

int dirty_log_take(struct vm *vm, const struct slot *slot, u64 *out)
{
	u64 size = dirty_log_size(slot->pages);
	int err = 0;

	mutex_lock(&vm->as->lock);
	memcpy(out, slot->dirty, size);
	if (!is_empty(out, slot->pages)) {
		err = s2_protect(&vm->s2, GPA(slot->gfn << PAGE_SHIFT),
				 GPA((slot->gfn + slot->pages) << PAGE_SHIFT), S2_R | S2_X);
		if (!err) {
			memset(slot->dirty, 0, size);
		}
		quiesce(); /* as above */
	}
	mutex_unlock(&vm->as->lock);
	return err;
}
