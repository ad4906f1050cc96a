/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The run loop of control vCPUs, exit by exit.
 * LINK: core/thread.c core/sched.c core/runqueue.c core/wake.c core/waitq.c core/mutex.c
 * LINK: core/timer.c core/time.c core/quiesce.c core/object.c core/fault.c mm/aspace.c
 * LINK: mm/aspace_change.c mm/aspace_remap.c mm/aspace_fault.c mm/region.c mm/backing.c
 * LINK: mm/chunks.c mm/copy.c mm/stage2.c mm/stage2_map.c mm/stage2_change.c mm/stage2_flush.c
 * LINK: mm/frame.c mm/memmap.c mm/slab.c arch/x86/hv/hv_thread.c drivers/console.c api/bootfile.c
 * LINK: api/call.c api/calls_domain.c api/calls_file.c api/calls_memory.c api/calls_power.c
 * LINK: api/calls_sched.c api/calls_thread.c api/calls_time.c api/console_handle.c api/domain.c
 * LINK: api/domain_boot.c api/domain_cpuid.c api/domain_crash.c api/domain_exit.c
 * LINK: api/domain_image.c api/domain_run.c api/domain_thread.c api/domain_vcpu.c api/eventfd.c
 * LINK: api/filled.c api/futex.c api/handle.c api/handle_ops.c api/memfd.c api/openat.c
 * LINK: api/ppoll.c api/supervise.c api/text.c api/time_page.c api/timespec.c tests/fake/fake.c
 * LINK: tests/fake/fake_smp.c tests/fake/fake_panic.c tests/fake/fake_mm.c
 * LINK: tests/fake/fake_random.c tests/fake/fake_hv.c tests/fake/fake_domain.c
 * LINK: tests/fake/fake_runtime.c
 */
#include <string.h>

#include <arch/x86/asm/cr.h>
#include <arch/x86/asm/msr.h>

#include "arch/x86/asm/cpuid.h"
#include "arch/x86/asm/irq.h"
#include "core/sched.h"
#include "fake_runtime.h"

/* The guest is a list of exits, one per run; what was injected for each run is noted. */
static struct hv_exit script[32];
static struct hv_event injected[33];
static bool window[33];
static u32 script_len, at;
static void (*between)(struct domain_thread *t);	/* called before each run's exit */
static struct hv_regs regs_at[33];
static struct domain_end *end;

static void scripted(struct hv_vcpu *v, struct hv_exit *exit)
{
	struct domain_thread *t = container_of(v, struct domain_thread, vcpu);

	assert_true(at <= script_len);
	injected[at] = fake_hw(v)->injected;
	window[at] = fake_hw(v)->window;
	regs_at[at] = v->regs;
	if (at == script_len) { /* the end: exit_group(0) */
		v->regs.gpr[HV_RAX] = NR_exit_group;
		v->regs.gpr[HV_RDI] = 0;
		exit->kind = HV_EXIT_HYPERCALL;
		exit->call.kernel64 = true;
		return;
	}
	if (between) {
		between(t);
	}
	*exit = script[at++];
}

static struct hv_exit *add(u8 kind)
{
	struct hv_exit *e = &script[script_len++];

	memset(e, 0, sizeof(*e));
	e->kind = kind;
	return e;
}

static void begin(void)
{
	script_len = at = 0;
	between = NULL;
	memset(injected, 0, sizeof(injected));
	fake_guest = scripted;
}

/* Runs the script as the first thread of a fresh boot domain. */
static void run(void)
{
	assert_int_equal(domain_boot_start("prog", "", &end), 0);
	while (!READ_ONCE(end->gone)) {
		fake_pause();
		sched_yield();
	}
}

static void finish(void)
{
	assert_false(end->crashed);
	assert_int_equal(at, script_len);
	object_put(&end->obj);
}

