/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for children: wait4 and waitid in their forms, SIGCHLD, kill, and what a signal does to a
 * wait. The same output on Linux and on Corbel.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILDREN 8

static char *self;
static volatile int child_signals, last_code;
static volatile int user_signals;

static pid_t start(const char *role, const char *argument)
{
	char *argv[] = { self, (char *)(uintptr_t)role, (char *)(uintptr_t)argument, NULL };
	char *envp[] = { NULL };
	pid_t pid = -1;
	int error;

	fflush(stdout);
	error = posix_spawn(&pid, self, NULL, NULL, argv, envp);
	if (error) {
		printf("posix_spawn: %s\n", strerror(error));
	}
	return pid;
}

static const char *answer(long n)
{
	static char text[2][32];
	static int turn;

	turn = !turn;
	if (n < 0) {
		return strerror(errno);
	}
	snprintf(text[turn], sizeof(text[turn]), "%ld", n);
	return text[turn];
}

static void no_children(void)
{
	siginfo_t info;

	printf("wait: %s\n", answer(wait(NULL)));
	printf("waitpid 1: %s\n", answer(waitpid(1, NULL, WNOHANG)));
	printf("bad options: %s\n", answer(waitpid(-1, NULL, 0x100)));
	printf("waitid: %s\n", answer(waitid(P_ALL, 0, &info, WEXITED)));
	printf("waitid without what: %s\n", answer(waitid(P_ALL, 0, &info, WNOHANG)));
	printf("waitid pid 0: %s\n", answer(waitid(P_PID, 0, &info, WEXITED)));
	printf("waitid kind 9: %s\n", answer(waitid(9, 0, &info, WEXITED)));
	printf("kill nobody: %s\n", answer(kill(0x3fffffff, SIGTERM)));
}

static void one_child(void)
{
	struct rusage usage;
	siginfo_t info;
	int status;
	pid_t pid = start("sleep", NULL);

	printf("not yet: %s\n", answer(waitpid(pid, &status, WNOHANG)));
	printf("other pid: %s\n", answer(waitpid(pid + 10000, &status, WNOHANG)));
	printf("other group: %s\n", answer(waitpid(-(pid + 10000), &status, WNOHANG)));
	memset(&info, 1, sizeof(info));
	printf("waitid not yet: %s\n", answer(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG)));
	printf("pid %d signo %d\n", info.si_pid, info.si_signo);
	printf("signal 0: %s, 65: %s\n", answer(kill(pid, 0)), answer(kill(pid, 65)));
	printf("setpgid: %s\n", answer(setpgid(pid, pid)));
	printf("harmless: %s\n", answer(kill(pid, SIGWINCH)));
	printf("kill: %s\n", answer(kill(pid, SIGTERM)));
	printf("waitid, kept: %s\n", answer(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT)));
	printf("signo %d code %d status %d pid %s\n", info.si_signo, info.si_code, info.si_status,
	       info.si_pid == pid ? "right" : "WRONG");
	printf("a zombie gets signals: %s\n", answer(kill(pid, SIGTERM)));
	printf("wait4: %s\n", wait4(pid, &status, 0, &usage) == pid ? "the child" : "WRONG");
	printf("signalled %d by %d\n", WIFSIGNALED(status), WTERMSIG(status));
	printf("and gone: %s, %s\n", answer(waitpid(pid, &status, 0)), answer(kill(pid, 0)));
}

static void many_children(void)
{
	int codes[CHILDREN] = { 0 }, status, wrong = 0;
	pid_t pids[CHILDREN], pid;

	for (int i = 0; i < CHILDREN; i++) {
		char code[4];

		snprintf(code, sizeof(code), "%d", i + 1);
		pids[i] = start("code", code);
	}
	while ((pid = wait(&status)) > 0) {
		for (int i = 0; i < CHILDREN; i++) {
			if (pids[i] == pid) {
				codes[i] = WEXITSTATUS(status);
			}
		}
	}
	for (int i = 0; i < CHILDREN; i++) {
		wrong += codes[i] != i + 1;
	}
	printf("all waited for, wrong codes %d, %s\n", wrong, strerror(errno));
}

