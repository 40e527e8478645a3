# SPDX-License-Identifier: GPL-3.0-or-later
"""Giving something of a record out: a clip as MP4, or the marks on the recording's time as CSV and WebVTT.

1. Only who has the right: a moderator to whom the record was given, a manager of the centre it was made at. The roles
   are those of the person's certificate.
2. A purpose and a reason, always. Training only where the candidate has said yes and nothing known here says no;
   where nothing is known, the answer is no. This holds for whatever is given out.
3. A moderator's own marks are signed before any mark is given out: what is written in a file is seen.
4. What is given out is written down first, as a signed statement in the log with the files' hashes; then the file
   appears under its name. Nothing that is there is overwritten.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from observer_app.domain.moment import Moment as At
from observer_app.domain.roles import Role
from observer_app.errors import BadInput, NotAllowed
from observer_app.reports.moments import moments_csv, moments_vtt
from observer_app.trust.bodies import PURPOSES
from observer_app.trust.keys import PrivateKey
from observer_app.trust.whole_file import file_sha256
from observer_app.vault.durable import disk_fault
from observer_app.vault.texts import SaltedText
from observer_app.workflows.film import Film, check_indexes, check_recording, open_film, recording_here
from observer_app.workflows.moments import live_clips, moments_of
from observer_app.workflows.reasoned import sign_with_reason
from observer_app.workflows.record_parts import OpenedRecord, Release
from observer_app.workflows.records import RecordReader
from observer_app.workflows.second_mark import own_mark
from observer_app.workflows.signing import Signatory
from observer_app.workflows.timekeeping import clock_words, day_of, day_words
from observer_app.workflows.views import GivingView
from observer_app.workflows.words import say

__all__ = [
    "PURPOSE_WORDS", "TRAINING", "Asked", "Releases", "given_out_words", "is_theirs", "look_to_give",
    "roles_of", "training_allowed",
]  # fmt: skip

TRAINING = "training"
PURPOSE_WORDS = {"appeal": "an appeal", "moderation": "another marker", TRAINING: "training"}
_WAIT_S = 60.0
_LONGEST_MS = 20 * 60_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for. `purpose` is one of `PURPOSE_WORDS`; `file` is where it shall lie (for marks: without an
    ending)."""

    purpose: str
    reason: str
    passphrase: str
    file: Path


def training_allowed(opened: OpenedRecord, reader: RecordReader) -> bool:
    """Whether the recording may be used for training: said when it was sealed or booked, and not taken back since."""
    booked = reader.store.sittings.find(opened.sitting)
    said = [opened.training_ok]
    if booked is not None and booked.candidate.id == opened.candidate.id:
        said += [state.sitting.training_ok for state in reader.store.sittings.states(booked.day)
                 if state.sitting.id == booked.id] or [booked.training_ok]  # fmt: skip
    return True in said and False not in said


def roles_of(reader: RecordReader, signatory: Signatory) -> frozenset[Role]:
    """The roles of the signed-in person's certificate."""
    known = {r.value for r in Role}
    found = reader.trust.certificates_for(signatory.keys.key_id)
    return frozenset(Role(r) for r in found[-1].roles if r in known) if found else frozenset()


def is_theirs(opened: OpenedRecord, reader: RecordReader, signatory: Signatory) -> bool:
    """Whether the person is a manager of the centre it was made at, or a moderator to whom it was given."""
    roles = roles_of(reader, signatory)
    given = any(kept == opened.id for kept, _ in reader.store.assignments(signatory.person))
    ours = opened.verified.statement.header.centre == signatory.machine.centre
    return (Role.MANAGER in roles and ours) or (Role.MODERATOR in roles and given)


def given_out_words(opened: OpenedRecord, reader: RecordReader) -> tuple[str, ...]:
    """What was given out of a record, each as a sentence: what, for what, by whom, when."""

    def words(release: Release) -> str:
        who = reader.store.person_name(release.by)
        day = day_words(day_of(At(0, "", release.at_ms)))
        span = say("view.replay.span", start=clock_words(release.from_ms), end=clock_words(release.to_ms))
        what = say("view.replay.marks") if release.what == "marks" else span
        return say("view.replay.given_out", what=what, purpose=PURPOSE_WORDS[release.purpose], who=who, day=day)

    return tuple(map(words, opened.releases))


