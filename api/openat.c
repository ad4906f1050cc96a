/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * openat: the fixed table of names. Directories cannot be opened and nothing can be made, so
 * every other path is -ENOENT. Close-on-exec and file offsets are the runtime's.
 */
#include "api/bootfile.h"
#include "api/calls.h"
#include "api/console_handle.h"
#include "api/domain.h"
#include "api/kvm.h"
#include "api/linux.h"
#include "api/text.h"
#include "core/string.h"

#define NAME_MAX_BYTES 256

/* What a name opens to; obj carries a reference. */
struct opened {
	struct object *obj;
	const struct handle_ops *ops;
};

typedef int (*open_fn)(struct domain *d, const char *rest, u32 flags, struct opened *o);

static bool wants_write(u32 flags)
{
	return (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC);
}

static int open_kvm(struct domain *d __unused, const char *rest __unused, u32 flags __unused,
		    struct opened *o)
{
	o->obj = kvm_system_object();
	o->ops = &kvm_system_ops;
	return o->obj ? 0 : -ENOMEM;
}

static int open_console(struct domain *d, const char *rest __unused, u32 flags, struct opened *o)
{
	if (!d->privileged) {
		return -EACCES;
	}
	o->obj = console_open(flags & O_NONBLOCK);
	o->ops = &console_ops;
	return o->obj ? 0 : -ENOMEM;
}

static int open_bootfile(struct domain *d __unused, const char *rest, u32 flags, struct opened *o)
{
	o->obj = bootfile_open(rest);
	o->ops = &bootfile_ops;
	if (o->obj && wants_write(flags)) {
		object_put(o->obj);
		return -EROFS;
	}
	return o->obj ? 0 : -ENOENT;
}

static int open_text(struct domain *d __unused, const char *rest, u32 flags, struct opened *o)
{
	int err = text_exists(rest) ? 0 : -ENOENT;

	if (!err && wants_write(flags)) {
		err = -EACCES;
	}
	o->ops = &text_ops;
	return err ? err : text_open(rest, &o->obj);
}

/* prefix: names below it; else the exact name. */
static const struct {
	const char *path;
	bool prefix;
	open_fn open;
} names[] = {
	{"/dev/kvm", false, open_kvm},
	{"/dev/console", false, open_console},
	{"/boot/", true, open_bootfile},
	{"/sys/corbel/", true, open_text},
};

static int open_name(struct domain *d, const char *path, u32 flags, struct opened *o)
{
	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		size_t len = strlen(names[i].path);
		bool match = names[i].prefix ? strncmp(path, names[i].path, len) == 0 :
					       strcmp(path, names[i].path) == 0;

		if (match) {
			return names[i].open(d, path + len, flags, o);
		}
	}
	return -ENOENT;
}

static u32 rights_of(u32 flags)
{
	switch (flags & O_ACCMODE) {
	case O_RDONLY: return RIGHT_READ;
	case O_WRONLY: return RIGHT_WRITE;
	default: return RIGHT_READ | RIGHT_WRITE;
	}
}

s64 call_openat(struct domain_thread *t, const struct call_args *args)
{
	char path[NAME_MAX_BYTES];
	struct opened o = {0};
	u32 flags = (u32)args->rdx;
	s64 ret = call_string_in(path, sizeof(path), args->rsi);

	if (ret < 0) {
		return ret;
	}
	if ((flags & O_ACCMODE) == O_ACCMODE) {
		return -EINVAL;
	}
	ret = open_name(t->domain, path, flags & ~(u32)(O_CREAT | O_EXCL), &o);
	if (ret < 0) {
		/* Where no such file is, none can be made. */
		return ret == -ENOENT && (flags & O_CREAT) ? -EROFS : ret;
	}
	if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL)) {
		ret = -EEXIST;
	} else if (flags & O_DIRECTORY) {
		ret = -ENOTDIR;
	} else {
		ret = handle_install(&t->domain->handles, o.obj, o.ops, rights_of(flags));
	}
	if (ret < 0) {
		object_put(o.obj);
	}
	return ret;
}
