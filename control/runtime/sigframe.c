/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frame of a signal handler on the program's stack, in the layout that Linux gives it on
 * x86-64: return address, ucontext, siginfo, then the FPU state as XSAVE writes it, found by
 * libraries through the two magic words.
 */
#include "control/runtime/signal.h"

#include <asm/sigcontext.h>
#include <linux/signal.h>
#include <asm/unistd.h>

#include "control/runtime/cpu.h"
#include "control/runtime/user.h"

#define RED_ZONE 128
#define UC_FP_XSTATE_FLAG 1
#define UC_SS_FLAGS 6	/* SS saved, and to be restored */
#define SW_RESERVED 464 /* bytes for software in the legacy area */
#define XSAVE_HEADER 512
/* TF DF OF SF ZF AF PF CF RF AC. */
#define USER_FLAGS 0x50dd5
#define UNMAPPED_RIP 0x7ffffffff000

struct signal_stack {
	u64 sp;
	u32 flags, pad;
	u64 size;
};

struct siginfo_words {
	s32 signo, error, code, pad;
	u32 pid, uid;
	u64 value;
	u8 rest[96];
};

struct frame {
	u64 restorer;
	u64 flags, link;
	struct signal_stack stack;
	struct sigcontext context;
	u64 mask;
	struct siginfo_words info;
};

_Static_assert(sizeof(struct siginfo_words) == 128, "Linux ABI");
_Static_assert(sizeof(struct sigcontext) == 256, "Linux ABI");
_Static_assert(sizeof(struct frame) == 8 + 304 + 128, "Linux ABI");

static bool on_alt_stack(const struct thread *t, u64 sp)
{
	return t->alt_size && sp > t->alt_sp && sp - t->alt_sp <= t->alt_size;
}

static u64 fpu_bytes(void)
{
	return cpu.xsave ? cpu.xsave_size + FP_XSTATE_MAGIC2_SIZE : cpu.xsave_size;
}

/* Saves the FPU state at area (64-byte aligned). */
static long save_fpu(u64 area)
{
	struct _fpx_sw_bytes sw = {.magic1 = FP_XSTATE_MAGIC1,
				   .extended_size = (u32)fpu_bytes(),
				   .xfeatures = cpu.xcr0,
				   .xstate_size = cpu.xsave_size};
	u32 magic2 = FP_XSTATE_MAGIC2;

	if (!user_range_ok(area, fpu_bytes())) {
		return -EFAULT;
	}
	if (!cpu.xsave) {
		return fxsave_caught((void *)area);
	}
	if (clear_user(area + XSAVE_HEADER, 64) || xsave_caught((void *)area) ||
	    copy_out(area + SW_RESERVED, &sw, sizeof(sw))) {
		return -EFAULT;
	}
	return copy_out(area + cpu.xsave_size, &magic2, sizeof(magic2));
}

static long restore_fpu(u64 area)
{
	struct _fpx_sw_bytes sw;
	u32 magic2 = 0;

	if (!area) {
		asm volatile("fninit");
		return 0;
	}
	if (!user_range_ok(area, fpu_bytes()) || copy_in(&sw, area + SW_RESERVED, sizeof(sw))) {
		return -EFAULT;
	}
	if (!cpu.xsave || sw.magic1 != FP_XSTATE_MAGIC1 || sw.xstate_size != cpu.xsave_size ||
	    copy_in(&magic2, area + cpu.xsave_size, sizeof(magic2)) || magic2 != FP_XSTATE_MAGIC2) {
		return fxrstor_caught((const void *)area);
	}
	return xrstor_caught((const void *)area);
}

