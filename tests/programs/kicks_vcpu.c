/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kicks of a vCPU: each ends one KVM_RUN with EINTR, none is lost wherever it hits. Some come
 * right before KVM_RUN, the others from another thread after a random time: on the way in, in
 * the guest, on the way out. Both idioms of VMMs: the handler sets immediate_exit, or the signal
 * is open only in KVM_SET_SIGNAL_MASK's mask; guests that spin, wait in HLT, or exit all the
 * time. Arguments: the number of rounds in all, and of those from another thread; with them,
 * it is told when they came, as far as a program can know, and the time.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

#define ROUNDS 6000
#define RACES 600
#define CODE 0x1000
#define PROGRESS 0x2000	/* a counter of the guest's */
#define RUN_SIZE 0x3000
#define LOST_SECONDS 20.0
#define WINDOW_NS 300000	/* the longest time between two kicks */

/* Interrupts are on: nothing else would end a run on an emulator that lacks the exit. */
static const struct guest {
	const char *what, *code;	/* incl PROGRESS; wait, exit or nothing; jmp CODE */
	int size, chips;
} guests[] = {
	{ "spinning guest", "\x66\xff\x06\x00\x20\xeb\xf9", 7, 0 },
	{ "halted guest", "\x66\xff\x06\x00\x20\xf4\xeb\xf8", 8, 1 },
	{ "guest of port exits", "\x66\xff\x06\x00\x20\xe6\x80\xeb\xf7", 9, 0 },
};

/*
 * When a kick of another thread came: KVM_RUN ended with EINTR and the guest had not run, or
 * had; or KVM_RUN ended by an exit although the kick was there. One in HLT is of the first kind.
 */
enum moment { BEFORE_ENTRY, IN_GUEST, AFTER_EXIT, MOMENTS };

static struct kvm_run *run;
static int vcpu, by_mask;
static sigset_t kick_set;
static uint8_t *memory;
static atomic_long returns, moments[MOMENTS];
static atomic_int stop, wrong;

static void need(int condition, const char *what)
{
	if (!condition) {
		printf("kicks_vcpu: %s: %s\n", what, strerror(errno));
		exit(1);
	}
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec * 1e-9;
}

static void on_kick(int number)
{
	(void)number;
	run->immediate_exit = 1;
}

/* Makes the kick that ended a KVM_RUN go away. */
static void take_kick(void)
{
	int number;

	if (by_mask) {
		need(!sigwait(&kick_set, &number), "sigwait");
	} else {
		run->immediate_exit = 0;
	}
}

static uint32_t progress(void)
{
	return *(volatile uint32_t *)(memory + PROGRESS);
}

/* Whether a kick came that the KVM_RUN that has just ended does not tell of. */
static int kick_waits(void)
{
	sigset_t pending;

	return by_mask ? !sigpending(&pending) && sigismember(&pending, SIGUSR1)
		       : run->immediate_exit;
}

static void *runner(void *unused)
{
	int late = 0;

	while (!atomic_load(&stop)) {
		uint32_t before = progress();

		if (!ioctl(vcpu, KVM_RUN, 0)) {
			if (run->exit_reason != KVM_EXIT_IO) {
				break;
			}
			late = kick_waits();
		} else if (errno == EINTR) {
			int moved = progress() != before;

			atomic_fetch_add(&moments[late ? AFTER_EXIT : moved ? IN_GUEST :
						  BEFORE_ENTRY], 1);
			late = 0;
			take_kick();
			atomic_fetch_add(&returns, 1);
		} else {
			break;
		}
	}
	atomic_store(&wrong, !atomic_load(&stop));
	return unused;
}

/* Sleeps for a random time: also a single CPU is the runner's meanwhile. */
static void pause_shortly(void)
{
	static uint64_t x = 88172645463325252u;
	struct timespec time = { 0 };

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	time.tv_nsec = x % WINDOW_NS;
	nanosleep(&time, NULL);
}

/* Whether a kick ends a KVM_RUN. */
static int kick(pthread_t thread)
{
	long seen = atomic_load(&returns);
	double start = seconds();

	pthread_kill(thread, SIGUSR1);
	do {
		pause_shortly();
		if (atomic_load(&wrong) || seconds() - start > LOST_SECONDS) {
			return 0;
		}
	} while (atomic_load(&returns) == seen);
	return 1;
}

