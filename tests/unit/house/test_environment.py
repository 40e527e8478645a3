# SPDX-License-Identifier: GPL-3.0-or-later
"""The libraries live together in one process."""

from __future__ import annotations

import subprocess
import sys

ASK = """
import os
before = dict(os.environ)
import av, cv2, espeakng_loader, numpy, sqlcipher3
print({name: value for name, value in os.environ.items()
       if name.startswith("QT") and before.get(name) != value})
"""


def test_no_library_changes_the_environment_of_the_others() -> None:
    """OpenCV's usual build points every Qt that starts after it, in children too, to its own plugins."""
    run = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=False)
    assert run.stdout.strip() == "{}", run.stdout + run.stderr
