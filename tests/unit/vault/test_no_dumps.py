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
