/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pipes in a domain: blocking and not, what fits, closed ends, atomic writes, poll and select, bad
 * arguments. The output is compared with Linux's.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/programs/show.h"

#define BAD ((void *)0x1000)
#define WRITERS 4
#define RECORDS 200
#define RECORD 1000
#define ROUNDS 500

static atomic_int broken;

static void on_pipe(int sig)
{
	(void)sig;
	broken++;
}

static void bytes(void)
{
	char in[32] = "", *parts[2] = {"he", "llo"};
	struct iovec v[2] = {{parts[0], 2}, {parts[1], 3}};
	int fds[2], waiting;
	struct stat st;

	SHOW(pipe(fds));
	printf("numbers %d %d\n", fds[0], fds[1]);
	SHOW_VALUE(writev(fds[1], v, 2));
	ioctl(fds[0], FIONREAD, &waiting);
	printf("waiting %d\n", waiting);
	SHOW_VALUE(read(fds[0], in, 3));
	SHOW_VALUE(read(fds[0], in + 3, 20));
	printf("got %s\n", in);
	SHOW_VALUE(write(fds[1], "", 0));
	SHOW_VALUE(read(fds[0], in, 0));
	fstat(fds[0], &st);
	printf("fifo %d\n", S_ISFIFO(st.st_mode));
	SHOW(read(fds[1], in, 1));
	SHOW(write(fds[0], in, 1));
	SHOW(lseek(fds[0], 0, SEEK_SET));
	SHOW(read(fds[0], BAD, 0));
	SHOW(write(fds[1], BAD, 1));
	write(fds[1], "x", 1);
	SHOW(read(fds[0], BAD, 1));
	SHOW_VALUE(read(fds[0], in, 1));
	SHOW(ioctl(fds[0], TIOCGWINSZ, in));
	close(fds[1]);
	SHOW_VALUE(read(fds[0], in, 1));
	close(fds[0]);
}

static void full(void)
{
	static char block[100000];
	struct pollfd p[2];
	int fds[2], ready;

	SHOW(pipe2(fds, O_NONBLOCK | O_CLOEXEC));
	printf("flags %x %x, cloexec %d\n", fcntl(fds[0], F_GETFL), fcntl(fds[1], F_GETFL),
	       fcntl(fds[0], F_GETFD));
	SHOW(read(fds[0], block, 1));
	SHOW_VALUE(write(fds[1], block, sizeof(block)));
	SHOW(write(fds[1], block, 1));
	p[0] = (struct pollfd){.fd = fds[0], .events = POLLIN | POLLOUT};
	p[1] = (struct pollfd){.fd = fds[1], .events = POLLIN | POLLOUT};
	ready = poll(p, 2, 0);
	printf("poll full %d: %x %x\n", ready, p[0].revents, p[1].revents);
	SHOW_VALUE(read(fds[0], block, 4096));
	ready = poll(p, 2, 0);
	printf("poll with room %d: %x %x\n", ready, p[0].revents, p[1].revents);
	SHOW_VALUE(write(fds[1], block, 4096));
	SHOW(write(fds[1], block, 4096));
	while (read(fds[0], block, sizeof(block)) > 0) {
	}
	ready = poll(p, 2, 0);
	printf("poll empty %d: %x %x\n", ready, p[0].revents, p[1].revents);
	close(fds[1]);
	ready = poll(p, 1, 0);
	printf("poll without writer %d: %x\n", ready, p[0].revents);
	close(fds[0]);
}

