/* SPDX-License-Identifier: BSD-2-Clause */
/* The records of handles and the bits by which entry.S sends reads and writes straight out. */
#include "control/runtime/file.h"

#include <linux/fcntl.h>
#include <linux/poll.h>
#include <asm/poll.h>

#include "control/runtime/clock.h"
#include "control/runtime/console.h"
#include "control/runtime/hypercall.h"
#include "control/runtime/lock.h"
#include "control/runtime/pipe.h"

#define FILES_MAX 1024

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

static void update_direct(u32 handle)
{
	const struct file *f = file_index[handle] ? &files[file_index[handle] - 1] : NULL;
	bool plain = f && !file_has_offset(f) && (f->native_nonblock || !(f->flags & O_NONBLOCK));
	bool console = f && f->type == CORBEL_H_CONSOLE;

	plain = plain && f->type != FILE_PIPE;
	set_bit(direct_read, handle, plain && (!console || console_reads_raw()));
	set_bit(direct_write, handle, plain && (!console || console_writes_raw()));
}

static struct file *new_file(u32 handle, const struct corbel_handle_info *info)
{
	for (u32 i = 0; i < FILES_MAX; i++) {
		if (!files[i].refs) {
			files[i] = (struct file){.refs = 1,
						 .type = info->type,
						 .length = info->length,
						 .flags = O_RDWR};
			file_index[handle] = (u16)(i + 1);
			update_direct(handle);
			return &files[i];
		}
	}
	return NULL;
}

struct file *file_of(u32 handle)
{
	struct corbel_handle_info info = {.size = sizeof(info)};
	struct file *f = NULL;

	if (handle >= SYSCALL_HIDDEN) {
		return NULL;
	}
	lock_take(&files_lock);
	if (file_index[handle]) {
		f = &files[file_index[handle] - 1];
	} else if (!call_own(CORBEL_HANDLE_INFO, handle, &info)) {
		f = new_file(handle, &info);
	}
	lock_drop(&files_lock);
	return f;
}

u64 file_length(u32 handle, struct file *f)
{
	struct corbel_handle_info info = {.size = sizeof(info)};

	if (f->type == CORBEL_H_MEMFD && !call_own(CORBEL_HANDLE_INFO, handle, &info)) {
		f->length = info.length;
	}
	return f->length;
}

struct file *file_known(u32 handle)
{
	return handle < SYSCALL_HIDDEN && file_index[handle] ? &files[file_index[handle] - 1]
							     : NULL;
}

void file_forget(u32 handle)
{
	struct file last = {0};

	if (handle >= SYSCALL_HIDDEN) {
		return;
	}
	lock_take(&files_lock);
	if (file_index[handle]) {
		struct file *f = &files[file_index[handle] - 1];

		if (--f->refs == 0) {
			last = *f;
		}
		file_index[handle] = 0;
	}
	set_bit(cloexec, handle, false);
	update_direct(handle);
	lock_drop(&files_lock);
	if (last.type == FILE_PIPE) {
		pipe_end_closed(last.pipe, last.pipe_end);
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
	for (u32 handle = 0; handle < SYSCALL_HANDLES; handle++) {
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
