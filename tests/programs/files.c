/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handles in a domain: a boot file's offset, duplicates, flags, stat, eventfd, poll and select, bad
 * pointers and numbers. The output is compared with Linux's. The file is the program's own, or
 * named by the first argument.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define BAD ((void *)0x1000)

static const char *name_of(long result)
{
	return result >= 0 ? "ok" : strerrorname_np(errno);
}

#define SHOW(call) printf("%s: %s\n", #call, name_of((long)(call)))

static void offsets(const char *path)
{
	unsigned char head[4], again[4], mapped[4], *map;
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC), copy;
	struct iovec v[2] = {{again, 2}, {again + 2, 2}};

	if (fd < 0) {
		printf("open: %s\n", name_of(fd));
		exit(1);
	}
	printf("read %zd %02x %c%c%c\n", read(fd, head, 4), head[0], head[1], head[2], head[3]);
	copy = dup(fd);
	printf("offset of the duplicate %ld\n", (long)lseek(copy, 0, SEEK_CUR));
	lseek(copy, 0, SEEK_SET);
	printf("readv %zd same %d\n", readv(fd, v, 2), !memcmp(head, again, 4));
	fstat(fd, &st);
	printf("regular %d, end %d\n", S_ISREG(st.st_mode), lseek(fd, 0, SEEK_END) == st.st_size);
	printf("read at the end %zd\n", read(fd, head, 4));
	printf("pread %zd same %d\n", pread(fd, mapped, 4, 0), !memcmp(mapped, again, 4));
	map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	printf("mmap same %d\n", map != MAP_FAILED && !memcmp(map, again, 4));
	printf("cloexec %d %d\n", fcntl(fd, F_GETFD), fcntl(copy, F_GETFD));
	printf("F_DUPFD %d\n", fcntl(fd, F_DUPFD, 100));
	printf("dup2 %d\n", dup2(fd, 50));
	SHOW(close(100));
	SHOW(close(50));
	SHOW(close(copy));
	SHOW(close(copy));
	SHOW(lseek(fd, -1, SEEK_SET));
	SHOW(lseek(fd, 0, 9));
	SHOW(close(fd));
}

static void errors(const char *path)
{
	int fd = open(path, O_RDONLY);
	struct timespec ts;

	SHOW(open("/boot/no-such-file", O_RDONLY));
	SHOW(open(BAD, O_RDONLY));
	SHOW(read(999, &ts, 1));
	SHOW(read(-1, &ts, 1));
	SHOW(read(fd, BAD, 1));
	SHOW(write(1, BAD, 1));
	SHOW(write(fd, "x", 1));
	SHOW(fstat(999, BAD));
	SHOW(fstat(1, BAD));
	SHOW(stat("/boot/no-such-file", (struct stat *)&ts));
	SHOW(access(path, R_OK));
	SHOW(access("/boot/no-such-file", R_OK));
	SHOW(syscall(SYS_clock_gettime, 1, BAD));
	SHOW(syscall(SYS_clock_gettime, 99, &ts));
	SHOW(syscall(SYS_rt_sigaction, 0, NULL, NULL, 8));
	SHOW(syscall(SYS_rt_sigprocmask, 0, BAD, NULL, 8));
	SHOW(syscall(SYS_getrandom, BAD, 8, 0));
	SHOW(syscall(SYS_getrandom, BAD, 8, 0x100));
	SHOW(syscall(SYS_poll, BAD, 1, 0));
	SHOW(syscall(SYS_dup3, 1, 1, 0));
	SHOW(syscall(SYS_ioctl, fd, TCGETS, BAD));
	SHOW(syscall(SYS_ioctl, 999, TCGETS, BAD));
	SHOW(syscall(SYS_uname, BAD));
	SHOW(syscall(SYS_nanosleep, BAD, 0));
	SHOW(syscall(SYS_write, 1, (void *)-4096ul, 1));
	SHOW(syscall(SYS_futex, BAD, 0, 0, 0, 0, 0));
	SHOW(syscall(SYS_tgkill, getpid(), 99999, 10));
	SHOW(syscall(SYS_tgkill, getpid(), getpid(), 65));
	SHOW(syscall(SYS_tgkill, getpid(), getpid(), 0));
	close(fd);
}

static void events(void)
{
	int fd = eventfd(3, 0), quick = eventfd(0, EFD_NONBLOCK);
	struct pollfd p[2] = {{.fd = fd, .events = POLLIN},
			      {.fd = quick, .events = POLLIN | POLLOUT}};
	struct timeval t = {.tv_usec = 1000};
	uint64_t value = 0;
	fd_set in, out;
	long n;

	printf("poll %d: %x %x\n", poll(p, 2, 1000), p[0].revents, p[1].revents);
	n = read(fd, &value, 8);
	printf("read %ld value %ld\n", n, (long)value);
	SHOW(read(quick, &value, 8));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	SHOW(read(fd, &value, 8));
	printf("flags %x %x\n", fcntl(fd, F_GETFL), fcntl(quick, F_GETFL));
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(fd, &in);
	FD_SET(quick, &out);
	n = select(quick + 1, &in, &out, NULL, &t);
	printf("select %ld: %d %d\n", n, FD_ISSET(fd, &in) != 0, FD_ISSET(quick, &out) != 0);
	FD_ZERO(&in);
	FD_SET(fd, &in);
	t.tv_usec = 1000;
	printf("select without an event %d\n", select(fd + 1, &in, NULL, NULL, &t));
	printf("poll without an event %d\n", poll(p, 1, 1));
}

static void identity(void)
{
	unsigned char random[64] = {0};
	struct utsname u;
	int zero = 0;

	uname(&u);
	printf("%s %s, page %ld, ids %d %d\n", u.sysname, u.machine, sysconf(_SC_PAGESIZE),
	       getuid(), getegid());
	printf("pid is the first thread %d\n", getpid() == (int)syscall(SYS_gettid));
	printf("getrandom %zd\n", getrandom(random, sizeof(random), 0));
	for (unsigned i = 0; i < sizeof(random); i++) {
		zero += !random[i];
	}
	printf("random enough %d\n", zero < 16);
	printf("no such call: %s\n", name_of(syscall(500)));
}

static void heap(void)
{
	char *start = sbrk(0), *end;

	end = sbrk(1 << 20);
	memset(end, 0x5a, 1 << 20);
	printf("brk grows from where it was %d, is written %d\n", end == start,
	       end[(1 << 20) - 1] == 0x5a);
	sbrk(-(1 << 20));
	sbrk(1 << 20);
	printf("brk gives zeros %d\n", end[0] == 0 && end[(1 << 20) - 1] == 0);
}

int main(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : argv[0];

	setvbuf(stdout, NULL, _IOLBF, 0);
	offsets(path);
	errors(path);
	events();
	identity();
	heap();
	printf("files done\n");
	return 0;
}
