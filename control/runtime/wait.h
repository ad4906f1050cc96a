/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for the runtime's own objects, alone or beside handles of the hypervisor. An object has a
 * key, one of 64 bits; a waiter stores the keys it waits for, looks at the objects, and sleeps in
 * the hypervisor's ppoll on an eventfd of its thread; who changes an object wakes the waiters of
 * its key. Two objects may have the same key: a waiter looks again when it wakes.
 */
#pragma once

#include <linux/poll.h>
#include <asm/poll.h>

#include "control/runtime/types.h"

#define POLL_MAX 4096 /* entries of one poll, and handles that one wait asks the hypervisor for */

struct file;

/* What a wait is for, beside its list. */
struct poll_set {
	struct pollfd *fds; /* handles to ask the hypervisor for */
	u16 *owner;	    /* of each: its place in the list, or POLL_NO_OWNER */
	u32 count;
	bool full;
	u64 keys;
	u64 deadline; /* ns of CLOCK_MONOTONIC, ~0: none; objects that change by time lower it */
};

#define POLL_NO_OWNER 0xffff

/* The lists of one thread, so large that they are not on its stack. */
struct wait_lists {
	struct pollfd list[POLL_MAX], fds[POLL_MAX];
	u16 owner[POLL_MAX], items[POLL_MAX];
};

/* The caller's lists, mapped at the first use; NULL: no memory. */
struct wait_lists *wait_lists(void);
/* From now on any wake counts. 0 or -errno (no handle for the thread's eventfd). */
long wait_begin(void);
/* After the look at the objects: only these keys count. */
void wait_narrow(u64 keys);
void wait_end(void);
/* The thread's eventfd, after wait_begin, and forgets that it was written. */
u32 wait_handle(void);
void wait_clear(void);
/* Wakes all threads that wait for one of the keys. No locks needed. */
void wait_wake(u64 keys);
/* f has changed in the directions of events: its waiters look again, EPOLLET counts it. */
void wait_changed(struct file *f, u32 events);

/* Asks the hypervisor for events of handle, too. */
void poll_set_add(struct poll_set *set, u32 handle, u32 events, u16 owner);
/*
 * One round over the list: sets revents, sleeps if nothing is ready. keys: further ones to wait
 * for, then the caller has called wait_begin. Returns how many are ready, 0 for "look again or time
 * out", -EINTR with a signal pending, -ENOMEM.
 */
long poll_round(struct wait_lists *w, u32 count, u64 keys, u64 deadline);
/* Waits until an object of the runtime's own has one of the events: 0, -EINTR or -ENOMEM. */
long poll_object(struct file *f, u32 events);
/* POLL* bits now of the file that `handle` names, of those in events; adds to *set as needed. */
u32 poll_now(struct file *f, u32 handle, u32 events, struct poll_set *set);
