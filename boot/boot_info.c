/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads GRUB's Multiboot2 tags into struct boot_info. The tags lie anywhere in low memory and
 * are not trusted to be well-formed: sizes are checked against the total, strings are bounded.
 */
#include "boot/boot_info.h"

#include "boot/multiboot2.h"
#include "boot/boot.h"
#include "core/panic.h"
#include "core/string.h"

#define TAGS_MAX (64 * 1024)

struct boot_info boot_info;

static void read_module(const struct mb2_module *m)
{
	struct boot_module *out;
	const char *space;
	size_t len;

	if (boot_info.module_count == BOOT_MODULES_MAX) {
		fatal("more than %d boot modules; remove some module2 lines from grub.cfg",
		      BOOT_MODULES_MAX);
	}
	if (m->end < m->start) {
		fatal("the loader reports a boot module that ends before it starts");
	}
	out = &boot_info.modules[boot_info.module_count++];
	out->start = m->start;
	out->end = m->end;
	space = strchr(m->string, ' ');
	len = space ? (size_t)(space - m->string) : strlen(m->string);
	strlcpy(out->name, m->string, MIN(len + 1, sizeof(out->name)));
	strlcpy(out->args, m->string, sizeof(out->args));
}

static void read_mmap(const struct mb2_mmap *m)
{
	u32 off;

	if (m->tag.size < sizeof(*m) || m->entry_size < sizeof(struct mb2_mmap_entry)) {
		return;
	}
	for (off = 0; off + m->entry_size <= m->tag.size - sizeof(*m); off += m->entry_size) {
		struct mb2_mmap_entry e;

		memcpy(&e, m->entries + off, sizeof(e));
		if (e.type == 1 && memmap_add(&boot_info.ram, e.base, e.base + e.length) != 0) {
			fatal("the firmware's memory map has more than %d pieces", MEMMAP_MAX);
		}
	}
}

static void read_rsdp(const struct mb2_tag *tag)
{
	size_t len = MIN(tag->size - sizeof(*tag), sizeof(boot_info.rsdp_copy));

	if (tag->type == MB2_ACPI_OLD && boot_info.rsdp.v) {
		return;		/* the new one came first and says more */
	}
	memset(boot_info.rsdp_copy, 0, sizeof(boot_info.rsdp_copy));
	memcpy(boot_info.rsdp_copy, (const u8 *)tag + sizeof(*tag), len);
	boot_info.rsdp = HPA((u64)(uintptr_t)boot_info.rsdp_copy);
}

static void read_tag(const struct mb2_tag *tag)
{
	const char *text = (const char *)(tag + 1);

	switch (tag->type) {
	case MB2_CMDLINE:
		strlcpy(boot_info.cmdline, text, sizeof(boot_info.cmdline));
		break;
	case MB2_LOADER:
		strlcpy(boot_info.loader, text, sizeof(boot_info.loader));
		break;
	case MB2_MODULE:
		read_module((const struct mb2_module *)(const void *)tag);
		break;
	case MB2_MMAP:
		read_mmap((const struct mb2_mmap *)(const void *)tag);
		break;
	case MB2_ACPI_OLD:
	case MB2_ACPI_NEW:
		read_rsdp(tag);
		break;
	case MB2_EFI64:
	case MB2_EFI_MMAP:
		boot_info.efi = true;
		break;
	}
}

void boot_info_read(u32 magic, const u8 *info)
{
	u32 total, off = 8;

	if (magic != MB2_BOOT_MAGIC) {
		fatal("not started by a Multiboot2 loader (EAX was %x); boot the ISO or use "
		      "`multiboot2` in grub.cfg",
		      magic);
	}
	memcpy(&total, info, sizeof(total));
	if (total > TAGS_MAX) {
		fatal("the boot information is %u bytes long, more than %d", total, TAGS_MAX);
	}
	while (off + sizeof(struct mb2_tag) <= total) {
		const struct mb2_tag *tag = (const struct mb2_tag *)(const void *)(info + off);

		if (tag->type == MB2_END || tag->size < sizeof(*tag) || tag->size > total - off) {
			break;
		}
		read_tag(tag);
		off += ALIGN_UP(tag->size, 8u);
	}
}

const struct boot_module *boot_module_find(const char *name)
{
	u32 i;

	for (i = 0; i < boot_info.module_count; i++) {
		if (strcmp(boot_info.modules[i].name, name) == 0) {
			return &boot_info.modules[i];
		}
	}
	return NULL;
}

/* The next blank-separated word from *pos on: its start and length; false at the end. */
static bool next_word(const char **pos, const char **word, size_t *len)
{
	const char *p = *pos;

	while (*p == ' ') {
		p++;
	}
	*word = p;
	while (*p && *p != ' ') {
		p++;
	}
	*len = (size_t)(p - *word);
	*pos = p;
	return *len > 0;
}

bool boot_option(const char *key, char *buf, size_t size)
{
	const char *pos = boot_info.cmdline, *word;
	size_t len, klen = strlen(key);

	while (next_word(&pos, &word, &len)) {
		if (len > klen && word[klen] == '=' && strncmp(word, key, klen) == 0) {
			strlcpy(buf, word + klen + 1, MIN(size, len - klen));
			return true;
		}
	}
	return false;
}

bool boot_flag(const char *flag)
{
	const char *pos = boot_info.cmdline, *word;
	size_t len;

	while (next_word(&pos, &word, &len)) {
		if (len == strlen(flag) && strncmp(word, flag, len) == 0) {
			return true;
		}
	}
	return false;
}
