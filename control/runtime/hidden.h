/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handles that the runtime keeps for itself (of pipes and children). They have numbers from
 * SYSCALL_HIDDEN on, which the program cannot name and never gets.
 */
#pragma once

#include "control/runtime/syscall.h"
#include "control/runtime/types.h"

#define HIDDEN_COUNT (SYSCALL_WAKERS - SYSCALL_HIDDEN)

/* A hidden duplicate of a handle: its number, or -errno. */
s32 hidden_copy(s32 handle);
/* The same, and closes the handle in any case. Numbers taken (file.h) since it was made. */
s32 hidden_move(s32 handle);
/* Closes a hidden handle; negative numbers are none. */
void hidden_close(s32 handle);