static void closed(void)
{
	struct pollfd p;
	int fds[2], copy, ready;

	pipe(fds);
	p = (struct pollfd){.fd = fds[1], .events = POLLOUT};
	copy = dup(fds[0]);
	close(fds[0]);
	SHOW_VALUE(write(fds[1], "x", 1));
	close(copy);
	signal(SIGPIPE, on_pipe);
	SHOW(write(fds[1], "x", 1));
	printf("SIGPIPE %d\n", broken);
	signal(SIGPIPE, SIG_IGN);
	SHOW(write(fds[1], "x", 1));
	ready = poll(&p, 1, 0);
	printf("poll without reader %d: %x\n", ready, p.revents);
	SHOW(dup2(fds[1], 60));
	SHOW(close(60));
	SHOW(close(fds[1]));
	SHOW(close(fds[1]));
	SHOW(pipe(BAD));
	SHOW(pipe2(fds, 1));
	SHOW(syscall(SYS_pipe2, BAD, 0));
}

static void numbers(void)
{
	int fds[2], event = eventfd(0, 0), low;

	close(event);
	pipe(fds);
	printf("lowest number %d\n", fds[0] == event);
	low = fds[0];
	SHOW_VALUE(dup2(fds[1], 70) - 70);
	SHOW_VALUE(dup2(70, low) - low);
	SHOW_VALUE(fcntl(low, F_GETFL) & O_ACCMODE);
	SHOW_VALUE(dup2(fds[1], 0x7fffffff));
	event = eventfd(5, 0);
	SHOW_VALUE(dup2(event, low) - low);
	printf("an eventfd now %d\n", (int)read(low, &(uint64_t){0}, 8));
	SHOW_VALUE(dup2(fds[1], event) - event);
	close(event);
	close(low);
	close(70);
	close(fds[1]);
}

/* A record is one byte repeated; writes of up to PIPE_BUF bytes never mix. */
static void *write_records(void *arg)
{
	char record[RECORD];
	long *me = arg;

	memset(record, 'a' + (int)me[1], sizeof(record));
	for (int i = 0; i < RECORDS; i++) {
		if (write((int)me[0], record, sizeof(record)) != sizeof(record)) {
			printf("a record was cut\n");
		}
	}
	return NULL;
}

static void atomic_writes(void)
{
	long arguments[WRITERS][2];
	pthread_t threads[WRITERS];
	int fds[2], torn = 0;
	int seen[WRITERS] = {0};
	char record[RECORD];

	pipe(fds);
	for (long i = 0; i < WRITERS; i++) {
		arguments[i][0] = fds[1];
		arguments[i][1] = i;
		pthread_create(&threads[i], NULL, write_records, arguments[i]);
	}
	for (int i = 0; i < WRITERS * RECORDS; i++) {
		ssize_t have = 0;

		while (have < RECORD) {
			have += read(fds[0], record + have, (size_t)(RECORD - have));
		}
		for (int k = 1; k < RECORD; k++) {
			torn += record[k] != record[0];
		}
		seen[record[0] - 'a']++;
	}
	for (int i = 0; i < WRITERS; i++) {
		pthread_join(threads[i], NULL);
		printf("records of writer %d: %d\n", i, seen[i]);
	}
	printf("torn %d\n", torn);
	close(fds[0]);
	close(fds[1]);
}

static int loop[2][2];

static void *answer(void *arg)
{
	uint32_t number;

	(void)arg;
	while (read(loop[0][0], &number, sizeof(number)) == sizeof(number)) {
		number = number * 7 + 1;
		write(loop[1][1], &number, sizeof(number));
	}
	close(loop[1][1]);
	return NULL;
}

/* Two threads that wait for each other all the time. */
static void rounds(uint32_t count)
{
	uint32_t number, sum = 0;
	pthread_t thread;

	pipe(loop[0]);
	pipe(loop[1]);
	pthread_create(&thread, NULL, answer, NULL);
	for (uint32_t i = 0; i < count; i++) {
		write(loop[0][1], &i, sizeof(i));
		read(loop[1][0], &number, sizeof(number));
		sum += number;
	}
	close(loop[0][1]);
	SHOW_VALUE(read(loop[1][0], &number, sizeof(number)));
	pthread_join(thread, NULL);
	if (count == ROUNDS) {
		printf("sum %u\n", sum);
	}
	close(loop[0][0]);
	close(loop[1][0]);
}

