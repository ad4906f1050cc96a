/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * epoll's lists: epoll_create, epoll_ctl, and an epoll as a file that others watch. EPOLLET is kept
 * by noting what was reported; an edge (a write, a read, or not being ready for a moment) clears
 * the note.
 */
#include "control/runtime/epoll.h"

#include <linux/eventpoll.h>
#include <linux/fcntl.h>

#include "control/runtime/calls.h"
#include "control/runtime/file.h"
#include "control/runtime/hypercall.h"
#include "control/runtime/user.h"

#define EPOLLS_MAX 128
#define DEPTH_MAX 5
#define FLAGS (EPOLLET | EPOLLONESHOT | EPOLLWAKEUP | EPOLLEXCLUSIVE)
#define WITH_EXCLUSIVE                                                                             \
	(EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE)

struct lock epoll_lock;
struct epoll_item epoll_items[EPOLL_ITEMS]; /* 0 is never used */
static struct epoll epolls[EPOLLS_MAX];
static u16 free_item;		/* list of items given back */
static u32 items_used = 1;	/* items that have ever been used */

static const struct file_ops epoll_ops;

struct epoll *epoll_of(const struct file *f)
{
	return f->ops == &epoll_ops ? f->object : NULL;
}

u32 epoll_item_wants(const struct epoll_item *item)
{
	return item->disabled ? 0 : (item->events & ~(u32)FLAGS) | POLLERR | POLLHUP;
}

/* Ready items of e; they may be epolls themselves. Lock held; ctl has bounded the depth. */
static u32 ready_locked(struct epoll *e, struct poll_set *set)
{
	u32 bits = 0;

	for (u16 i = e->first; i; i = epoll_items[i].next) {
		struct epoll_item *item = &epoll_items[i];
		u32 wants = epoll_item_wants(item) & ~item->reported;

		if (set) {
			set->keys |= item->file->key;
		}
		if (wants && epoll_item_bits(item, wants, set)) {
			bits = POLLIN;
		}
	}
	return bits;
}

u32 epoll_item_bits(const struct epoll_item *item, u32 events, struct poll_set *set)
{
	struct epoll *inner = epoll_of(item->file);
	s32 handle;

	if (inner) {
		return ready_locked(inner, set) & events;
	}
	if (item->file->ops) {
		return poll_now(item->file, item->handle, events, set);
	}
	handle = file_number(item->file, item->handle);
	return handle < 0 ? 0 : poll_now(item->file, (u32)handle, events, set);
}

static u32 epoll_poll(struct file *f, struct poll_set *set)
{
	u32 bits;

	lock_take(&epoll_lock);
	bits = ready_locked(f->object, set);
	lock_drop(&epoll_lock);
	return bits;
}

/* Takes the item out that *link names. Lock held. True: its file may go straight out again. */
static bool remove_item(struct epoll *e, u16 before, u16 i)
{
	struct epoll_item *item = &epoll_items[i];
	struct file *f = item->file;
	bool edge = item->events & EPOLLET;

	*(before ? &epoll_items[before].next : &e->first) = item->next;
	if (e->last == i) {
		e->last = before;
	}
	f->watchers--;
	if (edge) {
		__atomic_fetch_sub(&f->edges, 1, __ATOMIC_SEQ_CST);
	}
	*item = (struct epoll_item){.next = free_item};
	free_item = i;
	return edge;
}

static void epoll_release(struct file *f)
{
	struct epoll *e = f->object;
	bool edge = false;

	lock_take(&epoll_lock);
	while (e->first) {
		edge |= remove_item(e, 0, e->first);
	}
	e->used = false;
	lock_drop(&epoll_lock);
	if (edge) {
		file_update_direct();
	}
}

static const struct file_ops epoll_ops = {
	.mode = 0600,
	.poll = epoll_poll,
	.release = epoll_release,
};

void epoll_forget(struct file *f)
{
	lock_take(&epoll_lock);
	for (u32 n = 0; f->watchers && n < EPOLLS_MAX; n++) {
		u16 before = 0, next;

		for (u16 i = epolls[n].first; i; i = next) {
			next = epoll_items[i].next;
			if (epoll_items[i].file == f) {
				remove_item(&epolls[n], before, i);
			} else {
				before = i;
			}
		}
	}
	lock_drop(&epoll_lock);
}

void epoll_edge(struct file *f, u32 events)
{
	lock_take(&epoll_lock);
	for (u32 i = 1; i < items_used; i++) {
		struct epoll_item *item = &epoll_items[i];

		if (item->epoll && item->file == f && (item->events & EPOLLET)) {
			item->reported &= ~events;
			if (item->reported) {
				item->reported &= epoll_item_bits(item, item->reported, NULL);
			}
		}
	}
	lock_drop(&epoll_lock);
}

static long create(u32 flags)
{
	struct epoll *e = NULL;
	long number;

	lock_take(&epoll_lock);
	for (u32 i = 0; !e && i < EPOLLS_MAX; i++) {
		if (!epolls[i].used) {
			e = &epolls[i];
			*e = (struct epoll){.used = true, .key = BIT(63 - i % 64)};
		}
	}
	lock_drop(&epoll_lock);
	if (!e) {
		return -ENFILE;
	}
	number = file_install(&epoll_ops, e, O_RDWR | flags, e->key);
	if (number < 0) {
		e->used = false;
	}
	return number;
}

