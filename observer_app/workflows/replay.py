# SPDX-License-Identifier: GPL-3.0-or-later
"""A moderator's own marking of one record, from its recording (ReplayPort).

1. Nothing here shows a mark, note or flag of the assessor's, nor why the record was chosen, before the moderator's own
   marks are signed; then nothing more can be marked.
2. Own marks are entries in the moderator's vault under an observation of their own; `at_ms` in an entry's body is the
   position in the recording, its moment is when the moderator pressed.
3. No picture is shown that is not what was signed: the indexes are checked before the first, a cluster when it is read.
   The whole recording is checked beside that (`check`), and before the marks are signed.
"""

from __future__ import annotations

import hashlib
import threading
import uuid
from concurrent.futures import Future
from pathlib import Path

from observer_app.domain.events import Kind
from observer_app.domain.observation import ObservationState
from observer_app.domain.record import RecordState
from observer_app.errors import BadInput, Conflict, NotAllowed
from observer_app.vault.person import PersonVault
from observer_app.workflows.board_views import ClipView, CompareView, ReplayView
from observer_app.workflows.compare import Comparing
from observer_app.workflows.film import Film, check_indexes, check_recording, open_film, recording_here
from observer_app.workflows.journal import Journal
from observer_app.workflows.lateness import correct_lateness, lateness_words
from observer_app.workflows.moments import live_clips
from observer_app.workflows.record_parts import OpenedRecord, SecondMark
from observer_app.workflows.records import RecordReader
from observer_app.workflows.releases import Asked, Releases, given_out_words, training_allowed
from observer_app.workflows.replay_view import (
    Marked,
    clip_note,
    left_to_do,
    own_clips,
    own_marks,
    own_notes,
    own_rows,
)
from observer_app.workflows.saved import Saved, failed, nothing_to_save
from observer_app.workflows.second_mark import own_mark, sign_second_mark
from observer_app.workflows.signing import Signatory
from observer_app.workflows.views import MarkView
from observer_app.workflows.words import say

__all__ = ["Marks", "ReplayObservation", "replay_id"]

_WAIT_S = 60.0


def replay_id(record: str, person: str) -> str:
    """The observation under which a moderator's own marks of a record are kept: one for each of both."""
    return f"replay-{record[:24]}-{hashlib.sha256(person.encode()).hexdigest()[:8]}"


class Marks(Journal):
    """The moderator's entries; each knows the position in the recording it was made at."""

    def positions(self) -> dict[int, int]:
        """Position in the recording, ms, by an entry's number."""
        with self._lock:
            events = [*self._durable, *self._pending.values()]
        return {e.seq: int(e.body.get("at_ms", 0)) for e in events}


