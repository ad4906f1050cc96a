/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs the vCPUs and answers their exits: ports go to the devices, every other exit that this
 * machine does not expect ends the guest with a report.
 */
#include "control/vmm/run.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>

#include "control/vmm/message.h"
#include "control/vmm/report.h"

#define KICK_SIGNAL SIGUSR1

static void on_kick(int number)
{
	(void)number;	/* interrupting KVM_RUN is all */
}

/* One port exit: `count` accesses of `size` bytes, their data behind each other in the run page. */
static void handle_io(struct vcpu *vcpu)
{
	struct ports *ports = &vcpu->machine->ports;
	struct kvm_run *run = vcpu->run;
	uint8_t *data = (uint8_t *)run + run->io.data_offset;
	int size = run->io.size;

	for (uint32_t i = 0; i < run->io.count; i++, data += size) {
		uint32_t value = 0;

		if (run->io.direction == KVM_EXIT_IO_OUT) {
			memcpy(&value, data, size);
			ports_write(ports, run->io.port, size, value);
		} else {
			value = ports_read(ports, run->io.port, size);
			memcpy(data, &value, size);
		}
	}
}

/* Only the vCPU that ends the guest reports: the others go down with it. */
static void handle_failure(struct vcpu *vcpu)
{
	if (machine_stop(vcpu->machine, MACHINE_FAILED)) {
		report_exit(vcpu);
	}
}

static void handle_system_event(struct vcpu *vcpu)
{
	switch (vcpu->run->system_event.type) {
	case KVM_SYSTEM_EVENT_SHUTDOWN:
		machine_stop(vcpu->machine, MACHINE_OFF);
		break;
	case KVM_SYSTEM_EVENT_RESET:
		machine_stop(vcpu->machine, MACHINE_RESET);
		break;
	default:
		handle_failure(vcpu);
	}
}

static void handle_exit(struct vcpu *vcpu)
{
	switch (vcpu->run->exit_reason) {
	case KVM_EXIT_IO:
		handle_io(vcpu);
		break;
	case KVM_EXIT_INTR:
		break;
	case KVM_EXIT_SYSTEM_EVENT:
		handle_system_event(vcpu);
		break;
	default:
		handle_failure(vcpu);
	}
}

static void *run_loop(void *argument)
{
	struct vcpu *vcpu = argument;
	struct machine *machine = vcpu->machine;

	/* Not before all threads are known to who may kick them. */
	pthread_mutex_lock(&machine->lock);
	pthread_mutex_unlock(&machine->lock);
	while (machine->end == MACHINE_RUNS) {
		if (!ioctl(vcpu->fd, KVM_RUN, 0)) {
			handle_exit(vcpu);
		} else if (errno != EINTR && errno != EAGAIN) {
			int error = errno;

			if (machine_stop(machine, MACHINE_FAILED)) {
				report_error(vcpu, error);
			}
		}
	}
	return NULL;
}

int run_start(struct machine *machine)
{
	struct sigaction action = { .sa_handler = on_kick };
	int error = 0, started = 0;

	sigemptyset(&action.sa_mask);
	if (sigaction(KICK_SIGNAL, &action, NULL)) {
		return fail("sigaction: %s", strerror(errno));
	}
	pthread_mutex_lock(&machine->lock);
	while (started < machine->config->cpus && !error) {
		struct vcpu *vcpu = &machine->vcpus[started];

		error = pthread_create(&vcpu->thread, NULL, run_loop, vcpu);
		started += !error;
	}
	if (error) {
		machine->end = MACHINE_FAILED;
	}
	pthread_mutex_unlock(&machine->lock);
	if (!error) {
		return 0;
	}
	for (int i = 0; i < started; i++) {
		pthread_join(machine->vcpus[i].thread, NULL);
	}
	return fail("cannot start the thread of vCPU %d: %s", started, strerror(error));
}

void run_kick(struct machine *machine)
{
	for (int i = 0; i < machine->config->cpus; i++) {
		struct vcpu *vcpu = &machine->vcpus[i];

		/* The flag for a kick that comes before KVM_RUN, the signal for one during it. */
		vcpu->run->immediate_exit = 1;
		if (!pthread_equal(pthread_self(), vcpu->thread)) {
			pthread_kill(vcpu->thread, KICK_SIGNAL);
		}
	}
}

void run_wait(struct machine *machine)
{
	pthread_mutex_lock(&machine->lock);
	while (machine->end == MACHINE_RUNS) {
		pthread_cond_wait(&machine->ended, &machine->lock);
	}
	pthread_mutex_unlock(&machine->lock);
	for (int i = 0; i < machine->config->cpus; i++) {
		pthread_join(machine->vcpus[i].thread, NULL);
	}
}
