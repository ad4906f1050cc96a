/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A ring between the serial interrupt and the console object's readers, and the lock that keeps
 * writers apart.
 */
#include "drivers/console.h"

#include "core/mutex.h"
#include "core/sched.h"
#include "drivers/uart.h"

#define RING_SIZE 4096u		/* power of two */
#define CHUNK 64u		/* bytes written before others may run */

static struct irqlock lock;	/* of the ring */
static u8 ring[RING_SIZE];
static u32 head, tail;		/* bytes ever put in and taken out */
static u64 dropped;
static struct waitq readers = {.waiters = LIST_INIT(readers.waiters)};
static struct mutex writer = {.waitq = {.waiters = LIST_INIT(writer.waitq.waiters)}};

void console_input(u8 byte)
{
	bool irqs = irqlock_acquire(&lock);

	if (head - tail < RING_SIZE) {
		ring[head++ % RING_SIZE] = byte;
	} else {
		dropped++;
	}
	irqlock_release(&lock, irqs);
	waitq_wake(&readers, UINT32_MAX);
}

size_t console_take(u8 *buf, size_t size)
{
	bool irqs = irqlock_acquire(&lock);
	size_t n = 0;

	while (n < size && tail != head) {
		buf[n++] = ring[tail++ % RING_SIZE];
	}
	irqlock_release(&lock, irqs);
	return n;
}

bool console_ready(void)
{
	return READ_ONCE(head) != READ_ONCE(tail);
}

struct waitq *console_waitq(void)
{
	return &readers;
}

void console_output(const char *s, size_t len)
{
	mutex_lock(&writer);
	while (len > 0) {
		size_t n = MIN(len, (size_t)CHUNK);

		uart_write(s, n);
		s += n;
		len -= n;
		cond_resched();
	}
	mutex_unlock(&writer);
}

u64 console_dropped(void)
{
	return READ_ONCE(dropped);
}
