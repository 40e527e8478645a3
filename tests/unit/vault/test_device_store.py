# SPDX-License-Identifier: GPL-3.0-or-later
"""The device store: one chain of own statements, a record's state, what waits, rosters and what happened since."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer_app.domain.moment import Moment
from observer_app.domain.record import RecordState
from observer_app.domain.roles import Role
from observer_app.domain.sitting import Candidate, Consent, Sitting
from observer_app.errors import BadInput, IntegrityBroken, NewerVersion
from observer_app.trust.chain import verify_device_chain
from observer_app.trust.envelope import open_envelope, seal
from observer_app.trust.keys import PrivateKey
from observer_app.trust.statements import Header, build_statement, read_statement
from observer_app.vault.device import DeviceStore, KnownPerson
from observer_app.vault.objects import ObjectFiles
from observer_app.vault.outbox import EVIDENCE, RECORDINGS, Checkpoint, ToSend
from observer_app.vault.sittings import OWN, decode_sittings, encode_sittings
from observer_app.vault.statements import Wrap
from observer_app.vault.texts import SaltedText

KEY = bytes(range(32))
SIGNER = PrivateKey.from_seed(bytes(32))
AT = Moment(1_000_000, "b" * 32, 1_764_000_000_000)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DeviceStore]:
    store = DeviceStore(tmp_path / "device.db", KEY, create=True)
    yield store
    store.close()


def statement(seq: int, prev: str, subject: str = "x") -> bytes:
    header = Header("void", True, "prog", "c", "d", seq, prev, "p", (SIGNER.key_id,), 1, 1, "b", "observer-test")
    return seal(
        build_statement(header, {"record": "a" * 64, "reason_sha256": f"{ord(subject[0]):064x}"}), "void", [SIGNER]
    )


def sitting(number: int, **changes: object) -> Sitting:
    candidate = Candidate(f"S-{number}", f"Sample Candidate {number}", f"SW-{number}", b"\x89PNG" * number)
    made = Sitting(f"s-{number}", candidate, "2026-11-24", 1, "09:10", "Room 2", "f", "sc", "p-1", "actor-1", 25)
    return replace(made, **changes)  # type: ignore[arg-type]


class _Link:
    def __init__(self, data: bytes) -> None:
        envelope = open_envelope(data)
        header = read_statement(envelope.payload).header
        self.device, self.device_seq, self.prev = header.device, header.device_seq, header.prev
        self.record_id = envelope.record_id


def test_own_statements_are_one_chain_whoever_signs_at_once(store: DeviceStore) -> None:
    threads = [
        threading.Thread(target=lambda: [store.statements.sign_and_store(statement) for _ in range(20)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.write(lambda db: None).result(10)
    own = store.statements.own()
    assert [kept.device_seq for kept in own] == list(range(1, 81))
    verify_device_chain([_Link(kept.envelope) for kept in own])


def test_a_signature_that_fails_leaves_no_hole(store: DeviceStore) -> None:
    def refuse(seq: int, prev: str) -> bytes:
        raise BadInput("no")

    store.statements.sign_and_store(statement).result(5)
    with pytest.raises(BadInput):
        store.statements.sign_and_store(refuse, send=[ToSend("object", "a" * 64, 1)]).result(5)
    store.statements.sign_and_store(statement).result(5)
    assert [k.device_seq for k in store.statements.own()] == [1, 2]
    assert len(store.outbox.waiting()) == 2


def test_statements_are_never_changed(store: DeviceStore) -> None:
    made = store.statements.sign_and_store(statement).result(5)
    for sql in ("UPDATE statements SET envelope = x'00'", "DELETE FROM statements"):
        with pytest.raises(IntegrityBroken):
            store.write(lambda db, sql=sql: db.execute(sql)).result(5)  # type: ignore[misc]
    assert open_envelope(store.statements.get(made)).record_id == made


def test_a_records_state_rises_and_results_go_first(store: DeviceStore) -> None:
    assert store.record_state("f" * 64) is RecordState.NONE
    made = store.statements.sign_and_store(
        statement,
        send=[ToSend("segment", "r/1", RECORDINGS), ToSend("object", "e" * 64, EVIDENCE)],
        wraps=[Wrap("o", "k1", b"wrap")],
    ).result(5)
    waiting = store.outbox.waiting()
    assert [w.kind for w in waiting] == ["statement", "object", "wrap", "segment"]
    assert {w.about for w in waiting} == {made} and store.outbox.counts()["wrap"] == 1
    assert store.record_state(made) is RecordState.SIGNED
    store.outbox.mark_tried([waiting[0].seq], "Not connected").result(5)
    assert store.outbox.waiting()[0].last_words == "Not connected" and store.outbox.waiting()[0].tries == 1
    store.outbox.mark_sent([waiting[0].seq]).result(5)
    assert store.record_state(made) is RecordState.SENT
    store.outbox.put_receipt(made, b"receipt", 5).result(5)
    store.outbox.put_receipt(made, b"another", 6).result(5)
    assert store.record_state(made) is RecordState.ACKNOWLEDGED and store.outbox.receipt(made) == (b"receipt", 5)


def test_queueing_and_keeping_twice_is_once(store: DeviceStore) -> None:
    other = statement(7, "0" * 64, "y")
    first, second = store.statements.put(other).result(5), store.statements.put(other).result(5)
    assert first == second and len(store.statements.of_type("void")) == 1
    for _ in range(2):
        store.outbox.queue([ToSend("object", "a" * 64, 1)], "rec").result(5)
    assert len(store.outbox.waiting()) == 1
    seq = store.outbox.waiting()[0].seq
    store.outbox.mark_sent([seq]).result(5)
    store.outbox.queue([ToSend("object", "a" * 64, 1)], "rec").result(5)
    assert not store.outbox.waiting()
    store.outbox.resend("object", "a" * 64).result(5)
    assert len(store.outbox.waiting()) == 1


def test_the_largest_checkpoint_counts(store: DeviceStore) -> None:
    for size in (3, 9, 5):
        store.outbox.put_checkpoint(Checkpoint("log", size, "a" * 64, b"note", size)).result(5)
    store.outbox.put_checkpoint(Checkpoint("other", 20, "b" * 64, b"note", 1)).result(5)
    last = store.outbox.last_checkpoint("log")
    assert last is not None and last.size == 9
    assert store.outbox.last_checkpoint("nothing") is None


def test_a_later_roster_takes_the_place_of_an_earlier_one(store: DeviceStore) -> None:
    store.sittings.put_roster("1" * 64, "2026-11-24", encode_sittings([sitting(1)])).result(5)
    assert [s.sitting.id for s in store.sittings.states("2026-11-24")] == ["s-1"]
    store.sittings.put_roster("2" * 64, "2026-11-24", encode_sittings([sitting(1), sitting(2)])).result(5)
    assert [s.sitting.id for s in store.sittings.states("2026-11-24")] == ["s-1", "s-2"]
    assert store.sittings.days() == ("2026-11-24",) and store.sittings.roster("2026-11-25") is None
    with pytest.raises(BadInput):
        store.sittings.put_roster("3" * 64, "2026-11-25", encode_sittings([sitting(1)]))


def test_a_booking_moved_to_a_later_day_is_found_there_whichever_list_came_first(store: DeviceStore) -> None:
    moved = sitting(1, day="2026-11-25")
    store.sittings.put_roster("2" * 64, "2026-11-25", encode_sittings([moved])).result()
    store.sittings.put_roster("1" * 64, "2026-11-24", encode_sittings([sitting(1), sitting(2)])).result()
    found = store.sittings.find("s-1")
    assert found is not None and found.day == "2026-11-25"
    left = store.sittings.find("s-2")
    assert left is not None and left.day == "2026-11-24"


def test_what_happened_folds_over_the_bookings_and_reasons_stay_beside(store: DeviceStore) -> None:
    store.sittings.put_roster("1" * 64, "2026-11-24", encode_sittings([sitting(1)])).result(5)
    store.sittings.append("2026-11-24", "s-1", "arrived", "m", AT).result(5)
    store.sittings.append("2026-11-24", "s-1", "consent", "m", AT, "given").result(5)
    late = store.sittings.append("2026-11-24", "s-1", "late", "m", AT, "10", "Train").result(5)
    state = store.sittings.state("2026-11-24", "s-1")
    assert state.sitting.consent is Consent.GIVEN and state.late_minutes == 10
    assert store.salted(late.reason).text == "Train"
    assert all(b"Train" not in payload for _, _, payload in store.sittings.payloads())
    with pytest.raises(BadInput):
        store.sittings.state("2026-11-24", "s-9")


def test_another_machines_entries_must_continue_each_other(store: DeviceStore, tmp_path: Path) -> None:
    with_manager = DeviceStore(tmp_path / "manager" / "device.db", KEY, create=True)
    for kind in ("arrived", "identity_checked", "late"):
        with_manager.sittings.append("2026-11-24", "s-1", kind, "m", AT, "5" if kind == "late" else "").result(5)
    payloads = [payload for _, _, payload in with_manager.sittings.payloads(OWN)]
    with_manager.close()
    assert store.sittings.take_in("d-1", "2026-11-24", payloads[:2], 1).result(5) == 2
    with pytest.raises(IntegrityBroken):
        store.sittings.take_in("d-1", "2026-11-24", payloads[:1], 3).result(5)
    with pytest.raises(IntegrityBroken):
        store.sittings.take_in("d-1", "2026-11-24", [payloads[1], payloads[0]], 1).result(5)
    with pytest.raises(IntegrityBroken):
        store.sittings.take_in("d-2", "2026-11-24", payloads[1:], 2).result(5)
    assert store.sittings.take_in("d-1", "2026-11-24", payloads, 1).result(5) == 1
    assert [e.kind for e in store.sittings.events("2026-11-24")] == ["arrived", "identity_checked", "late"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda c: c[:-1],
        lambda c: c.replace(b'"extra_percent":25', b'"extra_percent":2500'),
        lambda c: c.replace(b'"consent":"unknown"', b'"consent":"perhaps"'),
        lambda c: c.replace(b'"session":1', b'"session":true'),
        lambda c: c.replace(b'"room":', b'"rooms":'),
        lambda c: c.replace(b'"photo":"', b'"photo":"!'),
        lambda c: b"[]",
    ],
)
def test_a_roster_that_is_not_one_is_refused(spoil: object) -> None:
    with pytest.raises(BadInput):
        decode_sittings(spoil(encode_sittings([sitting(1)])))  # type: ignore[operator]


def test_a_newer_roster_is_newer() -> None:
    with pytest.raises(NewerVersion):
        decode_sittings(b'{"sittings":[],"v":2}')


names = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(names, names, st.binary(max_size=200), st.integers(0, 300), st.booleans())
def test_any_booking_comes_back(name: str, room: str, photo: bytes, extra: int, training: bool) -> None:
    made = sitting(1, room=room, extra_percent=extra, training_ok=training, candidate=Candidate("S", name, "r", photo))
    assert decode_sittings(encode_sittings([made])) == (made,)


@given(st.binary(max_size=300))
def test_no_bytes_do_anything_but_be_refused(data: bytes) -> None:
    with pytest.raises(BadInput):
        decode_sittings(data)


def test_the_rest_is_kept_and_found(store: DeviceStore) -> None:
    store.set_setting("machine/id", b"d-1").result(5)
    store.set_setting("machine/name", b"Room 2").result(5)
    assert store.settings("machine/") == {"machine/id": b"d-1", "machine/name": b"Room 2"}
    store.put_person(KnownPerson("p", "Sample Assessor A", frozenset({Role.ASSESSOR}))).result(5)
    assert store.person_name("p") == "Sample Assessor A" and store.person_name("q") == "q"
    store.put_pack("a" * 64, "scenario", "x.yaml", b"yaml").result(5)
    assert [p.content for p in store.packs("scenario")] == [b"yaml"] and not store.packs("framework")
    store.put_assignment("rec", "p", b"{}").result(5)
    assert store.assignments("p") == [("rec", b"{}")] and not store.assignments("q")
    store.know_recording("r", "o", "p").result(5)
    assert [r.id for r in store.recordings("o")] == ["r"]
    text = SaltedText.new("why")
    store.write(text.insert).result(5)
    assert store.salted(text.hash).text == "why"
    store.know_object("a" * 64, "event_log", 9, "rec").result(5)
    assert store.objects("rec", "event_log")[0].size == 9 and store.object("b" * 64) is None


def test_objects_are_what_their_name_says(tmp_path: Path) -> None:
    files = ObjectFiles(tmp_path)
    name = files.put(b"sealed")
    assert files.put(b"sealed") == name and files.read(name) == b"sealed" and files.has(name)
    assert files.path(name).parent.name == name[:2]
    assert [p.name for p in files.path(name).parent.iterdir()] == [name], "nothing half-written is left beside"
    files.path(name).write_bytes(b"altered")
    with pytest.raises(IntegrityBroken) as caught:
        files.read(name)
    assert caught.value.subject == name
    files.remove(name)
    with pytest.raises(BadInput):
        files.read(name)
    for bad in ("../../etc/passwd", "A" * 64, "a" * 63, ""):
        with pytest.raises(BadInput):
            files.path(bad)
    for bad in ("..", "a/b", ".hidden", ""):
        with pytest.raises(BadInput):
            files.recording(bad)
