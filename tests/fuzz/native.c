/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs one instruction on the CPU of the host with registers of the test's choice, stack pointer
 * and segments included: signals come on a stack of their own. 32-bit and 16-bit code is entered
 * and left by far jumps; FS is never touched, for it belongs to the C library.
 */
#define _GNU_SOURCE
#include <asm/ldt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

#define STUB (CODE + 0x800) /* 64-bit code that jumps to native_leave */
#define FLAG_AC 0x40000
#define USER_CS 0x33ULL
#define USER_SS 0x2bULL
#define XMM_AT 160 /* in the image of FXSAVE */

/* GCC's numbers of the registers in a signal frame, by ours. */
static const u8 greg[HV_GPRS] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
				 REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
				 REG_R12, REG_R13, REG_R14, REG_R15};

#define ASM_NAME(name) asm(name) __attribute__((visibility("hidden")))

/* In assembly: registers as in struct state, the host's stack, where to go. */
u64 native_regs[HV_GPRS + 1] ASM_NAME("native_regs");
u64 native_host_rsp ASM_NAME("native_host_rsp");
u8 native_fx[512] ASM_NAME("native_fx") __attribute__((aligned(64)));
u16 native_sel[HV_GS + 1] ASM_NAME("native_sel");
struct {
	u32 offset;
	u16 selector;
} __attribute__((packed, aligned(8))) native_target ASM_NAME("native_target");
void native_enter(void) asm("native_enter");
void native_leave(void) ASM_NAME("native_leave");
void native_failed(void) ASM_NAME("native_failed");

asm("	.text\n"
    "	.globl native_enter\n"
    "native_enter:\n"
    "	push %rbx\n	push %rbp\n	push %r12\n	push %r13\n	push %r14\n	push %r15\n"
    "	mov %rsp, native_host_rsp(%rip)\n"
    "	fxrstor native_fx(%rip)\n"
    "	mov native_sel+0(%rip), %es\n	mov native_sel+6(%rip), %ds\n"
    "	mov native_sel+10(%rip), %gs\n"
    "	push native_regs+128(%rip)\n	popfq\n"
    "	mov native_sel+4(%rip), %ss\n"
    "	mov native_regs+32(%rip), %rsp\n	mov native_regs+40(%rip), %rbp\n"
    "	mov native_regs+0(%rip), %rax\n	mov native_regs+8(%rip), %rcx\n"
    "	mov native_regs+16(%rip), %rdx\n	mov native_regs+24(%rip), %rbx\n"
    "	mov native_regs+48(%rip), %rsi\n	mov native_regs+56(%rip), %rdi\n"
    "	mov native_regs+64(%rip), %r8\n	mov native_regs+72(%rip), %r9\n"
    "	mov native_regs+80(%rip), %r10\n	mov native_regs+88(%rip), %r11\n"
    "	mov native_regs+96(%rip), %r12\n	mov native_regs+104(%rip), %r13\n"
    "	mov native_regs+112(%rip), %r14\n	mov native_regs+120(%rip), %r15\n"
    "	ljmpl *native_target(%rip)\n"
    "native_leave:\n"
    "	mov %rax, native_regs+0(%rip)\n	mov %rcx, native_regs+8(%rip)\n"
    "	mov %rdx, native_regs+16(%rip)\n	mov %rbx, native_regs+24(%rip)\n"
    "	mov %rsp, native_regs+32(%rip)\n	mov %rbp, native_regs+40(%rip)\n"
    "	mov %rsi, native_regs+48(%rip)\n	mov %rdi, native_regs+56(%rip)\n"
    "	mov %r8, native_regs+64(%rip)\n	mov %r9, native_regs+72(%rip)\n"
    "	mov %r10, native_regs+80(%rip)\n	mov %r11, native_regs+88(%rip)\n"
    "	mov %r12, native_regs+96(%rip)\n	mov %r13, native_regs+104(%rip)\n"
    "	mov %r14, native_regs+112(%rip)\n	mov %r15, native_regs+120(%rip)\n"
    "	mov $0x2b, %eax\n	mov %eax, %ss\n"
    "	mov native_host_rsp(%rip), %rsp\n"
    "	pushfq\n	pop native_regs+128(%rip)\n"
    "	fxsave native_fx(%rip)\n"
    "native_failed:\n"
    "	mov $0, %eax\n	mov %eax, %es\n	mov %eax, %ds\n	mov %eax, %gs\n"
    "	push $0x202\n	popfq\n"
    "	pop %r15\n	pop %r14\n	pop %r13\n	pop %r12\n	pop %rbp\n	pop %rbx\n"
    "	ret\n");

static volatile bool running, failed;
static u64 failed_at;
static u8 failed_by;

