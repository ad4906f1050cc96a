/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words everything else is written in: fixed-width integers, the kinds of address, the error
 * numbers, and the few macros that C lacks. Row 0 of the layers: it is included by all.
 */
#pragma once

#include "core/errno.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

/*
 * Addresses are one-member structs, so that the compiler refuses to mix them: guest-physical (also
 * what a domain calls physical), host-physical, guest-linear, host-virtual, and an address as a
 * domain names it in a hypercall (domain-physical = virtual).
 */
typedef struct { u64 v; } gpa_t;
typedef struct { u64 v; } hpa_t;
typedef struct { u64 v; } gva_t;
typedef struct { u64 v; } hva_t;
typedef struct { u64 v; } dva_t;

#define GPA(x) ((gpa_t){ (x) })
#define HPA(x) ((hpa_t){ (x) })
#define GVA(x) ((gva_t){ (x) })
#define DVA(x) ((dva_t){ (x) })

#define PAGE_SHIFT 12
#define PAGE_SIZE 4096ULL
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define HUGE_SHIFT 21
#define HUGE_SIZE (1ULL << HUGE_SHIFT)

#define BIT(n) (1ULL << (n))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define ALIGN_UP(x, a) (((x) + ((a) - 1)) & ~((a) - 1))
#define ALIGN_DOWN(x, a) ((x) & ~((a) - 1))
#define IS_ALIGNED(x, a) (((x) & ((a) - 1)) == 0)
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define container_of(p, type, member) ((type *)((char *)(p) - offsetof(type, member)))

#define __must_check __attribute__((warn_unused_result))
#define __noreturn __attribute__((noreturn))
#define __packed __attribute__((packed))
#define __aligned(n) __attribute__((aligned(n)))
#define __printf(f, a) __attribute__((format(printf, f, a)))
#define __unused __attribute__((unused))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define static_assert _Static_assert
#define ASSERT_SIZE(type, size) _Static_assert(sizeof(type) == (size), "size of " #type)
#define ASSERT_OFFSET(type, member, off) \
	_Static_assert(offsetof(type, member) == (off), "offset of " #type "." #member)

/* One access, not torn and not repeated, to memory that others write. */
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, val) __atomic_store_n(&(x), (val), __ATOMIC_RELAXED)
#define smp_mb() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_load_acquire(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define smp_store_release(p, val) __atomic_store_n((p), (val), __ATOMIC_RELEASE)
