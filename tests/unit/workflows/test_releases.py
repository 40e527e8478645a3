# SPDX-License-Identifier: GPL-3.0-or-later
"""What leaves a record: to whom, what for, and that nothing leaves unwritten; on real stores and a real recording."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import av
import pytest

from observer_app.capture.made_clip import make_clip, read_frame_number
from observer_app.cli import main
from observer_app.domain.events import Kind
from observer_app.errors import BadInput, Conflict, EnvironmentFault, NotAllowed, ObserverError, WrongPassphrase
from observer_app.vault.sittings import encode_sittings
from observer_app.workflows.assigning import assign
from observer_app.workflows.day_export import DayExport
from observer_app.workflows.lateness import correct_lateness
from observer_app.workflows.moderate import ModerateDesk
from observer_app.workflows.records_desk import RecordsDesk
from observer_app.workflows.releases import PURPOSE_WORDS, Asked, Releases, roles_of
from observer_app.workflows.replay import ReplayObservation
from tests.unit.workflows.record_cast import (
    ASSESSOR,
    DAY,
    LIBRARY,
    MANAGER,
    MODERATOR,
    SCENARIO,
    CentreCast,
    Person,
    centre_cast,
)

IDS = [c.id for c in SCENARIO.criteria]
FPS = 15


cast = centre_cast


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "talk.mp4", 6, fps=FPS, size=(320, 180))


@pytest.fixture
def film_record(cast: CentreCast, clip: Path) -> Callable[..., str]:
    """`film_record(training_ok)` -> a record with a recording of 0-2 s and 3-5 s, given to the moderator."""

    def make(training_ok: bool, place: int = 0) -> str:
        sitting = cast.sittings[place]
        observation = cast.observe(sitting, [4] * len(IDS))
        vault = cast.assessor.vault
        first = next(e for e in vault.events(observation) if e.kind == "rated")
        body = {"from_us": first.at.monotonic_us, "to_us": first.at.monotonic_us + 900_000}
        vault.append(observation, Kind.CLIP_MARKED, cast.assessor.secrets.person, first.at, body).result()
        rows = cast.media(observation, cast.film(observation, clip))
        record = cast.sign(sitting, observation, media=rows, training_ok=training_ok)
        assign(cast.reader(), record, MODERATOR.person)
        return record

    return make


def releases(cast: CentreCast, who: Person) -> Releases:
    keys = who.secrets.keys
    return Releases(cast.reader() if who is cast.manager else cast.reader(keys), who.signatory)


def asked(folder: Path, *, purpose: str = "appeal", reason: str = "The candidate appealed", who: str = "",
          name: str = "out") -> Asked:  # fmt: skip
    return Asked(purpose, reason, who or MODERATOR.passphrase, folder / name)


def nothing_left_behind(cast: CentreCast, folder: Path) -> None:
    assert list(folder.iterdir()) == []
    assert not cast.store.statements.of_type("release")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


# ---- the right, the reason, the log ----


def test_a_clip_is_exact_and_written_down_before_it_is_there(
    cast: CentreCast, film_record: Callable[..., str], out: Path
) -> None:
    record = film_record(False)
    statement = releases(cast, cast.moderator).clip(record, 400, 1200, asked(out))
    (file,) = out.iterdir()
    assert file.name == "out.mp4"
    with av.open(str(file)) as cut:
        numbers = [read_frame_number(f.to_ndarray(format="rgb24")) for f in cut.decode(video=0)]
        words = cut.metadata["comment"]
    assert numbers == list(range(400 * FPS // 1000, 1200 * FPS // 1000))
    assert record in words and "an appeal" in words and words.endswith("Not to be used for training.")
    with av.open(str(file)) as cut:
        assert sum(f.samples for f in cut.decode(audio=0)) / 48_000 == pytest.approx(0.8, abs=0.05)
    (release,) = cast.reader().open(record).releases
    assert (release.id, release.by, release.what, release.purpose) == (statement, MODERATOR.person, "clip", "appeal")
    assert (release.from_ms, release.to_ms, release.reason) == (400, 1200, "The candidate appealed")
    assert release.files == (hashlib.sha256(file.read_bytes()).hexdigest(),)
    assert b"appealed" not in cast.store.statements.get(statement)
    waiting = {(w.kind, w.ref) for w in cast.store.outbox.waiting()}
    assert ("statement", statement) in waiting


def test_only_who_has_the_right_gets_anything(cast: CentreCast, film_record: Callable[..., str], out: Path) -> None:
    given, other = film_record(True), cast.record(1)
    with pytest.raises(NotAllowed, match="may not"):
        releases(cast, cast.moderator).clip(other, 0, 1000, asked(out))
    with pytest.raises(NotAllowed, match="may not"):
        releases(cast, cast.assessor).clip(given, 0, 1000, asked(out))
    with pytest.raises(NotAllowed, match="may not"):
        releases(cast, cast.assessor).marks(given, asked(out))
    with pytest.raises(WrongPassphrase):
        releases(cast, cast.moderator).clip(given, 0, 1000, asked(out, who="not it"))
    nothing_left_behind(cast, out)
    releases(cast, cast.manager).clip(given, 0, 1000, asked(out, who=MANAGER.passphrase))
    assert [f.name for f in out.iterdir()] == ["out.mp4"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [({"reason": "  "}, "reason"), ({"purpose": "fun"}, "what it is for"), ({"name": "no/such/out"}, "is not there")],
)
def test_without_reason_purpose_or_folder_nothing_leaves(
    cast: CentreCast, film_record: Callable[..., str], out: Path, changed: dict[str, str], words: str
) -> None:
    record = film_record(True)
    with pytest.raises(BadInput, match=words):
        releases(cast, cast.moderator).clip(record, 0, 1000, asked(out, **changed))
    nothing_left_behind(cast, out)


@pytest.mark.parametrize(("start", "end"), [(-1, 500), (500, 500), (900, 400), (0, 10**9), (2200, 2800)])
def test_a_stretch_that_is_none_is_refused(
    cast: CentreCast, film_record: Callable[..., str], out: Path, start: int, end: int
) -> None:
    record = film_record(True)
    with pytest.raises(BadInput):
        releases(cast, cast.moderator).clip(record, start, end, asked(out))
    nothing_left_behind(cast, out)


def test_nothing_that_is_there_is_overwritten(cast: CentreCast, film_record: Callable[..., str], out: Path) -> None:
    record = film_record(True)
    (out / "out.mp4").write_bytes(b"mine")
    with pytest.raises(BadInput, match="already"):
        releases(cast, cast.moderator).clip(record, 0, 1000, asked(out))
    assert (out / "out.mp4").read_bytes() == b"mine" and not cast.store.statements.of_type("release")


def test_a_folder_that_cannot_be_written_is_the_surroundings_fault(
    cast: CentreCast, film_record: Callable[..., str]
) -> None:
    record = film_record(True)
    with pytest.raises(EnvironmentFault):
        releases(cast, cast.moderator).clip(record, 0, 1000, asked(Path("/proc")))
    assert not cast.store.statements.of_type("release")


# ---- training ----


def every_way_out(cast: CentreCast, record: str, out: Path) -> Iterator[Callable[[], object]]:
    """Every way by which something of a record can be given out for training."""
    for who, passphrase in ((cast.moderator, MODERATOR.passphrase), (cast.manager, MANAGER.passphrase)):
        wanted = asked(out, purpose="training", who=passphrase)
        mine = releases(cast, who)
        yield lambda mine=mine, wanted=wanted: mine.clip(record, 0, 1000, wanted)  # type: ignore[misc]
        yield lambda mine=mine, wanted=wanted: mine.marks(record, wanted)  # type: ignore[misc]
    m = cast.moderator
    replay = ModerateDesk(cast.reader(m.secrets.keys), m.vault, m.signatory).open(record)
    for what in ("clip", "marks"):
        yield lambda what=what: replay.give_out(  # type: ignore[misc]
            what, 0, 1000, "training", "A course", MODERATOR.passphrase, out / "out"
        )
    replay.close()
    manager = records_of(cast, cast.manager)
    for what in ("clip", "marks"):
        yield lambda what=what: manager.give_out(  # type: ignore[misc]
            record, what, 0, 1000, "training", "A course", MANAGER.passphrase, out / "out"
        )


def records_of(cast: CentreCast, who: Person) -> RecordsDesk:
    """What stands behind the page Records of a signed-in person."""
    reader = cast.reader() if who is cast.manager else cast.reader(who.secrets.keys)
    return RecordsDesk(reader, who.signatory, roles_of(reader, who.signatory), who.vault, LIBRARY)


def mark_and_sign(cast: CentreCast, record: str) -> None:
    replay = moderate(cast, record)
    for criterion in IDS:
        replay.rate(criterion, 4, 100).result()
    replay.rate("", 4, 100).result()
    replay.sign(MODERATOR.passphrase).result()


def moderate(cast: CentreCast, record: str) -> ReplayObservation:
    m = cast.moderator
    return ModerateDesk(cast.reader(m.secrets.keys), m.vault, m.signatory).open(record)


@pytest.mark.parametrize("said", ["at signing", "nowhere", "taken back"])
def test_an_opt_out_holds_on_every_way_out(
    cast: CentreCast, film_record: Callable[..., str], out: Path, said: str
) -> None:
    record = film_record(said == "taken back") if said != "nowhere" else film_record(None)
    mark_and_sign(cast, record)
    if said == "taken back":
        sitting, at = cast.sittings[0], cast.manager.signatory.clock.now()
        _book(cast, training_ok=True)
        cast.store.sittings.append(DAY, sitting.id, "training", MANAGER.person, at, "no").result()
    tried = 0
    for way in every_way_out(cast, record, out):
        with pytest.raises(NotAllowed, match="not agreed"):
            way()
        tried += 1
    assert tried == 8
    nothing_left_behind(cast, out)
    assert not moderate(cast, record).view().training_ok


def _book(cast: CentreCast, *, training_ok: bool) -> None:

    booked = [replace(s, training_ok=training_ok) for s in cast.sittings]
    cast.store.sittings.put_roster("1" * 64, DAY, encode_sittings(booked)).result()


def test_a_yes_is_a_yes(cast: CentreCast, film_record: Callable[..., str], out: Path) -> None:
    _book(cast, training_ok=True)
    record = film_record(True)
    mark_and_sign(cast, record)
    releases(cast, cast.moderator).clip(record, 0, 1000, asked(out, purpose="training"))
    with av.open(str(out / "out.mp4")) as cut:
        assert "Not to be" not in cut.metadata["comment"]
    releases(cast, cast.moderator).marks(record, asked(out, purpose="training"))
    assert {f.name for f in out.iterdir()} == {"out.mp4", "out.csv", "out.vtt"}


def test_the_days_export_holds_nothing_to_look_at_or_listen_to(
    cast: CentreCast, film_record: Callable[..., str], out: Path
) -> None:
    """It is given out for results, to many: what it may hold of a recording is hashes, whatever anyone agreed to."""
    film_record(True)
    DayExport(cast.reader(), cast.manager.signatory)(DAY, out / "day", lambda done, total: None)
    files = [f for f in (out / "day").rglob("*") if f.is_file()]
    assert len(files) > 8 and {f.suffix for f in files} <= {".pdf", ".csv", ".zip", ".observer", ".txt", ".json", ""}
    for file in files:
        data = file.read_bytes()
        assert not [sign for sign in (b"OBSV", b"ftyp", b"\x1a\x45\xdf\xa3", b"JFIF") if sign in data], file.name


# ---- from the page Records ----


def test_a_manager_sees_what_there_is_to_give_and_gives_it(
    cast: CentreCast, film_record: Callable[..., str], out: Path
) -> None:
    record = film_record(False)
    desk = records_of(cast, cast.manager)
    there = desk.giving(record)
    assert there.length_ms == pytest.approx(5000, abs=100) and not there.training_ok and there.given_out == ()
    ((start, end),) = there.clips  # the assessor's, of 0.9 s
    assert 0 <= start < end and end - start <= 901
    desk.give_out(record, "clip", 400, 1200, "appeal", "The candidate appealed", MANAGER.passphrase, out / "a.mp4")
    with av.open(str(out / "a.mp4")) as cut:
        numbers = [read_frame_number(f.to_ndarray(format="rgb24")) for f in cut.decode(video=0)]
    assert numbers == list(range(400 * FPS // 1000, 1200 * FPS // 1000))
    desk.give_out(record, "marks", 0, 0, "moderation", "For the board", MANAGER.passphrase, out / "b")
    assert {f.name for f in out.iterdir()} == {"a.mp4", "b.csv", "b.vtt"}
    said = desk.giving(record).given_out
    assert len(said) == 2 and said[0].startswith("00:00 to 00:01 for an appeal") and "another marker" in said[1]


def test_from_records_only_who_has_the_right_and_where_the_recording_is(
    cast: CentreCast, film_record: Callable[..., str], out: Path
) -> None:
    record, without = film_record(True), cast.record(1)
    desk = records_of(cast, cast.assessor)
    with pytest.raises(NotAllowed, match="may not"):
        desk.giving(record)
    with pytest.raises(NotAllowed, match="may not"):
        desk.give_out(record, "clip", 0, 1000, "appeal", "x", ASSESSOR.passphrase, out / "a")
    desk = records_of(cast, cast.manager)
    with pytest.raises(BadInput, match="no recording"):
        desk.giving(without)
    (segment,) = {s.recording for s in cast.reader().open(record).media}
    for file in cast.reader().files.recording(segment).iterdir():
        file.unlink()
    with pytest.raises(BadInput, match="not on this machine"):
        desk.giving(record)
    nothing_left_behind(cast, out)


def test_every_purpose_has_its_words() -> None:
    from observer_app.trust.bodies import PURPOSES

    assert set(PURPOSES) == set(PURPOSE_WORDS)


# ---- marks as files ----


def test_marks_are_given_out_only_once_the_own_ones_are_signed(
    cast: CentreCast, film_record: Callable[..., str], out: Path
) -> None:
    record = film_record(True)
    with pytest.raises(NotAllowed, match="hidden"):
        releases(cast, cast.moderator).marks(record, asked(out))
    nothing_left_behind(cast, out)


def test_marks_stand_on_the_recordings_time_in_both_files(
    cast: CentreCast, film_record: Callable[..., str], out: Path
) -> None:
    record = film_record(True)
    replay = moderate(cast, record)
    replay.mark_clip(500, 1500).result()
    (clip,) = replay.view().clips
    replay.name_clip(clip.id, "=Silence & <b>looks</b> --> away").result()
    replay.close()
    mark_and_sign(cast, record)
    releases(cast, cast.moderator).marks(record, asked(out))
    rows = list(csv.DictReader(io.StringIO((out / "out.csv").read_text(encoding="utf-8-sig"))))
    found = {(r["whose"], r["what"]) for r in rows}
    assert found >= {("live", "rated"), ("live", "note"), ("live", "clip"), ("replay", "rated"), ("replay", "clip"),
                     ("replay", "note"), ("recording", "gap")}  # fmt: skip
    first = next(r for r in rows if (r["whose"], r["what"], r["criterion_number"]) == ("live", "rated", "1"))
    assert abs(int(first["start_ms"]) - 500) < 70 and first["value"] == "4"
    live = next(r for r in rows if (r["whose"], r["what"]) == ("live", "clip"))
    assert int(live["end_ms"]) - int(live["start_ms"]) == pytest.approx(900, abs=2)
    assert "'=Silence & <b>looks</b> --> away" in [r["text"] for r in rows]
    text = (out / "out.vtt").read_text(encoding="utf-8")
    assert text.startswith("WEBVTT\n\nNOTE Sample data. Record ")
    assert text.count(" --> ") == len(rows)
    with av.open(str(out / "out.vtt")) as captions:  # another program reads them so
        shown = [round(float(p.pts * p.time_base) * 1000) for p in captions.demux() if p.pts is not None]
    assert shown == [int(r["start_ms"]) for r in rows]
    assert "00:00:00.500 --> 00:00:01.500\n[replay] clip" in text and "&lt;b&gt;looks&lt;/b&gt; --&gt; away" in text
    (release,) = cast.reader().open(record).releases
    assert len(release.files) == 2 and release.what == "marks"


# ---- how late the picture came ----


def late_by(cast: CentreCast, record: str, late_ms: int, reason: str = "the door shuts later in the film") -> str:
    replay = moderate(cast, record)
    try:
        return replay.correct_late(500, late_ms, reason, MODERATOR.passphrase)
    finally:
        replay.close()


def live_rating_ms(cast: CentreCast, record: str, out: Path, name: str) -> int:
    """Where the first live rating lies in what is exported."""
    releases(cast, cast.moderator).marks(record, asked(out, name=name))
    rows = csv.DictReader(io.StringIO((out / f"{name}.csv").read_text(encoding="utf-8-sig")))
    return next(int(r["start_ms"]) for r in rows if (r["whose"], r["what"]) == ("live", "rated"))


def test_how_late_the_picture_came_is_signed_counts_everywhere_and_is_taken_back_by_another(
    cast: CentreCast, film_record: Callable[..., str], out: Path
) -> None:
    record = film_record(True)
    mark_and_sign(cast, record)
    replay = moderate(cast, record)
    before, clips = replay.compare(), replay.view().clips
    assert replay.late_ms(500) == 0
    replay.correct_late(500, 240, "the door shuts later in the film", MODERATOR.passphrase)
    after, view = replay.compare(), replay.view()
    moved = {b.criterion: a.live_ms - b.live_ms for a, b in zip(after.rows, before.rows, strict=True)}
    assert replay.late_ms(500) == 240 and moved[IDS[0]] == 240
    live = [c for c in view.clips if c.whose == "live"]
    assert live[0].start_ms - next(c for c in clips if c.whose == "live").start_ms == 240
    assert [a.replay_ms for a in after.rows] == [b.replay_ms for b in before.rows]
    assert "240 ms late" in view.lateness[0] and view.lateness[0].endswith("the door shuts later in the film")
    replay.close()
    shifted = live_rating_ms(cast, record, out, "shifted")
    opened = cast.reader().open(record)
    (said,) = opened.lateness
    assert (said.by, said.latency_ms, said.reason) == (MODERATOR.person, 240, "the door shuts later in the film")
    assert opened.ratings == dict.fromkeys(IDS, 4) and not opened.warnings
    late_by(cast, record, 0)
    assert shifted - live_rating_ms(cast, record, out, "back") == 240
    assert [s.latency_ms for s in cast.reader().open(record).lateness] == [240, 0]


def test_who_may_not_correct_it_and_what_is_no_correction(
    cast: CentreCast, film_record: Callable[..., str], out: Path
) -> None:
    record = film_record(True)
    with pytest.raises(NotAllowed, match="hidden"):
        late_by(cast, record, 240)
    mark_and_sign(cast, record)
    for late_ms, reason in ((6000, "why"), (-6000, "why"), (240, " ")):
        with pytest.raises(BadInput):
            late_by(cast, record, late_ms, reason)
    with pytest.raises(Conflict, match="already"):
        late_by(cast, record, 0)
    opened, recording = cast.reader().open(record), cast.reader().open(record).media[0].recording
    with pytest.raises(NotAllowed, match="may not correct"):
        correct_lateness(opened, recording, 240, "why", "x", cast.reader(), cast.assessor.signatory)
    with pytest.raises(BadInput, match="no such recording"):
        correct_lateness(opened, "f" * 32, 240, "why", "x", cast.reader(), cast.manager.signatory)
    with pytest.raises(WrongPassphrase):
        correct_lateness(opened, recording, 240, "why", "x", cast.reader(), cast.manager.signatory)
    assert not cast.store.statements.of_type("latency")
    correct_lateness(opened, recording, -40, "why", MANAGER.passphrase, cast.reader(), cast.manager.signatory)
    assert cast.reader().open(record).lateness[0].latency_ms == -40


# ---- clips in replay ----


def test_a_clip_is_marked_named_renamed_and_taken_back(cast: CentreCast, film_record: Callable[..., str]) -> None:
    record = film_record(True)
    replay = moderate(cast, record)
    replay.mark_clip(1000, 1800).result()
    replay.mark_clip(200, 900).result()
    first, second = replay.view().clips
    assert (first.start_ms, first.end_ms, first.name, first.saved) == (200, 900, "", True)
    assert [(m.at_ms, m.end_ms) for m in replay.view().marks if m.kind == "clip_marked"] == [(200, 900), (1000, 1800)]
    replay.name_clip(second.id, "Asks about the nights").result()
    replay.name_clip(second.id, "Asks about nights").result()
    assert replay.view().clips[1].name == "Asks about nights"
    assert replay.view().notes == () and not [m for m in replay.view().marks if m.kind == "note_written"]
    replay.undo().result()
    assert replay.view().clips[1].name == "Asks about the nights"
    for _ in range(2):
        replay.undo().result()
    assert [c.start_ms for c in replay.view().clips] == [1000]
    replay.redo().result()
    assert len(replay.view().clips) == 2
    for bad in (
        lambda: replay.mark_clip(5, 5),
        lambda: replay.name_clip(99, "x"),
        lambda: replay.name_clip(first.id, " "),
    ):
        with pytest.raises(BadInput):
            bad().result()


def test_the_assessors_clips_show_once_the_own_marks_are_signed(
    cast: CentreCast, film_record: Callable[..., str]
) -> None:
    record = film_record(True)
    replay = moderate(cast, record)
    replay.pictures()
    replay.mark_clip(100, 300).result()
    assert [c.whose for c in replay.view().clips] == ["own"]
    replay.close()
    mark_and_sign(cast, record)
    replay = moderate(cast, record)
    replay.pictures()
    assert sorted(c.whose for c in replay.view().clips) == ["live", "own"]
    live = next(c for c in replay.view().clips if c.whose == "live")
    assert abs(live.start_ms - 500) < 70 and abs(live.end_ms - 1400) < 70
    assert {m.lane for m in replay.compare().marks if m.kind == "clip_marked"} == {"live", "replay"}
    replay.close()


# ---- the command line ----


def command(cast: CentreCast, capsys: pytest.CaptureFixture[str], tmp_path: Path, *words: str) -> tuple[int, object]:
    secret = tmp_path / "secret"
    secret.write_text(MANAGER.passphrase + "\n")
    person = ["--person", MANAGER.name, "--passphrase-file", str(secret), "--json"]
    status = main(["export", *words, "--vault", str(cast.root), *person])
    return status, json.loads(capsys.readouterr().out)


def test_the_command_line_asks_for_the_same(
    cast: CentreCast, film_record: Callable[..., str], out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = film_record(False)
    cast.close()
    span = ["--from", "0:00.4", "--to", "0:01.2"]
    wanted = ["--record", record, "--reason", "Asked for by the panel", "--purpose"]
    status, said = command(cast, capsys, tmp_path, "clip", *wanted, "training", *span, "--out", str(out / "a.mp4"))
    assert status == 1 and "not agreed" in str(said) and list(out.iterdir()) == []
    status, said = command(cast, capsys, tmp_path, "marks", *wanted, "training", "--out", str(out / "a"))
    assert status == 1 and "not agreed" in str(said) and list(out.iterdir()) == []
    status, _ = command(cast, capsys, tmp_path, "clip", *wanted, "appeal", *span, "--out", str(out / "a.mp4"))
    assert status == 0 and (out / "a.mp4").stat().st_size > 5_000
    status, _ = command(cast, capsys, tmp_path, "marks", *wanted, "appeal", "--out", str(out / "a"))
    assert status == 0 and {f.name for f in out.iterdir()} == {"a.mp4", "a.csv", "a.vtt"}


@pytest.mark.parametrize("words", ["", "1", "x:10", "1:99", "1:2:3:4", "-1:00"])
def test_a_time_that_is_none_is_a_question_of_usage(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["export", "clip", "--vault", "x", "--record", "a", "--reason", "r", "--purpose", "appeal", "--out", "o",
              f"--from={words}", "--to", "0:10"])  # fmt: skip
    assert caught.value.code == 2 and "is not a time" in capsys.readouterr().err


def test_errors_are_ours(cast: CentreCast, out: Path) -> None:
    with pytest.raises(ObserverError):
        releases(cast, cast.manager).clip("0" * 64, 0, 1, asked(out))
