# SPDX-License-Identifier: GPL-3.0-or-later
"""The table and the file `make bench` leaves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.benchmarks.__main__ import main, measure
from tests.benchmarks.registry import Benchmark, Figure, benchmark


def rate() -> list[Figure]:
    return [Figure("rate", 400.0, "1/s", n=10, baseline=800.0, aim=500, aim_is="at least")]


def broken() -> list[Figure]:
    raise RuntimeError("the camera was stolen")


def test_a_figure_is_written_with_its_baseline(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "results.json"
    assert measure([Benchmark(("rate",), rate)], out) == 0
    assert json.loads(out.read_text("utf-8")) == [
        {"name": "rate", "value": 400.0, "unit": "1/s", "baseline": 800.0, "ratio": 0.5, "n": 10, "aim": 500}
    ]
    assert "at least 500: NOT MET" in capsys.readouterr().out


def test_a_broken_measurement_does_not_cost_the_others(tmp_path: Path) -> None:
    out = tmp_path / "results.json"
    assert measure([Benchmark(("stolen",), broken), Benchmark(("rate",), rate)], out) == 1
    assert [row["name"] for row in json.loads(out.read_text("utf-8"))] == ["rate"]


def test_a_promised_figure_that_does_not_come_is_a_failure(tmp_path: Path) -> None:
    assert measure([Benchmark(("rate", "other"), rate)], tmp_path / "results.json") == 1


def test_an_unknown_name_is_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no_such_figure"]) == 2
    assert "version_answer_s" in capsys.readouterr().err


def test_a_name_is_taken_once() -> None:
    main(["no_such_figure"])
    with pytest.raises(ValueError, match="version_answer_s"):
        benchmark("version_answer_s")
