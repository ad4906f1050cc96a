/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A call on a vCPU waits for another thread's KVM_RUN, whatever signals come meanwhile: they stay
 * pending, and only a KVM_RUN that waited answers EINTR for them. The end of the process ends the
 * wait; for that the program runs itself. The same output on Linux and on Corbel.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/programs/show.h"

#define MEMORY 0x10000u
#define CODE 0x1000
#define FLAG 0x2000
#define RUN_SIZE 0x3000
#define PAUSE_MS 300	/* long enough to be in the call */
#define SIGNALS 5

/* movb $1, 0x2000; then it spins */
static const char code[] = "\xc6\x06\x00\x20\x01\xeb\xfe";

/* A thread in a call, and what it has told. */
struct caller {
	pthread_t thread;
	unsigned long number;
	void *argument;
	atomic_int in_call, returned;
	int result, error;
	unsigned int reason;
	int handled_at_return;
};

static char *self;
static int vcpu;
static struct kvm_run *run;
static uint8_t *memory;
static struct kvm_regs regs;
static struct kvm_sregs sregs;
static struct kvm_mp_state mp_state;
static atomic_int handled, stopped;

static void need(int condition, const char *what)
{
	if (!condition) {
		printf("vcpu_wait: %s: %s\n", what, strerror(errno));
		exit(1);
	}
}

static void make_vcpu(void)
{
	struct kvm_userspace_memory_region region = {.memory_size = MEMORY};
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm = ioctl(kvm, KVM_CREATE_VM, 0);

	need(vm >= 0, "KVM_CREATE_VM");
	memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	need(memory != MAP_FAILED, "mmap");
	memcpy(memory + CODE, code, sizeof(code));
	region.userspace_addr = (uintptr_t)memory;
	need(!ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	need(vcpu >= 0, "KVM_CREATE_VCPU");
	run = mmap(NULL, RUN_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	need(run != MAP_FAILED, "mmap of the vCPU");
	need(!ioctl(vcpu, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	sregs.cs.base = sregs.cs.selector = 0;
	need(!ioctl(vcpu, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
}

static void on_signal(int number)
{
	atomic_fetch_add(number == SIGUSR1 ? &handled : &stopped, 1);
}

static void *call(void *argument)
{
	struct caller *c = argument;

	atomic_store(&c->in_call, 1);
	c->result = ioctl(vcpu, c->number, c->argument);
	c->error = errno;
	c->reason = run->exit_reason;
	c->handled_at_return = atomic_load(&handled);
	atomic_store(&c->returned, 1);
	return NULL;
}

static void start(struct caller *c, unsigned long number, void *argument)
{
	*c = (struct caller){.number = number, .argument = argument};
	need(!pthread_create(&c->thread, NULL, call, c), "pthread_create");
	while (!atomic_load(&c->in_call)) {
		sleep_ms(1);
	}
}

/* A thread in KVM_RUN of a guest that spins. */
static void start_guest(struct caller *c)
{
	regs = (struct kvm_regs){.rip = CODE, .rflags = 0x202};
	need(!ioctl(vcpu, KVM_SET_REGS, &regs), "KVM_SET_REGS");
	*(volatile uint8_t *)(memory + FLAG) = 0;
	start(c, KVM_RUN, NULL);
	while (!*(volatile uint8_t *)(memory + FLAG)) {
		sleep_ms(1);
	}
}

static void show(const char *what, struct caller *c)
{
	pthread_join(c->thread, NULL);
	printf("%s: %d %s, exit reason %u\n", what, c->result,
	       c->result ? errno_name(c->error) : "-", c->reason);
}

/* One call that waits while signals come to its thread. */
static void wait_behind(const char *what, unsigned long number, void *argument)
{
	struct caller runner, waiter;

	atomic_store(&handled, 0);
	atomic_store(&stopped, 0);
	start_guest(&runner);
	start(&waiter, number, argument);
	sleep_ms(PAUSE_MS);
	printf("%s: returned %d\n", what, atomic_load(&waiter.returned));
	for (int i = 0; i < SIGNALS; i++) {
		pthread_kill(waiter.thread, SIGUSR1);
		sleep_ms(PAUSE_MS / SIGNALS);
	}
	printf("%s: after signals: returned %d, handled %d\n", what,
	       atomic_load(&waiter.returned), atomic_load(&handled));
	pthread_kill(runner.thread, SIGUSR2);
	show("runner", &runner);
	show(what, &waiter);
	printf("%s: handled %d, before it returned %d, runner's %d, at %#llx\n", what,
	       atomic_load(&handled), waiter.handled_at_return, atomic_load(&stopped), regs.rip);
	fflush(stdout);
}

/* The child: ends, or is ended, with one thread in the guest and two that wait for it. */
static void be_child(const char *how)
{
	struct caller runner, waiter, second;

	make_vcpu();
	start_guest(&runner);
	start(&waiter, KVM_GET_REGS, &regs);
	start(&second, KVM_RUN, NULL);
	pthread_kill(waiter.thread, SIGUSR1);
	sleep_ms(PAUSE_MS);
	printf("%s: returned %d %d\n", how, atomic_load(&waiter.returned),
	       atomic_load(&second.returned));
	fflush(stdout);
	if (!strcmp(how, "exit")) {
		_exit(7);
	}
	if (!strcmp(how, "fault")) {
		*(volatile char *)atomic_load((_Atomic(uintptr_t) *)(memory + 0x4000)) = 1;
	}
	kill(getpid(), SIGKILL);
	pause();
}

static void end_while_waiting(char *how)
{
	char *argv[] = {self, how, NULL}, *envp[] = {NULL};
	int status = -1;
	pid_t pid = -1;

	need(!posix_spawn(&pid, self, NULL, NULL, argv, envp), "posix_spawn");
	need(waitpid(pid, &status, 0) == pid, "waitpid");
	printf("%s: %s %d\n", how, WIFEXITED(status) ? "exit" : "signal",
	       WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = on_signal};

	self = argv[0];
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
	if (argc > 1) {
		be_child(argv[1]);
	}
	make_vcpu();
	wait_behind("KVM_GET_REGS", KVM_GET_REGS, &regs);
	wait_behind("KVM_SET_REGS", KVM_SET_REGS, &regs);
	wait_behind("KVM_GET_MP_STATE", KVM_GET_MP_STATE, &mp_state);
	wait_behind("KVM_GET_SREGS", KVM_GET_SREGS, &sregs);
	wait_behind("KVM_RUN", KVM_RUN, NULL);
	end_while_waiting("exit");
	end_while_waiting("fault");
	end_while_waiting("kill");
	return 0;
}
