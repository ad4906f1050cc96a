/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypercalls: one table row per number, with its policy as data. Everything not in the table
 * answers -ENOSYS, here.
 */
#pragma once

#include "core/types.h"

struct domain_thread;

/* The caller's registers as they are, in encoding order: arguments in RDI RSI RDX R10 R8 R9. */
struct call_args {
	u64 rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10;
};

#define CALL_PRIVILEGED 1u	/* only a domain with the boot domain's right: else -EPERM */
#define CALL_BLOCKS 2u		/* may sleep and answer -EINTR */

struct call_row {
	u32 number;
	u32 policy;
	const char *name;
	s64 (*fn)(struct domain_thread *t, const struct call_args *args);
};

/*
 * Serves the call in number (CORBEL_CALL_RUNTIME included); returns the value for RAX. Thread
 * context.
 */
s64 call_dispatch(struct domain_thread *t, u32 number, const struct call_args *args);
/* The rows in ascending order of number, for tests and the log. */
const struct call_row *call_rows(u32 *count);
