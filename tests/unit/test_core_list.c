/* SPDX-License-Identifier: BSD-2-Clause */
/* LINK: core/fault.c tests/fake/fake_log.c */
/* The list, and the fault-injection countdown. */
#include "core/fault.h"
#include "core/list.h"
#include "unit.h"

struct item {
	int value;
	struct list node;
};

static void order(void **state)
{
	struct list head = LIST_INIT(head);
	struct item items[5];
	int expect = 0;

	(void)state;
	assert_true(list_empty(&head));
	for (int i = 0; i < 5; i++) {
		items[i].value = i;
	}
	list_push_back(&head, &items[2].node);
	list_push_back(&head, &items[4].node);
	list_push_front(&head, &items[0].node);
	list_insert_before(&items[2].node, &items[1].node);
	list_insert_before(&items[4].node, &items[3].node);
	list_for_each(struct item, each, &head, node) {
		assert_int_equal(each->value, expect++);
	}
	assert_int_equal(expect, 5);
	list_for_each_safe(struct item, each, next, &head, node) {
		if (each->value % 2) {
			list_remove(&each->node);
			assert_true(list_empty(&each->node));
			list_remove(&each->node); /* an unlinked one may be removed again */
		}
	}
	assert_ptr_equal(list_first(&head, struct item, node), &items[0]);
	assert_ptr_equal(items[0].node.next, &items[2].node);
	assert_ptr_equal(items[4].node.prev, &items[2].node);
}

static void faults(void **state)
{
	(void)state;
	assert_false(fault_should_fail());
	fault_arm(3);
	assert_false(fault_should_fail());
	assert_false(fault_should_fail());
	assert_true(fault_should_fail());
	assert_false(fault_should_fail());
	fault_arm(1);
	fault_arm(0);
	assert_false(fault_should_fail());
}

UNIT_MAIN(T(order), T(faults))
