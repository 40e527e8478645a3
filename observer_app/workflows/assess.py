# SPDX-License-Identifier: GPL-3.0-or-later
"""The assessor's day: whom to see, whether all is ready, opening an observation and finding it again.

1. A person sees and opens only the sittings they are booked for.
2. One journal an observation, whoever asks for it: live and review write one chain in one order.
3. An observation keeps the packs it was opened with, by hash, whatever arrives later.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from observer_app.domain.events import Kind
from observer_app.domain.framework import Framework
from observer_app.domain.moment import Clock, Moment
from observer_app.domain.observation import ObservationState
from observer_app.domain.phrases import Phrase, together
from observer_app.domain.record import RecordState
from observer_app.domain.scenario import Scenario
from observer_app.domain.sitting import Attendance, Sitting, SittingState, fold_sitting
from observer_app.errors import BadInput, Conflict, NotAllowed, ObserverError
from observer_app.packs.loading import PackLibrary, load_from_bytes
from observer_app.vault.device import DeviceStore
from observer_app.vault.objects import ObjectFiles
from observer_app.vault.person import KeptObservation, PersonVault
from observer_app.workflows.coming_back import locked_over
from observer_app.workflows.elsewhere import SignedElsewhere
from observer_app.workflows.enrolment import new_id
from observer_app.workflows.journal import Journal
from observer_app.workflows.left_recordings import sign_left_recordings
from observer_app.workflows.live import LIVE, SEEN, LiveObservation
from observer_app.workflows.live_recording import LiveParts
from observer_app.workflows.live_view import next_phase
from observer_app.workflows.my_records import my_records
from observer_app.workflows.pack_shelf import not_offered, why_not
from observer_app.workflows.phrases import keep_phrases, own_phrases, phrases_view
from observer_app.workflows.preflight import Preflight
from observer_app.workflows.readiness import Readiness
from observer_app.workflows.recording import RecorderPort
from observer_app.workflows.records import RecordReader
from observer_app.workflows.review import ReviewObservation, take_up_signed
from observer_app.workflows.review_parts import ReviewParts
from observer_app.workflows.saved import Saved
from observer_app.workflows.signing import Signatory
from observer_app.workflows.timekeeping import day_of, planned_s
from observer_app.workflows.today import Standing, today_view
from observer_app.workflows.views import CheckView, PhrasesView, RecordCard, TodayView

__all__ = ["AssessDay", "AssessParts"]

_WAIT_S = 30.0


@dataclass(frozen=True)
class AssessParts:
    """What the assessor's workflow is built from. `recorder` makes one recorder for one observation; `reader` gives
    what reads signed records back."""

    vault: PersonVault
    store: DeviceStore
    files: ObjectFiles
    clock: Clock
    library: PackLibrary
    recorder: Callable[[], RecorderPort]
    preflight: Preflight
    signatory: Signatory
    reader: Callable[[], RecordReader]


class AssessDay:
    """Implements `ports.AssessPort` for one signed-in person."""

    def __init__(self, parts: AssessParts) -> None:
        self._parts = parts
        self._person = parts.signatory.person
        self._journals: dict[str, Journal] = {}
        self._live: dict[str, LiveObservation] = {}
        self._elsewhere = SignedElsewhere(parts.store, parts.signatory.person)
        self._readiness = Readiness(parts.vault, parts.store, parts.signatory, parts.preflight)
        self._left_live = parts.vault.setting(LIVE)  # set while the program last ran and never taken back: it crashed

    # ---- today ----

    def today(self, now: Moment) -> TodayView:
        day = day_of(now)
        states = self._mine(day)
        states = [*self._begun_before({s.sitting.id for s in states}), *states]
        sittings = self._parts.store.sittings
        return today_view(
            day,
            self._parts.signatory.machine.centre_name,
            states,
            {s.sitting.id: self._standing(s.sitting.id) for s in states},
            {s.sitting.id: sittings.events(s.sitting.day, s.sitting.id) for s in states},
            {name: s.title for name, s in self._parts.library.scenarios.items()},
            self._readiness.checks,
            not_offered(self._parts.library, {s.sitting.scenario_id for s in states}),
        )

    def _mine(self, day: str) -> list[SittingState]:
        return [s for s in self._parts.store.sittings.states(day) if s.sitting.assessor == self._person]

    def _begun_before(self, listed: set[str]) -> list[SittingState]:
        """Sittings begun and not signed yet that are not in today's list: of a day before (it went past midnight, or
        was left to be signed in the morning), or left out by a later list. They stay until they are signed."""
        found = []
        for kept in self._parts.vault.observations():
            booked = None
            if kept.state == "open" and kept.sitting not in listed:
                booked = self._parts.store.sittings.find(kept.sitting)
            if booked is not None:
                state = self._as_it_stands(booked)
                found += [state] if state.sitting.assessor == self._person else []
                listed = {*listed, kept.sitting}
        return found

    def _as_it_stands(self, booked: Sitting) -> SittingState:
        """A booking after what happened to it, also when a later list of its day left it out."""
        sittings = self._parts.store.sittings
        try:
            return sittings.state(booked.day, booked.id)
        except BadInput:
            return fold_sitting(booked, sittings.events(booked.day, booked.id))

    def _kept(self, sitting: str) -> KeptObservation | None:
        """The observation of a sitting that counts: not one opened for the wrong candidate."""
        found = [o for o in self._parts.vault.observations(sitting) if o.state != "reopened"]
        return found[-1] if found else None

    def _standing(self, sitting: str) -> Standing:
        kept = self._kept(sitting)
        if kept is None:
            record = self._elsewhere.record(sitting)
            receipt = self._parts.store.outbox.receipt(record) if record else None
            return Standing(state="signed", over=True, record_state=self._parts.store.record_state(record),
                            receipt_ms=receipt[1] if receipt else 0) if record else Standing()  # fmt: skip
        if kept.state == "signed":
            record = self._parts.vault.record_of(kept.id)
            receipt = self._parts.store.outbox.receipt(record)
            state = max(self._parts.store.record_state(record), RecordState.SIGNED)
            return Standing(kept.id, "signed", True, False, state, receipt[1] if receipt else 0)
        try:
            state_now = self._journal(kept.id).state
            over = state_now.phase is None and next_phase(self._packs(state_now)[1], state_now) is None
        except ObserverError as error:  # the others of the day are none the worse for it
            return Standing(kept.id, kept.state, fault=str(error))
        if state_now.record:
            return Standing(kept.id, "signed", True, False, RecordState.SIGNED)
        return Standing(kept.id, kept.state, over, self._is_live(kept.id), RecordState.SAVED)

    def phrases(self) -> PhrasesView:
        return phrases_view(self._parts.vault, self._parts.library.frameworks.values())

    def keep_phrases(self, own: Sequence[Phrase]) -> Saved:
        return keep_phrases(self._parts.vault, own)

    # ---- before the first ----

    def checks(self) -> tuple[CheckView, ...]:
        now = self._parts.clock.now()
        seconds = sum(self._recorded_s(s) for s in self._mine(day_of(now)))
        busy = any(not live.closed and live.recording for live in self._live.values())
        return self._readiness.look(seconds, now, busy=busy)

    def _recorded_s(self, state: SittingState) -> int:
        """Seconds still to be recorded of a sitting."""
        scenario = self._parts.library.scenarios.get(state.sitting.scenario_id)
        if scenario is None or state.attendance is Attendance.ABSENT or self._standing(state.sitting.id).over:
            return 0
        return planned_s(tuple(p for p in scenario.phases if p.recorded), state.sitting.extra_percent)

    def override_check(self, kind: str, reason: str, at: Moment) -> Saved:
        live = next((o for o in self._live.values() if not o.closed), None)
        return self._readiness.pass_over(kind, reason, at, live.journal if live is not None else None)

    # ---- opening ----

    def open(self, sitting: str, at: Moment) -> LiveObservation:
        day, state = self._sitting(sitting)
        kept = self._kept(sitting)
        if kept is None:
            self._elsewhere.refuse(sitting)
        if kept is not None and kept.state == "open" and self._journal(kept.id).state.record:
            kept = self._kept(sitting)  # signed, as was only found out now
        if kept is not None and kept.state != "open":
            word = "signed" if kept.state == "signed" else "abandoned"
            raise Conflict(f"This observation has been {word}.", advice="Open its review to read it.")
        if kept is not None and kept.id in self._live and not self._live[kept.id].closed:
            return self._live[kept.id]
        self.close()
        journal = self._journal(kept.id) if kept else self._begin(day, state, at)
        if kept is not None and self._left_live == kept.id:
            self._left_live = ""
            journal.append(Kind.RESUMED_AFTER_CRASH, at, {"away_us": self._away_us(journal, at)}).result(_WAIT_S)
        self._readiness.write_on(journal)
        framework, scenario = self._packs(journal.state)
        live = LiveObservation(journal, self._live_parts(framework, scenario, day, sitting, journal))
        self._live[journal.observation] = live
        return live

    def _live_parts(
        self, framework: Framework, scenario: Scenario, day: str, sitting: str, journal: Journal
    ) -> LiveParts:
        p = self._parts
        booked = self._sitting(sitting)[1].sitting
        actor = str(journal.state.opening.get("actor", ""))
        place = ", ".join(part for part in (booked.room, p.store.person_name(actor) if actor else "") if part)
        return LiveParts(
            scenario=scenario,
            framework=framework,
            booked=booked,
            stands=self._as_it_stands,
            store=p.store,
            clock=p.clock,
            recorder=p.recorder(),
            place=place,
            phrases=together(own_phrases(p.vault), framework.snippets),
            others=self._others,
            erase=p.files.erase_recording,
            left=self.sign_left,
        )

    def _others(self, booked: Sitting) -> tuple[SittingState, ...]:
        """My bookings of that day with the same scenario that are not begun: the person may be one of them."""
        same = [s for s in self._mine(booked.day) if s.sitting.scenario_id == booked.scenario_id]
        return tuple(
            s for s in same if s.sitting.id != booked.id and not s.abandoned and self._kept(s.sitting.id) is None
        )

    def _begin(self, day: str, state: SittingState, at: Moment) -> Journal:
        sitting = state.sitting
        self._parts.store.sittings.state(day, sitting.id)  # raises for one that the newest list left out
        if state.attendance is Attendance.ABSENT or state.abandoned:
            raise Conflict("This candidate is not here.", advice="Ask the centre manager to correct the day's list.")
        scenario = self._parts.library.scenarios.get(sitting.scenario_id)
        framework = self._parts.library.frameworks.get(scenario.framework_id) if scenario else None
        if scenario is None or framework is None:
            reason, advice = why_not(self._parts.library, sitting.scenario_id)
            raise BadInput(reason, advice=advice)
        body = {
            "sitting": sitting.id,
            "candidate": sitting.candidate.id,
            "framework": framework.ref.sha256,
            "scenario": scenario.ref.sha256,
            "actor": sitting.actor,
            "extra_percent": sitting.extra_percent,
        }
        observation = new_id("o")
        event = self._parts.vault.append(observation, Kind.OPENED, self._person, at, body).result(_WAIT_S)
        self._parts.store.sittings.append(day, sitting.id, "started", self._person, at).result(_WAIT_S)
        journal = Journal(self._parts.vault, observation, self._person, [event])
        self._journals[observation] = journal
        return journal

    def _sitting(self, sitting: str, *, also_others: bool = False) -> tuple[str, SittingState]:
        """(day, booking). Raises NotAllowed when it is not this person's, BadInput when there is none."""
        booked = self._parts.store.sittings.find(sitting)
        if booked is None:
            raise BadInput("This sitting is not in the day's list.", advice="Ask the centre manager.")
        state = self._as_it_stands(booked)
        if state.sitting.assessor != self._person and not also_others:
            raise NotAllowed("This candidate is booked with someone else.", advice="Ask the centre manager.")
        return booked.day, state

    def _journal(self, observation: str) -> Journal:
        """Reads and checks the chain the first time. Raises IntegrityBroken naming the first wrong entry."""
        if observation not in self._journals:
            events = self._parts.vault.events(observation)
            journal = Journal(self._parts.vault, observation, self._person, events)
            take_up_signed(journal, self._parts.store, self._parts.clock)
            self._journals[observation] = journal
        return self._journals[observation]

    def _away_us(self, journal: Journal, at: Moment) -> int:
        """How long nobody was watching: since the window last noted itself, or the last entry if that is later."""
        latest = journal.last_event.at
        seen: list[Any] = json.loads(self._parts.vault.setting(SEEN, "[]"))
        if seen and seen[0] == journal.observation:
            noted = Moment(seen[1], seen[2], seen[3])
            latest = noted if noted.since_us(latest) > 0 else latest
        return max(0, at.since_us(latest))

    def _packs(self, state: ObservationState) -> tuple[Framework, Scenario]:
        """The packs an observation was opened with. Raises BadInput when they are no longer on this machine."""
        wanted_framework, wanted_scenario = state.opening.get("framework"), state.opening.get("scenario")
        frameworks = {f.ref.sha256: f for f in self._parts.library.frameworks.values()}
        scenarios = {s.ref.sha256: s for s in self._parts.library.scenarios.values()}
        if wanted_framework not in frameworks or wanted_scenario not in scenarios:
            for kept in sorted(self._parts.store.packs(), key=lambda k: k.kind):  # frameworks before scenarios
                if kept.sha256 in (wanted_framework, wanted_scenario):
                    pack = load_from_bytes(kept.content, kept.name, frameworks.values())
                    if isinstance(pack, Framework):
                        frameworks[kept.sha256] = pack
                    else:
                        scenarios[kept.sha256] = pack
        framework, scenario = frameworks.get(str(wanted_framework)), scenarios.get(str(wanted_scenario))
        if framework is None or scenario is None:
            reason = "The scenario this was begun with is no longer on this machine."
            raise BadInput(reason, advice="Ask the centre manager; what was rated is kept.")
        return framework, scenario

    def running(self) -> str:
        """The sitting whose observation was on the screen when the program last stopped, or the window was locked."""
        wanted = self._left_live or locked_over(self._parts.vault)[0]
        kept = next((o for o in self._parts.vault.observations() if o.id == wanted), None) if wanted else None
        return kept.sitting if kept is not None and kept.state == "open" else ""

    # ---- review ----

    def review(self, sitting: str) -> ReviewObservation:
        """Raises BadInput when nothing was opened, NotAllowed."""
        kept = self._kept(sitting)
        # What one signed oneself stays one's own to read, whoever the booking was given to later.
        day, state = self._sitting(sitting, also_others=kept is not None and kept.state == "signed")
        if kept is None:
            self._elsewhere.refuse(sitting)
            raise BadInput("This observation has not been opened yet.")
        journal = self._journal(kept.id)
        framework, scenario = self._packs(journal.state)
        p = self._parts
        return ReviewObservation(
            journal,
            ReviewParts(
                scenario=scenario,
                framework=framework,
                sitting=state.sitting,
                store=p.store,
                files=p.files,
                clock=p.clock,
                signatory=p.signatory,
                end_recording=lambda: self._end_recording(day, sitting, journal),
                reader=p.reader,
                phrases=together(own_phrases(p.vault), framework.snippets),
            ),
        )

    def records(self) -> tuple[RecordCard, ...]:
        p = self._parts
        return my_records(p.vault, p.store, p.library, self.review)

    def _end_recording(self, day: str, sitting: str, journal: Journal) -> None:
        """SLOW. Before signing: the recorder's files must be closed, also those of one whose window was left."""
        self._settle(journal.observation)
        live = self._live.get(journal.observation)
        if live is None and journal.state.recording_now:
            live = LiveObservation(journal, self._live_parts(*self._packs(journal.state), day, sitting, journal))
            self._live[journal.observation] = live
        if live is not None:
            live.finish(self._parts.clock.now())  # raises while the recorder still writes: nothing is signed then
            live.close()
            self._settle(journal.observation)

    def sign_left(self) -> int:
        """SLOW. See `sign_left_recordings`."""
        p = self._parts
        return sign_left_recordings(p.vault, p.store, p.files, p.signatory, p.recorder)

    def _is_live(self, observation: str) -> bool:
        return observation in self._live and not self._live[observation].closed

    def _settle(self, observation: str) -> None:
        if observation in self._live and self._live[observation].closed:
            self._live.pop(observation).settled()

    def close(self) -> None:
        """Leaves whatever is open; running recordings go on."""
        for observation, live in list(self._live.items()):
            live.close()
            self._settle(observation)
