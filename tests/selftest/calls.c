/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks a table of ioctls; shared by the tests of errors. */
#define _GNU_SOURCE	/* strerrorname_np */
#include "tests/selftest/calls.h"

#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int descriptor(struct guest *guest, enum call_object object)
{
	switch (object) {
	case ON_KVM:
		return guest->kvm;
	case ON_VM:
		return guest->vm;
	case ON_VCPU:
		return guest->vcpu[0];
	case ON_STDOUT:
		return STDOUT_FILENO;
	default:
		return 999;
	}
}

enum result calls_check(struct guest *guest, const struct call *calls, int count)
{
	for (int i = 0; i < count; i++) {
		const struct call *call = &calls[i];
		int result, error;

		errno = 0;
		result = ioctl(descriptor(guest, call->object), call->number, call->argument);
		error = result == -1 ? errno : 0;
		CHECK(result == call->result && error == call->error, "%s: %d (%s), not %d (%s)",
		      call->what, result, error ? strerrorname_np(error) : "no error", call->result,
		      call->error ? strerrorname_np(call->error) : "no error");
	}
	return PASSED;
}
