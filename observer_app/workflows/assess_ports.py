# SPDX-License-Identifier: GPL-3.0-or-later
"""What the assessor may ask: the day, one interview, its review, a practice run. The rules of `ports` hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Protocol

from observer_app.domain.moment import Moment
from observer_app.workflows.saved import Saved
from observer_app.workflows.views import (
    CheckView,
    CorrectionView,
    LiveView,
    OtherPerson,
    PhrasesView,
    RecordCard,
    ReviewView,
    TodayView,
)

__all__ = ["AssessPort", "LivePort", "PracticePort", "PreviewPort", "ReviewPort", "SecondPort"]


class PreviewPort(Protocol):
    """The recorder as the window sees it; may be asked every 100 ms."""

    def picture(self) -> bytes:
        """Latest small picture as JPEG, b"" when there is none."""
        ...

    def level(self) -> float:
        """Loudness 0..1 of the last moment."""
        ...


class LivePort(Protocol):
    """One open observation. `criterion` "" is the overall judgement where rating, the whole where noting."""

    @property
    def preview(self) -> PreviewPort:
        """The recorder's picture and sound level, as they are now."""
        ...

    def view(self, now: Moment) -> LiveView:
        """The screen as it stands at `now`: ratings, notes, clock, recording."""
        ...

    def on_change(self, callback: Callable[[], None]) -> None:
        """`callback` is called from any thread whenever `view` would differ (saved, gap, recorder back)."""
        ...

    def confirm_identity(self, at: Moment) -> Saved:
        """The candidate in the room is the one who is booked."""
        ...

    def rate(self, criterion: str, value: int, at: Moment) -> Saved:
        """Rates; the same value pressed again within the pack's guard time (or key repeat) changes nothing."""
        ...

    def withdraw(self, criterion: str, at: Moment) -> Saved:
        """Takes a criterion's value back; where there is none nothing is written. Fails with BadInput for ""."""
        ...

    def write_note(self, text: str, criterion: str, began: Moment, at: Moment) -> Saved:
        """A note tied to the moment it was `began`; drops the draft. Without words nothing is written."""
        ...

    def keep_draft(self, text: str, criterion: str, began: Moment | None) -> None:
        """Keeps a half-written note through a crash; "" drops it. Not on record."""
        ...

    def draft(self) -> tuple[str, str, Moment] | None:
        """(text, criterion, when it was begun) of the half-written note that was kept, None without one."""
        ...

    def move_note(self, note: str, criterion: str, at: Moment) -> Saved:
        """Ties the note of that id to another criterion. Fails with BadInput once it is gone."""
        ...

    def change_note(self, note: str, text: str, at: Moment) -> Saved:
        """Other words in a note; none takes it away. Fails as `move_note`."""
        ...

    def remove_note(self, note: str, at: Moment) -> Saved:
        """Takes a note away; it stays on record. Fails as `move_note`."""
        ...

    def flag(self, criterion: str, at: Moment) -> Saved:
        """Marks the moment as worth looking at again."""
        ...

    def open_clip(self, at: Moment) -> Saved:
        """A clip begins."""
        ...

    def close_clip(self, at: Moment) -> Saved:
        """The clip that is open ends. Fails with Conflict when none is."""
        ...

    def mark_clip(self, at: Moment) -> Saved:
        """A whole clip by one key: the framework's lead before it and its lag after it."""
        ...

    def undo(self, at: Moment) -> Saved:
        """Takes the last step back; it stays on record. Fails with Conflict when there is none."""
        ...

    def redo(self, at: Moment) -> Saved:
        """Puts back what was undone last. Fails with Conflict when nothing was, or something came after it."""
        ...

    def next_phase(self, at: Moment) -> Saved:
        """Ends the running phase and starts the next; starts or stops the recorder as the scenario says."""
        ...

    def pause(self, reason: str, at: Moment) -> Saved:
        """The phase's clock stands. Fails with Conflict when nothing runs."""
        ...

    def resume(self, at: Moment) -> Saved:
        """It goes on. Fails with Conflict when nothing is paused."""
        ...

    def abandon(self, reason: str, at: Moment) -> Saved:
        """Breaks the observation off; all that was seen stays on record."""
        ...

    def wrong_candidate(self, reason: str, at: Moment) -> Saved:
        """Closes it as opened by mistake; all that was seen stays on record."""
        ...

    def others(self) -> tuple[OtherPerson, ...]:
        """Whom it could be about instead."""
        ...

    def move_to(self, sitting: str, reason: str, at: Moment) -> Saved:
        """It was one of `others` all along: everything seen is now about them. Afterwards it is opened anew as theirs,
        and their identity is asked for."""
        ...

    def lock_over(self, criterion: str) -> None:
        """The window is being locked over it: `AssessPort.running` names it at this person's next sign-in."""
        ...

    def stood_at(self) -> str | None:
        """The criterion at which the window was locked over it ("" the overall judgement), None when it was not."""
        ...

    def close(self) -> None:
        """Leaves the screen; a running recording goes on."""
        ...


