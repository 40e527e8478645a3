# SPDX-License-Identifier: GPL-3.0-or-later
"""Recording as it follows scoring: the scenario's phases, the candidate's consent, and every gap on record.

Without consent, camera or recorder scoring goes on; nothing here ever waits for any of them.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass, replace

from observer_app.domain.events import Kind
from observer_app.domain.framework import Framework
from observer_app.domain.moment import Clock, Moment
from observer_app.domain.observation import ObservationState
from observer_app.domain.phrases import Phrase
from observer_app.domain.scenario import Phase, Scenario
from observer_app.domain.sitting import Consent, Sitting, SittingState
from observer_app.errors import ObserverError
from observer_app.vault.device import DeviceStore
from observer_app.workflows.journal import Journal
from observer_app.workflows.recording import GapSeen, Order, RecorderPort
from observer_app.workflows.saved import Saved
from observer_app.workflows.timekeeping import TOLD_FOR_US, gap_words, planned_s
from observer_app.workflows.words import say

__all__ = ["LiveParts", "RecordingFollower", "finished"]

NO_CONSENT = "Taken out: this person had not consented to be filmed."
_SAME_GAP_US = 3_000_000
_LOOK_EVERY_US = 1_000_000
_SAVED_S = 60.0


@dataclass(frozen=True, slots=True)
class LiveParts:
    """What a live observation is built from. `stands` gives a booking as it stands now (consent may come late);
    `place` is the line under the scenario ("Room 2, Sample Actor 3"); `others` are the bookings it could be about
    instead; `erase` drops what is on the disk of a recording; `left` (SLOW): one ended unsigned."""

    scenario: Scenario
    framework: Framework
    booked: Sitting
    stands: Callable[[Sitting], SittingState]
    store: DeviceStore
    clock: Clock
    recorder: RecorderPort
    place: str
    phrases: tuple[Phrase, ...] = ()
    others: Callable[[Sitting], tuple[SittingState, ...]] = lambda booked: ()
    erase: Callable[[str], None] = lambda recording: None
    left: Callable[[], object] = lambda: None


def finished(state: ObservationState) -> bool:
    """Whether nothing more may be written to it: signed, abandoned, or opened for the wrong candidate."""
    return bool(state.record) or state.abandoned or state.reopened


class RecordingFollower:
    """Starts and stops the recorder for one observation and writes what became of the recording."""

    def __init__(self, journal: Journal, parts: LiveParts) -> None:
        self._journal = journal
        self._parts = parts
        self.sitting: Sitting = parts.stands(parts.booked).sitting
        self._looked_at: Moment | None = None

    def look_at_sitting(self, now: Moment) -> None:
        """Reads the booking anew, at most once a second: the centre may have entered consent meanwhile."""
        if self._looked_at is None or abs(now.since_us(self._looked_at)) >= _LOOK_EVERY_US:
            self._looked_at = now
            before, self.sitting = self.sitting.consent, self._parts.stands(self.sitting).sitting
            if before is not self.sitting.consent:
                self._consent_changed(now)

    def _consent_changed(self, now: Moment) -> None:
        """Taken back: the recording ends at once. Given at last: it begins, if this phase is one to be recorded."""
        state = self._journal.state
        if finished(state):
            return
        if self.sitting.consent is not Consent.GIVEN:
            self.stop(now)
        elif state.phase is not None:
            self.follow(self._parts.scenario.phase(state.phase.phase), now)

    def alarm(self, now: Moment) -> str:
        """What the assessor has to know about the recording just now, and what to do; "" when all is well."""
        if self.sitting.consent is not Consent.GIVEN:
            return ""
        seen = self._parts.recorder.seen()
        if seen.state == "lost":
            return say("view.recorded.scoring_goes_on_gap", words=seen.words.rstrip("."))
        if seen.alarm:
            return say("view.recorded.scoring_goes_on", alarm=seen.alarm)
        for gap in self._journal.state.gaps:
            since_us = now.monotonic_us - gap.to_us
            if gap.what == "picture" and gap.to_us and 0 <= since_us < TOLD_FOR_US:
                return say("view.recorded.recording_goes_on", gap=gap_words(gap), cause=gap.cause.rstrip("."))
        return ""

    def words(self) -> tuple[str, str, str, float]:
        """(state, words, words about the sound, level 0..1) for the screen."""
        consent = self.sitting.consent
        if consent is not Consent.GIVEN:
            reason = (
                say("view.recorded.candidate_refused")
                if consent is Consent.REFUSED
                else say("view.recorded.no_consent_file")
            )
            return "refused", say("view.recorded.not_recorded", reason=reason), say("view.recorded.sound_off"), 0.0
        seen = self._parts.recorder.seen()
        return seen.state, seen.words, seen.sound_words, seen.level

    def take_up(self) -> None:
        """After a restart: the recorder that still runs, or a new one in its place."""
        state = self._journal.state
        if not state.recording_now or finished(state):
            return
        if self.sitting.consent is Consent.GIVEN:
            self._record(state.recording_now)
        else:  # taken back while nobody looked: the recorder may have gone on
            self.stop(self._parts.clock.now())

    def follow(self, phase: Phase | None, at: Moment) -> Saved | None:
        """What the phase just begun asks for (no phase: all are over); None when nothing had to be written."""
        self.sitting = self._parts.stands(self.sitting).sitting
        if phase is None or not phase.recorded or self.sitting.consent is not Consent.GIVEN:
            return self.stop(at)
        if not self._journal.state.recording_now:
            recording = uuid.uuid4().hex
            late = {"latency_ms": ms} if (ms := self._parts.recorder.latency_ms) else {}
            body = {"recording": recording, "segment": 1, **late}
            saved = self._journal.append(Kind.RECORDING_STARTED, at, body)
            self._parts.store.know_recording(recording, self._journal.observation, self._journal.person)
            self._record(recording)
            return saved
        return None

    def _record(self, recording: str) -> None:
        """The recorder's own end is twice what is planned: an overrun is not cut off, and a recorder whose window never
        comes back does not run for ever."""
        recorded = tuple(p for p in self._parts.scenario.phases if p.recorded)
        planned = planned_s(recorded, self.sitting.extra_percent)
        key = self._journal.vault.evidence_key(self._journal.observation)
        order = Order(recording, key, f"consent:{self.sitting.id}", float(max(60, 2 * planned)))
        self._parts.recorder.start(order, self._on_gap, self._journal.changed)

    def other_person(self, sitting: Sitting, at: Moment) -> None:
        """Whom it is about has changed. Without consent of theirs what was filmed so far goes, and the gap says so."""
        state, consent = self._journal.state, sitting.consent
        self.sitting = sitting
        if consent is Consent.GIVEN:
            return
        begun = {str(e.body["recording"]): e.at for e in self._journal.events(Kind.RECORDING_STARTED)}
        self.stop(at)
        for recording in state.recordings:
            self._erase_once_closed(recording)
            began_us = begun[recording].monotonic_us
            self._put_gap(GapSeen(recording, began_us, max(at.monotonic_us, 1), NO_CONSENT), at)

    def left_unsigned(self, saved: Saved) -> None:
        """The interview ended without a signature: told on the recorder's thread, once its files are closed and that
        it ended is on the disk."""
        if not self._journal.state.recordings:
            return

        def told(_closed: object) -> None:
            with suppress(ObserverError, TimeoutError, CancelledError):  # it is tried again before every exchange
                saved.result(_SAVED_S)
                self._parts.left()

        self._parts.recorder.stop().add_done_callback(told)

    def _erase_once_closed(self, recording: str) -> None:
        closed = self._parts.recorder.stop(recording)
        closed.add_done_callback(lambda _: self._parts.erase(recording))

    def _on_gap(self, gap: GapSeen) -> None:
        """From the recorder's thread. A gap told again (after a restart) is the gap already on record; one that begins
        after that was over is another, however soon it follows."""
        state = self._journal.state
        same = [g for g in state.gaps if (g.recording, g.what) == (gap.recording, gap.what)]
        open_then = [g for g in same if not g.to_us or gap.from_us < g.to_us]
        near = [g for g in open_then if abs(g.from_us - gap.from_us) < _SAME_GAP_US]
        if finished(state) or any(g.to_us or not gap.to_us for g in near):
            return
        start = near[0].from_us if near else gap.from_us
        self._put_gap(replace(gap, from_us=start), self._parts.clock.now())

    def _put_gap(self, gap: GapSeen, at: Moment) -> None:
        body = {"recording": gap.recording, "from_us": gap.from_us, "to_us": gap.to_us, "cause": gap.cause}
        said = {"what": gap.what} if gap.what != "picture" else {}
        slept = {"slept_ms": gap.slept_ms} if gap.slept_ms else {}
        self._journal.append(Kind.RECORDING_GAP, at, {**body, **said, **slept})

    def stop(self, at: Moment) -> Saved | None:
        """Ends the recording that runs; a gap that lasts ends with it. None when none runs."""
        state = self._journal.state
        recording = state.recording_now
        if not recording:
            return None
        self._parts.recorder.stop(recording)
        for gap in state.gaps:
            if gap.to_us == 0 and gap.recording == recording:
                end_us = max(at.monotonic_us, gap.from_us + 1)
                self._put_gap(GapSeen(recording, gap.from_us, end_us, gap.cause, gap.what), at)
        return self._journal.append(Kind.RECORDING_STOPPED, at, {"recording": recording})
