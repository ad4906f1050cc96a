/* SPDX-License-Identifier: BSD-2-Clause */
/* KVM_RUN and threads: kicks, vCPUs that spin side by side, vCPUs that change threads, bad ends. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "tests/selftest/test.h"

GUEST_CODE_OF(spin);
GUEST_CODE_OF(count);
GUEST_CODE_OF(steps);
GUEST_CODE_OF(halt);
GUEST_CODE_OF(triple_fault);
GUEST_CODE_OF(real);

struct runner {
	struct guest *guest;
	int vcpu;
	pthread_t thread;
	int result, error;		/* of KVM_RUN */
	atomic_int done;
};

static void on_signal(int number)
{
	(void)number;
}

static void *run_once(void *argument)
{
	struct runner *runner = argument;

	runner->result = ioctl(runner->guest->vcpu[runner->vcpu], KVM_RUN, 0);
	runner->error = errno;
	atomic_store(&runner->done, 1);
	return NULL;
}

static void pause_ms(int ms)
{
	struct timespec pause = { .tv_nsec = ms * 1000000 };

	nanosleep(&pause, NULL);
}

static enum result start(struct runner *runner, struct guest *guest, int vcpu)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGUSR1, &action, NULL);
	memset(runner, 0, sizeof(*runner));
	runner->guest = guest;
	runner->vcpu = vcpu;
	CHECK(!pthread_create(&runner->thread, NULL, run_once, runner), "pthread_create");
	return PASSED;
}

/*
 * Kicks as a VMM does: the flag for a vCPU that is about to enter, the signal for one that is in.
 */
static enum result stop(struct runner *runner)
{
	struct kvm_run *run = runner->guest->run[runner->vcpu];

	run->immediate_exit = 1;
	pthread_kill(runner->thread, SIGUSR1);
	pthread_join(runner->thread, NULL);
	run->immediate_exit = 0;
	CHECK(runner->result == -1 && runner->error == EINTR, "KVM_RUN gave %d, errno %d, exit %u",
	      runner->result, runner->error, run->exit_reason);
	return PASSED;
}

static enum result spin(struct guest *guest)
{
	struct runner runner;
	struct kvm_regs regs;

	LOAD(guest, spin);
	TRY(guest_enter_long(guest, 0));
	TRY(start(&runner, guest, 0));
	pause_ms(100);
	CHECK(!atomic_load(&runner.done), "KVM_RUN ended by itself: %d, errno %d", runner.result,
	      runner.error);
	TRY(stop(&runner));
	CHECK(guest->run[0]->exit_reason == KVM_EXIT_INTR, "exit reason %u",
	      guest->run[0]->exit_reason);
	TRY(guest_get_regs(guest, 0, &regs));
	CHECK(regs.rip == GUEST_CODE + 1, "RIP 0x%llx", regs.rip);
	return PASSED;
}

/* A vCPU that halts in KVM_RUN for ever is kicked, too. */
static enum result kick_halted(struct guest *guest)
{
	struct runner runner;

	LOAD(guest, halt);
	TRY(guest_enter_long(guest, 0));
	TRY(start(&runner, guest, 0));
	pause_ms(50);
	CHECK(!atomic_load(&runner.done), "KVM_RUN ended by itself: %d, errno %d", runner.result,
	      runner.error);
	return stop(&runner);
}

static volatile uint64_t *counter(struct guest *guest, int vcpu)
{
	return (volatile uint64_t *)(guest->memory + GUEST_DATA + 0x100 * vcpu);
}

/*
 * Both must count, on one CPU, too: each is pre-empted in favour of the other and of this thread.
 */
static enum result two_spinners(struct guest *guest)
{
	struct runner runners[2];
	int rounds = 0;

