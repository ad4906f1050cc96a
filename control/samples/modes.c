/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest in each CPU mode: real, protected, protected with PAE paging, long. Its registers are set
 * from outside; it adds two numbers whose sum wraps at the width of the mode, reads a word, with
 * paging through a second mapping of its page at 1 GiB, and writes both to a port. The same file
 * runs on Linux and on Corbel.
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define MEMORY_SIZE 0x400000	/* one slot at 0 */
#define CODE 0x1000
#define DATA 0x2000
#define PML4 0x3000
#define PDPT 0x4000
#define PD 0x5000
#define SECOND_GIB 0x40000000
#define LARGE_PAGE 0x83		/* present, writable, a large page */
#define TABLE 3
#define PAE_TABLE 1
#define WORD 0x600d

enum { CR0_PE = 1, CR0_PG = (int)0x80000000, CR4_PAE = 0x20, EFER_LME = 0x100, EFER_LMA = 0x400 };

/* clang-format off: assembly */
asm(".pushsection .rodata\n"
    "code_real: .code16\n"
    "	mov $0xfff0, %ax; add $0x21, %ax; out %ax, $0x10\n"
    "	mov 0x2000, %ax; out %ax, $0x11; hlt\n"
    "code_protected: .code32\n"
    "	mov $0xfffffff0, %eax; add $0x21, %eax; out %eax, $0x10\n"
    "	mov 0x2000, %eax; out %eax, $0x11; hlt\n"
    "code_pae:\n"
    "	mov $0xfffffff0, %eax; add $0x21, %eax; out %eax, $0x10\n"
    "	mov 0x40002000, %eax; out %eax, $0x11; hlt\n"
    "code_long: .code64\n"
    "	mov $0xfffffff0, %eax; add $0x21, %rax; shr $4, %rax; out %eax, $0x10\n"
    "	mov 0x40002000, %eax; out %eax, $0x11; hlt\n"
    "code_end:\n"
    ".popsection");
/* clang-format on */
extern const uint8_t code_real[], code_protected[], code_pae[], code_long[], code_end[];

static const struct mode {
	const char *name;
	const uint8_t *code, *end;
	uint64_t cr0, cr3, cr4, efer;
} modes[] = {
	{ "real", code_real, code_protected, 0, 0, 0, 0 },
	{ "protected", code_protected, code_pae, CR0_PE, 0, 0, 0 },
	{ "PAE", code_pae, code_long, CR0_PE | (uint32_t)CR0_PG, PDPT, CR4_PAE, 0 },
	{ "long", code_long, code_end, CR0_PE | (uint32_t)CR0_PG, PML4, CR4_PAE,
	  EFER_LME | EFER_LMA },
};

static int kvm, vm, vcpu;
static struct kvm_run *run;
static uint8_t *memory;

static void check(int failed, const char *what)
{
	if (failed) {
		perror(what);
		exit(1);
	}
}

static void put(uint64_t address, uint64_t value)
{
	memcpy(memory + address, &value, sizeof(value));
}

static void create(void)
{
	struct kvm_userspace_memory_region region = { .memory_size = MEMORY_SIZE };
	int size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);

	memory = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		      0);
	check(memory == MAP_FAILED, "mmap of guest memory");
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	check(vm < 0, "KVM_CREATE_VM");
	region.userspace_addr = (uintptr_t)memory;
	check(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	check(vcpu < 0, "KVM_CREATE_VCPU");
	run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	check(run == MAP_FAILED, "mmap of the vCPU");
}

/* The first 2 MiB at 0 and again at 1 GiB, by the same tables for PAE and long mode. */
static void make_tables(int is_long)
{
	put(PML4, PDPT | TABLE);
	put(PDPT, PD | (is_long ? TABLE : PAE_TABLE));
	put(PDPT + 8, PD | (is_long ? TABLE : PAE_TABLE));
	put(PD, LARGE_PAGE);
}

static struct kvm_segment flat(const struct mode *mode, uint16_t selector, uint8_t type)
{
	int is_long = mode->efer && type & 8;

	return (struct kvm_segment){
		.limit = 0xffffffff, .selector = selector, .type = type, .present = 1, .s = 1,
		.g = 1, .db = !is_long, .l = is_long,
	};
}

static void set_mode(const struct mode *mode)
{
	struct kvm_regs regs = { .rip = CODE, .rflags = 2 };
	struct kvm_sregs sregs;

	check(ioctl(vcpu, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	sregs.cs.base = sregs.cs.selector = 0;
	if (mode->cr0) {
		sregs.cs = flat(mode, 8, 0xb);
		sregs.ds = sregs.es = sregs.ss = flat(mode, 16, 3);
	}
	sregs.cr0 |= mode->cr0;
	sregs.cr3 = mode->cr3;
	sregs.cr4 = mode->cr4;
	sregs.efer = mode->efer;
	check(ioctl(vcpu, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
	check(ioctl(vcpu, KVM_SET_REGS, &regs), "KVM_SET_REGS");
}

/* The number that the guest writes to the port. */
static uint32_t port_write(uint16_t port)
{
	uint32_t value = 0;

	check(ioctl(vcpu, KVM_RUN, 0), "KVM_RUN");
	if (run->exit_reason != KVM_EXIT_IO || run->io.port != port || run->io.count != 1) {
		printf("exit reason %u instead of a write to port %#x\n", run->exit_reason, port);
		exit(1);
	}
	memcpy(&value, (char *)run + run->io.data_offset, run->io.size);
	return value;
}

int main(void)
{
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	check(kvm < 0, "/dev/kvm");
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		uint32_t sum, word;

		create();
		make_tables(modes[i].efer != 0);
		put(DATA, WORD);
		memcpy(memory + CODE, modes[i].code, (size_t)(modes[i].end - modes[i].code));
		set_mode(&modes[i]);
		sum = port_write(0x10);
		word = port_write(0x11);
		check(ioctl(vcpu, KVM_RUN, 0), "KVM_RUN");
		printf("%s mode: sum %#x, word %#x, exit %u\n", modes[i].name, sum, word,
		       run->exit_reason);
	}
	return 0;
}
