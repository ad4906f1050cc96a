# SPDX-License-Identifier: BSD-2-Clause
#
# Corbel's build. Sources are found, not listed: a new .c or .S file in the right folder is built.
# `make help` lists the targets; `make B=DIR` builds into another folder than build/.

VERSION  := 0.1.0
B        ?= build
EMU      ?= build/emulators
PLATFORM ?= qemu
READY    := build/setup-done
CC       := gcc
PY       := /usr/bin/python3
SOURCE_DATE_EPOCH := 1767225600
export B EMU SOURCE_DATE_EPOCH

.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

WARN := -Wall -Wextra -Wshadow -Wmissing-prototypes -Wundef -Wcast-qual -Wvla -Werror
find  = $(sort $(if $(wildcard $(1)),$(shell find $(wildcard $(1)) $(2) 2>/dev/null)))
write = @mkdir -p $(@D)
Q     := $(if $(V),,@)
say    = @echo '  $(1) $@'

# ---- the hypervisor ------------------------------------------------------------------------------
HV_DIRS := boot arch core mm drivers vmm api
HV_SRC  := $(filter-out %/offsets.c,$(call find,$(HV_DIRS),-name '*.[cS]'))
HV_OBJ  := $(HV_SRC:%=$B/obj/%.o)
GEN     := $B/gen/version.h $B/gen/offsets.h

FREESTANDING := -std=gnu11 -ffreestanding -mno-red-zone -mgeneral-regs-only -fno-stack-protector \
	-fno-strict-aliasing -O2 -g -fno-omit-frame-pointer -fno-asynchronous-unwind-tables \
	-fcf-protection=none -fno-common -Wframe-larger-than=1024 $(WARN)
HV_CFLAGS := $(FREESTANDING) -mcmodel=kernel -fno-pic -I. -I$B/gen -MMD -MP
HV_LINK   := $(CC) -nostdlib -static -no-pie -Wl,-T,linker.ld -Wl,-z,max-page-size=4096 \
	-Wl,-z,noexecstack -Wl,--no-warn-rwx-segments -Wl,--build-id=none \
	-Wl,--fatal-warnings

