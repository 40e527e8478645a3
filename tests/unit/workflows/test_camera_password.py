# SPDX-License-Identifier: GPL-3.0-or-later
"""The password of a network camera: used, and afterwards nowhere. Not on the disk, in what is given out, in any list of
running programs, in what a window shows, nor in what is said when something breaks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from observer_app.capture.client import RecorderClient
from observer_app.capture.config import RecorderConfig
from observer_app.capture.made_clip import make_clip
from observer_app.trust.verify import verify_paths
from observer_app.workflows.day_export import DayExport
from observer_app.workflows.recording import CameraSettings
from observer_app.workflows.room import keep_camera
from tests.servers.network_cameras import Serve, network_cameras
from tests.telling import told_by_files, told_by_programs
from tests.unit.workflows.record_cast import CLOCK
from tests.unit.workflows.test_recording_real import RealCast, finish_and_sign, start
from tests.waiting import until

pytestmark = pytest.mark.slow

USER, PASSWORD = "assessor", f"geheim-4711-{os.getpid()}"
KEY = bytes(range(32))


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    film = make_clip(tmp_path_factory.mktemp("film") / "talk.mp4", 20, fps=15, size=(320, 180))
    with network_cameras(film) as serve:
        yield serve


@pytest.fixture
def cast(tmp_path: Path) -> Iterator[RealCast]:
    cast = RealCast(tmp_path / "machine", tmp_path / "none.mp4")
    yield cast
    for name in RecorderClient.known(cast.state_folder):
        if (client := RecorderClient.attach(cast.state_folder, name)) is not None:
            client.stop()
            client.close()
    cast.close()


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bundle.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("inside.txt", f"rtsp://{USER}:{PASSWORD}@camera/" * 9)
    assert told_by_files(PASSWORD, tmp_path) == [f"{tmp_path / 'bundle.zip'}/inside.txt"]
    with subprocess.Popen([sys.executable, "-c", "input()", PASSWORD], stdin=subprocess.PIPE) as child:
        until(lambda: len(told_by_programs(PASSWORD)) == 1)
        child.kill()


def test_a_whole_day_with_a_camera_tells_its_password_nowhere(cast: RealCast, camera: Serve, tmp_path: Path) -> None:
    """Recorded, its recorder killed and replaced, the camera lost, signed, the day given out."""
    address, server = camera("aac", f"{USER}:{PASSWORD}")
    assert PASSWORD in address
    cast.settings = CameraSettings(source=address)
    keep_camera(cast.store, cast.settings)
    live = start(cast)
    watch = cast.real[0]._watch
    assert watch is not None
    until(lambda: watch.status.seconds > 1)
    assert told_by_programs(PASSWORD) == []
    os.kill(watch.client.status().pid, signal.SIGABRT)
    until(lambda: watch.status.segment == 2 and watch.status.frames)
    server.kill()
    until(lambda: live.view(CLOCK.now()).recording == "lost")
    shown = live.view(CLOCK.now())
    assert "network camera" in shown.trouble and PASSWORD not in repr(shown) and PASSWORD not in repr(watch.status)
    until(lambda: any("network camera" in str(e.body) for e in cast.vault.events(shown.observation)))
    record = finish_and_sign(cast, live)
    cast.acknowledge(record)
    events = [e.body for e in cast.vault.events(shown.observation)]
    assert any("network camera" in str(body) for body in events) and PASSWORD not in str(events)
    out = DayExport(cast.reader(), cast.manager.signatory)(cast.day, tmp_path / "given out", lambda done, of: None)
    assert verify_paths([Path(out.folder)]).exit_code == 0
    assert list((tmp_path / "given out").rglob("*.zip")) and list(cast.state_folder.glob("*"))
    assert told_by_files(PASSWORD, tmp_path) == [] and told_by_programs(PASSWORD) == []


def config_line(source: str, folder: Path, **wrong: object) -> str:
    told = json.loads(RecorderConfig("ab" * 16, folder / "rec", KEY, source, "consent").to_json()) | wrong
    return json.dumps({"config": json.dumps(told), "state_folder": str(folder)})


@pytest.mark.parametrize("what", ["cut off", "unknown field", "wrong kind", "no room for its state", "torn down"])
def test_a_recorder_that_breaks_does_not_tell_it(tmp_path: Path, what: str) -> None:
    """Started with what cannot be right, or breaking down with the trace Python prints: nothing of it on any stream."""
    address = f"rtsp://{USER}:{PASSWORD}@127.0.0.1:9/room"
    line = {
        "cut off": config_line(address, tmp_path)[:-30],
        "unknown field": config_line(address, tmp_path, colour=address),
        "wrong kind": config_line(address, tmp_path, width=address),
        "no room for its state": config_line(address, tmp_path / "not there"),
        "torn down": config_line(address, tmp_path, keep_trying=False),
    }[what]
    breaking = ""
    if what == "torn down":
        breaking = (
            "from observer_app.capture import rtsp\n"
            "def fall(self, *rest): raise RuntimeError(repr(self) + repr(vars(self).keys()))\n"
            "rtsp.RtspSource.items = rtsp.RtspSource.open = fall"
        )
    code = f"{breaking}\nimport sys\nfrom observer_app.capture.recorder_process import main\nsys.exit(main())"
    ended = subprocess.run([sys.executable, "-X", "dev", "-c", code], input=line + "\n", capture_output=True, text=True)
    assert ended.returncode != 0 and ended.stderr
    assert PASSWORD not in ended.stdout + ended.stderr
    assert told_by_files(PASSWORD, tmp_path) == []


def test_the_recorder_alone_takes_the_address_unseen(camera: Serve, tmp_path: Path) -> None:
    address, _ = camera("silent", f"{USER}:{PASSWORD}")
    command = [sys.executable, "-m", "observer_app", "record", "--source", "-", "--out", str(tmp_path), "--json"]
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([*command, "--seconds", "3"], text=True, **streams) as alone:  # type: ignore[call-overload]
        assert alone.stdin is not None
        alone.stdin.write(address + "\n")
        alone.stdin.flush()
        until(lambda: list(tmp_path.glob("*/0001.obsv")))
        assert told_by_programs(PASSWORD) == []
        out, err = alone.communicate(timeout=60)
    assert json.loads(out)["frames"] > 0 and PASSWORD not in out + err
    assert told_by_files(PASSWORD, tmp_path) == []
