/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads that open, close and duplicate the same numbers at once: a number must name what the last
 * call put there, and a pipe ends when its last number does. The same output on Linux and on
 * Corbel.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "tests/programs/show.h"

#define ROUNDS 1500
#define PLACE 100

static atomic_bool done;
static const char *self;
static int *volatile nowhere = (int *)8;

/* Looks at numbers that belong to another thread, which must not notice. */
static void *look(void *arg)
{
	(void)arg;
	while (!done) {
		for (int n = 3; n < 9; n++) {
			struct stat st;

			fcntl(n, F_GETFL);
			fstat(n, &st);
			lseek(n, 0, SEEK_CUR);
		}
		sched_yield();
	}
	return NULL;
}

static int check_file(void)
{
	char magic[4];
	int n = open(self, O_RDONLY);
	int wrong = read(n, magic, 4) != 4 || memcmp(magic, "\177ELF", 4) != 0 ||
		    lseek(n, 0, SEEK_CUR) != 4;

	return wrong + (close(n) != 0);
}

static int check_event(void)
{
	uint64_t value = 5, back = 0;
	int n = eventfd(0, EFD_NONBLOCK);
	int wrong = write(n, &value, 8) != 8 || read(n, &back, 8) != 8 || back != 5 ||
		    read(n, &back, 8) != -1 || errno != EAGAIN;

	return wrong + (close(n) != 0);
}

static int check_pipe(void)
{
	char text[8] = "";
	int ends[2], wrong = pipe(ends) != 0;

	wrong += write(ends[1], "abc", 3) != 3 || lseek(ends[1], 0, SEEK_CUR) != -1 ||
		 close(ends[1]) != 0 || read(ends[0], text, 8) != 3 || strcmp(text, "abc") != 0 ||
		 read(ends[0], text, 8) != 0 || close(ends[0]) != 0;
	return wrong;
}

static int check_timer(void)
{
	struct itimerspec left, set = {.it_value = {.tv_sec = 100}};
	int n = timerfd_create(CLOCK_MONOTONIC, 0), wrong;

	wrong = timerfd_settime(n, 0, &set, NULL) != 0 || timerfd_gettime(n, &left) != 0 ||
		left.it_value.tv_sec < 90;
	return wrong + (close(n) != 0);
}

static int check_memory(void)
{
	struct stat st;
	int n = memfd_create("m", 0);
	int wrong = ftruncate(n, 8192) != 0 || fstat(n, &st) != 0 || st.st_size != 8192 ||
		    !S_ISREG(st.st_mode);

	return wrong + (close(n) != 0);
}

static int check_epoll(void)
{
	struct epoll_event event = {.events = EPOLLIN};
	int e = epoll_create1(0), n = eventfd(1, 0);
	int wrong = epoll_ctl(e, EPOLL_CTL_ADD, n, &event) != 0 ||
		    epoll_wait(e, &event, 1, 0) != 1 || event.events != EPOLLIN;

	wrong += close(n) != 0 || epoll_wait(e, &event, 1, 0) != 0;
	return wrong + (close(e) != 0);
}

static void open_and_close(void)
{
	static int (*const checks[])(void) = {check_file,  check_event,	 check_pipe,
					      check_timer, check_memory, check_epoll};
	int wrong[6] = {0};
	pthread_t looker;

	done = false;
	pthread_create(&looker, NULL, look, NULL);
	for (int round = 0; round < ROUNDS; round++) {
		wrong[round % 6] += checks[round % 6]();
	}
	done = true;
	pthread_join(looker, NULL);
	printf("file %d, event %d, pipe %d, timer %d, memory %d, epoll %d wrong\n", wrong[0],
	       wrong[1], wrong[2], wrong[3], wrong[4], wrong[5]);
}

/* Two threads put things at one number, a third one closes it. */
static void *put(void *arg)
{
	const int *from = arg;

	for (int round = 0; round < ROUNDS; round++) {
		dup2(from[round % 2], PLACE);
	}
	return NULL;
}

static void *take_away(void *arg)
{
	(void)arg;
	while (!done) {
		fcntl(PLACE, F_GETFL);
		close(PLACE);
		sched_yield();
	}
	return NULL;
}

static void one_place(void)
{
	int first[2], second[2], other[2] = {eventfd(0, 0), open(self, O_RDONLY)}, a[2], b[2];
	struct pollfd wait[2];
	pthread_t t[3];
	char byte;

	pipe(first);
	pipe(second);
	a[0] = first[1];
	a[1] = other[0];
	b[0] = second[1];
	b[1] = other[1];
	done = false;
	pthread_create(&t[0], NULL, put, a);
	pthread_create(&t[1], NULL, put, b);
	pthread_create(&t[2], NULL, take_away, NULL);
	pthread_join(t[0], NULL);
	pthread_join(t[1], NULL);
	done = true;
	pthread_join(t[2], NULL);
	close(PLACE);
	SHOW(fcntl(PLACE, F_GETFD));
	SHOW_VALUE(dup2(other[1], PLACE));
	SHOW_VALUE(read(PLACE, &byte, 1));
	SHOW(close(PLACE));
	SHOW(write(first[1], "x", 1));
	SHOW(write(second[1], "y", 1));
	SHOW_VALUE(read(first[0], &byte, 1));
	SHOW_VALUE(read(second[0], &byte, 1));
	/* The last numbers of the writers' ends. */
	close(first[1]);
	close(second[1]);
	wait[0] = (struct pollfd){.fd = first[0], .events = POLLIN};
	wait[1] = (struct pollfd){.fd = second[0], .events = POLLIN};
	SHOW_VALUE(poll(wait, 2, 5000));
	printf("hung up: %d %d\n", wait[0].revents == POLLHUP, wait[1].revents == POLLHUP);
	close(first[0]);
	close(second[0]);
	close(other[0]);
	close(other[1]);
}

/* All numbers but `left` are taken: how many, and the highest. */
static int fill(int left)
{
	int highest = 2, n;

	while ((n = dup(0)) >= 0) {
		highest = n;
	}
	for (int i = 0; i < left; i++) {
		close(highest - i);
	}
	return highest;
}

static void empty(int highest)
{
	while (highest > 2) {
		close(highest--);
	}
}

/* A pipe that cannot have both its numbers takes none. */
static void few_numbers(void)
{
	int ends[2], highest = fill(1);

	SHOW(pipe(ends));
	printf("the number is still free: %d\n", dup(0) == highest);
	close(highest);
	close(highest - 1);
	SHOW(pipe(nowhere));
	SHOW(pipe(ends));
	printf("the last two: %d %d\n", highest - ends[0], highest - ends[1]);
	SHOW(pipe(ends));
	empty(highest);
}

int main(int argc, char **argv)
{
	struct rlimit limit = {.rlim_cur = 1024};

	(void)argc;
	self = access("/boot/numbers", R_OK) ? argv[0] : "/boot/numbers";
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_cur > 3072 ? 3072 : limit.rlim_cur;
	setrlimit(RLIMIT_NOFILE, &limit);
	open_and_close();
	one_place();
	few_numbers();
	return 0;
}
