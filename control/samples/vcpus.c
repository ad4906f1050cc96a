/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two vCPUs that count, in a memory word of both and in one of their own, while they are kicked:
 * a signal whose handler sets immediate_exit ends KVM_RUN, and the guest goes on as if nothing had
 * been. At the end the sums must be equal. The same file runs on Linux and on Corbel.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

#define VCPUS 2
#define KICKS 100
#define CODE 0x1000
#define SHARED 0x3000
#define STOP 0x3004
#define OWN 0x3010	/* a word per vCPU */

/* clang-format off: assembly. BX: where this vCPU counts for itself */
asm(".pushsection .rodata\n"
    "code: .code16\n"
    "1:	lock incl 0x3000\n"
    "	incl (%bx)\n"
    "	cmpw $0, 0x3004\n"
    "	je 1b\n"
    "	hlt\n"
    "code_end: .code64\n"
    ".popsection");
/* clang-format on */
extern const uint8_t code[], code_end[];

static struct vcpu {
	int id, fd, kicks;
	struct kvm_run *run;
	pthread_t thread;
} vcpus[VCPUS];
static _Thread_local struct vcpu *self;
static uint8_t *memory;
static int stopped;	/* vCPUs that have been kicked often enough */

static void check(int failed, const char *what)
{
	if (failed) {
		perror(what);
		exit(1);
	}
}

static void on_kick(int number)
{
	(void)number;
	if (self) {
		self->run->immediate_exit = 1;
	}
}

static uint32_t word(uint32_t address)
{
	return *(volatile uint32_t *)(memory + address);
}

static void *vcpu_thread(void *argument)
{
	struct vcpu *v = argument;

	self = v;
	for (;;) {
		if (!ioctl(v->fd, KVM_RUN, 0)) {
			return NULL;
		}
		check(errno != EINTR, "KVM_RUN");
		v->run->immediate_exit = 0;
		if (++v->kicks == KICKS &&
		    __atomic_add_fetch(&stopped, 1, __ATOMIC_SEQ_CST) == VCPUS) {
			*(volatile uint16_t *)(memory + STOP) = 1;
		}
	}
}

static void create_vcpu(int kvm, int vm, struct vcpu *v, int id)
{
	struct kvm_regs regs = { .rip = CODE, .rbx = OWN + 4u * id, .rflags = 0x202 };
	struct kvm_sregs sregs;

	v->id = id;
	v->fd = ioctl(vm, KVM_CREATE_VCPU, id);
	check(v->fd < 0, "KVM_CREATE_VCPU");
	v->run = mmap(NULL, (size_t)ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE,
		      MAP_SHARED, v->fd, 0);
	check(v->run == MAP_FAILED, "mmap of the vCPU");
	check(ioctl(v->fd, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	sregs.cs.base = sregs.cs.selector = 0;
	check(ioctl(v->fd, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
	check(ioctl(v->fd, KVM_SET_REGS, &regs), "KVM_SET_REGS");
}

static void kick_until_stopped(void)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	while (__atomic_load_n(&stopped, __ATOMIC_SEQ_CST) < VCPUS) {
		for (int i = 0; i < VCPUS; i++) {
			pthread_kill(vcpus[i].thread, SIGUSR1);
		}
		nanosleep(&pause, NULL);
	}
}

int main(void)
{
	struct kvm_userspace_memory_region region = { .memory_size = 0x10000 };
	struct sigaction action = { .sa_handler = on_kick };
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm;

	check(kvm < 0, "/dev/kvm");
	sigaction(SIGUSR1, &action, NULL);
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	check(vm < 0, "KVM_CREATE_VM");
	memory = mmap(NULL, 0x10000, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(memory == MAP_FAILED, "mmap of guest memory");
	memcpy(memory + CODE, code, (size_t)(code_end - code));
	region.userspace_addr = (uintptr_t)memory;
	check(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");
	for (int i = 0; i < VCPUS; i++) {
		create_vcpu(kvm, vm, &vcpus[i], i);
	}
	for (int i = 0; i < VCPUS; i++) {
		check(pthread_create(&vcpus[i].thread, NULL, vcpu_thread, &vcpus[i]), "a thread");
	}
	kick_until_stopped();
	for (int i = 0; i < VCPUS; i++) {
		pthread_join(vcpus[i].thread, NULL);
		printf("vcpu %d: kicked %s, exit %u, counted %s\n", i,
		       vcpus[i].kicks >= KICKS ? "often" : "too seldom", vcpus[i].run->exit_reason,
		       word(OWN + 4u * i) ? "something" : "nothing");
	}
	printf("sums: %s\n", word(SHARED) == word(OWN) + word(OWN + 4) ? "equal" : "different");
	return 0;
}
