/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes VMs for the rows, makes the calls and prints their lines. */
#define _GNU_SOURCE	/* strerrorname_np */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/abi/abi.h"

int kvm;
const char *group;

static void need(int condition, const char *what)
{
	if (!condition) {
		printf("abi: %s: %s\n", what, strerror(errno));
		exit(1);
	}
}

uint8_t *anonymous(size_t size)
{
	uint8_t *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			       0);

	need(memory != MAP_FAILED, "mmap");
	return memory;
}

static struct kvm_run *run_page(int vcpu)
{
	void *page = mmap(NULL, 0x3000, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);

	need(page != MAP_FAILED, "mmap of a vCPU");
	return page;
}

static void set_supported_cpuid(int vcpu)
{
	struct kvm_cpuid2 *all = calloc(1, sizeof(*all) + 256 * sizeof(all->entries[0]));

	need(all != NULL, "calloc");
	all->nent = 256;
	need(!ioctl(kvm, KVM_GET_SUPPORTED_CPUID, all), "KVM_GET_SUPPORTED_CPUID");
	need(!ioctl(vcpu, KVM_SET_CPUID2, all), "KVM_SET_CPUID2");
	free(all);
}

void machine_open(struct machine *m, unsigned int flags)
{
	*m = (struct machine){ .vcpu = -1, .second = -1 };
	m->vm = ioctl(kvm, KVM_CREATE_VM, 0);
	need(m->vm >= 0, "KVM_CREATE_VM");
	need(!(flags & WITH_IRQCHIP) || !ioctl(m->vm, KVM_CREATE_IRQCHIP, 0), "KVM_CREATE_IRQCHIP");
	if (flags & WITH_MEMORY) {
		struct kvm_userspace_memory_region region = { .memory_size = MEMORY_SIZE };

		m->memory = anonymous(MEMORY_SIZE);
		region.userspace_addr = (uintptr_t)m->memory;
		need(!ioctl(m->vm, KVM_SET_USER_MEMORY_REGION, &region), "a memory slot");
	}
	if (flags & (WITH_VCPU | WITH_SECOND)) {
		m->vcpu = ioctl(m->vm, KVM_CREATE_VCPU, 0);
		need(m->vcpu >= 0, "KVM_CREATE_VCPU 0");
		m->run = run_page(m->vcpu);
	}
	if (flags & WITH_SECOND) {
		m->second = ioctl(m->vm, KVM_CREATE_VCPU, 1);
		need(m->second >= 0, "KVM_CREATE_VCPU 1");
		m->run_second = run_page(m->second);
	}
	if (flags & WITH_CPUID) {
		set_supported_cpuid(m->vcpu);
	}
}

void machine_close(struct machine *m)
{
	if (m->run) {
		munmap(m->run, 0x3000);
		close(m->vcpu);
	}
	if (m->run_second) {
		munmap(m->run_second, 0x3000);
		close(m->second);
	}
	close(m->vm);
	if (m->memory) {
		munmap(m->memory, MEMORY_SIZE);
	}
}

void row(const char *what, long result, const char *format, ...)
{
	const char *error = result == -1 ? strerrorname_np(errno) : "OK";
	va_list arguments;

	printf("%s|%s|%ld|%s|", group, what, result, error ? error : "unknown");
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
}

long call(const char *what, int fd, unsigned long number, uintptr_t argument)
{
	long result = ioctl(fd, number, argument);

	row(what, result, "%s", "");
	return result;
}

int call_fd(const char *what, int fd, unsigned long number, uintptr_t argument)
{
	int made = ioctl(fd, number, argument);

	row(what, made < 0 ? -1 : 0, "%s", "");
	return made;
}

/* What of the run page an exit of that reason fills. */
static void describe(char *text, size_t size, const struct kvm_run *run)
{
	switch (run->exit_reason) {
	case KVM_EXIT_IO:
		snprintf(text, size, " io dir=%u size=%u port=%#x count=%u", run->io.direction,
			 run->io.size, run->io.port, run->io.count);
		break;
	case KVM_EXIT_MMIO:
		snprintf(text, size, " mmio gpa=%#llx len=%u w=%u", run->mmio.phys_addr,
			 run->mmio.len, run->mmio.is_write);
		break;
	case KVM_EXIT_INTERNAL_ERROR:
		snprintf(text, size, " suberror=%u", run->internal.suberror);
		break;
	default:
		*text = '\0';
	}
}

void run_row(struct machine *m, const char *what)
{
	long result = ioctl(m->vcpu, KVM_RUN, 0);
	int error = errno;
	struct kvm_regs regs;
	char text[80];

	describe(text, sizeof(text), m->run);
	need(!ioctl(m->vcpu, KVM_GET_REGS, &regs), "KVM_GET_REGS");
	errno = error;
	/* Where RIP stands at an OUT is not part of the interface. */
	if (m->run->exit_reason == KVM_EXIT_IO && m->run->io.direction == KVM_EXIT_IO_OUT) {
		row(what, result, "exit=%u rax=%#llx rcx=%#llx%s", m->run->exit_reason, regs.rax,
		    regs.rcx, text);
	} else {
		row(what, result, "exit=%u rip=%#llx rax=%#llx rcx=%#llx%s", m->run->exit_reason,
		    regs.rip, regs.rax, regs.rcx, text);
	}
}

void load(struct machine *m, const char *code, size_t size, uint64_t rflags)
{
	struct kvm_regs regs = { .rip = CODE, .rsp = 0x8000, .rflags = rflags };
	struct kvm_sregs sregs;

	memcpy(m->memory + CODE, code, size);
	need(!ioctl(m->vcpu, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	sregs.cs.base = sregs.cs.selector = 0;
	need(!ioctl(m->vcpu, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
	need(!ioctl(m->vcpu, KVM_SET_REGS, &regs), "KVM_SET_REGS");
}
