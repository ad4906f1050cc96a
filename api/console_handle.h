/* SPDX-License-Identifier: BSD-2-Clause */
/* The console as a handle: raw bytes in and out. Line editing and modes are the runtime's. */
#pragma once

#include "api/handle.h"

extern const struct handle_ops console_ops;

/* A new opening of the console with one reference. NULL: no memory. */
struct object *console_open(bool nonblock);