static void *write_later(void *arg)
{
	sleep_ms(30);
	write(*(int *)arg, "later", 5);
	return NULL;
}

static void mixed(void)
{
	int fds[2], event = eventfd(0, 0);
	struct pollfd p[3];
	struct timeval limit = {.tv_sec = 100};
	pthread_t thread;
	fd_set in, out;
	char text[8] = "";
	int n;

	pipe(fds);
	p[0] = (struct pollfd){.fd = event, .events = POLLIN};
	p[1] = (struct pollfd){.fd = fds[0], .events = POLLIN};
	p[2] = (struct pollfd){.fd = 999, .events = POLLIN};
	pthread_create(&thread, NULL, write_later, &fds[1]);
	n = poll(p, 2, 100000);
	printf("poll %d: %x %x\n", n, p[0].revents, p[1].revents);
	pthread_join(thread, NULL);
	eventfd_write(event, 1);
	n = poll(p, 3, 100000);
	printf("poll %d: %x %x %x\n", n, p[0].revents, p[1].revents, p[2].revents);
	read(fds[0], text, sizeof(text));
	printf("text %s\n", text);
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(event, &in);
	FD_SET(fds[0], &in);
	FD_SET(fds[1], &out);
	n = select(fds[1] + 1, &in, &out, NULL, &limit);
	printf("select %d: %d %d %d\n", n, FD_ISSET(event, &in), FD_ISSET(fds[0], &in),
	       FD_ISSET(fds[1], &out));
	FD_ZERO(&in);
	FD_SET(fds[0], &in);
	pthread_create(&thread, NULL, write_later, &fds[1]);
	limit = (struct timeval){.tv_sec = 100};
	n = select(fds[0] + 1, &in, NULL, NULL, &limit);
	printf("select %d, time left %d\n", n, limit.tv_sec >= 99);
	pthread_join(thread, NULL);
	read(fds[0], text, sizeof(text));
	printf("poll in vain %d\n", poll(p + 1, 1, 20));
	close(fds[0]);
	close(fds[1]);
	close(event);
}

static void *close_later(void *arg)
{
	sleep_ms(30);
	close(*(int *)arg);
	return NULL;
}

static void *interrupt_later(void *arg)
{
	sleep_ms(30);
	pthread_kill(*(pthread_t *)arg, SIGUSR1);
	return NULL;
}

static void waits_end(void)
{
	struct sigaction a = {.sa_handler = on_pipe};
	pthread_t thread, self = pthread_self();
	static char block[70000];
	int fds[2];

	pipe(fds);
	pthread_create(&thread, NULL, close_later, &fds[1]);
	SHOW_VALUE(read(fds[0], block, 1));
	pthread_join(thread, NULL);
	close(fds[0]);
	pipe(fds);
	sigaction(SIGUSR1, &a, NULL);
	pthread_create(&thread, NULL, interrupt_later, &self);
	SHOW(read(fds[0], block, 1));
	pthread_join(thread, NULL);
	pthread_create(&thread, NULL, interrupt_later, &self);
	SHOW_VALUE(write(fds[1], block, sizeof(block)));
	pthread_join(thread, NULL);
	a.sa_flags = SA_RESTART;
	sigaction(SIGUSR1, &a, NULL);
	while (read(fds[0], block, sizeof(block)) == sizeof(block)) {
	}
	pthread_create(&thread, NULL, interrupt_later, &self);
	pthread_t writer;
	sleep_ms(1);
	pthread_create(&writer, NULL, write_later, &fds[1]);
	printf("restarted: %d\n", read(fds[0], block, 5) == 5);
	pthread_join(thread, NULL);
	pthread_join(writer, NULL);
}

/* The argument: how many rounds the two threads go. */
int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	bytes();
	full();
	closed();
	numbers();
	atomic_writes();
	rounds(argc > 1 ? (uint32_t)atoi(argv[1]) : ROUNDS);
	mixed();
	waits_end();
	printf("pipes done\n");
	return 0;
}
