/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handles: the small integers by which a domain names objects. A table per domain, lowest free number first; look-up
 * takes a reference for the call; close removes the number only.
 */
#pragma once

#include "core/mutex.h"
#include "core/object.h"
#include "core/types.h"
#include "core/waitq.h"

struct domain;
struct backing;

#define HANDLES_MAX 4096

#define RIGHT_READ 1u
#define RIGHT_WRITE 2u

/* What a kind of handle can do; a NULL operation answers the error in the comment, from one place (api/handle.c). */
struct handle_ops {
	u32 type;		/* enum corbel_handle_type */
	s64 (*read)(struct object *o, struct domain *d, dva_t buf, u64 len);		/* EINVAL */
	s64 (*pread)(struct object *o, struct domain *d, dva_t buf, u64 len, u64 off);	/* ESPIPE */
	s64 (*write)(struct object *o, struct domain *d, dva_t buf, u64 len);		/* EINVAL; EBADF without the right */
	s64 (*ioctl)(struct object *o, struct domain *d, u32 cmd, u64 arg);		/* ENOTTY */
	s64 (*truncate)(struct object *o, u64 len);					/* EINVAL */
	/* A new reference to what mmap maps from byte off on, or NULL with *err set. */
	struct backing *(*mmap)(struct object *o, u64 off, u64 len, u32 rights, bool shared, int *err);	/* ENODEV */
	/* Ready POLL* bits now; *wq: where changes are announced (may be NULL: always ready). */
	u32 (*poll)(struct object *o, struct waitq **wq);				/* always readable and writable */
	u64 (*length)(struct object *o);						/* 0 */
	void (*close)(struct object *o, struct domain *d);				/* last number of this handle gone; optional */
};

struct handle {
	struct object *obj;	/* reference; NULL: free; &handle_reserved: reserved by the runtime */
	const struct handle_ops *ops;
	u32 rights;
};

struct handle_table {
	struct mutex lock;
	struct handle *slots;
	u32 size;
};

__must_check int handle_table_init(struct handle_table *t);
void handle_table_destroy(struct handle_table *t, struct domain *d);
/* Gives o (whose reference it takes over on success) the lowest free number. The number, or -EMFILE, -ENOMEM. */
__must_check s64 handle_install(struct handle_table *t, struct object *o, const struct handle_ops *ops, u32 rights);
/* Copies the row with a reference for the call: 0 or -EBADF. object_put(h->obj) when done. */
__must_check int handle_get(struct handle_table *t, u64 number, struct handle *h);
__must_check int handle_close(struct handle_table *t, struct domain *d, u64 number);
