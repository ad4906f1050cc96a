/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stands behind a range of a domain's memory: a reference-counted object that yields frames
 * by page offset. ANON: lazily given zero pages (2 MiB where the chunk is whole). MEMFD: the same,
 * shared, with a size. BOOTFILE: a boot module, read-only. PAGES: a few frames of the hypervisor's
 * (a vCPU's run page), with an owner to hold.
 */
#pragma once

#include "core/mutex.h"
#include "mm/frame.h"

enum backing_kind { BACKING_ANON, BACKING_MEMFD, BACKING_BOOTFILE, BACKING_PAGES, BACKING_GMEM };

struct quota {			/* frames a domain may hold; atomic */
	u64 used, limit;
};

struct backing;

/* q must outlive the backing. */
struct backing *backing_anon(struct quota *q, u64 size);	/* NULL: no memory. Reference 1 */
struct backing *backing_memfd(struct quota *q, u64 size);
struct backing *backing_bootfile(hpa_t start, u64 size);
/* release(arg) is called when the last reference goes. The frames stay the caller's. */
struct backing *backing_pages(struct frame *const *frames, u32 count, void (*release)(void *),
			      void *arg);
/*
 * Has release(arg) called when the last reference goes and the frames are given back. Once, by
 * its maker.
 */
void backing_set_release(struct backing *b, void (*release)(void *), void *arg);
void backing_get(struct backing *b);
void backing_put(struct backing *b);
enum backing_kind backing_kind(const struct backing *b);
/*
 * The frame behind byte offset off (page aligned), allocating it if need be. *order: 9 if off lies
 * in a 2 MiB block of physically contiguous, aligned memory that is wholly given, else 0;
 * want_huge: try to give a whole aligned 2 MiB chunk. *hpa is of the 4 KiB page itself. -ENOMEM
 * (also quota), -EFAULT beyond the end, -EACCES write to read-only.
 */
__must_check int backing_page(struct backing *b, u64 off, bool write, bool want_huge, hpa_t *hpa,
			      u32 *order);
/* Gives the frames of [off, off + len) back (ANON only: the range is mapped nowhere any more). */
void backing_discard(struct backing *b, u64 off, u64 len);
