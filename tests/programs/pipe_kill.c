/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes that share a pipe and are killed while they use it: those that are left go on, and no
 * record is torn. Each takes a record out and puts it back, again and again, so that one that is
 * killed is likely to be in the middle of it. The same output on Linux and on Corbel.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/programs/show.h"

#define WRITERS 3
#define KILLS 12
#define RECORD 4096
#define FIRST 4	   /* records at the start; one more per kill, and the pipe has room for all */
#define BETWEEN 40 /* records looked at between two kills */

static char self[200];
static int ends[2];

static pid_t start(void)
{
	char role[] = "pass", *argv[] = {self, role, NULL}, *envp[] = {NULL};
	posix_spawn_file_actions_t actions;
	pid_t pid = -1;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[0], 0);
	posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	if (posix_spawn(&pid, self, &actions, NULL, argv, envp)) {
		printf("posix_spawn: %s\n", errno_name(errno));
	}
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

static void put(int letter)
{
	char record[RECORD];

	memset(record, letter, sizeof(record));
	if (write(ends[1], record, sizeof(record)) != (long)sizeof(record)) {
		printf("write: %s\n", errno_name(errno));
	}
}

/* Takes a record out and puts it back. 0, or a negative number: torn, or nothing for 20 s. */
static int look(void)
{
	struct pollfd wait = {.fd = ends[0], .events = POLLIN};
	char record[RECORD];

	do {
		if (poll(&wait, 1, 20000) != 1) {
			return -2;
		}
	} while (read(ends[0], record, sizeof(record)) == -1 && errno == EAGAIN);
	for (int i = 1; i < RECORD; i++) {
		if (record[i] != record[0]) {
			return -1;
		}
	}
	put(record[0]);
	return 0;
}

static void pass_on(void)
{
	char record[RECORD];
	struct pollfd wait = {.fd = 0, .events = POLLIN};
	long n;

	while ((n = read(0, record, sizeof(record))) > 0 || (n == -1 && errno == EAGAIN)) {
		if (n < 0) {
			poll(&wait, 1, -1);
		} else if (write(1, record, (size_t)n) != n) {
			break;
		}
	}
}

int main(int argc, char **argv)
{
	int bad = 0, torn = 0, silent = 0, status = 0;
	pid_t pid[WRITERS];

	(void)argv;
	if (argc > 1) {
		pass_on();
		return 0;
	}
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) <= 0 ||
	    pipe2(ends, O_CLOEXEC | O_NONBLOCK)) {
		return 1;
	}
	for (int i = 0; i < FIRST; i++) {
		put('A' + i);
	}
	for (int i = 0; i < WRITERS; i++) {
		pid[i] = start();
	}
	for (int kills = 0; kills < KILLS; kills++) {
		int victim = kills % WRITERS;

		for (int i = 0; i < BETWEEN; i++) {
			int found = look();

			torn += found == -1;
			silent += found == -2;
		}
		kill(pid[victim], SIGKILL);
		bad += waitpid(pid[victim], &status, 0) != pid[victim] || status != SIGKILL;
		put('a' + kills);
		pid[victim] = start();
	}
	for (int i = 0; i < WRITERS; i++) {
		kill(pid[i], SIGKILL);
		bad += waitpid(pid[i], &status, 0) != pid[i] || status != SIGKILL;
	}
	printf("torn %d, silent %d, bad ends %d\n", torn, silent, bad);
	printf("no child is left: %s\n", outcome(waitpid(-1, &status, 0)));
	return 0;
}
