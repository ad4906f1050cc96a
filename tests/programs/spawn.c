/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * posix_spawn and vfork: arguments, environment, ends, errors, file actions, attributes, and the
 * same again and again. The program runs itself; its first argument says which child it is. The
 * same output on Linux and on Corbel.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 50

static char *self;
static char *some_env[] = { "ONE=1", "TWO=two words", NULL };

static void show_status(const char *what, int status)
{
	if (WIFEXITED(status)) {
		printf("%s: exit %d\n", what, WEXITSTATUS(status));
	} else {
		printf("%s: signal %d\n", what, WTERMSIG(status));
	}
	fflush(stdout);
}

static pid_t start(const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes,
		   const char *role, const char *argument)
{
	char *argv[] = { self, (char *)(uintptr_t)role, (char *)(uintptr_t)argument, NULL };
	pid_t pid = -1;
	int error;

	fflush(stdout);
	error = posix_spawn(&pid, self, actions, attributes, argv, some_env);
	if (error) {
		printf("posix_spawn: %s\n", strerror(error));
		return -1;
	}
	return pid;
}

static void run(const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes,
		const char *role, const char *argument)
{
	int status = -1;
	pid_t pid = start(actions, attributes, role, argument);

	if (pid > 0 && waitpid(pid, &status, 0) == pid) {
		show_status(role, status);
	} else {
		printf("%s: %s\n", role, strerror(errno));
	}
}

static void ends(void)
{
	run(NULL, NULL, "code", "0");
	run(NULL, NULL, "code", "7");
	run(NULL, NULL, "code", "255");
	run(NULL, NULL, "raise", "15");
	run(NULL, NULL, "raise", "9");
	run(NULL, NULL, "raise", "10");
	run(NULL, NULL, "fault", NULL);
	run(NULL, NULL, "abort", NULL);
}

static void try_to_run(const char *what, const char *path, char **argv, char **envp)
{
	pid_t pid;
	int error = posix_spawn(&pid, path, NULL, NULL, argv, envp);

	printf("%s: %s\n", what, error ? strerror(error) : "no error");
	if (!error) {
		waitpid(pid, NULL, 0);
	}
}

static void errors(void)
{
	static char large[200000];
	char *argv[] = { self, "code", "0", NULL }, *long_argv[] = { self, large, NULL };

	memset(large, 'x', sizeof(large) - 1);
	try_to_run("no such file", "/boot/there-is-no-such-program", argv, some_env);
	try_to_run("empty name", "", argv, some_env);
	try_to_run("a folder", "/boot", argv, some_env);
	try_to_run("too long an argument", self, long_argv, some_env);
	try_to_run("too long a variable", self, argv, long_argv);
	printf("no child is left: %s\n",
	       waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD ? "ECHILD" : "WRONG");
}

/* What the child sees of its numbers 3 to 9 after the parent's actions. */
static void file_actions(void)
{
	posix_spawn_file_actions_t actions;
	int one = open(self, O_RDONLY), two = open(self, O_RDONLY | O_CLOEXEC);

	lseek(one, 1, SEEK_SET);
	lseek(two, 2, SEEK_SET);
	printf("numbers %d %d\n", one, two);
	run(NULL, NULL, "numbers", NULL);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, two, 7);
	posix_spawn_file_actions_adddup2(&actions, one, 5);
	posix_spawn_file_actions_addclose(&actions, one);
	posix_spawn_file_actions_addopen(&actions, 9, self, O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, two, two);
	run(&actions, NULL, "numbers", NULL);
	posix_spawn_file_actions_addopen(&actions, 8, "/boot/there-is-no-such-file", O_RDONLY, 0);
	run(&actions, NULL, "numbers", NULL);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, 77, 5);
	run(&actions, NULL, "numbers", NULL);
	posix_spawn_file_actions_destroy(&actions);
	printf("the parent's own: %d %d %d\n", fcntl(one, F_GETFD), fcntl(two, F_GETFD),
	       fcntl(5, F_GETFD));
	close(one);
	close(two);
}

static void on_signal(int sig)
{
	(void)sig;
}

static void attributes(void)
{
	posix_spawnattr_t a;
	sigset_t set, old;

	posix_spawnattr_init(&a);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, on_signal);
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, &old);
	run(NULL, NULL, "signals", NULL);
	sigaddset(&set, SIGQUIT);
	posix_spawnattr_setsigmask(&a, &set);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	posix_spawnattr_setsigdefault(&a, &set);
	posix_spawnattr_setpgroup(&a, 0);
	posix_spawnattr_setflags(&a, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
					     POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_RESETIDS);
	run(NULL, &a, "signals", NULL);
	sigprocmask(SIG_SETMASK, &old, NULL);
	posix_spawnattr_destroy(&a);
	signal(SIGUSR1, SIG_DFL);
	signal(SIGUSR2, SIG_DFL);
}

static void family(void)
{
	char mine[32];

	snprintf(mine, sizeof(mine), "%d", (int)getpid());
	run(NULL, NULL, "parent", mine);
}

