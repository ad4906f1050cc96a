/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals in a domain: handlers and their frames, faults, masks, alternate stacks, waits that a
 * signal ends. The output is compared byte by byte with Linux's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static volatile sig_atomic_t count;
static sigjmp_buf escape;
static volatile int seen_signal, seen_code;
static void *volatile seen_address;
static char alternate[65536];
static volatile int on_alternate;
static atomic_int ready;

static void handle(int sig, void (*handler)(int, siginfo_t *, void *), int flags)
{
	struct sigaction a = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};

	sigaction(sig, &a, NULL);
}

static void note(int sig, siginfo_t *info, void *context)
{
	ucontext_t *u = context;

	count++;
	seen_signal = sig;
	seen_code = info->si_code;
	on_alternate = (char *)&u >= alternate && (char *)&u < alternate + sizeof(alternate);
}

static void jump(int sig, siginfo_t *info, void *context)
{
	(void)context;
	seen_signal = sig;
	seen_code = info->si_code;
	seen_address = info->si_addr;
	siglongjmp(escape, 1);
}

/* A handler that spoils the vector registers: the program's must come back. */
static void spoil(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	(void)context;
	asm volatile("pcmpeqd %%xmm3, %%xmm3; pxor %%xmm9, %%xmm9; fninit; fldz"
		     :
		     :
		     : "xmm3", "xmm9");
	count++;
}

static void simple(void)
{
	handle(SIGUSR1, note, 0);
	raise(SIGUSR1);
	kill(getpid(), SIGUSR1);
	pthread_kill(pthread_self(), SIGUSR1);
	printf("three signals: %d, last %d code %d\n", (int)count, seen_signal, seen_code);
	signal(SIGUSR1, SIG_IGN);
	raise(SIGUSR1);
	printf("ignored: still %d\n", (int)count);
}

static void registers(void)
{
	uint64_t in = 0x1122334455667788, out3, out9;
	double x;

	handle(SIGUSR2, spoil, 0);
	count = 0;
	asm volatile("movq %[in], %%xmm3; movq %[in], %%xmm9; fld1\n\t"
		     "mov %[nr], %%eax; mov %[pid], %%edi; mov %[sig], %%esi; syscall\n\t"
		     "movq %%xmm3, %[o3]; movq %%xmm9, %[o9]; fstpl %[x]"
		     : [o3] "=&r"(out3), [o9] "=&r"(out9), [x] "=m"(x)
		     : [in] "r"(in), [nr] "i"(62), [pid] "r"(getpid()), [sig] "i"(SIGUSR2)
		     : "rax", "rdi", "rsi", "rcx", "r11", "xmm3", "xmm9", "memory");
	printf("vector registers kept: %s, x87 kept: %s, handled %d\n",
	       out3 == in && out9 == in ? "yes" : "NO", x == 1.0 ? "yes" : "NO", (int)count);
}

static void fault(const char *what, int sig, void (*cause)(void))
{
	handle(sig, jump, 0);
	seen_signal = 0;
	if (!sigsetjmp(escape, 1)) {
		cause();
	}
	printf("%s: signal %d code %d address %p\n", what, seen_signal, seen_code,
	       sig == SIGSEGV ? seen_address : NULL);
	signal(sig, SIG_DFL);
}

static void read_nothing(void)
{
	(void)*(volatile int *)0x1230;
}

static void write_constant(void)
{
	char *page = mmap((void *)0x10000000, 4096, PROT_READ,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	(void)*(volatile char *)page;
	*(volatile char *)page = 1;
}

static void run_nothing(void)
{
	((void (*)(void))0x4560)();
}

static void undefined(void)
{
	asm volatile("ud2");
}

static void divide(void)
{
	asm volatile("xor %%edx, %%edx; mov $1, %%eax; xor %%ecx, %%ecx; div %%ecx"
		     :
		     :
		     : "eax", "ecx", "edx");
}

static void privileged(void)
{
	asm volatile("hlt");
}

static void breakpoint(void)
{
	asm volatile("int3");
}

static void alternate_stack(void)
{
	stack_t s = {.ss_sp = alternate, .ss_size = sizeof(alternate)}, old;

	sigaltstack(&s, NULL);
	handle(SIGUSR1, note, SA_ONSTACK);
	on_alternate = 0;
	raise(SIGUSR1);
	sigaltstack(NULL, &old);
	printf("alternate stack used: %s, set: %s\n", on_alternate ? "yes" : "NO",
	       old.ss_sp == alternate && !old.ss_flags ? "yes" : "NO");
}

static void masks(void)
{
	sigset_t set, old, pending;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, &old);
	count = 0;
	raise(SIGUSR1);
	sigpending(&pending);
	printf("blocked: handled %d, pending %d\n", (int)count, sigismember(&pending, SIGUSR1));
	sigprocmask(SIG_SETMASK, &old, NULL);
	printf("unblocked: handled %d\n", (int)count);
}

