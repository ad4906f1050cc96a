/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs the vCPU and answers its exits: ports go to the devices, every other exit that this machine
 * does not expect ends the guest with a report.
 */
#include "control/vmm/run.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>

#include "control/vmm/message.h"
#include "control/vmm/report.h"

static void on_kick(int number)
{
	(void)number;	/* interrupting KVM_RUN is all */
}

int run_prepare(struct machine *machine)
{
	struct sigaction action = { .sa_handler = on_kick };

	machine->vcpu_thread = pthread_self();
	sigemptyset(&action.sa_mask);
	if (sigaction(RUN_KICK_SIGNAL, &action, NULL)) {
		return fail("sigaction: %s", strerror(errno));
	}
	return 0;
}

/* One port exit: `count` accesses of `size` bytes, their data behind each other in the run page. */
static void handle_io(struct machine *machine)
{
	struct kvm_run *run = machine->run;
	uint8_t *data = (uint8_t *)run + run->io.data_offset;
	int size = run->io.size;

	for (uint32_t i = 0; i < run->io.count; i++, data += size) {
		uint32_t value = 0;

		if (run->io.direction == KVM_EXIT_IO_OUT) {
			memcpy(&value, data, size);
			ports_write(&machine->ports, run->io.port, size, value);
		} else {
			value = ports_read(&machine->ports, run->io.port, size);
			memcpy(data, &value, size);
		}
	}
}

static void handle_system_event(struct machine *machine)
{
	switch (machine->run->system_event.type) {
	case KVM_SYSTEM_EVENT_SHUTDOWN:
		machine_stop(machine, MACHINE_OFF);
		break;
	case KVM_SYSTEM_EVENT_RESET:
		machine_stop(machine, MACHINE_RESET);
		break;
	default:
		report_exit(machine);
		machine_stop(machine, MACHINE_FAILED);
	}
}

static void handle_exit(struct machine *machine)
{
	switch (machine->run->exit_reason) {
	case KVM_EXIT_IO:
		handle_io(machine);
		break;
	case KVM_EXIT_INTR:
		break;
	case KVM_EXIT_SYSTEM_EVENT:
		handle_system_event(machine);
		break;
	default:
		report_exit(machine);
		machine_stop(machine, MACHINE_FAILED);
	}
}

void run_loop(struct machine *machine)
{
	while (machine->end == MACHINE_RUNS) {
		if (!ioctl(machine->vcpu, KVM_RUN, 0)) {
			handle_exit(machine);
		} else if (errno != EINTR && errno != EAGAIN) {
			report_error(machine, errno);
			machine_stop(machine, MACHINE_FAILED);
		}
	}
}