static void crashed_with(s32 signal, const char *text)
{
	assert_true(end->crashed);
	assert_int_equal(end->code, signal);
	assert_non_null(strstr(fake_log_text, text));
	assert_non_null(strstr(fake_log_text, "rip 000000"));
	assert_true(fake_log_console);
	object_put(&end->obj);
}

static void expect_exception(u32 run_index, u8 vector, bool has_error, u32 error)
{
	if (injected[run_index].type != HV_EVENT_EXCEPTION) {
		print_error("no exception before run %u\n", run_index);
	}
	assert_int_equal(injected[run_index].type, HV_EVENT_EXCEPTION);
	assert_int_equal(injected[run_index].vector, vector);
	assert_int_equal(injected[run_index].has_error, has_error);
	assert_int_equal(injected[run_index].error, error);
}

static void set_call(struct domain_thread *t)
{
	t->vcpu.regs.gpr[HV_RAX] = at == 1 ? 0x123456789ULL : 39;
	memset(&t->vcpu.regs.gpr[HV_RCX], 0x11, 8);
}

static void hypercalls(void)
{
	begin();
	add(HV_EXIT_INTR);
	add(HV_EXIT_HYPERCALL)->call.kernel64 = true;
	add(HV_EXIT_HYPERCALL)->call.kernel64 = true;
	between = set_call;
	run();
	finish();
	/* The number is all of RAX; only RAX changes; the instruction is three bytes. */
	assert_int_equal((s64)regs_at[2].gpr[HV_RAX], -ENOSYS);
	assert_int_equal((s64)regs_at[3].gpr[HV_RAX], -ENOSYS);
	assert_int_equal(regs_at[3].gpr[HV_RCX], 0x1111111111111111ULL);
	assert_int_equal(regs_at[2].rip, FAKE_ENTRY + 3);
	assert_int_equal(regs_at[3].rip, FAKE_ENTRY + 6);
}

static void undefined(void)
{
	begin();
	add(HV_EXIT_HYPERCALL); /* from ring 3, or not from 64-bit mode */
	add(HV_EXIT_VIRT_INSN);
	add(HV_EXIT_IO);
	add(HV_EXIT_UNKNOWN);
	add(HV_EXIT_RDPMC);
	add(HV_EXIT_PAUSE);
	add(200);
	run();
	finish();
	for (u32 i = 1; i <= 5; i++) {
		expect_exception(i, 6, false, 0);
		assert_int_equal(regs_at[i].rip, FAKE_ENTRY);
	}
	assert_int_equal(injected[6].type, HV_EVENT_NONE);
	expect_exception(7, 6, false, 0);
}

static void cpuid_leaves(struct domain_thread *t)
{
	static const u32 leaves[] = {0, 1, 0x40000000, 0x40000100, 0x80000001, 0x8000000a, 7};

	t->vcpu.regs.gpr[HV_RAX] = leaves[at];
	t->vcpu.regs.gpr[HV_RCX] = 0;
}

static void cpuid_of_domains(void)
{
	char signature[13] = {0};

	begin();
	for (u32 i = 0; i < 7; i++) {
		add(HV_EXIT_CPUID)->insn_len = i == 6 ? 4 : 0;
	}
	between = cpuid_leaves;
	run();
	finish();
	assert_int_equal(regs_at[1].gpr[HV_RBX], cpuid(0, 0).ebx);
	assert_true(regs_at[2].gpr[HV_RCX] & CPUID_1_ECX_HYPERVISOR);
	assert_true(regs_at[2].gpr[HV_RCX] & CPUID_1_ECX_OSXSAVE);
	assert_false(regs_at[2].gpr[HV_RCX] &
		     (CPUID_1_ECX_VIRT | CPUID_1_ECX_X2APIC | CPUID_1_ECX_MONITOR));
	assert_int_equal(regs_at[3].gpr[HV_RAX], 0);
	memcpy(signature, &regs_at[4].gpr[HV_RBX], 4);
	memcpy(signature + 4, &regs_at[4].gpr[HV_RCX], 4);
	memcpy(signature + 8, &regs_at[4].gpr[HV_RDX], 4);
	assert_string_equal(signature, "CorbelCorbel");
	assert_false(regs_at[5].gpr[HV_RCX] & CPUID_EXT1_ECX_VIRT);
	assert_int_equal(regs_at[6].gpr[HV_RAX] | regs_at[6].gpr[HV_RBX] | regs_at[6].gpr[HV_RDX],
			 0);
	assert_int_equal(regs_at[6].rip, FAKE_ENTRY + 12);
	assert_int_equal(regs_at[7].rip, FAKE_ENTRY + 16);
}

