/* SPDX-License-Identifier: BSD-2-Clause */
/* The records of handles and the bits by which entry.S sends reads and writes straight out. */
#include "control/runtime/file.h"

#include <linux/fcntl.h>
#include <linux/poll.h>
#include <asm/poll.h>

#include "control/runtime/clock.h"
#include "control/runtime/console.h"
#include "control/runtime/epoll.h"
#include "control/runtime/hypercall.h"
#include "control/runtime/lock.h"

#define FILES_MAX SYSCALL_HANDLES

u64 direct_read[SYSCALL_HANDLES / 64], direct_write[SYSCALL_HANDLES / 64];
static u64 cloexec[SYSCALL_HANDLES / 64];
static u16 file_index[SYSCALL_HANDLES]; /* record's number + 1; 0: not known */
static struct file files[FILES_MAX];
static struct lock files_lock;

static void set_bit(u64 *map, u64 bit, bool on)
{
	if (on) {
		__atomic_fetch_or(&map[bit / 64], BIT(bit % 64), __ATOMIC_RELEASE);
	} else {
		__atomic_fetch_and(&map[bit / 64], ~BIT(bit % 64), __ATOMIC_RELEASE);
	}
}

/* No way past the runtime for its own objects, nor where an epoll waits for the next edge. */
static void update_direct(u32 handle)
{
	const struct file *f = file_index[handle] ? &files[file_index[handle] - 1] : NULL;
	bool plain = f && !f->ops && !f->edges && !file_has_offset(f) &&
		     (f->native_nonblock || !(f->flags & O_NONBLOCK));
	bool console = f && f->type == CORBEL_H_CONSOLE;

	set_bit(direct_read, handle, plain && (!console || console_reads_raw()));
	set_bit(direct_write, handle, plain && (!console || console_writes_raw()));
}

static struct file *new_file(u32 handle, const struct corbel_handle_info *info)
{
	for (u32 i = 0; i < FILES_MAX; i++) {
		if (!files[i].refs && !files[i].users) {
			files[i] = (struct file){.refs = 1,
						 .type = info->type,
						 .length = info->length,
						 .flags = O_RDWR,
						 .key = BIT(i % 64)};
			file_index[handle] = (u16)(i + 1);
			update_direct(handle);
			return &files[i];
		}
	}
	return NULL;
}

static struct file *find_locked(u32 handle)
{
	struct corbel_handle_info info = {.size = sizeof(info)};

	if (file_index[handle]) {
		return &files[file_index[handle] - 1];
	}
	/* A reserved number without a record is nobody's business. */
	if (call_own(CORBEL_HANDLE_INFO, handle, &info) || info.type == CORBEL_H_RESERVED) {
		return NULL;
	}
	return new_file(handle, &info);
}

struct file *file_of(u32 handle)
{
	struct file *f;

	if (handle >= SYSCALL_HIDDEN) {
		return NULL;
	}
	lock_take(&files_lock);
	f = find_locked(handle);
	lock_drop(&files_lock);
	return f;
}

struct file *file_get(u32 handle)
{
	struct file *f;

	if (handle >= SYSCALL_HIDDEN) {
		return NULL;
	}
	lock_take(&files_lock);
	f = find_locked(handle);
	if (f) {
		f->users++;
	}
	lock_drop(&files_lock);
	return f;
}

struct file *file_known(u32 handle)
{
	return handle < SYSCALL_HIDDEN && file_index[handle] ? &files[file_index[handle] - 1]
							     : NULL;
}

u64 file_length(u32 handle, struct file *f)
{
	struct corbel_handle_info info = {.size = sizeof(info)};

	if (f->type == CORBEL_H_MEMFD && !call_own(CORBEL_HANDLE_INFO, handle, &info)) {
		f->length = info.length;
	}
	return f->length;
}

void file_put(struct file *f)
{
	bool last;

	lock_take(&files_lock);
	last = !f->refs && f->users == 1;
	if (!last) {
		f->users--;
	}
	lock_drop(&files_lock);
	if (!last) {
		return;
	}
	/* No number leads to f any more, so nobody else comes; the use that is left keeps it. */
	epoll_forget(f);
	if (f->ops) {
		f->ops->release(f);
	}
	lock_take(&files_lock);
	f->users = 0;
	lock_drop(&files_lock);
}

long file_install(const struct file_ops *ops, void *object, u32 flags, u64 key)
{
	struct corbel_handle_info info = {.type = CORBEL_H_RESERVED};
	long handle = call_own(CORBEL_HANDLE_RESERVE, -1);
	struct file *f = NULL;

	if (handle < 0) {
		return handle;
	}
	lock_take(&files_lock);
	if (handle < SYSCALL_HIDDEN) {
		f = new_file((u32)handle, &info);
	}
	if (f) {
		f->ops = ops;
		f->object = object;
		f->flags = flags & ~(u32)O_CLOEXEC;
		f->key = key;
		update_direct((u32)handle);
		set_bit(cloexec, (u64)handle, flags & O_CLOEXEC);
	}
	lock_drop(&files_lock);
	if (!f) {
		call_own(__NR_close, handle);
		return -EMFILE;
	}
	return handle;
}

struct file *file_attach(u32 handle, const struct file_ops *ops, void *object, u32 flags)
{
	struct file *f = file_of(handle);

	if (f) {
		lock_take(&files_lock);
		f->ops = ops;
		f->object = object;
		f->flags = flags & ~(u32)O_CLOEXEC;
		update_direct(handle);
		set_bit(cloexec, handle, flags & O_CLOEXEC);
		lock_drop(&files_lock);
	}
	return f;
}

s32 file_number(const struct file *f, u32 hint)
{
	u16 index = (u16)(f - files + 1);
	s32 found = -1;

	lock_take(&files_lock);
	if (file_index[hint] == index) {
		found = (s32)hint;
	}
	for (u32 handle = 0; found < 0 && f->refs && handle < SYSCALL_HIDDEN; handle++) {
		if (file_index[handle] == index) {
			found = (s32)handle;
		}
	}
	lock_drop(&files_lock);
	return found;
}

void file_forget(u32 handle)
{
	struct file *f = NULL;

	if (handle >= SYSCALL_HIDDEN) {
		return;
	}
	lock_take(&files_lock);
	if (file_index[handle]) {
		f = &files[file_index[handle] - 1];
		f->refs--;
		f->users++;
		file_index[handle] = 0;
	}
	set_bit(cloexec, handle, false);
	update_direct(handle);
	lock_drop(&files_lock);
	if (f) {
		file_put(f);
	}
}

void file_share(u32 copy, struct file *f)
{
	lock_take(&files_lock);
	f->refs++;
	file_index[copy] = (u16)(f - files + 1);
	update_direct(copy);
	lock_drop(&files_lock);
}

bool file_cloexec(u32 handle)
{
	return cloexec[handle / 64] & BIT(handle % 64);
}

void file_set_cloexec(u32 handle, bool on)
{
	set_bit(cloexec, handle, on);
}

void file_update_direct(void)
{
	lock_take(&files_lock);
	for (u32 handle = 0; handle < SYSCALL_HIDDEN; handle++) {
		if (file_index[handle]) {
			update_direct(handle);
		}
	}
	lock_drop(&files_lock);
}

long file_wait(u32 handle, u32 events, u64 deadline)
{
	struct pollfd p = {.fd = (int)handle, .events = (short)events};
	struct __kernel_timespec left = clock_left(deadline);
	long n = call_own(__NR_ppoll, &p, 1, deadline == ~0ull ? 0 : (u64)&left, 0, 8);

	return n <= 0 ? n : p.revents;
}
