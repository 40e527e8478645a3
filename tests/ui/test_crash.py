# SPDX-License-Identifier: GPL-3.0-or-later
"""Killed in the middle, the window loses nothing it ticked; what watches over that notices durability turned off."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.benchmarks.measure_crash import crash, missing, sample_vault, shown_without_the_disk

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_no_tick_is_lost_in_a_kill(tmp_path: Path) -> None:
    shown, lost = crash(sample_vault(tmp_path / "template"), 3)
    assert shown > 3 and lost == 0


@pytest.mark.skipif(sys.platform != "linux", reason="the filter that refuses the disk's answer is Linux's")
def test_no_tick_without_the_disks_answer_and_durability_turned_off_is_noticed(tmp_path: Path) -> None:
    template = sample_vault(tmp_path / "template")
    assert shown_without_the_disk(template) == 0
    assert shown_without_the_disk(template, "lie") > 0


def test_what_is_not_there_or_not_in_its_place_is_missing() -> None:
    a, b = ("x", 4, 100), ("y", 5, 200)
    assert missing([a, b], [a, b]) == [] and missing([a, b], [a]) == [b] and missing([a, b], [b, a]) == [b]
    assert missing([a], [("x", 4, 101)]) == [a]
