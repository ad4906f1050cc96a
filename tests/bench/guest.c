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
#include <unistd.h>

#define MEM_SIZE (2 << 20)
#define PML4 0x1000
#define PDPT 0x2000
#define PD 0x3000	/* of the first GiB */
#define PD_APIC 0x4000	/* of the fourth */
#define GDT 0x6000
#define LARGE_PAGE 0x83
#define CPUID_ENTRIES 100
#define CPUID_1_ECX_TSC_DEADLINE (1u << 24)

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
		 *pd = (uint64_t *)(mem + PD), *pd_apic = (uint64_t *)(mem + PD_APIC),
		 *idt = (uint64_t *)(mem + BENCH_IDT), *gdt = (uint64_t *)(mem + GDT);
	uint64_t handler = BENCH_CODE + (uint64_t)(bench_timer_handler - bench_code);

	pml4[0] = PDPT | 3;
	pdpt[0] = PD | 3;
	pdpt[3] = PD_APIC | 3;
	pd[0] = LARGE_PAGE;			/* identity */
	pd_apic[0x1f7] = 0xfee00000 | LARGE_PAGE;
	gdt[1] = 0x00af9b000000ffff;
	gdt[2] = 0x00cf93000000ffff;
	idt[2 * BENCH_VECTOR] = (handler & 0xffff) | BENCH_CS << 16 | 0x8e00ULL << 32 |
				handler >> 16 << 48;
	memcpy(mem + BENCH_CODE, bench_code, (size_t)(bench_code_end - bench_code));
}

static void enter_long_mode(int vcpu, const char *entry)
{
	struct kvm_segment code = {.limit = 0xffffffff,
				   .selector = BENCH_CS,
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
	struct kvm_regs regs = { .rsp = MEM_SIZE, .rflags = 2 };
	struct kvm_sregs s;

	CALL(vcpu, KVM_GET_SREGS, &s);
	s.cr3 = PML4;
	s.cr4 = 0x20;
	s.cr0 = 0x80000011;
	s.efer = 0x500;
	s.cs = code;
	s.ds = s.es = s.fs = s.gs = s.ss = data;
	s.gdt.base = GDT;
	s.gdt.limit = 3 * 8 - 1;
	s.idt.base = BENCH_IDT;
	s.idt.limit = 0xfff;
	CALL(vcpu, KVM_SET_SREGS, &s);
	regs.rip = BENCH_CODE + (uint64_t)(entry - bench_code);
	CALL(vcpu, KVM_SET_REGS, &regs);
}

/* What the host supports and, with a local APIC, the timer's deadline mode. */
static void set_cpuid(int sys, int vcpu, int chips)
{
	static struct {
		struct kvm_cpuid2 head;
		struct kvm_cpuid_entry2 entry[CPUID_ENTRIES];
	} c;
	uint32_t i;

	c.head.nent = CPUID_ENTRIES;
	CALL(sys, KVM_GET_SUPPORTED_CPUID, &c);
	for (i = 0; chips && i < c.head.nent; i++) {
		if (c.entry[i].function == 1) {
			c.entry[i].ecx |= CPUID_1_ECX_TSC_DEADLINE;
		}
	}
	CALL(vcpu, KVM_SET_CPUID2, &c);
}

static void add_memory(int vm)
{
	struct kvm_userspace_memory_region slot = { .memory_size = MEM_SIZE };
	char *mem =
		mmap(NULL, MEM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED) {
		err(1, "bench: guest memory");
	}
	fill_memory(mem);
	slot.userspace_addr = (uintptr_t)mem;
	CALL(vm, KVM_SET_USER_MEMORY_REGION, &slot);
}

static void serve_port(struct kvm_run *run, uint32_t ticks[BENCH_FIGURES])
{
	char *data = (char *)run + run->io.data_offset;
	uint32_t figure = run->io.port - BENCH_PORT;

	if (run->io.direction == KVM_EXIT_IO_IN) {
		*data = 0x5a;
	} else if (figure < BENCH_FIGURES) {
		memcpy(&ticks[figure], data, sizeof(ticks[figure]));
	}
}

static void run_loop(int vcpu, struct kvm_run *run, uint32_t ticks[BENCH_FIGURES])
{
	for (;;) {
		CALL(vcpu, KVM_RUN, 0);
		if (run->exit_reason != KVM_EXIT_IO) {
			errx(1, "bench: unexpected exit %u", run->exit_reason);
		}
		if (run->io.port == BENCH_PORT_DONE) {
			return;
		}
		serve_port(run, ticks);
	}
}

void bench_run_guest(const char *entry, int chips, uint32_t ticks[BENCH_FIGURES])
{
	int sys = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm, vcpu, size;
	struct kvm_pit_config pit = { .flags = 0 };
	struct kvm_run *run;

	if (sys < 0) {
		err(1, "bench: /dev/kvm");
	}
	vm = CALL(sys, KVM_CREATE_VM, 0);
	add_memory(vm);
	if (chips) {
		CALL(vm, KVM_CREATE_IRQCHIP, 0);
		CALL(vm, KVM_CREATE_PIT2, &pit);
	}
	vcpu = CALL(vm, KVM_CREATE_VCPU, 0);
	size = CALL(sys, KVM_GET_VCPU_MMAP_SIZE, 0);
	run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	if (run == MAP_FAILED) {
		err(1, "bench: run page");
	}
	set_cpuid(sys, vcpu, chips);
	enter_long_mode(vcpu, entry);
	run_loop(vcpu, run, ticks);
	munmap(run, (size_t)size);
	close(vcpu);
	close(vm);
	close(sys);
}
