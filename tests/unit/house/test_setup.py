# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting up names what is missing, exactly, and installs nothing it may not."""

from __future__ import annotations

import os
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


INSTALL = """
import os, runpy
os.geteuid = lambda: 0
setup = runpy.run_path("scripts/setup.py")
Part = setup["Part"]
try:
    setup["_system_parts"]((Part("make-believe", "!sh"), Part("xnone", "!xnone"), Part("xnone-more", "!xnone-more")))
except setup["SetupFailed"] as failure:
    print(failure)
"""
# Writes down what it was told, and "installs" a program that says nothing.
APT = """#!/bin/sh
echo "$@" >> "$0.told"
test "$1" = install || exit 0
for name in {names}; do
    printf '#!/bin/sh\\n' > "${{0%/*}}/$name"
    chmod +x "${{0%/*}}/$name"
done
"""


def installed(folder: Path, *names: str) -> tuple[list[str], str]:
    """(what apt-get was told, what setting up said) on a Debian whose root lacks two parts, of which `names` come."""
    apt = folder / "apt-get"
    apt.write_text(APT.format(names=" ".join(names)), encoding="utf-8")
    apt.chmod(0o755)
    run = subprocess.run(
        [sys.executable, "-c", INSTALL], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return (folder / "apt-get.told").read_text(encoding="utf-8").splitlines(), run.stdout


@pytest.mark.skipif(not Path("/etc/debian_version").exists(), reason="apt-get is Debian's")
def test_as_root_what_is_missing_is_installed_and_nothing_else(tmp_path: Path) -> None:
    told, said = installed(tmp_path, "xnone", "xnone-more")
    assert told == ["update -qq", "install -y --no-install-recommends xnone xnone-more -qq"]
    assert said == "Installing what the system lacks: xnone xnone-more\n"


@pytest.mark.skipif(not Path("/etc/debian_version").exists(), reason="apt-get is Debian's")
def test_what_could_not_be_installed_is_named(tmp_path: Path) -> None:
    _, said = installed(tmp_path, "xnone")
    assert "Some parts of the system could not be installed: xnone-more." in said
