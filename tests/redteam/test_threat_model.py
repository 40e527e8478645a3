# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/threat-model.md names tests that exist: a promise whose proof was renamed or dropped is no longer one."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parents[2]


def test_every_test_named_as_proof_exists() -> None:
    named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", (HERE / "docs" / "threat-model.md").read_text("utf-8"))
    files: dict[str, str] = {}
    for path in (HERE / "tests").rglob("test_*.py"):
        files[path.name] = files.get(path.name, "") + path.read_text("utf-8")
    assert len(named) > 25
    assert [f"{file}::{test}" for file, test in named if f"def {test}(" not in files.get(file, "")] == []