static const struct {
	u32 index;
	bool write, ok;
	u64 value;
} msr_script[] = {
	{MSR_LSTAR, true, true, 0xffff800000001234ULL},
	{MSR_LSTAR, false, true, 0xffff800000001234ULL},
	{MSR_LSTAR, true, false, 0x0000900000000000ULL},	/* not canonical */
	{MSR_STAR, true, true, 0x0023000800000000ULL},
	{MSR_EFER, false, true, EFER_LME | EFER_LMA | EFER_NXE | EFER_SCE},
	{MSR_EFER, true, true, EFER_LME | EFER_LMA | EFER_NXE},
	{MSR_EFER, true, false, EFER_LME | EFER_LMA},
	{MSR_TSC, true, false, 0},
	{MSR_TSC, false, false, 0},
	{MSR_APIC_BASE, false, false, 0},
	/* The contract takes these; a domain may not have them. */
	{MSR_SYSENTER_CS, true, false, 0x10}, {MSR_SYSENTER_CS, false, false, 0},
	{MSR_PAT, true, false, 0x606},	      {MSR_PAT, false, false, 0},
	{MSR_CSTAR, true, false, 0x1000},     {MSR_CSTAR, false, false, 0},
	{MSR_DEBUGCTL, true, false, 0},	      {MSR_DEBUGCTL, false, false, 0},
};

static void set_msr_regs(struct domain_thread *t)
{
	u64 value = msr_script[at].write ? msr_script[at].value : 0;

	/* the upper half does not count */
	t->vcpu.regs.gpr[HV_RAX] = (u32)value | 0xffffffff00000000ULL;
	t->vcpu.regs.gpr[HV_RDX] = value >> 32;
}

static void msrs(void)
{
	u64 rip = FAKE_ENTRY;

	begin();
	for (u32 i = 0; i < ARRAY_SIZE(msr_script); i++) {
		struct hv_exit *e = add(HV_EXIT_MSR);

		e->msr.index = msr_script[i].index;
		e->msr.write = msr_script[i].write;
	}
	between = set_msr_regs;
	run();
	finish();
	for (u32 i = 0; i < ARRAY_SIZE(msr_script); i++) {
		const struct hv_regs *r = &regs_at[i + 1];

		rip += msr_script[i].ok ? 2 : 0;
		assert_int_equal(r->rip, rip);
		if (!msr_script[i].ok) {
			expect_exception(i + 1, 13, true, 0);
		} else if (!msr_script[i].write) {
			assert_int_equal(r->gpr[HV_RAX] | r->gpr[HV_RDX] << 32,
					 msr_script[i].value);
		}
	}
}

static const struct {
	u64 value;
	u32 index;
	bool ok;
} xcr_script[] = {
	{7, 0, true},	  {3, 0, true},	   {1, 0, true},     {6, 0, false},	{5, 0, false},
	{0x27, 0, false}, {0xe7, 0, true}, {0xe3, 0, false}, {0x207, 0, false}, {7, 1, false},
	{7, 0, false}, /* from ring 3 */
};

static u64 xcr0_after[16];

