/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory calls: arguments and errors of mmap and its kin, boot files, memfds, quota.
 * LINK: core/thread.c core/sched.c core/runqueue.c core/wake.c core/waitq.c core/mutex.c
 * LINK: core/timer.c core/time.c core/quiesce.c core/object.c core/fault.c mm/aspace.c
 * LINK: mm/aspace_change.c mm/aspace_remap.c mm/aspace_fault.c mm/region.c mm/backing.c
 * LINK: mm/chunks.c mm/copy.c mm/stage2.c mm/stage2_map.c mm/stage2_change.c mm/stage2_flush.c
 * LINK: mm/frame.c mm/memmap.c mm/slab.c arch/x86/hv/hv_thread.c drivers/console.c api/bootfile.c
 * LINK: api/call.c api/calls_domain.c api/calls_file.c api/calls_memory.c api/calls_power.c
 * LINK: api/calls_sched.c api/calls_thread.c api/calls_time.c api/console_handle.c api/domain.c
 * LINK: api/domain_boot.c api/domain_cpuid.c api/domain_crash.c api/domain_exit.c
 * LINK: api/domain_image.c api/domain_run.c api/domain_thread.c api/domain_vcpu.c api/eventfd.c
 * LINK: api/filled.c api/futex.c api/handle.c api/handle_ops.c api/memfd.c api/openat.c
 * LINK: api/ppoll.c api/supervise.c api/text.c api/time_page.c api/timespec.c tests/fake/fake.c
 * LINK: tests/fake/fake_smp.c tests/fake/fake_panic.c tests/fake/fake_mm.c
 * LINK: tests/fake/fake_random.c tests/fake/fake_hv.c tests/fake/fake_domain.c
 */
#include <string.h>

#include "api/bootfile.h"
#include "core/fault.h"
#include "fake_domain.h"
#include "mm/layout.h"

/* What the hypervisor does not know by name: no rights, and bits that are refused. */
#define PROT_NONE 0
#define PROT_GROWSDOWN 0x01000000
#define MREMAP_DONTUNMAP 4

#define NOFD ((u64)-1)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW (PROT_READ | PROT_WRITE)
#define TOP CORBEL_RUNTIME_BASE
#define FILE_AT 0x20000	/* host-physical, below the RAM of the allocator */
#define FILE_SIZE 5000

static struct domain *dom;

static void begin(void)
{
	dom = fake_enter(true, 2000);
}

static s64 map(u64 addr, u64 len, u64 prot, u64 flags)
{
	return call(NR_mmap, addr, len, prot, flags, NOFD, 0);
}

static void map_arguments(void)
{
	begin();
	assert_int_equal(map(0, 0, RW, ANON), -EINVAL);
	assert_int_equal(map(0, UINT64_MAX, RW, ANON), -ENOMEM);
	assert_int_equal(map(0, TOP + 1, RW, ANON), -ENOMEM);
	assert_int_equal(map(0, PAGE_SIZE, RW, MAP_ANONYMOUS), -EINVAL);
	assert_int_equal(map(0, PAGE_SIZE, RW, MAP_ANONYMOUS | MAP_SHARED_VALIDATE), -EINVAL);
	assert_int_equal(map(0, PAGE_SIZE, RW, ANON | MAP_HUGETLB), -ENOMEM);
	assert_int_equal(map(0, PAGE_SIZE, RW, ANON | MAP_32BIT), -ENOMEM);
	assert_int_equal(map(0x100001, PAGE_SIZE, RW, ANON | MAP_FIXED), -EINVAL);
	assert_int_equal(map(0x1000, PAGE_SIZE, RW, ANON | MAP_FIXED), -EPERM);
	assert_int_equal(map(TOP, PAGE_SIZE, RW, ANON | MAP_FIXED), -ENOMEM);
	assert_int_equal(map(TOP - PAGE_SIZE, 2 * PAGE_SIZE, RW, ANON | MAP_FIXED), -ENOMEM);
	assert_int_equal(call(NR_mmap, 0, PAGE_SIZE, RW, ANON, NOFD, 5), -EINVAL);
	assert_int_equal(call(NR_mmap, 0, PAGE_SIZE, RW, ANON, NOFD, UINT64_MAX & PAGE_MASK),
			 -EOVERFLOW);
	assert_int_equal(call(NR_mmap, 0, PAGE_SIZE, RW, MAP_PRIVATE, 7, 0), -EBADF);
	assert_int_equal(dom->as.quota.used, 0);
	fake_leave(dom);
}

