/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The report of a domain that ends by a signal. The back-trace follows the frame pointers of a
 * program that has them. Most have none; then it is every word of the stack that points into the
 * program's code: some are stale, the real ones are among them.
 */
#include "control/runtime/report.h"

#include <asm/signal.h>
#include <asm/unistd.h>

#include "control/runtime/hypercall.h"
#include "control/runtime/print.h"
#include "control/runtime/thread.h"
#include "control/runtime/user.h"

#define STACK_WORDS 512
#define TRACE_MAX 24
#define VECTOR_PF 14
#define CORE_SIGNALS                                                                               \
	(BIT(SIGQUIT) | BIT(SIGILL) | BIT(SIGTRAP) | BIT(SIGABRT) | BIT(SIGBUS) | BIT(SIGFPE) |    \
	 BIT(SIGSEGV) | BIT(SIGXCPU) | BIT(SIGXFSZ) | BIT(SIGSYS))

u64 program_text_start, program_text_end;
static struct lock report_lock;

static const char *signal_name(u32 sig)
{
	static const char *const names[] = {
		[SIGQUIT] = "SIGQUIT", [SIGILL] = "SIGILL", [SIGTRAP] = "SIGTRAP",
		[SIGABRT] = "SIGABRT", [SIGBUS] = "SIGBUS", [SIGFPE] = "SIGFPE",
		[SIGSEGV] = "SIGSEGV", [SIGSYS] = "SIGSYS"};

	return sig < COUNT(names) && names[sig] ? names[sig] : "signal";
}

static void print_regs(const struct regs *r)
{
	print("  rip %lx rflags %lx rsp %lx\n", r->rip, r->rflags, r->rsp);
	print("  rax %lx rbx    %lx rcx %lx rdx %lx\n", r->rax, r->rbx, r->rcx, r->rdx);
	print("  rsi %lx rdi    %lx rbp %lx r8  %lx\n", r->rsi, r->rdi, r->rbp, r->r8);
	print("  r9  %lx r10    %lx r11 %lx r12 %lx\n", r->r9, r->r10, r->r11, r->r12);
	print("  r13 %lx r14    %lx r15 %lx cs  %lx\n", r->r13, r->r14, r->r15, r->cs);
}

static void print_code(u64 rip)
{
	u8 bytes[16];
	u64 words[2];

	if (copy_in(bytes, rip, sizeof(bytes))) {
		print("  no code at rip\n");
		return;
	}
	for (u32 w = 0; w < 2; w++) {
		words[w] = 0;
		for (u32 i = 0; i < 8; i++) {
			words[w] = words[w] << 8 | bytes[w * 8 + i];
		}
	}
	print("  code at rip %lx %lx\n", words[0], words[1]);
}

static bool is_code(u64 address)
{
	return address >= program_text_start && address < program_text_end;
}

/* The chain of frame pointers while it goes up and leads to code; false if there is none. */
static bool print_frames(u64 rsp, u64 rbp)
{
	u64 frame[2], below = rsp;
	u32 found = 0;

	while (found < TRACE_MAX && rbp % 8 == 0 && rbp >= below &&
	       !copy_in(frame, rbp, sizeof(frame)) && is_code(frame[1])) {
		print("  called from %lx\n", frame[1]);
		below = rbp + sizeof(frame);
		rbp = frame[0];
		found++;
	}
	return found != 0;
}

static void print_trace(u64 rsp)
{
	u32 found = 0;
	u64 word;

	print("  addresses on the stack that look like code:\n");
	for (u32 i = 0; i < STACK_WORDS && found < TRACE_MAX; i++) {
		if (copy_in(&word, ROUND_DOWN(rsp, 8) + 8 * i, sizeof(word))) {
			break;
		}
		if (is_code(word)) {
			print("    %lx\n", word);
			found++;
		}
	}
}

void report_and_end(u32 sig, const struct regs *r, u64 address)
{
	lock_take(&report_lock);
	if (BIT(sig) & CORE_SIGNALS) {
		print("\nprogram ended by %s (%d), thread %d", signal_name(sig), (int)sig,
		      (int)this_thread()->tid);
		if (this_thread()->name[0]) {
			print(" (%s)", this_thread()->name);
		}
		if (r->vector == VECTOR_PF) {
			print(", address %lx", address);
		}
		print("\n");
		print_regs(r);
		print_code(r->rip);
		if (!print_frames(r->rsp, r->rbp)) {
			print_trace(r->rsp);
		}
	}
	for (;;) {
		call_own(__NR_exit_group, CORBEL_EXIT_SIGNAL | sig);
	}
}

void report_runtime_fault(const struct regs *r, u64 cr2)
{
	print("\nruntime fault: vector %lu error %lx address %lx\n", r->vector, r->nr_error, cr2);
	print_regs(r);
	for (u32 i = 0; i < 24; i++) {
		print("  stack has %lx\n", ((const u64 *)r->rsp)[i]);
	}
	for (;;) {
		call_own(__NR_exit_group, CORBEL_EXIT_SIGNAL | SIGSEGV);
	}
}