static void set_xcr_regs(struct domain_thread *t)
{
	xcr0_after[at] = t->vcpu.guest_xcr0;
	t->vcpu.regs.gpr[HV_RCX] = xcr_script[at].index;
	t->vcpu.regs.gpr[HV_RAX] = xcr_script[at].value;
	t->vcpu.regs.gpr[HV_RDX] = 0;
	if (at == ARRAY_SIZE(xcr_script) - 1) {
		fake_hw(&t->vcpu)->sregs.seg[HV_SS].attr |= 0x60;
	}
}

static void xcr0(void)
{
	begin();
	for (u32 i = 0; i < ARRAY_SIZE(xcr_script); i++) {
		add(HV_EXIT_XCR);
	}
	between = set_xcr_regs;
	run();
	finish();
	for (u32 i = 0; i < ARRAY_SIZE(xcr_script); i++) {
		if (!xcr_script[i].ok) {
			expect_exception(i + 1, 13, true, 0);
		} else if (i + 1 < ARRAY_SIZE(xcr_script)) {
			assert_int_equal(xcr0_after[i + 1], xcr_script[i].value);
		}
	}
}

static void set_cr_regs(struct domain_thread *t)
{
	const struct hv_sregs *s = &fake_hw(&t->vcpu)->sregs;

	t->vcpu.regs.gpr[HV_RBX] = at == 0 ? s->cr0 : at == 1 ? s->cr4 : s->cr4 | CR4_SMEP;
}

static void control_registers(void)
{
	begin();
	for (u32 i = 0; i < 6; i++) {
		struct hv_exit *e = add(HV_EXIT_CR);

		e->cr.nr = i == 0 ? 0 : i == 3 ? 8 : 4;
		e->cr.write = i != 4;
		e->cr.decoded = i != 5;
		e->cr.gpr = HV_RBX;
		e->insn_len = 3;
	}
	between = set_cr_regs;
	run();
	finish();
	assert_int_equal(injected[1].type, HV_EVENT_NONE);
	assert_int_equal(injected[2].type, HV_EVENT_NONE);
	assert_int_equal(regs_at[2].rip, FAKE_ENTRY + 6);
	expect_exception(3, 13, true, 0);
	expect_exception(4, 6, false, 0);
	expect_exception(5, 6, false, 0);
	expect_exception(6, 6, false, 0);
}

static u64 cr2_seen[8];

static void note_cr2(struct domain_thread *t)
{
	struct hv_sregs *s = &fake_hw(&t->vcpu)->sregs;

	cr2_seen[at] = s->cr2;
	s->seg[HV_SS].attr = (s->seg[HV_SS].attr & ~0x60u) | (at == 2 ? 0x60u : 0);
}

static void page_faults(void)
{
	struct hv_exit *e;

	begin();
	e = add(HV_EXIT_S2_FAULT); /* explained: the stack's page is given */
	e->s2.gpa = GPA(CORBEL_RUNTIME_STACK_TOP - 8);
	e->s2.access = S2_W;
	e = add(HV_EXIT_S2_FAULT); /* nothing there, read from ring 0 */
	e->s2.gpa = GPA(0x123456);
	e->s2.access = S2_R;
	e = add(HV_EXIT_S2_FAULT); /* the text's page, written from ring 3 */
	e->s2.gpa = GPA(CORBEL_RUNTIME_BASE + 8);
	e->s2.access = S2_W;
	e->s2.gva_valid = true;
	e->s2.gva = GVA(0x777);
	e = add(HV_EXIT_S2_FAULT); /* fetch */
	e->s2.gpa = GPA(CORBEL_RUNTIME_STACK_TOP - 16);
	e->s2.access = S2_X;
	add(HV_EXIT_INTR);
	between = note_cr2;
	run();
	finish();
	assert_int_equal(injected[1].type, HV_EVENT_NONE);
	expect_exception(2, 14, true, 0);
	assert_int_equal(cr2_seen[2], 0x123456);
	expect_exception(3, 14, true, 4 | 2 | 1); /* mapped, though it has no page yet */
	assert_int_equal(cr2_seen[3], 0x777);
	expect_exception(4, 14, true, 1 | 16);
}

