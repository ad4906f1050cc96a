/* SPDX-License-Identifier: BSD-2-Clause */
/* What fake_host.c needs of the host: its headers and the hypervisor's do not go together. */
#pragma once

/* Monotonic. */
unsigned long host_now_ns(void);
/* Lets the host's other threads run, or sleeps. */
void host_yield(void);
void host_sleep_us(unsigned int us);
/* Starts a thread that never ends. */
void host_thread(void *(*fn)(void *), void *arg);
