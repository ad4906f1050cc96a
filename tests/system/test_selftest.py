# SPDX-License-Identifier: BSD-2-Clause
"""The self test passes on every platform: micro-guests and programs of a domain."""

import pytest
from console import REPORT, online

SUMMARY = r"(?m)^(\d+) passed, (\d+) failed, (\d+) skipped"
# Ten micro-guests and two programs at least.
FEWEST = 12


@pytest.mark.parametrize("platform,options", [
    ("bochs-vmx", {}), ("bochs-svm", {}), ("qemu-svm", {}), ("qemu-svm", {"cpus": 4}),
    ("qemu-svm", {"uefi": True}),
], ids=["bochs-vmx", "bochs-svm", "qemu-svm", "qemu-svm-4cpus", "qemu-svm-uefi"])
def test_selftest(boot, platform, options):
    machine = boot(platform, "selftest", **options)
    machine.expect(REPORT)
    machine.expect(online(options.get("cpus", 1)))
    passed, failed, _ = map(int, machine.expect(SUMMARY, 300).groups())
    assert failed == 0
    assert passed >= FEWEST
