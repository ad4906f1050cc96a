/* SPDX-License-Identifier: BSD-2-Clause */
/* The boot modules as files /boot/NAME: read-only, mappable, there for ever. */
#pragma once

#include "api/handle.h"

#define BOOTFILES_MAX 32

extern const struct handle_ops bootfile_ops;

/*
 * Makes the module at [hpa, hpa + size) known as /boot/name; hpa is page aligned. At boot, before
 * the first domain. 0, -EINVAL (name, alignment), -EEXIST, -ENOSPC, -ENOMEM.
 */
__must_check int bootfile_register(const char *name, hpa_t hpa, u64 size);
/* A new reference to the file, or NULL. */
struct object *bootfile_open(const char *name);
/* Where its bytes are for the hypervisor, and how many. */
const void *bootfile_data(struct object *o, u64 *size);
