/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot files. A shared or read-only mapping shows the module's own frames; a private writable one
 * gets a copy at once (there is no copy on write), which costs the domain's quota.
 */
#include "api/bootfile.h"

#include "api/domain.h"
#include "api/filled.h"
#include "core/string.h"
#include "mm/layout.h"

#define NAME_SIZE 48
#define STEP 65536ULL	/* bytes copied before others may run */

struct bootfile {
	struct object obj;	/* its first reference is never put */
	char name[NAME_SIZE];
	hpa_t start;
	u64 size;
	struct backing *backing;
};

static const struct object_type bootfile_type = {.name = "bootfile"};
static struct bootfile files[BOOTFILES_MAX];
static u32 file_count;

static struct bootfile *find(const char *name)
{
	for (u32 i = 0; i < file_count; i++) {
		if (strcmp(files[i].name, name) == 0) {
			return &files[i];
		}
	}
	return NULL;
}

int bootfile_register(const char *name, hpa_t hpa, u64 size)
{
	struct bootfile *f = &files[file_count];

	if (name[0] == 0 || strnlen(name, NAME_SIZE) == NAME_SIZE || strchr(name, '/') ||
	    !IS_ALIGNED(hpa.v, PAGE_SIZE)) {
		return -EINVAL;
	}
	if (find(name)) {
		return -EEXIST;
	}
	if (file_count == BOOTFILES_MAX) {
		return -ENOSPC;
	}
	f->backing = backing_bootfile(hpa, size);
	if (!f->backing) {
		return -ENOMEM;
	}
	object_init(&f->obj, &bootfile_type);
	strlcpy(f->name, name, sizeof(f->name));
	f->start = hpa;
	f->size = size;
	file_count++;
	return 0;
}

struct object *bootfile_open(const char *name)
{
	struct bootfile *f = find(name);

	if (!f) {
		return NULL;
	}
	object_get(&f->obj);
	return &f->obj;
}

const void *bootfile_data(struct object *o, u64 *size)
{
	const struct bootfile *f = container_of(o, struct bootfile, obj);

	*size = f->size;
	return hpa_to_ptr(f->start);
}

static s64 bootfile_pread(struct object *o, struct domain *d, dva_t buf, u64 len, u64 off)
{
	struct bootfile *f = container_of(o, struct bootfile, obj);
	const char *data = hpa_to_ptr(f->start);
	u64 done = 0;

	if (off >= f->size) {
		return 0;
	}
	len = MIN(len, f->size - off);
	while (done < len) {
		u64 n = MIN(len - done, STEP);
		int err = copy_to_domain(&d->as, DVA(buf.v + done), data + off + done, n);

		if (err) {
			return done ? (s64)done : err;
		}
		done += n;
		cond_resched();
	}
	return (s64)done;
}

static struct backing *bootfile_mmap(struct object *o, u64 off, u64 len, u32 rights, bool shared,
				     int *err)
{
	struct bootfile *f = container_of(o, struct bootfile, obj);
	struct aspace *as = &current_domain_thread()->domain->as;
	struct backing *copy;
	u64 end = MIN(off + len, f->size);

	if (!(rights & S2_W)) {
		backing_get(f->backing);
		return f->backing;
	}
	if (shared) {
		*err = -EACCES;
		return NULL;
	}
	copy = backing_anon(&as->quota, off + len);
	*err = copy ? 0 : -ENOMEM;
	if (copy && off < end) {
		*err = backing_fill(copy, off, (const char *)hpa_to_ptr(f->start) + off, end - off);
	}
	if (copy && *err) {
		backing_put(copy);
		copy = NULL;
	}
	return copy;
}

static u64 bootfile_length(struct object *o)
{
	return container_of(o, struct bootfile, obj)->size;
}

const struct handle_ops bootfile_ops = {
	.type = CORBEL_H_BOOTFILE, .pread = bootfile_pread, .mmap = bootfile_mmap,
	.length = bootfile_length
};
