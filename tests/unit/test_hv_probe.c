/* SPDX-License-Identifier: BSD-2-Clause */
/* LINK: arch/x86/hv/vmx/vmx_cpu.c arch/x86/hv/svm/svm_cpu.c tests/fake/fake_cpuid.c */
/* LINK: tests/fake/fake.c tests/fake/fake_panic.c */
/*
 * What a machine is told that cannot run Corbel: locks that no emulator sets, features that
 * only old CPUs lack. Each missing thing alone gives its own line, naming the bit and what to
 * do.
 */
#include <string.h>

#include "arch/x86/asm/cpuid.h"
#include "arch/x86/asm/msr.h"
#include "arch/x86/asm/vmx.h"
#include "arch/x86/hv/svm/svm_vcpu.h"
#include "arch/x86/hv/vmx/vmx_vcpu.h"
#include "core/errno.h"
#include "fake.h"
#include "fake_cpuid.h"
#include "mm/frame.h"
#include "mm/layout.h"
#include "unit.h"

static bool has_vm_cr = true;

/* Turning on is not under test here. */
struct frame *frame_alloc(u32 order __unused, enum frame_owner owner __unused, u32 flags __unused)
{
	return NULL;
}

void frame_put(struct frame *f __unused)
{
}

void *frame_ptr(const struct frame *f __unused)
{
	return NULL;
}

hpa_t frame_hpa(const struct frame *f __unused)
{
	return HPA(0);
}

struct frame *frame_of(hpa_t hpa __unused)
{
	return NULL;
}

hpa_t ptr_to_hpa(const void *p)
{
	return HPA((u64)(uintptr_t)p);
}

void hv_tags_init(struct hv_tags *t __unused, u32 last __unused)
{
}

void hv_live_set(const u32 *index __unused, u32 count __unused)
{
}

int rdmsr_safe(u32 index, u64 *value)
{
	*value = rdmsr(index);
	return has_vm_cr ? 0 : -EIO;
}

int wrmsr_safe(u32 index, u64 value)
{
	wrmsr(index, value);
	return 0;
}

/* A CPU that has everything: all controls may be 1, none must be. */
static int modern(void **state)
{
	static const u32 all[] = {MSR_VMX_PINBASED_CTLS, MSR_VMX_PROCBASED_CTLS, MSR_VMX_EXIT_CTLS,
				  MSR_VMX_ENTRY_CTLS, MSR_VMX_PROCBASED_CTLS2};

	(void)state;
	memset(fake_msrs, 0, sizeof(fake_msrs));
	for (u32 i = 0; i < ARRAY_SIZE(all); i++) {
		wrmsr(all[i], 0xffffffff00000000);
	}
	wrmsr(MSR_VMX_EPT_VPID_CAP, ~0ULL);
	wrmsr(MSR_VMX_CR0_FIXED1, ~0ULL);
	wrmsr(MSR_VMX_CR4_FIXED1, ~0ULL);
	wrmsr(MSR_FEATURE_CONTROL, 5);
	has_vm_cr = true;
	fake_cpuid_default();
	fake_cpuid_set(0x80000000, 0, 0x8000000a, 0, 0, 0);
	fake_cpuid_set(0x8000000a, 0, 1, 16, 0, (u32)CPUID_EXTA_EDX_NPT);
	return 0;
}

static const char *probe(int (*fn)(struct hv_features *, const char **))
{
	struct hv_features f;
	const char *why = "not set";
	int err = fn(&f, &why);

	assert_int_equal(err, why ? -ENODEV : 0);
	return why;
}

static void assert_says(const char *text, const char *a, const char *b)
{
	assert_non_null(text);
	assert_non_null(strstr(text, a));
	assert_non_null(strstr(text, b));
}

static void vmx_modern(void **state)
{
	(void)state;
	assert_null(probe(vmx_probe));
	wrmsr(MSR_FEATURE_CONTROL, 0);	/* unlocked: Corbel locks it itself */
	assert_null(probe(vmx_probe));
}

