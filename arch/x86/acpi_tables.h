/* SPDX-License-Identifier: BSD-2-Clause */
/* Layouts of the ACPI tables that acpi.c reads. */
#pragma once

#include "core/types.h"

struct __packed acpi_rsdp {
	char signature[8];
	u8 checksum;
	char oem[6];
	u8 revision;
	u32 rsdt;
	u32 length;
	u64 xsdt;
	u8 ext_checksum, reserved[3];
};
ASSERT_SIZE(struct acpi_rsdp, 36);

struct __packed acpi_header {
	char signature[4];
	u32 length;
	u8 revision, checksum;
	char oem[6], oem_table[8];
	u32 oem_revision, creator, creator_revision;
};
ASSERT_SIZE(struct acpi_header, 36);

struct __packed acpi_gas {
	u8 space, width, offset, access;	/* space 1: port */
	u64 address;
};
ASSERT_SIZE(struct acpi_gas, 12);

struct __packed acpi_madt {
	struct acpi_header h;
	u32 lapic_base, flags;
	u8 entries[];
};

struct __packed acpi_hpet {
	struct acpi_header h;
	u32 id;
	struct acpi_gas base;
};

struct __packed acpi_fadt {
	struct acpi_header h;
	u32 firmware_ctrl, dsdt;
	u8 reserved0, profile;
	u16 sci_int;
	u32 smi_cmd;
	u8 acpi_enable, acpi_disable, s4bios_req, pstate_cnt;
	u32 pm1a_evt, pm1b_evt, pm1a_cnt, pm1b_cnt, pm2_cnt, pm_tmr;
	u32 gpe0, gpe1;
	u8 pm1_evt_len, pm1_cnt_len, pm2_cnt_len, pm_tmr_len;
	u8 rest1[20];
	u32 flags;
	struct acpi_gas reset_reg;
	u8 reset_value;
};
ASSERT_OFFSET(struct acpi_fadt, pm_tmr, 76);
ASSERT_OFFSET(struct acpi_fadt, flags, 112);
ASSERT_OFFSET(struct acpi_fadt, reset_value, 128);

#define FADT_RESET_REG_SUP BIT(10)
#define FADT_TMR_VAL_EXT BIT(8)
