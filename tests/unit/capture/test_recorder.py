# SPDX-License-Identifier: GPL-3.0-or-later
"""The recorder process: it records what was shown, outlives its window, and loses next to nothing when killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from observer_app.capture.client import RecorderClient
from observer_app.capture.config import RecorderConfig, RecorderStatus, redact
from observer_app.capture.control import StateFile, state_path
from observer_app.capture.drawing import read_frame_number
from observer_app.capture.made_clip import make_clip
from observer_app.capture.recovery import recover_recording
from observer_app.capture.supervise import RecorderWatch
from observer_app.errors import BadInput, Conflict, ConsentMissing
from observer_app.media.opened import open_recording
from observer_app.media.segment import segment_summary, verify_segment
from observer_app.media.timeline import Position
from tests.unit.capture.conftest import FPS, KEY
from tests.waiting import until

Start = Callable[[RecorderConfig], RecorderClient]
Configure = Callable[..., RecorderConfig]


def recorded_for(client: RecorderClient, seconds: float) -> RecorderStatus:
    return until(lambda: (s := client.status()).seconds >= seconds and s)


def test_a_file_is_recorded_in_real_time_with_sound_and_every_frame_is_its_own(
    config: Configure, started: Start
) -> None:
    told = config()
    client = started(told)
    recorded_for(client, 3.0)
    loud = until(lambda: client.status().level > 0.01)
    preview = until(client.preview)
    assert loud and (preview.width, preview.height) == (448, 252) and len(preview.rgb) == 448 * 252 * 3
    final = client.stop()
    assert final.state == "stopped" and final.dropped == 0 and final.gaps == () and final.health == ()
    with open_recording(told.folder, KEY) as recording:
        assert recording.warnings == [] and recording.duration_ms >= 3000
        for ms in range(0, recording.duration_ms, 170):
            frame = recording.frames.frame_at(ms)
            assert read_frame_number(frame.rgb) == round(frame.pts_ms * FPS / 1000)
        assert max(recording.waveform(50)) > 0.05
        assert 3.0 <= final.frames / FPS <= 8.0
        began = recording.indexes[0].opening
        at = recording.timeline.locate(began.boot_id, final.last_frame_monotonic_ns)
        assert isinstance(at, Position) and abs(at.pts_ms - (final.frames - 1) * 1000 / FPS) <= 34
    (segment,) = segment_summary(told.folder).segments
    verify_segment(told.folder / segment.file, segment.root, segment.size, segment.cluster_sha256)
    names = sorted(p.name for p in told.folder.iterdir())
    assert names == ["0001.obsi", "0001.obsv"]


def test_nothing_on_disk_shows_the_picture_or_the_key(config: Configure, started: Start, tmp_path: Path) -> None:
    told = config()
    client = started(told)
    recorded_for(client, 1.0)
    client.stop()
    written = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    for telltale in (b"matroska", b"Lavf", b"V_MPEG4", b"x264", KEY, KEY.hex().encode(), told.source.encode()):
        assert telltale not in written


def test_without_consent_nothing_is_recorded(config: Configure, tmp_path: Path) -> None:
    with pytest.raises(ConsentMissing, match="consent"):
        RecorderClient.start(config(consent="  "), tmp_path / "state")
    line = config().to_json().replace("consent-7", "")
    with pytest.raises(ConsentMissing):
        RecorderConfig.from_json(line)
    assert not list(tmp_path.rglob("*.obsv"))


@pytest.mark.parametrize(
    "wrong", [{"key": b"x"}, {"source": ""}, {"planned_end_s": 0}, {"recording": "../etc"}, {"fps": 0}]
)
def test_a_wrong_configuration_is_refused(config: Configure, tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        RecorderClient.start(config(**wrong), tmp_path / "state")


def test_killed_in_the_middle_all_but_the_last_half_second_is_there(config: Configure, started: Start) -> None:
    told = config()
    client = started(told)
    before = recorded_for(client, 2.5)
    os.kill(before.pid, signal.SIGKILL)
    died = until(lambda: (s := client.status()).state == "died" and s)
    assert "stopped suddenly" in died.message
    with open_recording(told.folder, KEY) as recording:
        assert recording.duration_ms >= before.frames * 1000 / FPS - 500
        last = recording.frames.frame_at(recording.duration_ms)
        assert read_frame_number(last.rgb) == round(last.pts_ms * FPS / 1000)
        assert "not closed" in recording.warnings[0]


def test_a_dead_recorder_is_replaced_and_the_gap_is_told(config: Configure, tmp_path: Path) -> None:
    told = config()
    gaps = []
    watch = RecorderWatch(told, tmp_path / "state", on_gap=gaps.append)
    try:
        first = until(lambda: (s := watch.poll()).seconds >= 1.5 and s)
        os.kill(first.pid, signal.SIGKILL)
        until(lambda: watch.poll().segment == 2 and watch.status.frames > 20)
        final = watch.stop()
    finally:
        watch.stop()
    assert final.state == "stopped" and len(final.gaps) == 1 and final.gaps[0].seconds < 5
    assert [g.to_monotonic_ns > 0 for g in gaps] == [False, True]
    assert gaps[0].from_monotonic_ns == gaps[1].from_monotonic_ns and 0 < gaps[1].seconds < 5
    with open_recording(told.folder, KEY) as recording:
        (gap,) = recording.timeline.gaps
        assert abs(gap.length_ms - final.gaps[0].seconds * 1000) < 100
        assert recording.warnings == []  # the next recorder closed what the dead one left
        # The film went on meanwhile: recording time and frame number still agree behind the gap.
        behind = recording.frames.frame_at(gap.end_ms + 200)
        assert abs(read_frame_number(behind.rgb) - behind.pts_ms * FPS / 1000) <= 3


def test_a_killed_window_finds_its_recorder_again_without_a_gap(config: Configure, tmp_path: Path) -> None:
    told = config()
    state = tmp_path / "state"
    window = subprocess.Popen(
        [sys.executable, "-c", _WINDOW, str(state)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with window:
        assert window.stdin is not None and window.stdout is not None
        window.stdin.write(told.to_json() + "\n")
        window.stdin.flush()
        assert window.stdout.readline() == "recording\n"
        os.killpg(window.pid, signal.SIGKILL)  # the window and whatever a closing terminal would take with it
    assert RecorderClient.known(state) == [told.recording]
    with pytest.raises(Conflict, match="already"):
        RecorderClient.start(told, state)
    again = RecorderClient.attach(state, told.recording)
    assert again is not None
    with again:
        now = again.status()
        recorded_for(again, now.seconds + 1.0)
        final = again.stop()
    assert final.state == "stopped" and final.segment == 1 and final.gaps == ()
    until(lambda: RecorderClient.attach(state, told.recording) is None)
    with open_recording(told.folder, KEY) as recording:
        assert recording.warnings == [] and len(recording.indexes) == 1


def test_a_test_that_is_killed_leaves_no_recorder(config: Configure, tmp_path: Path) -> None:
    """The same, but of a process that said recorders are to end with it, as tests, benchmarks and the demo do."""
    told = config()
    runner = subprocess.Popen(
        [sys.executable, "-c", "import os; os.environ['OBSERVER_RECORDER_ENDS_WITH'] = str(os.getpid())" + _WINDOW,
         str(tmp_path / "state")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # fmt: skip
    with runner:
        assert runner.stdin is not None and runner.stdout is not None
        runner.stdin.write(told.to_json() + "\n")
        runner.stdin.flush()
        assert runner.stdout.readline() == "recording\n"
        runner.kill()
    with RecorderClient(tmp_path / "state", told.recording) as client:
        assert until(lambda: (s := client.status()).finished and s, seconds=5).state == "stopped"
    with open_recording(told.folder, KEY) as recording:
        assert recording.warnings == []


_WINDOW = """
import sys
import threading
from pathlib import Path
from observer_app.capture.client import RecorderClient
from observer_app.capture.config import RecorderConfig
client = RecorderClient.start(RecorderConfig.from_json(sys.stdin.readline()), Path(sys.argv[1]))
while client.status().frames < 10:
    pass
