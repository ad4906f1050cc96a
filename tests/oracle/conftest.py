# SPDX-License-Identifier: BSD-2-Clause
"""The tests of the oracle import each other's helpers from this folder."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
