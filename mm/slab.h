/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small allocations: size classes 16..2048 in slabs of frames; larger sizes are frame blocks.
 * ENOMEM is NULL. Thread context.
 */
#pragma once

#include "core/types.h"

void slab_init(void);
__must_check void *kmalloc(size_t size);
__must_check void *kzalloc(size_t size);
/* Accepts NULL. Detects a double free and a foreign pointer by assertion. */
void kfree(void *p);
u64 slab_bytes_in_use(void);
