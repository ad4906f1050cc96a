/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes that share a pipe and are killed while they use it: those that are left go on, and no
 * record is torn. The same output on Linux and on Corbel.
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
#define RECORD 700
#define BETWEEN 40 /* records read between two kills */

static char self[200];
static int ends[2];

static pid_t start(int place)
{
	char letter[] = {(char)('a' + place), 0};
	char *argv[] = {self, letter, NULL}, *envp[] = {NULL};
	pid_t pid = -1;

	if (posix_spawn(&pid, self, NULL, NULL, argv, envp)) {
		printf("posix_spawn: %s\n", errno_name(errno));
	}
	return pid;
}

/* The next record: who wrote it, or a negative number: torn, or nothing for 20 s. */
static int next(void)
{
	struct pollfd wait = {.fd = ends[0], .events = POLLIN};
	char record[RECORD];

	if (poll(&wait, 1, 20000) != 1) {
		return -2;
	}
	for (long got = 0, n; got < RECORD; got += n) {
		n = read(ends[0], record + got, (size_t)(RECORD - got));
		if (n <= 0) {
			return -1;
		}
	}
	for (int i = 1; i < RECORD; i++) {
		if (record[i] != record[0]) {
			return -1;
		}
	}
	return record[0] - 'a';
}

static void writer(const char *letter)
{
	char record[RECORD];

	memset(record, letter[0], sizeof(record));
	while (write(1, record, sizeof(record)) == (long)sizeof(record)) {
	}
}

int main(int argc, char **argv)
{
	int out, bad = 0, torn = 0, silent = 0, seen = 0, slow = 0, status = 0;
	pid_t pid[WRITERS];

	if (argc > 1) {
		signal(SIGPIPE, SIG_IGN);
		writer(argv[1]);
		return 0;
	}
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) <= 0 || pipe(ends)) {
		return 1;
	}
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	out = fcntl(1, F_DUPFD_CLOEXEC, 3);
	dup2(ends[1], 1);
	close(ends[1]);
	for (int i = 0; i < WRITERS; i++) {
		pid[i] = start(i);
	}
	for (int kills = 0; kills < KILLS; kills++) {
		long long since = now_ms();
		int victim = kills % WRITERS;

		for (int i = 0; i < BETWEEN; i++) {
			int who = next();

			torn += who == -1;
			silent += who == -2;
			seen |= who >= 0 ? 1 << who : 0;
		}
		slow += now_ms() - since > 15000;
		kill(pid[victim], SIGKILL);
		bad += waitpid(pid[victim], &status, 0) != pid[victim] || status != SIGKILL;
		pid[victim] = start(victim);
	}
	dup2(out, 1);
	printf("torn %d, silent %d, slow %d, bad ends %d, writers %d\n", torn, silent, slow, bad,
	       seen);
	close(ends[0]);
	for (int i = 0; i < WRITERS; i++) {
		waitpid(pid[i], &status, 0);
	}
	printf("the others end: %s\n", outcome(waitpid(-1, &status, 0)));
	return 0;
}
