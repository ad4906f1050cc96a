/* SPDX-License-Identifier: BSD-2-Clause */
/* How often, for guests and for the self test that counts along. */
#ifndef TESTS_GUESTS_ROUNDS_H
#define TESTS_GUESTS_ROUNDS_H

#define ROUNDS 200		/* interrupts from each processor to the other */
#define PIT_COUNT 11932		/* 10 ms */
#define TICKS 20

#endif