def look_to_give(record: str, reader: RecordReader, signatory: Signatory) -> GivingView:
    """SLOW. What there is to give out of a record. Raises NotAllowed, BadInput when the recording is not here,
    IntegrityBroken when it is not what was signed."""
    opened = reader.open(record)
    if not is_theirs(opened, reader, signatory):
        raise _not_theirs()
    if opened.media and not recording_here(opened, reader.files):
        advice = "Do it at the machine it was made on."  # only a moderator's are fetched
        raise BadInput("The recording is not on this machine.", advice=advice)
    check_indexes(opened, reader.files)
    film = open_film(opened, reader.files, reader.evidence_key(opened.observation))
    try:
        clips, length = tuple(live_clips(opened, film)), film.duration_ms
    finally:
        film.close()
    return GivingView(length, clips, training_allowed(opened, reader), given_out_words(opened, reader))


def _not_theirs() -> NotAllowed:
    advice = "The centre manager, or the moderator it was given to, can."
    return NotAllowed("You may not give anything of this record out.", advice=advice)


class Releases:
    """What one signed-in person gives out."""

    def __init__(self, reader: RecordReader, signatory: Signatory) -> None:
        self._reader, self._signatory = reader, signatory

    # ---- the two kinds ----

    def clip(self, record: str, from_ms: int, to_ms: int, asked: Asked, film: Film | None = None) -> str:
        """SLOW. The stretch as MP4 with sound, exact to the frame; the id of the statement about it.

        Raises NotAllowed, BadInput, WrongPassphrase, IntegrityBroken, EnvironmentFault; then no file is there.
        """
        opened = self._allowed(record, asked)
        if not 0 <= from_ms < to_ms or to_ms - from_ms > _LONGEST_MS:
            raise BadInput("A clip is from one moment to a later one, at most 20 minutes.", advice="Choose it again.")
        target = _target(asked.file, ".mp4")
        key = self._signatory.unlock(asked.passphrase)
        words = self._comment(opened, from_ms, to_ms, asked.purpose)

        def make(folder: Path) -> list[tuple[Path, Path]]:
            with _opened_film(film, opened, self._reader) as shown:
                made = shown.export_clip(from_ms, to_ms, folder / "clip.mp4", words)
            return [(made, target)]

        return self._release(opened, "clip", (from_ms, to_ms), asked, key, make)

    def marks(self, record: str, asked: Asked, film: Film | None = None) -> str:
        """SLOW. Every mark, note, flag, clip and gap on the recording's time as CSV and WebVTT beside each other; the
        statement's id. Raises as `clip`."""
        opened = self._allowed(record, asked)
        if (
            Role.MANAGER not in roles_of(self._reader, self._signatory)
            and own_mark(opened, self._signatory.person) is None
        ):
            advice = "Mark the recording and sign; then both sets can be given out."
            raise NotAllowed("The assessor’s marks stay hidden until you have signed yours.", advice=advice)
        targets = [_target(asked.file, ending) for ending in (".csv", ".vtt")]
        key = self._signatory.unlock(asked.passphrase)

        def make(folder: Path) -> list[tuple[Path, Path]]:
            with _opened_film(film, opened, self._reader) as shown:
                found, length = moments_of(opened, shown), shown.duration_ms
            head = self._comment(opened, 0, length, asked.purpose)
            written = []
            for target, data in zip(targets, (moments_csv(found), moments_vtt(found, head)), strict=True):
                part = folder / f"marks{target.suffix}"
                part.write_bytes(data)
                written.append((part, target))
            return written

        return self._release(opened, "marks", (0, opened.recorded_s() * 1000), asked, key, make)

    # ---- who, and what for ----

    def _allowed(self, record: str, asked: Asked) -> OpenedRecord:
        """The record, for who may give it out for that purpose."""
        opened = self._reader.open(record)
        if not is_theirs(opened, self._reader, self._signatory):
            raise _not_theirs()
        if asked.purpose not in PURPOSES:
            raise BadInput("Say what it is for.", advice=f"One of: {', '.join(PURPOSE_WORDS)}.")
        if not asked.reason.strip():
            raise BadInput("A reason is needed.", advice="Say who asked for it and what it is to show.")
        if asked.purpose == TRAINING and not training_allowed(opened, self._reader):
            raise NotAllowed(
                "The candidate has not agreed to the recording being used for training.",
                advice="Choose another recording. Nothing of this one may be given out for training.",
            )
        return opened

    def _comment(self, opened: OpenedRecord, from_ms: int, to_ms: int, purpose: str) -> str:
        may = training_allowed(opened, self._reader)
        sample = "Sample data. " if self._signatory.machine.sample else ""
        training = "" if may else " Not to be used for training."
        return f"{sample}Record {opened.id}, {from_ms} to {to_ms} ms. Given out for {PURPOSE_WORDS[purpose]}.{training}"

    # ---- writing it down, then giving it ----

    def _release(
        self, opened: OpenedRecord, what: str, span: tuple[int, int], asked: Asked, key: PrivateKey,
        make: Callable[[Path], list[tuple[Path, Path]]],
    ) -> str:  # fmt: skip
        beside = asked.file.parent
        try:
            folder = Path(tempfile.mkdtemp(prefix=".observer-", dir=beside))
        except OSError as error:
            raise disk_fault(error, f"the folder {beside.name or beside}") from error
        try:
            made = make(folder)
            statement = self._write_down(opened, what, span, asked, key, [part for part, _ in made])
            for part, target in made:
                _place(part, target)
        except OSError as error:
            raise disk_fault(error, asked.file.name) from error
        finally:
            with suppress(OSError):
                shutil.rmtree(folder)
        return statement

    def _write_down(
        self, opened: OpenedRecord, what: str, span: tuple[int, int], asked: Asked, key: PrivateKey,
        parts: Sequence[Path],
    ) -> str:  # fmt: skip
        salted = SaltedText.new(asked.reason.strip())
        notes_key = self._reader.evidence_key(opened.observation)
        body = {
            "record": opened.id,
            "what": what,
            "purpose": asked.purpose,
            "reason_sha256": salted.hash,
            "from_ms": span[0],
            "to_ms": span[1],
            "files": [{"sha256": file_sha256(part), "size": part.stat().st_size} for part in parts],
        }
        return sign_with_reason(
            self._signatory, self._reader.files, "release", body, key, salted, notes_key, about=opened.id
        ).result(_WAIT_S)


