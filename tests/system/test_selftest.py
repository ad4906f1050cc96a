# SPDX-License-Identifier: BSD-2-Clause
"""The self test passes on every platform: micro-guests and programs of a domain."""

import pytest
from console import REPORT, online
from test_trouble import boot_with, spare_cpus

SUMMARY = r"(?m)^(\d+) passed, (\d+) failed, (\d+) skipped"
# Ten micro-guests and two programs at least.
FEWEST = 12


@pytest.mark.parametrize("platform,options", [
    ("bochs-vmx", {}), ("bochs-svm", {}), ("qemu-svm", {}), ("qemu-svm", {"uefi": True}),
], ids=["bochs-vmx", "bochs-svm", "qemu-svm", "qemu-svm-uefi"])
def test_selftest(boot, platform, options):
    machine = boot(platform, "selftest", **options)
    machine.expect(REPORT)
    machine.expect(online(1))
    check(machine)


def test_selftest_on_4_cpus(boot):
    machine = boot_with(boot, "qemu-svm", "control=selftest first-cpu=1", "selftest", "",
                        "hello threads endings real_mode", cpus=4 + spare_cpus("qemu-svm", 4))
    check(machine)


def check(machine):
    passed, failed, _ = map(int, machine.expect(SUMMARY, 300).groups())
    assert failed == 0
    assert passed >= FEWEST