static void fill_context(struct sigcontext *c, const struct regs *r, u64 fpu, u64 mask, u64 cr2)
{
	c->r8 = r->r8, c->r9 = r->r9, c->r10 = r->r10, c->r11 = r->r11;
	c->r12 = r->r12, c->r13 = r->r13, c->r14 = r->r14, c->r15 = r->r15;
	c->rdi = r->rdi, c->rsi = r->rsi, c->rbp = r->rbp, c->rbx = r->rbx;
	c->rdx = r->rdx, c->rax = r->rax, c->rcx = r->rcx, c->rsp = r->rsp;
	c->rip = r->rip, c->eflags = r->rflags;
	c->cs = USER_CS, c->ss = USER_DS;
	if (r->vector && r->vector < 32) {
		c->err = r->nr_error, c->trapno = r->vector;
		c->cr2 = r->vector == 14 ? cr2 : 0;
	}
	c->oldmask = mask;
	c->fpstate = (struct _fpstate *)fpu;
}

/*
 * Where the frame goes: below the red zone, or on the alternate stack if the action asks and it is
 * not in use.
 */
static u64 frame_top(const struct thread *t, const struct regs *r, const struct signal_action *a)
{
	if ((a->flags & SA_ONSTACK) && t->alt_size && !on_alt_stack(t, r->rsp)) {
		return t->alt_sp + t->alt_size;
	}
	return r->rsp - RED_ZONE;
}

long sigframe_push(struct regs *r, u32 sig, const struct signal_info *info,
		   const struct signal_action *a, u64 mask, u64 fault_address)
{
	struct thread *t = this_thread();
	u64 fpu = ROUND_DOWN(frame_top(t, r, a) - fpu_bytes(), 64);
	u64 sp = ROUND_DOWN(fpu - sizeof(struct frame), 16) - 8;
	struct frame f = {
		.restorer = a->restorer,
		.flags = UC_SS_FLAGS | (cpu.xsave ? UC_FP_XSTATE_FLAG : 0),
		.stack = {t->alt_sp, t->alt_size ? t->alt_flags : SS_DISABLE, 0, t->alt_size},
		.mask = mask,
		.info = {.signo = (s32)sig,
			 .code = info->code,
			 .pid = info->pid,
			 .uid = info->uid,
			 .value = info->value}};

	if (t->alt_size && on_alt_stack(t, r->rsp)) {
		f.stack.flags |= SS_ONSTACK;
	}
	fill_context(&f.context, r, fpu, mask, fault_address);
	if (!(a->flags & SA_RESTORER) || save_fpu(fpu) || copy_out(sp, &f, sizeof(f))) {
		return -EFAULT;
	}
	if (t->alt_flags & SS_AUTODISARM) {
		t->alt_sp = 0, t->alt_size = 0, t->alt_flags = 0;
	}
	r->rdi = sig;
	r->rsi = sp + offsetof(struct frame, info);
	r->rdx = sp + offsetof(struct frame, flags);
	r->rax = 0;
	r->rsp = sp;
	r->rip = a->handler;
	r->rflags &= ~0x10500ull; /* TF DF RF */
	r->vector = 0;
	return 0;
}

long sigframe_pop(struct regs *r, u64 *mask)
{
	struct thread *t = this_thread();
	struct sigcontext *c;
	struct frame f;

	if (copy_in(&f, r->rsp - 8, sizeof(f)) || restore_fpu((u64)f.context.fpstate)) {
		return -EFAULT;
	}
	c = &f.context;
	r->r8 = c->r8, r->r9 = c->r9, r->r10 = c->r10, r->r11 = c->r11;
	r->r12 = c->r12, r->r13 = c->r13, r->r14 = c->r14, r->r15 = c->r15;
	r->rdi = c->rdi, r->rsi = c->rsi, r->rbp = c->rbp, r->rbx = c->rbx;
	r->rdx = c->rdx, r->rax = c->rax, r->rcx = c->rcx, r->rsp = c->rsp;
	/* An address that iret refuses would fault in ring 0: send it where nothing is instead. */
	r->rip = c->rip < UNMAPPED_RIP ? c->rip : UNMAPPED_RIP;
	r->rflags = (c->eflags & USER_FLAGS) | RFLAGS_IF | 2;
	r->vector = 0;
	t->alt_sp = f.stack.sp;
	t->alt_size = f.stack.flags & SS_DISABLE ? 0 : f.stack.size;
	t->alt_flags = f.stack.flags & SS_AUTODISARM;
	*mask = f.mask;
	return 0;
}
