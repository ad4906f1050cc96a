/* SPDX-License-Identifier: BSD-2-Clause */
/* The main thread: from a running scheduler to the first domain. */
#pragma once

/* Starts the reaper and the main thread. Boot CPU, interrupts off. */
void main_start(void);
