/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypervisor's address space (four levels): direct map of all RAM, frame table, kvmap (stacks
 * with guard pages, device registers, per-CPU areas), image. The low half is empty once all CPUs
 * are up.
 */
#pragma once

#include "core/types.h"

#define DIRECT_BASE 0xffff800000000000ULL
#define FRAMES_BASE 0xffffc00000000000ULL
#define KVMAP_BASE  0xffffd00000000000ULL
#define KVMAP_SIZE  (512ULL << 30)
#define IMAGE_BASE  0xffffffff80000000ULL

/* Where the hypervisor reaches a frame. Valid for RAM only. */
static inline void *hpa_to_ptr(hpa_t hpa)
{
	return (void *)(DIRECT_BASE + hpa.v);
}

/* The inverse, for direct-map and image addresses. */
static inline hpa_t ptr_to_hpa(const void *p)
{
	u64 va = (u64)(uintptr_t)p;

	return va >= IMAGE_BASE ? HPA(va - IMAGE_BASE) : HPA(va - DIRECT_BASE);
}
