/* SPDX-License-Identifier: BSD-2-Clause */
/* The runtime's own words, on handle 2. */
#pragma once

/* Knows %s, %d, %lu and %lx (16 digits); at most 200 characters a call. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
/*
 * Prints "corbel runtime: " and the text, and ends the domain as Linux's exec failure would, with
 * code 127.
 */
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
