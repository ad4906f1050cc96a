/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's output is queued and written by a thread of its own, which sleeps a moment after the
 * first byte of a burst so that one write takes many bytes: a guest hands them out one by one.
 * Standard input goes to the guest's serial port byte by byte. On a terminal Ctrl-] ends the guest
 * and Ctrl-^ presses its power button; from a pipe every byte is the guest's, and its end is only
 * silence.
 */
#include "control/vmm/console.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "control/vmm/message.h"

#define QUEUE_SIZE 4096
#define GATHER_NS 2000000	/* nobody sees this delay of an echo */

static struct termios saved;
static bool is_raw;

/* The output; under its lock. `busy` while the thread writes what it took out of the queue. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t filled, emptied;
	uint8_t bytes[QUEUE_SIZE];
	size_t count;
	bool started, busy;
} out = {
	.lock = PTHREAD_MUTEX_INITIALIZER, .filled = PTHREAD_COND_INITIALIZER,
	.emptied = PTHREAD_COND_INITIALIZER,
};

static void write_all(const uint8_t *at, size_t size)
{
	while (size) {
		ssize_t done = write(STDOUT_FILENO, at, size);

		if (done < 0 && errno != EINTR && errno != EAGAIN) {
			return;
		}
		at += done > 0 ? done : 0;
		size -= done > 0 ? (size_t)done : 0;
	}
}

static void *write_output(void *argument)
{
	static const struct timespec moment = { .tv_nsec = GATHER_NS };
	static uint8_t bytes[QUEUE_SIZE];

	(void)argument;
	pthread_mutex_lock(&out.lock);
	for (;;) {
		size_t count;

		while (!out.count) {
			pthread_cond_wait(&out.filled, &out.lock);
		}
		out.busy = true;
		pthread_mutex_unlock(&out.lock);
		nanosleep(&moment, NULL);
		pthread_mutex_lock(&out.lock);
		count = out.count;
		memcpy(bytes, out.bytes, count);
		out.count = 0;
		pthread_cond_broadcast(&out.emptied);
		pthread_mutex_unlock(&out.lock);
		write_all(bytes, count);
		pthread_mutex_lock(&out.lock);
		out.busy = false;
		pthread_cond_broadcast(&out.emptied);
	}
	return NULL;
}

void console_put(uint8_t byte)
{
	pthread_mutex_lock(&out.lock);
	while (out.count == QUEUE_SIZE) {
		pthread_cond_wait(&out.emptied, &out.lock);
	}
	out.bytes[out.count++] = byte;
	/* Only the first byte of a burst wakes the thread. */
	if (out.count == 1 && !out.busy) {
		pthread_cond_signal(&out.filled);
	}
	pthread_mutex_unlock(&out.lock);
}

static void drain(void)
{
	pthread_mutex_lock(&out.lock);
	while (out.started && (out.count || out.busy)) {
		pthread_cond_wait(&out.emptied, &out.lock);
	}
	pthread_mutex_unlock(&out.lock);
}

/* One byte from the user; false if it ended the guest. */
static bool take_input(struct machine *machine, uint8_t byte)
{
	if (is_raw && byte == CONSOLE_END_KEY) {
		machine_stop(machine, MACHINE_STOPPED);
		return false;
	}
	if (is_raw && byte == CONSOLE_POWER_KEY) {
		machine_press_power_button(machine);
	} else {
		uart_receive(&machine->uart, byte);
	}
	return true;
}

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
			if (!take_input(machine, bytes[i])) {
				return NULL;
			}
		}
	}
}

static int start_thread(void *(*function)(void *), void *argument)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, function, argument);

	if (error) {
		return fail("console: cannot start its thread: %s", strerror(error));
	}
	pthread_detach(thread);
	return 0;
}

int console_open(void)
{
	struct termios raw;

	if (!tcgetattr(STDIN_FILENO, &saved)) {
		raw = saved;
		cfmakeraw(&raw);
		if (tcsetattr(STDIN_FILENO, TCSANOW, &raw)) {
			return fail("terminal: cannot switch to raw mode: %s", strerror(errno));
		}
		is_raw = true;
	}
	if (start_thread(write_output, NULL)) {
		return -1;
	}
	out.started = true;
	return 0;
}

int console_start(struct machine *machine)
{
	return start_thread(read_input, machine);
}

void console_restore(void)
{
	drain();
	if (is_raw) {
		is_raw = false;
		tcsetattr(STDIN_FILENO, TCSANOW, &saved);
	}
}
