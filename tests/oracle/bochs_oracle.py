# SPDX-License-Identifier: BSD-2-Clause
"""The oracle on Bochs: the kernel and initramfs on an ISO of their own, for kvm-intel and kvm-amd there.

Slower than QEMU by an order of magnitude, but the only emulator with VMX: it tells whether what the
self test wants is what Linux does on that CPU.
"""

import os
import shutil
import subprocess
import sys

import guest_kernel

sys.path.insert(0, os.path.join(guest_kernel.ROOT, "scripts"))
import platforms

IPS = 200000000
# Bochs reports a wrong TSC frequency in CPUID; the TSC ticks at `ips`.
COMMAND_LINE = "tsc_early_khz=%d nowatchdog" % (IPS // 1000)
MODULES = {"bochs-vmx": ["irqbypass", "kvm", "kvm-intel"],
           "bochs-svm": ["irqbypass", "kvm", "ccp", "rng-core", "kvm-amd"]}
MODULE_OPTIONS = {"kvm-intel": "enable_apicv=0"}
GRUB_CFG = """set timeout=0
menuentry oracle {{
	linux /vmlinuz {command_line}
	initrd /initrd
}}
"""


def make_iso(folder, initrd, command_line):
    """An ISO that boots the kernel by GRUB; returns its path."""
    tree = os.path.join(folder, "tree")
    os.makedirs(tree + "/boot/grub")
    shutil.copy(guest_kernel.VMLINUZ, tree + "/vmlinuz")
    shutil.copy(initrd, tree + "/initrd")
    with open(tree + "/boot/grub/grub.cfg", "w") as f:
        f.write(GRUB_CFG.format(command_line=command_line))
    iso = os.path.join(folder, "oracle.iso")
    subprocess.run(["grub-mkrescue", "--locales=", "--fonts=", "--themes=", "-o", iso, tree],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return iso


def start(platform, iso, cpus, mem):
    """A started Machine of scripts/platforms.py."""
    return platforms.Machine(platform, iso=iso, cpus=cpus, mem=mem, ips=IPS).start()
