/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs the runtime and a program in a VM of Linux KVM, without Corbel: domain addresses are this
 * process's own, so a hypercall (a port write here) is served by Linux's system call of the same
 * number. For work on the runtime alone.
 *
 *     host RUNTIME.elf PROGRAM [ARGS]
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/abi/corbel.h"

#define PORT 0xc5
#define MIB (1ull << 20)
#define GIB (1ull << 30)
#define WINDOW_TOP (CORBEL_USER_TOP - 4 * GIB)
#define WINDOW_SIZE (4 * GIB)
#define THREADS 256
#define TABLE_FLAGS 0x23ull

static const struct {
	uint64_t start, size;
} ranges[] = {
	{0x10000, 512 * MIB - 0x10000},		 {4 * GIB, 64 * MIB},
	{WINDOW_TOP - WINDOW_SIZE, WINDOW_SIZE}, {CORBEL_RUNTIME_BASE - 8 * MIB, 8 * MIB},
	{CORBEL_RUNTIME_BASE, 128 * MIB},
};

struct cpu {
	int fd;
	uint32_t tid;
	pthread_t thread;
	struct kvm_run *run;
	atomic_int kicked;
};

static int vm;
static size_t run_size;
static struct cpu cpus[THREADS];
static atomic_int cpu_count;
static uint64_t window_next = WINDOW_TOP;
static pthread_mutex_t window_lock = PTHREAD_MUTEX_INITIALIZER;
static __thread struct cpu *self;

static void fail(const char *what)
{
	perror(what);
	exit(125);
}

static void on_kick(int sig)
{
	(void)sig;
	if (self) {
		self->run->immediate_exit = 1;
	}
}

static uint64_t window_take(uint64_t len)
{
	uint64_t at;

	pthread_mutex_lock(&window_lock);
	at = window_next -= (len + 4095) & ~4095ull;
	pthread_mutex_unlock(&window_lock);
	return at;
}

static long raw(long nr, const struct kvm_regs *r)
{
	long result = syscall(nr, r->rdi, r->rsi, r->rdx, r->r10, r->r8, r->r9);

	return result == -1 ? -errno : result;
}

static long serve_mmap(struct kvm_regs r)
{
	if (!(r.r10 & (MAP_FIXED | MAP_FIXED_NOREPLACE))) {
		r.rdi = window_take(r.rsi);
	}
	/*
	 * The ranges are reserved by mappings of this process, so "no replace" cannot be asked of
	 * Linux.
	 */
	r.r10 = (r.r10 & ~(uint64_t)MAP_FIXED_NOREPLACE) | MAP_FIXED;
	return raw(SYS_mmap, &r);
}

static long serve_mremap(struct kvm_regs r)
{
	if (!(r.r10 & MREMAP_FIXED)) {
		r.r10 |= MREMAP_FIXED | MREMAP_MAYMOVE;
		r.r8 = window_take(r.rdx);
	}
	return raw(SYS_mremap, &r);
}

static long serve_munmap(const struct kvm_regs *r)
{
	void *at = mmap((void *)r->rdi, r->rsi, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);

	return at == MAP_FAILED ? -errno : 0;
}

static long serve_info(const struct kvm_regs *r)
{
	struct corbel_handle_info *info = (void *)r->rsi;
	struct stat st;

	if (fstat((int)r->rdi, &st)) {
		return -errno;
	}
	info->type = S_ISREG(st.st_mode)			   ? CORBEL_H_BOOTFILE
		     : isatty((int)r->rdi) || S_ISFIFO(st.st_mode) ? CORBEL_H_CONSOLE
								   : CORBEL_H_EVENTFD;
	info->length = (uint64_t)st.st_size;
	return 0;
}

static long serve_reserve(const struct kvm_regs *r)
{
	int number = (int)r->rdi < 0		       ? open("/dev/null", O_RDONLY)
		     : fcntl((int)r->rdi, F_GETFD) < 0 ? dup2(2, (int)r->rdi)
						       : -EBUSY;

	return number;
}

static void *cpu_thread(void *arg);
static struct cpu *cpu_create(const struct kvm_sregs *like, uint64_t rip, uint64_t rsp,
			      uint64_t rdi, uint64_t fs);

static long serve_thread(struct cpu *c, const struct kvm_regs *r)
{
	const struct corbel_thread_create *a = (void *)r->rdi;
	struct kvm_sregs s;
	struct cpu *child;

	ioctl(c->fd, KVM_GET_SREGS, &s);
	child = cpu_create(&s, a->rip, a->rsp, a->arg, a->fs_base);
	pthread_create(&child->thread, NULL, cpu_thread, child);
	return child->tid;
}

static long serve_kick(const struct kvm_regs *r)
{
	for (int i = 0; i < cpu_count; i++) {
		if (cpus[i].tid == r->rsi) {
			cpus[i].kicked = 1;
			pthread_kill(cpus[i].thread, SIGUSR1);
			return 0;
		}
	}
	return -ESRCH;
}

