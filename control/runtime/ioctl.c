/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ioctl: the terminal's are answered here, signal masks of vCPUs are kept here, all others go out.
 * KVM_RUN under such a mask is the one place where a signal must end a call without being
 * delivered.
 */
#include "control/runtime/calls.h"

#include <asm/ioctls.h>
#include <linux/fcntl.h>

#include "control/runtime/console.h"
#include "control/runtime/domain.h"
#include "control/runtime/file.h"
#include "control/runtime/hypercall.h"
#include "control/runtime/kvm_mask.h"
#include "control/runtime/signal.h"
#include "control/runtime/user.h"

#define MASK_BYTES 8
#define KICK_SIGNAL 10

u8 kvm_masks_used;
static u64 masks[SYSCALL_HANDLES];
static u64 has_mask[SYSCALL_HANDLES / 64];

static void set_mask(u32 handle, bool on, u64 mask)
{
	masks[handle] = mask;
	if (on) {
		__atomic_fetch_or(&has_mask[handle / 64], BIT(handle % 64), __ATOMIC_RELEASE);
		__atomic_store_n(&kvm_masks_used, 1, __ATOMIC_RELEASE);
	} else {
		__atomic_fetch_and(&has_mask[handle / 64], ~BIT(handle % 64), __ATOMIC_RELEASE);
	}
}

static bool masked(u32 handle)
{
	return handle < SYSCALL_HANDLES && (has_mask[handle / 64] & BIT(handle % 64));
}

void kvm_mask_forget(u32 handle)
{
	if (masked(handle)) {
		set_mask(handle, false, 0);
	}
}

void kvm_mask_copy(u32 from, u32 to)
{
	set_mask(to, masked(from), masks[from]);
}

static bool is_vcpu(u32 handle)
{
	struct file *f = file_get(handle);
	bool is = f && f->type == CORBEL_H_VCPU;

	if (f) {
		file_put(f);
	}
	return is;
}

static long set_signal_mask(const struct regs *r)
{
	u64 mask = 0;
	u32 len;

	if (!is_vcpu((u32)r->rdi)) {
		return syscall_send(r);
	}
	if (r->rdx) {
		if (copy_in(&len, r->rdx, sizeof(len))) {
			return -EFAULT;
		}
		if (len != MASK_BYTES) {
			return -EINVAL;
		}
		if (copy_in(&mask, r->rdx + sizeof(len), sizeof(mask))) {
			return -EFAULT;
		}
	}
	set_mask((u32)r->rdi, r->rdx, mask);
	return 0;
}

static long run_masked(const struct regs *r)
{
	struct thread *t = this_thread();
	u64 old = t->blocked;
	long result;

	signal_set_mask(masks[(u32)r->rdi]);
	if (signal_is_pending()) {
		/*
		 * The kick makes KVM_RUN complete what is pending and return -EINTR by its own
		 * rules.
		 */
		call_own(__NR_tgkill, domain.pid, t->tid, KICK_SIGNAL);
	}
	result = syscall_send(r);
	signal_set_mask(old);
	return result;
}

static long set_nonblock(struct file *f, u64 address)
{
	s32 on;

	if (copy_in(&on, address, sizeof(on))) {
		return -EFAULT;
	}
	f->flags = on ? f->flags | O_NONBLOCK : f->flags & ~(u32)O_NONBLOCK;
	file_update_direct();
	return 0;
}

/* Not one of KVM's. */
static long file_ioctl(struct file *f, const struct regs *r)
{
	u32 handle = (u32)r->rdi, command = (u32)r->rsi;

	switch (command) {
	case FIOCLEX: file_set_cloexec(handle, true); return 0;
	case FIONCLEX: file_set_cloexec(handle, false); return 0;
	case FIONBIO: return set_nonblock(f, r->rdx);
	}
	if (f->ops) {
		return f->ops->ioctl ? f->ops->ioctl(f, command, r->rdx) : -ENOTTY;
	}
	return f->type == CORBEL_H_CONSOLE ? console_ioctl(handle, command, r->rdx)
					   : syscall_send(r);
}

long sys_ioctl(struct regs *r)
{
	u32 command = (u32)r->rsi;
	long result = -EBADF;
	struct file *f;

	if (command == KVM_SET_SIGNAL_MASK_NR) {
		return set_signal_mask(r);
	}
	if (command == KVM_RUN_NR && masked((u32)r->rdi)) {
		return run_masked(r);
	}
	if ((command >> 8 & 0xff) == KVM_IOCTL_TYPE) {
		return syscall_send(r);
	}
	f = file_get((u32)r->rdi);
	if (f) {
		result = file_ioctl(f, r);
		file_put(f);
	}
	return result;
}
