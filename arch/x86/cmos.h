/* SPDX-License-Identifier: BSD-2-Clause */
/* The battery-backed clock. */
#pragma once

#include "core/types.h"

/* Seconds since 1970-01-01 UTC as the CMOS clock says; 0 if it makes no sense. */
u64 cmos_seconds(void);
