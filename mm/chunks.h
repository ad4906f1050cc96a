/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frames of a lazily given backing, by chunks of 2 MiB: a chunk is empty, one large block, or
 * a table of 512 small frames. Two levels (a directory of pages of chunk words), so that a huge
 * empty backing costs little. Used by mm/backing.c only.
 */
#pragma once

#include "core/mutex.h"

#define CHUNKS_SIZE_MAX (1ULL << 40)

struct quota;

struct chunks {
	struct mutex lock;	/* below aspace.lock */
	struct quota *quota;
	u64 size;		/* bytes, whole pages */
	u64 **dir;		/* per GiB a page of 512 chunk words, or NULL */
};

__must_check int chunks_init(struct chunks *c, struct quota *q, u64 size);
/* Frees all frames. No one maps them any more. */
void chunks_destroy(struct chunks *c);
/* The frame at off, given (zeroed) if need be; as backing_page. */
__must_check int chunks_page(struct chunks *c, u64 off, bool want_huge, hpa_t *hpa, u32 *order);
/* Frees the frames of [off, off + len). */
void chunks_discard(struct chunks *c, u64 off, u64 len);
