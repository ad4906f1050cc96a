/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Thread stacks, in slots at the start of the kvmap area. A slot is the stack between two unmapped
 * guards, so that an overflow in either direction is a page fault and not another thread's data.
 */
#include "core/lock.h"
#include "core/panic.h"
#include "core/thread.h"
#include "mm/frame.h"
#include "mm/kvmap.h"
#include "mm/layout.h"

#define SLOTS 16384
#define GUARD (THREAD_STACK_SIZE / 2)
#define SLOT_SIZE (THREAD_STACK_SIZE + 2 * GUARD)
#define STACK_ORDER 2

static_assert(PAGE_SIZE << STACK_ORDER == THREAD_STACK_SIZE, "a stack is one block of frames");
static_assert((u64)SLOTS * SLOT_SIZE <= KVMAP_SIZE / 2, "stacks stay below the devices");

static struct spinlock lock;
static u64 used[SLOTS / 64];

static s32 take_slot(void)
{
	s32 slot = -1;

	spin_lock(&lock);
	for (u32 i = 0; i < ARRAY_SIZE(used); i++) {
		if (~used[i] != 0) {
			u32 bit = (u32)__builtin_ctzll(~used[i]);

			used[i] |= BIT(bit);
			slot = (s32)(i * 64 + bit);
			break;
		}
	}
	spin_unlock(&lock);
	return slot;
}

static void give_slot(u64 slot)
{
	spin_lock(&lock);
	ASSERT(used[slot / 64] & BIT(slot % 64));
	used[slot / 64] &= ~BIT(slot % 64);
	spin_unlock(&lock);
}

void *kstack_alloc(void)
{
	struct frame *f;
	s32 slot;
	u64 va;

	f = frame_alloc(STACK_ORDER, FRAME_HYP, FRAME_ZERO);
	if (!f) {
		return NULL;
	}
	slot = take_slot();
	if (slot < 0) {
		frame_put(f);
		return NULL;
	}
	va = KVMAP_BASE + (u64)slot * SLOT_SIZE + GUARD;
	if (paging_map(va, frame_hpa(f), THREAD_STACK_SIZE, MAP_RW) < 0) {
		give_slot((u64)slot);
		frame_put(f);
		return NULL;
	}
	return (void *)(uintptr_t)va;
}

void kstack_free(void *base)
{
	u64 va = (u64)(uintptr_t)base, bits;
	hpa_t hpa;

	ASSERT((va - KVMAP_BASE) % SLOT_SIZE == GUARD && paging_lookup(va, &hpa, &bits));
	paging_unmap(va, THREAD_STACK_SIZE);
	frame_put(frame_of(hpa));
	give_slot((va - KVMAP_BASE) / SLOT_SIZE);
}
