# SPDX-License-Identifier: BSD-2-Clause
"""Writes a cpio archive (newc) in memory: the oracle's initramfs without root rights or tools."""

import os


class Archive:
    """Files in the order added; parents are made on the way."""

    def __init__(self):
        self.parts = []
        self.names = set()

    def _entry(self, name, mode, data=b"", rdev=(0, 0)):
        fields = [len(self.parts) + 1, mode, 0, 0, 1, 0, len(data), 0, 0, rdev[0], rdev[1],
                  len(name) + 1, 0]
        head = b"070701" + b"".join(b"%08X" % v for v in fields) + name.encode() + b"\0"
        head += b"\0" * (-len(head) % 4)
        self.parts.append(head + data + b"\0" * (-len(data) % 4))
        self.names.add(name)

    def directory(self, name):
        if name and name not in self.names:
            self.directory(os.path.dirname(name))
            self._entry(name, 0o040755)

    def file(self, name, data, mode=0o755):
        self.directory(os.path.dirname(name))
        self._entry(name, 0o100000 | mode, data)

    def symlink(self, name, target):
        self.directory(os.path.dirname(name))
        self._entry(name, 0o120777, target.encode())

    def device(self, name, major, minor):
        self.directory(os.path.dirname(name))
        self._entry(name, 0o020600, b"", (major, minor))

    def bytes(self):
        self._entry("TRAILER!!!", 0)
        return b"".join(self.parts)