class _opened_film:  # noqa: N801  reads as a word of the `with` it stands in
    """The film that is open already, or one opened, checked and closed for this."""

    def __init__(self, film: Film | None, opened: OpenedRecord, reader: RecordReader) -> None:
        self._film, self._opened, self._reader = film, opened, reader
        self._own: Film | None = None

    def __enter__(self) -> Film:
        if self._film is not None:
            return self._film
        check_recording(self._opened, self._reader.files)
        key = self._reader.evidence_key(self._opened.observation)
        self._own = open_film(self._opened, self._reader.files, key)
        return self._own

    def __exit__(self, *_: object) -> None:
        if self._own is not None:
            self._own.close()


def _target(file: Path, ending: str) -> Path:
    """Where it shall lie. Raises BadInput when something lies there or the folder is not there."""
    target = file if file.suffix.lower() == ending else file.with_name(file.name + ending)
    if not target.parent.is_dir():
        raise BadInput(f"The folder {target.parent} is not there.", advice="Choose a folder that is.")
    if target.exists():
        raise BadInput(f"There is a file {target.name} already.", advice="Choose another name; nothing is overwritten.")
    return target


def _place(part: Path, target: Path) -> None:
    """Under its name, durable, and only if nothing has come there meanwhile."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    if target.exists():
        raise BadInput(f"A file {target.name} has come there meanwhile.", advice="Choose another name.")
    part.replace(target)