	LOAD(guest, count);
	for (int i = 0; i < 2; i++) {
		struct kvm_regs regs;

		TRY(guest_enter_long(guest, i));
		TRY(guest_get_regs(guest, i, &regs));
		regs.rbx = GUEST_DATA + 0x100 * i;
		TRY(guest_set_regs(guest, i, &regs));
	}
	TRY(start(&runners[0], guest, 0));
	TRY(start(&runners[1], guest, 1));
	for (int i = 0; i < 3; i++) {
		uint64_t seen[2] = { *counter(guest, 0), *counter(guest, 1) };

		while ((*counter(guest, 0) == seen[0] || *counter(guest, 1) == seen[1]) &&
		       rounds++ < 1000) {
			pause_ms(5);
		}
	}
	TRY(stop(&runners[0]));
	TRY(stop(&runners[1]));
	CHECK(rounds < 1000, "stuck at %llu and %llu", (unsigned long long)*counter(guest, 0),
	      (unsigned long long)*counter(guest, 1));
	return PASSED;
}

static enum result change_threads(struct guest *guest)
{
	LOAD(guest, steps);
	TRY(guest_enter_long(guest, 0));
	for (uint64_t i = 1; i <= 20; i++) {
		struct runner runner;

		TRY(start(&runner, guest, 0));
		pthread_join(runner.thread, NULL);
		CHECK(runner.result == 0 && guest->run[0]->exit_reason == KVM_EXIT_IO,
		      "round %llu: KVM_RUN %d, errno %d, exit %u", (unsigned long long)i,
		      runner.result, runner.error, guest->run[0]->exit_reason);
		CHECK(guest_value(guest, 0) == i, "round %llu: the guest counted %llu",
		      (unsigned long long)i, (unsigned long long)guest_value(guest, 0));
	}
	return PASSED;
}

static enum result triple_fault(struct guest *guest)
{
	LOAD(guest, triple_fault);
	TRY(guest_enter_long(guest, 0));
	TRY(guest_run_to(guest, 0, KVM_EXIT_SHUTDOWN));
	return PASSED;
}

/* After the end of one guest the vCPU can be set up again and runs. */
static enum result after_shutdown(struct guest *guest)
{
	struct kvm_sregs reset;

	TRY(guest_get_sregs(guest, 0, &reset));
	TRY(triple_fault(guest));
	TRY(guest_set_sregs(guest, 0, &reset));
	LOAD(guest, real);
	TRY(guest_enter_real(guest, 0));
	TRY(guest_run_to(guest, 0, KVM_EXIT_IO));
	CHECK(*guest_io_data(guest, 0) == 0x11, "data 0x%x", *guest_io_data(guest, 0));
	return PASSED;
}

/* CS with both L and D: KVM_SET_SREGS takes it, the CPU of either vendor does not enter it. */
static enum result invalid_state(struct guest *guest)
{
	struct kvm_sregs sregs;

	LOAD(guest, spin);
	TRY(guest_enter_long(guest, 0));
	TRY(guest_get_sregs(guest, 0, &sregs));
	sregs.cs.db = 1;
	TRY(guest_set_sregs(guest, 0, &sregs));
	TRY(guest_run_to(guest, 0, KVM_EXIT_FAIL_ENTRY));
	/* What the registers hold after a refused entry differs: all of them are set again. */
	TRY(guest_enter_long(guest, 0));
	LOAD(guest, steps);
	TRY(guest_run_to_step(guest, 0, 1));
	return PASSED;
}

static const struct test rows[] = {
	{ "spinning guest stopped by a kick", 1, 0, spin },
	{ "halted guest stopped by a kick", 1, GUEST_WITH_IRQCHIP, kick_halted },
	{ "two spinning guests make progress", 2, 0, two_spinners },
	{ "vCPU run by 20 threads in turn", 1, 0, change_threads },
	{ "triple fault", 1, 0, triple_fault },
	{ "vCPU used again after a triple fault", 1, 0, after_shutdown },
	{ "invalid state, and repaired", 1, 0, invalid_state },
};

TEST_TABLE(run_tests, rows);