static void on_child(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	last_code = info->si_status;
	child_signals++;
}

static void on_user(int sig)
{
	(void)sig;
	user_signals++;
}

static void *send_user(void *arg)
{
	for (int i = 0; i < 200 && !user_signals; i++) {
		usleep(5000);
		pthread_kill(*(pthread_t *)arg, SIGUSR1);
	}
	return NULL;
}

static void signals(void)
{
	struct sigaction a = { .sa_sigaction = on_child, .sa_flags = SA_SIGINFO | SA_RESTART };
	struct sigaction user = { .sa_handler = on_user };
	pthread_t thread, self_thread = pthread_self();
	pid_t pid;

	sigaction(SIGCHLD, &a, NULL);
	pid = start("code", "21");
	printf("waited %s\n", waitpid(pid, NULL, 0) == pid ? "right" : "WRONG");
	while (!child_signals) {
		usleep(1000);
	}
	printf("SIGCHLD %d, code %d\n", child_signals, last_code);
	pid = start("code", "22");
	while (child_signals < 2) {
		pause();
	}
	printf("SIGCHLD ends a pause, code %d\n", last_code);
	waitpid(pid, NULL, 0);
	signal(SIGCHLD, SIG_DFL);
	sigaction(SIGUSR1, &user, NULL);
	pid = start("sleep", NULL);
	pthread_create(&thread, NULL, send_user, &self_thread);
	printf("a signal ends the wait: %s\n", answer(waitpid(pid, NULL, 0)));
	pthread_join(thread, NULL);
	kill(pid, SIGKILL);
	printf("waited %s\n", waitpid(pid, NULL, 0) == pid ? "right" : "WRONG");
}

static void no_zombies(void)
{
	pid_t pid;

	signal(SIGCHLD, SIG_IGN);
	pid = start("code", "3");
	printf("ignored children: %s\n", answer(waitpid(pid, NULL, 0)));
	signal(SIGCHLD, SIG_DFL);
}

static void *wait_in_thread(void *arg)
{
	int status;

	return (void *)(long)(waitpid(*(pid_t *)arg, &status, 0) == *(pid_t *)arg &&
			      WTERMSIG(status) == SIGKILL);
}

static void by_another_thread(void)
{
	pid_t pid = start("sleep", NULL);
	pthread_t thread;
	void *right;

	pthread_create(&thread, NULL, wait_in_thread, &pid);
	usleep(20000);
	kill(pid, SIGKILL);
	pthread_join(thread, &right);
	printf("another thread waited %s\n", right ? "right" : "WRONG");
}

static void *spawn_some(void *arg)
{
	long right = 0;

	(void)arg;
	for (int i = 0; i < 10; i++) {
		char code[4];
		int status = -1;
		pid_t pid;

		snprintf(code, sizeof(code), "%d", i);
		pid = start("code", code);
		right += waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
			 WEXITSTATUS(status) == i;
	}
	return (void *)right;
}

/* Children of several threads at once, each waits for its own. */
static void by_many_threads(void)
{
	pthread_t threads[4];
	long right = 0;
	void *some;

	for (int i = 0; i < 4; i++) {
		pthread_create(&threads[i], NULL, spawn_some, NULL);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &some);
		right += (long)some;
	}
	printf("children of 4 threads: %ld right of 40, then %s\n", right, answer(wait(NULL)));
}

int main(int argc, char **argv)
{
	self = argv[0];
	if (argc > 1 && !strcmp(argv[1], "code")) {
		return atoi(argv[2]);
	}
	if (argc > 1) {
		for (;;) {
			sleep(1000);
		}
	}
	no_children();
	one_child();
	many_children();
	signals();
	no_zombies();
	by_another_thread();
	by_many_threads();
	printf("waits done\n");
	return 0;
}
