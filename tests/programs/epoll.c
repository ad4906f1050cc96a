/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * epoll and timerfd in a domain: level, edge and one shot, over eventfd, pipe, timerfd, console and
 * epoll itself; changes while a thread waits; bad arguments. The output is compared with Linux's.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "tests/programs/show.h"

#define BAD ((void *)0x1000)

static int ep;

static int control(int op, int fd, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.u64 = 0x100000000 + (uint64_t)fd};

	return epoll_ctl(ep, op, fd, &e);
}

/* Prints what epoll_wait gives; numbers relative to base. */
static void wait_for(const char *what, int ms, int base)
{
	struct epoll_event e[8];
	int n = epoll_wait(ep, e, 8, ms);

	printf("%s: %d", what, n);
	for (int i = 0; i < n; i++) {
		printf(" [+%d %x]", (int)(e[i].data.u64 - 0x100000000) - base, e[i].events);
	}
	printf("\n");
}

static void take(int fd)
{
	uint64_t value;

	read(fd, &value, sizeof(value));
}

static void levels(void)
{
	int fd = eventfd(0, 0);

	SHOW(control(EPOLL_CTL_ADD, fd, EPOLLIN));
	wait_for("nothing yet", 0, fd);
	wait_for("nothing for a while", 20, fd);
	eventfd_write(fd, 1);
	wait_for("level", -1, fd);
	wait_for("level again", -1, fd);
	take(fd);
	wait_for("taken", 0, fd);
	SHOW(control(EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLOUT));
	wait_for("room", 0, fd);
	SHOW(control(EPOLL_CTL_DEL, fd, 0));
	wait_for("removed", 0, fd);
	SHOW(control(EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLRDNORM));
	eventfd_write(fd, 1);
	close(fd);
	wait_for("closed", 0, fd);
}

static void edges(void)
{
	int fd = eventfd(0, EFD_NONBLOCK), fds[2];
	char c[64];

	control(EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLET);
	eventfd_write(fd, 1);
	wait_for("edge", -1, fd);
	wait_for("no edge", 20, fd);
	eventfd_write(fd, 1);
	wait_for("next edge", -1, fd);
	take(fd);
	wait_for("taken", 0, fd);
	eventfd_write(fd, 1);
	wait_for("after taken", -1, fd);
	control(EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLOUT | EPOLLET);
	wait_for("changed", -1, fd);
	wait_for("no edge", 0, fd);
	take(fd);
	wait_for("read makes an edge for writers", 0, fd);
	close(fd);
	pipe2(fds, O_NONBLOCK);
	control(EPOLL_CTL_ADD, fds[0], EPOLLIN | EPOLLET);
	write(fds[1], "ab", 2);
	wait_for("pipe", -1, fds[0]);
	read(fds[0], c, 1);
	wait_for("half read", 0, fds[0]);
	write(fds[1], "c", 1);
	wait_for("more written", -1, fds[0]);
	close(fds[1]);
	wait_for("writer closed", -1, fds[0]);
	wait_for("no edge", 20, fds[0]);
	close(fds[0]);
}

static void once(void)
{
	int fd = eventfd(1, 0);

	control(EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLONESHOT);
	wait_for("one shot", 0, fd);
	eventfd_write(fd, 1);
	wait_for("not again", 20, fd);
	control(EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLONESHOT);
	wait_for("armed again", 0, fd);
	close(fd);
}

static void set_timer(int fd, long first_ms, long interval_ms, int flags)
{
	struct itimerspec t = {{interval_ms / 1000, interval_ms % 1000 * 1000000},
			       {first_ms / 1000, first_ms % 1000 * 1000000}};
	struct timespec now;

	if (flags & TFD_TIMER_ABSTIME) {
		clock_gettime(CLOCK_REALTIME, &now);
		t.it_value.tv_sec += now.tv_sec;
		t.it_value.tv_nsec += now.tv_nsec;
		t.it_value.tv_sec += t.it_value.tv_nsec / 1000000000;
		t.it_value.tv_nsec %= 1000000000;
	}
	SHOW(timerfd_settime(fd, flags, &t, NULL));
}

