/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory of a domain that the hypervisor fills before the domain sees it: the runtime's segments,
 * private copies of boot files.
 */
#pragma once

#include "core/types.h"

struct backing;

/*
 * Copies len bytes to byte off of a lazily given backing (frames are given as needed). 0 or
 * -ENOMEM. Thread context.
 */
__must_check int backing_fill(struct backing *b, u64 off, const void *data, u64 len);
