/* SPDX-License-Identifier: BSD-2-Clause */
/* The runtime of the unit tests: see fake_runtime.h. */
#include "fake_runtime.h"

#include <string.h>

#include "api/bootfile.h"
#include "api/elf64.h"
#include "arch/x86/asm/irq.h"
#include "core/sched.h"
#include "mm/layout.h"

#define TEXT_OFFSET 0x1000
#define DATA_OFFSET 0x2010
#define DATA_BYTES 100
#define FILE_BYTES (DATA_OFFSET + DATA_BYTES)

u8 *fake_runtime_file;
void (*fake_program)(struct domain_thread *t);

static void write_file(void)
{
	struct elf64_ehdr e = {
		.magic = ELF_MAGIC,
		.class = ELFCLASS64,
		.data = ELFDATA2LSB,
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_entry = FAKE_ENTRY,
		.e_phoff = sizeof(e),
		.e_phentsize = sizeof(struct elf64_phdr),
		.e_phnum = 3,
	};
	struct elf64_phdr p[3] = {
		{.p_type = 4}, /* a note: not loaded */
		{.p_type = PT_LOAD,
		 .p_flags = PF_R | PF_X,
		 .p_offset = TEXT_OFFSET,
		 .p_vaddr = CORBEL_RUNTIME_BASE,
		 .p_filesz = 0x800,
		 .p_memsz = 0x800},
		{.p_type = PT_LOAD,
		 .p_flags = PF_R | PF_W,
		 .p_offset = DATA_OFFSET,
		 .p_vaddr = CORBEL_RUNTIME_BASE + 0x1010,
		 .p_filesz = DATA_BYTES,
		 .p_memsz = 0x2800},
	};

	memset(fake_runtime_file, 0, 0x3000);
	memcpy(fake_runtime_file, &e, sizeof(e));
	memcpy(fake_runtime_file + sizeof(e), p, sizeof(p));
	memset(fake_runtime_file + TEXT_OFFSET, 0xcc, 0x800);
	memset(fake_runtime_file + DATA_OFFSET, 0xdd, DATA_BYTES);
}

void fake_runtime_register(void)
{
	fake_runtime_file = hpa_to_ptr(HPA(FAKE_RUNTIME_AT));
	write_file();
	assert_int_equal(bootfile_register("runtime", HPA(FAKE_RUNTIME_AT), FILE_BYTES), 0);
	assert_int_equal(bootfile_register("prog", HPA(FAKE_RUNTIME_AT), FILE_BYTES), 0);
}

/*
 * The control vCPU is outside guest mode while fake_program runs: kicks wake it, and it may
 * sleep.
 */
static void to_host(struct domain_thread *t)
{
	s2_leave();
	WRITE_ONCE(t->thread.in_guest, false);
	irq_enable();
}

s64 fake_guest_call(struct domain_thread *t, u64 number, const u64 *args)
{
	struct hv_exit exit = {.kind = HV_EXIT_HYPERCALL, .call.kernel64 = true};
	struct hv_regs *r = &t->vcpu.regs;

	hv_thread_load(&t->hvt, &t->vcpu);
	r->gpr[HV_RAX] = number;
	r->gpr[HV_RDI] = args[0];
	r->gpr[HV_RSI] = args[1];
	r->gpr[HV_RDX] = args[2];
	r->gpr[HV_R10] = args[3];
	r->gpr[HV_R8] = args[4];
	r->gpr[HV_R9] = args[5];
	domain_handle(t, &exit);
	return (s64)r->gpr[HV_RAX];
}

static void run_program(struct hv_vcpu *v, struct hv_exit *exit)
{
	struct domain_thread *t = container_of(v, struct domain_thread, vcpu);

	exit->kind = HV_EXIT_INTR;
	to_host(t);
	if (!v->regs.gpr[HV_R15]) {
		v->regs.gpr[HV_R15] = 1;
		fake_program(t);
	}
	fake_pause();
	sched_yield();
	hv_thread_load(&t->hvt, v);
	irq_disable();
}

void fake_runtime_start(void)
{
	fake_guest = run_program;
}
