/* SPDX-License-Identifier: BSD-2-Clause */
/* A terminal's ioctls, answered here: the hypervisor's console knows bytes only. */
#include "control/runtime/console.h"

#include <asm/ioctls.h>
#include <asm/termios.h>

#include "control/runtime/console_tty.h"
#include "control/runtime/domain.h"
#include "control/runtime/file.h"
#include "control/runtime/user.h"

/* No one tells the size of the other end: a classic terminal's. */
static struct winsize size = { .ws_row = 24, .ws_col = 80 };

static long get_mode(u64 address, bool with_speeds)
{
	struct termios2 out = { 0 };
	struct termios mode;

	mode = tty_locked()->mode;
	tty_unlock();
	if (!with_speeds) {
		return copy_out(address, &mode, sizeof(mode));
	}
	memcpy(&out, &mode, sizeof(mode));
	out.c_ispeed = out.c_ospeed = 115200;
	return copy_out(address, &out, sizeof(out));
}

static long set_mode(u64 address, bool flush)
{
	struct termios mode;

	if (copy_in(&mode, address, sizeof(mode))) {
		return -EFAULT;
	}
	tty_set_mode(tty_locked(), &mode, flush);
	tty_unlock();
	file_update_direct();
	return 0;
}

static long readable_out(u64 address)
{
	struct tty *t = tty_locked();
	s32 count = (s32)(t->ready - t->head);

	tty_unlock();
	return copy_out(address, &count, sizeof(count));
}

static long flush_queue(u64 queue)
{
	if (queue > TCIOFLUSH) {
		return -EINVAL;
	}
	if (queue != TCOFLUSH) {
		tty_flush(tty_locked());
		tty_unlock();
	}
	return 0;
}

/* The program's group is the only one. */
static long set_group(u64 address)
{
	u32 group;

	if (copy_in(&group, address, sizeof(group))) {
		return -EFAULT;
	}
	return group == domain.pid ? 0 : -EPERM;
}

long console_ioctl(u32 handle, u32 command, u64 argument)
{
	(void)handle;
	switch (command) {
	case TCGETS: return get_mode(argument, false);
	case TCGETS2: return get_mode(argument, true);
	case TCSETS:
	case TCSETSW:
	case TCSETS2:
	case TCSETSW2: return set_mode(argument, false);
	case TCSETSF:
	case TCSETSF2: return set_mode(argument, true);
	case TIOCGWINSZ: return copy_out(argument, &size, sizeof(size));
	case TIOCSWINSZ: return copy_in(&size, argument, sizeof(size));
	case TIOCGPGRP:
	case TIOCGSID: return copy_out(argument, &domain.pid, sizeof(domain.pid));
	case TIOCSPGRP:
		return set_group(argument);
	case FIONREAD: return readable_out(argument);
	case TCFLSH: return flush_queue(argument);
	default: return -ENOTTY;
	}
}
