/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log ring: the newest 64 KiB of text. Positions count all bytes ever written, so a reader that
 * fell behind notices by itself. In panic the lock is ignored: its holder has been stopped.
 */
#include "core/log.h"

#include <stdarg.h>

#include "core/arch.h"
#include "core/lock.h"
#include "core/panic.h"
#include "core/printf.h"
#include "core/string.h"
#include "core/time.h"

#define RING_SIZE (64 * 1024)
#define LINE_MAX 256

static struct irqlock lock;
static char ring[RING_SIZE]; /* under lock */
static u64 end;		     /* under lock: bytes ever written */
static bool to_console = true;

static bool log_lock(void)
{
	return READ_ONCE(panicking) ? false : irqlock_acquire(&lock);
}

static void log_unlock(bool irqs)
{
	if (!READ_ONCE(panicking)) {
		irqlock_release(&lock, irqs);
	}
}

/* Whole line with time stamp and newline into buf (LINE_MAX bytes); too long ones are cut. */
static size_t format_line(char *buf, enum log_level level, const char *fmt, va_list ap)
{
	static const char *const prefix[] = {
		[LOG_ERR] = "error: ",
		[LOG_WARN] = "warning: ",
		[LOG_INFO] = "",
	};
	u64 us = now_ns() / NSEC_PER_USEC;
	int n = snprintf(buf, LINE_MAX, "[%5lu.%06lu] %s", us / 1000000, us % 1000000,
			 prefix[level]);
	size_t len;

	vsnprintf(buf + n, LINE_MAX - 1 - (size_t)n, fmt, ap);
	len = strlen(buf);
	buf[len] = '\n';
	return len + 1;
}

void log_write(enum log_level level, const char *fmt, ...)
{
	char line[LINE_MAX];
	va_list ap;
	size_t len;
	bool irqs;

	va_start(ap, fmt);
	len = format_line(line, level, fmt, ap);
	va_end(ap);

	irqs = log_lock();
	for (size_t i = 0; i < len; i++) {
		ring[(end + i) % RING_SIZE] = line[i];
	}
	end += len;
	if (READ_ONCE(to_console) || READ_ONCE(panicking)) {
		arch_console_write(line, len);
	}
	log_unlock(irqs);
}

void log_console(bool on)
{
	WRITE_ONCE(to_console, on);
}

u64 log_end(void)
{
	return READ_ONCE(end);
}

size_t log_read(u64 *pos, char *buf, size_t size)
{
	bool irqs = log_lock();
	size_t n;

	if (*pos > end || end - *pos > RING_SIZE) {
		*pos = end > RING_SIZE ? end - RING_SIZE : 0;
	}
	n = MIN(size, end - *pos);
	for (size_t i = 0; i < n; i++) {
		buf[i] = ring[(*pos + i) % RING_SIZE];
	}
	*pos += n;
	log_unlock(irqs);
	return n;
}
