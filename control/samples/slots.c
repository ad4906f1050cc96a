/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory slots that are added, moved and deleted while a vCPU reads and writes there all the time.
 * After each change it must see the memory where it is now, and device memory where it was: reads
 * there come out as exits and are answered with ones. The same file runs on Linux and on Corbel.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define ROUNDS 25
#define CODE 0x1000
#define SEEN 0x3000	/* words: at A, at B, loops, stop */
#define A 0x100000	/* where slot 1 is, or not */
#define B 0x200000
#define WORD 0x600d
#define ONES 0xffffffffu

/* clang-format off: assembly */
asm(".pushsection .rodata\n"
    "code: .code32\n"
    "1:	mov 0x100000, %eax; mov %eax, 0x3000\n"
    "	mov 0x200000, %eax; mov %eax, 0x3004\n"
    "	mov %ecx, 0x100004; mov %ecx, 0x200004\n"
    "	inc %ecx; mov %ecx, 0x3008\n"
    "	cmpl $0, 0x300c; je 1b\n"
    "	hlt\n"
    "code_end: .code64\n"
    ".popsection");
/* clang-format on */
extern const uint8_t code[], code_end[];

static int vm, vcpu, wrong;
static struct kvm_run *run;
static volatile uint32_t *seen;
static uint8_t *memory, *page;

static void check(int failed, const char *what)
{
	if (failed) {
		perror(what);
		exit(1);
	}
}

static void set_slot(uint32_t slot, uint64_t address, uint64_t size, void *at, uint32_t flags)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot, .flags = flags, .guest_phys_addr = address, .memory_size = size,
		.userspace_addr = (uintptr_t)at,
	};

	check(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");
}

static void *vcpu_thread(void *unused)
{
	for (;;) {
		check(ioctl(vcpu, KVM_RUN, 0), "KVM_RUN");
		if (run->exit_reason != KVM_EXIT_MMIO) {
			return unused;
		}
		memset(run->mmio.data, 0xff, sizeof(run->mmio.data));
	}
}

/* What the vCPU has read at A and B since now, two loops later. */
static void expect(const char *what, uint32_t at_a, uint32_t at_b)
{
	uint32_t start = seen[2];

	while (seen[2] - start < 2) {
		sched_yield();
	}
	if (seen[0] != at_a || seen[1] != at_b) {
		wrong++;
		printf("%s: %#x at A, %#x at B\n", what, seen[0], seen[1]);
	}
}

static void create(int kvm)
{
	struct kvm_regs regs = { .rip = CODE, .rflags = 0x202 };
	struct kvm_sregs sregs;

	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	check(vm < 0, "KVM_CREATE_VM");
	memory = mmap(NULL, 0x5000, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(memory == MAP_FAILED, "mmap of guest memory");
	page = memory + 0x4000;
	memcpy(memory + CODE, code, (size_t)(code_end - code));
	*(uint32_t *)page = WORD;
	seen = (volatile uint32_t *)(memory + SEEN);
	set_slot(0, 0, 0x4000, memory, 0);
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	check(vcpu < 0, "KVM_CREATE_VCPU");
	run = mmap(NULL, (size_t)ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE,
		   MAP_SHARED, vcpu, 0);
	check(run == MAP_FAILED, "mmap of the vCPU");
	check(ioctl(vcpu, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	sregs.cs = (struct kvm_segment){ .limit = ONES, .selector = 8, .type = 0xb, .present = 1,
					 .s = 1, .g = 1, .db = 1 };
	sregs.ds = (struct kvm_segment){ .limit = ONES, .selector = 16, .type = 3, .present = 1,
					 .s = 1, .g = 1, .db = 1 };
	sregs.es = sregs.ss = sregs.ds;
	sregs.cr0 |= 1;
	check(ioctl(vcpu, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
	check(ioctl(vcpu, KVM_SET_REGS, &regs), "KVM_SET_REGS");
}

int main(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	pthread_t thread;

	check(kvm < 0, "/dev/kvm");
	create(kvm);
	check(pthread_create(&thread, NULL, vcpu_thread, NULL), "a thread");
	expect("nothing yet", ONES, ONES);
	for (int i = 0; i < ROUNDS; i++) {
		set_slot(1, A, 0x1000, page, 0);
		expect("added at A", WORD, ONES);
		set_slot(1, A, 0x1000, page, KVM_MEM_LOG_DIRTY_PAGES);
		expect("logged at A", WORD, ONES);
		set_slot(1, B, 0x1000, page, 0);
		expect("moved to B", ONES, WORD);
		set_slot(1, B, 0, page, 0);
		expect("deleted", ONES, ONES);
	}
	seen[3] = 1;
	pthread_join(thread, NULL);
	printf("%d rounds of add, log, move, delete: %d wrong, exit %u\n", ROUNDS, wrong,
	       run->exit_reason);
	return wrong != 0;
}
