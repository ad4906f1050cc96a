/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Linux's x86 boot protocol, 64-bit entry: kernel at its preferred address, initrd below the end of
 * memory, command line and boot parameters in low memory. Every field of the file is checked before
 * it is used, because a truncated download is the usual kernel file that does not boot.
 */
#include "control/vmm/boot_linux.h"

#include <asm/bootparam.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/vmm/acpi.h"
#include "control/vmm/file.h"
#include "control/vmm/low_memory.h"
#include "control/vmm/message.h"

#define HEADER_AT 0x1f1
#define SECTOR 512
#define BOOT_FLAG 0xaa55
#define HEADER_MAGIC 0x53726448		/* "HdrS" */
#define VERSION_64_BIT_ENTRY 0x20c
#define ENTRY_64_OFFSET 0x200
#define LOADER_UNDEFINED 0xff

struct kernel {
	struct file file;
	struct setup_header header;
	uint64_t code_offset, code_size;	/* bytes in the file */
};

static int read_header(struct kernel *kernel)
{
	const char *path = kernel->file.path;
	struct setup_header *header = &kernel->header;
	uint64_t setup_sectors, needed;

	if (kernel->file.size < HEADER_AT + sizeof(*header)) {
		return fail("kernel %s: %llu bytes are too few for a bzImage", path,
			    (unsigned long long)kernel->file.size);
	}
	if (file_read(&kernel->file, HEADER_AT, header, sizeof(*header))) {
		return -1;
	}
	if (header->boot_flag != BOOT_FLAG || header->header != HEADER_MAGIC) {
		return fail("kernel %s: not a Linux bzImage; give the distribution's vmlinuz",
			    path);
	}
	if (header->version < VERSION_64_BIT_ENTRY || !(header->xloadflags & XLF_KERNEL_64)) {
		return fail("kernel %s: boot protocol %d.%d has no 64-bit entry; use an x86-64 "
			    "kernel of 3.8 or later", path, header->version >> 8,
			    header->version & 0xff);
	}
	setup_sectors = header->setup_sects ? header->setup_sects : 4;
	kernel->code_offset = (setup_sectors + 1) * SECTOR;
	kernel->code_size = header->syssize * 16ull;
	/* The last paragraph may be a partial one. */
	needed = kernel->code_offset + (kernel->code_size ? kernel->code_size - 15 : 1);
	if (kernel->file.size < needed) {
		return fail("kernel %s: truncated: %llu bytes, its header promises %llu; copy it "
			    "again", path, (unsigned long long)kernel->file.size,
			    (unsigned long long)(kernel->code_offset + kernel->code_size));
	}
	if (kernel->code_size > kernel->file.size - kernel->code_offset) {
		kernel->code_size = kernel->file.size - kernel->code_offset;
	}
	return 0;
}

static int load_kernel(struct machine *machine, struct kernel *kernel)
{
	uint64_t at = kernel->header.pref_address;
	uint64_t need = kernel->header.init_size;

	need = need > kernel->code_size ? need : kernel->code_size;
	if (at < LOW_ACPI_END || !machine_memory(machine, at, need)) {
		return fail("--mem %lluM: too small for this kernel, which needs %lluM before it "
			    "starts; use --mem 256M",
			    (unsigned long long)(machine->memory_size / MIB),
			    (unsigned long long)((at + need + MIB - 1) / MIB));
	}
	machine->entry = at + ENTRY_64_OFFSET;
	return file_read(&kernel->file, kernel->code_offset, machine_memory(machine, at, need),
			 kernel->code_size);
}

/* As high as the kernel allows, out of the way of its own unpacking. */
static int load_initrd(struct machine *machine, const struct kernel *kernel,
		       struct boot_params *params)
{
	uint64_t kernel_end = kernel->header.pref_address + kernel->header.init_size;
	uint64_t top = machine->low_size;
	struct file file;
	uint64_t at;
	int result;

	if (!machine->config->initrd) {
		return 0;
	}
	if (file_open(&file, "initrd", machine->config->initrd)) {
		return -1;
	}
	if (kernel->header.initrd_addr_max && top > kernel->header.initrd_addr_max + 1ull) {
		top = kernel->header.initrd_addr_max + 1ull;
	}
	if (file.size > top || ((top - file.size) & ~0xfffull) < kernel_end) {
		result = fail("--mem %lluM: too small for initrd %s of %lluM beside the kernel; "
			      "use --mem %lluM", (unsigned long long)(machine->memory_size / MIB),
			      file.path, (unsigned long long)(file.size / MIB),
			      ((kernel_end + 3ull * file.size) / (64 * MIB) + 1) * 64);
	} else {
		at = (top - file.size) & ~0xfffull;
		params->hdr.ramdisk_image = (uint32_t)at;
		params->hdr.ramdisk_size = (uint32_t)file.size;
		result = file_read(&file, 0, machine->memory + at, file.size);
	}
	file_close(&file);
	return result;
}

static int write_command_line(struct machine *machine, struct boot_params *params)
{
	const char *words = machine->profile.command_line;
	const char *append = machine->config->append ? machine->config->append : "";
	uint32_t limit = params->hdr.cmdline_size ? params->hdr.cmdline_size : 255;
	char *at = (char *)machine->memory + LOW_COMMAND_LINE;

	if (strlen(words) + 1 + strlen(append) > limit) {
		return fail("--append: longer than the %u bytes that this kernel takes", limit);
	}
	sprintf(at, "%s%s%s", words, *append ? " " : "", append);
	params->hdr.cmd_line_ptr = LOW_COMMAND_LINE;
	return 0;
}

static void write_memory_map(struct machine *machine, struct boot_params *params)
{
	const struct boot_e820_entry map[] = {
		{ 0, LOW_MEMORY_END, 1 },
		{ LOW_ACPI, LOW_ACPI_END - LOW_ACPI, 2 },
		{ LOW_ACPI_END, machine->low_size - LOW_ACPI_END, 1 },
		{ MACHINE_HIGH_MEMORY, machine->memory_size - machine->low_size, 1 },
	};

	memcpy(params->e820_table, map, sizeof(map));
	params->e820_entries = sizeof(map) / sizeof(map[0]);
	if (machine->memory_size == machine->low_size) {
		params->e820_entries--;
	}
}

static int load_all(struct machine *machine, struct kernel *kernel)
{
	struct boot_params *params = (void *)(machine->memory + LOW_BOOT_PARAMS);

	if (read_header(kernel) || load_kernel(machine, kernel)) {
		return -1;
	}
	memset(params, 0, sizeof(*params));
	params->hdr = kernel->header;
	params->hdr.type_of_loader = LOADER_UNDEFINED;
	if (load_initrd(machine, kernel, params) || write_command_line(machine, params)) {
		return -1;
	}
	write_memory_map(machine, params);
	low_memory_write(machine);
	params->acpi_rsdp_addr = acpi_write(machine);
	machine->boot_params = LOW_BOOT_PARAMS;
	return 0;
}

int boot_linux_load(struct machine *machine)
{
	struct kernel kernel;
	int result;

	if (file_open(&kernel.file, "kernel", machine->config->kernel)) {
		return -1;
	}
	result = load_all(machine, &kernel);
	file_close(&kernel.file);
	return result;
}
