/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The domain's console: one terminal mode for all its handles, the line discipline between it and
 * the program.
 */
#pragma once

#include "control/runtime/types.h"

struct file;

bool console_reads_raw(void);
bool console_writes_raw(void);
/* read and write of a console handle with the program's buffer; as Linux's. */
long console_read(u32 handle, const struct file *f, u64 buffer, u64 len);
long console_write(u32 handle, u64 buffer, u64 len);
/* A terminal's ioctls; -ENOTTY for others. */
long console_ioctl(u32 handle, u32 command, u64 argument);
/* A line is there. */
bool console_readable(void);
/*
 * Takes the bytes that are there from the hypervisor into the line discipline; after poll has seen
 * some. 0 or -errno.
 */
long console_pump(u32 handle);
