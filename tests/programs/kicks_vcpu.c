/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kicks of a vCPU, one after the other has been seen: each ends one KVM_RUN with EINTR, none is
 * lost wherever it hits. Most come right before KVM_RUN, where a lost one costs most, the
 * others from another thread at any point. Both idioms of VMMs: the handler sets
 * immediate_exit, or the signal is open only in KVM_SET_SIGNAL_MASK's mask; guests that spin,
 * wait in HLT, or exit all the time. The argument is the number of rounds in all; with one, the
 * time is told, too.
 */
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

#define ROUNDS 6000
#define FEWEST 100	/* in the run, of each kind */
#define CODE 0x1000
#define RUN_SIZE 0x3000
#define LOST_SECONDS 20.0
#define SPINS 64		/* looks at the count before others get the CPU */

/*
 * Interrupts are on: nothing else would end a run on an emulator that lacks the exit. One of
 * `share` rounds is in the run: a guest that does not wait keeps a single CPU for a time slice.
 */
static const struct guest {
	const char *what, *code;
	int size, chips, share;
} guests[] = {
	{ "spinning guest", "\xeb\xfe", 2, 0, 500 },
	{ "halted guest", "\xf4\xeb\xfd", 3, 1, 4 },
	{ "guest of port exits", "\xe6\x80\xeb\xfc", 4, 0, 500 },
};

static struct kvm_run *run;
static int vcpu, by_mask;
static sigset_t kick_set;
static atomic_long returns;
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

static void *runner(void *unused)
{
	while (!atomic_load(&stop)) {
		if (!ioctl(vcpu, KVM_RUN, 0)) {
			if (run->exit_reason != KVM_EXIT_IO) {
				break;
			}
		} else if (errno == EINTR) {
			take_kick();
			atomic_fetch_add(&returns, 1);
		} else {
			break;
		}
	}
	atomic_store(&wrong, !atomic_load(&stop));
	return unused;
}

/* Whether a kick ends a KVM_RUN. */
static int kick(pthread_t thread)
{
	long seen = atomic_load(&returns);
	double start = 0;

	pthread_kill(thread, SIGUSR1);
	for (unsigned int i = 1; atomic_load(&returns) == seen; i++) {
		if (i % SPINS) {
			__builtin_ia32_pause();
			continue;
		}
		sched_yield();
		if (i % (SPINS * 256) == 0) {
			start = start ? start : seconds();
			if (atomic_load(&wrong) || seconds() - start > LOST_SECONDS) {
				return 0;
			}
		}
	}
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
	uint8_t *memory = mmap(NULL, 0x10000, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int vm = ioctl(kvm, KVM_CREATE_VM, 0);

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

static long storm(int kvm, const struct guest *guest, long rounds, int tell_time)
{
	double start = seconds();
	long part = rounds / guest->share, least = rounds < FEWEST ? rounds : FEWEST;
	long done = 0, lost = 0, before = rounds - (part < least ? least : part);
	pthread_t thread;

	start_guest(kvm, guest);
	set_mask();
	lost = before - storm_before(before);
	rounds -= before;
	atomic_store(&returns, 0);
	atomic_store(&stop, 0);
	need(!pthread_create(&thread, NULL, runner, NULL), "pthread_create");
	while (done < rounds && !lost) {
		lost = !kick(thread);
		done += !lost;
	}
	need(!atomic_load(&wrong), "KVM_RUN ended by itself");
	atomic_store(&stop, 1);
	pthread_kill(thread, SIGUSR1);
	pthread_join(thread, NULL);
	printf("%s, %s: %ld rounds before the run, %ld in it, %ld lost",
	       by_mask ? "signal mask" : "immediate_exit", guest->what, before, done, lost);
	tell_time ? printf(", %.1f s\n", seconds() - start) : printf("\n");
	fflush(stdout);
	return lost;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_kick };
	long rounds = argc > 1 ? atol(argv[1]) : ROUNDS, lost = 0;
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int count = 2 * sizeof(guests) / sizeof(guests[0]);

	need(kvm >= 0, "/dev/kvm");
	sigemptyset(&kick_set);
	sigaddset(&kick_set, SIGUSR1);
	sigaction(SIGUSR1, &action, NULL);
	for (int i = 0; i < count; i++) {
		by_mask = i % 2;
		lost += storm(kvm, &guests[i / 2], rounds * (i + 1) / count - rounds * i / count,
			      argc > 1);
	}
	printf("kicks_vcpu: %ld rounds, %ld lost\n", rounds, lost);
	return lost != 0;
}
