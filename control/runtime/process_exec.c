/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * execve of a child: looks at the file as Linux would, collects argument and environment strings,
 * and makes the domain. Nothing is left behind by a failure.
 */
#include "control/runtime/process.h"

#include <linux/fcntl.h>

#include "control/runtime/elf.h"
#include "control/runtime/file.h"
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
	numbers_take();
	handle = error = call_own(__NR_openat, AT_FDCWD, path, O_RDONLY);
	if (handle >= 0) {
		error = examine(handle);
		file_close_held((u32)handle);
	}
	numbers_drop();
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

/* The child's domain and its hidden handle. 0 or -errno. */
static long make_domain(const struct corbel_domain_create *create, u32 *pid, s32 *hidden)
{
	struct corbel_handle_info info = {.size = sizeof(info)};
	struct corbel_domain_status status = {.size = sizeof(status)};
	long handle = call_own(CORBEL_DOMAIN_CREATE, create);

	if (handle < 0) {
		return handle;
	}
	call_own(CORBEL_HANDLE_INFO, handle, &info);
	*pid = (u32)info.length;
	*hidden = hidden_copy((s32)handle);
	if (*hidden < 0) {
		call_own(__NR_ioctl, handle, CORBEL_DOMAIN_KILL, 9);
		/* It has pipes of ours: nobody may take it for alive later. */
		while (call_own(CORBEL_DOMAIN_WAIT, handle, &status) == -EINTR) {
		}
	}
	file_close_held((u32)handle);
	return *hidden < 0 ? -EMFILE : 0;
}

/* Numbers taken: what is passed stays what it is until the domain has it. */
static long start(const struct child_run *run, const char *name,
		  const struct program_strings *program, u32 *pid, s32 *hidden)
{
	struct corbel_domain_create create = {.size = sizeof(create)};
	long n;

	passed.text = strings + program->len;
	passed.size = PROCESS_STRINGS - program->len;
	n = process_pass(run, run->row, name, &passed);
	if (n) {
		return n;
	}
	create.program = (u64)name;
	create.strings = (u64)strings;
	create.strings_len = program->len + passed.len;
	create.argc = program->argc;
	create.envc = program->envc + 1;
	create.handles = (u64)passed.handles;
	create.handle_count = passed.count;
	return make_domain(&create, pid, hidden);
}

long process_exec(const struct child_run *run, u64 path, u64 argv, u64 envp)
{
	struct program_strings program;
	const char *name;
	long n = process_collect(path, argv, envp, &name, &program);
	s32 handle;
	u32 pid;

	if (n) {
		return n;
	}
	numbers_take();
	child_starts(run->row);
	n = start(run, name, &program, &pid, &handle);
	numbers_drop();
	if (n) {
		child_stays(run->row);
		return n;
	}
	child_runs(run->row, pid, run->group == run->pid ? pid : run->group, handle);
	return pid;
}
