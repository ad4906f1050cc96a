/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FPU state by XSAVE, or FXSAVE on CPUs without it. The area is in the standard format (SDM
 * volume 1, "Managing State Using the XSAVE Feature Set"), so it is also the image that
 * KVM_GET_XSAVE shows.
 */
#include "arch/x86/fpu.h"

#include "arch/x86/asm/cpuid.h"
#include "arch/x86/asm/cr.h"
#include "core/string.h"
#include "mm/frame.h"
#include "mm/layout.h"

#define XCR0_X87 BIT(0)
#define XCR0_SSE BIT(1)
#define XCR0_AVX BIT(2)
#define XCR0_AVX512 (BIT(5) | BIT(6) | BIT(7))
#define XCR0_PKRU BIT(9)
#define FXSAVE_SIZE 512u
#define XSAVE_HEADER 64u

static u64 host_xcr0;
static u32 area_size = FXSAVE_SIZE + XSAVE_HEADER;

struct fpu_state {
	u8 area[1];	/* area_size bytes, 64-byte aligned because a page or its half is */
};

void fpu_cpu_init(void)
{
	u64 cr4 = read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT;

	write_cr0((read_cr0() | CR0_MP | CR0_NE) & ~(CR0_EM | CR0_TS));
	if (!(cpuid(1, 0).ecx & CPUID_1_ECX_XSAVE)) {
		write_cr4(cr4);
		return;
	}
	write_cr4(cr4 | CR4_OSXSAVE);
	if (!host_xcr0) {
		u64 offered = cpuid(0xd, 0).eax;

		host_xcr0 = offered & (XCR0_X87 | XCR0_SSE | XCR0_AVX | XCR0_PKRU);
		if ((offered & XCR0_AVX512) == XCR0_AVX512) {
			host_xcr0 |= XCR0_AVX512;
		}
	}
	xsetbv0(host_xcr0);
	area_size = cpuid(0xd, 0).ebx;
}

u64 fpu_host_xcr0(void)
{
	return host_xcr0;
}

u32 fpu_size(void)
{
	return area_size;
}

/* Whole pages: aligned, and a VMM may be given 4 KiB of it. */
struct fpu_state *fpu_alloc(void)
{
	struct frame *f = frame_alloc(area_size > PAGE_SIZE ? 1 : 0, FRAME_HYP, FRAME_ZERO);
	struct fpu_state *s;

	if (!f) {
		return NULL;
	}
	s = frame_ptr(f);
	fpu_reset(s);
	return s;
}

void fpu_free(struct fpu_state *f)
{
	if (f) {
		frame_put(frame_of(HPA((u64)(uintptr_t)f - DIRECT_BASE)));
	}
}

void fpu_reset(struct fpu_state *f)
{
	u16 fcw = 0x37f;
	u32 mxcsr = 0x1f80;

	memset(f->area, 0, area_size);
	memcpy(f->area, &fcw, sizeof(fcw));
	memcpy(f->area + 24, &mxcsr, sizeof(mxcsr));
}

void fpu_save(struct fpu_state *f)
{
	if (likely(host_xcr0)) {
		__asm__ volatile("xsave64 (%0)" ::"r"(f->area), "a"((u32)host_xcr0),
				 "d"((u32)(host_xcr0 >> 32))
				 : "memory");
	} else {
		__asm__ volatile("fxsave64 (%0)" :: "r"(f->area) : "memory");
	}
}

void fpu_restore(const struct fpu_state *f)
{
	if (likely(host_xcr0)) {
		__asm__ volatile("xrstor64 (%0)" ::"r"(f->area), "a"((u32)host_xcr0),
				 "d"((u32)(host_xcr0 >> 32))
				 : "memory");
	} else {
		__asm__ volatile("fxrstor64 (%0)" :: "r"(f->area) : "memory");
	}
}

void fpu_swap(struct fpu_state *out, const struct fpu_state *in)
{
	if (likely(out)) {
		fpu_save(out);
	}
	if (likely(in)) {
		fpu_restore(in);
	}
}

void *fpu_area(struct fpu_state *f)
{
	return f->area;
}
