# SPDX-License-Identifier: GPL-3.0-or-later
"""The centre manager's day: bring the bookings in, hand them to the rooms, check people in, watch, close, export."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path

from observer_app.domain.moment import Moment
from observer_app.domain.record import RecordState
from observer_app.domain.roles import Role
from observer_app.domain.scenario import Scenario
from observer_app.domain.sitting import Consent, SittingEvent
from observer_app.errors import BadInput, Conflict
from observer_app.sync.pull import ARRIVED
from observer_app.trust.envelope import open_envelope
from observer_app.trust.keys import PrivateKey
from observer_app.trust.statements import Statement, read_statement
from observer_app.vault.objects import ObjectFiles
from observer_app.vault.sittings import OWN, encode_sittings
from observer_app.workflows.assigning import assign, choose_for_moderation, moderators
from observer_app.workflows.board import ReceivedRecord, board_view
from observer_app.workflows.board_views import BoardView, ExportView, ImportView, PacksView, RoomMachine
from observer_app.workflows.day_file import DayFile, Known, read_day_file
from observer_app.workflows.records import RecordReader
from observer_app.workflows.roster_file import write_roster_file
from observer_app.workflows.rosters import STALE, PreparedRoster, prepare_roster
from observer_app.workflows.signing import Signatory, refuse_restored
from observer_app.workflows.timekeeping import when_words

__all__ = ["CentreDesk", "Exporter"]

_PASSED_ON = "roster/passed_on"
Exporter = Callable[[str, Path, Callable[[int, int], None]], ExportView]


class CentreDesk:
    """CentrePort for the signed-in manager."""

    def __init__(
        self,
        signatory: Signatory,
        files: ObjectFiles,
        scenarios: Sequence[Scenario],
        exporter: Exporter,
        reader: RecordReader,
        packs: PacksView | None = None,
    ) -> None:
        self._signatory = signatory
        self._store = signatory.store
        self._files = files
        self._scenarios = scenarios
        self._exporter = exporter
        self._reader = reader
        self._packs = packs or PacksView("", len(scenarios))
        self._bodies: dict[str, Statement] = {}

    def days(self) -> tuple[str, ...]:
        """Days with bookings, latest last."""
        return tuple(sorted(self._store.sittings.days()))

    def board(self, day: str, now: Moment) -> BoardView:
        """The board of a day as this machine knows it."""
        names = {p.person: p.name for p in self._store.people()}
        return board_view(day, self._store.sittings.states(day), self._records(), names, now, self._closed(day))

    def _statement(self, statement: str, envelope: bytes) -> Statement:
        """What a kept statement says; kept in memory, for its bytes never change."""
        if statement not in self._bodies:
            self._bodies[statement] = read_statement(open_envelope(envelope).payload)
        return self._bodies[statement]

    def _records(self) -> dict[str, ReceivedRecord]:
        found = {}
        for kept in self._store.statements.of_type("record"):
            statement = self._statement(kept.id, kept.envelope)
            receipt = self._store.outbox.receipt(kept.id)
            found[str(statement.body["sitting"])] = ReceivedRecord(
                record=kept.id,
                state=self._store.record_state(kept.id) if kept.own or receipt else RecordState.ACKNOWLEDGED,
                signed_ms=statement.header.claimed_wall_ms,
                acknowledged_ms=receipt[1] if receipt else 0,
                gaps=sum(int(segment["gaps"]) for segment in statement.body["media"]),
            )
        return found

    def _closed(self, day: str) -> bool:
        return any(
            self._statement(kept.id, kept.envelope).body["day"] == day
            for kept in self._store.statements.of_type("day_close")
        )

    # ---- the day's file and the roster ----

    def _known(self) -> Known:
        pairs = self.assessors()
        assessors = {name.lower(): person for person, name in pairs} | {person.lower(): person for person, _ in pairs}
        return Known(self._signatory.machine.centre, self._scenarios, assessors)

    def packs(self) -> PacksView:
        """The frameworks and scenarios of this machine, and what is wrong with them."""
        return self._packs

    def look_at(self, file: Path) -> ImportView:
        """Reads a day's file without taking it in."""
        return _import_view(read_day_file(file, self._known()), {p.person: p.name for p in self._store.people()})

    def take_in(self, file: Path, passphrase: str) -> Future[str]:
        """Takes a faultless file in and signs the roster; the day."""
        found = read_day_file(file, self._known())
        if found.faults:
            first = found.faults[0]
            raise BadInput(first.reason, advice=first.advice, file=found.name, line=first.line)
        key = self._signatory.unlock(passphrase)
        content = encode_sittings(found.sittings)
        prepared = PreparedRoster(found.day, self._store, self._files, self._signatory.machine, content)
        self._sign_roster(found.day, prepared, key)
        done: Future[str] = Future()
        done.set_result(found.day)
        return done

    def _sign_roster(self, day: str, prepared: PreparedRoster, person_key: PrivateKey | None) -> None:
        """By the manager, or by the centre's own key when only what has happened since is passed on."""
        common = {"about": f"roster-{day}", "send": prepared.send, "wraps": prepared.wraps, "objects": prepared.objects}
        signed = (
            self._signatory.sign("roster", prepared.body, person_key, **common)  # type: ignore[arg-type]
            if person_key is not None
            else self._signatory.sign_as_centre("roster", prepared.body, **common)  # type: ignore[arg-type]
        )
        self._store.sittings.put_roster(signed.result(), day, prepared.content).result()

    def send_roster(self, day: str) -> Future[None]:
        """Signs the roster as it stands now, for the rooms' machines; it leaves with the next exchange."""
        prepared = prepare_roster(day, self._store, self._files, self._signatory.machine)
        self._sign_roster(day, prepared, None)
        done: Future[None] = Future()
        done.set_result(None)
        return done

    def pass_on(self) -> int:
        """Signs anew the rosters of the days about which something was written since the last time (check-in, consent,
        late ...) or a name in them erased, so that the rooms learn of it; how many. Called before every exchange."""
        passed = int(self._store.setting(_PASSED_ON, b"0"))
        entries = self._store.sittings.payloads(OWN, passed)
        stale = {key.removeprefix(STALE) for key in self._store.settings(STALE)}
        changed = ({day for _, day, _ in entries} | stale) & set(self.days())
        for day in sorted(changed):
            self.send_roster(day).result()
            self._store.exchange_settings({}, drop=f"{STALE}{day}").result()
        if entries:
            self._store.set_setting(_PASSED_ON, str(entries[-1][0]).encode()).result()
        return len(changed)

    def write_roster(self, day: str, folder: Path) -> Path:
        """The newest signed roster of the day as one file: what the network would have carried."""
        return write_roster_file(day, folder, self._store, self._files, self._signatory.machine)

    def rooms(self, day: str) -> tuple[RoomMachine, ...]:
        """The centre's other machines, and whether the day's newest roster has left for them or is taken in there."""
        machine = self._signatory.machine
        roster = self._store.sittings.roster(day)
        sent = roster is not None and self._store.record_state(roster.statement) >= RecordState.SENT
        names = self._store.settings("device_name/")
        said = self._store.settings(f"{ARRIVED}{roster.statement}/") if roster is not None else {}
        arrived = {key.rpartition("/")[2]: when_words(int(at)) for key, at in said.items()}
        return tuple(
            RoomMachine(
                device=c.subject,
                name=names.get(f"device_name/{c.subject}", f"Machine {c.subject[-4:].upper()}".encode()).decode(),
                roster="arrived" if c.subject in arrived else "sent" if sent else "not_sent",
                last_seen=arrived.get(c.subject, ""),
            )
            for c in machine.trust().certificates
            if c.kind == "device" and c.centre == machine.centre and c.subject != machine.device
        )

    # ---- what happens to a sitting ----

    def _append(self, sitting: str, kind: str, at: Moment, value: str = "", reason: str = "") -> Future[None]:
        refuse_restored(self._store)
        day = self._day_of(sitting)
        by = self._signatory.person
        return _settled(self._store.sittings.append(day, sitting, kind, by, at, value, reason))

    def _day_of(self, sitting: str) -> str:
        for day in self.days():
            roster = self._store.sittings.roster(day)
            if roster and any(s.id == sitting for s in roster.sittings):
                return day
        raise BadInput("This sitting is not in any roster here.", advice="Bring in the day's file again.")

    def check_in(
        self, sitting: str, *, identity: bool, consent: str, at: Moment, training: bool | None = None
    ) -> Future[None]:
        """Arrived, identity seen, consent to be filmed given or refused; `training`: whether the recording may be used
        for it, None where they were not asked and the booking stands."""
        if consent not in (Consent.GIVEN, Consent.REFUSED):
            raise BadInput("Say whether the candidate agrees to be filmed.", advice="Ask, then choose yes or no.")
        if not identity:
            raise BadInput("The photo ID has not been checked.", advice="Compare the photo ID with the person first.")
        self._append(sitting, "identity_checked", at)
        self._append(sitting, "consent", at, consent)
        if training is not None:
            self._append(sitting, "training", at, "yes" if training else "no")
        return self._append(sitting, "arrived", at)

    def late(self, sitting: str, minutes: int, reason: str, at: Moment) -> Future[None]:
        """Expected `minutes` after the booked time."""
        return self._append(sitting, "late", at, str(max(0, minutes)), reason)

    def absent(self, sitting: str, reason: str, at: Moment) -> Future[None]:
        """Did not come; a reason may follow later."""
        return self._append(sitting, "absent", at, "", reason)

    def abandoned(self, sitting: str, reason: str, at: Moment) -> Future[None]:
        """Broken off."""
        return self._append(sitting, "abandoned", at, "", reason)

    def swap(self, sitting: str, assessor: str, room: str, reason: str, at: Moment) -> Future[None]:
        """Another assessor, another room, or both; "" leaves it."""
        if not assessor and not room:
            raise BadInput("Nothing was changed.", advice="Choose another assessor or another room.")
        if assessor:
            future = self._append(sitting, "swapped_assessor", at, assessor, reason)
        if room:
            future = self._append(sitting, "moved_room", at, room, reason)
        return future

    def explain(self, sitting: str, reason: str, at: Moment) -> Future[None]:
        """Says why something is as it is; without words nothing is explained."""
        if not reason.strip():
            raise BadInput("The reason is empty.", advice="Say in a few words what happened.")
        return self._append(sitting, "explained", at, "", reason)

    def assessors(self) -> tuple[tuple[str, str], ...]:
        """(id, name) of the assessors enrolled here or certified for this centre elsewhere, whose name may be their
        id."""
        found = {p.person: p.name for p in self._store.people() if Role.ASSESSOR in p.roles}
        machine = self._signatory.machine
        for certificate in machine.trust().certificates:
            if Role.ASSESSOR.value in certificate.roles and certificate.centre in ("", machine.centre):
                found.setdefault(certificate.subject, self._store.person_name(certificate.subject))
        return tuple(found.items())

    # ---- marking again ----

    def moderators(self) -> tuple[tuple[str, str], ...]:
        """(id, name) of those a record can be given to."""
        return tuple((c.subject, self._store.person_name(c.subject)) for c in moderators(self._reader))

    def to_mark_again(self, day: str) -> tuple[int, int]:
        """SLOW. (records chosen by the frameworks' rules, how many were handed over)."""
        chosen = choose_for_moderation(self._reader, day)
        given = self._given()
        return len(chosen), sum(1 for c in chosen if c.record in given)

    def _given(self) -> set[str]:
        return {record for person, _ in self.moderators() for record, _ in self._store.assignments(person)}

    def hand_over(self, day: str, moderator: str) -> Future[int]:
        """SLOW. Gives the chosen records that nobody has yet to a moderator; how many."""
        given, count = self._given(), 0
        for chosen in choose_for_moderation(self._reader, day):
            if chosen.record not in given and chosen.assessor != moderator:
                assign(self._reader, chosen.record, moderator)
                count += 1
        done: Future[int] = Future()
        done.set_result(count)
        return done

    # ---- the end of the day ----

    def close_day(self, day: str, passphrase: str) -> Future[str]:
        """Signs the day's close: what was expected, what came, what was explained, and where this machine's chain
        stands, so that a cut-off tail shows."""
        board = self.board(day, self._signatory.clock.now())
        if board.closed:
            raise Conflict("The day is closed already.", advice="What happened since can be explained on the board.")
        if board.gaps:
            count = f"{len(board.gaps)} thing{'s' if len(board.gaps) > 1 else ''}"
            raise Conflict(f"{count} still to be explained: {board.gaps[0]}.", advice="Give each a reason first.")
        key = self._signatory.unlock(passphrase)
        states = self._store.sittings.states(day)
        explained = [{"sitting": s.sitting.id, "reason_sha256": s.reasons[-1]} for s in states if s.reasons]
        here = {s.sitting.id for s in states}
        records = sum(1 for sitting in self._records() if sitting in here)
        closes = [kept.device_seq for kept in self._store.statements.of_type("day_close") if kept.own]
        first = max(closes, default=0) + 1

        def body(device_seq: int, prev: str) -> dict[str, object]:
            return {
                "day": day,
                "first_seq": first,
                "last_seq": device_seq - 1,
                "head": prev,
                "expected": len(states),
                "records": records,
                "explained": explained,
            }

        return self._signatory.sign("day_close", body, key, about=f"day-{day}")

    def export(self, day: str, folder: Path, progress: Callable[[int, int], None]) -> ExportView:
        """Reports, tables and the signed bundle."""
        return self._exporter(day, folder, progress)


def _settled(future: Future[SittingEvent]) -> Future[None]:
    """The same, without the value."""
    done: Future[None] = Future()

    def pass_on(finished: Future[SittingEvent]) -> None:
        fault = finished.exception()
        if fault is not None:
            done.set_exception(fault)
        else:
            done.set_result(None)

    future.add_done_callback(pass_on)
    return done


def _import_view(found: DayFile, names: dict[str, str]) -> ImportView:
    preview = tuple(
        (s.starts, s.candidate.name, s.candidate.id, s.room, names.get(s.assessor, s.assessor), s.scenario_id)
        for s in found.sittings
    )
    photos = sum(bool(s.candidate.photo) for s in found.sittings)
    return ImportView(found.name, found.day, len(found.sittings), found.faults, preview, photos)
