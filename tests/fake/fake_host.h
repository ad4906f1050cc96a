/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What fake_host.c has beside fake.h: the machine of the storms, a host thread per CPU. A storm
 * counts its rounds in fake_beats; fake_run_random answers false when none is added for 20 s:
 * a wake-up was lost.
 */
#pragma once

#include <unistd.h>

#include "fake.h"

extern u64 fake_beats;

/* A pseudo-random number below limit, of the calling CPU's own sequence. */
u32 fake_draw(u32 limit);
/* Takes up n steps of some cycles each. */
void fake_delay(u32 n);
/*
 * What a guest does: looks for an interrupt of the CPU until one comes, or steps times if that is
 * not 0. Whether one has come.
 */
bool fake_run_guest(u32 cpu, u32 steps);
/* Ends the program, in any thread. */
void fake_check(bool ok, const char *what);
