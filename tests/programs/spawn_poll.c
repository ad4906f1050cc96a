/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poll and epoll on pipes whose other end is in another process: edges, ends that close while data
 * or room is there, beside a timerfd; then what execve leaves of timers, and signals queued to a
 * child. The same output on Linux and on Corbel.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/programs/show.h"

#define MUCH (200 * 1024)
#define TURNS 20

static char *self;
static char block[4096];

/* The child gets `in` as 0 and `out` as 1; -1: what the parent has there. */
static pid_t start(const char *role, int in, int out)
{
	char *argv[] = {self, (char *)(uintptr_t)role, NULL}, *envp[] = {NULL};
	posix_spawn_file_actions_t actions;
	pid_t pid = -1;

	posix_spawn_file_actions_init(&actions);
	if (in >= 0) {
		posix_spawn_file_actions_adddup2(&actions, in, 0);
	}
	if (out >= 0) {
		posix_spawn_file_actions_adddup2(&actions, out, 1);
	}
	fflush(stdout);
	if (posix_spawn(&pid, self, &actions, NULL, argv, envp)) {
		printf("posix_spawn failed\n");
	}
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

static void end(pid_t pid, const char *what)
{
	int status = -1;

	waitpid(pid, &status, 0);
	printf("%s: %s %d\n", what, WIFSIGNALED(status) ? "signal" : "exit",
	       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

static void make(int p[2])
{
	if (pipe2(p, O_CLOEXEC | O_NONBLOCK)) {
		printf("pipe2: %s\n", errno_name(errno));
		exit(1);
	}
}

static int watch(int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};
	int e = epoll_create1(EPOLL_CLOEXEC);

	if (epoll_ctl(e, EPOLL_CTL_ADD, fd, &event)) {
		printf("epoll_ctl: %s\n", errno_name(errno));
	}
	return e;
}

static uint32_t next(int e, int ms)
{
	struct epoll_event event = {0};

	return epoll_wait(e, &event, 1, ms) == 1 ? event.events : 0;
}

/* Only the going of the other end is asked for, while the end is ready all the time. */
static void gone(void)
{
	struct pollfd p = {0};
	int pipes[2], n;
	pid_t pid;

	make(pipes);
	pid = start("bytes", -1, pipes[1]);
	close(pipes[1]);
	p.fd = pipes[0];
	n = poll(&p, 1, 10000);
	printf("writer gone: %d%s, %zd bytes\n", n, p.revents == POLLHUP ? " hup" : "",
	       read(pipes[0], block, sizeof(block)));
	end(pid, "writer");
	close(pipes[0]);
	make(pipes);
	pid = start("sleep", pipes[0], -1);
	close(pipes[0]);
	p.fd = pipes[1];
	n = poll(&p, 1, 0);
	printf("reader there: %d\n", n);
	n = poll(&p, 1, 10000);
	printf("reader gone: %d%s\n", n, p.revents == POLLERR ? " err" : "");
	end(pid, "reader");
	close(pipes[1]);
}

/* Each answer of the child is an edge if the one before was taken. */
static void edges(void)
{
	int there[2], back[2], e, turns = 0;
	uint32_t events;
	pid_t pid;

	make(there);
	make(back);
	pid = start("echo", there[0], back[1]);
	close(there[0]);
	close(back[1]);
	e = watch(back[0], EPOLLIN | EPOLLET);
	printf("no answer yet: %x\n", next(e, 0));
	for (; turns < TURNS && write(there[1], "x", 1) == 1; turns++) {
		events = next(e, 10000);
		if (events != EPOLLIN || read(back[0], block, sizeof(block)) != 1) {
			printf("WRONG: %x\n", events);
			break;
		}
	}
	printf("%d answers, then %x\n", turns, next(e, 20));
	close(there[1]);
	printf("end %x\n", next(e, 10000));
	end(pid, "echo");
	close(back[0]);
	close(e);
}

/* A writer that fills the pipe, and goes on at each edge. */
static void room(void)
{
	int pipes[2], e;
	long left = MUCH;
	bool asked = false;
	pid_t pid;

	make(pipes);
	e = watch(pipes[1], EPOLLOUT | EPOLLET);
	pid = start("drain", pipes[0], -1);
	close(pipes[0]);
	while (left > 0) {
		long n = write(pipes[1], block,
			       left < (long)sizeof(block) ? (size_t)left : sizeof(block));

		if (n > 0) {
			left -= n;
		} else if (errno != EAGAIN || !(next(e, 10000) & EPOLLOUT)) {
			printf("WRONG: %ld left, %s\n", left, errno_name(errno));
			break;
		} else {
			asked = true;
		}
	}
	printf("waited for room: %d\n", asked);
	close(pipes[1]);
	end(pid, "drain");
	close(e);
}

/* A child's pipe and a timerfd in one list: the timer first, the child's end later. */
static void beside_timer(void)
{
	struct itimerspec in_20ms = {.it_value.tv_nsec = 20000000};
	struct epoll_event event = {.events = EPOLLIN};
	int pipes[2], e, timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	pid_t pid;

	make(pipes);
	e = watch(pipes[0], EPOLLIN);
	event.data.fd = timer;
	epoll_ctl(e, EPOLL_CTL_ADD, timer, &event);
	pid = start("sleep", -1, pipes[1]);
	close(pipes[1]);
	timerfd_settime(timer, 0, &in_20ms, NULL);
	epoll_wait(e, &event, 1, 10000);
	printf("timer first: %d\n", event.data.fd == timer && event.events == EPOLLIN);
	close(timer);
	epoll_wait(e, &event, 1, 10000);
	printf("then the child's end: %d\n",
	       event.data.fd == pipes[0] && event.events == EPOLLHUP);
	end(pid, "child");
	close(pipes[0]);
	close(e);
}

static void queued(void)
{
	union sigval value = {.sival_int = 1};
	pid_t pid = start("rest", -1, -1);

	SHOW(sigqueue(pid, 65, value));
	SHOW(sigqueue(pid, 0, value));
	SHOW(sigqueue(pid, SIGTERM, value));
	end(pid, "a queued signal");
	SHOW(sigqueue(pid, SIGTERM, value));
}

static void exec_as(const char *role)
{
	char *argv[] = {self, (char *)(uintptr_t)role, NULL}, *envp[] = {NULL};

	execve(self, argv, envp);
	_exit(9);
}

static int child(const char *role)
{
	struct itimerval alarm_soon = {.it_value.tv_usec = 500000};
	struct itimerspec soon = {.it_value.tv_nsec = 500000000};
	struct sigevent with_signal = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	struct pollfd p = {.fd = 0, .events = POLLIN};
	long n, total = 0;
	timer_t timer;

	if (!strcmp(role, "sleep")) {
		sleep_ms(200);
	} else if (!strcmp(role, "bytes")) {
		n = write(1, "some bytes", 10);
		sleep_ms(200);
		return n != 10;
	} else if (!strcmp(role, "echo")) {
		while (poll(&p, 1, -1) == 1 && (n = read(0, block, sizeof(block))) > 0) {
			total += write(1, block, (size_t)n);
		}
		return total != TURNS;
	} else if (!strcmp(role, "drain")) {
		sleep_ms(100);
		while (poll(&p, 1, -1) == 1 && (n = read(0, block, sizeof(block))) > 0) {
			total += n;
		}
		return total != MUCH;
	} else if (!strcmp(role, "timer")) {
		timer_create(CLOCK_MONOTONIC, &with_signal, &timer);
		timer_settime(timer, 0, &soon, NULL);
		exec_as("rest");
	} else if (!strcmp(role, "alarm")) {
		setitimer(ITIMER_REAL, &alarm_soon, NULL);
		exec_as("rest");
	} else if (!strcmp(role, "rest")) {
		sleep_ms(1000);
	}
	return 0;
}

int main(int argc, char **argv)
{
	self = argv[0];
	if (argc > 1) {
		return child(argv[1]);
	}
	gone();
	edges();
	room();
	beside_timer();
	end(start("timer", -1, -1), "a timer ends with its program");
	end(start("alarm", -1, -1), "an alarm does not");
	queued();
	printf("done\n");
	return 0;
}
