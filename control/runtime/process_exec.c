/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * execve of a child: looks at the file as Linux would, collects argument and environment strings,
 * and makes the domain. Nothing is left behind by a failure.
 */
#include "control/runtime/process.h"

#include <linux/fcntl.h>

#include "control/runtime/elf.h"
#include "control/runtime/hidden.h"
#include "control/runtime/hypercall.h"
#include "control/runtime/user.h"

#define PATH_LONGEST 256
#define STRINGS_MAX 0x8000   /* pointers in one list */

static char strings[PROCESS_STRINGS]; /* one child at a time: process_child.c */
static struct passed passed;

/* Folders are no programs, and what is no file neither. */
static bool is_folder(const char *path)
{
	static const char *const folders[] = {"/",    "/boot", "/boot/",
					      "/dev", "/sys",  "/sys/corbel"};

	for (u32 i = 0; i < COUNT(folders); i++) {
		if (!memcmp(path, folders[i], strlen(folders[i]) + 1)) {
			return true;
		}
	}
	return false;
}

static long examine(long handle)
{
	struct corbel_handle_info info = {.size = sizeof(info)};
	static struct elf64_phdr ph[ELF_SEGMENTS_MAX]; /* one child at a time */
	struct elf_program program;
	struct elf64_hdr h;
	u64 size;

	call_own(CORBEL_HANDLE_INFO, handle, &info);
	if (info.type != CORBEL_H_BOOTFILE) {
		return -EACCES;
	}
	if (call_own(__NR_pread64, handle, &h, sizeof(h), 0) != sizeof(h) || elf_refused(&h)) {
		return -ENOEXEC;
	}
	size = h.e_phnum * sizeof(ph[0]);
	if (call_own(__NR_pread64, handle, ph, size, h.e_phoff) != (long)size) {
		return -ENOEXEC;
	}
	for (u32 i = 0; i < h.e_phnum; i++) {
		if (ph[i].p_type == PT_INTERP) {
			return -ENOENT; /* its interpreter */
		}
	}
	return elf_examine(&h, ph, h.e_type == ET_DYN ? ELF_PIE_BASE : 0, ELF_TOP, &program)
		       ? -ENOEXEC
		       : 0;
}

/* Can that file be run? 0 or the error of execve. */
static long check_program(const char *path)
{
	long handle, error;

	if (is_folder(path)) {
		return -EACCES;
	}
	handle = call_own(__NR_openat, AT_FDCWD, path, O_RDONLY);
	if (handle < 0) {
		return handle;
	}
	error = examine(handle);
	call_own(__NR_close, handle);
	return error;
}

/* Appends the strings of a list at *len. How many, or -EFAULT, -E2BIG. */
static long collect(u64 list, u64 *len)
{
	u64 address;

	for (u32 n = 0; list && n < STRINGS_MAX; n++) {
		long got;

		if (copy_in(&address, list + n * sizeof(address), sizeof(address))) {
			return -EFAULT;
		}
		if (!address) {
			return n;
		}
		got = copy_in_string(strings + *len, address, PROCESS_STRINGS - *len);
		if (got < 0) {
			return got == -ENAMETOOLONG ? -E2BIG : got;
		}
		*len += (u64)got + 1;
	}
	return list ? -E2BIG : 0;
}

/* Strings and their counts; without arguments there is an empty one, as on Linux. */
static long collect_all(struct program_strings *program, u64 argv, u64 envp)
{
	long n;

	program->text = strings;
	program->len = 0;
	n = collect(argv, &program->len);
	if (n == 0) {
		strings[program->len++] = 0;
		n = 1;
	}
	if (n < 0) {
		return n;
	}
	program->argc = (u32)n;
	n = collect(envp, &program->len);
	program->envc = (u32)n;
	return n < 0 ? n : 0;
}

long process_collect(u64 path, u64 argv, u64 envp, const char **name,
		     struct program_strings *program)
{
	static char buffer[PATH_LONGEST];
	long n = copy_in_string(buffer, path, sizeof(buffer));

	if (n < 0) {
		return n;
	}
	*name = buffer;
	n = n ? check_program(buffer) : -ENOENT;
	return n ? n : collect_all(program, argv, envp);
}

static long make_domain(const struct child_run *run, struct child *c,
			struct corbel_domain_create *create)
{
	struct corbel_handle_info info = {.size = sizeof(info)};
	long handle = call_own(CORBEL_DOMAIN_CREATE, create);

	if (handle < 0) {
		return handle;
	}
	call_own(CORBEL_HANDLE_INFO, handle, &info);
	c->pid = (u32)info.length;
	c->group = run->group == run->pid ? c->pid : run->group;
	c->handle = hidden_copy((s32)handle);
	if (c->handle < 0) {
		call_own(__NR_ioctl, handle, CORBEL_DOMAIN_KILL, 9);
	}
	call_own(__NR_close, handle);
	return c->handle < 0 ? -EMFILE : 0;
}

long process_exec(const struct child_run *run, u64 path, u64 argv, u64 envp)
{
	struct corbel_domain_create create = {.size = sizeof(create)};
	struct program_strings program;
	const char *name;
	struct child *c;
	long n = process_collect(path, argv, envp, &name, &program);

	if (n) {
		return n;
	}
	c = child_new();
	if (!c) {
		return -EAGAIN;
	}
	passed.text = strings + program.len;
	passed.size = PROCESS_STRINGS - program.len;
	n = process_pass(run, c, name, &passed);
	if (!n) {
		create.program = (u64)name;
		create.strings = (u64)strings;
		create.strings_len = program.len + passed.len;
		create.argc = program.argc;
		create.envc = program.envc + 1;
		create.handles = (u64)passed.handles;
		create.handle_count = passed.count;
		n = make_domain(run, c, &create);
	}
	if (n) {
		child_drop(c);
		return n;
	}
	n = c->pid;
	child_runs(c);
	return n;
}