static void waits(void)
{
	struct timespec limit = {.tv_nsec = 10000000};
	siginfo_t info;
	sigset_t set;
	int got;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	got = sigtimedwait(&set, &info, &limit);
	printf("sigtimedwait without a signal: %d %s\n", got, errno == EAGAIN ? "EAGAIN" : "WRONG");
	kill(getpid(), SIGUSR1);
	got = sigtimedwait(&set, &info, &limit);
	printf("sigtimedwait: %d, code %d, from itself %d\n", got, info.si_code,
	       info.si_pid == getpid());
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void *interrupt_later(void *target)
{
	struct timespec t = {.tv_nsec = 20000000};

	while (!ready) {
	}
	nanosleep(&t, NULL);
	pthread_kill(*(pthread_t *)target, SIGUSR1);
	return NULL;
}

static const char *result(int r)
{
	return r >= 0 ? "done" : errno == EINTR ? "EINTR" : strerror(errno);
}

static int fd;

static int do_sleep(void)
{
	struct timespec t = {.tv_sec = 100}, left = {0};
	int r = nanosleep(&t, &left);

	return r && left.tv_sec < 90 ? -(errno = EDOM) : r;
}

static int do_poll(void)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 100000);
}

static int do_ppoll(void)
{
	struct timespec t = {.tv_sec = 100};
	struct pollfd p = {.fd = fd, .events = POLLIN};
	sigset_t empty;

	sigemptyset(&empty);
	return ppoll(&p, 1, &t, &empty);
}

static int do_read(void)
{
	uint64_t value;

	return (int)read(fd, &value, sizeof(value));
}

static int do_suspend(void)
{
	sigset_t empty;

	sigemptyset(&empty);
	return sigsuspend(&empty);
}

static void interrupted(const char *what, int (*wait)(void), int blocked)
{
	pthread_t self = pthread_self(), other;
	sigset_t set, after;
	const char *r;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(blocked ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
	count = ready = 0;
	pthread_create(&other, NULL, interrupt_later, &self);
	ready = 1;
	r = result(wait());
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	printf("%s: %s, handled %d, mask kept %d\n", what, r, (int)count,
	       sigismember(&after, SIGUSR1) == blocked);
	pthread_join(other, NULL);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void *spin(void *arg)
{
	(void)arg;
	ready = 1;
	while (!count) {
	}
	return NULL;
}

static void spinning_thread(void)
{
	pthread_t other;

	count = ready = 0;
	pthread_create(&other, NULL, spin, NULL);
	while (!ready) {
	}
	pthread_kill(other, SIGUSR1);
	pthread_join(other, NULL);
	printf("a spinning thread was reached: %d\n", (int)count);
}

int main(void)
{
	simple();
	registers();
	fault("load from nowhere", SIGSEGV, read_nothing);
	fault("store to a constant", SIGSEGV, write_constant);
	fault("jump to nowhere", SIGSEGV, run_nothing);
	fault("undefined instruction", SIGILL, undefined);
	fault("division by zero", SIGFPE, divide);
	fault("privileged instruction", SIGSEGV, privileged);
	fault("breakpoint", SIGTRAP, breakpoint);
	alternate_stack();
	masks();
	waits();
	fd = eventfd(0, 0);
	handle(SIGUSR1, note, 0);
	interrupted("nanosleep", do_sleep, 0);
	interrupted("poll", do_poll, 0);
	interrupted("ppoll with its mask", do_ppoll, 1);
	interrupted("read", do_read, 0);
	interrupted("sigsuspend", do_suspend, 1);
	spinning_thread();
	printf("signals done\n");
	return 0;
}
