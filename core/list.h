/* SPDX-License-Identifier: BSD-2-Clause */
/* A circular doubly linked list with the head as an element; an unlinked node points to itself. */
#pragma once

#include "core/types.h"

struct list {
	struct list *next, *prev;
};

#define LIST_INIT(name) { &(name), &(name) }

static inline void list_init(struct list *l)
{
	l->next = l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
	return l->next == l;
}

static inline void list_insert_before(struct list *pos, struct list *node)
{
	node->prev = pos->prev;
	node->next = pos;
	pos->prev->next = node;
	pos->prev = node;
}

static inline void list_push_back(struct list *head, struct list *node)
{
	list_insert_before(head, node);
}

static inline void list_push_front(struct list *head, struct list *node)
{
	list_insert_before(head->next, node);
}

static inline void list_remove(struct list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

#define list_entry(node, type, member) container_of(node, type, member)
#define list_first(head, type, member) list_entry((head)->next, type, member)
/* Every element e of the type in order; _safe: e may be unlinked or freed, next is what follows. */
#define list_for_each(type, e, head, member) \
	for (type *e = list_first(head, type, member); &e->member != (head); \
	     e = list_first(&e->member, type, member))
#define list_for_each_safe(type, e, next, head, member) \
	for (type *e = list_first(head, type, member), *next; \
	     next = list_first(&e->member, type, member), &e->member != (head); e = next)
