/* SPDX-License-Identifier: BSD-2-Clause */
/* The end: broken hypervisor state. Nothing a guest or a domain does may lead here. */
#pragma once

#include "core/types.h"

/*
 * Stops the other CPUs, prints the reason, the registers' back-trace with symbol names and the last
 * log lines, halts.
 */
__noreturn void panic(const char *fmt, ...) __printf(1, 2);
/*
 * A machine that cannot run Corbel: prints "corbel: cannot run: ..." naming the cause and the next
 * step, then halts.
 */
__noreturn void fatal(const char *fmt, ...) __printf(1, 2);
extern bool panicking;

#define ASSERT(cond) do { \
	if (unlikely(!(cond))) { \
		panic("assertion failed: %s (%s:%d)", #cond, __FILE__, __LINE__); \
	} \
} while (0)
