/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every hypercall: number, policy, name. This list is the table of api/call.c and the prototypes
 * of the functions that serve them (call_NAME in api/calls_*.c, api/futex.c, api/ppoll.c,
 * api/eventfd.c). Ascending by number.
 */
#pragma once

#include "api/call.h"

#define LINUX_CALLS(row) \
	row(0, CALL_BLOCKS, read) \
	row(1, CALL_BLOCKS, write) \
	row(3, 0, close) \
	row(9, 0, mmap) \
	row(10, 0, mprotect) \
	row(11, 0, munmap) \
	row(16, CALL_BLOCKS, ioctl) \
	row(17, 0, pread64) \
	row(24, 0, sched_yield) \
	row(25, 0, mremap) \
	row(28, 0, madvise) \
	row(60, 0, exit) \
	row(77, 0, ftruncate) \
	row(144, 0, sched_setscheduler) \
	row(169, CALL_PRIVILEGED, reboot) \
	row(202, CALL_BLOCKS, futex) \
	row(203, 0, sched_setaffinity) \
	row(228, 0, clock_gettime) \
	row(230, CALL_BLOCKS, clock_nanosleep) \
	row(231, 0, exit_group) \
	row(234, 0, tgkill) \
	row(257, 0, openat) \
	row(271, CALL_BLOCKS, ppoll) \
	row(290, 0, eventfd2) \
	row(292, 0, dup3) \
	row(314, 0, sched_setattr) \
	row(319, 0, memfd_create)

#define CORBEL_CALLS(row) \
	row(0x4000, CALL_PRIVILEGED, domain_create) \
	row(0x4001, CALL_BLOCKS, domain_wait) \
	row(0x4002, 0, thread_create) \
	row(0x4003, 0, handle_reserve) \
	row(0x4004, 0, handle_info)

#define CALL_PROTOTYPE(number, policy, name) \
	s64 call_##name(struct domain_thread *t, const struct call_args *args);
LINUX_CALLS(CALL_PROTOTYPE)
CORBEL_CALLS(CALL_PROTOTYPE)
#undef CALL_PROTOTYPE