static void map_places(void)
{
	s64 a, b;

	begin();
	a = map(0, 100, RW, ANON);
	assert_true(a > 0 && IS_ALIGNED((u64)a, PAGE_SIZE) && (u64)a < DOM_MMAP_TOP);
	b = map(0, PAGE_SIZE, RW, ANON);
	assert_true(b < a);
	/* A hint is taken, rounded; one in the runtime's range is not. */
	assert_int_equal(map(0x1000100, PAGE_SIZE, RW, ANON), 0x1000000);
	assert_true(map(TOP + PAGE_SIZE, PAGE_SIZE, RW, ANON) < (s64)DOM_MMAP_TOP);
	assert_int_equal(map(0x1000000, PAGE_SIZE, RW, ANON | MAP_FIXED_NOREPLACE), -EEXIST);
	fake_poke64(0x1000000, 7);
	assert_int_equal(map(0x1000000, PAGE_SIZE, RW, ANON | MAP_FIXED), 0x1000000);
	assert_int_equal(fake_peek64(0x1000000), 0);
	assert_int_equal(
		map(0x2000000, PAGE_SIZE, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE),
		0x2000000);
	/* The runtime itself may. */
	assert_int_equal(call_own(NR_mmap, TOP, PAGE_SIZE, RW, ANON | MAP_FIXED, NOFD, 0), TOP);
	fake_leave(dom);
}

static void rights(void)
{
	struct aspace *as;
	u64 p;

	begin();
	as = &dom->as;
	p = (u64)map(0, PAGE_SIZE, PROT_NONE, ANON);
	assert_int_equal(aspace_fault(as, p, S2_R), -EFAULT);
	assert_true(aspace_maps(as, p));
	assert_false(aspace_maps(as, p + PAGE_SIZE));
	assert_false(aspace_maps(as, p - 1));
	assert_false(aspace_maps(as, UINT64_MAX));
	assert_int_equal(call(NR_mprotect, p, PAGE_SIZE, PROT_WRITE), 0);
	assert_int_equal(aspace_fault(as, p, S2_W), 0); /* with read, as the CPU would */
	assert_int_equal(aspace_fault(as, p, S2_R), 0);
	assert_int_equal(aspace_fault(as, p, S2_X), -EFAULT);
	assert_int_equal(call(NR_mprotect, p, 1, PROT_EXEC), 0);
	assert_int_equal(aspace_fault(as, p, S2_X), 0);
	assert_int_equal(aspace_fault(as, p, S2_W), -EFAULT);
	assert_int_equal(call(NR_mprotect, p + 1, PAGE_SIZE, RW), -EINVAL);
	assert_int_equal(call(NR_mprotect, p, PAGE_SIZE, 0x100), -EINVAL);
	assert_int_equal(call(NR_mprotect, p, PAGE_SIZE, RW | PROT_GROWSDOWN), -EINVAL);
	assert_int_equal(call(NR_mprotect, p, PAGE_SIZE, RW | PROT_SEM), 0);
	assert_int_equal(call(NR_mprotect, p, 0, RW), 0);
	assert_int_equal(call(NR_mprotect, p, 2 * PAGE_SIZE, RW), -ENOMEM);
	assert_int_equal(call(NR_mprotect, p, UINT64_MAX - 5, RW), -ENOMEM);
	assert_int_equal(call(NR_mprotect, TOP, PAGE_SIZE, RW), -ENOMEM);
	fake_leave(dom);
}