static void by_vfork(void)
{
	char *argv[] = { self, "code", "33", NULL };
	volatile int before = 1;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = vfork();
	if (pid == 0) {
		before = 2;
		execve(self, argv, some_env);
		_exit(126);
	}
	printf("vfork: waited for is %s, shared %d\n",
	       waitpid(pid, &status, 0) == pid ? "the child" : "WRONG", before);
	show_status("vfork and execve", status);
	pid = vfork();
	if (pid == 0) {
		_exit(44);
	}
	waitpid(pid, &status, 0);
	show_status("vfork and _exit", status);
	pid = vfork();
	if (pid == 0) {
		close(1);
		execve("/boot/there-is-no-such-program", argv, some_env);
		_exit(errno == ENOENT ? 55 : 56);
	}
	waitpid(pid, &status, 0);
	show_status("vfork and a bad name", status);
	pid = vfork();
	if (pid == 0) {
		kill(getpid(), SIGKILL);
		_exit(57);
	}
	waitpid(pid, &status, 0);
	show_status("vfork and SIGKILL", status);
}

/*
 * A counter of the hypervisor's; there is none on Linux: 0. What is left of a child is freed
 * shortly after its end is told.
 */
static long counter(const char *name)
{
	static char text[4096];
	const char *at;
	int file;
	long n = 0;

	usleep(20000);
	file = open("/sys/corbel/memory", O_RDONLY);
	if (file >= 0) {
		n = read(file, text, sizeof(text) - 1);
		close(file);
	}
	text[n > 0 ? n : 0] = 0;
	at = strstr(text, name);
	return at ? atol(at + strlen(name)) : 0;
}

static void many(void)
{
	long frames = 0, bytes = 0;
	int right = 0;

	for (int i = 0; i < ROUNDS; i++) {
		char code[8];
		int status;
		pid_t pid;

		if (i == 2) {
			frames = counter("frames_free");
			bytes = counter("slab_bytes");
		}
		snprintf(code, sizeof(code), "%d", i);
		pid = start(NULL, NULL, "code", code);
		if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status)) {
			right += WEXITSTATUS(status) == i;
		}
	}
	printf("%d rounds of %d\n", right, ROUNDS);
	printf("lost: %ld frames, %ld bytes\n", frames - counter("frames_free"),
	       counter("slab_bytes") - bytes);
}

static int show_arguments(int argc, char **argv, char **envp)
{
	printf("argc %d\n", argc);
	for (int i = 1; i < argc; i++) {
		printf("argv[%d] %s\n", i, argv[i]);
	}
	for (int i = 0; envp[i]; i++) {
		printf("env %s\n", envp[i]);
	}
	return 0;
}

static int show_numbers(void)
{
	for (int i = 3; i < 10; i++) {
		if (fcntl(i, F_GETFD) >= 0) {
			printf("number %d at %ld flags %d\n", i, (long)lseek(i, 0, SEEK_CUR),
			       fcntl(i, F_GETFD));
		}
	}
	return 0;
}

static int show_signals(void)
{
	static const int some[] = { SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2 };
	struct sigaction a;
	sigset_t mask;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	for (unsigned i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		sigaction(some[i], NULL, &a);
		printf("signal %d %s %s\n", some[i],
		       sigismember(&mask, some[i]) ? "blocked" : "open",
		       a.sa_handler == SIG_IGN	 ? "ignored"
		       : a.sa_handler == SIG_DFL ? "default"
						 : "handled");
	}
	printf("leads its group: %s\n", getpgrp() == getpid() ? "yes" : "no");
	return 0;
}

/* Another program in this process: the same one again. */
static int replace(char **envp)
{
	char pid[16], *argv[] = { self, "replaced", pid, NULL };
	int kept = open(self, O_RDONLY), closed = open(self, O_RDONLY | O_CLOEXEC);

	lseek(kept, 5, SEEK_SET);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, on_signal);
	execve("/boot/there-is-no-such-program", argv, envp);
	printf("still here: %s\n", strerror(errno));
	fflush(stdout);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	execve(self, argv, envp);
	return closed;
}

static int show_replaced(const char *pid)
{
	printf("the same process: %s\n", atoi(pid) == getpid() ? "yes" : "no");
	show_numbers();
	show_signals();
	return 17;
}

static int child(int argc, char **argv, char **envp)
{
	const char *role = argv[1], *argument = argc > 2 ? argv[2] : "";
	volatile int *volatile nowhere = NULL;

	if (!strcmp(role, "code")) {
		return atoi(argument);
	}
	if (!strcmp(role, "arguments")) {
		return show_arguments(argc, argv, envp);
	}
	if (!strcmp(role, "raise")) {
		kill(getpid(), atoi(argument));
		return 99;
	}
	if (!strcmp(role, "fault")) {
		*nowhere = 1;
	}
	if (!strcmp(role, "replace")) {
		return replace(envp);
	}
	if (!strcmp(role, "replaced")) {
		return show_replaced(argument);
	}
	if (!strcmp(role, "abort")) {
		abort();
	}
	if (!strcmp(role, "numbers")) {
		return show_numbers();
	}
	if (!strcmp(role, "signals")) {
		return show_signals();
	}
	if (!strcmp(role, "parent")) {
		printf("parent %s, thread %s\n", getppid() == atoi(argument) ? "right" : "WRONG",
		       gettid() == getpid() ? "right" : "WRONG");
	}
	return 0;
}

int main(int argc, char **argv, char **envp)
{
	self = argv[0];
	if (argc > 1) {
		return child(argc, argv, envp);
	}
	run(NULL, NULL, "arguments", "one and a half");
	ends();
	errors();
	file_actions();
	attributes();
	family();
	by_vfork();
	run(NULL, NULL, "replace", NULL);
	many();
	printf("spawn done\n");
	return 0;
}