static void timers(void)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK), wall;
	struct pollfd p = {.fd = fd, .events = POLLIN | POLLOUT};
	struct itimerspec t;
	long long start = now_ms();
	uint64_t ticks = 0;
	int ready;

	SHOW(read(fd, &ticks, 8));
	SHOW(write(fd, &ticks, 8));
	printf("poll without timer %d\n", poll(&p, 1, 10));
	set_timer(fd, 30, 0, 0);
	ready = poll(&p, 1, 10000);
	printf("poll %d: %x, not early %d\n", ready, p.revents,
	       now_ms() - start >= 29);
	SHOW(read(fd, &ticks, 4));
	SHOW_VALUE(read(fd, &ticks, 8));
	SHOW(read(fd, &ticks, 8));
	SHOW(timerfd_gettime(fd, &t));
	printf("disarmed %d\n", !t.it_value.tv_sec && !t.it_value.tv_nsec);
	set_timer(fd, 10, 10, 0);
	sleep_ms(55);
	read(fd, &ticks, 8);
	printf("several ticks %d\n", ticks >= 5);
	timerfd_gettime(fd, &t);
	printf("interval %ld, soon %d\n", t.it_interval.tv_nsec,
	       t.it_value.tv_nsec > 0 && t.it_value.tv_nsec <= 10000000);
	set_timer(fd, 0, 0, 0);
	SHOW(read(fd, &ticks, 8));
	control(EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLET);
	set_timer(fd, 20, 0, 0);
	wait_for("epoll and timer", -1, fd);
	wait_for("no edge", 20, fd);
	set_timer(fd, 1, 0, 0);
	wait_for("set again", -1, fd);
	fcntl(fd, F_SETFL, 0);
	set_timer(fd, 20, 0, 0);
	SHOW_VALUE(read(fd, &ticks, 8));
	wall = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC);
	start = now_ms();
	set_timer(wall, 30, 0, TFD_TIMER_ABSTIME);
	SHOW_VALUE(read(wall, &ticks, 8));
	printf("ticks %d, not early %d\n", (int)ticks, now_ms() - start >= 28);
	t = (struct itimerspec){.it_value = {.tv_sec = 1}};
	timerfd_settime(wall, TFD_TIMER_ABSTIME, &t, NULL);
	SHOW_VALUE(read(wall, &ticks, 8));
	close(wall);
	close(fd);
}

static void timer_errors(void)
{
	struct itimerspec t = {.it_value = {.tv_nsec = 1000000000}}, good = {0};
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);

	SHOW(timerfd_create(99, 0));
	SHOW(timerfd_create(CLOCK_MONOTONIC, 1));
	SHOW(timerfd_settime(fd, 0, &t, NULL));
	SHOW(timerfd_settime(fd, 64, &good, NULL));
	SHOW(timerfd_settime(999, 0, &good, NULL));
	SHOW(timerfd_settime(0, 0, &good, NULL));
	SHOW(syscall(SYS_timerfd_settime, fd, 0, BAD, NULL));
	SHOW(syscall(SYS_timerfd_settime, fd, 0, &good, BAD));
	SHOW(syscall(SYS_timerfd_gettime, fd, BAD));
	SHOW(timerfd_gettime(999, &t));
	close(fd);
}

static void nested(void)
{
	int outer = epoll_create1(0), inner = epoll_create1(0), fd = eventfd(0, 0), save = ep;
	struct epoll_event e = {.events = EPOLLIN, .data.u64 = 7}, got;
	struct pollfd p = {.fd = outer, .events = POLLIN};
	int ready;

	SHOW(epoll_ctl(inner, EPOLL_CTL_ADD, fd, &e));
	SHOW(epoll_ctl(outer, EPOLL_CTL_ADD, inner, &e));
	printf("poll %d\n", poll(&p, 1, 0));
	eventfd_write(fd, 1);
	ready = poll(&p, 1, -1);
	printf("poll %d: %x\n", ready, p.revents);
	SHOW_VALUE(epoll_wait(outer, &got, 1, -1));
	SHOW_VALUE(epoll_wait(inner, &got, 1, -1));
	SHOW(epoll_ctl(inner, EPOLL_CTL_ADD, outer, &e));
	SHOW(epoll_ctl(inner, EPOLL_CTL_ADD, inner, &e));
	SHOW(read(inner, &got, 8));
	ep = save;
	close(fd);
	SHOW_VALUE(epoll_wait(outer, &got, 1, 0));
	close(inner);
	close(outer);
}