static void unmap(void)
{
	u64 p;

	begin();
	p = (u64)map(0, 3 * PAGE_SIZE, RW, ANON);
	fake_poke64(p + 2 * PAGE_SIZE, 1);
	assert_int_equal(call(NR_munmap, p + 1, PAGE_SIZE), -EINVAL);
	assert_int_equal(call(NR_munmap, p, 0), -EINVAL);
	assert_int_equal(call(NR_munmap, p, UINT64_MAX), -EINVAL);
	assert_int_equal(call(NR_munmap, TOP, PAGE_SIZE), -EINVAL);
	assert_int_equal(dom->as.quota.used, 1);
	assert_int_equal(call(NR_munmap, p + 2 * PAGE_SIZE, 1), 0);
	assert_int_equal(dom->as.quota.used, 0);
	assert_int_equal(call(NR_munmap, p + 2 * PAGE_SIZE, PAGE_SIZE), 0);
	fake_leave(dom);
}

static void discarding(void)
{
	u64 p, shared;

	begin();
	p = (u64)map(0, 3 * PAGE_SIZE, RW, ANON);
	shared = (u64)map(0, PAGE_SIZE, RW, MAP_SHARED | MAP_ANONYMOUS);
	for (u64 i = 0; i < 3; i++) {
		fake_poke64(p + i * PAGE_SIZE, 7);
	}
	fake_poke64(shared, 7);
	assert_int_equal(dom->as.quota.used, 4);
	assert_int_equal(call(NR_madvise, p + PAGE_SIZE, PAGE_SIZE, MADV_DONTNEED), 0);
	assert_int_equal(dom->as.quota.used, 3);
	assert_int_equal(fake_peek64(p + PAGE_SIZE), 0);
	assert_int_equal(fake_peek64(p), 7);
	assert_int_equal(fake_peek64(p + 2 * PAGE_SIZE), 7);
	/* Rights stay; what is shared stays. */
	assert_int_equal(call(NR_mprotect, p, PAGE_SIZE, PROT_READ), 0);
	assert_int_equal(call(NR_madvise, p, 3 * PAGE_SIZE, MADV_FREE), 0);
	assert_int_equal(fake_peek64(p), 0);
	assert_int_equal(aspace_fault(&dom->as, p, S2_W), -EFAULT);
	assert_int_equal(call(NR_madvise, shared, PAGE_SIZE, MADV_DONTNEED), 0);
	assert_int_equal(fake_peek64(shared), 7);
	assert_int_equal(call(NR_munmap, p + PAGE_SIZE, PAGE_SIZE), 0);
	assert_int_equal(call(NR_madvise, p, 3 * PAGE_SIZE, MADV_DONTNEED), -ENOMEM);
	assert_int_equal(call(NR_madvise, p, 0, MADV_DONTNEED), 0);
	assert_int_equal(call(NR_madvise, p + 1, PAGE_SIZE, MADV_DONTNEED), -EINVAL);
	assert_int_equal(call(NR_madvise, p, UINT64_MAX, MADV_DONTNEED), -EINVAL);
	assert_int_equal(call(NR_madvise, p, TOP, MADV_DONTNEED), -ENOMEM);
	assert_int_equal(call(NR_madvise, p, PAGE_SIZE, 3), -EINVAL);
	fake_leave(dom);
}

static s64 remap(u64 old, u64 old_len, u64 new_len, u64 flags, u64 to)
{
	return call(NR_mremap, old, old_len, new_len, flags, to);
}

