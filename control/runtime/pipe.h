/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pipes: a channel in a memfd, and two eventfds that say whether a reader and a writer would wait.
 * Behind the number of an end stands one of these eventfds; a child domain gets all three. pipe.c
 * keeps the table, pipe_file.c makes an end a file, pipe_create.c is pipe and pipe2. Used by them
 * and by the start and end of processes.
 */
#pragma once

#include "control/runtime/channel.h"
#include "control/runtime/file.h"
#include "control/runtime/types.h"

#define PIPES_MAX 256

struct pipe {
	struct channel *channel; /* NULL: free */
	u32 users;		 /* ends of this domain and of children; under the table's lock */
	s32 memfd, event[2];	 /* hidden handles; event[READ]: data, event[WRITE]: full */
	s32 bit[2];		 /* of this domain's ends, -1: closed */
	struct file *file[2];	 /* the same ends, NULL: closed */
};

/* What a new domain has to know: the three handles and the bits of its ends (-1: none). */
struct pipe_gift {
	struct pipe *pipe;
	s32 memfd, event[2];
	s32 bit[2];
};

/* An end in another domain. */
struct pipe_share {
	struct pipe *pipe;
	enum channel_end end;
	s32 bit;
};

/*
 * A pipe whose handles, hidden ones, are set, with the ends whose bits are. NULL: *error, and the
 * handles are closed.
 */
struct pipe *pipe_install(const struct pipe_gift *gift, long *error);
/*
 * Another domain will have that end: fills *gift, gift->bit[end] is its bit; the pipe stays until
 * pipe_take_back. 0 or -ENFILE.
 */
long pipe_give(struct pipe *p, enum channel_end end, struct pipe_gift *gift);
/* The other domain is gone, whether it has closed the end or not. */
void pipe_take_back(const struct pipe_share *share);
/* This domain has closed its end. */
void pipe_close(struct pipe *p, enum channel_end end);
/* Takes the lock of p's channel, from a child that has died with it too. */
void pipe_lock(const struct pipe *p);
/* Makes the events say what is true. Channel's lock held. force: whatever they said before. */
void pipe_show(const struct pipe *p, bool force);

/* Makes the number, which is an event of the pipe, its end. 0 or -EMFILE. flags: O_*. */
long pipe_attach(u32 handle, struct pipe *p, enum channel_end end, u32 flags);
/* The pipe of which f is an end, or NULL. */
struct pipe *pipe_of(const struct file *f, enum channel_end *end);

/* Makes a pipe: two numbers. flags: O_NONBLOCK, O_CLOEXEC. 0 or -errno. */
long pipe_create(u32 numbers[2], u32 flags);
