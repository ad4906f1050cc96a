/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * execve without vfork: the domain stays and gets another program. All that can fail is tried
 * before the old one is gone. Only for a program of one thread: others could not be ended here.
 */
#include "control/runtime/process.h"

#include <linux/fcntl.h>
#include <asm/signal.h>

#include "control/runtime/calls.h"
#include "control/runtime/cpu.h"
#include "control/runtime/domain.h"
#include "control/runtime/file.h"
#include "control/runtime/hypercall.h"
#include "control/runtime/timer.h"

#define LOWEST 0x10000ull
#define MXCSR_START 0x1f80

/* Handlers are gone with their program; ignored signals stay ignored, and the mask stays. */
static void reset_signals(struct thread *t)
{
	const struct signal_action none = {0};
	struct signal_action a;

	for (u32 sig = 1; sig <= SIGNALS; sig++) {
		signal_action(sig, NULL, &a);
		if (a.handler != (u64)SIG_IGN) {
			signal_action(sig, &none, NULL);
		}
	}
	t->alt_size = 0;
	t->robust_list = t->clear_tid = 0;
}

static void close_on_exec(void)
{
	struct regs r = {0};

	for (u32 n = 0; n < SYSCALL_HIDDEN; n++) {
		if (file_cloexec(n)) {
			r.rdi = n;
			sys_close(&r);
		}
	}
}

static void reset_cpu(void)
{
	u32 mxcsr = MXCSR_START;

	write_msr(MSR_FS_BASE, 0);
	write_msr(MSR_KERNEL_GS_BASE, 0);
	asm volatile("fninit; ldmxcsr %0" : : "m"(mxcsr));
}

long process_replace(struct regs *r, u64 path, u64 argv, u64 envp)
{
	static char exec_name[256];
	struct program_strings program;
	const char *name;
	long handle, n;

	if (!thread_is_alone(this_thread())) {
		return -EAGAIN;
	}
	process_take_turn();
	n = process_collect(path, argv, envp, &name, &program);
	handle = n ? n : call_own(__NR_openat, AT_FDCWD, name, O_RDONLY);
	if (handle < 0) {
		process_give_turn();
		return handle;
	}
	memcpy(exec_name, name, strlen(name) + 1);
	domain.exec_name = exec_name;
	reset_signals(this_thread());
	timers_forget();
	close_on_exec();
	call_plain(__NR_munmap, LOWEST, CORBEL_RUNTIME_BASE - LOWEST);
	program_start(r, (int)handle, &program);
	reset_cpu();
	process_give_turn();
	return 0;
}