static void remapping(void)
{
	u64 p, moved;

	begin();
	p = (u64)map(0x10000000, 2 * PAGE_SIZE, RW, ANON | MAP_FIXED);
	fake_poke64(p, 42);
	assert_int_equal(remap(p + 1, PAGE_SIZE, PAGE_SIZE, 0, 0), -EINVAL);
	assert_int_equal(remap(p, 0, PAGE_SIZE, 0, 0), -EINVAL);
	assert_int_equal(remap(p, PAGE_SIZE, 0, 0, 0), -EINVAL);
	assert_int_equal(remap(p, PAGE_SIZE, PAGE_SIZE, MREMAP_FIXED, p), -EINVAL);
	assert_int_equal(remap(p, PAGE_SIZE, PAGE_SIZE, MREMAP_DONTUNMAP | MREMAP_MAYMOVE, 0),
			 -EINVAL);
	assert_int_equal(remap(p, PAGE_SIZE, TOP + PAGE_SIZE, MREMAP_MAYMOVE, 0), -ENOMEM);
	assert_int_equal(remap(p, PAGE_SIZE, TOP + 1, MREMAP_MAYMOVE | MREMAP_FIXED, 0x3000000),
			 -EINVAL);
	assert_int_equal(remap(p, PAGE_SIZE, PAGE_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, TOP),
			 -EINVAL);
	assert_int_equal(remap(p, PAGE_SIZE, PAGE_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, 5), -EINVAL);
	assert_int_equal(remap(TOP, PAGE_SIZE, PAGE_SIZE, 0, 0), -EFAULT);
	assert_int_equal(remap(0x5000000, PAGE_SIZE, PAGE_SIZE, 0, 0), -EFAULT);
	assert_int_equal(remap(p, 2 * PAGE_SIZE, TOP - p + PAGE_SIZE, 0, 0), -ENOMEM);
	assert_int_equal(remap(p, 2 * PAGE_SIZE, 4 * PAGE_SIZE, 0, 0), p);
	fake_poke64(p + 3 * PAGE_SIZE, 43);
	moved = (u64)remap(p, 4 * PAGE_SIZE, 4 * PAGE_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED,
			   0x20000000);
	assert_int_equal(moved, 0x20000000);
	assert_int_equal(fake_peek64(moved), 42);
	assert_int_equal(fake_peek64(moved + 3 * PAGE_SIZE), 43);
	assert_int_equal(aspace_fault(&dom->as, p, S2_R), -EFAULT);
	assert_int_equal(remap(moved, 4 * PAGE_SIZE, PAGE_SIZE, 0, 0), moved);
	fake_leave(dom);
}

static void quota(void)
{
	struct domain *d = fake_enter(false, 3);
	u64 p = (u64)map(0, 10 * PAGE_SIZE, RW, ANON), value = 1;

	for (u32 i = 0; i < 3; i++) {
		fake_poke64(p + i * PAGE_SIZE, i);
	}
	assert_int_equal(copy_to_domain(&d->as, DVA(p + 5 * PAGE_SIZE), &value, 8), -ENOMEM);
	assert_int_equal(call(NR_munmap, p, PAGE_SIZE), 0);
	fake_poke64(p + 5 * PAGE_SIZE, 1);
	assert_int_equal(call(NR_clock_gettime, CLOCK_MONOTONIC, p + 6 * PAGE_SIZE), -ENOMEM);
	fake_leave(d);
}

static void no_memory(void)
{
	begin();
	for (u64 n = 1; n < 4; n++) {
		fault_arm(n);
		s64 r = map(0, PAGE_SIZE, RW, ANON);

		fault_arm(0);
		assert_true(r == -ENOMEM || r > 0);
		if (n == 1) {
			assert_int_equal(r, -ENOMEM);
		}
	}
	fake_leave(dom);
}

static s64 open_file(const char *path, u32 flags)
{
	u64 page = fake_map(PAGE_SIZE);
	s64 fd;

	fake_poke(page, path, strlen(path) + 1);
	fd = call(NR_openat, (u64)-100, page, flags, 0);
	assert_int_equal(call(NR_munmap, page, PAGE_SIZE), 0);
	return fd;
}

