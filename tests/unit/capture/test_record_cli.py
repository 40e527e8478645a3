# SPDX-License-Identifier: GPL-3.0-or-later
"""`observer record`: the recorder alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from observer_app.capture.record_cli import run_record
from observer_app.errors import EnvironmentFault
from observer_app.media.opened import open_recording


def test_it_records_for_the_seconds_asked_and_says_where(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_record(str(clip), tmp_path / "out", 1.5, json=True) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["state"] == "planned_end" and 1.0 <= said["seconds"] <= 1.7 and said["dropped"] == 0
    key_file = Path(said["key_file"])
    assert key_file.stat().st_mode & 0o777 == 0o600
    with open_recording(Path(said["folder"]), bytes.fromhex(key_file.read_text().strip())) as recording:
        assert recording.recording == said["recording"] and recording.duration_ms > 1000
    names = sorted(p.name for p in Path(said["folder"]).iterdir())
    assert names == ["0001.obsi", "0001.obsv", "recording.key"]


def test_it_says_plainly_what_it_did(clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_record(str(clip), tmp_path, 1.0) == 0
    out = capsys.readouterr().out
    assert "Recorded" in out and "(0 dropped)" in out and "recording.key" in out


@pytest.mark.parametrize("source", ["nowhere.mp4", "rtsp://admin:hunter2@127.0.0.1:9/x", "77"])
def test_a_source_that_is_not_there_leaves_nothing_behind(
    source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(EnvironmentFault) as found:
        run_record(source, tmp_path / "out", 2.0)
    said = str(found.value) + "".join(capsys.readouterr())
    assert ("There is no file" in said) or ("no picture" in said) or ("does not answer" in said)
    assert "hunter2" not in said and "Traceback" not in said
    assert list((tmp_path / "out").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_said(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFault, match="cannot be written to"):
        run_record(str(clip), tmp_path / "file" / "out", 1.0, json=True)
    assert capsys.readouterr() == ("", "")
