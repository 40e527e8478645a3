# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped files are found in a checkout, in an installed wheel and in a frozen folder."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from observer_app.errors import EnvironmentFault
from observer_app.shipped import shipped

ROOT = Path(__file__).resolve().parents[3]


def ask(folder: Path, kind: str = "rubrics", frozen: Path | None = None) -> str:
    """What `shipped(kind)` says for the code in `folder`, in a process that sees nothing else of Observer."""
    source = "import sys\n"
    source += f"sys._MEIPASS = {str(frozen)!r}\n" if frozen else ""
    source += f"sys.path.insert(0, {str(folder)!r})\nfrom observer_app.shipped import shipped\nprint(shipped({kind!r}))"
    run = subprocess.run([sys.executable, "-I", "-c", source], capture_output=True, text=True, check=False)
    return run.stdout.strip() or run.stderr


def files_below(folder: Path) -> set[Path]:
    """Relative paths; what Python leaves beside a file it has run is nobody's to ship."""
    return {
        file.relative_to(folder)
        for file in folder.rglob("*")
        if file.is_file() and "__pycache__" not in file.relative_to(folder).parts
    }


@pytest.mark.parametrize("kind", ["rubrics", "resources"])
def test_in_a_checkout(kind: str) -> None:
    assert shipped(kind) == ROOT / kind
    assert any(shipped(kind).rglob("*.yaml"))


def test_in_an_installed_wheel(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(
        ROOT, tree, ignore=shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "demo-day", "tests")
    )
    made = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=tree, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    (wheel,) = tmp_path.glob("*.whl")
    installed = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(installed)
    for kind in ("rubrics", "resources"):
        assert ask(installed, kind) == str(installed / "observer_app" / kind)
        assert files_below(ROOT / kind) == files_below(installed / "observer_app" / kind)


def test_in_a_frozen_folder(tmp_path: Path) -> None:
    (tmp_path / "unpacked/observer_app/rubrics").mkdir(parents=True)
    assert ask(ROOT, frozen=tmp_path / "unpacked") == str(tmp_path / "unpacked/observer_app/rubrics")


def test_an_incomplete_installation_says_so(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "observer_app", tmp_path / "observer_app", ignore=shutil.ignore_patterns("__pycache__"))
    said = ask(tmp_path)
    assert EnvironmentFault.__name__ in said and "Install Observer again" in said


def test_nothing_else_is_shipped() -> None:
    with pytest.raises(ValueError, match="secrets"):
        shipped("secrets")
