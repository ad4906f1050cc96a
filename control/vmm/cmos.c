/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The MC146818 clock, read-only: the time of day of the machine in UTC, in BCD and 24-hour form. It
 * never updates while it is read, so update-in-progress is always clear.
 */
#include "control/vmm/cmos.h"

#include <time.h>

#define CMOS_PORT 0x70

enum {
	SECONDS = 0, MINUTES = 2, HOURS = 4, WEEKDAY = 6, DAY = 7, MONTH = 8, YEAR = 9,
	STATUS_A = 10, STATUS_B = 11, STATUS_C = 12, STATUS_D = 13, CENTURY = 0x32,
};

#define STATUS_A_DIVIDER 0x26	/* 32768 Hz crystal, 1024 Hz rate */
#define STATUS_B_24_HOURS 0x02
#define STATUS_D_POWER 0x80

struct date {
	int year, month, day, weekday, hours, minutes, seconds;
};

static uint8_t bcd(int value)
{
	return (uint8_t)(value / 10 << 4 | value % 10);
}

/* Days since 1970 to a civil date, by 400-year eras beginning on 1 March. */
static struct date date_of(int64_t seconds)
{
	int64_t days = seconds / 86400 + 719468;
	int era_day = (int)(days % 146097);
	int era_year = (era_day - era_day / 1460 + era_day / 36524 - era_day / 146096) / 365;
	int year_day = era_day - (365 * era_year + era_year / 4 - era_year / 100);
	int shifted_month = (5 * year_day + 2) / 153;
	int rest = (int)(seconds % 86400);
	struct date date = {
		.day = year_day - (153 * shifted_month + 2) / 5 + 1,
		.month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9,
		.weekday = (int)((seconds / 86400 + 4) % 7) + 1,
		.hours = rest / 3600, .minutes = rest / 60 % 60, .seconds = rest % 60,
	};

	date.year = (int)(days / 146097 * 400) + era_year + (date.month <= 2);
	return date;
}

static uint8_t read_register(struct cmos *cmos)
{
	struct timespec now;
	struct date date;

	clock_gettime(CLOCK_REALTIME, &now);
	date = date_of(now.tv_sec);
	switch (cmos->index) {
	case SECONDS:
		return bcd(date.seconds);
	case MINUTES:
		return bcd(date.minutes);
	case HOURS:
		return bcd(date.hours);
	case WEEKDAY:
		return bcd(date.weekday);
	case DAY:
		return bcd(date.day);
	case MONTH:
		return bcd(date.month);
	case YEAR:
		return bcd(date.year % 100);
	case CENTURY:
		return bcd(date.year / 100);
	case STATUS_A:
		return STATUS_A_DIVIDER;
	case STATUS_B:
		return STATUS_B_24_HOURS;
	case STATUS_C:
		return 0;
	case STATUS_D:
		return STATUS_D_POWER;
	default:
		return cmos->ram[cmos->index];
	}
}

static uint32_t port_read(void *device, uint16_t port, int size)
{
	struct cmos *cmos = device;
	uint32_t value = 0xffffffff;

	(void)size;
	pthread_mutex_lock(&cmos->lock);
	if (port != CMOS_PORT) {
		value = 0xffffff00 | read_register(cmos);
	}
	pthread_mutex_unlock(&cmos->lock);
	return value;
}

static void port_write(void *device, uint16_t port, int size, uint32_t value)
{
	struct cmos *cmos = device;

	(void)size;
	pthread_mutex_lock(&cmos->lock);
	if (port == CMOS_PORT) {
		cmos->index = value & 0x7f;	/* bit 7 is the NMI mask of a PC */
	} else {
		cmos->ram[cmos->index] = (uint8_t)value;
	}
	pthread_mutex_unlock(&cmos->lock);
}

void cmos_init(struct cmos *cmos)
{
	*cmos = (struct cmos){ .lock = PTHREAD_MUTEX_INITIALIZER };
}

struct port_device cmos_ports(struct cmos *cmos)
{
	return (struct port_device){ CMOS_PORT, 2, cmos, port_read, port_write };
}
