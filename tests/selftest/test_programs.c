/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs in domains of their own: on Corbel by its domain calls, on Linux, which does not know
 * them, as processes. What a program prints is compared outside; here only how it ends counts.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/abi/corbel.h"
#include "tests/selftest/test.h"

/* One end of a program: by exit, or by a signal. */
struct ending {
	int crashed, code;
};

static enum result run_process(const char *path, const char *argument, struct ending *ending)
{
	char path_copy[64], argument_copy[64];
	char *argv[] = { path_copy, argument ? argument_copy : NULL, NULL }, *envp[] = { NULL };
	int error, status;
	pid_t child;

	strcpy(path_copy, path);
	strcpy(argument_copy, argument ? argument : "");
	error = posix_spawn(&child, path, NULL, NULL, argv, envp);
	CHECK(!error, "posix_spawn: %s", strerror(error));
	CHECK(waitpid(child, &status, 0) == child, "waitpid: %s", strerror(errno));
	ending->crashed = WIFSIGNALED(status);
	ending->code = ending->crashed ? WTERMSIG(status) : WEXITSTATUS(status);
	return PASSED;
}

static enum result run_domain(const char *path, const char *argument, struct ending *ending)
{
	static const int32_t handles[] = { 0, 1, 2 };
	char strings[128] = "";
	struct corbel_domain_create create = {
		.size = sizeof(create), .program = (uintptr_t)path, .strings = (uintptr_t)strings,
		.argc = argument ? 2 : 1, .handles = (uintptr_t)handles, .handle_count = 3,
	};
	struct corbel_domain_status status = { .size = sizeof(status) };
	long domain, result;

	strcpy(strings, path);
	create.strings_len = strlen(path) + 1;
	if (argument) {
		strcpy(strings + create.strings_len, argument);
		create.strings_len += strlen(argument) + 1;
	}
	domain = syscall(CORBEL_DOMAIN_CREATE, &create);
	CHECK(domain >= 0, "domain_create: %s", strerror(errno));
	do {
		result = syscall(CORBEL_DOMAIN_WAIT, domain, &status);
	} while (result == -1 && errno == EINTR);
	CHECK(result == 0, "domain_wait: %s", strerror(errno));
	close(domain);
	ending->crashed = status.crashed;
	ending->code = status.code;
	return PASSED;
}

static enum result run_program(const char *path, const char *argument, struct ending expected)
{
	struct ending ending = { 0, -1 };
	int file = open(path, O_RDONLY);
	enum result result;

	if (file < 0) {
		return skipped("%s: %s", path, strerror(errno));
	}
	close(file);
	/* The call without an argument block tells whether there are domains. */
	if (syscall(CORBEL_DOMAIN_CREATE, NULL) == -1 && errno == ENOSYS) {
		result = run_process(path, argument, &ending);
	} else {
		result = run_domain(path, argument, &ending);
	}
	TRY(result);
	CHECK(ending.crashed == expected.crashed && ending.code == expected.code,
	      "%s %d, not %s %d", ending.crashed ? "signal" : "exit", ending.code,
	      expected.crashed ? "signal" : "exit", expected.code);
	return PASSED;
}

static enum result hello(struct guest *guest)
{
	(void)guest;
	return run_program("/boot/hello", "argument", (struct ending){ 0, 0 });
}

static enum result threads(struct guest *guest)
{
	(void)guest;
	return run_program("/boot/threads", NULL, (struct ending){ 0, 0 });
}

static enum result sample(struct guest *guest)
{
	(void)guest;
	return run_program("/boot/real_mode", NULL, (struct ending){ 0, 0 });
}

static enum result exit_code(struct guest *guest)
{
	(void)guest;
	return run_program("/boot/endings", "exit", (struct ending){ 0, 7 });
}

static enum result segmentation_fault(struct guest *guest)
{
	(void)guest;
	return run_program("/boot/endings", "fault", (struct ending){ 1, SIGSEGV });
}

static enum result undefined_instruction(struct guest *guest)
{
	(void)guest;
	return run_program("/boot/endings", "undefined", (struct ending){ 1, SIGILL });
}

static const struct test rows[] = {
	{ "program hello", 0, 0, hello },
	{ "program threads", 0, 0, threads },
	{ "program real_mode", 0, 0, sample },
	{ "program ends with exit code 7", 0, 0, exit_code },
	{ "program ends by a memory fault", 0, 0, segmentation_fault },
	{ "program ends by an undefined instruction", 0, 0, undefined_instruction },
};

TEST_TABLE(program_tests, rows);
