# SPDX-License-Identifier: GPL-3.0-or-later
"""Live and signing with the real recorder: its own process, a made clip, sealed segments."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from observer_app.capture.client import RecorderClient
from observer_app.capture.made_clip import make_clip
from observer_app.domain.events import Kind
from observer_app.errors import BadInput
from observer_app.media.segment import verify_segment
from observer_app.trust.samples import sample_root
from observer_app.trust.signed_file import make_signed_file
from observer_app.trust.verify import verify_paths
from observer_app.workflows.evidence import unwrapped
from observer_app.workflows.live import LiveObservation
from observer_app.workflows.preflight import look_at_camera
from observer_app.workflows.recording import CameraRecorder, CameraSettings, RecorderPort
from observer_app.workflows.room import keep_camera
from tests.redteam.second import second_blames
from tests.servers.network_cameras import network_cameras
from tests.telling import told_by_files, told_by_programs
from tests.unit.workflows.assess_cast import PASSPHRASE, AssessCast, end_phases, rate_all
from tests.unit.workflows.record_cast import CLOCK
from tests.waiting import until

pytestmark = pytest.mark.slow


class RealCast(AssessCast):
    """With the machine's own clock and the real recorder behind a made clip."""

    def __init__(self, root: Path, clip: Path) -> None:
        self.settings = CameraSettings(source=str(clip), loop=True, width=320, height=180, fps=15)
        self.state_folder = root / "recorders"
        self.real: list[CameraRecorder] = []
        super().__init__(root)

    def recorder(self) -> RecorderPort:
        made = CameraRecorder(
            self.settings, self.state_folder, lambda name: self.files.recording(name, create=True), CLOCK
        )
        self.real.append(made)
        return made

    def now(self) -> None:
        """The stepped clock set by the machine's: the recorder knows no other."""
        self.clock.moment = CLOCK.now()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "talk.mp4", 4, fps=15, size=(320, 180))


@pytest.fixture
def cast(tmp_path: Path, clip: Path) -> Iterator[RealCast]:
    cast = RealCast(tmp_path, clip)
    yield cast
    for name in RecorderClient.known(cast.state_folder):
        client = RecorderClient.attach(cast.state_folder, name)
        if client is not None:
            client.stop()
            client.close()
    cast.close()


def start(cast: RealCast) -> LiveObservation:
    live = cast.assess.open(cast.mine.id, CLOCK.now())
    while not live.recording:
        live.next_phase(CLOCK.now()).result(5)
        cast.vault.write(lambda db: None).result(5)
    until(lambda: live.view(CLOCK.now()).recording == "recording")
    return live


def finish_and_sign(cast: RealCast, live: LiveObservation) -> str:
    cast.now()
    rate_all(live, cast.clock)
    end_phases(live, cast.clock)
    review = cast.review()
    return review.sign(PASSPHRASE, is_the_person=True, declared=True).result(30)


def test_a_recorded_interview_is_signed_with_its_segments(cast: RealCast) -> None:
    live = start(cast)
    until(lambda: len(live.preview.picture()) > 1000)
    assert live.preview.picture().startswith(b"\xff\xd8")
    until(lambda: live.preview.level() > 0)
    view = live.view(CLOCK.now())
    record = finish_and_sign(cast, live)
    body = cast.machine.trust().verify(cast.store.statements.get(record)).statement.body
    assert len(body["media"]) == 1
    row = body["media"][0]
    folder = cast.files.recording(row["recording"])
    verify_segment(folder / "0001.obsv", row["root"], row["size"])
    (own,) = cast.store.statements.about(body["observation"], "media")  # the machine's word for it, without any mark
    vouched = cast.machine.trust().verify(own.envelope)
    assert [s.kind for s in vouched.signers] == ["device"] and vouched.statement.body["segments"] == body["media"]
    assert own.device_seq == 1 and cast.store.statements.about(record)[0].device_seq == 2
    assert any(w.kind == "segment" and w.ref == f"{row['recording']}/1" for w in cast.store.outbox.waiting())
    assert cast.review().frame(view.elapsed_ms).startswith(b"\xff\xd8")
    assert cast.review().frame(10**9) == b""


def test_the_machine_signs_the_recording_of_an_interview_that_was_broken_off(cast: RealCast, tmp_path: Path) -> None:
    live = start(cast)
    observation = live.view(CLOCK.now()).observation
    until(lambda: cast.real[0]._watch.status.seconds > 1)  # type: ignore[union-attr]
    live.abandon("Fire alarm, the candidate left", CLOCK.now()).result(5)
    until(lambda: bool(cast.store.statements.about(observation, "media")))
    (own,) = cast.store.statements.about(observation, "media")
    vouched = cast.machine.trust().verify(own.envelope)
    (row,) = vouched.statement.body["segments"]
    assert [s.kind for s in vouched.signers] == ["device"] and not cast.store.statements.of_type("record")
    film = cast.files.recording(row["recording"]) / "0001.obsv"
    verify_segment(film, row["root"], row["size"])
    assert cast.assess.sign_left() == 0, "once is enough"
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "media.observer").write_bytes(make_signed_file(cast.machine.trust(), own.envelope))
    held = tmp_path / "given" / "0001.obsv"
    held.write_bytes(film.read_bytes())
    paths = [tmp_path / "given" / "media.observer", held]
    root = sample_root().data
    assert verify_paths(paths).exit_code == 0 and second_blames(paths, root) == set()
    held.write_bytes(held.read_bytes()[:-1])
    assert verify_paths(paths).exit_code == 1 and second_blames(paths, root) == {str(held)}


