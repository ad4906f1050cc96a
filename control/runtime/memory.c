/* SPDX-License-Identifier: BSD-2-Clause */
/* brk and madvise. */
#include "control/runtime/memory.h"

#include <linux/mman.h>

#include "api/abi/corbel.h"
#include "control/runtime/calls.h"
#include "control/runtime/hypercall.h"
#include "control/runtime/lock.h"
#include "control/runtime/syscall.h"
#include "control/runtime/user.h"

static u64 break_start, break_now;
static struct lock break_lock;

long memory_map_at(u64 address, u64 len, u32 prot)
{
	long at = call_plain(__NR_mmap, address, len, prot,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1);

	if (at < 0 && at >= -4095) {
		return at;
	}
	if ((u64)at != address) {
		call_plain(__NR_munmap, at, len);
		return -EEXIST;
	}
	return 0;
}

void memory_set_break(u64 address)
{
	break_start = break_now = ROUND_UP(address, PAGE);
}

static bool move_break(u64 to)
{
	u64 old_end = ROUND_UP(break_now, PAGE), new_end = ROUND_UP(to, PAGE);

	if (to < break_start || to >= CORBEL_RUNTIME_BASE) {
		return false;
	}
	if (new_end > old_end) {
		return !memory_map_at(old_end, new_end - old_end, PROT_READ | PROT_WRITE);
	}
	return new_end == old_end || !call_plain(__NR_munmap, new_end, old_end - new_end);
}

/* Linux's: returns the break, moved or not; no error. */
long sys_brk(struct regs *r)
{
	u64 now;

	lock_take(&break_lock);
	if (move_break(r->rdi)) {
		break_now = r->rdi;
	}
	now = break_now;
	lock_drop(&break_lock);
	return (long)now;
}

/* Hints need no act; what discards contents is the hypervisor's. */
long sys_madvise(struct regs *r)
{
	if (r->rdi % PAGE || !user_range_ok(r->rdi, r->rsi)) {
		return -EINVAL;
	}
	switch ((u32)r->rdx) {
	case MADV_DONTNEED:
	case MADV_FREE: return syscall_send(r);
	case MADV_NORMAL:
	case MADV_RANDOM:
	case MADV_SEQUENTIAL:
	case MADV_WILLNEED:
	case MADV_HUGEPAGE:
	case MADV_NOHUGEPAGE:
	case MADV_MERGEABLE:
	case MADV_UNMERGEABLE:
	case MADV_DONTDUMP:
	case MADV_DODUMP:
	case MADV_DONTFORK:
	case MADV_DOFORK:
	case MADV_COLD: return 0;
	default: return -EINVAL;
	}
}
