# SPDX-License-Identifier: GPL-3.0-or-later
"""Someone at the laptop who has the stores' keys: rows altered through the engine itself, their triggers dropped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlcipher3.dbapi2 as sqlcipher

from observer_app.capture.made_clip import make_clip
from observer_app.capture.made_recording import make_recording
from observer_app.domain.events import Kind
from observer_app.domain.moment import Moment
from observer_app.errors import IntegrityBroken, ObserverError
from observer_app.media.segment import segment_summary, verify_segment
from observer_app.trust.chain import event_hash, verify_chain, verify_device_chain
from observer_app.trust.envelope import record_id
from observer_app.trust.programme import Trust
from observer_app.trust.statements import NO_PREVIOUS
from observer_app.vault.device import DeviceStore
from observer_app.vault.person import PersonVault
from tests.redteam.tally import Tally
from tests.simulators.programme import Machine, Programme, record_body, sealed

pytestmark = pytest.mark.slow
KEY = bytes(range(32))
EVENTS = 40


class Rows:
    """A store opened by its key, changed row by row and put back."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._db = sqlcipher.connect(str(path), isolation_level=None)
        self._db.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        for (name,) in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            self._db.execute(f"DROP TRIGGER {name}")

    def all(self, sql: str) -> list[tuple[Any, ...]]:
        return list(self._db.execute(sql).fetchall())

    def run(self, *changes: tuple[Any, ...]) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        for sql, *params in changes:
            self._db.execute(sql, params)
        self._db.execute("COMMIT")

    def put_back(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        marks = ", ".join("?" * len(rows[0]))
        self.run((f"DELETE FROM {table}",), *((f"INSERT INTO {table} VALUES ({marks})", *r) for r in rows))

    def close(self) -> None:
        self._db.close()


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PersonVault]:
    vault = PersonVault(tmp_path_factory.mktemp("person") / "p1.db", KEY, create=True)
    for observation in ("o1", "o2"):
        vault.append(observation, Kind.OPENED, "p1", Moment(1, "b" * 32, 1), {"sitting": "s1"}).result(5)
        for seq in range(2, EVENTS + 1):
            body = {"criterion": f"c{seq}", "value": seq % 5}
            vault.append(observation, Kind.RATED, "p1", Moment(seq, "b" * 32, seq), body).result(5)
    yield vault
    vault.close()


def test_entries_of_an_observation(vault: PersonVault) -> None:
    """Altered entries are named where they stand; rewritten from there on with all hashes, by the signed head."""
    tally, rows = Tally("a person's vault, opened with its key"), Rows(vault.path, KEY)
    kept = rows.all("SELECT * FROM events")
    signed, others = vault.head("o1"), vault.payloads("o2")
    payloads = vault.payloads("o1")

    def tried(kind: str, seq: int | None, *changes: tuple[Any, ...]) -> None:
        rows.run(*changes)
        noticed, subject = False, ""
        try:
            verify_chain(vault.payloads("o1"), bytes.fromhex(signed[1]), signed[0])
        except ObserverError as error:
            subject = error.subject if isinstance(error, IntegrityBroken) else ""
            noticed = seq is None or subject == f"o1 {seq}"
        tally.note(kind, f"{seq} {subject}", noticed and vault.payloads("o2") == others)
        rows.put_back("events", kept)
        rows.run(("UPDATE observations SET count = ?, head = ? WHERE id = 'o1'", signed[0], bytes.fromhex(signed[1])))

    at = "WHERE observation = 'o1' AND seq ="
    for seq in range(1, EVENTS + 1):
        for _ in range(6):
            tried("altered entry", seq, (f"UPDATE events SET payload = ? {at} ?", tally.spoilt(payloads[seq - 1]), seq))
            tried("altered hash", seq, (f"UPDATE events SET hash = ? {at} ?", tally.dice.randbytes(32), seq))
        tried("deleted entry", seq, (f"DELETE FROM events {at} ?", seq))
        tried("cut off the end", seq, ("DELETE FROM events WHERE observation = 'o1' AND seq >= ?", seq))
        other = tally.dice.choice([n for n in range(1, EVENTS + 1) if n != seq])
        swap = [(f"UPDATE events SET payload = ? {at} ?", payloads[a - 1], b) for a, b in ((seq, other), (other, seq))]
        tried("swapped entries", min(seq, other), *swap)
        for _ in range(2):  # everything after it made to fit: only what was signed tells
            told = [*payloads[: seq - 1], tally.spoilt(payloads[seq - 1]), *payloads[seq:]]
            head, changes = bytes(32), list[tuple[Any, ...]]()
            for n, payload in enumerate(told, 1):
                head = event_hash(head, payload)
                changes.append((f"UPDATE events SET payload = ?, hash = ? {at} ?", payload, head, n))
            tried("rewrote the chain", None, *changes, ("UPDATE observations SET head = ? WHERE id = 'o1'", head))
    rows.close()
    tally.settle(600)


