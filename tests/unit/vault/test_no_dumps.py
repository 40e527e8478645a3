# SPDX-License-Identifier: GPL-3.0-or-later
"""A crash writes no picture of the memory, where the keys are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CRASH = """
import os, resource, sys
hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
sys.argv = ["observer", "--version"]
from observer_app.__main__ import main
try:
    main()
except SystemExit:
    pass
print(resource.getrlimit(resource.RLIMIT_CORE), flush=True)
os.abort()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="what a crash leaves is proven on Linux")
def test_a_crash_leaves_no_core(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", CRASH], cwd=tmp_path, stdout=subprocess.PIPE)
    assert child.stdout is not None
    with child.stdout:
        said = child.stdout.read().decode()
    _, status = os.waitpid(child.pid, 0)
    child.returncode = -os.WTERMSIG(status)
    assert os.WIFSIGNALED(status) and not os.WCOREDUMP(status)
    assert "(0, 0)" in said and list(tmp_path.iterdir()) == []


ASKED = """
import ctypes, io, os
from observer_app.capture import recorder_process
assert recorder_process.main(io.StringIO("not what it wants")) == 1
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="what a crash leaves is proven on Linux")
def test_the_recorder_forbids_it_for_itself() -> None:
    """A program that is started anew may be looked into again, whatever its starter had forbidden for itself; where the
    system hands crashes to a program of its own, the limit on core files does not count."""
    done = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"