print("recording", flush=True)
sys.stdin.read()
"""


def test_it_ends_by_itself_at_the_planned_end_and_at_the_end_of_the_file(
    config: Configure, started: Start, tmp_path: Path
) -> None:
    short = started(config(planned_end_s=1.0))
    over = until(lambda: (s := short.status()).finished and s)
    assert over.state == "planned_end" and 0.3 < over.seconds <= 1.2
    told = config(source=str(make_clip(tmp_path / "short.mp4", 2, fps=25, size=(320, 180))))
    client = started(told)
    assert until(lambda: (s := client.status()).finished and s).state == "ended"
    with open_recording(told.folder, KEY) as recording:
        assert len(recording.indexes[0].frames_ms) == 50 and recording.warnings == []


def test_a_looped_film_goes_on_and_its_times_keep_rising(config: Configure, started: Start, tmp_path: Path) -> None:
    told = config(source=str(make_clip(tmp_path / "short.mp4", 1, fps=30, size=(320, 180))), loop=True)
    client = started(told)
    recorded_for(client, 2.5)
    client.stop()
    with open_recording(told.folder, KEY) as recording:
        for ms in range(0, recording.duration_ms, 210):
            frame = recording.frames.frame_at(ms)
            assert read_frame_number(frame.rgb) == round(frame.pts_ms * 30 / 1000) % 30


def test_a_missing_file_says_so(config: Configure, started: Start, tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no film")
    for name, words in (("nowhere.mp4", "There is no file nowhere.mp4"), ("text.mp4", "cannot be played")):
        client = started(config(source=str(tmp_path / name)))
        status = until(lambda c=client: (s := c.status()).finished and s)
        assert status.state == "failed" and words in status.message and status.advice


def test_strangers_on_the_loopback_get_nothing_and_harm_nothing(
    config: Configure, started: Start, tmp_path: Path
) -> None:
    told = config()
    client = started(told)
    recorded_for(client, 0.5)
    path = state_path(tmp_path / "state", told.recording)
    assert path.stat().st_mode & 0o777 == 0o600
    state = StateFile.read(tmp_path / "state", told.recording)
    assert state is not None
    for sent in (b'{"token":"guess","ask":"stop"}\n', b"GET / HTTP/1.1\r\n\r\n", b"\xff\n", b"[1]\n", b"a" * 5000, b""):
        with socket.create_connection(("127.0.0.1", state.port), 5) as stranger:
            stranger.sendall(sent)
            stranger.shutdown(socket.SHUT_WR)
            assert stranger.recv(100) == b""
    before = client.status()
    assert recorded_for(client, before.seconds + 0.5).state == "recording"


def test_a_configuration_never_shows_its_secrets(config: Configure) -> None:
    told = config(source="rtsp://admin:hunter2@127.0.0.1/one")
    assert "hunter2" not in repr(told) and KEY.hex() not in repr(told) and str(KEY) not in repr(told)
    assert redact("cannot open rtsp://admin:hunter2@cam/one twice") == "cannot open rtsp://cam/one twice"
    assert redact("rtsp://admin:hun/te@r2@cam/one") == "rtsp://cam/one"
    assert redact("rtsp://cam/user=admin&password=hunter2&channel=1") == "rtsp://cam/user=&password=&channel=1"
    assert redact("rtsp://cam/user=admin_password=hunter2_channel=1") == "rtsp://cam/user="
    assert RecorderConfig.from_json(told.to_json()) == told.check()


@pytest.mark.slow
def test_a_recorder_that_hangs_is_replaced_and_does_no_harm_when_it_wakes(config: Configure, tmp_path: Path) -> None:
    told = config()
    watch = RecorderWatch(told, tmp_path / "state")
    try:
        first = until(lambda: (s := watch.poll()).seconds >= 1.0 and s)
        os.kill(first.pid, signal.SIGSTOP)
        until(lambda: watch.poll().segment == 2 and watch.status.frames > 10)
        with pytest.raises(ProcessLookupError):
            os.kill(first.pid, 0)
        assert watch.stop().state == "stopped"
    finally:
        watch.stop()
    with open_recording(told.folder, KEY) as recording:
        assert recording.warnings == [] and len(recording.timeline.gaps) == 1


def test_a_recorder_that_was_replaced_while_it_slept_writes_nothing_more(config: Configure, started: Start) -> None:
    told = config()
    client = started(told)
    recorded_for(client, 1.5)
    asleep = client.status().pid
    os.kill(asleep, signal.SIGSTOP)
    recover_recording(told.folder, KEY, told.recording)
    os.kill(asleep, signal.SIGCONT)
    over = until(lambda: (s := client.status()).finished and s)
    assert over.state == "failed" and "taken over" in over.message
    with open_recording(told.folder, KEY) as recording:
        assert recording.warnings == [] and recording.duration_ms > 500


def test_a_recorder_slow_to_answer_is_still_stopped_well(config: Configure, started: Start) -> None:
    told = config()
    client = started(told)
    busy = recorded_for(client, 1.0)
    os.kill(busy.pid, signal.SIGSTOP)
    later = threading.Timer(2.5, os.kill, (busy.pid, signal.SIGCONT))
    later.start()
    assert client.stop(20).state == "stopped"
    later.join()


def test_silences_that_ended_do_not_add_up_to_a_dead_recorder(
    config: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("observer_app.capture.supervise._HUNG_S", 1.0)
    watch = RecorderWatch(config(), tmp_path / "state")
    try:
        first = until(lambda: (s := watch.poll()).seconds >= 0.5 and s)
        for seconds in (2.0, 4.0):
            os.kill(first.pid, signal.SIGSTOP)
            until(lambda: watch.poll().state == "died")  # the kernel may let an answer through before it stops all
            os.kill(first.pid, signal.SIGCONT)
            until(lambda s=seconds: watch.poll().state == "recording" and watch.status.seconds > s)
        assert watch.status.pid == first.pid and watch.stop().segment == 1
    finally:
        watch.stop()
