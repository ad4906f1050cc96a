/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Measures the TSC: three runs of 5 ms against a reference counter. A run is made longer by an
 * SMI or by the host of a virtual machine, never shorter, so the smallest result counts; if the
 * runs differ by more than 1 %, three more, then the next source.
 */
#include "arch/x86/calibrate.h"

#include "arch/x86/acpi.h"
#include "arch/x86/asm/io.h"
#include "arch/x86/asm/tsc.h"
#include "mm/kvmap.h"

#define RUN_US 5000ULL
#define RUNS 3
#define TRIES 4
#define PM_TIMER_HZ 3579545ULL
#define PIT_HZ 1193182ULL

struct reference {
	const char *name;
	u64 hz;
	u64 mask;
	u64 (*read)(void);
};

static char *hpet;

static u64 hpet_read(void)
{
	return mmio_read32(hpet + 0xf0);
}

static u64 pm_timer_read(void)
{
	return inl(machine.pm_timer_port);
}

/*
 * Counter 2 of the PIT counts down from 65535 once (mode 0), gate on, speaker off; inverted to
 * count up.
 */
static u64 pit_read(void)
{
	u32 lo, hi;

	outb(0x43, 0x80);		/* latch counter 2 */
	lo = inb(0x42);
	hi = inb(0x42);
	return 0xffff - (hi << 8 | lo);
}

static void pit_start(void)
{
	outb(0x61, (u8)((inb(0x61) & ~2) | 1));
	outb(0x43, 0xb0);		/* counter 2, low/high byte, mode 0 */
	outb(0x42, 0xff);
	outb(0x42, 0xff);
}

/* One run: TSC ticks per ms, 0 if the reference does not move. */
static u64 run_once(const struct reference *ref)
{
	u64 want = ref->hz * RUN_US / 1000000, ref0, ref1, tsc0, tsc1, spins = 0;

	if (ref->read == pit_read) {
		pit_start();
	}
	ref0 = ref->read();
	tsc0 = rdtsc();
	do {
		ref1 = ref->read();
		tsc1 = rdtsc();
		if (ref1 == ref0 && ++spins > 1000000) {
			return 0;
		}
	} while (((ref1 - ref0) & ref->mask) < want);
	return (tsc1 - tsc0) * ref->hz / ((ref1 - ref0) & ref->mask) / 1000;
}

static u64 measure(const struct reference *ref)
{
	u32 try, run;

	for (try = 0; try < TRIES; try++) {
		u64 least = UINT64_MAX, most = 0;

		for (run = 0; run < RUNS; run++) {
			u64 khz = run_once(ref);

			least = MIN(least, khz);
			most = MAX(most, khz);
		}
		if (least == 0) {
			return 0;
		}
		if (most - least <= least / 100) {
			return least;
		}
	}
	return 0;
}

/* Maps and starts the HPET; its rate, 0 if unusable. */
static u64 hpet_start(void)
{
	u64 period_fs;

	if (!machine.hpet_base) {
		return 0;
	}
	hpet = kvmap_device(HPA(machine.hpet_base), PAGE_SIZE);
	if (!hpet) {
		return 0;
	}
	period_fs = mmio_read32(hpet + 4);
	if (period_fs == 0 || period_fs > 100000000) {
		return 0;
	}
	mmio_write32(hpet + 0x10, mmio_read32(hpet + 0x10) | 1);
	return 1000000000000000ULL / period_fs;
}

u64 tsc_calibrate_khz(const char **source)
{
	struct reference refs[] = {
		{ "HPET", hpet_start(), 0xffffffff, hpet_read },
		{ "PM timer", machine.pm_timer_port ? PM_TIMER_HZ : 0, 0xffffff, pm_timer_read },
		{ "PIT", PIT_HZ, 0xffff, pit_read },
	};

	for (u32 i = 0; i < ARRAY_SIZE(refs); i++) {
		u64 khz = refs[i].hz ? measure(&refs[i]) : 0;

		if (khz) {
			*source = refs[i].name;
			return khz;
		}
	}
	return 0;
}
