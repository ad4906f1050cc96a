/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A child between vfork and execve on one thread, and what other threads do meanwhile: they wait
 * for it, change numbers that it has a copy of, and open more pipes than it may inherit. The same
 * output on Linux and on Corbel.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/programs/show.h"

#define FIRST 20
#define MANY 40
#define SPAWNS 25

static char self[200];
static atomic_int stage;
static atomic_bool done;
static int answers[8];
static int *volatile nowhere = (int *)8;

/* What the child of the test does on its thread, and the argument of its execve, if any. */
struct plan {
	void (*before)(void);
	const char *path, *role;
	int code;
};

static void reach(int wanted)
{
	stage = wanted;
	while (stage == wanted) {
		usleep(1000);
	}
}

static void *child_thread(void *arg)
{
	const struct plan *plan = arg;
	char *argv[] = {self, (char *)(uintptr_t)plan->role, NULL}, *envp[] = {NULL};
	pid_t pid = vfork();

	if (!pid) {
		plan->before();
		if (plan->path) {
			execve(plan->path, argv, envp);
			answers[0] = errno;
		}
		_exit(plan->code);
	}
	return (void *)(intptr_t)pid;
}

static void until(int wanted)
{
	while (stage != wanted) {
		usleep(1000);
	}
}

static void pause_once(void)
{
	reach(1);
	usleep(30000);
}

/* Waits while the child is not there yet for execve, and has it in the end. */
static void wait_for(const char *what, const struct plan *plan)
{
	pthread_t thread;
	int status = -1;
	void *pid;
	pid_t found;

	stage = 0;
	pthread_create(&thread, NULL, child_thread, (void *)(uintptr_t)plan);
	until(1);
	printf("%s, WNOHANG: %d\n", what, waitpid(-1, &status, WNOHANG));
	stage = 2;
	found = waitpid(-1, &status, 0);
	pthread_join(thread, &pid);
	printf("%s: %s, exit %d\n", what,
	       found == -1		     ? errno_name(errno)
	       : found == (pid_t)(intptr_t)pid ? "the child"
					       : "another",
	       WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	printf("and then: %s\n", outcome(waitpid(-1, &status, 0)));
}

static void waits(void)
{
	const struct plan leaves = {pause_once, NULL, NULL, 7},
			  runs = {pause_once, self, "five", 1},
			  fails = {pause_once, "/boot/there-is-no-such-program", NULL, 127};

	wait_for("exit", &leaves);
	wait_for("execve", &runs);
	answers[0] = 0;
	wait_for("failing execve", &fails);
	printf("its error: %s\n", errno_name(answers[0]));
}

/* The numbers that the child has are copies: what they become afterwards is not its matter. */
static void numbers_change(void)
{
	const struct plan plan = {pause_once, self, "pipes", 99};
	int event = eventfd(0, 0), ends[2], status = -1;
	pthread_t thread;

	for (int i = 0; i < MANY; i++) {
		dup2(event, FIRST + i);
	}
	stage = 0;
	pthread_create(&thread, NULL, child_thread, (void *)(uintptr_t)&plan);
	until(1);
	for (int i = 0; i < MANY; i++) {
		pipe(ends);
		dup2(ends[1], FIRST + i);
		close(ends[0]);
		close(ends[1]);
	}
	stage = 2;
	pthread_join(thread, NULL);
	printf("wait: %s\n", outcome(waitpid(-1, &status, 0)));
	printf("pipes in the child: %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	for (int i = 0; i < MANY; i++) {
		close(FIRST + i);
	}
	close(event);
}

/* A pipe of the child itself that fails halfway takes no number. */
static void pipe_in_child(void)
{
	int ends[2], highest = 2, n;

	while ((n = dup(0)) >= 0) {
		highest = n;
	}
	close(highest);
	answers[0] = pipe(ends) ? errno : 0;
	answers[1] = dup(0) == highest;
	close(highest);
	close(highest - 1);
	answers[2] = pipe(nowhere) ? errno : 0;
	answers[3] = pipe(ends) ? errno : 0;
	answers[4] = highest - ends[0];
	answers[5] = highest - ends[1];
	answers[6] = pipe(ends) ? errno : 0;
}

static void half_pipes(void)
{
	const struct plan plan = {pipe_in_child, NULL, NULL, 3};
	struct rlimit limit = {.rlim_cur = 1024};
	pthread_t thread;
	int status = -1;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_cur > 3072 ? 3072 : limit.rlim_cur;
	setrlimit(RLIMIT_NOFILE, &limit);
	pthread_create(&thread, NULL, child_thread, (void *)(uintptr_t)&plan);
	pthread_join(thread, NULL);
	waitpid(-1, &status, 0);
	printf("one number: %s, still free: %d\n", errno_name(answers[0]), answers[1]);
	printf("bad address: %s\n", errno_name(answers[2]));
	printf("two numbers: %d, %d %d\n", answers[3], answers[4], answers[5]);
	printf("none: %s\n", errno_name(answers[6]));
}

/* Opens and closes pipes that no child inherits. */
static void *storm(void *arg)
{
	(void)arg;
	while (!done) {
		int ends[MANY][2];

		for (int i = 0; i < MANY; i++) {
			pipe2(ends[i], O_CLOEXEC);
		}
		for (int i = 0; i < MANY; i++) {
			close(ends[i][0]);
			close(ends[i][1]);
		}
	}
	return NULL;
}

/* A child that copies its input to its output. True: it did, and both pipes ended. */
static int echo(void)
{
	char *argv[] = {self, "echo", NULL}, *envp[] = {NULL}, text[16] = "";
	posix_spawn_file_actions_t actions;
	int to[2], from[2], status = -1, right;
	pid_t pid = -1;

	pipe2(to, O_CLOEXEC);
	pipe2(from, O_CLOEXEC);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, to[0], 0);
	posix_spawn_file_actions_adddup2(&actions, from[1], 1);
	right = posix_spawn(&pid, self, &actions, NULL, argv, envp) == 0;
	posix_spawn_file_actions_destroy(&actions);
	close(to[0]);
	close(from[1]);
	right = right && write(to[1], "hello", 5) == 5;
	close(to[1]);
	right = right && read(from[0], text, sizeof(text)) == 5 && !strcmp(text, "hello") &&
		read(from[0], text, sizeof(text)) == 0;
	close(from[0]);
	return right && waitpid(pid, &status, 0) == pid && status == 0;
}

static void spawns(void)
{
	int right = 0;
	pthread_t thread;

	done = false;
	pthread_create(&thread, NULL, storm, NULL);
	for (int i = 0; i < SPAWNS; i++) {
		right += echo();
	}
	done = true;
	pthread_join(thread, NULL);
	printf("echoes: %d\n", right);
}

static int play(const char *role)
{
	struct stat st;
	char text[16];
	int found = 0;
	long n;

	if (!strcmp(role, "five")) {
		return 5;
	}
	if (!strcmp(role, "echo")) {
		while ((n = read(0, text, sizeof(text))) > 0 && write(1, text, (size_t)n) == n) {
		}
		return 0;
	}
	for (int i = 0; i < MANY; i++) {
		found += fstat(FIRST + i, &st) == 0 && S_ISFIFO(st.st_mode);
	}
	return found;
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		return play(argv[1]);
	}
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) <= 0) {
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	waits();
	numbers_change();
	half_pipes();
	spawns();
	return 0;
}
