/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why an opcode has no row in the table of vmm/emul/op_table.c that emulates it: every one of them
 * stands here, so that none is only forgotten. For tests/unit/test_emul_opcodes.c.
 */
#pragma once

#include "core/types.h"

#define NO_ACCESS "no access to memory"
#define FLOW "changes the instruction pointer"
#define SYSTEM "has an exit of its own"
#define SEGMENT "segments and system registers"
#define RARE "not aimed at devices"
#define FLOAT "floating point and its state"
#define VECTOR "vectors"
#define PREFIX "prefix or escape"
#define UNDEFINED "no instruction"

/* Map 0: one byte, 1: 0F, 2: 0F 38. reg: of a group's forms, else -1. */
static const struct {
	u8 map, first, last;
	s8 reg_first, reg_last;
	const char *why;
} opcode_reasons[] = {
	{0, 0x06, 0x07, -1, -1, SEGMENT},   {0, 0x0e, 0x0e, -1, -1, SEGMENT},
	{0, 0x0f, 0x0f, -1, -1, PREFIX},    {0, 0x16, 0x17, -1, -1, SEGMENT},
	{0, 0x1e, 0x1f, -1, -1, SEGMENT},   {0, 0x26, 0x26, -1, -1, PREFIX},
	{0, 0x27, 0x27, -1, -1, NO_ACCESS}, {0, 0x2e, 0x2e, -1, -1, PREFIX},
	{0, 0x2f, 0x2f, -1, -1, NO_ACCESS}, {0, 0x36, 0x36, -1, -1, PREFIX},
	{0, 0x37, 0x37, -1, -1, NO_ACCESS}, {0, 0x3e, 0x3e, -1, -1, PREFIX},
	{0, 0x3f, 0x4f, -1, -1, NO_ACCESS}, {0, 0x60, 0x62, -1, -1, RARE},
	{0, 0x64, 0x67, -1, -1, PREFIX},    {0, 0x6c, 0x6f, -1, -1, SYSTEM},
	{0, 0x70, 0x7f, -1, -1, FLOW},	    {0, 0x82, 0x82, -1, -1, RARE},
	{0, 0x8d, 0x8d, -1, -1, NO_ACCESS}, {0, 0x8e, 0x8e, -1, -1, SEGMENT},
	{0, 0x8f, 0x8f, 1, 7, UNDEFINED},   {0, 0x90, 0x99, -1, -1, NO_ACCESS},
	{0, 0x9a, 0x9a, -1, -1, FLOW},	    {0, 0x9b, 0x9b, -1, -1, FLOAT},
	{0, 0x9e, 0x9f, -1, -1, NO_ACCESS}, {0, 0xb0, 0xbf, -1, -1, NO_ACCESS},
	{0, 0xc2, 0xc3, -1, -1, FLOW},	    {0, 0xc4, 0xc5, -1, -1, VECTOR},
	{0, 0xc6, 0xc6, 1, 7, UNDEFINED},   {0, 0xc7, 0xc7, 1, 7, UNDEFINED},
	{0, 0xc8, 0xc8, -1, -1, RARE},	    {0, 0xca, 0xcf, -1, -1, FLOW},
	{0, 0xd4, 0xd6, -1, -1, NO_ACCESS}, {0, 0xd8, 0xdf, -1, -1, FLOAT},
	{0, 0xe0, 0xe3, -1, -1, FLOW},	    {0, 0xe4, 0xe7, -1, -1, SYSTEM},
	{0, 0xe8, 0xeb, -1, -1, FLOW},	    {0, 0xec, 0xef, -1, -1, SYSTEM},
	{0, 0xf0, 0xf0, -1, -1, PREFIX},    {0, 0xf1, 0xf1, -1, -1, FLOW},
	{0, 0xf2, 0xf3, -1, -1, PREFIX},    {0, 0xf4, 0xf4, -1, -1, SYSTEM},
	{0, 0xf5, 0xf5, -1, -1, NO_ACCESS}, {0, 0xf8, 0xfd, -1, -1, NO_ACCESS},
	{0, 0xfe, 0xfe, 2, 7, UNDEFINED},   {0, 0xff, 0xff, 2, 5, FLOW},
	{0, 0xff, 0xff, 7, 7, UNDEFINED},   {1, 0x00, 0x00, -1, -1, SEGMENT},
	{1, 0x01, 0x01, 0, 4, SYSTEM},	    {1, 0x01, 0x01, 5, 5, UNDEFINED},
	{1, 0x01, 0x01, 6, 7, SYSTEM},	    {1, 0x02, 0x03, -1, -1, SEGMENT},
	{1, 0x04, 0x04, -1, -1, UNDEFINED}, {1, 0x05, 0x05, -1, -1, FLOW},
	{1, 0x06, 0x06, -1, -1, SYSTEM},    {1, 0x07, 0x07, -1, -1, FLOW},
	{1, 0x08, 0x09, -1, -1, SYSTEM},    {1, 0x0a, 0x0c, -1, -1, UNDEFINED},
	{1, 0x0d, 0x0d, -1, -1, NO_ACCESS}, {1, 0x0e, 0x0f, -1, -1, VECTOR},
	{1, 0x12, 0x17, -1, -1, VECTOR},    {1, 0x18, 0x1f, -1, -1, NO_ACCESS},
	{1, 0x20, 0x23, -1, -1, SYSTEM},    {1, 0x24, 0x27, -1, -1, UNDEFINED},
	{1, 0x2a, 0x2a, -1, -1, VECTOR},    {1, 0x2c, 0x2f, -1, -1, VECTOR},
	{1, 0x30, 0x33, -1, -1, SYSTEM},    {1, 0x34, 0x35, -1, -1, FLOW},
	{1, 0x36, 0x36, -1, -1, UNDEFINED}, {1, 0x37, 0x37, -1, -1, SYSTEM},
	{1, 0x38, 0x38, -1, -1, PREFIX},    {1, 0x39, 0x39, -1, -1, UNDEFINED},
	{1, 0x3a, 0x3a, -1, -1, VECTOR},    {1, 0x3b, 0x3f, -1, -1, UNDEFINED},
	{1, 0x50, 0x6e, -1, -1, VECTOR},    {1, 0x70, 0x77, -1, -1, VECTOR},
	{1, 0x78, 0x79, -1, -1, SYSTEM},    {1, 0x7a, 0x7b, -1, -1, UNDEFINED},
	{1, 0x7c, 0x7d, -1, -1, VECTOR},    {1, 0x80, 0x8f, -1, -1, FLOW},
	{1, 0xa0, 0xa1, -1, -1, SEGMENT},   {1, 0xa2, 0xa2, -1, -1, SYSTEM},
	{1, 0xa6, 0xa7, -1, -1, UNDEFINED}, {1, 0xa8, 0xa9, -1, -1, SEGMENT},
	{1, 0xaa, 0xaa, -1, -1, FLOW},	    {1, 0xae, 0xae, 0, 6, FLOAT},
	{1, 0xb2, 0xb2, -1, -1, SEGMENT},   {1, 0xb4, 0xb5, -1, -1, SEGMENT},
	{1, 0xb8, 0xb8, -1, -1, RARE},	    {1, 0xb9, 0xb9, -1, -1, UNDEFINED},
	{1, 0xba, 0xba, 0, 3, UNDEFINED},   {1, 0xc2, 0xc2, -1, -1, VECTOR},
	{1, 0xc4, 0xc6, -1, -1, VECTOR},    {1, 0xc7, 0xc7, 0, 0, UNDEFINED},
	{1, 0xc7, 0xc7, 2, 2, UNDEFINED},   {1, 0xc7, 0xc7, 3, 5, FLOAT},
	{1, 0xc7, 0xc7, 6, 7, SYSTEM},	    {1, 0xc8, 0xcf, -1, -1, NO_ACCESS},
	{1, 0xd0, 0xd5, -1, -1, VECTOR},    {1, 0xd7, 0xe6, -1, -1, VECTOR},
	{1, 0xe8, 0xfe, -1, -1, VECTOR},    {1, 0xff, 0xff, -1, -1, UNDEFINED},
	{2, 0x00, 0x29, -1, -1, VECTOR},    {2, 0x2b, 0x7f, -1, -1, VECTOR},
	{2, 0x80, 0x82, -1, -1, SYSTEM},    {2, 0x83, 0xef, -1, -1, VECTOR},
	{2, 0xf2, 0xf9, -1, -1, RARE},	    {2, 0xfa, 0xff, -1, -1, VECTOR},
};
