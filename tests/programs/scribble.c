/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls whose arguments another thread overwrites or unmaps meanwhile: the run page with its port
 * data and ring, the structures of the ioctls, the memory behind a slot. Every call ends, with an
 * error at worst, and a VM made afterwards works. With the argument `fault` it ends by SIGSEGV in
 * the midst of it, so that what a crash leaves behind can be seen.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PHASE_SECONDS 1.0
#define KICK_NS 1000000
#define MEMORY 0x10000u
#define CODE 0x1000
#define PAGE 0x1000
#define RUN_SIZE (3 * PAGE)
#define BUFFER 0x40000u		/* the largest structure that a count in it can name */
#define RUNS_PER_VM 64

struct machine {
	int vm, vcpu;
	struct kvm_run *run;
	uint8_t *memory;
};

/* in; out; a store and a load outside the slot (DS is there); rep insb; again */
static const char busy[] = "\xe4\x10\xe6\x11\xa2\x00\x00\xa0\x00\x00\xb9\x04\x00\xbf\x00\x50"
			   "\xba\x80\x00\xf3\x6c\xeb\xe9";
/* mov $0x42, %al; out %al, $0x10; hlt */
static const char proof[] = "\xb0\x42\xe6\x10\xf4";

static int kvm;
static struct machine *victim;
static pthread_t caller;
static atomic_int stop;
static uint8_t *buffer;
static volatile uint64_t *scribbled;	/* what the scribbler writes to */
static uint64_t scribbled_words;
static uint64_t random_state = 88172645463325252u;

static void need(int condition, const char *what)
{
	if (!condition) {
		printf("scribble: %s: %s\n", what, strerror(errno));
		exit(1);
	}
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec * 1e-9;
}

