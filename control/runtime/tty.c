/* SPDX-License-Identifier: BSD-2-Clause */
/* Line editing, echo, signals; see tty.h. */
#include "control/runtime/tty.h"

#include <asm/signal.h>

#define KIND_BYTE 0
#define KIND_LINE_END 1
#define KIND_EOF 2
#define INPUT_CHANGES (ICRNL | INLCR | IGNCR | ISTRIP | IUCLC)

void tty_init(struct tty *t)
{
	static const u8 keys[NCCS] = {
		[VINTR] = 3,	 [VQUIT] = 28,	 [VERASE] = 127, [VKILL] = 21, [VEOF] = 4,
		[VMIN] = 1,	 [VSTART] = 17,	 [VSTOP] = 19,	 [VSUSP] = 26, [VREPRINT] = 18,
		[VDISCARD] = 15, [VWERASE] = 23, [VLNEXT] = 22,
	};

	memset(t, 0, sizeof(*t));
	t->mode.c_iflag = ICRNL | IXON;
	t->mode.c_oflag = OPOST | ONLCR;
	t->mode.c_cflag = B115200 | CS8 | CREAD | HUPCL;
	t->mode.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN;
	memcpy(t->mode.c_cc, keys, sizeof(keys));
}

bool tty_reads_raw(const struct tty *t)
{
	return !(t->mode.c_lflag & (ICANON | ISIG | ECHO)) && !(t->mode.c_iflag & INPUT_CHANGES) &&
	       t->head == t->tail && t->mode.c_cc[VMIN];
}

bool tty_writes_raw(const struct tty *t)
{
	return !(t->mode.c_oflag & OPOST) || !(t->mode.c_oflag & (ONLCR | OCRNL));
}

static void echo_byte(struct tty_effect *e, u8 byte)
{
	if (e->echo_len < TTY_ECHO) {
		e->echo[e->echo_len++] = byte;
	}
}

/* A byte as it is seen: control bytes as ^X. */
static void echo(const struct tty *t, struct tty_effect *e, u8 byte)
{
	if (byte == '\n') {
		if ((t->mode.c_oflag & OPOST) && (t->mode.c_oflag & ONLCR)) {
			echo_byte(e, '\r');
		}
		echo_byte(e, '\n');
	} else if ((byte < ' ' || byte == 127) && byte != '\t' && (t->mode.c_lflag & ECHOCTL)) {
		echo_byte(e, '^');
		echo_byte(e, byte ^ 0x40);
	} else {
		echo_byte(e, byte);
	}
}

static void store(struct tty *t, u8 byte, u8 kind)
{
	/* The last place is kept for the end of the line. */
	if (t->tail - t->head >= TTY_BUFFER - (kind == KIND_BYTE)) {
		return;
	}
	t->data[t->tail % TTY_BUFFER] = byte;
	t->kind[t->tail % TTY_BUFFER] = kind;
	t->tail++;
	if (kind != KIND_BYTE || !(t->mode.c_lflag & ICANON)) {
		t->ready = t->tail;
	}
}

static bool is_key(const struct tty *t, int key, u8 byte)
{
	return t->mode.c_cc[key] && t->mode.c_cc[key] == byte;
}

static u32 signal_of(const struct tty *t, u8 byte)
{
	if (!(t->mode.c_lflag & ISIG)) {
		return 0;
	}
	return is_key(t, VINTR, byte)	? SIGINT
	       : is_key(t, VQUIT, byte) ? SIGQUIT
	       : is_key(t, VSUSP, byte) ? SIGTSTP
					: 0;
}

static void erase_one(struct tty *t, struct tty_effect *e)
{
	u32 columns = 1;

	if (t->tail == t->ready) {
		return;
	}
	t->tail--;
	if ((t->mode.c_lflag & ECHOCTL) && t->data[t->tail % TTY_BUFFER] < ' ') {
		columns = 2;
	}
	if ((t->mode.c_lflag & (ECHO | ECHOE)) == (ECHO | ECHOE)) {
		while (columns--) {
			echo_byte(e, '\b');
			echo_byte(e, ' ');
			echo_byte(e, '\b');
		}
	}
}

/* Keys of line editing; true: the byte is used up. */
static bool edit(struct tty *t, u8 byte, struct tty_effect *e)
{
	if (is_key(t, VERASE, byte)) {
		erase_one(t, e);
	} else if (is_key(t, VKILL, byte)) {
		t->tail = t->ready;
		if (t->mode.c_lflag & ECHO) {
			echo(t, e, byte);
			echo(t, e, '\n');
		}
	} else if (is_key(t, VEOF, byte)) {
		store(t, 0, KIND_EOF);
	} else {
		return false;
	}
	return true;
}

static bool translate(const struct tty *t, u8 *byte)
{
	if (t->mode.c_iflag & ISTRIP) {
		*byte &= 0x7f;
	}
	if (*byte == '\r') {
		if (t->mode.c_iflag & IGNCR) {
			return false;
		}
		if (t->mode.c_iflag & ICRNL) {
			*byte = '\n';
		}
	} else if (*byte == '\n' && (t->mode.c_iflag & INLCR)) {
		*byte = '\r';
	}
	return true;
}

void tty_input(struct tty *t, u8 byte, struct tty_effect *e)
{
	bool lines = t->mode.c_lflag & ICANON, ends;

	*e = (struct tty_effect){0};
	if (!translate(t, &byte)) {
		return;
	}
	e->signal = signal_of(t, byte);
	if (e->signal) {
		if (!(t->mode.c_lflag & NOFLSH)) {
			tty_flush(t);
		}
		if (t->mode.c_lflag & ECHO) {
			echo(t, e, byte);
		}
		return;
	}
	if (lines && edit(t, byte, e)) {
		return;
	}
	ends = lines && (byte == '\n' || is_key(t, VEOL, byte) || is_key(t, VEOL2, byte));
	if ((t->mode.c_lflag & ECHO) || (byte == '\n' && lines && (t->mode.c_lflag & ECHONL))) {
		echo(t, e, byte);
	}
	store(t, byte, ends ? KIND_LINE_END : KIND_BYTE);
}

bool tty_readable(const struct tty *t)
{
	return t->head != t->ready;
}

long tty_take(struct tty *t, u8 *out, u64 len)
{
	u64 n = 0;

	if (!tty_readable(t)) {
		return -EAGAIN;
	}
	while (n < len && t->head != t->ready) {
		u32 at = t->head % TTY_BUFFER;

		if (t->kind[at] == KIND_EOF) {
			/* Behind bytes it only ends the read; alone it is an end of file. */
			t->head++;
			break;
		}
		out[n++] = t->data[at];
		t->head++;
		if (t->kind[at] == KIND_LINE_END) {
			break;
		}
	}
	return (long)n;
}

void tty_flush(struct tty *t)
{
	t->head = t->ready = t->tail;
}

void tty_set_mode(struct tty *t, const struct termios *mode, bool flush)
{
	t->mode = *mode;
	if (flush) {
		tty_flush(t);
	}
	if (!(t->mode.c_lflag & ICANON)) {
		t->ready = t->tail;
	}
}

u64 tty_output(const struct tty *t, const u8 *in, u64 len, u8 *out)
{
	u64 n = 0;

	for (u64 i = 0; i < len; i++) {
		u8 byte = in[i];

		if (!tty_writes_raw(t) && byte == '\n' && (t->mode.c_oflag & ONLCR)) {
			out[n++] = '\r';
		}
		if (!tty_writes_raw(t) && byte == '\r' && (t->mode.c_oflag & OCRNL)) {
			byte = '\n';
		}
		out[n++] = byte;
	}
	return n;
}
