/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of a domain begins here: entry.S calls runtime_main on the boot stack with the
 * hypervisor's boot block. It makes this vCPU the first thread, maps the program, and leaves for
 * ring 3, never to come back.
 */
#include "control/runtime/cpu.h"
#include "control/runtime/domain.h"
#include "control/runtime/elf.h"
#include "control/runtime/memory.h"
#include "control/runtime/paging.h"
#include "control/runtime/print.h"
#include "control/runtime/process.h"
#include "control/runtime/random.h"
#include "control/runtime/stack.h"

#include <linux/mman.h>
#include <asm/unistd.h>

/* Beside the FPU state: frame, siginfo and what a small handler needs. */
#define SIGNAL_STACK_EXTRA 2048

struct domain domain;

__attribute__((noreturn)) void runtime_main(const struct corbel_boot_block *boot);

static u64 make_stack(const struct elf_program *program, const struct program_strings *strings)
{
	u64 low = CORBEL_RUNTIME_BASE - PROGRAM_STACK, sp;
	struct stack_input in = {.program = program,
				 .strings = strings->text,
				 .strings_len = strings->len,
				 .argc = strings->argc,
				 .envc = strings->envc,
				 .hwcap = cpu.hwcap,
				 .signal_stack_min = cpu.xsave_size + SIGNAL_STACK_EXTRA};

	random_fill(in.random, sizeof(in.random));
	if (memory_map_at(low, PROGRAM_STACK,
			  PROT_READ | PROT_WRITE | (program->executable_stack ? PROT_EXEC : 0))) {
		die("program: no memory for its stack");
	}
	sp = stack_build(&in, (u8 *)low, PROGRAM_STACK, CORBEL_RUNTIME_BASE);
	if (!sp) {
		die("program: arguments do not fit");
	}
	return sp;
}

void program_start(struct regs *r, int handle, const struct program_strings *strings)
{
	struct elf_program program;

	elf_load(handle, &program);
	*r = (struct regs){
		.rip = program.entry, .cs = USER_CS, .ss = USER_DS, .rflags = RFLAGS_IF | 2};
	r->rsp = make_stack(&program, strings);
	call_own(__NR_close, handle);
}

void runtime_main(const struct corbel_boot_block *boot)
{
	struct program_strings strings = {.text = (const char *)boot->strings, .argc = boot->argc};
	struct thread *t;

	domain.boot = boot;
	domain.pid = boot->boot_tid;
	domain.exec_name = boot->argc ? strings.text : "";
	cpu_detect(boot->flags);
	paging_fill();
	t = thread_first(boot->boot_tid);
	if (boot->abi != CORBEL_ABI_VERSION) {
		die("hypervisor and runtime are of different versions");
	}
	random_seed(boot->random);
	process_adopt(&strings);
	program_start(thread_regs(t), boot->program_handle, &strings);
	enter_user(thread_regs(t));
}
