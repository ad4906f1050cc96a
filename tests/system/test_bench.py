# SPDX-License-Identifier: BSD-2-Clause
"""The round trips cost at most what the project allows itself."""

import os
import subprocess

from console import ROOT


def test_bench():
    done = subprocess.run([os.path.join(ROOT, "tests/bench/run.py")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
