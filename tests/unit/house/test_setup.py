# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting up names what is missing, exactly, and installs nothing it may not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

ASK = """
import os, runpy
os.geteuid = lambda: 1000  # not root, so that nothing may be installed
setup = runpy.run_path("scripts/setup.py")
Part = setup["Part"]
parts = (Part("libc6", "libc.so.6"), Part("libnone1", "libnone.so.1"), Part("xnone", "!no-such-program"),
         Part("python3-none", "import no_such_module"), Part("make-believe", "!sh"))
try:
    setup["_system_parts"](parts)
except setup["SetupFailed"] as failure:
    print(failure)
"""


def ask(source: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the system's parts are named for Debian")
def test_missing_parts_are_named_and_the_others_are_not() -> None:
    said = ask(ASK)
    assert said.returncode == 0, said.stderr
    assert "libnone1" in said.stdout and "xnone" in said.stdout and "python3-none" in said.stdout
    assert "libc6" not in said.stdout and "make-believe" not in said.stdout


@pytest.mark.skipif(not Path("/etc/debian_version").exists(), reason="apt-get is Debian's")
def test_the_line_to_copy_is_whole() -> None:
    line = "sudo apt-get install -y --no-install-recommends libnone1 xnone python3-none"
    assert line in ask(ASK).stdout


def test_a_python_too_old_is_told_so() -> None:
    said = ask(
        'import runpy, sys; sys.version_info = (3, 10, 4); runpy.run_path("scripts/setup.py", run_name="__main__")'
    )
    assert said.returncode == 1
    assert "Python 3.11, 3.12 or 3.13" in said.stderr
