/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program finds at its start: arguments, environment, the auxiliary vector, an aligned
 * stack. The output is compared with Linux's, so it says how things fit, not where they are.
 */
#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "tests/programs/show.h"

extern char **environ;
static __thread int initialized = 1234;
static __thread int zero;
static int constructed;

__attribute__((constructor)) static void construct(void)
{
	constructed = environ != NULL;
}

static void auxiliary(void)
{
	const Elf64_Phdr *headers = (const void *)getauxval(AT_PHDR);
	const unsigned char *random = (const void *)getauxval(AT_RANDOM);
	const char *platform = (const char *)getauxval(AT_PLATFORM);
	int loads = 0, tls = 0, or = 0;

	for (unsigned long i = 0; i < getauxval(AT_PHNUM); i++) {
		loads += headers[i].p_type == PT_LOAD;
		tls += headers[i].p_type == PT_TLS;
	}
	for (int i = 0; i < 16; i++) {
		or |= random[i];
	}
	printf("page %lu, ticks %lu, secure %lu, header size %lu\n", getauxval(AT_PAGESZ),
	       getauxval(AT_CLKTCK), getauxval(AT_SECURE), getauxval(AT_PHENT));
	printf("segments %d, TLS %d, entry inside %d, base %lu\n", loads > 1, tls,
	       getauxval(AT_ENTRY) > (uintptr_t)headers &&
		       getauxval(AT_ENTRY) < (uintptr_t)&constructed,
	       getauxval(AT_BASE));
	printf("random %d, platform %s\n", or != 0, platform);
	printf("named by argv[0] %d\n", getauxval(AT_EXECFN) != 0);
	printf("ids %d %d\n", getauxval(AT_UID) == getuid(), getauxval(AT_EGID) == getegid());
}

int main(int argc, char **argv, char **envp)
{
	char name[64] = "";

	printf("arguments end %d, environment follows %d\n", argv[argc] == NULL,
	       envp == argv + argc + 1 && envp == environ);
	printf("stack %d\n", (uintptr_t)__builtin_frame_address(0) % 16 == 0);
	printf("TLS %d %d, constructed %d\n", initialized, zero, constructed);
	setenv("CORBEL_TEST", "value", 1);
	printf("environment %s\n", getenv("CORBEL_TEST"));
	unsetenv("CORBEL_TEST");
	printf("and gone %d\n", getenv("CORBEL_TEST") == NULL);
	printf("cpus %d\n", sysconf(_SC_NPROCESSORS_ONLN) >= 1);
	SHOW_VALUE(readlink("/proc/self/exe", name, sizeof(name)) > 0);
	printf("directory %d\n", getcwd(name, sizeof(name)) != NULL);
	auxiliary();
	printf("start done\n");
	return 0;
}
