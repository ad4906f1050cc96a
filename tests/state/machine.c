/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making and running the machines. Every processor runs in a thread of its own; signals, repeated
 * until each thread has ended, stop them wherever they are.
 */
#define _GNU_SOURCE
#include "tests/state/machine.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "tests/selftest/test.h"

GUEST_CODE_OF(state_kit);

#define FIRST_TSC (1ull << 44)
#define FIRST_CLOCK 1000000000000ull /* ns */
#define PTE_DEVICE 0x93		     /* present, writable, large, not cached */

/*
 * At the instruction pointer of a fresh processor, for a guest whose own is lost: out %al,
 * $PORT_DONE.
 */
#define RESET_RIP 0xfff0
static const uint8_t lost[] = {0xe6, PORT_DONE};

struct runner {
	struct guest *m;
	int vcpu;
	pthread_t thread;
	atomic_bool ended;
	bool left;  /* with an exit for the test */
	int error;  /* of KVM_RUN, but for EINTR and EAGAIN */
};

static atomic_bool stop;

int machine_call(int fd, unsigned long number, void *argument, const char *what)
{
	if (ioctl(fd, number, argument) < 0) {
		failed("%s: %s", what, strerror(errno));
		return -1;
	}
	return 0;
}

static void put(struct guest *m, uint64_t at, uint64_t value)
{
	memcpy(m->memory + at, &value, sizeof(value));
}

/* The clocks start far from 0. */
static int set_clocks(struct guest *m)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} tsc = {{.nmsrs = 1}, {.index = 0x10, .data = FIRST_TSC}};
	struct kvm_clock_data clock = {.clock = FIRST_CLOCK};

	for (int i = 0; i < m->vcpus; i++) {
		if (CALL(m->vcpu[i], KVM_SET_MSRS, &tsc)) {
			return -1;
		}
	}
	return CALL(m->vm, KVM_SET_CLOCK, &clock);
}

int machine_create_bare(struct guest *m, int vcpus)
{
	struct kvm_pit_config pit = {.flags = KVM_PIT_SPEAKER_DUMMY};
	struct kvm_enable_cap cap = {.cap = KVM_CAP_X86_TRIPLE_FAULT_EVENT, .args = {1}};

	if (guest_create(m, vcpus, GUEST_WITH_IRQCHIP | GUEST_WITH_CPUID)) {
		return -1;
	}
	return CALL(m->vm, KVM_CREATE_PIT2, &pit) || CALL(m->vm, KVM_ENABLE_CAP, &cap);
}

int machine_create(struct guest *m, int vcpus)
{
	struct kvm_sregs sregs;

	if (machine_create_bare(m, vcpus) || set_clocks(m)) {
		return -1;
	}
	memcpy(m->memory + GUEST_KIT, guest_state_kit, guest_state_kit_end - guest_state_kit);
	memcpy(m->memory + RESET_RIP, lost, sizeof(lost));
	put(m, GUEST_PDPT + 3 * 8, STATE_IOAPIC_PD | 3);
	put(m, STATE_IOAPIC_PD + (STATE_IOAPIC >> 21 & 511) * 8,
	    (STATE_IOAPIC & ~0x1fffffull) | PTE_DEVICE);
	for (int i = 0; i < vcpus; i++) {
		if (guest_get_sregs(m, i, &sregs)) {
			return -1;
		}
		sregs.apic_base |= 1 << 10; /* x2APIC */
		if (guest_set_sregs(m, i, &sregs) || guest_enter_long(m, i)) {
			return -1;
		}
	}
	return 0;
}

static void *run_vcpu(void *arg)
{
	struct runner *r = arg;
	int ret = -1;

	while (!atomic_load(&stop)) {
		ret = ioctl(r->m->vcpu[r->vcpu], KVM_RUN, 0);
		if (!ret || (errno != EINTR && errno != EAGAIN)) {
			r->left = true;
			r->error = ret ? errno : 0;
			break;
		}
	}
	atomic_store(&r->ended, true);
	return NULL;
}

static void wake(int sig)
{
	(void)sig;
}

static void sleep_ms(int ms)
{
	struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000l};

	nanosleep(&t, NULL);
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool any_ended(struct runner *r, int count)
{
	for (int i = 0; i < count; i++) {
		if (atomic_load(&r[i].ended)) {
			return true;
		}
	}
	return false;
}

/* A signal may come just before KVM_RUN: so they are sent until all have ended. */
static void stop_all(struct runner *r, int count)
{
	atomic_store(&stop, true);
	for (int i = 0; i < count; i++) {
		while (!atomic_load(&r[i].ended)) {
			pthread_kill(r[i].thread, SIGUSR1);
			sleep_ms(1);
		}
		pthread_join(r[i].thread, NULL);
	}
}

int machine_run(struct guest *m, int ms)
{
	struct sigaction action = {.sa_handler = wake};
	struct runner r[GUEST_MAX_VCPUS];
	long until = now_ms() + ms;

	sigaction(SIGUSR1, &action, NULL);
	atomic_store(&stop, false);
	for (int i = 0; i < m->vcpus; i++) {
		memset(&r[i], 0, sizeof(r[i]));
		r[i].m = m;
		r[i].vcpu = i;
		if (pthread_create(&r[i].thread, NULL, run_vcpu, &r[i])) {
			stop_all(r, i);
			failed("pthread_create");
			return -1;
		}
	}
	while (!any_ended(r, m->vcpus) && now_ms() < until) {
		sleep_ms(1);
	}
	stop_all(r, m->vcpus);
	failed("no end after %d ms", ms);
	for (int i = 0; i < m->vcpus; i++) {
		if (r[i].error) {
			failed("KVM_RUN: %s", strerror(r[i].error));
		} else if (r[i].left) {
			failed("processor %d left with exit %u", i, m->run[i]->exit_reason);
			return i;
		}
	}
	return -1;
}

/* Finishes the port write of processor 0. */
static int settle(struct guest *m)
{
	int ret;

	m->run[0]->immediate_exit = 1;
	ret = ioctl(m->vcpu[0], KVM_RUN, 0);
	m->run[0]->immediate_exit = 0;
	if (!ret || errno != EINTR) {
		failed("KVM_RUN with immediate_exit gave %d", ret);
		return -1;
	}
	return 0;
}

static int run_to_port(struct guest *m, int port, int value, int ms)
{
	struct kvm_run *run = m->run[0];
	int vcpu = machine_run(m, ms);

	if (vcpu) {
		return -1; /* the reason is stored */
	}
	if (run->exit_reason != KVM_EXIT_IO || run->io.direction != KVM_EXIT_IO_OUT ||
	    run->io.port != port || (value >= 0 && *guest_io_data(m, 0) != value)) {
		failed("exit %u at a wrong place (port 0x%x)", run->exit_reason, run->io.port);
		return -1;
	}
	return settle(m);
}

int machine_run_to_step(struct guest *m, int step, int ms)
{
	return run_to_port(m, PORT_STEP, step, ms);
}

int machine_run_to_done(struct guest *m, int ms)
{
	return run_to_port(m, PORT_DONE, -1, ms);
}