static void broken_tables(void)
{
	struct hv_exit *e;

	begin();
	e = add(HV_EXIT_S2_FAULT);
	e->s2.gpa = GPA(0x123456);
	e->s2.access = S2_W;
	e->s2.walk = true;
	run();
	crashed_with(SIGSEGV, "page tables of the runtime");
}

static void allow_interrupts(struct domain_thread *t)
{
	t->vcpu.regs.rflags |= RFLAGS_IF;
}

static void interrupted_exception(void)
{
	struct hv_exit *e;

	begin();
	e = add(HV_EXIT_INTR); /* an exit during delivery: delivered again */
	e->reinject = (struct hv_event){
		.type = HV_EVENT_EXCEPTION, .vector = 14, .has_error = true, .error = 7};
	add(HV_EXIT_INTR);
	run();
	finish();
	expect_exception(1, 14, true, 7);
	assert_int_equal(injected[2].type, HV_EVENT_NONE);

	begin();
	e = add(HV_EXIT_S2_FAULT); /* the handler's stack is nowhere */
	e->s2.gpa = GPA(0x123456);
	e->s2.access = S2_W;
	e->reinject = (struct hv_event){
		.type = HV_EVENT_EXCEPTION, .vector = 14, .has_error = true, .error = 7};
	run();
	crashed_with(SIGSEGV, "exception while the runtime took an exception");

	begin();
	e = add(HV_EXIT_S2_FAULT); /* the same for a kick: it comes behind the page fault */
	e->s2.gpa = GPA(0x123456);
	e->s2.access = S2_W;
	e->reinject = (struct hv_event){.type = HV_EVENT_EXTINT, .vector = CORBEL_KICK_VECTOR};
	add(HV_EXIT_INTR);
	between = allow_interrupts;
	run();
	finish();
	expect_exception(1, 14, true, 2);
	assert_int_equal(injected[2].type, HV_EVENT_EXTINT);
}

static void crash_kinds(void)
{
	begin();
	add(HV_EXIT_SHUTDOWN);
	run();
	crashed_with(SIGSEGV, "triple fault");
	begin();
	add(HV_EXIT_FAIL_ENTRY);
	run();
	crashed_with(SIGKILL, "refused the state");
	begin();
	add(HV_EXIT_S2_MISCONFIG);
	run();
	crashed_with(SIGKILL, "stage-2 tables");
	begin();
	add(HV_EXIT_EXCEPTION)->exception.vector = 18;
	run();
	crashed_with(SIGSEGV, "unexpected exception");
}

static void make_frames(struct domain_thread *t)
{
	u64 at_addr = CORBEL_RUNTIME_STACK_TOP - 64, second[2] = {0, 0xbbb},
	    first[2] = {at_addr + 32, 0xaaa};

	irq_enable();
	assert_int_equal(copy_to_domain(&t->domain->as, DVA(at_addr), first, 16), 0);
	assert_int_equal(copy_to_domain(&t->domain->as, DVA(at_addr + 32), second, 16), 0);
	irq_disable();
	t->vcpu.regs.gpr[HV_RBP] = at_addr;
}

static void crash_report(void)
{
	begin();
	add(HV_EXIT_SHUTDOWN);
	between = make_frames;
	run();
	assert_non_null(strstr(fake_log_text,
			       "called from 0000000000000aaa\n  called from 0000000000000bbb\n"));
	crashed_with(SIGSEGV, "(prog), thread ");
}

static void debug_and_alignment(void)
{
	struct hv_exit *e;

	begin();
	e = add(HV_EXIT_EXCEPTION);
	e->exception.vector = 1;
	e->exception.info = 0x4000;
	e = add(HV_EXIT_EXCEPTION);
	e->exception.vector = 17;
	e->exception.has_error = true;
	run();
	finish();
	expect_exception(1, 1, false, 0);
	expect_exception(2, 17, true, 0);
}