def test_one_that_was_broken_off_as_the_window_died_is_signed_later(
    cast: RealCast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as nobody:
        nobody.setattr(type(cast.assess), "sign_left", lambda self: 0)
        live = start(cast)
        observation = live.view(CLOCK.now()).observation
        live.wrong_candidate("It was the next one in the room", CLOCK.now()).result(5)
    assert not cast.store.statements.about(observation, "media")
    again = cast.new_window()
    assert (again.sign_left(), again.sign_left()) == (1, 0)
    (own,) = cast.store.statements.about(observation, "media")
    assert cast.machine.trust().verify(own.envelope).statement.body["segments"]


def test_a_window_that_comes_back_takes_up_the_same_recorder(cast: RealCast) -> None:
    live = start(cast)
    before = live.view(CLOCK.now())
    pid = cast.real[0]._watch.client.status().pid  # type: ignore[union-attr]
    cast.new_window()
    cast.real[0].leave().result(10)
    again = cast.assess.open(cast.mine.id, CLOCK.now())
    until(lambda: again.view(CLOCK.now()).recording == "recording")
    assert again.view(CLOCK.now()).observation == before.observation
    assert cast.real[1]._watch.client.status().pid == pid  # type: ignore[union-attr]
    record = finish_and_sign(cast, again)
    body = cast.machine.trust().verify(cast.store.statements.get(record)).statement.body
    events = cast.vault.events(before.observation)
    assert len(body["media"]) == 1 and not [e for e in events if e.kind == Kind.RECORDING_GAP]
    assert [e for e in events if e.kind == Kind.RESUMED_AFTER_CRASH]


def test_a_killed_recorder_is_replaced_and_the_gap_signed(cast: RealCast) -> None:
    live = start(cast)
    status = cast.real[0]._watch.client.status()  # type: ignore[union-attr]
    until(lambda: cast.real[0]._watch.status.seconds > 1)  # type: ignore[union-attr]
    os.kill(status.pid, signal.SIGKILL)
    live.rate(live.view(CLOCK.now()).rows[0].criterion, 3, CLOCK.now()).result(5)  # scoring goes on

    def gap_over() -> bool:
        marks = live.view(CLOCK.now()).marks
        return any(m.kind == "gap" and m.end_ms > 0 for m in marks)

    until(gap_over)
    gaps = [m for m in live.view(CLOCK.now()).marks if m.kind == "gap"]
    assert len(gaps) == 1 and gaps[0].end_ms - gaps[0].at_ms < 5000
    record = finish_and_sign(cast, live)
    body = cast.machine.trust().verify(cast.store.statements.get(record)).statement.body
    assert [row["segment"] for row in body["media"]] == [1, 2] and body["media"][0]["gaps"] == 1


def test_leaving_the_screen_records_on_and_signing_ends_it(cast: RealCast) -> None:
    live = start(cast)
    cast.now()
    rate_all(live, cast.clock)
    live.close()
    status = RecorderClient.attach(cast.state_folder, cast.store.recordings()[0].id)
    assert status is not None
    status.close()
    again = cast.assess.open(cast.mine.id, CLOCK.now())
    record = finish_and_sign(cast, again)
    assert RecorderClient.attach(cast.state_folder, cast.store.recordings()[0].id) is None
    assert len(cast.machine.trust().verify(cast.store.statements.get(record)).statement.body["media"]) == 1


def test_a_missing_film_is_a_gap_and_scoring_goes_on(cast: RealCast) -> None:
    cast.settings = replace(cast.settings, source=str(cast.root / "none.mp4"))
    live = cast.assess.open(cast.mine.id, CLOCK.now())
    while not live.recording:
        live.next_phase(CLOCK.now()).result(5)
        cast.vault.write(lambda db: None).result(5)
    until(lambda: live.view(CLOCK.now()).recording == "lost")
    assert "Scoring goes on" in live.view(CLOCK.now()).trouble
    record = finish_and_sign(cast, live)
    assert cast.machine.trust().verify(cast.store.statements.get(record)).statement.body["media"] == []


def address_of(server: tuple[str, object]) -> tuple[str, str]:
    """(address, its port)."""
    return server[0], server[0].rsplit(":", 1)[1].split("/")[0]


def test_a_network_camera_killed_is_an_alarm_within_five_seconds_and_comes_back(cast: RealCast, clip: Path) -> None:
    """Scoring goes on meanwhile; the window says in words what is wrong, and that it is over; both are on record."""
    with network_cameras(clip) as serve:
        server = serve("g711", "assessor:geheim-4711")
        address, port = address_of(server)
        cast.settings = replace(cast.settings, source=address, loop=False)
        keep_camera(cast.store, cast.settings)
        live = start(cast)
        until(lambda: cast.real[0]._watch.status.seconds > 1)  # type: ignore[union-attr]
        server[1].kill()
        killed = time.monotonic()
        until(lambda: "Scoring goes on" in live.view(CLOCK.now()).trouble)
        assert time.monotonic() - killed < 5
        view = live.view(CLOCK.now())
        assert "network camera" in view.trouble and view.recording == "lost"
        live.rate(view.rows[0].criterion, 3, CLOCK.now()).result(5)
        serve("g711", "assessor:geheim-4711", port)
        until(lambda: live.view(CLOCK.now()).recording == "recording")
        until(lambda: "The recording goes on" in live.view(CLOCK.now()).trouble)
        told = live.view(CLOCK.now())
        assert next(m.label for m in told.marks if m.kind == "gap").startswith("No picture 0:")
        assert told_by_files("geheim-4711", cast.root) == [] == told_by_programs("geheim-4711")
        record = finish_and_sign(cast, live)
    body = cast.machine.trust().verify(cast.store.statements.get(record)).statement.body
    assert [row["segment"] for row in body["media"]] == [1, 2]
    assert told_by_files("geheim-4711", cast.root) == []


def test_the_pre_flight_sees_and_hears_the_room(clip: Path) -> None:
    look = look_at_camera(CameraSettings(source=str(clip), loop=True, fps=15), seconds=1.5)
    assert look.fault is None and look.picture.startswith(b"\xff\xd8") and look.level > 0 and look.sound
    assert not {"dark", "covered", "blurred"} & {n.code for n in look.notes}


def test_a_cameras_lateness_is_on_record_and_corrected_beside_it(cast: RealCast) -> None:
    """The film is a quarter of a second behind the room: what is seen at a moment moves by that, the moments do not."""
    cast.settings = replace(cast.settings, latency_ms=240)
    live = start(cast)
    until(lambda: live.view(CLOCK.now()).elapsed_ms > 2500)
    cast.now()
    rate_all(live, cast.clock)
    end_phases(live, cast.clock)
    live.finish(CLOCK.now())
    recording, observation = cast.store.recordings()[0].id, live.view(CLOCK.now()).observation

    def found_out(late_ms: int) -> None:  # no screen writes it; who has it on record has it obeyed
        body = {"recording": recording, "latency_ms": late_ms}
        review._journal.append(Kind.RECORDING_OFFSET, CLOCK.now(), body).result(5)

    review = cast.review()
    before = review.frame(1000)
    found_out(1240)
    assert before != review.frame(1000)
    found_out(240)
    assert before == review.frame(1000)
    review.sign(PASSPHRASE, is_the_person=True, declared=True).result(30)
    events = cast.vault.events(observation)
    assert [e.body["latency_ms"] for e in events if "latency_ms" in e.body] == [240, 1240, 240]


def test_with_its_wraps_the_recording_is_erased_and_its_hash_stays(cast: RealCast) -> None:
    """No key that is left opens a byte of it; that it is the one that was signed can still be told."""
    live = start(cast)
    until(lambda: live.view(CLOCK.now()).elapsed_ms > 500)
    record = finish_and_sign(cast, live)
    observation, (row, *_) = live.view(CLOCK.now()).observation, _media(cast, record)
    folder, keys = cast.files.recording(row["recording"]), [cast.centre.keys, cast.officer]
    assert cast.store.wraps(observation) and any(w.kind == "wrap" for w in cast.store.outbox.waiting())
    assert unwrapped(observation, cast.store.wraps(observation), keys) is not None
    key = cast.vault.evidence_key(observation)
    cast.store.forget(observation, [], keys=True).result(5)
    cast.vault.forget(observation).result(5)
    assert unwrapped(observation, cast.store.wraps(observation), keys) is None
    assert not [w for w in cast.store.outbox.waiting() if w.kind == "wrap"]
    with pytest.raises(BadInput, match="were erased"):
        cast.vault.evidence_key(observation)
    with pytest.raises(BadInput, match="were erased"):
        cast.review().frame(100)
    for path in cast.root.rglob("*"):
        assert not path.is_file() or key not in path.read_bytes()
    verify_segment(folder / "0001.obsv", row["root"], row["size"])
    assert _media(cast, record)[0] == row


def _media(cast: RealCast, record: str) -> list[dict[str, Any]]:
    media: list[dict[str, Any]] = cast.machine.trust().verify(cast.store.statements.get(record)).statement.body["media"]
    return media
