/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text by which a parent tells its child's runtime what the hypervisor does not know: the
 * last variable of the environment, taken away before the program starts. Hexadecimal numbers:
 * parent, group, session, signals blocked, signals ignored, count of pipes, count of numbers;
 * per pipe memfd, two events, bits of its ends; per number: itself, the number that shares its
 * record, flags, offset, what it is, its pipe; then the path of the program. Written by
 * process_pass.c, read by process_adopt.c.
 */
#pragma once

#define PASS_NAME "CORBEL_PROCESS="
#define PASS_NO_BIT 0xff	    /* no bit: that end is not passed */
#define PASS_NATIVE_NONBLOCK BIT(32) /* in flags: the hypervisor's object does not block */
/* What a number is. */
#define PASS_PLAIN 0
#define PASS_PIPE 1 /* + enum channel_end */