static void errors(void)
{
	struct epoll_event e = {.events = EPOLLIN};
	int fd = eventfd(0, 0), memory = memfd_create("m", 0);

	SHOW(epoll_create(0));
	SHOW(epoll_create1(1));
	SHOW(epoll_ctl(999, EPOLL_CTL_ADD, fd, &e));
	SHOW(epoll_ctl(ep, EPOLL_CTL_ADD, 999, &e));
	SHOW(epoll_ctl(fd, EPOLL_CTL_ADD, ep, &e));
	SHOW(epoll_ctl(ep, EPOLL_CTL_ADD, ep, &e));
	SHOW(epoll_ctl(ep, EPOLL_CTL_ADD, memory, &e));
	SHOW(syscall(SYS_epoll_ctl, ep, EPOLL_CTL_ADD, fd, BAD));
	SHOW(epoll_ctl(ep, EPOLL_CTL_MOD, fd, &e));
	SHOW(epoll_ctl(ep, EPOLL_CTL_DEL, fd, &e));
	SHOW(epoll_ctl(ep, 99, fd, &e));
	SHOW(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e));
	SHOW(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e));
	e.events = EPOLLIN | EPOLLEXCLUSIVE;
	SHOW(epoll_ctl(ep, EPOLL_CTL_MOD, fd, &e));
	SHOW(epoll_wait(999, &e, 1, 0));
	SHOW(epoll_wait(fd, &e, 1, 0));
	SHOW(epoll_wait(ep, &e, 0, 0));
	SHOW(syscall(SYS_epoll_wait, ep, &e, -1, 0));
	eventfd_write(fd, 1);
	SHOW(syscall(SYS_epoll_wait, ep, BAD, 1, 0));
	SHOW(syscall(SYS_epoll_pwait, ep, &e, 1, 0, BAD, 8));
	SHOW(syscall(SYS_epoll_pwait, ep, &e, 1, 0, &e, 4));
	close(memory);
	close(fd);
}

static int late_fd, late_event;

static void *add_later(void *arg)
{
	(void)arg;
	sleep_ms(30);
	eventfd_write(late_event, 1);
	control(EPOLL_CTL_ADD, late_event, EPOLLIN);
	return NULL;
}

static void *set_later(void *arg)
{
	struct itimerspec t = {.it_value = {.tv_nsec = 10000000}};

	(void)arg;
	sleep_ms(30);
	timerfd_settime(late_fd, 0, &t, NULL);
	return NULL;
}

static void *write_later(void *arg)
{
	sleep_ms(30);
	eventfd_write(*(int *)arg, 1);
	return NULL;
}

static void *signal_later(void *arg)
{
	sleep_ms(30);
	pthread_kill(*(pthread_t *)arg, SIGUSR1);
	return NULL;
}

static void on_signal(int sig)
{
	(void)sig;
}

/* The thread waits already when something changes. */
static void changes(void)
{
	struct sigaction a = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	pthread_t thread, self = pthread_self();
	struct epoll_event e;
	sigset_t set, empty;

	late_event = eventfd(0, 0);
	pthread_create(&thread, NULL, add_later, NULL);
	wait_for("added while waiting", 100000, late_event);
	pthread_join(thread, NULL);
	close(late_event);
	late_fd = timerfd_create(CLOCK_MONOTONIC, 0);
	control(EPOLL_CTL_ADD, late_fd, EPOLLIN);
	pthread_create(&thread, NULL, set_later, NULL);
	wait_for("set while waiting", 100000, late_fd);
	pthread_join(thread, NULL);
	close(late_fd);
	late_event = eventfd(1, 0);
	control(EPOLL_CTL_ADD, late_event, EPOLLIN | EPOLLET);
	wait_for("edge", 0, late_event);
	pthread_create(&thread, NULL, write_later, &late_event);
	wait_for("edge while waiting", 100000, late_event);
	pthread_join(thread, NULL);
	sigaction(SIGUSR1, &a, NULL);
	pthread_create(&thread, NULL, signal_later, &self);
	SHOW(epoll_wait(ep, &e, 1, 100000));
	pthread_join(thread, NULL);
	sigemptyset(&empty);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	SHOW(epoll_pwait(ep, &e, 1, 100000, &empty));
	SHOW_VALUE(epoll_wait(ep, &e, 1, 10));
	close(late_event);
}

