# SPDX-License-Identifier: BSD-2-Clause
"""The table of docs/locking.md has every lock of the hypervisor, by `file:name` and kind, and no other."""

import re

import tree

TABLE = "docs/locking.md"
ROW = re.compile(r"^\| ([^|]*) \| ([\w ]+) \|[^|]*\|$")
PLACE = re.compile(r"`([\w./]+\.[ch]):(\w+)`")
LOCK = re.compile(r"^(?:static |\t)struct (mutex|spinlock|irqlock|waitq) (\w+)(?: = .*)?;")
# What the kinds are made of, and a queue is a kind of irqlock.
PARTS = {"core/lock.h", "core/mutex.h", "core/waitq.h"}
KINDS = {"waitq": "irqlock"}


def in_code():
    found = {}
    for path in set(tree.files(tree.HYPERVISOR, (".c", ".h"))) - PARTS:
        for _, line in tree.lines(path):
            for kind, name in LOCK.findall(line):
                found[path, name] = KINDS.get(kind, kind)
    return found


def check():
    code, table = in_code(), {}
    for number, line in tree.lines(TABLE):
        row = ROW.match(line)
        for place in PLACE.findall(row.group(1)) if row else []:
            if place in table:
                yield "%s:%d: %s:%s is there twice" % (TABLE, number, *place)
            table[place] = row.group(2)
    for place, kind in sorted(code.items()):
        if place not in table:
            yield "%s: no row for %s:%s" % (TABLE, *place)
        elif table[place] != kind:
            yield "%s: %s:%s is of kind %s" % (TABLE, *place, kind)
    for place in sorted(set(table) - set(code)):
        yield "%s: there is no lock %s:%s" % (TABLE, *place)
