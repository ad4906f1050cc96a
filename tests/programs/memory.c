/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory of a domain: mremap, mprotect and the faults it makes, madvise, one memfd mapped twice, a
 * boot file in memory, bad arguments. The output is compared with Linux's. The file is the program
 * itself.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/programs/show.h"

#define PAGE 4096ul
#define BAD ((void *)0x1000)
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static sigjmp_buf escape;
static volatile uintptr_t fault_address;
static volatile int fault_code, fault_signal;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	(void)context;
	fault_signal = sig;
	fault_code = info->si_code;
	fault_address = (uintptr_t)info->si_addr;
	siglongjmp(escape, 1);
}

/* Touches one byte and says what came of it; addresses relative to base. */
static void touch(const char *what, volatile char *base, size_t at, int write)
{
	if (sigsetjmp(escape, 1)) {
		printf("%s: signal %d code %d at +%lx\n", what, fault_signal, fault_code,
		       (unsigned long)(fault_address - (uintptr_t)base));
		return;
	}
	if (write) {
		base[at] = (char)(at >> 12) + 1;
	}
	printf("%s: %d\n", what, base[at]);
}

static void protection(void)
{
	char *p = mmap(NULL, 8 * PAGE, RW, ANON, -1, 0);

	touch("write", p, 3 * PAGE + 5, 1);
	SHOW(mprotect(p + 3 * PAGE, PAGE, PROT_READ));
	touch("read of a constant", p, 3 * PAGE + 5, 0);
	touch("write to a constant", p, 3 * PAGE + 7, 1);
	touch("beside it", p, 4 * PAGE, 1);
	SHOW(mprotect(p + 3 * PAGE, PAGE, PROT_NONE));
	touch("read of a guard", p, 3 * PAGE + 9, 0);
	SHOW(mprotect(p, 8 * PAGE, RW));
	touch("what was there", p, 3 * PAGE + 5, 0);
	SHOW(munmap(p + 5 * PAGE, PAGE));
	touch("hole", p, 5 * PAGE + 11, 0);
	SHOW(mprotect(p, 8 * PAGE, PROT_READ));
	SHOW(mprotect(p + 1, PAGE, RW));
	SHOW(mprotect(p, PAGE, 0x40000000));
	SHOW(munmap(p, 8 * PAGE));
	SHOW(munmap(p, 8 * PAGE));
	SHOW(munmap(p + 1, PAGE));
	SHOW(munmap(p, 0));
}

/* A handler repairs what it faults on: the write is done again and succeeds. */
static char *repaired;
static volatile int repairs;

static void repair(int sig, siginfo_t *info, void *context)
{
	uintptr_t page = (uintptr_t)info->si_addr & ~(PAGE - 1);

	(void)sig;
	(void)context;
	repairs++;
	mprotect((void *)page, PAGE, RW);
}

static void repairing(void)
{
	struct sigaction a = {.sa_sigaction = repair, .sa_flags = SA_SIGINFO}, old;
	int sum = 0;

	sigaction(SIGSEGV, &a, &old);
	repaired = mmap(NULL, 16 * PAGE, PROT_NONE, ANON, -1, 0);
	for (unsigned i = 0; i < 16; i++) {
		*(volatile char *)(repaired + i * PAGE + i) = (char)i;
	}
	for (unsigned i = 0; i < 16; i++) {
		sum += repaired[i * PAGE + i];
	}
	printf("repairs %d, sum %d\n", repairs, sum);
	sigaction(SIGSEGV, &old, NULL);
	munmap(repaired, 16 * PAGE);
}

static int filled(const char *p, size_t from, size_t to)
{
	int wrong = 0;

	for (size_t i = from; i < to; i += 512) {
		wrong += p[i] != (char)(i / 512);
	}
	return wrong;
}

static void fill(char *p, size_t from, size_t to)
{
	for (size_t i = from; i < to; i += 512) {
		p[i] = (char)(i / 512);
	}
}

static void remapping(void)
{
	char *p = mmap(NULL, 64 * PAGE, RW, ANON, -1, 0), *q, *r;

	fill(p, 0, 64 * PAGE);
	q = mremap(p, 64 * PAGE, 16 * PAGE, 0);
	printf("shrunk in place %d, wrong %d\n", q == p, filled(q, 0, 16 * PAGE));
	touch("behind the end", p, 16 * PAGE, 0);
	q = mremap(p, 16 * PAGE, 64 * PAGE, 0);
	printf("grown in place %d, zero %d\n", q == p, q[20 * PAGE] == 0);
	r = mmap(p + 64 * PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0);
	SHOW((long)mremap(p, 64 * PAGE, 128 * PAGE, 0));
	q = mremap(p, 64 * PAGE, 128 * PAGE, MREMAP_MAYMOVE);
	printf("moved %d, wrong %d, zero %d\n", q != p, filled(q, 0, 16 * PAGE),
	       q[127 * PAGE] == 0);
	touch("where it was", p, 0, 0);
	r = mmap(NULL, 256 * PAGE, PROT_NONE, ANON, -1, 0);
	p = mremap(q, 16 * PAGE, 32 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, r + 8 * PAGE);
	printf("moved there %d, wrong %d, zero %d\n", p == r + 8 * PAGE, filled(p, 0, 16 * PAGE),
	       p[31 * PAGE] == 0);
	touch("rest of the old one", q, 16 * PAGE, 1);
	SHOW((long)mremap(p + 1, PAGE, 2 * PAGE, MREMAP_MAYMOVE));
	SHOW((long)mremap(p, PAGE, 0, MREMAP_MAYMOVE));
	SHOW((long)mremap(p, PAGE, PAGE, 64));
	SHOW((long)mremap(p, PAGE, PAGE, MREMAP_FIXED, r));
	SHOW((long)mremap(p, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p + PAGE));
	munmap(r, 4 * PAGE);
	SHOW((long)mremap(r, PAGE, 2 * PAGE, MREMAP_MAYMOVE));
	munmap(r, 256 * PAGE);
}

