/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads of the 8259 pair need no lock: what another CPU sees in the midst of an access.
 * LINK: vmm/irq/ioapic.c vmm/irq/ioapic_mmio.c vmm/irq/pit.c vmm/irq/pit_count.c
 * LINK: vmm/irq/pit_io.c vmm/irq/routing.c
 * LINK: vmm/irq/lapic.c vmm/irq/lapic_icr.c vmm/irq/lapic_irq.c vmm/irq/lapic_lvt.c
 * LINK: vmm/irq/lapic_reg.c vmm/irq/lapic_state.c vmm/irq/lapic_timer.c
 * LINK: vmm/irq/irqchip.c vmm/irq/pic.c vmm/irq/pic_io.c core/timer.c core/time.c
 * LINK: tests/fake/fake.c
 */
#include <signal.h>

#include "tests/unit/pic_kit.h"

/*
 * Another CPU reads a port behind every instruction of an access: it sees what was before or what
 * is afterwards, and never the former again; while a poll is asked for it would wait for the lock.
 */
#define TRAP_FLAG 0x100
#define NEITHER -1

static struct {
	u16 port;
	int before, after;
	u32 looks, wrong;
	bool changed;
} watch;

static void look(int signal_number)
{
	(void)signal_number;
	if (watch.port < PIC_PORT_ELCR && p->chip[PIC_MASTER].poll) {
		return;
	}
	if (in(watch.port) == watch.after) {
		watch.changed = true;
	} else if (watch.changed || in(watch.port) != watch.before) {
		watch.wrong++;
	}
	watch.looks++;
}

#define WATCHED(look_at, from, to, access) \
	do { \
		watch = (typeof(watch)){.port = (look_at), .before = (from), .after = (to)}; \
		__builtin_ia32_writeeflags_u64(__builtin_ia32_readeflags_u64() | TRAP_FLAG); \
		access; \
		__builtin_ia32_writeeflags_u64(__builtin_ia32_readeflags_u64() & ~TRAP_FLAG); \
		assert_int_equal(watch.wrong, 0); \
		assert_true(watch.looks > 20); \
		assert_int_equal(watch.changed, (to) != NEITHER); \
	} while (0)

/* In service, masked and requested differ, and what ICW1 keeps is not all that is requested. */
static void make_busy(void)
{
	init(1, 1);
	out(0x4d0, 0x20);
	out(0x21, 0x40);
	(void)set(5, true);
	(void)pulse(0);
	assert_int_equal(pic_ack(p), 0x30);
	(void)pulse(3);
	assert_int_equal(irr(0x20), 0x28);
	assert_int_equal(isr(0x20), 1);
	assert_int_equal(in(0x21), 0x40);
}

static void seen_at_one_moment(void **state)
{
	struct sigaction trap = {.sa_handler = look};
	struct kvm_pic_state s;
	u8 polled;

	(void)state;
	sigaction(SIGTRAP, &trap, NULL);
	make_busy();
	WATCHED(0x20, 1, 0x20, out(0x20, 0x11));
	make_busy();
	WATCHED(0x21, 0x40, 0, out(0x20, 0x11));
	make_busy();
	WATCHED(0x4d0, 0x20, 0x20, out(0x20, 0x11));
	make_busy();
	out(0x20, 0x0a);
	WATCHED(0x20, 0x28, 0x20, out(0x20, 0x10));
	/* The state of another machine. */
	make_busy();
	pic_get_state(p, PIC_MASTER, &s);
	s.read_reg_select = 0;
	s.irr = 0x12;
	s.isr = 0x80;
	s.imr = 0x55;
	WATCHED(0x20, 1, 0x12, pic_set_state(p, PIC_MASTER, &s));
	make_busy();
	WATCHED(0x21, 0x40, 0x55, pic_set_state(p, PIC_MASTER, &s));
	/* A poll and another register are asked for at once; the next read is the poll. */
	make_busy();
	(void)irr(0x20);
	WATCHED(0x20, 0x28, NEITHER, out(0x20, 0x0f));
	out(0x20, 0x20);
	out(0x20, 0x0e);
	WATCHED(0x20, NEITHER, 0x20, polled = in(0x20));
	assert_int_equal(polled, 0x83);
}

UNIT_MAIN(TS(seen_at_one_moment))
