/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * epoll inside the domain: the lists of what is watched (epoll.c) and the wait (epoll_wait.c). One
 * lock for all lists; under it come the locks of pipes and timers, never another way round.
 */
#pragma once

#include "control/runtime/lock.h"
#include "control/runtime/types.h"
#include "control/runtime/wait.h"

#define EPOLL_ITEMS 4096

struct file;

struct epoll_item {
	u16 next; /* in its epoll's list, or of the free ones; 0: last */
	bool disabled; /* EPOLLONESHOT has been served */
	struct epoll *epoll; /* NULL: free */
	struct file *file;
	u32 handle; /* by which it was added */
	u32 events; /* as given to epoll_ctl */
	u32 reported; /* EPOLLET: not to be reported before the next edge */
	u64 data;
};

struct epoll {
	bool used;
	u16 first, last; /* items */
	u64 key;
};

extern struct lock epoll_lock;
extern struct epoll_item epoll_items[EPOLL_ITEMS];

/* f was used last: it is watched no more. */
void epoll_forget(struct file *f);
/* f has changed in the directions of events: EPOLLET items report them again. */
void epoll_edge(struct file *f, u32 events);
/* The epoll of f, or NULL if f is something else. */
struct epoll *epoll_of(const struct file *f);
/* Bits now of an item's file among events. epoll_lock held. */
u32 epoll_item_bits(const struct epoll_item *item, u32 events, struct poll_set *set);
/* The events that an item waits for. */
u32 epoll_item_wants(const struct epoll_item *item);
