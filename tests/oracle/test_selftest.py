# SPDX-License-Identifier: BSD-2-Clause
"""Linux KVM passes the self test: what the self test wants of Corbel is what Linux does."""

import re

import support


def test_no_failure():
    status, text = support.oracle("selftest", timeout=600, files=[
        "programs/hello", "programs/threads", "programs/endings", "samples/real_mode"])
    bad = [line for line in text.splitlines() if line.startswith(("FAIL", "skip"))]
    sums = re.search(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", text, re.M)
    assert sums and status == 0 and not bad, bad or text[-500:]
    assert int(sums.group(1)) >= 60