static void kick_me(struct domain_thread *t)
{
	if (at == 0) {
		thread_kick(&t->thread);
		thread_kick(&t->thread); /* one pending bit */
	}
	if (at == 2) {
		t->vcpu.regs.rflags |= RFLAGS_IF;
		fake_hw(&t->vcpu)->intr.sti_shadow = true;
	}
	if (at == 3) {
		fake_hw(&t->vcpu)->intr.sti_shadow = false;
	}
}

static void kicks_become_interrupts(void)
{
	begin();
	for (u32 i = 0; i < 6; i++) {
		add(i == 3 ? HV_EXIT_WINDOW : HV_EXIT_INTR);
	}
	between = kick_me;
	run();
	finish();
	/* IF=0: a window is asked for; with IF but in a shadow too; then the interrupt, once. */
	assert_true(window[1] && window[2] && window[3]);
	assert_int_equal(injected[1].type | injected[2].type | injected[3].type, HV_EVENT_NONE);
	assert_int_equal(injected[4].type, HV_EVENT_EXTINT);
	assert_int_equal(injected[4].vector, CORBEL_KICK_VECTOR);
	assert_false(window[4]);
	assert_int_equal(injected[5].type, HV_EVENT_NONE);
}

static struct thread *halted;

static void note_thread(struct domain_thread *t)
{
	if (at == 0) {
		t->vcpu.regs.rflags |= RFLAGS_IF;
		fake_hw(&t->vcpu)->intr.sti_shadow = true;
		WRITE_ONCE(halted, &t->thread);
	}
}

static void halt_waits_for_a_kick(void)
{
	begin();
	halted = NULL;
	add(HV_EXIT_HLT);
	add(HV_EXIT_INTR);
	between = note_thread;
	assert_int_equal(domain_boot_start("prog", "", &end), 0);
	while (!READ_ONCE(halted)) {
		fake_pause();
		sched_yield();
	}
	for (u32 i = 0; i < 200; i++) {
		fake_pause();
		sched_yield();
	}
	assert_int_equal(READ_ONCE(at), 1); /* it sleeps */
	thread_kick(halted);
	while (!READ_ONCE(end->gone)) {
		fake_pause();
		sched_yield();
	}
	finish();
	assert_int_equal(injected[1].type, HV_EVENT_EXTINT);
	assert_int_equal(regs_at[1].rip, FAKE_ENTRY + 1);
}

/* The quota ends a domain that touches more than it has. */
static void greedy(struct domain_thread *t)
{
	t->domain->as.quota.limit = t->domain->as.quota.used;
}

static void out_of_memory(void)
{
	struct hv_exit *e;

	begin();
	e = add(HV_EXIT_S2_FAULT);
	e->s2.gpa = GPA(CORBEL_RUNTIME_STACK_TOP - 0x8000);
	e->s2.access = S2_W;
	between = greedy;
	run();
	crashed_with(SIGKILL, "out of memory");
}

BODY(hypercalls)
BODY(undefined)
BODY(cpuid_of_domains)
BODY(msrs)
BODY(xcr0)
BODY(control_registers)
BODY(page_faults)
BODY(broken_tables)
BODY(interrupted_exception)
BODY(crash_kinds)
BODY(crash_report)
BODY(debug_and_alignment)
BODY(kicks_become_interrupts)
BODY(halt_waits_for_a_kick)
BODY(out_of_memory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		R(hypercalls), R(undefined), R(cpuid_of_domains), R(msrs),
		R(xcr0), R(control_registers), R(page_faults), R(broken_tables),
		R(interrupted_exception), R(crash_kinds), R(crash_report),
		R(debug_and_alignment), R(kicks_become_interrupts), R(halt_waits_for_a_kick),
		R(out_of_memory),
	};

	fake_domain_boot(2);
	fake_runtime_register();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
