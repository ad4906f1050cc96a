/* SPDX-License-Identifier: BSD-2-Clause */
/* /sys/corbel/NAME: read-only text about the machine and the hypervisor, made when it is opened. */
#pragma once

#include "api/handle.h"

extern const struct handle_ops text_ops;

bool text_exists(const char *name);
/* A new object with the text of now: 0, -ENOENT, -ENOMEM. */
__must_check int text_open(const char *name, struct object **o);
