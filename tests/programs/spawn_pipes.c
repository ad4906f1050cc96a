/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pipes, eventfds and memfds, alone and inherited by a child: bytes both ways, end of file also
 * when the writer crashes, full and empty, poll, atomic writes. The same output on Linux and on
 * Corbel.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MUCH (300 * 1024)
#define WRITERS 3
#define RECORDS 200

static char *self;
static unsigned char block[5000];

static pid_t start(const posix_spawn_file_actions_t *actions, const char *role)
{
	char *argv[] = { self, (char *)(uintptr_t)role, NULL }, *envp[] = { NULL };
	pid_t pid = -1;
	int error;

	fflush(stdout);
	error = posix_spawn(&pid, self, actions, NULL, argv, envp);
	if (error) {
		printf("posix_spawn: %s\n", strerror(error));
	}
	return pid;
}

static void end(pid_t pid, const char *what)
{
	int status = -1;

	waitpid(pid, &status, 0);
	printf("%s: %s %d\n", what, WIFSIGNALED(status) ? "signal" : "exit",
	       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
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

static void show_poll(const char *what, int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };
	int n = poll(&p, 1, 0);

	printf("%s: poll %d%s%s%s%s\n", what, n, p.revents & POLLIN ? " in" : "",
	       p.revents & POLLOUT ? " out" : "", p.revents & POLLHUP ? " hup" : "",
	       p.revents & POLLERR ? " err" : "");
}

static void alone(void)
{
	int p[2], copy, waiting;
	void *volatile nowhere = (void *)8;
	struct stat st;
	long total = 0, n;

	printf("pipe2: %s\n", answer(pipe2(p, O_NONBLOCK | O_CLOEXEC)));
	printf("numbers %d %d flags %d %d\n", p[0], p[1], fcntl(p[0], F_GETFD),
	       fcntl(p[1], F_GETFL) == (O_WRONLY | O_NONBLOCK));
	fstat(p[0], &st);
	printf("kind %d, seek %s\n", S_ISFIFO(st.st_mode), answer(lseek(p[0], 0, SEEK_CUR)));
	printf("empty read: %s\n", answer(read(p[0], block, 10)));
	printf("wrong ends: %s, %s\n", answer(write(p[0], block, 1)), answer(read(p[1], block, 1)));
	show_poll("empty, read end", p[0], POLLIN);
	show_poll("empty, write end", p[1], POLLOUT);
	while ((n = write(p[1], block, 4096)) > 0) {
		total += n;
	}
	printf("full after %ld: %s\n", total, answer(n));
	show_poll("full, read end", p[0], POLLIN);
	show_poll("full, write end", p[1], POLLOUT);
	ioctl(p[0], FIONREAD, &waiting);
	printf("waiting %d\n", waiting);
	printf("read %s\n", answer(read(p[0], block, 5000)));
	printf("read %s\n", answer(read(p[0], block, 0)));
	printf("bad buffers: %s, %s\n", answer(read(p[0], nowhere, 10)),
	       answer(write(p[1], nowhere, 10)));
	copy = dup(p[1]);
	close(p[1]);
	while (read(p[0], block, sizeof(block)) > 0) {
	}
	printf("a copy is open: %s\n", answer(read(p[0], block, 10)));
	close(copy);
	printf("end: %s\n", answer(read(p[0], block, 10)));
	show_poll("closed, read end", p[0], POLLIN);
	close(p[0]);
	printf("closed: %s\n", answer(read(p[0], block, 10)));
	printf("bad flags: %s\n", answer(pipe2(p, 0x10)));
}

static void no_reader(void)
{
	int p[2];

	signal(SIGPIPE, SIG_IGN);
	pipe(p);
	close(p[0]);
	show_poll("no reader, write end", p[1], POLLOUT);
	printf("no reader: %s\n", answer(write(p[1], block, 10)));
	close(p[1]);
	signal(SIGPIPE, SIG_DFL);
}

static void *write_later(void *arg)
{
	usleep(20000);
	if (write(*(int *)arg, "late", 4) != 4) {
		printf("WRONG\n");
	}
	return NULL;
}

static void blocked_reader(void)
{
	char text[8] = "";
	pthread_t thread;
	int p[2];
	long n;

	pipe(p);
	pthread_create(&thread, NULL, write_later, &p[1]);
	n = read(p[0], text, sizeof(text) - 1);
	printf("blocked reader gets %ld: %s\n", n, text);
	pthread_join(thread, NULL);
	close(p[0]);
	close(p[1]);
}

static void from_child(const char *role, long wanted)
{
	posix_spawn_file_actions_t actions;
	unsigned sum = 0;
	long total = 0, n;
	int p[2];
	pid_t pid;

	pipe2(p, O_CLOEXEC);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, p[1], 1);
	pid = start(&actions, role);
	posix_spawn_file_actions_destroy(&actions);
	close(p[1]);
	while ((n = read(p[0], block, sizeof(block))) > 0) {
		for (long i = 0; i < n; i++) {
			sum = sum * 31 + block[i];
		}
		total += n;
	}
	printf("%s: %s bytes, sum %u, then %s\n", role, total == wanted ? "all" : "WRONG", sum,
	       answer(n));
	close(p[0]);
	end(pid, role);
}

