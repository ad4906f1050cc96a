/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs one instruction on the CPU of the host with registers of the test's choice, RSP included:
 * signals come on a stack of their own.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "tests/fuzz/fuzz.h"

/* GCC's numbers of the registers in a signal frame, by ours. */
static const u8 greg[HV_GPRS] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
				 REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
				 REG_R12, REG_R13, REG_R14, REG_R15};

/* In assembly: registers as in struct state, the host's stack, where to go. */
u64 native_regs[HV_GPRS + 1] asm("native_regs") __attribute__((visibility("hidden")));
u64 native_host_rsp asm("native_host_rsp") __attribute__((visibility("hidden")));
u64 native_target asm("native_target") __attribute__((visibility("hidden"))) = CODE;
void native_enter(void) asm("native_enter");
void native_leave(void) asm("native_leave") __attribute__((visibility("hidden")));
void native_failed(void) asm("native_failed") __attribute__((visibility("hidden")));

asm("	.text\n"
    "	.globl native_enter\n"
    "native_enter:\n"
    "	push %rbx\n	push %rbp\n	push %r12\n	push %r13\n	push %r14\n	push %r15\n"
    "	mov %rsp, native_host_rsp(%rip)\n"
    "	push native_regs+128(%rip)\n	popfq\n"
    "	mov native_regs+0(%rip), %rax\n	mov native_regs+8(%rip), %rcx\n"
    "	mov native_regs+16(%rip), %rdx\n	mov native_regs+24(%rip), %rbx\n"
    "	mov native_regs+32(%rip), %rsp\n	mov native_regs+40(%rip), %rbp\n"
    "	mov native_regs+48(%rip), %rsi\n	mov native_regs+56(%rip), %rdi\n"
    "	mov native_regs+64(%rip), %r8\n	mov native_regs+72(%rip), %r9\n"
    "	mov native_regs+80(%rip), %r10\n	mov native_regs+88(%rip), %r11\n"
    "	mov native_regs+96(%rip), %r12\n	mov native_regs+104(%rip), %r13\n"
    "	mov native_regs+112(%rip), %r14\n	mov native_regs+120(%rip), %r15\n"
    "	jmp *native_target(%rip)\n"
    "native_leave:\n"
    "	mov %rax, native_regs+0(%rip)\n	mov %rcx, native_regs+8(%rip)\n"
    "	mov %rdx, native_regs+16(%rip)\n	mov %rbx, native_regs+24(%rip)\n"
    "	mov %rsp, native_regs+32(%rip)\n	mov %rbp, native_regs+40(%rip)\n"
    "	mov %rsi, native_regs+48(%rip)\n	mov %rdi, native_regs+56(%rip)\n"
    "	mov %r8, native_regs+64(%rip)\n	mov %r9, native_regs+72(%rip)\n"
    "	mov %r10, native_regs+80(%rip)\n	mov %r11, native_regs+88(%rip)\n"
    "	mov %r12, native_regs+96(%rip)\n	mov %r13, native_regs+104(%rip)\n"
    "	mov %r14, native_regs+112(%rip)\n	mov %r15, native_regs+120(%rip)\n"
    "	mov native_host_rsp(%rip), %rsp\n"
    "	pushfq\n	pop native_regs+128(%rip)\n"
    "native_failed:\n"
    "	cld\n"
    "	pop %r15\n	pop %r14\n	pop %r13\n	pop %r12\n	pop %rbp\n	pop %rbx\n"
    "	ret\n");

static volatile bool running, failed;
static u64 failed_at;

static void on_signal(int signal, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;

	if (!running) {
		fprintf(stderr, "signal %d outside of a case\n", signal);
		abort();
	}
	for (u32 i = 0; i < HV_GPRS; i++) {
		native_regs[i] = (u64)regs[greg[i]];
	}
	native_regs[HV_GPRS] = (u64)regs[REG_EFL];
	failed = true;
	failed_at = signal == SIGSEGV && info->si_code > 0 && info->si_code < SI_KERNEL
			    ? (u64)(uintptr_t)info->si_addr
			    : 0;
	regs[REG_RSP] = (greg_t)native_host_rsp;
	regs[REG_RIP] = (greg_t)(uintptr_t)native_failed;
	regs[REG_EFL] &= ~0x400;
}

static void *map_at(u64 at, u64 size, int rights)
{
	void *p = mmap((void *)(uintptr_t)at, size, rights,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (p != (void *)(uintptr_t)at) {
		perror("mmap");
		abort();
	}
	return p;
}

void native_start(void)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
	static u8 stack[65536];
	stack_t other = {.ss_sp = stack, .ss_size = sizeof(stack)};
	struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};

	map_at(ARENA - PAGE_SIZE, PAGE_SIZE, PROT_NONE);
	map_at(ARENA, ARENA_SIZE, PROT_READ | PROT_WRITE);
	map_at(ARENA + ARENA_SIZE, PAGE_SIZE, PROT_NONE);
	map_at(CODE, PAGE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC);
	sigaltstack(&other, NULL);
	for (u32 i = 0; i < ARRAY_SIZE(signals); i++) {
		sigaction(signals[i], &action, NULL);
	}
}

void native_selectors(u16 *sel)
{
	asm volatile("mov %%es, %0" : "=r"(sel[HV_ES]));
	asm volatile("mov %%cs, %0" : "=r"(sel[HV_CS]));
	asm volatile("mov %%ss, %0" : "=r"(sel[HV_SS]));
	asm volatile("mov %%ds, %0" : "=r"(sel[HV_DS]));
	asm volatile("mov %%fs, %0" : "=r"(sel[HV_FS]));
	asm volatile("mov %%gs, %0" : "=r"(sel[HV_GS]));
}

/* Behind the instruction stands a jump to native_leave through the address that follows it. */
void native_run(const struct fuzz_case *c, struct state *end)
{
	static const u8 jump[6] = {0xff, 0x25, 0, 0, 0, 0};
	u64 leave = (u64)(uintptr_t)native_leave;
	u8 *code = (u8 *)(uintptr_t)CODE;

	memcpy(code, c->bytes, c->len);
	memcpy(code + c->len, jump, sizeof(jump));
	memcpy(code + c->len + sizeof(jump), &leave, sizeof(leave));
	memcpy(native_regs, c->start.gpr, sizeof(c->start.gpr));
	native_regs[HV_GPRS] = c->start.rflags;
	failed = false;
	running = true;
	native_enter();
	running = false;
	memcpy(end->gpr, native_regs, sizeof(end->gpr));
	end->rflags = native_regs[HV_GPRS];
	end->fault = failed;
	end->fault_address = failed ? failed_at : 0;
}
