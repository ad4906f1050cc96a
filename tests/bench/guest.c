/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VM of one vCPU in 64-bit mode and the smallest VMM that serves its ports: what the figures
 * are measured with.
 */
#include "tests/bench/bench.h"

#include <err.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define MEM_SIZE (2 << 20)
#define PML4 0x1000
#define PDPT 0x2000
#define PD 0x3000
#define CODE 0x10000

static int call(int fd, unsigned long cmd, void *arg, const char *name)
{
	int r = ioctl(fd, cmd, arg);

	if (r < 0) {
		err(1, "bench: %s", name);
	}
	return r;
}
#define CALL(fd, cmd, arg) call(fd, cmd, (void *)(arg), #cmd)

static void fill_memory(char *mem)
{
	uint64_t *pml4 = (uint64_t *)(mem + PML4), *pdpt = (uint64_t *)(mem + PDPT),
		 *pd = (uint64_t *)(mem + PD);

	pml4[0] = PDPT | 3;
	pdpt[0] = PD | 3;
	pd[0] = 0x83;				/* one page of 2 MiB, identity */
	memcpy(mem + CODE, bench_guest, (size_t)(bench_guest_end - bench_guest));
}

static void enter_long_mode(int vcpu)
{
	struct kvm_segment code = {.limit = 0xffffffff,
				   .selector = 8,
				   .type = 11,
				   .present = 1,
				   .s = 1,
				   .l = 1,
				   .g = 1};
	struct kvm_segment data = {.limit = 0xffffffff,
				   .selector = 16,
				   .type = 3,
				   .present = 1,
				   .s = 1,
				   .db = 1,
				   .g = 1};
	struct kvm_regs regs = { .rip = CODE, .rsp = MEM_SIZE, .rflags = 2 };
	struct kvm_sregs s;

	CALL(vcpu, KVM_GET_SREGS, &s);
	s.cr3 = PML4;
	s.cr4 = 0x20;
	s.cr0 = 0x80000011;
	s.efer = 0x500;
	s.cs = code;
	s.ds = s.es = s.fs = s.gs = s.ss = data;
	CALL(vcpu, KVM_SET_SREGS, &s);
	CALL(vcpu, KVM_SET_REGS, &regs);
}

static void serve_port(struct kvm_run *run, struct bench_result *r)
{
	char *data = (char *)run + run->io.data_offset;
	uint32_t value;

	if (run->io.direction == KVM_EXIT_IO_IN) {
		*data = 0x5a;
		return;
	}
	memcpy(&value, data, sizeof(value));
	switch (run->io.port) {
	case BENCH_PORT_EMPTY: r->empty = value; break;
	case BENCH_PORT_CPUID: r->cpuid = value; break;
	case BENCH_PORT_READ_DONE: r->port_read = value; break;
	}
}

void bench_run_guest(struct bench_result *r)
{
	int sys = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm, vcpu, size;
	struct kvm_userspace_memory_region slot = { .memory_size = MEM_SIZE };
	struct kvm_run *run;
	char *mem;

	if (sys < 0) {
		err(1, "bench: /dev/kvm");
	}
	vm = CALL(sys, KVM_CREATE_VM, 0);
	mem = mmap(NULL, MEM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED) {
		err(1, "bench: guest memory");
	}
	fill_memory(mem);
	slot.userspace_addr = (uintptr_t)mem;
	CALL(vm, KVM_SET_USER_MEMORY_REGION, &slot);
	vcpu = CALL(vm, KVM_CREATE_VCPU, 0);
	size = CALL(sys, KVM_GET_VCPU_MMAP_SIZE, 0);
	run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	if (run == MAP_FAILED) {
		err(1, "bench: run page");
	}
	enter_long_mode(vcpu);
	for (;;) {
		CALL(vcpu, KVM_RUN, 0);
		if (run->exit_reason == KVM_EXIT_HLT) {
			return;
		}
		if (run->exit_reason != KVM_EXIT_IO) {
			errx(1, "bench: unexpected exit %u", run->exit_reason);
		}
		serve_port(run, r);
	}
}
