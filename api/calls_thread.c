/* SPDX-License-Identifier: BSD-2-Clause */
/* thread_create, exit, exit_group, tgkill: the life of a domain's threads as calls. */
#include "api/calls.h"
#include "api/domain.h"
#include "api/linux.h"

s64 call_thread_create(struct domain_thread *t, const struct call_args *args)
{
	struct corbel_thread_create a;
	struct domain_start start;
	struct hv_sregs s;
	int err = call_struct_in(&a, sizeof(a), args->rdi);

	if (err) {
		return err;
	}
	if (a.flags != 0 || a.rip >= DOM_USER_TOP || a.rsp > DOM_USER_TOP ||
	    a.fs_base >= DOM_USER_TOP) {
		return -EINVAL;
	}
	/* The new thread starts on the same page tables as its creator. */
	hv_thread_load(&t->hvt, &t->vcpu);
	hv_get_sregs(&t->vcpu, &s, HV_SREG_CR);
	start = (struct domain_start){
		.rip = a.rip, .rsp = a.rsp, .arg = a.arg, .fs_base = a.fs_base, .cr3 = s.cr3,
	};
	return domain_thread_create(t->domain, &start, t);
}

s64 call_exit(struct domain_thread *t, const struct call_args *args)
{
	u64 clear = args->rsi, stack = args->rdx;

	if (!IS_ALIGNED(clear | stack, sizeof(u32))) {
		return -EINVAL;
	}
	if ((clear && call_range_ok(clear, sizeof(u32)) < 0) ||
	    (stack && call_range_ok(stack, sizeof(u32)) < 0)) {
		return -EFAULT;
	}
	t->exit_clear = clear;
	t->exit_stack = stack;
	t->exit_code = (s32)(args->rdi & 0xff);
	t->thread.must_exit = true;
	return 0;
}

s64 call_exit_group(struct domain_thread *t, const struct call_args *args)
{
	/* Only the runtime can say that a signal ended the program. */
	if ((args->rdi & CORBEL_EXIT_SIGNAL) && t->pointer_limit == DOM_USER_TOP) {
		domain_end(t->domain, true, (s32)(args->rdi & 0x7f));
	} else {
		domain_end(t->domain, false, (s32)(args->rdi & 0xff));
	}
	t->thread.must_exit = true;
	return 0;
}

s64 call_tgkill(struct domain_thread *t, const struct call_args *args)
{
	s32 tgid = (s32)args->rdi, tid = (s32)args->rsi;
	u32 sig = (u32)args->rdx;
	struct domain_thread *target;

	if (tgid <= 0 || tid <= 0 || sig > SIGNAL_MAX) {
		return -EINVAL;
	}
	target = (u32)tgid == t->domain->id ? domain_thread_find(t->domain, (u32)tid) : NULL;
	if (!target) {
		return -ESRCH;
	}
	if (sig != 0) {
		thread_kick(&target->thread);
	}
	object_put(&target->obj);
	return 0;
}
