# SPDX-License-Identifier: GPL-3.0-or-later
"""One demonstration a run, as short as it can be played, and copies of it to be spoilt."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

__all__ = ["Day", "observer"]

SECONDS = 5


def observer(*words: str | Path, in_folder: Path) -> subprocess.CompletedProcess[str]:
    """The command as anyone would give it, on a machine without a screen."""
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    return subprocess.run(
        [sys.executable, "-m", "observer_app", *map(str, words)], cwd=in_folder, env=environment, text=True,
        capture_output=True, check=False,
    )  # fmt: skip


@dataclass(frozen=True)
class Day:
    """A day played: its folder, what the command said for machines, and its exit status."""

    folder: Path
    account: dict[str, Any]
    exit_code: int

    def files(self) -> list[str]:
        """Every file's name within the folder, sorted."""
        return sorted(p.relative_to(self.folder).as_posix() for p in self.folder.rglob("*") if p.is_file())


@pytest.fixture(scope="session")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """SLOW, about a minute. Not to be written to: see `copy`."""
    top = tmp_path_factory.mktemp("demonstration")
    run = observer("demo", "--out", "day", "--seconds", str(SECONDS), "--json", in_folder=top)
    assert run.stdout, run.stderr
    return Day(top / "day", json.loads(run.stdout), run.returncode)


@pytest.fixture(scope="module")
def copy(day: Day, tmp_path_factory: pytest.TempPathFactory) -> Day:
    """The same folder in another place; whoever spoils it makes it whole again."""
    folder = tmp_path_factory.mktemp("copied") / "day"
    shutil.copytree(day.folder, folder)
    return Day(folder, day.account, day.exit_code)


@pytest.fixture
def dice() -> random.Random:
    """Another sample every run; what was drawn can be drawn again: OBSERVER_TEST_SEED."""
    seed = int(os.environ.get("OBSERVER_TEST_SEED") or random.SystemRandom().randrange(2**32))
    print(f"OBSERVER_TEST_SEED={seed}")
    return random.Random(seed)