/* To the child by its standard input, back by its standard output. */
static void both_ways(void)
{
	posix_spawn_file_actions_t actions;
	int to[2], from[2];
	char text[64] = "";
	pid_t pid;

	pipe2(to, O_CLOEXEC);
	pipe2(from, O_CLOEXEC);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, to[0], 0);
	posix_spawn_file_actions_adddup2(&actions, from[1], 1);
	pid = start(&actions, "upper");
	posix_spawn_file_actions_destroy(&actions);
	close(to[0]);
	close(from[1]);
	for (int i = 0; i < 3; i++) {
		long n;

		n = write(to[1], i == 1 ? "second" : "a line", 6);
		n = n == 6 ? read(from[0], text, sizeof(text) - 1) : -1;
		text[n > 0 ? n : 0] = 0;
		printf("back: %s\n", text);
	}
	close(to[1]);
	printf("end: %s\n", answer(read(from[0], text, sizeof(text))));
	close(from[0]);
	end(pid, "upper");
}

/* Records of several children in one pipe are never torn. */
static void many_writers(void)
{
	posix_spawn_file_actions_t actions;
	int counts[WRITERS] = { 0 }, torn = 0, p[2];
	pid_t pids[WRITERS];
	char record[64];
	size_t have = 0;
	long n;

	pipe2(p, O_CLOEXEC);
	for (int i = 0; i < WRITERS; i++) {
		char role[] = "record0";

		role[6] = (char)('0' + i);
		posix_spawn_file_actions_init(&actions);
		posix_spawn_file_actions_adddup2(&actions, p[1], 1);
		pids[i] = start(&actions, role);
		posix_spawn_file_actions_destroy(&actions);
	}
	close(p[1]);
	while ((n = read(p[0], record + have, sizeof(record) - have)) > 0) {
		have += (size_t)n;
		if (have == sizeof(record)) {
			for (size_t i = 1; i < sizeof(record); i++) {
				torn += record[i] != record[0];
			}
			counts[(record[0] - '0') % WRITERS]++;
			have = 0;
		}
	}
	printf("records %d %d %d, torn %d, rest %zu\n", counts[0], counts[1], counts[2], torn,
	       have);
	close(p[0]);
	for (int i = 0; i < WRITERS; i++) {
		end(pids[i], "record");
	}
}

/* Numbers 10, 11, 12 in the child: eventfds there and back, shared memory. */
static void shared_objects(void)
{
	posix_spawn_file_actions_t actions;
	int go = eventfd(0, EFD_CLOEXEC), done = eventfd(0, EFD_CLOEXEC);
	int memory = memfd_create("shared", MFD_CLOEXEC);
	volatile uint32_t *words;
	uint64_t value = 5;
	pid_t pid;

	printf("memory: %s\n", answer(ftruncate(memory, 8192)));
	printf("size: %s\n", answer(lseek(memory, 0, SEEK_END)));
	words = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	words[0] = 42;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, go, 10);
	posix_spawn_file_actions_adddup2(&actions, done, 11);
	posix_spawn_file_actions_adddup2(&actions, memory, 12);
	pid = start(&actions, "shared");
	posix_spawn_file_actions_destroy(&actions);
	usleep(10000);
	words[1] = 43;
	if (write(go, &value, 8) != 8 || read(done, &value, 8) != 8) {
		printf("WRONG\n");
	}
	printf("from the child: %u, %u, event %lu\n", words[2], words[1024], (unsigned long)value);
	end(pid, "shared");
	munmap((void *)(uintptr_t)words, 8192);
	close(go);
	close(done);
	close(memory);
}

static int shared_child(void)
{
	volatile uint32_t *words;
	uint64_t value = 0;

	words = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, 12, 0);
	if (words == MAP_FAILED || read(10, &value, 8) != 8) {
		return 1;
	}
	words[2] = words[0] + words[1];
	words[1024] = (uint32_t)value;
	value = 9;
	return write(11, &value, 8) == 8 ? 6 : 2;
}

static int write_much(void)
{
	for (long done = 0; done < MUCH; done += 3000) {
		long n = MUCH - done < 3000 ? MUCH - done : 3000;

		for (long i = 0; i < n; i++) {
			block[i] = (unsigned char)((done + i) * 7 >> 3);
		}
		for (long at = 0; at < n;) {
			long got = write(1, block + at, (size_t)(n - at));

			if (got < 0) {
				return 1;
			}
			at += got;
		}
	}
	return 0;
}

static int upper(void)
{
	long n;

	while ((n = read(0, block, sizeof(block))) > 0) {
		for (long i = 0; i < n; i++) {
			block[i] = (unsigned char)(block[i] >= 'a' && block[i] <= 'z' ?
						   block[i] - 32 : block[i]);
		}
		if (write(1, block, (size_t)n) != n) {
			return 1;
		}
	}
	return n ? 2 : 3;
}

static int child(const char *role)
{
	volatile int *volatile nowhere = NULL;

	if (!strcmp(role, "much")) {
		return write_much();
	}
	if (!strcmp(role, "upper")) {
		return upper();
	}
	if (!strcmp(role, "shared")) {
		return shared_child();
	}
	if (!strncmp(role, "record", 6)) {
		memset(block, role[6], 64);
		for (int i = 0; i < RECORDS; i++) {
			if (write(1, block, 64) != 64) {
				return 1;
			}
		}
		return 0;
	}
	/* "crash": some bytes, then the end of this process only. */
	if (write(1, "before", 6) == 6) {
		*nowhere = 1;
	}
	return 1;
}

int main(int argc, char **argv)
{
	self = argv[0];
	if (argc > 1) {
		return child(argv[1]);
	}
	alone();
	no_reader();
	blocked_reader();
	from_child("much", MUCH);
	from_child("crash", 6);
	both_ways();
	many_writers();
	shared_objects();
	printf("pipes done\n");
	return 0;
}
