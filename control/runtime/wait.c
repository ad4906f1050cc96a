/* SPDX-License-Identifier: BSD-2-Clause */
/* Who waits for which keys, and the eventfd of each thread by which it is woken. */
#include "control/runtime/wait.h"

#include <linux/fcntl.h>
#include <linux/mman.h>

#include "control/runtime/epoll.h"
#include "control/runtime/file.h"
#include "control/runtime/heap.h"
#include "control/runtime/hypercall.h"
#include "control/runtime/thread.h"

#define LISTS_SIZE ROUND_UP(sizeof(struct wait_lists), PAGE)

static u64 waiting[THREADS_MAX]; /* keys by thread slot; 0: does not wait */
static bool has_handle[THREADS_MAX], has_lists[THREADS_MAX];
static u32 highest; /* slot that has ever waited, + 1 */

_Static_assert(SYSCALL_WAKERS + THREADS_MAX <= SYSCALL_HANDLES, "a hidden number per thread");
_Static_assert(THREADS_MAX * LISTS_SIZE <= HEAP_CHANNELS - HEAP_WAIT_LISTS, "heap.h");

u32 wait_handle(void)
{
	return SYSCALL_WAKERS + this_thread()->index;
}

/* The handle stays with the slot for its next thread. */
static long make_handle(u32 index)
{
	long number, result;

	numbers_take();
	number = result = call_own(__NR_eventfd2, 0, O_NONBLOCK);
	if (number >= 0) {
		result = call_own(__NR_dup3, number, SYSCALL_WAKERS + index, 0);
		file_close_held((u32)number);
	}
	numbers_drop();
	if (result < 0) {
		return result;
	}
	has_handle[index] = true;
	while (index >= __atomic_load_n(&highest, __ATOMIC_SEQ_CST)) {
		u32 old = __atomic_load_n(&highest, __ATOMIC_SEQ_CST);

		if (index >= old) {
			__atomic_compare_exchange_n(&highest, &old, index + 1, false,
						    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
		}
	}
	return 0;
}

struct wait_lists *wait_lists(void)
{
	u32 index = this_thread()->index;
	u64 at = HEAP_WAIT_LISTS + index * LISTS_SIZE;

	if (!has_lists[index] &&
	    call_own(__NR_mmap, at, LISTS_SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1) != (long)at) {
		return NULL;
	}
	has_lists[index] = true;
	return (struct wait_lists *)at;
}

long wait_begin(void)
{
	u32 index = this_thread()->index;
	long error = has_handle[index] ? 0 : make_handle(index);

	if (!error) {
		__atomic_store_n(&waiting[index], ~0ull, __ATOMIC_SEQ_CST);
	}
	return error;
}

/* Whoever took the old value has written the eventfd. */
void wait_narrow(u64 keys)
{
	__atomic_fetch_and(&waiting[this_thread()->index], keys, __ATOMIC_SEQ_CST);
}

void wait_end(void)
{
	__atomic_store_n(&waiting[this_thread()->index], 0, __ATOMIC_SEQ_CST);
}

void wait_clear(void)
{
	u64 value;

	call_own(__NR_read, wait_handle(), &value, sizeof(value));
}

void wait_wake(u64 keys)
{
	u32 count;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	count = __atomic_load_n(&highest, __ATOMIC_SEQ_CST);
	for (u32 i = 0; i < count; i++) {
		u64 one = 1, old = __atomic_load_n(&waiting[i], __ATOMIC_SEQ_CST);

		while ((old & keys) && !__atomic_compare_exchange_n(&waiting[i], &old, 0, false,
								    __ATOMIC_SEQ_CST,
								    __ATOMIC_SEQ_CST)) {
		}
		if (old & keys) {
			call_own(__NR_write, SYSCALL_WAKERS + i, &one, sizeof(one));
		}
	}
}

void wait_changed(struct file *f, u32 events)
{
	if (__atomic_load_n(&f->edges, __ATOMIC_SEQ_CST)) {
		epoll_edge(f, events);
	}
	wait_wake(f->key);
}
