# SPDX-License-Identifier: BSD-2-Clause
"""Without a control program the machine explains itself; a machine that cannot run Corbel too."""

import pytest
from console import REPORT, online

HALTED = r"corbel: halted"


@pytest.mark.parametrize("platform,options", [
    ("bochs-vmx", {}), ("bochs-svm", {}), ("bochs-vmx", {"ignore_bad_msrs": False}),
    ("qemu-svm", {"cpus": 4}), ("qemu-svm", {"uefi": True}), ("qemu-svm", {"usb": True}),
], ids=["bochs-vmx", "bochs-svm", "bochs-vmx-bad-msrs", "qemu-svm-4cpus", "uefi", "usb"])
def test_feature_report(boot, platform, options):
    machine = boot(platform, "none", **options)
    machine.expect(REPORT)
    machine.expect(online(options.get("cpus", 1)))
    machine.expect(HALTED)


@pytest.mark.parametrize("cpu,word", [("max,-svm", "SVM"), ("max,-npt", "(NPT|[Nn]ested pag)"),
                                      ("max,-nx", "NX")])
def test_missing_feature_is_named(boot, cpu, word):
    machine = boot("qemu-svm", "none", cpu=cpu)
    machine.expect(r"corbel: cannot run: [^\n]*" + word)
    machine.expect(HALTED)


@pytest.mark.parametrize("model,word", [
    ("core2_penryn_t9600", "VMX has no EPT"), ("p4_prescott_celeron_336", "no VMX"),
    ("pentium_mmx", "no long mode"),
])
def test_old_cpu_is_told(boot, model, word):
    machine = boot("bochs-vmx", "none", model=model)
    machine.expect(r"corbel: cannot run: [^\n]*" + word)
    machine.expect(HALTED)


def test_too_little_memory(boot):
    machine = boot("qemu-svm", "run", mem=48)
    machine.expect(r"corbel: cannot run: [^\n]*memory")
    machine.expect(HALTED)
