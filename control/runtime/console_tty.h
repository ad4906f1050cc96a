/* SPDX-License-Identifier: BSD-2-Clause */
/* The one terminal, for the two files that implement console.h. */
#pragma once

#include "control/runtime/tty.h"

/* Takes its lock; tty_unlock() gives it back. */
struct tty *tty_locked(void);
void tty_unlock(void);
