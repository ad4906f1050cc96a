/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Standard input goes to the guest's serial port byte by byte, its output to standard output. On
 * a terminal Ctrl-] ends the guest; from a pipe every byte is the guest's, and its end is only
 * silence.
 */
#include "control/vmm/console.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "control/vmm/message.h"

static struct termios saved;
static bool is_raw;

static void *read_input(void *argument)
{
	struct machine *machine = argument;
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	uint8_t bytes[64];

	for (;;) {
		ssize_t count;

		if (poll(&input, 1, -1) < 0 && errno != EINTR) {
			return NULL;
		}
		count = read(STDIN_FILENO, bytes, sizeof(bytes));
		if (count < 0 && (errno == EINTR || errno == EAGAIN)) {
			continue;
		}
		if (count <= 0) {
			return NULL;
		}
		for (ssize_t i = 0; i < count; i++) {
			if (is_raw && bytes[i] == CONSOLE_END_KEY) {
				machine_stop(machine, MACHINE_STOPPED);
				return NULL;
			}
			uart_receive(&machine->uart, bytes[i]);
		}
	}
}

int console_start(struct machine *machine)
{
	struct termios raw;
	pthread_t thread;
	int error;

	if (!tcgetattr(STDIN_FILENO, &saved)) {
		raw = saved;
		cfmakeraw(&raw);
		if (tcsetattr(STDIN_FILENO, TCSANOW, &raw)) {
			return fail("terminal: cannot switch to raw mode: %s", strerror(errno));
		}
		is_raw = true;
	}
	error = pthread_create(&thread, NULL, read_input, machine);
	if (error) {
		return fail("console: cannot start its thread: %s", strerror(error));
	}
	pthread_detach(thread);
	return 0;
}

void console_restore(void)
{
	if (is_raw) {
		is_raw = false;
		tcsetattr(STDIN_FILENO, TCSANOW, &saved);
	}
}

void console_put(uint8_t byte)
{
	while (write(STDOUT_FILENO, &byte, 1) < 0 && (errno == EINTR || errno == EAGAIN)) {
	}
}
