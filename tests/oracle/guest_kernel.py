# SPDX-License-Identifier: BSD-2-Clause
"""The distribution's kernels and the modules of their packages that are needed, under build/guest/.

The oracle boots the kernel and loads its KVM modules; guests of Corbel boot the same file, and the
initramfs has the modules behind the power button. The cloud flavour of the kernel, for guests only,
is in build/guest/cloud. What is missing is taken from the package; what is there is left alone.
"""

import lzma
import os
import re
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GUEST = os.path.join(ROOT, "build", "guest")
VMLINUZ = os.path.join(GUEST, "vmlinuz")
CLOUD = os.path.join(GUEST, "cloud")
FOLDERS = (GUEST, CLOUD)
MODULE_FILES = {
    "irqbypass": "virt/lib/irqbypass",
    "kvm": "arch/x86/kvm/kvm",
    "ccp": "drivers/crypto/ccp/ccp",
    "rng-core": "drivers/char/hw_random/rng-core",
    "kvm-amd": "arch/x86/kvm/kvm-amd",
    "kvm-intel": "arch/x86/kvm/kvm-intel",
    "button": "drivers/acpi/button",
    "evdev": "drivers/input/evdev",
}
POWER_BUTTON = ["button", "evdev"]


def package_name(meta):
    """The real package that e.g. linux-image-amd64 depends on."""
    out = subprocess.run(["apt-cache", "depends", meta], check=True, capture_output=True,
                         text=True).stdout
    for line in out.splitlines():
        found = re.match(r"\s*Depends: (linux-image-\S+)", line)
        if found:
            return found.group(1)
    raise SystemExit("oracle: apt-cache names no kernel behind %s; run apt-get update" % meta)


def take_modules(tree, modules):
    """Copies the modules of MODULE_FILES out of an unpacked package; built-in ones are not there."""
    top = os.path.join(tree, "lib/modules")
    if not os.path.isdir(top):
        top = os.path.join(tree, "usr/lib/modules")
    base = os.path.join(top, os.listdir(top)[0], "kernel")
    for name, path in MODULE_FILES.items():
        for suffix in ("", ".xz"):
            source = os.path.join(base, path + ".ko" + suffix)
            if os.path.exists(source):
                with open(source, "rb") as f:
                    data = f.read()
                with open(os.path.join(modules, name + ".ko"), "wb") as out:
                    out.write(lzma.decompress(data) if suffix else data)


def wanted():
    """What the list of a complete modules folder says."""
    return " ".join(sorted(MODULE_FILES)) + "\n"


def is_complete(folder):
    try:
        with open(os.path.join(folder, "modules", "list")) as f:
            return f.read() == wanted() and os.path.exists(os.path.join(folder, "vmlinuz"))
    except FileNotFoundError:
        return False


def ensure(folder=GUEST):
    """Puts vmlinuz and modules/ into the folder if something of them is missing; the folder."""
    if is_complete(folder):
        return folder
    modules, vmlinuz = os.path.join(folder, "modules"), os.path.join(folder, "vmlinuz")
    os.makedirs(modules, exist_ok=True)
    if os.path.exists(vmlinuz):
        name = "linux-image-" + release(vmlinuz)    # its modules, and no others
    else:
        name = package_name("linux-image-cloud-amd64" if folder == CLOUD else "linux-image-amd64")
    with tempfile.TemporaryDirectory(dir=folder) as tmp:
        subprocess.run(["apt-get", "-q", "download", name], cwd=tmp, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deb = [f for f in os.listdir(tmp) if f.endswith(".deb")][0]
        subprocess.run(["dpkg-deb", "-x", deb, "tree"], cwd=tmp, check=True)
        tree = os.path.join(tmp, "tree")
        take_modules(tree, modules)
        if not os.path.exists(vmlinuz):
            kernel = [f for f in os.listdir(tree + "/boot") if f.startswith("vmlinuz")][0]
            os.rename(os.path.join(tree, "boot", kernel), vmlinuz)
    with open(os.path.join(modules, "list"), "w") as f:
        f.write(wanted())
    return folder


def version_line(vmlinuz=VMLINUZ):
    """The version line in the setup header of a kernel, as in /proc/version."""
    with open(vmlinuz, "rb") as f:
        head = f.read(0x10000)
    at = int.from_bytes(head[0x20E:0x210], "little") + 0x200
    return head[at:head.index(b"\0", at)].decode()


def release(vmlinuz=VMLINUZ):
    """The release of a kernel, as uname -r gives it."""
    return version_line(vmlinuz).split()[0]


def module(name, folder=GUEST):
    """The bytes of one module, fetched if missing; None if this kernel has it built in."""
    path = os.path.join(ensure(folder), "modules", name + ".ko")
    if not os.path.exists(path):
        return None
    with open(path, "rb") as f:
        return f.read()
