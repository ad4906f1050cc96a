/* SPDX-License-Identifier: BSD-2-Clause */
/* What a handle or a name is, in the words of stat; there are no directories. */
#include "control/runtime/calls.h"

#include <asm/stat.h>
#include <linux/fcntl.h>
#include <linux/stat.h>

#include "control/runtime/domain.h"
#include "control/runtime/file.h"
#include "control/runtime/hypercall.h"
#include "control/runtime/user.h"

#define DEVICE(major, minor) ((major) << 8 | (minor))
#define BLOCK 512
#define PATH_LONGEST 256

static void describe(const struct file *f, u64 number, struct stat *st)
{
	*st = (struct stat){ .st_dev = 1, .st_ino = number + 1, .st_nlink = 1, .st_blksize = PAGE };
	switch (f->type) {
	case CORBEL_H_BOOTFILE:
	case CORBEL_H_TEXT:
		st->st_mode = S_IFREG | 0444;
		break;
	case CORBEL_H_MEMFD:
		st->st_mode = S_IFREG | 0777;
		break;
	case CORBEL_H_CONSOLE:
		st->st_mode = S_IFCHR | 0620;
		st->st_rdev = DEVICE(5, 1);
		break;
	case CORBEL_H_KVM:
		st->st_mode = S_IFCHR | 0660;
		st->st_rdev = DEVICE(10, 232);
		break;
	default:
		st->st_mode = f->ops ? f->ops->mode : 0600;
	}
	if (file_has_offset(f)) {
		st->st_size = (s64)f->length;
		st->st_blocks = (s64)((f->length + BLOCK - 1) / BLOCK);
	}
}

static long stat_handle(u32 handle, u64 out)
{
	struct file *f = file_get(handle);
	struct stat st;

	if (!f) {
		return -EBADF;
	}
	file_length(handle, f);
	describe(f, handle, &st);
	file_put(f);
	return copy_out(out, &st, sizeof(st));
}

static long stat_name(u64 directory, u64 name, u64 out)
{
	long handle, result;

	numbers_take();
	handle = result = call_plain(__NR_openat, directory, name, O_RDONLY);
	if (handle >= 0) {
		result = stat_handle((u32)handle, out);
		file_close_held((u32)handle);
	}
	numbers_drop();
	return result;
}

long sys_fstat(struct regs *r)
{
	return stat_handle((u32)r->rdi, r->rsi);
}

long sys_newfstatat(struct regs *r)
{
	char first;

	if (r->r10 & AT_EMPTY_PATH) {
		if (r->rsi && copy_in(&first, r->rsi, 1)) {
			return -EFAULT;
		}
		if (!r->rsi || !first) {
			return stat_handle((u32)r->rdi, r->rdx);
		}
	}
	return stat_name(r->rdi, r->rsi, r->rdx);
}

long sys_stat(struct regs *r)
{
	return stat_name((u64)AT_FDCWD, r->rdi, r->rsi);
}

long sys_lstat(struct regs *r) __attribute__((alias("sys_stat")));

static long can_open(u64 directory, u64 name, u64 wanted)
{
	long handle;

	numbers_take();
	handle = call_plain(__NR_openat, directory, name, wanted & 2 ? O_RDWR : O_RDONLY);
	if (handle >= 0) {
		file_close_held((u32)handle);
	}
	numbers_drop();
	return handle < 0 ? handle : 0;
}

long sys_access(struct regs *r)
{
	return can_open((u64)AT_FDCWD, r->rdi, r->rsi);
}

long sys_faccessat(struct regs *r)
{
	return can_open(r->rdi, r->rsi, r->rdx);
}

long sys_faccessat2(struct regs *r) __attribute__((alias("sys_faccessat")));

/* The one link there is: the program itself. */
static long read_link(u64 name, u64 out, u64 size)
{
	static const char self[] = "/proc/self/exe";
	char path[PATH_LONGEST];
	long len = copy_in_string(path, name, sizeof(path));

	if (len < 0) {
		return len;
	}
	if ((s64)size <= 0) {
		return -EINVAL;
	}
	if (len != sizeof(self) - 1 || memcmp(path, self, sizeof(self))) {
		return -ENOENT;
	}
	len = (long)strlen(domain.exec_name);
	len = (u64)len < size ? len : (long)size;
	return copy_out(out, domain.exec_name, (u64)len) ? -EFAULT : len;
}

long sys_readlink(struct regs *r)
{
	return read_link(r->rdi, r->rsi, r->rdx);
}

long sys_readlinkat(struct regs *r)
{
	return read_link(r->rsi, r->rdx, r->r10);
}

long sys_getcwd(struct regs *r)
{
	return r->rsi < 2 ? -ERANGE : copy_out(r->rdi, "/", 2) ? -EFAULT : 2;
}