static void boot_files(void)
{
	u64 buf, p, q;
	s64 fd;

	begin();
	assert_int_equal(open_file("/boot/data", O_RDWR), -EROFS);
	assert_int_equal(open_file("/boot/data", O_RDONLY | O_TRUNC), -EROFS);
	fd = open_file("/boot/data", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fd, 0);
	buf = fake_map(4 * PAGE_SIZE);
	assert_int_equal(call(NR_pread64, (u64)fd, buf, 8192, 0), FILE_SIZE);
	assert_int_equal(fake_peek64(buf) & 0xff, 0);
	assert_int_equal(fake_peek64(buf + 4992) & 0xff, 4992 % 251);
	assert_int_equal(call(NR_pread64, (u64)fd, buf, 100, FILE_SIZE - 4), 4);
	assert_int_equal(call(NR_pread64, (u64)fd, buf, 100, FILE_SIZE), 0);
	assert_int_equal(call(NR_pread64, (u64)fd, 8, 100, 0), -EFAULT);
	assert_int_equal(call(NR_pread64, (u64)fd, TOP, 100, 0), -EFAULT);
	/* Part of it is there before the hole. */
	assert_int_equal(call(NR_munmap, buf + 3 * PAGE_SIZE, PAGE_SIZE), 0);
	assert_int_equal(call(NR_pread64, (u64)fd, buf + 3 * PAGE_SIZE - 10, 100, 0), -EFAULT);
	/* Read-only: the file's own frames, no quota. */
	p = (u64)call(NR_mmap, 0, FILE_SIZE, PROT_READ | PROT_EXEC, MAP_PRIVATE, (u64)fd, 0);
	assert_int_equal(dom->as.quota.used, 3);
	assert_int_equal(fake_peek64(p + 4992) & 0xff, 4992 % 251);
	assert_int_equal(fake_peek64(p + 5000), 0);
	assert_int_equal(call(NR_mprotect, p, PAGE_SIZE, RW), -EACCES);
	assert_int_equal(call(NR_mmap, 0, PAGE_SIZE, RW, MAP_SHARED, (u64)fd, 0), -EACCES);
	/* Private and writable: a copy. */
	q = (u64)call(NR_mmap, 0, PAGE_SIZE, RW, MAP_PRIVATE, (u64)fd, PAGE_SIZE);
	assert_int_equal(fake_peek64(q) & 0xff, 4096 % 251);
	fake_poke64(q, 0);
	assert_int_equal(fake_peek64(p + PAGE_SIZE) & 0xff, 4096 % 251);
	fault_arm(1);
	assert_int_equal(call(NR_mmap, 0, PAGE_SIZE, RW, MAP_PRIVATE, (u64)fd, 0), -ENOMEM);
	fake_leave(dom);
}

static void private_copy_within_quota(void)
{
	struct domain *d = fake_enter(false, 2);
	s64 fd = open_file("/boot/data", O_RDONLY);

	assert_int_equal(fd, 0);
	assert_true(call(NR_mmap, 0, 2 * PAGE_SIZE, RW, MAP_PRIVATE, 0, 0) > 0);
	assert_int_equal(call(NR_mmap, 0, PAGE_SIZE, RW, MAP_PRIVATE, 0, 0), -ENOMEM);
	fake_leave(d);
}

static void registering(void)
{
	char name[64];

	assert_int_equal(bootfile_register("", HPA(0x1000), 1), -EINVAL);
	assert_int_equal(bootfile_register("a/b", HPA(0x1000), 1), -EINVAL);
	assert_int_equal(bootfile_register("odd", HPA(0x1001), 1), -EINVAL);
	assert_int_equal(bootfile_register("data", HPA(0x1000), 1), -EEXIST);
	fault_arm(1);
	assert_int_equal(bootfile_register("other", HPA(0x1000), 1), -ENOMEM);
	memset(name, 'n', sizeof(name));
	name[63] = 0;
	assert_int_equal(bootfile_register(name, HPA(0x1000), 1), -EINVAL);
	assert_null(bootfile_open("other"));
}

static s64 memfd(const char *name, u32 flags)
{
	u64 page = fake_map(PAGE_SIZE);
	s64 fd;

	fake_poke(page, name, strlen(name) + 1);
	fd = call(NR_memfd_create, page, flags);
	assert_int_equal(call(NR_munmap, page, PAGE_SIZE), 0);
	return fd;
}

