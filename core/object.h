/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reference-counted objects. The last put never destroys inline: it queues the object to the reaper
 * thread, which calls type->destroy in thread context with no lock held.
 */
#pragma once

#include "core/list.h"

struct object;

struct object_type {
	const char *name;
	/* frees the memory too; thread context, may sleep */
	void (*destroy)(struct object *);
};

struct object {
	const struct object_type *type;
	u32 refs;			/* atomic */
	/* atomic: rows of handle tables that name it; kept by api/handle.c */
	u32 numbers;
	struct list reap_node;
};

void object_init(struct object *o, const struct object_type *type);	/* one reference */
void object_get(struct object *o);
void object_put(struct object *o);
/* The reaper's thread function; core/main.c starts one thread with it before the first domain. */
void reaper_main(void *unused);
/*
 * Waits until all objects put so far have been destroyed. Thread context; not from a destroy
 * function.
 */
void reaper_flush(void);
