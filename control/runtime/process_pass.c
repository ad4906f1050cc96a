/* SPDX-License-Identifier: BSD-2-Clause */
/* What a child's domain inherits: handles by number, pipes, and the text of process_pass.h. */
#include "control/runtime/process_pass.h"

#include <asm/signal.h>

#include "control/runtime/domain.h"
#include "control/runtime/pipe.h"
#include "control/runtime/process.h"

#define LONGEST_NUMBER 17 /* 16 digits and the space */

/* Pipes that go to the child, in the order of its text, and by number which of them it is. */
static struct pipe_gift gifts[GIFTS_MAX];
static u32 gift_count;
static u8 gift_of[SYSCALL_HIDDEN];

static void put(struct passed *p, u64 number)
{
	u32 shift = 60;

	if (p->size - p->len < LONGEST_NUMBER + 1) {
		p->size = p->len; /* full: told at the end */
		return;
	}
	while (shift && !(number >> shift)) {
		shift -= 4;
	}
	for (;; shift -= 4) {
		p->text[p->len++] = "0123456789abcdef"[number >> shift & 0xf];
		if (!shift) {
			break;
		}
	}
	p->text[p->len++] = ' ';
}

/*
 * The record of a number that the child's program will have, or NULL. The same as often as it is
 * asked: the child has the record in use, and no number changes meanwhile.
 */
static const struct file *passed_file(const struct child_run *run, u32 number)
{
	const struct file *f = child_file(run, number);

	if (!f || (run->cloexec[number / 64] & BIT(number % 64))) {
		return NULL;
	}
	switch (f->type) {
	case CORBEL_H_CONSOLE:
	case CORBEL_H_BOOTFILE:
	case CORBEL_H_TEXT:
	case CORBEL_H_EVENTFD:
	case CORBEL_H_MEMFD:
	case CORBEL_H_DOMAIN: return f;
	default: return NULL;
	}
}

/* The row of a pipe among the gifts, with that end; -errno. */
static long give(struct child *c, struct pipe *pipe, enum channel_end end)
{
	u32 i = 0;
	long error;

	while (i < gift_count && gifts[i].pipe != pipe) {
		i++;
	}
	if (i == GIFTS_MAX) {
		return -EMFILE;
	}
	if (i == gift_count) {
		gifts[gift_count++] = (struct pipe_gift){.pipe = pipe, .bit = {-1, -1}};
	}
	if (gifts[i].bit[end] < 0) {
		error = pipe_give(pipe, end, &gifts[i]);
		if (error) {
			return error;
		}
		c->pipes[c->pipe_count++] = (struct pipe_share){pipe, end, gifts[i].bit[end]};
	}
	return i;
}

/* Sets the visible handles and counts them; -EMFILE. */
static long pass_numbers(const struct child_run *run, struct child *c, struct passed *p)
{
	long found = 0;

	p->count = 0;
	gift_count = 0;
	for (u32 n = 0; n < SYSCALL_HIDDEN; n++) {
		const struct file *f = passed_file(run, n);
		enum channel_end end;
		struct pipe *pipe;

		if (n < PASSED_MAX) {
			p->handles[n] = -1;
		}
		if (!f) {
			continue;
		}
		if (n >= PASSED_MAX - 3 * GIFTS_MAX) {
			return -EMFILE;
		}
		pipe = pipe_of(f, &end);
		if (pipe) {
			long row = give(c, pipe, end);

			if (row < 0) {
				return row;
			}
			gift_of[n] = (u8)row;
		}
		p->handles[n] = run->map[n];
		p->count = n + 1;
		found++;
	}
	return found;
}

static void put_pipes(struct passed *p)
{
	for (u32 i = 0; i < gift_count; i++) {
		const s32 handles[3] = {gifts[i].memfd, gifts[i].event[0], gifts[i].event[1]};

		for (u32 k = 0; k < COUNT(handles); k++) {
			p->handles[p->count] = handles[k];
			put(p, p->count++);
		}
		put(p, (u8)gifts[i].bit[0]);
		put(p, (u8)gifts[i].bit[1]);
	}
}

/* The lowest number in the child with the same record. */
static u32 sharer(const struct child_run *run, u32 number, const struct file *f)
{
	u32 n = 0;

	while (n < number && passed_file(run, n) != f) {
		n++;
	}
	return n;
}

static void put_numbers(const struct child_run *run, struct passed *p, u32 count)
{
	for (u32 n = 0; n < count; n++) {
		const struct file *f = passed_file(run, n);
		const struct pipe *pipe;
		enum channel_end end;

		if (!f) {
			continue;
		}
		put(p, n);
		put(p, sharer(run, n, f));
		put(p, f->flags | (f->native_nonblock ? PASS_NATIVE_NONBLOCK : 0));
		put(p, f->offset);
		pipe = pipe_of(f, &end);
		put(p, pipe ? PASS_PIPE + end : PASS_PLAIN);
		put(p, pipe ? gift_of[n] : 0);
	}
}

static u64 ignored(const struct child_run *run)
{
	u64 set = 0;

	for (u32 sig = 1; sig <= SIGNALS; sig++) {
		set |= run->actions[sig].handler == (u64)SIG_IGN ? SIGMASK(sig) : 0;
	}
	return set;
}

/* 0: the child's own id, which it knows itself. */
static u64 or_own(const struct child_run *run, u32 id)
{
	return id == run->pid ? 0 : id;
}

/* The end of the text, with its NUL. */
static long put_path(struct passed *p, const char *path)
{
	u64 len = strlen(path) + 1;

	if (p->size - p->len < len) {
		return -E2BIG;
	}
	memcpy(p->text + p->len, path, len);
	p->len += len;
	return 0;
}

long process_pass(const struct child_run *run, struct child *c, const char *path, struct passed *p)
{
	long numbers = pass_numbers(run, c, p);
	u32 visible = p->count;

	if (numbers < 0) {
		return numbers;
	}
	p->len = 0;
	if (p->size <= sizeof(PASS_NAME)) {
		return -E2BIG;
	}
	memcpy(p->text, PASS_NAME, sizeof(PASS_NAME) - 1);
	p->len = sizeof(PASS_NAME) - 1;
	put(p, domain.pid);
	put(p, or_own(run, run->group));
	put(p, or_own(run, run->session));
	put(p, run->mask);
	put(p, ignored(run));
	put(p, gift_count);
	put(p, (u64)numbers);
	put_pipes(p);
	put_numbers(run, p, visible);
	return put_path(p, path);
}
