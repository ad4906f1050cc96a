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

# name: (limit, Linux KVM, what)
LIMITS = {
    "hypercall": (300, None, "ring 3 -> hypercall -> ring 3"),
    "cpuid_exit": (700, 2979, "CPUID exit"),
    "port_read_vmm": (1600, 3346, "port read served by the VMM"),
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
