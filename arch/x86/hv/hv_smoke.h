/* SPDX-License-Identifier: BSD-2-Clause */
/* The contract's own test on the real machine, before any domain exists: boot option `smoke`. */
#pragma once

/*
 * Runs the micro-guests of hv_smoke.c, a line each to the log. 0, or -EIO if one of them failed.
 * Thread context.
 */
int hv_smoke(void);
