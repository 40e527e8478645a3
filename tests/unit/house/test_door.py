# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m observer_app`, as a script or a frozen folder's child meets it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from observer_app import __version__
from observer_app.__main__ import RECORDER_WORD
from observer_app.capture.client import CHILD_COMMAND

ROOT = Path(__file__).resolve().parents[3]


def door(*words: str, told: str = "") -> subprocess.CompletedProcess[str]:
    """As started by a program: nothing to type at."""
    command = [sys.executable, "-m", "observer_app", *words]
    return subprocess.run(
        command, cwd=ROOT, input=told, capture_output=True, text=True, check=False, start_new_session=True
    )


def test_the_version() -> None:
    run = door("--version")
    assert (run.returncode, run.stdout) == (0, f"observer {__version__}\n")


def test_a_word_nobody_knows_is_usage() -> None:
    assert door("no-such-command").returncode == 2


@pytest.mark.parametrize(
    "words",
    [
        ("sync", "--central", "http://127.0.0.1:1"),
        ("export", "day", "--date", "2026-11-24", "--out", "given-out"),
        ("records", "list"),
    ],
    ids=" ".join,
)
def test_a_passphrase_nobody_is_there_to_type_is_a_sentence(words: tuple[str, ...], tmp_path: Path) -> None:
    run = door(*words, "--vault", str(tmp_path))
    assert run.returncode == 1 and "Traceback" not in run.stderr, run.stderr
    assert "nobody is there to type it" in run.stderr and "--passphrase-file" in run.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("sync", "--json", "--central", "http://127.0.0.1:1", "--vault", "DIR"),
        ("export", "day", "--json", "--date", "2026-11-24", "--out", "given-out", "--vault", "DIR"),
        ("backup", "--json", "--to", "stick", "--vault", "DIR"),
        ("restore", "--json", "--from", "DIR", "--vault", "DIR/new", "--passphrase-file", "DIR/gone"),
        ("records", "list", "--json", "--vault", "DIR"),
        ("records", "--json", "list", "--vault", "DIR"),
        ("keys", "renew", "--json", "--vault", "DIR"),
        ("central", "serve", "--json", "--data", "DIR", "--listen", "nowhere"),
        ("central", "enrol", "keys", "--json", "--data", "DIR"),
        ("demo", "--json", "--seconds", "1", "--out", "DIR/demo"),
        ("record", "--json", "--source", "DIR/gone.mp4", "--out", "DIR/out"),
    ],
    ids=lambda words: " ".join(words[:3]),
)
def test_what_goes_wrong_is_one_object_for_a_program(words: tuple[str, ...], tmp_path: Path) -> None:
    run = door(*(word.replace("DIR", str(tmp_path)) for word in words))
    said = json.loads(run.stdout)
    assert run.returncode == 1 and run.stdout.count("\n") == 1 and "Traceback" not in run.stderr, run.stderr
    assert set(said) == {"ok", "error", "advice", "kind", "file", "line", "subject"} and said["ok"] is False
    assert said["error"] and type(said["line"]) is int


def test_a_file_that_is_not_there_has_no_line(tmp_path: Path) -> None:
    run = door("packs", "check", str(tmp_path / "gone.yaml"))
    said, counted = run.stdout.splitlines()
    assert run.returncode == 1 and counted == "1 fault."
    assert said.startswith(f"{tmp_path / 'gone.yaml'}: The file cannot be read")


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
