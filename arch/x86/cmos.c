/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the MC146818 clock once at boot: binary or BCD, 24 h; the century register is taken to
 * be 20.
 */
#include "arch/x86/cmos.h"

#include "arch/x86/asm/io.h"

#define REG_A 0x0a
#define REG_A_UIP 0x80
#define REG_B 0x0b
#define REG_B_BINARY 4

static u8 cmos(u8 reg)
{
	outb(0x70, reg | 0x80);		/* NMI stays off while the index is set */
	return inb(0x71);
}

static u32 number(u8 v, bool binary)
{
	return binary ? v : (v >> 4) * 10u + (v & 15);
}

static u64 days_since_1970(u32 y, u32 m, u32 d)
{
	static const u16 before[12] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
	u64 days = (y - 1970) * 365ULL + (y - 1969) / 4 + before[m - 1] + d - 1;

	return days + (m > 2 && y % 4 == 0 ? 1 : 0);	/* right until 2100 */
}

u64 cmos_seconds(void)
{
	u8 raw[6], again[6];
	static const u8 regs[6] = { 0, 2, 4, 7, 8, 9 };
	bool binary = cmos(REG_B) & REG_B_BINARY, same;
	u32 i, tries = 0, v[6];

	do {
		u32 spins = 0;

		while ((cmos(REG_A) & REG_A_UIP) && ++spins < 100000) {
		}
		same = true;
		for (i = 0; i < 6; i++) {
			raw[i] = cmos(regs[i]);
		}
		for (i = 0; i < 6; i++) {
			again[i] = cmos(regs[i]);
			same = same && again[i] == raw[i];
		}
	} while (!same && ++tries < 4);
	for (i = 0; i < 6; i++) {
		v[i] = number(raw[i], binary);
	}
	if (v[3] < 1 || v[3] > 31 || v[4] < 1 || v[4] > 12 || v[2] > 23) {
		return 0;
	}
	return days_since_1970(2000 + v[5], v[4], v[3]) * 86400 + v[2] * 3600 + v[1] * 60 + v[0];
}
