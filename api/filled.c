/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Filling a backing page by page through the direct map. Called by boot files and by the loader
 * of the runtime.
 */
#include "api/filled.h"

#include "core/sched.h"
#include "core/string.h"
#include "mm/backing.h"
#include "mm/layout.h"

int backing_fill(struct backing *b, u64 off, const void *data, u64 len)
{
	const char *from = data;

	while (len > 0) {
		u64 in_page = off & ~PAGE_MASK, n = MIN(len, PAGE_SIZE - in_page);
		u32 order;
		hpa_t hpa;
		int err = backing_page(b, off - in_page, true, false, &hpa, &order);

		if (err) {
			return err;
		}
		memcpy((char *)hpa_to_ptr(hpa) + in_page, from, n);
		off += n;
		from += n;
		len -= n;
		cond_resched();
	}
	return 0;
}
