/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The time page: the hypervisor's clock parameters, which do not change after boot. Called by
 * domain_boot.
 */
#include "api/time_page.h"

#include "api/abi/corbel.h"
#include "core/time.h"
#include "mm/backing.h"

static struct mutex lock = {.waitq = {.waiters = LIST_INIT(lock.waitq.waiters)}};
static struct backing *page;	/* under lock; lives for ever */

static struct backing *make(void)
{
	struct frame *f = frame_alloc(0, FRAME_HYP, FRAME_ZERO);
	struct corbel_time_page *p;
	struct backing *b;

	if (!f) {
		return NULL;
	}
	b = backing_pages(&f, 1, NULL, NULL);
	if (!b) {
		frame_put(f);
		return NULL;
	}
	p = frame_ptr(f);
	p->mult = clock.mult;
	p->shift = clock.shift;
	p->tsc_base = clock.tsc_base;
	p->wall_base_ns = clock.wall_base_ns;
	p->tsc_khz = clock.tsc_khz;
	return b;
}

struct backing *time_page_backing(void)
{
	struct backing *b;

	mutex_lock(&lock);
	if (!page) {
		page = make();
	}
	b = page;
	if (b) {
		backing_get(b);
	}
	mutex_unlock(&lock);
	return b;
}