static void serve_exit(struct cpu *c, const struct kvm_regs *r)
{
	uint64_t words[2] = {r->rsi, r->rdx};

	if (c == &cpus[0]) {
		pause();
	}
	for (int i = 0; i < 2; i++) {
		if (words[i]) {
			atomic_store((atomic_uint *)words[i], 0);
			syscall(SYS_futex, words[i], 1, 1, 0, 0, 0);
		}
	}
	pthread_exit(NULL);
}

static long serve(struct cpu *c, const struct kvm_regs *r)
{
	uint32_t nr = (uint32_t)r->rax & ~CORBEL_CALL_RUNTIME;

	switch (nr) {
	case SYS_mmap: return serve_mmap(*r);
	case SYS_mremap: return serve_mremap(*r);
	case SYS_munmap: return serve_munmap(r);
	case SYS_exit: serve_exit(c, r); return 0;
	case SYS_exit_group:
		exit(r->rdi & CORBEL_EXIT_SIGNAL ? 128 + (int)(r->rdi & 0x7f)
						 : (int)(r->rdi & 0xff));
	case SYS_tgkill: return serve_kick(r);
	case CORBEL_THREAD_CREATE: return serve_thread(c, r);
	case CORBEL_HANDLE_INFO: return serve_info(r);
	case CORBEL_HANDLE_RESERVE: return serve_reserve(r);
	default: return raw(nr, r);
	}
}

static void report(struct cpu *c, const char *why)
{
	struct kvm_regs r;
	struct kvm_sregs s;

	ioctl(c->fd, KVM_GET_REGS, &r);
	ioctl(c->fd, KVM_GET_SREGS, &s);
	printf("%s: exit %u rip %llx rsp %llx rflags %llx cs %x cr2 %llx cr3 %llx rax %llx rdi "
	       "%llx errno %d\n",
	       why, c->run->exit_reason, r.rip, r.rsp, r.rflags, s.cs.selector, s.cr2, s.cr3, r.rax,
	       r.rdi, errno);
	exit(125);
}

/* An address without memory: what Corbel injects. */
static void inject_fault(struct cpu *c, uint64_t address, uint32_t error)
{
	struct kvm_vcpu_events e;
	struct kvm_sregs s;

	ioctl(c->fd, KVM_GET_SREGS, &s);
	ioctl(c->fd, KVM_GET_VCPU_EVENTS, &e);
	s.cr2 = address;
	ioctl(c->fd, KVM_SET_SREGS, &s);
	e.exception.injected = 1;
	e.exception.nr = 14;
	e.exception.has_error_code = 1;
	e.exception.error_code = error;
	if (ioctl(c->fd, KVM_SET_VCPU_EVENTS, &e)) {
		report(c, "inject");
	}
}

static void inject_kick(struct cpu *c)
{
	struct kvm_interrupt irq = {CORBEL_KICK_VECTOR};

	c->run->request_interrupt_window = 0;
	if (!c->kicked) {
		return;
	}
	if (c->run->ready_for_interrupt_injection && c->run->if_flag) {
		c->kicked = 0;
		ioctl(c->fd, KVM_INTERRUPT, &irq);
	} else {
		c->run->request_interrupt_window = 1;
	}
}

static void *cpu_thread(void *arg)
{
	struct cpu *c = arg;
	struct kvm_regs r;

	self = c;
	for (;;) {
		inject_kick(c);
		if (ioctl(c->fd, KVM_RUN, 0)) {
			if (errno == EFAULT) {
				/*
				 * Before Linux 6.8 KVM does not tell where: tests/programs have it
				 * in RAX.
				 */
				ioctl(c->fd, KVM_GET_REGS, &r);
				inject_fault(c, r.rax, 7);
			} else if (errno != EINTR) {
				report(c, "KVM_RUN");
			}
			c->run->immediate_exit = 0;
			continue;
		}
		switch (c->run->exit_reason) {
		case KVM_EXIT_IO:
			if (c->run->io.port != PORT) {
				report(c, "port");
			}
			ioctl(c->fd, KVM_GET_REGS, &r);
			r.rax = (uint64_t)serve(c, &r);
			ioctl(c->fd, KVM_SET_REGS, &r);
			break;
		case KVM_EXIT_IRQ_WINDOW_OPEN:
		case KVM_EXIT_INTR: break;
		case KVM_EXIT_MMIO: inject_fault(c, c->run->mmio.phys_addr, 4); break;
		case KVM_EXIT_INTERNAL_ERROR:
			ioctl(c->fd, KVM_GET_REGS, &r);
			if (r.rip > 0xffff) {
				report(c, "exit");
			}
			inject_fault(c, r.rip, 0x14);
			break;
		default: report(c, "exit");
		}
	}
	return NULL;
}

static struct kvm_segment segment(uint16_t selector, uint8_t type, uint8_t l)
{
	return (struct kvm_segment){.limit = 0xffffffff,
				    .selector = selector,
				    .type = type,
				    .present = 1,
				    .s = 1,
				    .l = l,
				    .db = !l,
				    .g = 1};
}

