/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system calls that the runtime answers: number and handler. Those that go out untouched are in
 * syscall.c; what is in neither list answers -ENOSYS. A handler takes the program's registers
 * (arguments in RDI RSI RDX R10 R8 R9) and returns the value for RAX.
 */
#pragma once

#include <asm/unistd.h>

#include "control/runtime/regs.h"

/* clang-format off */
#define RUNTIME_CALLS(X) \
	X(read) X(write) X(readv) X(writev) X(close) X(openat) X(open) X(lseek) X(fstat) \
	X(newfstatat) X(stat) X(lstat) X(access) X(faccessat) X(faccessat2) X(readlink) \
	X(readlinkat) X(getcwd) X(ioctl) X(fcntl) X(dup) X(dup2) X(dup3) X(eventfd) \
	X(eventfd2) X(memfd_create) X(pipe) X(pipe2) X(timerfd_create) X(timerfd_settime) \
	X(timerfd_gettime) X(epoll_create) X(epoll_create1) X(epoll_ctl) X(epoll_wait) \
	X(epoll_pwait) X(epoll_pwait2) X(poll) X(ppoll) X(select) X(pselect6) X(brk) \
	X(madvise) X(clone) X(clone3) X(fork) X(vfork) X(execve) X(execveat) X(wait4) \
	X(waitid) X(exit) X(exit_group) X(set_tid_address) X(set_robust_list) \
	X(get_robust_list) X(arch_prctl) X(prctl) X(rt_sigaction) X(rt_sigprocmask) \
	X(rt_sigreturn) X(rt_sigpending) X(rt_sigtimedwait) X(rt_sigsuspend) X(pause) \
	X(sigaltstack) X(rt_sigqueueinfo) X(rt_tgsigqueueinfo) X(timer_create) \
	X(timer_settime) X(timer_gettime) X(timer_getoverrun) X(timer_delete) X(setitimer) \
	X(getitimer) X(alarm) X(kill) X(tkill) X(tgkill) X(clock_gettime) X(clock_getres) \
	X(gettimeofday) X(time) X(nanosleep) X(clock_nanosleep) X(getpid) X(gettid) \
	X(getppid) X(getpgrp) X(getpgid) X(setpgid) X(getsid) X(setsid) X(getuid) \
	X(geteuid) X(getgid) X(getegid) X(uname) X(sysinfo) X(getrandom) X(prlimit64) \
	X(getrlimit) X(sched_getaffinity) X(sched_get_priority_max) \
	X(sched_get_priority_min)
/* clang-format on */

#define DECLARE_CALL(name) long sys_##name(struct regs *r);
RUNTIME_CALLS(DECLARE_CALL)
#undef DECLARE_CALL