static void set_registers(void)
{
	struct kvm_regs regs = { .rip = CODE, .rflags = 0x202 };
	struct kvm_sregs sregs;

	need(!ioctl(vcpu, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	sregs.cs.base = sregs.cs.selector = 0;
	need(!ioctl(vcpu, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
	need(!ioctl(vcpu, KVM_SET_REGS, &regs), "KVM_SET_REGS");
}

static void start_guest(int kvm, const struct guest *guest)
{
	struct kvm_userspace_memory_region region = { .memory_size = 0x10000 };
	int vm = ioctl(kvm, KVM_CREATE_VM, 0);

	memory = mmap(NULL, 0x10000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	need(memory != MAP_FAILED && vm >= 0, "KVM_CREATE_VM");
	need(!guest->chips || !ioctl(vm, KVM_CREATE_IRQCHIP, 0), "KVM_CREATE_IRQCHIP");
	memcpy(memory + CODE, guest->code, guest->size);
	region.userspace_addr = (uintptr_t)memory;
	need(!ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	need(vcpu >= 0, "KVM_CREATE_VCPU");
	run = mmap(NULL, RUN_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	need(run != MAP_FAILED, "mmap of the vCPU");
	set_registers();
}

/* In KVM_RUN the kick is open, outside it is not. */
static void set_mask(void)
{
	struct {
		struct kvm_signal_mask head;
		uint8_t set[8];
	} mask = { .head.len = 8 };

	if (by_mask) {
		need(!ioctl(vcpu, KVM_SET_SIGNAL_MASK, &mask), "KVM_SET_SIGNAL_MASK");
	}
	pthread_sigmask(by_mask ? SIG_BLOCK : SIG_UNBLOCK, &kick_set, NULL);
}

/* A kick that comes right before KVM_RUN ends the very next one. */
static void *kick_oneself(void *rounds)
{
	for (long i = *(long *)rounds; i; i--) {
		pthread_kill(pthread_self(), SIGUSR1);
		if (!ioctl(vcpu, KVM_RUN, 0) || errno != EINTR) {
			atomic_store(&wrong, 1);
			break;
		}
		take_kick();
		atomic_fetch_add(&returns, 1);
	}
	atomic_store(&stop, 1);
	return NULL;
}

/* How many of them did; one that is lost in a spinning guest comes to no end. */
static long storm_before(long rounds)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	double last = seconds();
	long seen = 0, now;
	pthread_t thread;

	atomic_store(&returns, 0);
	atomic_store(&stop, 0);
	need(!pthread_create(&thread, NULL, kick_oneself, &rounds), "pthread_create");
	while (!atomic_load(&stop) && seconds() - last < LOST_SECONDS) {
		nanosleep(&pause, NULL);
		now = atomic_load(&returns);
		last = now == seen ? last : seconds();
		seen = now;
	}
	if (!atomic_load(&stop)) {
		printf("kicks_vcpu: a kick right before KVM_RUN was lost in round %ld\n", seen);
		exit(1);
	}
	pthread_join(thread, NULL);
	return atomic_load(&returns);
}

static void tell(const struct guest *guest, long before, long races, long lost, double time)
{
	printf("%s, %s: %ld rounds before the run, %ld races, %ld lost",
	       by_mask ? "signal mask" : "immediate_exit", guest->what, before, races, lost);
	if (time) {
		printf("; %ld before entry, %ld in the guest, %ld after the exit; %.1f s",
		       moments[BEFORE_ENTRY], moments[IN_GUEST], moments[AFTER_EXIT], time);
	}
	printf("\n");
	fflush(stdout);
}

static long storm(int kvm, const struct guest *guest, long before, long races, int tell_time)
{
	double start = seconds();
	long done = 0, lost = 0;
	pthread_t thread;

	start_guest(kvm, guest);
	set_mask();
	lost = before - storm_before(before);
	atomic_store(&returns, 0);
	atomic_store(&stop, 0);
	for (int i = 0; i < MOMENTS; i++) {
		atomic_store(&moments[i], 0);
	}
	need(!pthread_create(&thread, NULL, runner, NULL), "pthread_create");
	while (done < races && !lost) {
		lost = !kick(thread);
		done += !lost;
	}
	need(!atomic_load(&wrong), "KVM_RUN ended by itself");
	atomic_store(&stop, 1);
	pthread_kill(thread, SIGUSR1);
	pthread_join(thread, NULL);
	tell(guest, before, done, lost, tell_time ? seconds() - start : 0);
	return lost;
}

/* Part i of n parts of a number. */
static long part(long number, int i, int n)
{
	return number * (i + 1) / n - number * i / n;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_kick };
	long rounds = argc > 1 ? atol(argv[1]) : ROUNDS, lost = 0;
	long races = argc > 2 ? atol(argv[2]) : RACES;
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int count = 2 * sizeof(guests) / sizeof(guests[0]);

	need(kvm >= 0, "/dev/kvm");
	sigemptyset(&kick_set);
	sigaddset(&kick_set, SIGUSR1);
	sigaction(SIGUSR1, &action, NULL);
	for (int i = 0; i < count; i++) {
		by_mask = i % 2;
		lost += storm(kvm, &guests[i / 2], part(rounds - races, i, count),
			      part(races, i, count), argc > 1);
	}
	printf("kicks_vcpu: %ld rounds, %ld lost\n", rounds, lost);
	return lost != 0;
}