class ReplayObservation:
    """ReplayPort for one record and the signed-in moderator."""

    def __init__(self, record: str, reader: RecordReader, vault: PersonVault, signatory: Signatory) -> None:
        """Raises BadInput when the record or its packs are not here, IntegrityBroken."""
        self._record = record
        self._reader = reader
        self._signatory = signatory
        self._opened: OpenedRecord = reader.open(record)
        self._framework, self._scenario = self._opened.packs()
        self._film: Film | None = None
        self._closed = False
        self._checked = ""
        self._film_lock, self._check_lock = threading.Lock(), threading.Lock()
        self._journal = self._begin(vault)

    def _begin(self, vault: PersonVault) -> Marks:
        me, observation = self._signatory.person, replay_id(self._record, self._signatory.person)
        if vault.head(observation)[0] == 0:
            opening = {
                "sitting": observation,  # a name of its own: a moderator may be an assessor too
                "candidate": self._opened.candidate.id,
                "framework": self._framework.ref.sha256,
                "scenario": self._scenario.ref.sha256,
                "actor": "",
                "extra_percent": 0,
            }
            vault.append(observation, Kind.OPENED, me, self._signatory.clock.now(), opening).result(_WAIT_S)
        return Marks(vault, observation, me, vault.events(observation))

    # ---- reading ----

    @property
    def _state(self) -> ObservationState:
        return self._journal.state

    @property
    def mine(self) -> SecondMark | None:
        """The moderator's own signed marks, None before."""
        return own_mark(self._opened, self._signatory.person)

    def _marked(self) -> Marked:
        return Marked(
            self._framework,
            self._scenario,
            self._state,
            self._journal.positions(),
            self._journal.pending,
            self._journal.unsaved,
            self._journal.words,
        )

    def view(self) -> ReplayView:
        """The screen, own marks only."""
        marked, film, mine = self._marked(), self._film, self.mine
        started = RecordState.SAVED if self._state.count > 1 else RecordState.NONE
        return ReplayView(
            record=self._record,
            candidate=self._opened.candidate,
            scenario=self._scenario.title,
            rows=own_rows(marked),
            notes=own_notes(marked),
            marks=own_marks(marked),
            gaps=self._gaps(),
            duration_ms=film.duration_ms if film else self._opened.recorded_s() * 1000,
            checked=self._checked,
            left=() if mine else left_to_do(marked),
            state=self._reader.state_of(mine.id) if mine else started,
            can_undo=bool(self._state.undo_target) and mine is None,
            can_redo=bool(self._state.redo_target) and mine is None,
            clips=self._clips(marked),
            given_out=given_out_words(self._opened, self._reader),
            training_ok=training_allowed(self._opened, self._reader),
            lateness=tuple(lateness_words(said, self._reader) for said in self._opened.lateness) if mine else (),
        )

    def _clips(self, marked: Marked) -> tuple[ClipView, ...]:
        """The own ones; the assessor's beside them once the own marks are signed."""
        found = own_clips(marked)
        if self.mine is not None and self._film is not None:
            spans = live_clips(self._opened, self._film)
            found += tuple(ClipView(0, start, end, "", True, "live") for start, end in spans)
        return found

    def _gaps(self) -> tuple[MarkView, ...]:
        spans = self._film.gaps() if self._film else ()
        return tuple(MarkView("marks", "gap", start, say("view.replay.no_picture"), True, end) for start, end in spans)

    def pictures(self) -> Film:
        """The recording, its indexes checked. Raises BadInput when it is not here, IntegrityBroken when they are not
        what was signed."""
        with self._film_lock:
            if self._film is None:
                if self._closed:
                    raise BadInput("The recording has been closed.")
                check_indexes(self._opened, self._reader.files)
                self._film = self._open_film()
            return self._film

    def _open_film(self) -> Film:
        key = self._reader.evidence_key(self._opened.observation)
        return open_film(self._opened, self._reader.files, key)

    def check(self) -> str:
        """SLOW. Every byte of the recording against what was signed, once; the words. Raises as `pictures`."""
        with self._check_lock:
            if not self._checked:
                self._checked = check_recording(self._opened, self._reader.files)
            return self._checked

    def on_change(self, callback: object) -> None:
        """`callback()` whenever `view` would differ, from any thread."""
        if callable(callback):
            self._journal.on_change(callback)

    # ---- marking ----

    def _refused(self) -> Saved | None:
        if self.mine is not None:
            return failed(Conflict("Your marks are signed.", advice="A decision about them can still be added."))
        return None

    def _write(self, kind: str, body: dict[str, object], at_ms: int, text: str | None = None) -> Saved:
        refused = self._refused()
        if refused is not None:
            return refused
        if at_ms < 0:
            return failed(BadInput("This is before the recording began."))
        at = self._signatory.clock.now()
        return self._journal.append(kind, at, {**body, "at_ms": at_ms}, text=text)

    def rate(self, criterion: str, value: int, at_ms: int) -> Saved:
        """Rates at a position of the recording; "" is the overall judgement. The value that stands changes nothing."""
        known = self._scenario.criterion(criterion) if criterion else None
        scale = self._scenario.scale if criterion else self._scenario.global_scale
        if (criterion and known is None) or value not in scale.values:
            return failed(BadInput(f"{value} is not on this scale."))
        overall = self._state.global_rating
        stands = self._state.value(criterion) if criterion else overall.value if overall else None
        if stands == value and self._refused() is None:
            return nothing_to_save()
        if criterion:
            return self._write(Kind.RATED, {"criterion": criterion, "value": value}, at_ms)
        return self._write(Kind.GLOBAL_RATED, {"value": value}, at_ms)

    def write_note(self, text: str, criterion: str, at_ms: int) -> Saved:
        """A note on a criterion, or on the whole ("")."""
        if not text.strip():
            return failed(BadInput("The note is empty.", advice="Write a few words first."))
        if criterion and self._scenario.criterion(criterion) is None:
            return failed(BadInput("There is no such criterion."))
        began = self._signatory.clock.now().monotonic_us
        body: dict[str, object] = {"note": f"n-{uuid.uuid4().hex[:12]}", "criterion": criterion, "began_us": began}
        return self._write(Kind.NOTE_WRITTEN, body, at_ms, text.strip())

    def flag(self, criterion: str, at_ms: int) -> Saved:
        """Flags the moment, on a criterion or on the whole."""
        return self._write(Kind.FLAGGED, {"criterion": criterion}, at_ms)

    def mark_clip(self, start_ms: int, end_ms: int) -> Saved:
        """A stretch worth showing, in the recording's time."""
        if not 0 <= start_ms < end_ms:
            return failed(BadInput("A clip ends after it begins.", advice="Go on a little, then end it."))
        return self._write(Kind.CLIP_MARKED, {"from_us": start_ms * 1000, "to_us": end_ms * 1000}, end_ms)

    def name_clip(self, clip: int, name: str) -> Saved:
        """Its name, kept as a note at its beginning."""
        found = next((c for c in self._state.clips if c.seq == clip), None)
        if found is None:
            return failed(BadInput("This clip is no longer there."))
        if not name.strip():
            return failed(BadInput("The name is empty.", advice="Write a few words first."))
        note, at_ms = clip_note(clip), found.from_us // 1000
        if any(n.id == note for n in self._state.notes):
            return self._write(Kind.NOTE_CHANGED, {"note": note}, at_ms, name.strip())
        began = self._signatory.clock.now().monotonic_us
        return self._write(Kind.NOTE_WRITTEN, {"note": note, "criterion": "", "began_us": began}, at_ms, name.strip())

    def give_out(self, what: str, start_ms: int, end_ms: int, purpose: str, reason: str, passphrase: str,
                 file: Path) -> str:  # fmt: skip
        """SLOW. A clip ("clip") or all marks ("marks") as files for a purpose; the statement's id. Raises NotAllowed,
        BadInput, WrongPassphrase, IntegrityBroken, EnvironmentFault."""
        asked, releases = Asked(purpose, reason, passphrase, file), Releases(self._reader, self._signatory)
        film = self.pictures()
        if what == "clip":
            statement = releases.clip(self._record, start_ms, end_ms, asked, film)
        else:
            statement = releases.marks(self._record, asked, film)
        self._opened = self._reader.open(self._record)
        return statement

    def late_ms(self, at_ms: int) -> int:
        """How much later than the room the picture there is said to come, ms; negative: earlier."""
        return self.pictures().lateness_at(at_ms)[1]

    def correct_late(self, at_ms: int, late_ms: int, reason: str, passphrase: str) -> str:
        """SLOW. Signs how late the picture of the recording at a moment comes; the assessor's marks lie elsewhere on it
        from now on. Raises as `correct_lateness`."""
        film = self.pictures()
        recording, _ = film.lateness_at(at_ms)
        found = correct_lateness(
            self._opened, recording, late_ms, reason, passphrase, self._reader, self._signatory
        )  # fmt: skip
        self._opened = self._reader.open(self._record)
        film.set_latencies(self._opened.latencies)
        return found

    def undo(self) -> Saved:
        """Takes back what was marked last."""
        return self._refused() or self._journal.undo(self._signatory.clock.now())

    def redo(self) -> Saved:
        """Puts back what was taken back last."""
        return self._refused() or self._journal.redo(self._signatory.clock.now())

    # ---- signing, and what follows ----

    def sign(self, passphrase: str) -> Future[str]:
        """SLOW. Signs the own marks; the statement's id. Raises Conflict (signed already, something left),
        WrongPassphrase, IntegrityBroken when the recording that was watched is not what was signed."""
        self._refuse_unready()
        if self._journal.pending:
            raise Conflict("Something is still being saved.", advice="Wait a moment and sign again.")
        key = self._signatory.unlock(passphrase)
        if self._film is not None:
            self.check()  # what was judged is what was recorded, or nothing is signed
        with self._journal.sealing():
            self._refuse_unready()  # unlocking took its time, and keys went on
            statement = sign_second_mark(
                self._record, self._marked(), self._journal, self._reader, self._signatory, key
            )
            at = self._signatory.clock.now()
            self._journal.append(Kind.SIGNED, at, {"record": statement}).result(_WAIT_S)
            self._opened = self._reader.open(self._record)
        done: Future[str] = Future()
        done.set_result(statement)
        return done

    def _refuse_unready(self) -> None:
        if self.mine is not None:
            raise Conflict("Your marks are signed already.", advice="A decision about them can still be added.")
        left = left_to_do(self._marked())
        if left:
            raise Conflict(f"Before you can sign: {'; '.join(left)}.", advice="Nothing has been signed.")

    def compare(self) -> CompareView:
        """Both sets of marks. Raises NotAllowed until the own marks are signed."""
        return self._comparing().view()

    def decide(self, decisions: dict[str, str], reason: str, passphrase: str) -> Future[str]:
        """SLOW. Signs the decision; decisions by criterion are live, replay or third. Raises NotAllowed, BadInput,
        Conflict, WrongPassphrase."""
        future = self._comparing().decide(decisions, reason, passphrase, self._signatory)
        self._opened = self._reader.open(self._record)
        return future

    def _comparing(self) -> Comparing:
        if self.mine is None:
            raise NotAllowed(
                "The assessor’s marks stay hidden until you have signed yours.", advice="Mark the recording, then sign."
            )
        self._opened = self._reader.open(self._record)
        mine = own_mark(self._opened, self._signatory.person)
        if mine is None:  # pragma: no cover - a signed statement does not go away
            raise NotAllowed("Your marks are not signed.")
        return Comparing(self._reader, self._opened, mine, self._film_for_places())

    def _film_for_places(self) -> Film | None:
        """To say where a live mark lies in the recording; without it the entries' own time is taken."""
        with self._film_lock:
            if self._film is None and not self._closed and recording_here(self._opened, self._reader.files):
                self._film = self._open_film()
            return self._film

    def close(self) -> None:
        """Lets go of the recording, for good: what is still asked from another thread does not open it again."""
        with self._film_lock:
            self._closed = True
            if self._film is not None:
                self._film.close()
                self._film = None