def inspected(store: DeviceStore, trust: Trust) -> str:
    """The id or number of the first of this device's statements that does not hold; "" when all do."""
    verified = []
    for kept in store.statements.own():
        try:
            found = trust.verify(kept.envelope)
        except ObserverError:
            return str(kept.device_seq)
        if (found.record_id, found.device_seq, found.statement.type) != (kept.id, kept.device_seq, kept.type):
            return str(kept.device_seq)
        verified.append(found)
    try:
        verify_device_chain(verified)
    except IntegrityBroken as error:
        return str(error.subject).split(" ")[-1]
    return "" if verified and verified[0].device_seq == 1 else "1"


def test_signed_statements_of_a_machine(tmp_path: Path) -> None:
    tally, programme = Tally("a machine's store, opened with its key"), Programme()
    centre = programme.centre("north")
    device, assessor = programme.device(centre, "d-1"), programme.person(centre, "p-1", "assessor")
    machine = Machine(programme, device, tmp_path)
    for number in range(1, 25):
        machine.sign("record", record_body(number), assessor)
    trust = Trust(programme.root, programme.certificates)
    rows = Rows(machine.store.path, bytes(32))
    kept = rows.all("SELECT * FROM statements")
    assert inspected(machine.store, trust) == ""
    own = {k.device_seq: k for k in machine.store.statements.own()}

    def tried(kind: str, seq: int, *changes: tuple[Any, ...]) -> None:
        rows.run(*changes)
        found = inspected(machine.store, trust)
        tally.note(kind, f"{seq} {found}", found in (str(seq), str(seq + 1)))
        rows.put_back("statements", kept)

    at = "WHERE own = 1 AND device_seq ="
    for seq, one in own.items():
        for _ in range(12):
            spoilt = tally.spoilt(one.envelope)
            tried("altered statement", seq, (f"UPDATE statements SET envelope = ? {at} ?", spoilt, seq))
        tried("altered its name", seq, (f"UPDATE statements SET id = ? {at} ?", "0" * 64, seq))
        tried("altered its type", seq, (f"UPDATE statements SET type = 'void' {at} ?", seq))
        if seq < len(own):  # the last is missed by central, which asks what comes after it
            tried("deleted", seq, (f"DELETE FROM statements {at} ?", seq))
            moves = ((-1, seq), (seq, seq + 1), (seq + 1, -1))
            tried("swapped", seq, *((f"UPDATE statements SET device_seq = ? {at} ?", to, was) for to, was in moves))
            # By who has both keys: every signature fits, and what came after it still names the first.
            before = own[seq - 1].id if seq > 1 else NO_PREVIOUS
            who = (assessor, device)
            for number in (seq, seq + 1):
                other = sealed(programme.header("record", number, before, device, who), record_body(100 + seq), who)
                change = (f"UPDATE statements SET envelope = ?, id = ? {at} ?", other, record_id(other), number)
                gone = [(f"DELETE FROM statements {at} ?", seq)] if number > seq else []
                tried("signed anew", seq, *gone, change)
    rows.close()
    machine.close()
    tally.settle(350)


def test_recordings_against_what_was_signed(tmp_path: Path) -> None:
    tally, recording = Tally("a recording's segments"), "0123456789abcdef0123456789abcdef"
    clip = make_clip(tmp_path / "talk.mp4", 6, fps=15, size=(320, 180))
    folder = tmp_path / recording
    make_recording(
        clip, folder, KEY, recording, [(0.0, 2.0), (3.0, 5.0)], origin_ns=10**12, origin_wall_ms=1, boot_id="b0" * 16
    )
    signed = segment_summary(folder).segments
    for one, other in ((signed[0], signed[1]), (signed[1], signed[0])):
        path = folder / one.file
        film, wrong = path.read_bytes(), (folder / other.file).read_bytes()

        def tried(kind: str, content: bytes, path: Path = path, one: Any = one) -> None:
            film = path.read_bytes()
            path.write_bytes(content)
            noticed = False
            try:
                verify_segment(path, one.root, one.size, one.cluster_sha256)
            except ObserverError as error:
                noticed = path.name in str(error) or path.name in getattr(error, "subject", "")
            path.write_bytes(film)
            tally.note(kind, one.file, noticed)

        for _ in range(150):
            tried("altered", tally.spoilt(film))
            tried("cut", film[: tally.dice.randrange(len(film))])
        tried("the other segment in its place", wrong)
        tried("made longer", film + b"\0")
        verify_segment(path, one.root, one.size, one.cluster_sha256)
    tally.settle(600)
