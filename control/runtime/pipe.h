/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pipes: a channel in a memfd, and two eventfds that say whether a reader and a writer would wait.
 * The number of an end is one of these eventfds, so the hypervisor can wait for it; a child domain
 * gets all three. Used by the calls on handles, poll, and by the start and end of processes.
 */
#pragma once

#include "control/runtime/channel.h"
#include "control/runtime/file.h"
#include "control/runtime/types.h"

#define PIPES_MAX 256

/*
 * What a new domain has to know of a pipe: its three handles and the bits of its ends (-1:
 * none).
 */
struct pipe_gift {
	u32 pipe;
	s32 memfd, event[2];
	s32 bit[2];
};

/* read and write of an end. Linux's values; SIGPIPE is sent here. */
long pipe_read(u32 handle, u64 buffer, u64 len);
long pipe_write(u32 handle, u64 buffer, u64 len);
struct pipe;

/* The pipe behind an end's number, kept until pipe_drop; NULL: that number is no such end. */
struct pipe *pipe_hold(u32 handle, enum channel_end end, u32 *flags);
void pipe_drop(struct pipe *p);
/* One go, which never waits: bytes, 0 at the end, -EAGAIN, -EFAULT, -EPIPE. */
long pipe_take(const struct pipe *p, u64 buffer, u64 len);
long pipe_put(const struct pipe *p, u64 buffer, u64 len);
/* Waits until another go may do better: 0 or -EINTR. */
long pipe_wait(const struct pipe *p, enum channel_end end);
/* The POLL* bits of an end now, of those asked for and the ones that always count. */
u32 pipe_revents(const struct file *f, u32 events);
/* The last number of an end of this domain is closed. */
void pipe_end_closed(u32 pipe, enum channel_end end);
/* Bytes that can be read: FIONREAD. */
u32 pipe_readable(const struct file *f);
/*
 * Another domain will have that end: gift->bit[end] is its bit; the pipe stays until
 * pipe_take_back. 0 or -ENFILE.
 */
long pipe_give(u32 pipe, enum channel_end end, struct pipe_gift *gift);
/* The other domain is gone, whether it has closed the end or not. */
void pipe_take_back(u32 pipe, enum channel_end end, int bit);
/*
 * A row for a pipe whose handles, hidden ones, are set: its number, or -errno and they are closed.
 */
long pipe_install(const struct pipe_gift *gift);
/* The channel of a pipe that somebody holds. */
struct channel *pipe_channel(u32 pipe);
/* Makes the number, an event of the pipe, its end. 0 or -ENFILE. flags: O_*. */
long pipe_adopt_end(u32 handle, u32 pipe, enum channel_end end, u32 flags);
/* Makes a pipe: two numbers. flags: O_NONBLOCK, O_CLOEXEC. 0 or -errno. */
long pipe_create(u32 numbers[2], u32 flags);