/* All ready items get their turn although one event is taken at a time. */
static void turns(void)
{
	int fds[3], seen[3] = {0};
	struct epoll_event e;

	for (int i = 0; i < 3; i++) {
		fds[i] = eventfd(1, 0);
		control(EPOLL_CTL_ADD, fds[i], EPOLLIN);
	}
	for (int i = 0; i < 30; i++) {
		epoll_wait(ep, &e, 1, 0);
		for (int k = 0; k < 3; k++) {
			seen[k] += (int)(uint32_t)e.data.u64 == fds[k];
		}
	}
	printf("turns %d %d %d\n", seen[0], seen[1], seen[2]);
	for (int i = 0; i < 3; i++) {
		close(fds[i]);
	}
}

static int ball[2];

/* Waits for an edge of its own eventfd, takes the hit and hits the other's. */
static void play(int me, long count)
{
	int mine = epoll_create1(0);
	struct epoll_event e = {.events = EPOLLIN | EPOLLET};

	epoll_ctl(mine, EPOLL_CTL_ADD, ball[me], &e);
	for (long i = 0; i < count;) {
		uint64_t hits;

		epoll_wait(mine, &e, 1, -1);
		/* An edge may be reported once too often, never too rarely. */
		if (read(ball[me], &hits, sizeof(hits)) == sizeof(hits)) {
			eventfd_write(ball[!me], 1);
			i++;
		}
	}
	close(mine);
}

static void *play_first(void *count)
{
	play(0, (long)(intptr_t)count);
	return NULL;
}

/* An edge that is lost ends the game for ever. */
static void rounds(long count)
{
	pthread_t thread;
	uint64_t hits;

	ball[0] = eventfd(1, EFD_NONBLOCK);
	ball[1] = eventfd(0, EFD_NONBLOCK);
	pthread_create(&thread, NULL, play_first, (void *)(intptr_t)count);
	play(1, count);
	pthread_join(thread, NULL);
	read(ball[0], &hits, sizeof(hits));
	printf("all hits counted %d\n", hits == 1);
	close(ball[0]);
	close(ball[1]);
}

static int shared_ep, acknowledge, stop;
static atomic_int reports;

static void *share(void *arg)
{
	struct epoll_event e;
	uint64_t value;

	for (;;) {
		if (epoll_wait(shared_ep, &e, 1, -1) != 1) {
			continue;
		}
		if (e.data.fd == stop) {
			return arg;
		}
		if (read(e.data.fd, &value, sizeof(value)) == sizeof(value)) {
			reports++;
			eventfd_write(acknowledge, 1);
		}
	}
}

/* Two threads wait for the same edges: each hit is taken by one of them. */
static void shared(void)
{
	int fd = eventfd(0, EFD_NONBLOCK);
	struct epoll_event e = {.events = EPOLLIN | EPOLLET, .data.fd = fd};
	pthread_t threads[2];
	uint64_t value;

	shared_ep = epoll_create1(0);
	acknowledge = eventfd(0, EFD_SEMAPHORE);
	stop = eventfd(0, 0);
	epoll_ctl(shared_ep, EPOLL_CTL_ADD, fd, &e);
	e = (struct epoll_event){.events = EPOLLIN, .data.fd = stop};
	epoll_ctl(shared_ep, EPOLL_CTL_ADD, stop, &e);
	for (int i = 0; i < 2; i++) {
		pthread_create(&threads[i], NULL, share, NULL);
	}
	for (int i = 0; i < 200; i++) {
		eventfd_write(fd, 1);
		read(acknowledge, &value, sizeof(value));
	}
	eventfd_write(stop, 1);
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
	}
	printf("hits taken %d\n", (int)reports);
	close(shared_ep);
}

/* The argument: how many rounds two threads play. */
int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	ep = epoll_create1(EPOLL_CLOEXEC);
	printf("cloexec %d\n", fcntl(ep, F_GETFD));
	levels();
	edges();
	once();
	timers();
	timer_errors();
	nested();
	errors();
	changes();
	turns();
	shared();
	rounds(argc > 1 ? atol(argv[1]) : 300);
	printf("epoll done\n");
	return 0;
}
