/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handles: the small integers by which a domain names objects. A table per domain, lowest free
 * number first; look-up takes a reference for the call; close removes the number only.
 */
#pragma once

#include "core/object.h"
#include "core/waitq.h"
#include "mm/slab.h"

struct domain;
struct backing;

#define HANDLES_MAX 4096

#define RIGHT_READ 1u
#define RIGHT_WRITE 2u

/*
 * What a kind of handle can do; a NULL operation answers the error in the comment, from one place
 * (api/handle_ops.c).
 */
struct handle_ops {
	u32 type; /* enum corbel_handle_type */
	/* -EINVAL */
	s64 (*read)(struct object *o, struct domain *d, dva_t buf, u64 len);
	/* -ESPIPE */
	s64 (*pread)(struct object *o, struct domain *d, dva_t buf, u64 len, u64 off);
	/* -EINVAL; -EBADF without the right */
	s64 (*write)(struct object *o, struct domain *d, dva_t buf, u64 len);
	/* -ENOTTY */
	s64 (*ioctl)(struct object *o, struct domain *d, u32 cmd, u64 arg);
	/* -EINVAL */
	s64 (*truncate)(struct object *o, u64 len);
	/*
	 * A new reference to a backing whose bytes [off, off + len) mmap maps (rights: S2_*), or
	 * NULL with *err set. -ENODEV
	 */
	struct backing *(*mmap)(struct object *o, u64 off, u64 len, u32 rights, bool shared,
				int *err);
	/*
	 * Ready POLL* bits now; *wq: where changes are announced (may be NULL). Takes irqlocks
	 * only. Without it: always readable and writable.
	 */
	u32 (*poll)(struct object *o, struct waitq **wq);
	/* 0 */
	u64 (*length)(struct object *o);
	/* The last number of this object is gone; optional. */
	void (*close)(struct object *o, struct domain *d);
};

struct handle {
	/* reference; NULL: free; the reserved object: of the runtime, or without ops: taken */
	struct object *obj;
	const struct handle_ops *ops;
	u32 rights;
};

struct handle_table {
	struct irqlock lock;
	struct handle *slots;
	u32 size;		/* rows that slots has room for */
	u32 lowest;		/* no number below is free */
};

__must_check int handle_table_init(struct handle_table *t);
/* Closes every number. Nobody else uses the table any more. Thread context. */
void handle_table_destroy(struct handle_table *t, struct domain *d);
/*
 * Gives o (whose reference it takes over on success) the lowest free number. The number, or
 * -EMFILE, -ENOMEM.
 */
__must_check s64 handle_install(struct handle_table *t, struct object *o,
				const struct handle_ops *ops, u32 rights);
/* The same for the one reference of a new object: it is put if that fails. */
static inline s64 handle_install_new(struct handle_table *t, struct object *o,
				     const struct handle_ops *ops, u32 rights)
{
	s64 number = handle_install(t, o, ops, rights);

	if (number < 0) {
		object_put(o);
	}
	return number;
}
/* How objects end that are one allocation and begin with their struct object. */
static inline void object_kfree(struct object *o)
{
	kfree(o);
}
/* handle_get for a number that the table has a row for. */
__must_check int handle_get_row(struct handle_table *t, u64 number, struct handle *h);

/* Copies the row with a reference for the call: 0 or -EBADF. object_put(h->obj) when done. */
static inline __must_check int handle_get(struct handle_table *t, u64 number, struct handle *h)
{
	/* The size only grows. */
	return likely(number < READ_ONCE(t->size)) ? handle_get_row(t, number, h) : -EBADF;
}

__must_check int handle_close(struct handle_table *t, struct domain *d, u64 number);
/*
 * Makes `number` name what h names, with a reference and a close of what was there (a reservation
 * too: so the runtime duplicates to the lowest free number). The number, or -EBADF, -ENOMEM,
 * -EBUSY (taken by handle_take).
 */
__must_check s64 handle_set(struct handle_table *t, struct domain *d, u64 number,
			    const struct handle *h);
/*
 * Takes `number` (-1: the lowest free one) for the runtime. The number, or -EBUSY, -EBADF,
 * -EMFILE, -ENOMEM.
 */
__must_check s64 handle_reserve(struct handle_table *t, s64 number);
/* As handle_get, and also answers for reserved numbers (type CORBEL_H_RESERVED). */
__must_check int handle_get_any(struct handle_table *t, u64 number, struct handle *h);

/*
 * Takes the lowest free number for an object to come: until handle_fill nobody else can use, close
 * or replace it. The number, or -EMFILE, -ENOMEM.
 */
__must_check s64 handle_take(struct handle_table *t);
/* Makes a number of handle_take name what h names, with a reference; NULL: frees it. */
void handle_fill(struct handle_table *t, u64 number, const struct handle *h);

/* The operations with their answers for what a kind cannot do. */
s64 handle_read(const struct handle *h, struct domain *d, dva_t buf, u64 len);
s64 handle_pread(const struct handle *h, struct domain *d, dva_t buf, u64 len, u64 off);
s64 handle_write(const struct handle *h, struct domain *d, dva_t buf, u64 len);
s64 handle_ioctl(const struct handle *h, struct domain *d, u32 cmd, u64 arg);
s64 handle_truncate(const struct handle *h, u64 len);
struct backing *handle_mmap(const struct handle *h, u64 off, u64 len, u32 rights, bool shared,
			    int *err);
u32 handle_poll(const struct handle *h, struct waitq **wq);
u64 handle_length(const struct handle *h);