static struct cpu *cpu_create(const struct kvm_sregs *like, uint64_t rip, uint64_t rsp,
			      uint64_t rdi, uint64_t fs)
{
	struct {
		struct kvm_cpuid2 head;
		struct kvm_cpuid_entry2 entries[256];
	} *id = calloc(1, sizeof(*id));
	int index = atomic_fetch_add(&cpu_count, 1);
	struct cpu *c = &cpus[index];
	struct kvm_regs r = {.rip = rip, .rsp = rsp, .rdi = rdi, .rflags = 2};
	struct kvm_sregs s;

	c->fd = ioctl(vm, KVM_CREATE_VCPU, index);
	c->tid = 100 + (uint32_t)index;
	c->run = mmap(NULL, run_size, PROT_READ | PROT_WRITE, MAP_SHARED, c->fd, 0);
	id->head.nent = 256;
	int kvm = open("/dev/kvm", O_RDWR);
	ioctl(kvm, KVM_GET_SUPPORTED_CPUID, id);
	close(kvm);
	if (c->fd < 0 || ioctl(c->fd, KVM_SET_CPUID2, id)) {
		fail("vCPU");
	}
	ioctl(c->fd, KVM_GET_SREGS, &s);
	if (like) {
		s.cr3 = like->cr3;
	} else {
		s.cr3 = CORBEL_RUNTIME_TABLES;
	}
	s.cs = segment(8, 11, 1);
	s.ds = s.es = s.fs = s.gs = s.ss = segment(16, 3, 0);
	s.fs.base = fs;
	s.cr0 = 0x80050033;
	s.cr4 = 0x620;
	s.efer = 0xd01;
	if (ioctl(c->fd, KVM_SET_SREGS, &s) || ioctl(c->fd, KVM_SET_REGS, &r)) {
		fail("registers");
	}
	free(id);
	return c;
}

static void add_memory(void)
{
	for (unsigned i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		struct kvm_userspace_memory_region region = {.slot = i,
							     .guest_phys_addr = ranges[i].start,
							     .memory_size = ranges[i].size,
							     .userspace_addr = ranges[i].start};
		int prot = ranges[i].start >= CORBEL_RUNTIME_BASE
				   ? PROT_READ | PROT_WRITE | PROT_EXEC
				   : PROT_NONE;

		if (mmap((void *)ranges[i].start, ranges[i].size, prot,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1,
			 0) == MAP_FAILED ||
		    ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region)) {
			fail("memory");
		}
	}
}

static uint64_t load_runtime(const char *path)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	char *file;

	if (fd < 0 || fstat(fd, &st)) {
		fail(path);
	}
	file = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	const Elf64_Ehdr *h = (void *)file;
	const Elf64_Phdr *ph = (void *)(file + h->e_phoff);
	for (int i = 0; i < h->e_phnum; i++) {
		if (ph[i].p_type == PT_LOAD) {
			memcpy((void *)ph[i].p_vaddr, file + ph[i].p_offset, ph[i].p_filesz);
		}
	}
	return h->e_entry;
}

static void fill_start(int program, int argc, char **argv)
{
	uint64_t *top = (void *)CORBEL_RUNTIME_TABLES, *gibs = top + 512;
	struct corbel_boot_block *b = (void *)CORBEL_RUNTIME_BOOT;
	struct corbel_time_page *time = (void *)CORBEL_RUNTIME_TIME;
	char *strings = (char *)(b + 1);

	top[0] = (uint64_t)gibs | TABLE_FLAGS;
	gibs[CORBEL_RUNTIME_BASE / GIB] = (uint64_t)(gibs + 512) | TABLE_FLAGS;
	for (uint64_t i = 0; i < 512; i++) {
		gibs[512 + i] = (CORBEL_RUNTIME_BASE + i * 2 * MIB) | TABLE_FLAGS | 0xc0;
	}
	*b = (struct corbel_boot_block){.abi = CORBEL_ABI_VERSION,
					.size = sizeof(*b),
					.program_handle = program,
					.cpu_count = 2,
					.strings = (uint64_t)strings,
					.time_page = (uint64_t)time,
					.memory_bytes = GIB,
					.handle_count = 3,
					.boot_tid = cpus[0].tid,
					.flags = CORBEL_BOOT_PORT_CALLS};
	for (int i = 0; i < argc; i++) {
		strings = stpcpy(strings, argv[i]) + 1;
	}
	b->argc = (uint32_t)argc;
	b->strings_len = (uint64_t)strings - b->strings;
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = on_kick};
	int kvm = open("/dev/kvm", O_RDWR), program;
	uint64_t entry;

	if (argc < 3 || kvm < 0) {
		fail("usage: host RUNTIME PROGRAM [ARGS]; /dev/kvm");
	}
	sigaction(SIGUSR1, &action, NULL);
	setvbuf(stdout, NULL, _IONBF, 0);
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	run_size = (size_t)ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	add_memory();
	entry = load_runtime(argv[1]);
	program = open(argv[2], O_RDONLY);
	if (program < 0) {
		fail(argv[2]);
	}
	cpu_create(NULL, entry, CORBEL_RUNTIME_STACK_TOP, CORBEL_RUNTIME_BOOT, 0);
	cpus[0].thread = pthread_self();
	fill_start(program, argc - 2, argv + 2);
	cpu_thread(&cpus[0]);
	return 0;
}
