# SPDX-License-Identifier: GPL-3.0-or-later
"""A sample centre on one real machine, with a real log, whose assessor has signed records: for what reads them."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from observer_app.bootstrap.clock import MachineClock
from observer_app.bootstrap.enrolling import add_person, make_machine, sample_centre
from observer_app.bootstrap.sample_people import PEOPLE, sample_sittings
from observer_app.capture.made_recording import make_recording
from observer_app.domain.events import Kind
from observer_app.domain.folding import fold
from observer_app.domain.moment import Moment
from observer_app.domain.observation import ObservationState
from observer_app.domain.roles import Role
from observer_app.domain.scenario import Scenario
from observer_app.domain.scoring import score
from observer_app.domain.sitting import Sitting
from observer_app.packs.loading import load_all
from observer_app.shipped import shipped
from observer_app.trust import merkle, strict_json
from observer_app.trust.certificates import issue_certificate
from observer_app.trust.chain import join_events
from observer_app.trust.checkpoints import Checkpoint, sign_checkpoint
from observer_app.trust.keys import KeySet
from observer_app.trust.objects import open_object, seal_object
from observer_app.trust.passphrase import CHEAP_COST
from observer_app.trust.receipts import make_receipt
from observer_app.trust.samples import sample_root, sample_root_key
from observer_app.vault.objects import ObjectFiles
from observer_app.vault.outbox import EVIDENCE, ToSend
from observer_app.vault.people import Secrets, open_person, person_vault_path
from observer_app.vault.person import PersonVault
from observer_app.vault.sittings import encode_sittings
from observer_app.vault.texts import SaltedText
from observer_app.workflows.enrolment import certify_person, load_machine
from observer_app.workflows.evidence import EVENT_LOG_KIND, EVIDENCE_KIND, guardians, seal_evidence, wraps_for
from observer_app.workflows.records import RecordReader
from observer_app.workflows.sealing import media_rows
from observer_app.workflows.signing import Signatory
from observer_app.workflows.timekeeping import position_ms

CLOCK = MachineClock()
LIBRARY = load_all([shipped("rubrics"), shipped("resources") / "scenarios"])
SCENARIO = LIBRARY.scenarios["first-home-visit"]
FRAMEWORK = LIBRARY.frameworks[SCENARIO.framework_id]
ASSESSOR, MANAGER = PEOPLE[0], next(p for p in PEOPLE if p.role is Role.MANAGER)
MODERATOR = next(p for p in PEOPLE if p.role is Role.MODERATOR)
LOG = "central.example/log"
DAY = "2026-11-24"


@dataclass(frozen=True)
class Person:
    """Someone signed in."""

    secrets: Secrets
    vault: PersonVault
    signatory: Signatory


class CentreCast:
    """One machine of a centre with manager, assessors, moderator; a key officer elsewhere; a log that gives proofs."""

    def __init__(self, root: Path, *, sittings: int = 4) -> None:
        self.root = root
        now = CLOCK.now().wall_ms
        self.centre = sample_centre("Sample Centre North", now)
        self.officer, self.log_keys = KeySet.generate(), KeySet.generate()
        officer = certify_person(sample_root(), sample_root_key(), "p-officer", self.officer, [Role.KEY_OFFICER], now)
        log = issue_certificate(
            sample_root(), [sample_root_key()], kind="log", subject=LOG, signing=self.log_keys.signing.public,
            opening=None, not_before_ms=now - 86_400_000, not_after_ms=now + 86_400_000_000,
        )  # fmt: skip
        self.store, key = make_machine(
            root, self.centre, sample_root(), "Centre", now, certificates=(officer, log), holds_centre=True
        )
        for person in PEOPLE:
            add_person(
                root, self.store, key, person.new(), self.centre.certificate, self.centre.keys.signing, now,
                cost=CHEAP_COST,
            )  # fmt: skip
        self.files = ObjectFiles(root)
        self.machine = load_machine(self.store)
        self.sittings = [
            replace(s, scenario_id=SCENARIO.ref.id, framework_id=SCENARIO.framework_id)
            for s in sample_sittings(datetime(2026, 11, 24, 9, 0), [SCENARIO], sittings)
        ]
        self.store.sittings.put_roster("0" * 64, DAY, encode_sittings(self.sittings)).result()
        self._people: dict[str, Person] = {}
        self._leaves: list[bytes] = []

    def person(self, name: str, passphrase: str) -> Person:
        if name not in self._people:
            secrets = open_person(self.root, name, passphrase, CLOCK.now())
            vault = PersonVault(person_vault_path(self.root, secrets.person), secrets.vault_key)
            signatory = Signatory(self.root, self.machine, self.store, CLOCK, secrets.person, secrets.keys)
            self._people[name] = Person(secrets, vault, signatory)
        return self._people[name]

    @property
    def assessor(self) -> Person:
        return self.person(ASSESSOR.name, ASSESSOR.passphrase)

    @property
    def moderator(self) -> Person:
        return self.person(MODERATOR.name, MODERATOR.passphrase)

    @property
    def manager(self) -> Person:
        return self.person(MANAGER.name, MANAGER.passphrase)

    def reader(self, *keys: KeySet) -> RecordReader:
        """As the manager (the centre's keys) unless others are given."""
        return RecordReader(
            self.store, self.files, self.machine, self.machine.trust(), LIBRARY, keys or (self.centre.keys,)
        )

    def close(self) -> None:
        for person in self._people.values():
            person.vault.close()
        self.store.close()

    # ---- an observation and its record ----

    def observe(
        self, sitting: Sitting, values: list[int | None], *, overall: int = 4, scenario: Scenario = SCENARIO
    ) -> str:
        """An observation in the assessor's vault: criteria rated a minute apart, a note at each of the first two."""
        vault, person = self.assessor.vault, self.assessor.secrets.person
        start = CLOCK.now()
        observation = f"o-{sitting.id}"

        def at(second: int) -> Moment:
            return replace(
                start, monotonic_us=start.monotonic_us + second * 1_000_000, wall_ms=start.wall_ms + second * 1000
            )

        def put(kind: str, second: int, body: dict[str, Any] | None = None, *texts: SaltedText) -> None:
            vault.append(observation, kind, person, at(second), body or {}, texts=texts).result()

        opening = {"sitting": sitting.id, "candidate": sitting.candidate.id, "framework": FRAMEWORK.ref.sha256,
                   "scenario": scenario.ref.sha256, "actor": "", "extra_percent": sitting.extra_percent}  # fmt: skip
        put(Kind.OPENED, 0, opening)
        interview = next(p for p in scenario.phases if p.interview)
        put(Kind.PHASE_STARTED, 1, {"phase": interview.id})
        for number, (criterion, value) in enumerate(zip(scenario.criteria, values, strict=True), 1):
            if value is None:
                why = SaltedText.new(f"Never came up: {criterion.id}")
                put(Kind.UNRATED_REASON, 60 * number, {"criterion": criterion.id, "text": why.hash}, why)
                continue
            put(Kind.RATED, 60 * number, {"criterion": criterion.id, "value": value})
            if number <= 2:
                note = SaltedText.new(f"Note on {criterion.id}")
                began = at(60 * number + 5).monotonic_us
                body = {"note": f"n{number}", "criterion": criterion.id, "text": note.hash, "began_us": began}
                put(Kind.NOTE_WRITTEN, 60 * number + 9, body, note)
        put(Kind.GLOBAL_RATED, 3000, {"value": overall})
        return observation

    def sign(
        self, sitting: Sitting, observation: str, *, media: list[dict[str, Any]] | None = None,
        training_ok: bool | None = False,
    ) -> str:  # fmt: skip
        """The record of an observation, as its assessor signs it; its id. `training_ok` None: by an Observer that
        did not yet say."""
        vault = self.assessor.vault
        payloads, state = vault.payloads(observation), fold(vault.events(observation))
        count, head = vault.head(observation)
        log, key = join_events(payloads), vault.evidence_key(observation)
        hashes = [n.text for n in state.notes] + list(state.unrated_reasons.values())
        texts = [t for h in hashes if (t := vault.salted(h)) is not None]
        sealed = seal_evidence(sitting.candidate, texts, key, training_ok=bool(training_ok))
        if training_ok is None:
            old = strict_json.loads(open_object(sealed.data, key), limit=1 << 20, what="Evidence")
            del old["candidate"]["training_ok"]
            sealed = seal_object(strict_json.dumps({**old, "v": 1}), key)
        names = [
            (self.files.put(log), EVENT_LOG_KIND, len(log)),
            (self.files.put(sealed.data), EVIDENCE_KIND, len(sealed.data)),
        ]
        body = _body(sitting, observation, state) | {
            "events": {"count": count, "head": head},
            "event_log": {"sha256": names[0][0], "size": len(log)},
            "media": media or [],
        }
        signatory = self.assessor.signatory
        return signatory.sign(
            "record", body, signatory.unlock(ASSESSOR.passphrase), objects=names,
            send=[ToSend("object", n, EVIDENCE) for n, _, _ in names],
            wraps=wraps_for(observation, key, guardians(self.machine.trust(), self.machine.centre)),
        ).result()  # fmt: skip

    def record(self, place: int = 0, values: list[int | None] | None = None) -> str:
        """A signed record of booking `place`; every criterion 4 unless `values` say otherwise."""
        sitting = self.sittings[place]
        return self.sign(sitting, self.observe(sitting, values or [4] * len(SCENARIO.criteria)))

    def film(self, observation: str, clip: Path) -> str:
        """A recording of 0-2 s and 3-5 s of `clip` that began half a second before the first mark; its id."""
        vault = self.assessor.vault
        first = next(e for e in vault.events(observation) if e.kind == Kind.RATED)
        recording, key = uuid.uuid4().hex, vault.evidence_key(observation)
        make_recording(
            clip, self.files.recording(recording, create=True), key, recording, [(0.0, 2.0), (3.0, 5.0)],
            origin_ns=first.at.monotonic_us * 1000 - 500_000_000, boot_id=first.at.boot_id,
        )  # fmt: skip
        return recording

    def media(self, observation: str, recording: str) -> list[dict[str, Any]]:
        """What a record says of its recording."""
        return media_rows([recording], self.files.recording, self.assessor.vault.evidence_key(observation))

    def amend(
        self, record: str, criterion: str, before: int, after: int, reason: str, *, second: str = "manager"
    ) -> str:
        """A signed amendment of one mark, signed a second time by the "manager", the "assessor" themselves or ""."""
        salted = SaltedText.new(reason)
        body = {
            "record": record,
            "reason_sha256": salted.hash,
            "changes": [{"criterion": criterion, "from": before, "to": after}],
            "outcome": {"score": 0, "passed": "yes"},
        }
        signatory = self.assessor.signatory
        key = signatory.unlock(ASSESSOR.passphrase)
        statement = signatory.sign("amendment", body, key, about=record, texts=[salted]).result()
        if second:
            self.countersign(record, statement, second)
        return statement

    def countersign(self, record: str, amendment: str, who: str = "manager") -> str:
        """A second signature under an amendment."""
        person = self.manager if who == "manager" else self.assessor
        signatory = person.signatory
        body = {"record": record, "amendment": amendment}
        return signatory.sign("countersignature", body, person.secrets.keys.signing, about=record).result()

    def acknowledge(self, statement: str) -> bytes:
        """The log takes a statement in and gives its receipt, which is kept."""
        self._leaves.append(merkle.leaf_hash(self.store.statements.get(statement)))
        size, index = len(self._leaves), len(self._leaves) - 1
        root = merkle.root_of(self._leaves)
        note = sign_checkpoint(Checkpoint(LOG, size, root), self.log_keys.signing)
        trust = self.machine.trust()
        receipt = make_receipt(
            index,
            merkle.inclusion_proof(index, size, self._leaves),
            note,
            leaf=self._leaves[index],
            certificates=trust.chain(trust.log_certificates(LOG)[-1:]),
        )
        self.store.outbox.put_receipt(statement, receipt, CLOCK.now().wall_ms).result()
        return receipt


def _body(sitting: Sitting, observation: str, state: ObservationState) -> dict[str, Any]:
    """What a record says of its marks, as folded from its entries."""
    result = score(FRAMEWORK, SCENARIO, state.values(), state.unrated_reasons)
    ratings = [
        {"criterion": r.criterion, "value": r.value, "at_ms": position_ms(state, SCENARIO, r.at), "event": r.seq}
        for r in state.ratings.values()
    ]
    overall = state.global_rating
    return {
        "observation": observation,
        "sitting": sitting.id,
        "candidate": sitting.candidate.id,
        "actor": "",
        "framework": {"id": FRAMEWORK.ref.id, "version": FRAMEWORK.ref.version, "sha256": FRAMEWORK.ref.sha256},
        "scenario": {"id": SCENARIO.ref.id, "version": SCENARIO.ref.version, "sha256": SCENARIO.ref.sha256},
        "ratings": ratings,
        "unrated": [{"criterion": k, "reason_sha256": h} for k, h in state.unrated_reasons.items()],
        "global_rating": {"value": overall.value, "at_ms": 0, "event": overall.seq} if overall else None,
        "outcome": {"score": int(result.total), "passed": {True: "yes", False: "no", None: "none"}[result.passed]},
    }


@pytest.fixture
def centre_cast(tmp_path: Path) -> Iterator[CentreCast]:
    made = CentreCast(tmp_path / "centre")
    yield made
    made.close()


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