static uint64_t random64(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static void *map(void *at, size_t size, int protection, int flags)
{
	void *got = mmap(at, size, protection, flags | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	need(got != MAP_FAILED, "mmap");
	return got;
}

static void machine_open(struct machine *m, const char *code, size_t size)
{
	struct kvm_userspace_memory_region region = { .memory_size = MEMORY };
	struct kvm_regs regs = { .rip = CODE, .rflags = 0x202 };
	struct kvm_sregs sregs;

	do {
		m->vm = ioctl(kvm, KVM_CREATE_VM, 0);
	} while (m->vm < 0 && errno == EINTR);
	need(m->vm >= 0 && !ioctl(m->vm, KVM_CREATE_IRQCHIP, 0), "KVM_CREATE_VM");
	m->memory = map(NULL, MEMORY, PROT_READ | PROT_WRITE, 0);
	memcpy(m->memory + CODE, code, size);
	region.userspace_addr = (uintptr_t)m->memory;
	need(!ioctl(m->vm, KVM_SET_USER_MEMORY_REGION, &region), "a slot");
	m->vcpu = ioctl(m->vm, KVM_CREATE_VCPU, 0);
	need(m->vcpu >= 0, "KVM_CREATE_VCPU");
	m->run = mmap(NULL, RUN_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, m->vcpu, 0);
	need(m->run != MAP_FAILED, "mmap of the vCPU");
	need(!ioctl(m->vcpu, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	sregs.cs.base = sregs.cs.selector = 0;
	sregs.ds.base = 0x20000;
	sregs.ds.selector = 0x2000;
	need(!ioctl(m->vcpu, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
	need(!ioctl(m->vcpu, KVM_SET_REGS, &regs), "KVM_SET_REGS");
}

static void machine_close(struct machine *m)
{
	munmap(m->run, RUN_SIZE);
	munmap(m->memory, MEMORY);
	need(!close(m->vcpu) && !close(m->vm), "close");
}

/* A VM made now works: what the scribbling broke, if anything, was its own. */
static void prove(const char *phase)
{
	struct machine m;
	int result;

	machine_open(&m, proof, sizeof(proof) - 1);
	victim = &m;
	do {
		result = ioctl(m.vcpu, KVM_RUN, 0);
		m.run->immediate_exit = 0;
	} while (result && errno == EINTR);
	printf("%s: afterwards exit %u, port %#x, data %#x\n", phase, m.run->exit_reason,
	       m.run->io.port, ((uint8_t *)m.run)[m.run->io.data_offset]);
	fflush(stdout);
	victim = NULL;
	machine_close(&m);
}

/* Ends a KVM_RUN; where immediate_exit is overwritten, the next one does. */
static void on_kick(int number)
{
	struct machine *m = victim;

	(void)number;
	if (m) {
		m->run->immediate_exit = 1;
	}
}

static void *kicker(void *unused)
{
	const struct timespec pause = { .tv_nsec = KICK_NS };

	for (;;) {
		nanosleep(&pause, NULL);
		pthread_kill(caller, SIGUSR1);
	}
	return unused;
}

/* Zeros, small numbers and large ones, mostly near the start, where counts and flags are. */
static void *scribbler(void *unused)
{
	while (!atomic_load(&stop)) {
		for (int i = 0; i < 32; i++) {
			uint64_t x = random64(), at = x >> 32 & 3 ? x >> 8 & 63 : x >> 8;
			uint64_t value = random64();

			scribbled[at % scribbled_words] =
				x % 4 == 0 ? value : x % 4 == 1 ? value & 0x1ff : 0;
		}
		sched_yield();
	}
	return unused;
}

/* The page of the arguments and the memory of the guest come and go, readable or not. */
static void *remapper(void *unused)
{
	static const int protections[] = { PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE };
	uint8_t *memory = victim->memory;

	for (unsigned int i = 0; !atomic_load(&stop); i++) {
		uint8_t *at = i % 2 ? buffer : memory + random64() % (MEMORY / PAGE) * PAGE;

		if (i % 8 < 4) {
			need(!mprotect(at, PAGE, protections[i % 3]), "mprotect");
		} else {
			need(!munmap(at, PAGE), "munmap");
			map(at, PAGE, protections[i % 3], MAP_FIXED);
		}
		sched_yield();
	}
	return unused;
}

static void *crasher(void *unused)
{
	const struct timespec pause = { .tv_nsec = 100 * KICK_NS };
	volatile uintptr_t nowhere = 8;

	nanosleep(&pause, NULL);
	*(volatile char *)nowhere = 1;
	return unused;
}

/* Whether KVM may answer this to a call that is overwritten meanwhile. Kicks end KVM_RUN only. */
static int is_answer(unsigned long number, int error)
{
	static const int answers[] = { EINVAL, EFAULT, E2BIG, EEXIST, ENOENT, ENXIO, EBUSY,
				       EPERM, ENOMEM, EIO, EAGAIN };

	if (error == EINTR) {
		return number == KVM_RUN;
	}
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (answers[i] == error) {
			return 1;
		}
	}
	return 0;
}

static void checked(struct machine *m, int fd, unsigned long number, uintptr_t argument)
{
	if (ioctl(fd, number, argument) < 0 && !is_answer(number, errno)) {
		printf("ioctl %#lx: %s\n", number, strerror(errno));
	}
	if (number == KVM_RUN) {
		m->run->immediate_exit = 0;
	}
}

enum object { SYSTEM, VM, VCPU };

/* What is got is set again, if it is still that. */
static const struct {
	enum object object;
	unsigned long number;
} calls[] = {
	{ SYSTEM, KVM_GET_SUPPORTED_CPUID }, { VCPU, KVM_SET_CPUID2 }, { VCPU, KVM_GET_CPUID2 },
	{ SYSTEM, KVM_GET_MSR_INDEX_LIST }, { SYSTEM, KVM_GET_MSRS },
	{ VCPU, KVM_GET_MSRS }, { VCPU, KVM_SET_MSRS },
	{ VCPU, KVM_GET_REGS }, { VCPU, KVM_SET_REGS },
	{ VCPU, KVM_GET_SREGS }, { VCPU, KVM_SET_SREGS }, { VCPU, KVM_RUN },
	{ VCPU, KVM_GET_FPU }, { VCPU, KVM_SET_FPU },
	{ VCPU, KVM_GET_XSAVE }, { VCPU, KVM_SET_XSAVE }, { VCPU, KVM_RUN },
	{ VCPU, KVM_GET_XCRS }, { VCPU, KVM_SET_XCRS },
	{ VCPU, KVM_GET_DEBUGREGS }, { VCPU, KVM_SET_DEBUGREGS }, { VCPU, KVM_RUN },
	{ VCPU, KVM_GET_VCPU_EVENTS }, { VCPU, KVM_SET_VCPU_EVENTS }, { VCPU, KVM_RUN },
	{ VCPU, KVM_GET_LAPIC }, { VCPU, KVM_SET_LAPIC }, { VCPU, KVM_RUN },
	{ VCPU, KVM_GET_MP_STATE }, { VCPU, KVM_SET_MP_STATE }, { VCPU, KVM_TRANSLATE },
	{ VCPU, KVM_SET_SIGNAL_MASK }, { VCPU, KVM_INTERRUPT },
	{ VM, KVM_GET_IRQCHIP }, { VM, KVM_SET_IRQCHIP }, { VM, KVM_IRQ_LINE_STATUS },
	{ VM, KVM_SET_GSI_ROUTING }, { VM, KVM_SIGNAL_MSI }, { VM, KVM_CREATE_PIT2 },
	{ VM, KVM_GET_PIT2 }, { VM, KVM_SET_PIT2 }, { VM, KVM_GET_CLOCK }, { VM, KVM_SET_CLOCK },
	{ VM, KVM_GET_DIRTY_LOG }, { VM, KVM_SET_USER_MEMORY_REGION }, { VM, KVM_ENABLE_CAP },
	{ VCPU, KVM_RUN },
};

static void all_calls(struct machine *m)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		const int objects[] = { kvm, m->vm, m->vcpu };
		unsigned long number = calls[i].number;

		checked(m, objects[calls[i].object], number,
			number == KVM_RUN ? 0 : (uintptr_t)buffer);
	}
}

static void run_only(struct machine *m)
{
	for (int i = 0; i < RUNS_PER_VM; i++) {
		checked(m, m->vcpu, KVM_RUN, 0);
	}
}

struct phase {
	const char *name;
	void *(*other)(void *);
	void (*call)(struct machine *m);
	int on_run_page, keeps_vm;
};

static const struct phase phases[] = {
	{ "run page overwritten", scribbler, run_only, 1, 0 },
	{ "arguments overwritten", scribbler, all_calls, 0, 0 },
	{ "arguments and memory unmapped", remapper, all_calls, 0, 1 },
};

static const struct phase crash = { "crash", crasher, all_calls, 0, 1 };

/*
 * The other thread for the life of one VM; a new VM now and then, as a broken one may do
 * nothing.
 */
static void one_vm(const struct phase *p, double end)
{
	struct machine m;
	pthread_t thread;

	machine_open(&m, busy, sizeof(busy) - 1);
	victim = &m;
	scribbled = p->on_run_page ? (volatile uint64_t *)m.run : (volatile uint64_t *)buffer;
	scribbled_words = (p->on_run_page ? RUN_SIZE : 2 * PAGE) / 8;
	atomic_store(&stop, 0);
	need(!pthread_create(&thread, NULL, p->other, NULL), "pthread_create");
	do {
		p->call(&m);
	} while (p->keeps_vm && seconds() < end);
	atomic_store(&stop, 1);
	pthread_join(thread, NULL);
	victim = NULL;
	map(buffer, PAGE, PROT_READ | PROT_WRITE, MAP_FIXED);
	machine_close(&m);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_kick, .sa_flags = SA_RESTART };
	pthread_t thread;

	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	need(kvm >= 0, "/dev/kvm");
	buffer = map(NULL, BUFFER, PROT_READ | PROT_WRITE, 0);
	caller = pthread_self();
	sigaction(SIGUSR1, &action, NULL);
	need(!pthread_create(&thread, NULL, kicker, NULL), "pthread_create");
	for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
		double end = seconds() + PHASE_SECONDS;

		while (seconds() < end) {
			one_vm(&phases[i], end);
		}
		prove(phases[i].name);
	}
	if (argc > 1 && !strcmp(argv[1], "fault")) {
		one_vm(&crash, seconds() + 10 * PHASE_SECONDS);
	}
	printf("scribble done\n");
	return 0;
}
