/* SPDX-License-Identifier: BSD-2-Clause */
/* Hidden handles: see hidden.h. */
#include "control/runtime/hidden.h"

#include <asm/unistd.h>

#include "control/runtime/file.h"
#include "control/runtime/hypercall.h"
#include "control/runtime/lock.h"

static u64 used[HIDDEN_COUNT / 64];
static struct lock hidden_lock;

static s32 take_number(void)
{
	s32 number = -EMFILE;

	lock_take(&hidden_lock);
	for (u32 word = 0; word < COUNT(used); word++) {
		if (~used[word]) {
			u32 bit = (u32)__builtin_ctzll(~used[word]);

			used[word] |= BIT(bit);
			number = (s32)(SYSCALL_HIDDEN + word * 64 + bit);
			break;
		}
	}
	lock_drop(&hidden_lock);
	return number;
}

static void give_number(s32 number)
{
	u32 bit = (u32)number - SYSCALL_HIDDEN;

	lock_take(&hidden_lock);
	used[bit / 64] &= ~BIT(bit % 64);
	lock_drop(&hidden_lock);
}

s32 hidden_copy(s32 handle)
{
	s32 number = take_number();
	long error;

	if (number < 0) {
		return number;
	}
	error = handle == number ? -EMFILE : call_own(__NR_dup3, handle, number, 0);
	if (error < 0) {
		give_number(number);
		return (s32)error;
	}
	return number;
}

s32 hidden_move(s32 handle)
{
	s32 number = hidden_copy(handle);

	if (handle >= SYSCALL_HIDDEN) { /* the program has all others */
		call_own(__NR_close, handle);
		hidden_close(number);
		return -EMFILE;
	}
	file_close_held((u32)handle);
	return number;
}

void hidden_close(s32 handle)
{
	if (handle >= 0) {
		call_own(__NR_close, handle);
		give_number(handle);
	}
}