.PHONY: all
all: hypervisor runtime programs
.PHONY: hypervisor runtime programs
HV_OUT := $(if $(wildcard boot/*.S),$B/corbel.elf)
hypervisor: $(HV_OUT)

$B/obj/%.c.o: %.c | $(GEN)
	$(write)
	$(call say,CC  )
	$(Q)$(CC) $(HV_CFLAGS) -c $< -o $@

$B/obj/%.S.o: %.S | $(GEN)
	$(write)
	$(call say,CC  )
	$(Q)$(CC) $(HV_CFLAGS) -D__ASSEMBLY__ -c $< -o $@

$B/gen/version.h: Makefile | $(READY)
	$(write)
	$(Q)echo '#define CORBEL_VERSION "$(VERSION)"' >$@

# Structure offsets for assembly: lines `->NAME value` in the compiler's output.
OFFSETS_C := $(wildcard arch/x86/hv/offsets.c)
$B/gen/offsets.h: $(OFFSETS_C) scripts/make-offsets $B/gen/version.h
	$(write)
	$(Q)$(if $(OFFSETS_C),$(CC) $(HV_CFLAGS) -MF $@.d -MT $@ -S $(OFFSETS_C) -o $@.s)
	$(Q)scripts/make-offsets $(if $(OFFSETS_C),$@.s,/dev/null) >$@

# The contract's own test on the real machine: the hypervisor with another main thread.
SMOKE_OBJ := $(filter-out %/core/main.c.o,$(HV_OBJ)) $(patsubst %,$B/obj/%.o,$(wildcard tests/smoke/*.c))
$B/corbel.1.elf $B/corbel.elf: OBJECTS = $(HV_OBJ)
$B/smoke.1.elf $B/smoke.elf: OBJECTS = $(SMOKE_OBJ)
$B/corbel.1.elf: $(HV_OBJ)
$B/smoke.1.elf: $(SMOKE_OBJ)

# Two links: the first, with an empty symbol table, gives the addresses for the second.
$B/corbel.1.elf $B/smoke.1.elf: $B/%.1.elf: linker.ld scripts/make-symtab
	$(write)
	$(Q)scripts/make-symtab </dev/null >$B/gen/$*0.S
	$(Q)$(CC) -c $B/gen/$*0.S -o $B/obj/$*0.o
	$(call say,LINK)
	$(Q)$(HV_LINK) -o $@ $(OBJECTS) $B/obj/$*0.o

$B/corbel.elf $B/smoke.elf: $B/%.elf: $B/%.1.elf
	$(Q)nm -n $< | scripts/make-symtab >$B/gen/$*1.S
	$(Q)$(CC) -c $B/gen/$*1.S -o $B/obj/$*1.o
	$(call say,LINK)
	$(Q)$(HV_LINK) -o $@.tmp $(OBJECTS) $B/obj/$*1.o -Wl,-Map,$B/$*.map
	$(Q)scripts/same-text $< $@.tmp
	$(Q)mv $@.tmp $@

# ---- the runtime of every domain -----------------------------------------------------------------
# Small-model PIC code: addresses are RIP-relative, so it may be linked anywhere without relocation.
RUNTIME_CFLAGS ?= -fpie -fvisibility=hidden
RT_SRC := $(call find,control/runtime,-name '*.[cS]')
RT_OBJ := $(RT_SRC:%=$B/rt/%.o)
RT_OUT := $(if $(RT_SRC),$B/runtime.elf)
runtime: $(RT_OUT)

$B/rt/%.c.o: %.c | $(GEN)
	$(write)
	$(call say,CC  )
	$(Q)$(CC) $(FREESTANDING) $(RUNTIME_CFLAGS) -I. -I$B/gen -MMD -MP -c $< -o $@

$B/rt/%.S.o: %.S | $(GEN)
	$(write)
	$(call say,CC  )
	$(Q)$(CC) $(FREESTANDING) $(RUNTIME_CFLAGS) -D__ASSEMBLY__ -I. -I$B/gen -MMD -MP -c $< -o $@

$B/runtime.elf: $(RT_OBJ) control/runtime/runtime.ld
	$(call say,LINK)
	$(Q)$(CC) -nostdlib -static -no-pie -Wl,-T,control/runtime/runtime.ld -Wl,-z,max-page-size=4096 \
		-Wl,-z,noexecstack -Wl,--no-warn-rwx-segments -Wl,--build-id=none -o $@ $(RT_OBJ)

# ---- static Linux programs: the same files run on Linux and on Corbel ------------------------------
HOST_CFLAGS := -std=gnu11 -O2 -g -pthread $(WARN) -I. -I$B/gen -MMD -MP
HOST_LINK   := $(CC) -static -pthread

CORBEL_SRC   := $(call find,control/vmm control/cli,-name '*.[cS]')
SELFTEST_SRC := $(call find,tests/selftest tests/guests,-name '*.[cS]')
BENCH_SRC    := $(call find,tests/bench,-name '*.[cS]')
ABI_SRC      := $(call find,tests/abi,-name '*.[cS]')
STATE_SRC    := $(call find,tests/state,-name '*.[cS]') tests/guests/kit.S \
	$(patsubst %,tests/selftest/%.c,guest cpuid run)
SAMPLES      := $(patsubst control/samples/%.c,$B/samples/%,$(sort $(wildcard control/samples/*.c)))
PROGRAMS     := $(patsubst tests/programs/%.c,$B/programs/%,$(sort $(wildcard tests/programs/*.c)))
# Some of the programs once more with the other libc.
MUSL         := $(foreach p,cancel epoll heap pipes spawn spawn_pipes spawn_wait threads,$(if $(wildcard tests/programs/$p.c),$B/programs/$p-musl))
HOST_OBJ      = $(patsubst %,$B/host/%.o,$(1))

PROGRAM_OUT := $(if $(CORBEL_SRC),$B/corbel) $(if $(SELFTEST_SRC),$B/selftest) \
	$(if $(BENCH_SRC),$B/bench) $(if $(ABI_SRC),$B/abi) $B/state $(SAMPLES) $(PROGRAMS) \
	$(MUSL)
programs: $(PROGRAM_OUT)

$B/host/%.c.o: %.c | $(GEN)
	$(write)
	$(call say,CC  )
	$(Q)$(CC) $(HOST_CFLAGS) -c $< -o $@

$B/host/%.S.o: %.S | $(GEN)
	$(write)
	$(call say,CC  )
	$(Q)$(CC) $(HOST_CFLAGS) -c $< -o $@

$B/corbel: $(call HOST_OBJ,$(CORBEL_SRC))
$B/selftest: $(call HOST_OBJ,$(SELFTEST_SRC))
$B/bench: $(call HOST_OBJ,$(BENCH_SRC))
$B/abi: $(call HOST_OBJ,$(ABI_SRC))
$B/state: $(call HOST_OBJ,$(STATE_SRC))
$B/corbel $B/selftest $B/bench $B/abi $B/state:
	$(call say,LINK)
	$(Q)$(HOST_LINK) -o $@ $^

$B/samples/%: $B/host/control/samples/%.c.o
	$(write)
	$(call say,LINK)
	$(Q)$(HOST_LINK) -o $@ $^

$B/programs/%: $B/host/tests/programs/%.c.o
	$(write)
	$(call say,LINK)
	$(Q)$(HOST_LINK) -o $@ $^

$B/programs/%-musl: tests/programs/%.c tests/programs/show.h | $(READY)
	$(write)
	$(call say,MUSL)
	$(Q)musl-gcc -std=gnu11 -O2 -g -static -pthread $(WARN) -I. $< -o $@

# ---- the boot image ------------------------------------------------------------------------------
.PHONY: setup guest iso run selftest bench
setup:
	scripts/setup
	@touch $(READY)
	$(MAKE) guest

# A bare machine is made ready by the first build, too.
$(READY): scripts/setup
	scripts/setup
	@mkdir -p $(@D)
	@touch $@

G := build/guest
KERNELS := $G/vmlinuz $G/cloud/vmlinuz
guest: $(KERNELS) $G/busybox.gz
$(KERNELS) $G/busybox.gz: | $(READY)

$(KERNELS) &:
	$(PY) scripts/fetch-kernel

$G/busybox.gz: scripts/make-initramfs tests/oracle/cpio.py tests/oracle/guest_kernel.py | $(KERNELS)
	$(PY) scripts/make-initramfs $@

iso: $B/corbel.iso
$B/corbel.iso: $(HV_OUT) $B/smoke.elf $(RT_OUT) $(PROGRAM_OUT) $(KERNELS) $G/busybox.gz $(wildcard iso/*) tests/guests/bad-kernels
	$(call say,ISO )
	$(Q)iso/make-iso $B $@

# PLATFORM=qemu|bochs-vmx|bochs-svm, CPUS=, MEM= (MiB)
RUN = $(PY) scripts/run-platform --iso $B/corbel.iso --platform $(PLATFORM) \
	$(if $(CPUS),--cpus $(CPUS)) $(if $(MEM),--mem $(MEM))
run: iso
	$(RUN) --entry run

selftest: iso
	$(RUN) --entry selftest

bench: iso
	$(PY) tests/bench/run.py --iso $B/corbel.iso

# ---- unit tests on the host -------------------------------------------------------------------------
# tests/unit/test_NAME.c is one program; a comment line `LINK: core/foo.c tests/fake/bar.c` near its top
# names what it is linked with. tests/fake comes first in the include path, to shadow leaf headers.
COVER_DIRS  := core mm api vmm
COVER_MIN   ?= 80
UNIT_CFLAGS := -std=gnu11 -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all -pthread $(filter-out -Wmissing-prototypes,$(WARN)) \
	-Itests/fake -I. -I$B/gen -MMD -MP
UNIT_TESTS  := $(sort $(wildcard tests/unit/test_*.c))
UNIT_OUT    := $(UNIT_TESTS:tests/unit/%.c=$B/unit/%)
unit_link    = $(shell sed -n 's/.*LINK: *//p' $(1) | sed 's,\*/,,')
unit_objs    = $(patsubst %,$B/unit/obj/%.o,$(1) $(call unit_link,$(1)))
# Everything that counts is compiled for the host, so that what no test links counts as not covered.
UNIT_NOT    := $(shell sed -n 's/^\([^\# ]*\.c\).*/\1/p' tests/unit/not-counted 2>/dev/null)
UNIT_COUNT  := $(filter-out $(UNIT_NOT),$(call find,$(COVER_DIRS),-name '*.c'))

define unit_rule
$B/unit/$(notdir $(1:.c=)): $(call unit_objs,$(1))
	@echo '  LINK $$@'
	$$(Q)$(CC) -fsanitize=address,undefined --coverage -pthread -o $$@ $$(sort $$^) -lcmocka
endef
$(foreach t,$(UNIT_TESTS),$(eval $(call unit_rule,$t)))

$B/unit/obj/tests/%.c.o: tests/%.c | $(GEN)
	$(write)
	$(call say,CC  )
	$(Q)$(CC) $(UNIT_CFLAGS) -c $< -o $@

$B/unit/obj/%.c.o: %.c | $(GEN)
	$(write)
	$(call say,CC  )
	$(Q)$(CC) $(UNIT_CFLAGS) --coverage -c $< -o $@

# tests/unit/storm_NAME.c are programs like those, of real host threads: without sanitizers and counts
# of coverage, which would order what they race for.
STORM_CFLAGS := -std=gnu11 -g -O2 -pthread $(filter-out -Wmissing-prototypes,$(WARN)) \
	-Itests/fake -I. -I$B/gen -MMD -MP
STORMS      := $(sort $(wildcard tests/unit/storm_*.c))
STORM_OUT   := $(STORMS:tests/unit/%.c=$B/storm/%)
define storm_rule
$B/storm/$(notdir $(1:.c=)): $(patsubst %,$B/storm/obj/%.o,$(1) $(call unit_link,$(1)))
	@echo '  LINK $$@'
	$$(Q)$(CC) -pthread -o $$@ $$(sort $$^) -lcmocka
endef
$(foreach t,$(STORMS),$(eval $(call storm_rule,$t)))

$B/storm/obj/%.c.o: %.c | $(GEN)
	$(write)
	$(call say,CC  )
	$(Q)$(CC) $(STORM_CFLAGS) -c $< -o $@

# Everything that the KVM header defines, to be compared with the system's.
$B/gen/kvm_abi_rows.h: api/abi/kvm.h tests/fake/make-abi-list
	$(write)
	$(Q)tests/fake/make-abi-list $< >$@
$B/unit/obj/tests/fake/kvm_abi_ours.c.o $B/unit/obj/tests/fake/kvm_abi_linux.c.o: $B/gen/kvm_abi_rows.h

.PHONY: unit lint check test
unit: $(UNIT_OUT) $(STORM_OUT) $(UNIT_COUNT:%=$B/unit/obj/%.o)
	$(PY) tests/unit-run.py $B/unit $(COVER_MIN) $(COVER_DIRS) -- $(UNIT_OUT) $(STORM_OUT)

# Every opcode with what the emulator of device accesses makes of it.
.PHONY: opcodes
opcodes: $B/unit/test_emul_opcodes
	@$< list

lint: export HV_CFLAGS := $(HV_CFLAGS)
lint: export HOST_CFLAGS := $(HOST_CFLAGS)
lint: $(GEN)
	$(PY) tests/lint/run.py

check: all lint unit

# JOBS emulators at a time.
JOBS ?= 2
test: check iso
	$(PY) -m pytest -q -n $(JOBS) tests/system
	$(PY) -m pytest -q -n $(JOBS) -m "not long" tests/oracle

# The guests on Linux KVM that take minutes: CPUs, chips, clocks, memory, the cloud kernel.
.PHONY: test-long
test-long: iso
	$(PY) -m pytest -q -n $(JOBS) -m long tests/oracle

.PHONY: help clean
help:
	@echo 'setup    install what is missing on a bare Debian 12 or 13, unpack the emulators'
	@echo 'all iso  build; build/corbel.iso'
	@echo 'run      boot a guest, console on this terminal [PLATFORM=qemu|bochs-vmx|bochs-svm CPUS= MEM=]'
	@echo 'selftest boot the self test [PLATFORM= CPUS= MEM=]'
	@echo 'bench    measure under a counting emulator'
	@echo 'opcodes  every opcode and whether it is emulated on device memory'
	@echo 'lint unit check   source checks, host unit tests, both'
	@echo 'test     everything [JOBS=emulators at a time]'

# The emulators and the guest's kernel stay: they are fetched, not built.
clean:
	find $B -mindepth 1 -maxdepth 1 ! -name emulators ! -name guest ! -name setup-done -exec rm -rf {} +

-include $(shell find $B -path $(EMU) -prune -o -name '*.d' -print 2>/dev/null)