static void on_signal(int signal, siginfo_t *info, void *context)
{
	mcontext_t *m = &((ucontext_t *)context)->uc_mcontext;

	asm volatile("pushfq; andl %0, (%%rsp); popfq" ::"i"(~FLAG_AC) : "memory", "cc");
	if (!running) {
		fprintf(stderr, "signal %d outside of a case\n", signal);
		abort();
	}
	for (u32 i = 0; i < HV_GPRS; i++) {
		native_regs[i] = (u64)m->gregs[greg[i]];
	}
	native_regs[HV_GPRS] = (u64)m->gregs[REG_EFL];
	memcpy(native_fx + XMM_AT, m->fpregs->_xmm, XMMS * 16);
	failed = true;
	failed_by = (u8)m->gregs[REG_TRAPNO];
	failed_at = signal == SIGSEGV && info->si_code > 0 && info->si_code < SI_KERNEL
			    ? (u64)(uintptr_t)info->si_addr
			    : 0;
	m->gregs[REG_CSGSFS] = (greg_t)(USER_SS << 48 | USER_CS);
	m->gregs[REG_RSP] = (greg_t)native_host_rsp;
	m->gregs[REG_RIP] = (greg_t)(uintptr_t)native_failed;
	m->gregs[REG_EFL] &= ~(0x400 | FLAG_AC);
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

static void make_segment(const struct fuzz_segment *s)
{
	struct user_desc d = {
		.entry_number = s->selector >> 3,
		.base_addr = s->base,
		.limit = s->attr & HV_ATTR_G ? s->limit >> 12 : s->limit,
		.limit_in_pages = !!(s->attr & HV_ATTR_G),
		.seg_32bit = !!(s->attr & HV_ATTR_DB),
		.contents = s->attr >> 2 & 3,
		.read_exec_only = !(s->attr & 2),
		.useable = 1,
	};

	if (s->selector & 4 && syscall(SYS_modify_ldt, 0x11, &d, sizeof(d))) {
		perror("modify_ldt");
		abort();
	}
}

static void map_all(void)
{
	static const u8 jump[8] = {0xff, 0x25, 2, 0, 0, 0}; /* to what stands behind it, aligned */
	u64 leave = (u64)(uintptr_t)native_leave;

	map_at(ARENA - PAGE_SIZE, PAGE_SIZE, PROT_NONE);
	map_at(ARENA, ARENA_SIZE, PROT_READ | PROT_WRITE);
	map_at(ARENA + ARENA_SIZE, PAGE_SIZE, PROT_NONE);
	map_at(CODE, PAGE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC);
	memcpy((void *)(uintptr_t)STUB, jump, sizeof(jump));
	memcpy((void *)(uintptr_t)(STUB + sizeof(jump)), &leave, sizeof(leave));
	for (u32 i = 0; i < SEG_COUNT; i++) {
		make_segment(&fuzz_segments[i]);
	}
	asm volatile("fxsave %0" : "=m"(native_fx));
}

/* Behind the instruction stands a jump to the stub: by 64 bits, or far to 64-bit code. */
static void put_code(const struct fuzz_case *c)
{
	u8 *code = (u8 *)(uintptr_t)CODE;
	u32 to = STUB, rel = (u32)(STUB - (CODE + c->len + 5));
	u16 selector = USER_CS;

	memcpy(code, c->bytes, c->len);
	code += c->len;
	if (c->code_size == 8) {
		*code = 0xe9;
		memcpy(code + 1, &rel, sizeof(rel));
		return;
	}
	if (c->code_size == 2) {
		*code++ = 0x66;
	}
	*code = 0xea;
	memcpy(code + 1, &to, sizeof(to));
	memcpy(code + 5, &selector, sizeof(selector));
}

void native_run(const struct fuzz_case *c, struct state *end)
{
	put_code(c);
	for (u32 i = 0; i <= HV_GS; i++) {
		native_sel[i] = fuzz_segments[c->seg[i]].selector;
	}
	native_target.offset = (u32)(CODE - fuzz_segments[c->seg[HV_CS]].base);
	native_target.selector = native_sel[HV_CS];
	memcpy(native_regs, c->start.gpr, sizeof(c->start.gpr));
	native_regs[HV_GPRS] = c->start.rflags;
	memcpy(native_fx + XMM_AT, c->start.xmm, sizeof(c->start.xmm));
	failed = false;
	running = true;
	native_enter();
	running = false;
	memcpy(end->gpr, native_regs, sizeof(end->gpr));
	memcpy(end->xmm, native_fx + XMM_AT, sizeof(end->xmm));
	end->rflags = native_regs[HV_GPRS];
	end->fault = failed;
	end->vector = failed ? failed_by : 0;
	end->fault_address = failed ? failed_at : 0;
}

/* Whether the machine faults on misaligned data, so that flag AC may be tried. */
static bool has_ac(void)
{
	struct fuzz_case c = {.bytes = {0x8b, 0x03}, .len = 2, .code_size = 8};
	struct state end;

	c.start.gpr[HV_RBX] = ARENA + 1;
	c.start.rflags = 0x202 | FLAG_AC;
	memset(c.seg, SEG_NULL, sizeof(c.seg));
	c.seg[HV_CS] = SEG_CODE64;
	c.seg[HV_SS] = SEG_FLAT;
	native_run(&c, &end);
	return end.fault && end.vector == 17;
}

void native_start(void)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
	static u8 stack[65536];
	static bool mapped;
	stack_t other = {.ss_sp = stack, .ss_size = sizeof(stack)};
	struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};

	if (!mapped) {
		map_all();
		mapped = true;
	}
	sigaltstack(&other, NULL);
	for (u32 i = 0; i < ARRAY_SIZE(signals); i++) {
		sigaction(signals[i], &action, NULL);
	}
	fuzz_try_ac = has_ac();
}