static void vmx_locked_off(void **state)
{
	(void)state;
	wrmsr(MSR_FEATURE_CONTROL, 1);
	assert_says(probe(vmx_probe), "IA32_FEATURE_CONTROL", "firmware setup");
	wrmsr(MSR_FEATURE_CONTROL, 3);	/* inside SMX only */
	assert_says(probe(vmx_probe), "IA32_FEATURE_CONTROL", "firmware setup");
}

static void without(u32 msr, u64 bit)
{
	wrmsr(msr, rdmsr(msr) & ~(bit << 32));
}

static void vmx_old_cpus(void **state)
{
	(void)state;
	without(MSR_VMX_PROCBASED_CTLS2, VMX_PROC2_UNRESTRICTED);
	assert_says(probe(vmx_probe), "unrestricted guest", "48BH");
	without(MSR_VMX_PROCBASED_CTLS2, VMX_PROC2_EPT);
	assert_says(probe(vmx_probe), "no EPT", "48BH");
	modern(NULL);
	without(MSR_VMX_PROCBASED_CTLS, VMX_PROC_SECONDARY);
	assert_says(probe(vmx_probe), "no EPT", "48BH");
	modern(NULL);
	wrmsr(MSR_VMX_EPT_VPID_CAP, ~(u64)VMX_EPT_INVEPT);
	assert_says(probe(vmx_probe), "INVEPT", "48CH");
	modern(NULL);
	without(MSR_VMX_PINBASED_CTLS, VMX_PIN_VIRTUAL_NMI);
	assert_says(probe(vmx_probe), "virtual NMIs", "481H");
	modern(NULL);
	without(MSR_VMX_PROCBASED_CTLS, VMX_PROC_MSR_BITMAP);
	assert_says(probe(vmx_probe), "MSR bitmaps", "482H");
	modern(NULL);
	without(MSR_VMX_ENTRY_CTLS, VMX_ENTRY_LOAD_EFER);
	assert_says(probe(vmx_probe), "EFER", "484H");
}

static void vmx_without_extras(void **state)
{
	(void)state;
	without(MSR_VMX_PROCBASED_CTLS2, VMX_PROC2_VPID);
	without(MSR_VMX_PINBASED_CTLS, VMX_PIN_PREEMPTION_TIMER);
	assert_null(probe(vmx_probe));
	assert_false(vmx_machine.has_vpid);
	assert_false(vmx_machine.has_timer);
}

static void svm_modern(void **state)
{
	(void)state;
	assert_null(probe(svm_probe));
	has_vm_cr = false;
	wrmsr(MSR_VM_CR, VM_CR_SVMDIS);	/* reads fault: nothing is locked */
	assert_null(probe(svm_probe));
}

static void svm_locked_off(void **state)
{
	(void)state;
	wrmsr(MSR_VM_CR, VM_CR_SVMDIS);
	assert_says(probe(svm_probe), "VM_CR.SVMDIS", "firmware setup");
}

static void svm_old_cpus(void **state)
{
	(void)state;
	fake_cpuid_set(0x8000000a, 0, 1, 16, 0, 0);
	assert_says(probe(svm_probe), "nested paging", "8000000AH");
	fake_cpuid_set(0x8000000a, 0, 1, 1, 0, (u32)CPUID_EXTA_EDX_NPT);
	assert_says(probe(svm_probe), "no ASID", "8000000AH");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(vmx_modern, modern),
		cmocka_unit_test_setup(vmx_locked_off, modern),
		cmocka_unit_test_setup(vmx_old_cpus, modern),
		cmocka_unit_test_setup(vmx_without_extras, modern),
		cmocka_unit_test_setup(svm_modern, modern),
		cmocka_unit_test_setup(svm_locked_off, modern),
		cmocka_unit_test_setup(svm_old_cpus, modern),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
