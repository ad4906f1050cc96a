/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The start of a process in its new domain: reads what its parent's runtime has written
 * (process_pass.h). A domain made by somebody else has no such text, or a wrong one: what does not
 * fit is left out, the harm is the domain's own.
 */
#include "control/runtime/process_pass.h"

#include "control/runtime/domain.h"
#include "control/runtime/hidden.h"
#include "control/runtime/hypercall.h"
#include "control/runtime/pipe.h"
#include "control/runtime/process.h"

#define NAME_LENGTH (sizeof(PASS_NAME) - 1)

static struct pipe *pipes[GIFTS_MAX]; /* the adopted ones */
static bool end_open[GIFTS_MAX][2];

static u64 take(const char **text)
{
	u64 number = 0;

	for (; **text && **text != ' '; (*text)++) {
		char digit = **text;

		number = number << 4 | (u64)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
	}
	*text += **text == ' ';
	return number;
}

static s32 taken_bit(const char **text)
{
	u64 bit = take(text);

	return bit < CHANNEL_ENDS ? (s32)bit : -1;
}

static void adopt_pipe(u32 i, const char **text)
{
	struct pipe_gift gift;
	long error;

	gift.memfd = hidden_move((s32)(take(text) % SYSCALL_HIDDEN));
	gift.event[0] = hidden_move((s32)(take(text) % SYSCALL_HIDDEN));
	gift.event[1] = hidden_move((s32)(take(text) % SYSCALL_HIDDEN));
	gift.bit[0] = taken_bit(text);
	gift.bit[1] = taken_bit(text);
	pipes[i] = pipe_install(&gift, &error);
	end_open[i][0] = gift.bit[0] >= 0;
	end_open[i][1] = gift.bit[1] >= 0;
}

static void adopt_number(const char **text)
{
	u32 number = (u32)take(text), shared = (u32)take(text);
	u64 flags = take(text), offset = take(text), kind = take(text), pipe = take(text);
	struct file *f = file_of(number), *other = file_of(shared);

	if (!f || !other) {
		return;
	}
	if (shared != number) {
		file_share(number, other);
		return;
	}
	f->flags = (u32)flags;
	f->native_nonblock = flags & PASS_NATIVE_NONBLOCK;
	f->offset = offset;
	if (kind >= PASS_PIPE && pipe < GIFTS_MAX && pipes[pipe] &&
	    end_open[pipe][(kind - PASS_PIPE) & 1]) {
		/* One record stands for the end, whatever the text says. */
		end_open[pipe][(kind - PASS_PIPE) & 1] = false;
		pipe_attach(number, pipes[pipe], (kind - PASS_PIPE) & 1, (u32)flags);
	}
}

static void read_text(const char *text)
{
	u64 group, session, count, numbers;
	struct signal_action ignore = {.handler = 1}; /* SIG_IGN */
	u64 ignored;

	process.parent = (u32)take(&text);
	group = take(&text);
	session = take(&text);
	process.group = group ? (u32)group : domain.pid;
	process.session = session ? (u32)session : domain.pid;
	signal_set_mask(take(&text));
	ignored = take(&text);
	for (u32 sig = 1; sig <= SIGNALS; sig++) {
		if (ignored & SIGMASK(sig)) {
			signal_action(sig, &ignore, NULL);
		}
	}
	count = take(&text);
	numbers = take(&text);
	for (u32 i = 0; i < count && i < GIFTS_MAX; i++) {
		adopt_pipe(i, &text);
	}
	for (u32 i = 0; i < numbers && i < SYSCALL_HIDDEN; i++) {
		adopt_number(&text);
	}
	domain.exec_name = text;
}

void process_adopt(struct program_strings *program)
{
	const char *strings = (const char *)domain.boot->strings, *text;
	u64 at = domain.boot->strings_len;

	process.group = process.session = domain.pid;
	program->envc = domain.boot->envc;
	program->len = domain.boot->strings_len;
	while (at > 1 && strings[at - 2]) {
		at--;
	}
	text = at ? strings + at - 1 : strings;
	if (program->envc && program->len - (u64)(text - strings) > NAME_LENGTH &&
	    !memcmp(text, PASS_NAME, NAME_LENGTH)) {
		program->envc--;
		program->len = (u64)(text - strings);
		read_text(text + NAME_LENGTH);
	}
	/* What else is inherited gets its record now: these can be passed on. */
	for (u32 n = 0; n < domain.boot->handle_count && n < PASSED_MAX; n++) {
		if ((s32)n != domain.boot->program_handle) {
			file_of(n);
		}
	}
}
