# SPDX-License-Identifier: BSD-2-Clause
"""The distribution's kernel and the KVM modules of its package, under build/guest/.

The oracle boots this kernel and loads these modules; guests of Corbel boot the same file. What is
missing is taken from the package behind linux-image-amd64; what is there is left alone.
"""

import lzma
import os
import re
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GUEST = os.path.join(ROOT, "build", "guest")
VMLINUZ = os.path.join(GUEST, "vmlinuz")
MODULES = os.path.join(GUEST, "modules")
MODULE_FILES = {
    "irqbypass": "virt/lib/irqbypass",
    "kvm": "arch/x86/kvm/kvm",
    "ccp": "drivers/crypto/ccp/ccp",
    "rng-core": "drivers/char/hw_random/rng-core",
    "kvm-amd": "arch/x86/kvm/kvm-amd",
    "kvm-intel": "arch/x86/kvm/kvm-intel",
}


def package_name():
    """The real package that linux-image-amd64 depends on."""
    out = subprocess.run(["apt-cache", "depends", "linux-image-amd64"], check=True,
                         capture_output=True, text=True).stdout
    for line in out.splitlines():
        found = re.match(r"\s*Depends: (linux-image-\S+)", line)
        if found:
            return found.group(1)
    raise SystemExit("oracle: apt-cache names no kernel behind linux-image-amd64; run apt-get update")


def unpack(release_hint=None):
    """Fetches the package and puts vmlinuz and the modules of MODULE_FILES in place."""
    os.makedirs(MODULES, exist_ok=True)
    name = package_name()
    if release_hint and release_hint not in name:
        name = "linux-image-" + release_hint
    with tempfile.TemporaryDirectory(dir=GUEST) as tmp:
        subprocess.run(["apt-get", "-q", "download", name], cwd=tmp, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deb = [f for f in os.listdir(tmp) if f.endswith(".deb")][0]
        subprocess.run(["dpkg-deb", "-x", deb, "tree"], cwd=tmp, check=True)
        tree = os.path.join(tmp, "tree")
        kernel = [f for f in os.listdir(tree + "/boot") if f.startswith("vmlinuz")][0]
        if not os.path.exists(VMLINUZ):
            os.rename(os.path.join(tree, "boot", kernel), VMLINUZ)
        top = os.path.join(tree, "lib/modules")
        if not os.path.isdir(top):
            top = os.path.join(tree, "usr/lib/modules")
        base = os.path.join(top, os.listdir(top)[0], "kernel")
        for name, path in MODULE_FILES.items():
            for suffix in ("", ".xz"):
                source = os.path.join(base, path + ".ko" + suffix)
                if os.path.exists(source):
                    data = open(source, "rb").read()
                    data = lzma.decompress(data) if suffix else data
                    with open(os.path.join(MODULES, name + ".ko"), "wb") as out:
                        out.write(data)


def release():
    """The release in the header of build/guest/vmlinuz, as in /proc/version."""
    return version_line().split()[0]


def version_line():
    """The version line in the setup header of build/guest/vmlinuz."""
    with open(VMLINUZ, "rb") as f:
        head = f.read(0x10000)
    at = int.from_bytes(head[0x20E:0x210], "little") + 0x200
    return head[at:head.index(b"\0", at)].decode()


def module(name):
    """The bytes of one module, fetched if missing; None if this kernel has it built in."""
    path = os.path.join(MODULES, name + ".ko")
    if not os.path.exists(VMLINUZ) or not os.path.exists(os.path.join(MODULES, "kvm.ko")):
        unpack(release() if os.path.exists(VMLINUZ) else None)
    if not os.path.exists(path):
        return None
    with open(path, "rb") as f:
        return f.read()
