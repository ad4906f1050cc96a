# SPDX-License-Identifier: BSD-2-Clause
"""Bad options and files: `corbel` names the thing, the cause and the next step, here and under KVM."""

import os

import guest_kernel
import pytest
import support

HERE = [
    ([], 2, "a command is missing"),
    (["frobnicate"], 2, "frobnicate: unknown"),
    (["vm", "walk"], 2, "vm walk: unknown command"),
    (["vm", "run"], 2, "--kernel is missing"),
    (["vm", "run", "--kernel"], 2, "--kernel: needs a value"),
    (["vm", "run", "--colour", "red"], 2, "--colour: unknown option"),
    (["vm", "run", "--kernel", "a", "--kernel", "b"], 2, "--kernel: given twice"),
    (["vm", "run", "--kernel", "a", "--mem", "lots"], 2, "--mem lots: not a size"),
    (["vm", "run", "--kernel", "a", "--mem", "-5M"], 2, "--mem -5M: not a size"),
    (["vm", "run", "--kernel", "a", "--mem", "99999999999G"], 2, "not a size"),
    (["vm", "run", "--kernel", "a", "--mem", "4M"], 2, "--mem 4M: too small"),
    (["vm", "run", "--kernel", "a", "--mem", "64G"], 2, "--mem 64G: too big"),
    (["vm", "run", "--kernel", "a", "--mem", "65537K"], 2, "not a multiple of 2M"),
    (["vm", "run", "--kernel", "a", "--cpus", "4"], 2, "--cpus 4: "),
]


@pytest.mark.parametrize("args, status, words", HERE, ids=[" ".join(r[0]) or "none" for r in HERE])
def test_options(args, status, words):
    got, text = support.local("corbel", *args)
    assert got == status and words in text and text.startswith("corbel: ")


def test_help():
    status, text = support.local("corbel", "help")
    assert status == 0 and "corbel vm run --kernel" in text


def write(name, data):
    """A file of this process's own: several run beside each other."""
    name = "oracle-%d-%s" % (os.getpid(), name)
    with open(support.built(name), "wb") as f:
        f.write(data)
    return name


@pytest.fixture(scope="module")
def bad_files():
    with open(guest_kernel.VMLINUZ, "rb") as f:
        kernel = f.read()
    names = {
        "empty": write("empty", b""),
        "tiny": write("tiny", kernel[:300]),
        "text": write("text", b"not a kernel\n" * 1000),
        "truncated": write("truncated", kernel[:len(kernel) // 2]),
        # The 64-bit entry jumps to itself in nowhere: mov $0x7ffff000, %eax; jmp *%rax
        "nowhere": write("nowhere", patched(kernel, b"\xb8\x00\xf0\xff\x3f\xff\xe0")),
        # lidt of an empty table, then ud2
        "triple": write("triple", patched(kernel, b"\x0f\x01\x1d\x02\x00\x00\x00\x0f\x0b" +
                                          b"\0" * 10)),
        "mmio": write("mmio", patched(kernel, b"\xb8\x00\x00\x00\xf0\xc6\x00\x5a")),
    }
    yield names
    for name in names.values():
        os.unlink(support.built(name))


def patched(kernel, code):
    at = (kernel[0x1F1] + 1) * 512 + 0x200
    return kernel[:at] + code + kernel[at + len(code):]


def run(bad_files, kernel, *more, files=()):
    args = ["vm", "run", "--kernel", "/boot/" + bad_files.get(kernel, kernel), *more]
    return support.oracle("corbel", *args, files=[*files, *bad_files.values()])


@pytest.mark.parametrize("kernel, words", [
    ("absent", "kernel /boot/absent: No such file"),
    ("empty", "the file is empty"),
    ("tiny", "too few for a bzImage"),
    ("text", "not a Linux bzImage"),
    ("truncated", "truncated: "),
])
def test_bad_kernel(bad_files, kernel, words):
    status, text = run(bad_files, kernel)
    assert status == 1 and words in text and text.startswith("corbel: kernel /boot/")


def test_memory_too_small_for_the_kernel(bad_files):
    status, text = run(bad_files, "vmlinuz", "--mem", "32M", files=["guest/vmlinuz"])
    assert status == 1 and "--mem 32M: too small for this kernel" in text


def test_absent_initrd(bad_files):
    status, text = run(bad_files, "vmlinuz", "--initrd", "/boot/none", files=["guest/vmlinuz"])
    assert status == 1 and "initrd /boot/none: No such file" in text


@pytest.mark.parametrize("kernel, words", [
    ("nowhere", ["code outside its memory", "rip 000000003ffff000", "bytes at rip: none"]),
    ("triple", ["triple fault (KVM_EXIT_SHUTDOWN)", "bytes at rip:", "cr0 "]),
    ("mmio", ["write of 1 bytes at guest-physical 0xf0000000", "KVM_EXIT_MMIO", "rip 0000"]),
])
def test_report(bad_files, kernel, words):
    status, text = run(bad_files, kernel)
    assert status == 1
    for word in words:
        assert word in text, text