static void memfds(void)
{
	char name[300];
	u64 p, q, buf;
	s64 fd;

	begin();
	memset(name, 'm', sizeof(name));
	name[250] = 0;
	assert_int_equal(memfd(name, 0), -EINVAL);
	name[249] = 0;
	assert_int_equal(memfd(name, 0x100), -EINVAL);
	assert_int_equal(call(NR_memfd_create, 8, 0), -EFAULT);
	fd = memfd(name, MFD_CLOEXEC);
	assert_int_equal(fd, 0);
	buf = fake_map(PAGE_SIZE);
	assert_int_equal(call(NR_pread64, (u64)fd, buf, 10, 0), 0);
	assert_int_equal(call(NR_mmap, 0, PAGE_SIZE, RW, MAP_SHARED, (u64)fd, 0), -EINVAL);
	assert_int_equal(call(NR_ftruncate, (u64)fd, 0), 0);
	assert_int_equal(call(NR_ftruncate, (u64)fd, 1ULL << 50), -EFBIG);
	assert_int_equal(call(NR_ftruncate, (u64)fd, PAGE_SIZE + 100), 0);
	assert_int_equal(call(NR_ftruncate, (u64)fd, PAGE_SIZE + 100), 0);
	assert_int_equal(call(NR_ftruncate, (u64)fd, PAGE_SIZE), -EPERM);
	p = (u64)call(NR_mmap, 0, 2 * PAGE_SIZE, RW, MAP_SHARED, (u64)fd, 0);
	q = (u64)call(NR_mmap, 0, PAGE_SIZE, PROT_READ, MAP_SHARED, (u64)fd, PAGE_SIZE);
	fake_poke64(p + PAGE_SIZE + 8, 99);
	assert_int_equal(fake_peek64(q + 8), 99);
	assert_int_equal(call(NR_mmap, 0, PAGE_SIZE, RW, MAP_PRIVATE, (u64)fd, 0), -EOPNOTSUPP);
	assert_int_equal(call(NR_mmap, 0, 3 * PAGE_SIZE, RW, MAP_SHARED, (u64)fd, 0), -EINVAL);
	assert_int_equal(call(NR_mmap, 0, PAGE_SIZE, RW, MAP_SHARED, (u64)fd, 2 * PAGE_SIZE),
			 -EINVAL);
	assert_int_equal(
		call(NR_mmap, 0, PAGE_SIZE, RW, MAP_SHARED_VALIDATE | MAP_SYNC, (u64)fd, 0),
		-EOPNOTSUPP);
	assert_int_equal(call(NR_pread64, (u64)fd, buf, 1000, PAGE_SIZE + 8), 92);
	assert_int_equal(fake_peek64(buf), 99);
	assert_int_equal(call(NR_pread64, (u64)fd, buf, 1000, PAGE_SIZE + 100), 0);
	assert_int_equal(call(NR_pread64, (u64)fd, 8, 1000, 0), -EFAULT);
	/* The mapping holds the memory when the number is gone. */
	assert_int_equal(call(NR_close, (u64)fd), 0);
	assert_int_equal(fake_peek64(q + 8), 99);
	fault_arm(1);
	assert_int_equal(call(NR_memfd_create, p, 0), -ENOMEM);
	fake_leave(dom);
}

static void handles_that_cannot_be_mapped(void)
{
	begin();
	assert_int_equal(call(NR_eventfd2, 0, 0), 0);
	assert_int_equal(call(NR_mmap, 0, PAGE_SIZE, RW, MAP_SHARED, 0, 0), -ENODEV);
	assert_int_equal(open_file("/dev/kvm", O_WRONLY), 1);
	assert_int_equal(call(NR_mmap, 0, PAGE_SIZE, PROT_READ, MAP_PRIVATE, 1, 0), -EACCES);
	assert_int_equal(open_file("/dev/kvm", O_RDONLY), 2);
	assert_int_equal(call(NR_mmap, 0, PAGE_SIZE, RW, MAP_SHARED, 2, 0), -EACCES);
	assert_int_equal(call(NR_mmap, 0, PAGE_SIZE, PROT_READ, MAP_PRIVATE, 2, 0), -ENODEV);
	fake_leave(dom);
}

static void make_file(void)
{
	u8 *p = hpa_to_ptr(HPA(FILE_AT));

	for (u32 i = 0; i < FILE_SIZE; i++) {
		p[i] = (u8)(i % 251);
	}
	assert_int_equal(bootfile_register("data", HPA(FILE_AT), FILE_SIZE), 0);
}

BODY(map_arguments)
BODY(map_places)
BODY(rights)
BODY(unmap)
BODY(discarding)
BODY(remapping)
BODY(quota)
BODY(no_memory)
BODY(boot_files)
BODY(private_copy_within_quota)
BODY(registering)
BODY(memfds)
BODY(handles_that_cannot_be_mapped)

int main(void)
{
	const struct CMUnitTest tests[] = {
		R(map_arguments), R(map_places), R(rights),
		R(unmap),	  R(discarding), R(remapping),
		R(quota),	  R(no_memory),	 R(boot_files),
		R(memfds),	  R(registering), R(private_copy_within_quota),
		R(handles_that_cannot_be_mapped),
	};

	fake_domain_boot(2);
	make_file();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