class ReviewPort(Protocol):
    """Review and sign of one observation."""

    def view(self) -> ReviewView:
        """The screen as it stands: rows, what is left to do, total, corrections."""
        ...

    def rate(self, criterion: str, value: int, at: Moment) -> Saved:
        """Rates after the interview. Fails with BadInput off the scale, Conflict once it is signed."""
        ...

    def comment(self, criterion: str, text: str, at: Moment) -> Saved:
        """The comment on a criterion ("" takes it away). Fails with Conflict once it is signed."""
        ...

    def give_reason(self, criterion: str, text: str, at: Moment) -> Saved:
        """Why a criterion is not rated. Fails with BadInput where the framework takes no reason."""
        ...

    def undo(self, at: Moment) -> Saved:
        """Takes back what was written last since the last phase ended. Fails with Conflict when there is nothing."""
        ...

    def redo(self, at: Moment) -> Saved:
        """Puts back what was undone last here. Fails with Conflict when there is nothing."""
        ...

    def sign(self, passphrase: str, *, is_the_person: bool, declared: bool) -> Future[str]:
        """SLOW. Signs; the record id. Raises WrongPassphrase, Conflict (already signed, things left)."""
        ...

    def amend(self, changes: dict[str, int], reason: str, passphrase: str) -> Future[str]:
        """SLOW. A signed amendment beside the record; the statement id."""
        ...

    def countersign(self, person: str, passphrase: str) -> Future[str]:
        """SLOW. Another person of this machine signs the correction that waits; the statement id. Raises
        WrongPassphrase, Conflict (nothing waits), NotAllowed (not this person's to sign)."""
        ...

    def print_to(self, file: Path) -> None:
        """SLOW. Writes the signed record as a PDF. Raises BadInput (nothing signed), IntegrityBroken, DiskFull."""
        ...

    def frame(self, at_ms: int) -> bytes:
        """SLOW. The picture (JPEG) at a moment of the observation, b"" when there is none."""
        ...


class AssessPort(Protocol):
    """The assessor's day."""

    def today(self, now: Moment) -> TodayView:
        """This person's sittings of the day, and the checks as they were last looked at."""
        ...

    def checks(self) -> tuple[CheckView, ...]:
        """SLOW. The pre-flight, looked at anew."""
        ...

    def override_check(self, kind: str, reason: str, at: Moment) -> Saved:
        """Why one starts although the check of that `kind` needs somebody; goes on the record. Fails with BadInput."""
        ...

    def open(self, sitting: str, at: Moment) -> LivePort:
        """Opens (or resumes) the observation of a sitting. Raises NotAllowed, Conflict."""
        ...

    def running(self) -> str:
        """The sitting whose observation was live when the program last stopped or the window was locked, "" if none."""
        ...

    def review(self, sitting: str) -> ReviewPort:
        """Review of a sitting that was opened before. Raises BadInput."""
        ...

    def records(self) -> tuple[RecordCard, ...]:
        """SLOW. What this person signed on this machine, the newest first."""
        ...

    def phrases(self) -> PhrasesView:
        """The framework's phrases and the person's own."""
        ...

    def keep_phrases(self, own: Sequence[tuple[str, str]]) -> Saved:
        """Keeps the person's own phrases; the next note knows them. Fails with BadInput naming the first faulty one."""
        ...


class PracticePort(Protocol):
    """A practice run on a made-up candidate, in a store of its own that is thrown away. Nothing of it can be signed,
    kept or sent: there is nothing here to do so with."""

    def live(self) -> LivePort:
        """Its interview."""
        ...

    def review(self) -> ReviewPort:
        """Signing in it is refused with NotAllowed."""
        ...

    def close(self) -> None:
        """SLOW. Everything of it is gone afterwards."""
        ...


class SecondPort(Protocol):
    """Corrections that wait for this person's second signature: a manager's of the centre's records, a moderator's of
    records they have marked themselves."""

    def waiting(self) -> tuple[CorrectionView, ...]:
        """SLOW. The oldest first; never one's own."""
        ...

    def sign(self, correction: str, passphrase: str) -> Future[str]:
        """SLOW. Signs it too, so that it counts; the statement's id. Raises WrongPassphrase, Conflict (it waits no
        longer), NotAllowed."""
        ...

    def refuse(self, correction: str, reason: str, passphrase: str) -> Future[str]:
        """SLOW. Signs that it is not signed, and why; the statement's id. Raises BadInput (no reason), as `sign`."""
        ...
