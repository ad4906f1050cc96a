/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the guests of the state test keep things, beside tests/guests/layout.h. */
#ifndef TESTS_STATE_LAYOUT_H
#define TESTS_STATE_LAYOUT_H

#include "tests/guests/layout.h"

#define STATE_USED 0x100000		/* nothing above is ever written: this much is copied */
#define STATE_IOAPIC_PD 0x14000		/* maps the GiB that has the IOAPIC */
#define STATE_IOAPIC 0xfec00000

/* The log: a byte per interrupt (its vector) and per mark of the guest. */
#define STATE_LOG_COUNT GUEST_DATA
#define STATE_LOG (GUEST_DATA + 0x10)
#define STATE_LOG_MAX 0x7f0
#define STATE_COUNTS (GUEST_DATA + 0x800)	/* interrupts by vector, 32 bits each */
#define STATE_BEFORE 0x21000		/* two dumps of registers */
#define STATE_AFTER 0x22000
#define STATE_DUMP_SIZE 0x1000
#define STATE_XSAVE 0x400		/* within a dump */
#define STATE_PATTERN 0x23000		/* what the registers are loaded with */
#define STATE_CLOCK 0x24000		/* the page of kvmclock */
#define STATE_STARTUP 0x25000		/* real-mode code of the second processor */
#define STATE_NMI_STEP 0x26000		/* not 0: the NMI handler goes to step 2 */
#define STATE_FLAG 0x26008
#define STATE_STOP 0x26010		/* set by the test: the load ends after this chunk */
#define STATE_TSC 0x26018		/* the last TSC that a processor of the load has read */
#define STATE_ERROR 0x26020		/* what the load found wrong */

#define STATE_PERIOD 5000000		/* of the load's timer, ns */
#define STATE_CHUNK 2000		/* rounds of computing between two looks around */
#define STATE_CPU1_TICKS 0x26028	/* TSC ticks between two deadlines of processor 1 */

#define LOAD_MULTIPLIER 6364136223846793005
#define LOAD_INCREMENT 1442695040888963407

#endif
