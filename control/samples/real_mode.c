/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The smallest use of KVM: one page of guest memory, one vCPU in real mode without an interrupt
 * chip. The guest prints the digit of its sum and a line through port 0x3f8 and halts; each port
 * write and the halt come back as exits. The same file runs on Linux and on Corbel.
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define GUEST_BASE 0x1000
#define SERIAL_PORT 0x3f8

/* clang-format off: one instruction a line */
static const uint8_t guest_code[] = {
	0xba, 0xf8, 0x03,	/*       mov $0x3f8, %dx     */
	0x00, 0xd8,		/*       add %bl, %al        */
	0x04, '0',		/*       add $'0', %al       */
	0xee,			/*       out %al, (%dx)      */
	0xbe, 0x15, 0x10,	/*       mov $text, %si      */
	0x2e, 0xac,		/* next: lods %cs:(%si), %al */
	0x84, 0xc0,		/*       test %al, %al       */
	0x74, 0x03,		/*       jz done             */
	0xee,			/*       out %al, (%dx)      */
	0xeb, 0xf7,		/*       jmp next            */
	0xf4,			/* done: hlt                 */
	' ', 'f', 'r', 'o', 'm', ' ', 'r', 'e', 'a', 'l', ' ', 'm', 'o', 'd', 'e', '\n', 0
};
/* clang-format on */

static void check(int result, const char *what)
{
	if (result < 0) {
		perror(what);
		exit(1);
	}
}

static void *map(size_t size, int flags, int fd, const char *what)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (at == MAP_FAILED) {
		perror(what);
		exit(1);
	}
	return at;
}

static void add_memory(int vm)
{
	struct kvm_userspace_memory_region region = {
		.slot = 0, .guest_phys_addr = GUEST_BASE, .memory_size = 0x1000,
	};
	uint8_t *page = map(0x1000, MAP_SHARED | MAP_ANONYMOUS, -1, "mmap of guest memory");

	memcpy(page, guest_code, sizeof(guest_code));
	region.userspace_addr = (uintptr_t)page;
	check(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");
}

static void set_start_state(int vcpu)
{
	struct kvm_regs regs = { .rip = GUEST_BASE, .rax = 2, .rbx = 5, .rflags = 2 };
	struct kvm_sregs sregs;

	check(ioctl(vcpu, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	check(ioctl(vcpu, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
	check(ioctl(vcpu, KVM_SET_REGS, &regs), "KVM_SET_REGS");
}

static int run(int vcpu, struct kvm_run *state)
{
	for (;;) {
		check(ioctl(vcpu, KVM_RUN, 0), "KVM_RUN");
		switch (state->exit_reason) {
		case KVM_EXIT_HLT:
			printf("KVM_EXIT_HLT\n");
			return 0;
		case KVM_EXIT_IO:
			if (state->io.direction != KVM_EXIT_IO_OUT || state->io.size != 1 ||
			    state->io.port != SERIAL_PORT || state->io.count != 1) {
				fprintf(stderr, "unexpected KVM_EXIT_IO\n");
				return 1;
			}
			putchar(*((char *)state + state->io.data_offset));
			break;
		case KVM_EXIT_FAIL_ENTRY:
			fprintf(stderr, "KVM_EXIT_FAIL_ENTRY: reason 0x%llx\n",
				state->fail_entry.hardware_entry_failure_reason);
			return 1;
		case KVM_EXIT_INTERNAL_ERROR:
			fprintf(stderr, "KVM_EXIT_INTERNAL_ERROR: suberror %u\n",
				state->internal.suberror);
			return 1;
		default:
			fprintf(stderr, "exit reason %u\n", state->exit_reason);
			return 1;
		}
	}
}

int main(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int vm, vcpu, size;

	check(kvm, "/dev/kvm");
	if (ioctl(kvm, KVM_GET_API_VERSION, 0) != KVM_API_VERSION) {
		fprintf(stderr, "KVM_GET_API_VERSION is not %d\n", KVM_API_VERSION);
		return 1;
	}
	if (ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_USER_MEMORY) <= 0) {
		fprintf(stderr, "KVM_CAP_USER_MEMORY is missing\n");
		return 1;
	}
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	check(vm, "KVM_CREATE_VM");
	add_memory(vm);
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	check(vcpu, "KVM_CREATE_VCPU");
	size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	check(size, "KVM_GET_VCPU_MMAP_SIZE");
	set_start_state(vcpu);
	return run(vcpu, map(size, MAP_SHARED, vcpu, "mmap of the vCPU"));
}
