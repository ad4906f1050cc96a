#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Boots the benchmark where one instruction is one nanosecond and checks its results (`make bench`).

The program prints lines `bench: NAME VALUE UNIT`, then `bench: done`. The limits below are the
project's; the figures of Linux KVM under the same emulator are given for comparison.
"""

import argparse
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/system"))
sys.dont_write_bytecode = True
import console

# name: (limit, Linux KVM, what). Linux's figures are this program's there (docs/performance.md).
LIMITS = {
    "hypercall": (300, None, "ring 3 -> hypercall -> ring 3"),
    "cpuid_exit": (700, 2725, "CPUID exit"),
    "port_read_pic": (400, 1454, "port read served by a chip: PIC mask"),
    "port_read_pit": (None, 1486, "port read served by a chip: PIT counter"),
    "port_read_vmm": (1100, 3070, "port read served by the VMM"),
    "port_read_vmm_chips": (None, 3097, "the same in a VM with the chips"),
    "lapic_read": (1200, 3622, "local APIC register read by MMIO"),
    "lapic_write": (1200, 3529, "local APIC register write (EOI) by MMIO"),
    "timer_interrupt": (2500, 4168, "timer interrupt: deadline -> EOI -> back"),
    "timer_arm": (None, 3532, "arming it: WRMSR TSC_DEADLINE"),
    "first_line": (None, None, "hypervisor entry to the program's first line"),
}
RESULT = re.compile(r"bench: (\w+) (\d+)\s*(\w*)")


def measure(iso):
    machine = console.Console("bench", "qemu-svm", "bench", iso=iso, icount=True)
    results = {}
    try:
        machine.boot()
        while True:
            line = machine.expect(r"bench: [^\r\n]*\r?\n", 300).group(0).strip()
            found = RESULT.match(line)
            if line == "bench: done":
                return results
            if not found:
                raise SystemExit(line)
            results[found.group(1)] = (int(found.group(2)), found.group(3))
    finally:
        machine.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--iso", default=os.path.join(console.BUILD, "corbel.iso"))
    results = measure(parser.parse_args().iso)
    bad = 0
    for name, (limit, linux, what) in LIMITS.items():
        value, unit = results.pop(name, (None, ""))
        over = value is None or (limit is not None and value > limit)
        bad += over
        print("%-46s %10s %-12s %s%s%s" % (
            what, "missing" if value is None else value, unit,
            "at most %d" % limit if limit else "",
            " (Linux KVM %d)" % linux if linux else "", "  TOO MANY" if over else ""))
    for name, (value, unit) in results.items():
        print("%-46s %10d %s" % (name, value, unit))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
