/* SPDX-License-Identifier: BSD-2-Clause */
/* What the programs print: results of calls by name, so that a line is the same everywhere. */
#pragma once

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Not in every libc. */
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static inline const char *errno_name(int error)
{
	static const struct {
		int error;
		const char *name;
	} names[] = {
		{EPERM, "EPERM"},   {ENOENT, "ENOENT"},		{ESRCH, "ESRCH"},
		{EINTR, "EINTR"},   {EBADF, "EBADF"},		{EAGAIN, "EAGAIN"},
		{ENOMEM, "ENOMEM"}, {EACCES, "EACCES"},		{EFAULT, "EFAULT"},
		{EBUSY, "EBUSY"},   {EEXIST, "EEXIST"},		{ENODEV, "ENODEV"},
		{EINVAL, "EINVAL"}, {EMFILE, "EMFILE"},		{ENOTTY, "ENOTTY"},
		{ESPIPE, "ESPIPE"}, {EPIPE, "EPIPE"},		{ENOSYS, "ENOSYS"},
		{ELOOP, "ELOOP"},   {EOPNOTSUPP, "EOPNOTSUPP"}, {ETIMEDOUT, "ETIMEDOUT"},
		{ENFILE, "ENFILE"}, {EROFS, "EROFS"},
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].error == error) {
			return names[i].name;
		}
	}
	return strerror(error);
}

/* The result of a call: its errno's name, or "ok". */
static inline const char *outcome(long result)
{
	return result == -1 ? errno_name(errno) : "ok";
}

#define SHOW(call) printf("%s: %s\n", #call, outcome((long)(call)))
#define SHOW_VALUE(call) show_value(#call, (long)(call))

static inline void show_value(const char *what, long value)
{
	if (value == -1) {
		printf("%s: %s\n", what, errno_name(errno));
	} else {
		printf("%s: %ld\n", what, value);
	}
}

static inline long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ll + t.tv_nsec / 1000000;
}

static inline void sleep_ms(long ms)
{
	struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	while (nanosleep(&t, &t)) {
	}
}