long sys_epoll_create(struct regs *r)
{
	return (s32)r->rdi <= 0 ? -EINVAL : create(0);
}

long sys_epoll_create1(struct regs *r)
{
	return (u32)r->rdi & ~(u32)O_CLOEXEC ? -EINVAL : create((u32)r->rdi);
}

/* How deep epolls are nested in e, or more than DEPTH_MAX; also if `outer` is among them. */
static u32 depth(const struct epoll *e, const struct epoll *outer, u32 level)
{
	u32 deepest = level;

	if (e == outer || level > DEPTH_MAX) {
		return DEPTH_MAX + 1;
	}
	for (u16 i = e->first; i; i = epoll_items[i].next) {
		const struct epoll *inner = epoll_of(epoll_items[i].file);
		u32 below = inner ? depth(inner, outer, level + 1) : level;

		deepest = below > deepest ? below : deepest;
	}
	return deepest;
}

/* How many epolls are above e, e itself included. */
static u32 height(const struct epoll *e, u32 level)
{
	u32 highest = level;

	for (u32 i = 1; i < items_used && level <= DEPTH_MAX; i++) {
		const struct epoll_item *item = &epoll_items[i];

		if (item->epoll && epoll_of(item->file) == e) {
			u32 above = height(item->epoll, level + 1);

			highest = above > highest ? above : highest;
		}
	}
	return highest;
}

static long add(struct epoll *e, struct file *f, u32 handle, const struct epoll_event *event)
{
	const struct epoll *inner = epoll_of(f);
	u16 i = free_item;

	if (inner && depth(inner, e, 1) + height(e, 1) > DEPTH_MAX) {
		return -ELOOP;
	}
	if (i) {
		free_item = epoll_items[i].next;
	} else if (items_used < EPOLL_ITEMS) {
		i = (u16)items_used++;
	} else {
		return -ENOSPC;
	}
	epoll_items[i] = (struct epoll_item){.epoll = e,
					     .file = f,
					     .handle = handle,
					     .events = event->events,
					     .data = event->data};
	*(e->last ? &epoll_items[e->last].next : &e->first) = i;
	e->last = i;
	f->watchers++;
	return 0;
}

static long change(struct epoll_item *item, const struct epoll_event *event)
{
	if ((item->events | event->events) & EPOLLEXCLUSIVE) {
		return -EINVAL;
	}
	item->events = event->events;
	item->data = event->data;
	item->disabled = false;
	item->reported = 0;
	return 0;
}

/* The list work of epoll_ctl. Lock held. */
static long control(struct epoll *e, u32 op, struct file *f, u32 handle,
		    const struct epoll_event *event)
{
	u16 before = 0, i = e->first;

	while (i && (epoll_items[i].file != f || epoll_items[i].handle != handle)) {
		before = i;
		i = epoll_items[i].next;
	}
	switch (op) {
	case EPOLL_CTL_ADD: return i ? -EEXIST : add(e, f, handle, event);
	case EPOLL_CTL_MOD: return i ? change(&epoll_items[i], event) : -ENOENT;
	case EPOLL_CTL_DEL:
		if (i) {
			remove_item(e, before, i);
		}
		return i ? 0 : -ENOENT;
	default: return -EINVAL;
	}
}

/* Kinds that Linux can watch. */
static bool watchable(const struct file *f)
{
	return f->ops || f->type == CORBEL_H_CONSOLE || f->type == CORBEL_H_EVENTFD ||
	       f->type == CORBEL_H_DOMAIN;
}

static long checked(struct file *ef, struct file *f, u32 op, u32 handle,
		    const struct epoll_event *event)
{
	struct epoll *e = epoll_of(ef);
	u32 edges = f->edges, now = 0;
	long error;

	if (!watchable(f)) {
		return -EPERM;
	}
	if (!e || ef == f) {
		return -EINVAL;
	}
	if (op != EPOLL_CTL_DEL && (event->events & EPOLLEXCLUSIVE) &&
	    (op == EPOLL_CTL_MOD || epoll_of(f) || (event->events & ~(u32)WITH_EXCLUSIVE))) {
		return -EINVAL;
	}
	lock_take(&epoll_lock);
	error = control(e, op, f, handle, event);
	for (u32 i = 1; f->watchers && i < items_used; i++) {
		now += epoll_items[i].epoll && epoll_items[i].file == f &&
		       (epoll_items[i].events & EPOLLET);
	}
	__atomic_store_n(&f->edges, now, __ATOMIC_SEQ_CST);
	lock_drop(&epoll_lock);
	if (!edges != !now) {
		file_update_direct();
	}
	wait_wake(e->key);
	return error;
}

long sys_epoll_ctl(struct regs *r)
{
	struct epoll_event event = {0};
	struct file *e, *f;
	long error = -EBADF;

	if (r->rsi != EPOLL_CTL_DEL && copy_in(&event, r->r10, sizeof(event))) {
		return -EFAULT;
	}
	e = file_get((u32)r->rdi);
	f = file_get((u32)r->rdx);
	if (e && f) {
		error = checked(e, f, (u32)r->rsi, (u32)r->rdx, &event);
	}
	if (e) {
		file_put(e);
	}
	if (f) {
		file_put(f);
	}
	return error;
}
