/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where things are in the memory of a micro-guest. Used by the guests' assembly and by the self
 * test.
 */
#ifndef TESTS_GUESTS_LAYOUT_H
#define TESTS_GUESTS_LAYOUT_H

#define GUEST_MEMORY_SIZE 0x1000000	/* one slot at 0 */
#define GUEST_CODE 0x1000		/* the guest's own code, 8 KiB at most */
#define GUEST_GDT 0x3000
#define GUEST_TSS 0x3800
#define GUEST_IDT 0x4000
#define GUEST_RESULT 0x5000		/* what the kit and the guests record, below */
#define GUEST_KIT 0x6000		/* interrupt stubs of long mode */
#define GUEST_STACK 0xf000		/* top of the first vCPU's; the second's is a page below */
#define GUEST_PML4 0x10000
#define GUEST_PDPT 0x11000
#define GUEST_PD 0x12000		/* first GiB, identity, 2 MiB pages; PAE uses it, too */
#define GUEST_PAE_PDPT 0x13000
#define GUEST_DATA 0x20000		/* free for the guests */
#define GUEST_FAR 0x200000		/* free; not touched before the guest does it */

/* Fields at GUEST_RESULT, 64 bits each. */
#define RESULT_COUNT (GUEST_RESULT + 0x000)	/* interrupts and exceptions taken */
#define RESULT_VECTOR (GUEST_RESULT + 0x008)	/* of the last one */
#define RESULT_ERROR (GUEST_RESULT + 0x010)
#define RESULT_RIP (GUEST_RESULT + 0x018)	/* as pushed */
#define RESULT_CR2 (GUEST_RESULT + 0x020)
#define RESULT_RECOVER (GUEST_RESULT + 0x028)	/* if not 0, where the handler returns to, once */
#define RESULT_EOI (GUEST_RESULT + 0x030)	/* 1: to the x2APIC, 2: to the PIC */
#define RESULT_RSP (GUEST_RESULT + 0x038)	/* of the interrupted code */
#define RESULT_VALUE (GUEST_RESULT + 0x100)	/* 32 values of the guest's own */

#define PORT_DONE 0xf4			/* write: the guest is at its end */
#define PORT_STEP 0xf5			/* write: the guest is at the step in AL */
#define PORT_TEST 0x510			/* for the port tests */

#define SELECTOR_CODE32 0x08
#define SELECTOR_DATA 0x10
#define SELECTOR_CODE64 0x18
#define SELECTOR_TSS 0x20

#endif
