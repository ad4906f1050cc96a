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
#include "control/runtime/kvm_mask.h"
#include "control/runtime/lock.h"

#define FILES_MAX SYSCALL_HANDLES

u64 direct_read[SYSCALL_HANDLES / 64], direct_write[SYSCALL_HANDLES / 64];
static u64 cloexec[SYSCALL_HANDLES / 64];
static u16 file_index[SYSCALL_HANDLES]; /* record's number + 1; 0: not known */
static struct file files[FILES_MAX];
static struct lock numbers_lock, files_lock;

void numbers_take(void)
{
	lock_take(&numbers_lock);
}

void numbers_drop(void)
{
	lock_drop(&numbers_lock);
}

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

void file_get_all(struct file **all, u64 *close_on_exec)
{
	lock_take(&files_lock);
	for (u32 handle = 0; handle < SYSCALL_HIDDEN; handle++) {
		all[handle] = file_known(handle);
		if (all[handle]) {
			all[handle]->users++;
		}
	}
	memcpy(close_on_exec, cloexec, SYSCALL_HIDDEN / 8);
	lock_drop(&files_lock);
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
	struct file *f = NULL;
	long handle;

	numbers_take();
	lock_take(&files_lock);
	handle = call_own(CORBEL_HANDLE_RESERVE, -1);
	if (handle >= 0 && handle < SYSCALL_HIDDEN) {
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
	if (handle >= 0 && !f) {
		call_own(__NR_close, handle);
		handle = -EMFILE;
	}
	numbers_drop();
	return handle;
}

long file_opened(long handle, u32 flags, bool native)
{
	struct file *f = NULL;

	if (handle < 0) {
		return handle;
	}
	lock_take(&files_lock);
	if (handle < SYSCALL_HIDDEN) {
		f = find_locked((u32)handle);
	}
	if (f) {
		f->flags = flags & ~(u32)O_CLOEXEC;
		f->native_nonblock = native;
		update_direct((u32)handle);
		set_bit(cloexec, (u64)handle, flags & O_CLOEXEC);
	}
	lock_drop(&files_lock);
	if (!f) { /* no number or no record is left for the program */
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

/* The number has no record any more; the one that it had is to be put. Lock held. */
static struct file *detach(u32 handle)
{
	struct file *f = file_known(handle);

	if (f) {
		f->refs--;
		f->users++;
		file_index[handle] = 0;
	}
	set_bit(cloexec, handle, false);
	update_direct(handle);
	return f;
}

/* As detach, and `copy` names f. */
static struct file *share(u32 copy, struct file *f)
{
	struct file *old = detach(copy);

	f->refs++;
	file_index[copy] = (u16)(f - files + 1);
	update_direct(copy);
	return old;
}

void file_share(u32 copy, struct file *f)
{
	struct file *old;

	lock_take(&files_lock);
	old = share(copy, f);
	lock_drop(&files_lock);
	if (old) {
		file_put(old);
	}
}

/* Record, flags and handle in one step. The record that is to be put, or NULL. Numbers taken. */
static struct file *close_number(u32 handle, long *error)
{
	struct file *f = NULL;

	lock_take(&files_lock);
	if (handle < SYSCALL_HIDDEN) {
		f = detach(handle);
		kvm_mask_forget(handle);
	}
	*error = call_own(__NR_close, handle);
	lock_drop(&files_lock);
	return f;
}

long file_close_held(u32 handle)
{
	long error;
	struct file *f = close_number(handle, &error);

	if (f) {
		file_put(f);
	}
	return error;
}

long file_close(u32 handle)
{
	struct file *f;
	long error;

	numbers_take();
	f = close_number(handle, &error);
	numbers_drop();
	if (f) {
		file_put(f);
	}
	return error;
}

/* Makes `to` a number of the runtime's own, whatever it names now. 0 or -errno. */
static long reserve(u32 to)
{
	struct corbel_handle_info info = {.size = sizeof(info)};
	long number;

	while ((number = call_own(CORBEL_HANDLE_RESERVE, to)) == -EBUSY) {
		if (!call_own(CORBEL_HANDLE_INFO, to, &info) && info.type == CORBEL_H_RESERVED) {
			return 0;
		}
		call_own(__NR_close, to);
	}
	return number < 0 ? number : 0;
}

long file_duplicate(struct file *f, u32 from, u32 to, u32 flags)
{
	struct file *old = NULL;
	long error;

	lock_take(&files_lock);
	/* What goes straight out meanwhile must not meet the new object. */
	set_bit(direct_read, to, false);
	set_bit(direct_write, to, false);
	error = f->type == CORBEL_H_RESERVED ? reserve(to) : call_own(__NR_dup3, from, to, 0);
	if (error >= 0) {
		old = share(to, f);
		kvm_mask_copy(from, to);
		set_bit(cloexec, to, flags & O_CLOEXEC);
	} else {
		update_direct(to);
	}
	lock_drop(&files_lock);
	if (old) {
		file_put(old);
	}
	return error < 0 ? error : to;
}

bool file_cloexec(u32 handle)
{
	return cloexec[handle / 64] & BIT(handle % 64);
}

void file_set_cloexec(u32 handle, bool on)
{
	lock_take(&files_lock);
	if (file_known(handle)) { /* or another thread has closed it */
		set_bit(cloexec, handle, on);
	}
	lock_drop(&files_lock);
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
