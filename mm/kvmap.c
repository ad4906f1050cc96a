/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device registers in the upper half of the kvmap area. Drivers map theirs once and keep them, so
 * addresses are handed out upwards and never come back; an unmapped page lies between two
 * mappings.
 */
#include "mm/kvmap.h"

#include "core/lock.h"
#include "mm/layout.h"

#define DEVICE_BASE (KVMAP_BASE + KVMAP_SIZE / 2)
#define DEVICE_END (KVMAP_BASE + KVMAP_SIZE)

static struct spinlock lock;
static u64 next_address = DEVICE_BASE + PAGE_SIZE;

static u64 reserve(u64 size)
{
	u64 va = 0;

	spin_lock(&lock);
	if (size < DEVICE_END - next_address) {
		va = next_address;
		next_address += size + PAGE_SIZE;
	}
	spin_unlock(&lock);
	return va;
}

void *kvmap_device(hpa_t hpa, u64 size)
{
	u64 offset = hpa.v & ~PAGE_MASK, va;

	if (size == 0 || size > KVMAP_SIZE) {
		return NULL;
	}
	size = ALIGN_UP(size + offset, PAGE_SIZE);
	va = reserve(size);
	if (va == 0 || paging_map(va, HPA(hpa.v - offset), size, MAP_RW | MAP_UNCACHED) < 0) {
		return NULL;
	}
	return (void *)(uintptr_t)(va + offset);
}
