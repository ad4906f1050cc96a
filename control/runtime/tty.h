/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line discipline of the console, as Linux's: the hypervisor gives and takes bytes, this makes
 * lines, echo and signals of them. No locks and no calls: console.c has those, and the host tests
 * this alone.
 */
#pragma once

#include <asm/termbits.h>

#include "control/runtime/types.h"

#define TTY_BUFFER 4096
#define TTY_ECHO 64

struct tty {
	struct termios mode;
	/* next to read, end of complete lines, next to write; free-running */
	u32 head, ready, tail;
	u8 data[TTY_BUFFER];
	u8 kind[TTY_BUFFER];	/* 0: byte, 1: last byte of a line, 2: end of file, no byte */
};

/* What a byte causes besides its storing. */
struct tty_effect {
	u8 echo[TTY_ECHO];
	u32 echo_len;
	u32 signal;		/* to the program, or 0 */
};

/* Linux's defaults: lines, echo, signals, NL to CR NL. */
void tty_init(struct tty *t);
/* Input needs no treatment at all, output none. */
bool tty_reads_raw(const struct tty *t);
bool tty_writes_raw(const struct tty *t);
void tty_input(struct tty *t, u8 byte, struct tty_effect *effect);
/* A read could return now. */
bool tty_readable(const struct tty *t);
/* Up to len bytes, of one line where lines are made; 0: end of file; -EAGAIN: nothing there. */
long tty_take(struct tty *t, u8 *out, u64 len);
/* A new mode. flush: forget what is not read. */
void tty_set_mode(struct tty *t, const struct termios *mode, bool flush);
void tty_flush(struct tty *t);
/* Expands len bytes of output into out (2 * len bytes); returns how many. */
u64 tty_output(const struct tty *t, const u8 *in, u64 len, u8 *out);
