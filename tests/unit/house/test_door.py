# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m observer_app`, as a script or a frozen folder's child meets it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from observer_app import __version__
from observer_app.__main__ import RECORDER_WORD
from observer_app.capture.client import CHILD_COMMAND

ROOT = Path(__file__).resolve().parents[3]


def door(*words: str, told: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "observer_app", *words]
    return subprocess.run(command, cwd=ROOT, input=told, capture_output=True, text=True, check=False)


def test_the_version() -> None:
    run = door("--version")
    assert (run.returncode, run.stdout) == (0, f"observer {__version__}\n")


def test_a_word_nobody_knows_is_usage() -> None:
    assert door("no-such-command").returncode == 2


def test_the_recorders_word_reaches_the_recorder() -> None:
    assert RECORDER_WORD == CHILD_COMMAND
    run = door(RECORDER_WORD, told="nothing\n")
    assert run.returncode == 1
    assert "The recorder was not told what to record." in run.stderr


def test_the_command_line_loads_neither_pictures_nor_screens() -> None:
    heavy = "{'av', 'cv2', 'numpy', 'PySide6', 'sqlcipher3'}"
    work = "from observer_app.cli import main; main(['packs', 'check', 'rubrics'])"
    source = f"import sys; {work}; print({heavy} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.stdout.endswith("set()\n"), run.stdout + run.stderr