static void advice(void)
{
	char *p = mmap(NULL, 1024 * PAGE, RW, ANON, -1, 0);

	fill(p, 0, 1024 * PAGE);
	SHOW(madvise(p + 8 * PAGE, 512 * PAGE, MADV_DONTNEED));
	printf("zero %d %d, kept %d %d\n", p[8 * PAGE + 512], p[519 * PAGE + 512],
	       filled(p, 0, 8 * PAGE), filled(p, 520 * PAGE, 1024 * PAGE));
	fill(p, 8 * PAGE, 520 * PAGE);
	printf("filled again, wrong %d\n", filled(p, 0, 1024 * PAGE));
	mprotect(p, PAGE, PROT_READ);
	SHOW(madvise(p, PAGE, MADV_DONTNEED));
	touch("still a constant", p, 0, 1);
	SHOW(madvise(p, PAGE, MADV_WILLNEED));
	SHOW(madvise(p, 0, MADV_DONTNEED));
	SHOW(madvise(p + 1, PAGE, MADV_DONTNEED));
	SHOW(madvise(p, PAGE, 999));
	munmap(p + PAGE, PAGE);
	SHOW(madvise(p, 3 * PAGE, MADV_DONTNEED));
	munmap(p, 1024 * PAGE);
}

static void shared_memory(void)
{
	int fd = memfd_create("name", MFD_CLOEXEC);
	volatile char *a, *b, *c;
	struct stat st;
	char byte = 0;

	SHOW(ftruncate(fd, 8 * PAGE));
	a = mmap(NULL, 8 * PAGE, RW, MAP_SHARED, fd, 0);
	b = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, fd, 4 * PAGE);
	c = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 4 * PAGE);
	a[4 * PAGE + 3] = 33;
	printf("other mappings see %d %d\n", b[3], c[3]);
	b[3 * PAGE] = 44;
	printf("and back %d\n", a[7 * PAGE]);
	SHOW(madvise((void *)(uintptr_t)a, 8 * PAGE, MADV_DONTNEED));
	printf("kept %d\n", a[7 * PAGE]);
	SHOW_VALUE(pread(fd, &byte, 1, 4 * PAGE + 3));
	printf("read %d\n", byte);
	fstat(fd, &st);
	printf("size %ld, regular %d\n", (long)st.st_size, S_ISREG(st.st_mode));
	SHOW(munmap((void *)(uintptr_t)a, 8 * PAGE));
	close(fd);
	printf("still %d\n", b[3 * PAGE]);
	SHOW(memfd_create("name", 0x1000));
	SHOW(syscall(SYS_memfd_create, BAD, 0));
	SHOW(ftruncate(999, 0));
}

static void file_in_memory(const char *path)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	char *whole, *tail, head[4];
	long sum = 0, same = 0;

	fstat(fd, &st);
	whole = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	tail = mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, PAGE);
	for (long i = 0; i < st.st_size; i += 64) {
		sum += whole[i] != 0;
	}
	for (unsigned long i = 0; i < PAGE; i++) {
		same += tail[i] == whole[PAGE + i];
	}
	tail[0] = (char)~tail[0];
	printf("file has contents %d, second page %ld, private %d\n", sum > 100, same,
	       tail[0] != whole[PAGE]);
	lseek(fd, 1, SEEK_SET);
	read(fd, head, 3);
	printf("head %.3s\n", head);
	touch("write to it", whole, PAGE, 1);
	SHOW((long)mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0));
	SHOW((long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 999, 0));
	SHOW((long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 1));
	SHOW((long)mmap(NULL, 0, PROT_READ, MAP_PRIVATE, fd, 0));
	SHOW((long)mmap(NULL, PAGE, PROT_READ, 0, fd, 0));
	SHOW((long)mmap(whole, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0));
	close(fd);
	printf("still mapped %d\n", whole[1] == 'E');
}

int main(int argc, char **argv)
{
	struct sigaction a = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};

	setvbuf(stdout, NULL, _IOLBF, 0);
	sigaction(SIGSEGV, &a, NULL);
	sigaction(SIGBUS, &a, NULL);
	protection();
	repairing();
	remapping();
	advice();
	shared_memory();
	file_in_memory(argc > 1 ? argv[1] : argv[0]);
	printf("memory done\n");
	return 0;
}
