#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs all checks of the source tree, or those named (`make lint`): one line per finding."""

import importlib
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
CHECKS = ["spdx", "layers", "words", "contract", "twins", "headers", "sizes", "form", "tour",
          "locks"]


def main():
    total = 0
    for name in sys.argv[1:] or CHECKS:
        findings = list(importlib.import_module(name).check())
        for finding in findings:
            print(finding)
        print("lint: %-9s %s" % (name, "%d findings" % len(findings) if findings else "ok"))
        total += len(findings)
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
