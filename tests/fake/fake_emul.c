/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory and registers that the emulator is linked with, for tests that only decode. */
#include "core/errno.h"
#include "vmm/emul/emul.h"

int emul_load(struct emul *e, u64 linear, void *buf, u32 len, bool for_write)
{
	(void)e;
	(void)linear;
	(void)buf;
	(void)len;
	(void)for_write;
	return -EIO;
}

int emul_store(struct emul *e, u64 linear, const void *buf, u32 len)
{
	(void)e;
	(void)linear;
	(void)buf;
	(void)len;
	return -EIO;
}

void emul_get_xmm(struct emul *e, u8 reg, u64 *value)
{
	(void)e;
	(void)reg;
	value[0] = value[1] = 0;
}

void emul_set_xmm(struct emul *e, u8 reg, const u64 *value)
{
	(void)e;
	(void)reg;
	(void)value;
}
