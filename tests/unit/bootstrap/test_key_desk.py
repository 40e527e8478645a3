# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys that run out, change hands or are lost: with real stores and a real central store."""

from __future__ import annotations

import binascii
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from observer_app.bootstrap.desktop import Desktop
from observer_app.bootstrap.enrolling import ROOT_KEY
from observer_app.bootstrap.key_commands import run_keys
from observer_app.bootstrap.key_desk import KeyDesk
from observer_app.central.enrol import run_enrol
from observer_app.central.enrolment import make_code
from observer_app.central.serve import RunningCentral
from observer_app.domain.record import RecordState
from observer_app.domain.roles import Role
from observer_app.errors import BadInput, NotAllowed, WrongPassphrase
from observer_app.trust.envelope import from_base64
from observer_app.trust.keys import unwrap, wrap_for
from observer_app.trust.passphrase import open_secret
from observer_app.vault.people import Enrolled, enrolled_people, open_person
from observer_app.vault.recovery import make_recovery, open_recovery
from observer_app.workflows import renewal
from tests.simulators.clock import SteppedClock
from tests.unit.bootstrap.conftest import CLOCK, WORDS, close_day, codes_for, signed_in

NEW = "other words entirely"
DAY_S = 86_400
Said = Callable[[], str]


def later(desktop: Desktop, days: int) -> Desktop:
    clock = SteppedClock(CLOCK.now())
    clock.go(days * DAY_S)
    return Desktop(desktop.vault, clock)


def words_in(folder: Path, name: str, words: str) -> str:
    path = folder / name
    path.write_text(words + "\nmore")
    return str(path)


def keys(desktop: Desktop, what: str, *more: str, words: str = WORDS) -> None:
    given = ["--passphrase-file", words_in(desktop.vault.parent, "words", words)] if what != "recover" else []
    assert run_keys([what, "--vault", str(desktop.vault), *given, *more]) == 0


# ---- keys that run out ----


def test_a_machine_that_holds_the_centres_key_renews_by_itself(office: Desktop) -> None:
    with signed_in(office, "jo") as session:
        first, signed = session.machine.keys, close_day(session)
    with signed_in(later(office, 40), "jo") as session:
        assert session.machine.keys.key_id == first.key_id
    with signed_in(later(office, 70), "jo") as session:
        assert session.machine.keys.key_id != first.key_id
        assert session.machine.former_keys[0].key_id == first.key_id
        assert session.trust.verify(session.store.statements.get(signed))
        new = session.trust.verify(session.store.statements.get(close_day(session)))
        assert new.device_seq == 2 and new.signers[1].key_id == session.machine.keys.key_id and not new.warnings
    with signed_in(later(office, 72), "jo") as session:
        assert len(session.machine.former_keys) == 1


def test_a_person_is_certified_for_longer_in_time(office: Desktop) -> None:
    root_certified = later(office, 715)
    with signed_in(root_certified, "jo") as session:
        session.staff.add("kim", "Kim Example", frozenset({"assessor"}), WORDS)
    much_later = later(office, 715 + 710)
    with signed_in(much_later, "kim") as session:
        held = session.trust.certificates_for(session._keys.key_id)
        assert len(held) == 2 and held[-1].covers(much_later.clock.now().wall_ms + 700 * DAY_S * 1000)
        assert held[-1].roles == held[0].roles


def test_a_rooms_machine_gets_new_keys_with_an_exchange(
    room: Desktop, central: RunningCentral, monkeypatch: pytest.MonkeyPatch
) -> None:
    with signed_in(room, "sam") as session:
        session.send.exchange(lambda words: None)
        first = session.machine.keys
        close = close_day(session)
        monkeypatch.setattr(renewal, "RENEW_BEFORE_MS", 100 * DAY_S * 1000)
        session.send.exchange(lambda words: None)
        monkeypatch.undo()
        assert session.machine.keys.key_id != first.key_id
        assert session.signatory.machine.keys.key_id == session.machine.keys.key_id
        again = close_day(session)
        session.send.exchange(lambda words: None)
        for statement in (close, again):
            assert session.store.record_state(statement) is RecordState.ACKNOWLEDGED
        box = wrap_for(first.opening.public, b"k" * 32, b"what")
        assert unwrap(session.machine.opening_keys[1].opening, box, b"what") == b"k" * 32
    assert central.store.faults() == []


def test_an_answer_that_was_lost_is_asked_for_again(room: Desktop, central: RunningCentral) -> None:
    from observer_app.errors import Unreachable
    from observer_app.sync.client import Client
    from observer_app.sync.line import HttpTransport

    with signed_in(room, "sam") as session, HttpTransport(central.url) as line:
        session.send.exchange(lambda words: None)
        client = Client(line, session.send._identity())
        asked: list[bytes] = []

        def lost(kind: str, signing: bytes, opening: bytes) -> None:
            client.renew(kind, signing, opening)
            asked.append(signing)
            raise Unreachable("The reply did not come.")

        now = CLOCK.now().wall_ms
        with pytest.raises(Unreachable):
            renewal.renew_device(session.store, session.machine, now, lost)  # type: ignore[arg-type]
        machine = renewal.renew_device(session.store, session.machine, now, client.renew)
        assert machine.keys.signing.public.raw == asked[0]
        with pytest.raises(NotAllowed, match="somebody else"):
            client.renew("device", session._keys.signing.public.raw, b"")
        with pytest.raises(BadInput):
            client.renew("centre", asked[0], b"")


def test_a_machine_left_in_the_cupboard_too_long_comes_back_by_code(
    room: Desktop, office: Desktop, central: RunningCentral, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    with signed_in(room, "sam") as session:
        close = close_day(session)
        old, centre = session.machine.keys.key_id, session.machine.centre
    hundred = CLOCK.now().wall_ms + 100 * DAY_S * 1000
    monkeypatch.setattr(central.store.access, "_clock", lambda: hundred)
    monkeypatch.setattr(central.store, "clock", lambda: hundred)
    with signed_in(room, "sam") as session, pytest.raises(NotAllowed, match="has run out"):
        session.send.exchange(lambda words: None)
    monkeypatch.undo()  # choose_cost as well: nothing is stretched below
    code = codes_for(tmp_path / "central", office.vault, centre, capsys).split()[0]
    keys(room, "renew", "--code-file", words_in(tmp_path, "code", code))
    with signed_in(room, "sam") as session:
        assert session.machine.keys.key_id != old
        session.send.exchange(lambda words: None)
        assert session.store.record_state(close) is RecordState.ACKNOWLEDGED


@pytest.fixture
def a_year_later(room: Desktop, central: RunningCentral, monkeypatch: pytest.MonkeyPatch) -> Desktop:
    """The room's machine, and the central store, 400 days on: every key that sam signs with has run out."""
    found = later(room, 400)
    monkeypatch.setattr(central.store.access, "_clock", lambda: found.clock.now().wall_ms)
    monkeypatch.setattr(central.store, "clock", lambda: found.clock.now().wall_ms)
    return found


def code_file(central: RunningCentral, desktop: Desktop, kind: str, subject: str, *roles: str) -> str:
    (centre,) = {c.subject for c in central.store.registry.trust.certificates if c.kind == "centre"}
    until = desktop.clock.now().wall_ms + DAY_S * 1000
    code = make_code(central.store.database, centre=centre, kind=kind, subject=subject, roles=roles, until_ms=until)
    return words_in(desktop.vault.parent, f"code-{kind}", code)


def test_what_was_signed_and_never_sent_is_taken_though_every_key_has_run_out_since(
    a_year_later: Desktop, room: Desktop, central: RunningCentral, monkeypatch: pytest.MonkeyPatch
) -> None:
    with signed_in(room, "sam") as session:
        in_time = close_day(session)
    with signed_in(a_year_later, "sam") as session:
        too_late = close_day(session)  # nobody is kept from signing by a clock
        with pytest.raises(NotAllowed, match="machine has run out"):
            session.send.exchange(lambda words: None)
    desk = KeyDesk(a_year_later.vault, a_year_later.clock)
    desk.renew("sam", WORDS, Path(code_file(central, a_year_later, "device", "room-1")).read_text().split()[0])
    with signed_in(a_year_later, "sam") as session, pytest.raises(NotAllowed, match="person has run out"):
        session.send.exchange(lambda words: None)
    monkeypatch.setattr("observer_app.bootstrap.key_commands.MachineClock", lambda: a_year_later.clock)
    keys(a_year_later, "renew", "--person-code-file", code_file(central, a_year_later, "person", "p-sam", "assessor"))
    with signed_in(a_year_later, "sam") as session:
        after = close_day(session)
        session.send.exchange(lambda words: None)
        assert session.roles == {Role.ASSESSOR}
        for statement, warnings in ((in_time, 0), (too_late, 1), (after, 0)):
            assert session.store.record_state(statement) is RecordState.ACKNOWLEDGED
            assert len(session.trust.verify(session.store.statements.get(statement)).warnings) == warnings
    assert central.store.faults() == []


def test_a_code_for_the_other_or_for_somebody_else_is_said_and_the_next_one_counts(
    a_year_later: Desktop, central: RunningCentral
) -> None:
    desk = KeyDesk(a_year_later.vault, a_year_later.clock)

    def code(kind: str, subject: str) -> str:
        return Path(code_file(central, a_year_later, kind, subject)).read_text().split()[0]

    with pytest.raises(BadInput, match="for a person"):
        desk.renew("sam", WORDS, code("person", "p-sam"))
    with pytest.raises(BadInput, match="another machine"):
        desk.renew("sam", WORDS, code("device", "room-9"))
    for kind, subject in (("device", "room-1"), ("person", "p-other")):
        with pytest.raises(NotAllowed, match="somebody else"):
            desk.renew("sam", WORDS, person_code=code(kind, subject))
    assert "90 days" in desk.renew("sam", WORDS, code("device", "room-1"), code("person", "p-sam"))
    with signed_in(a_year_later, "sam") as session:
        session.send.exchange(lambda words: None)


# ---- keys that change ----


def test_a_person_gets_new_keys_and_loses_nothing(room: Desktop, central: RunningCentral, tmp_path: Path) -> None:
    with signed_in(room, "sam") as session:
        session.send.exchange(lambda words: None)
        first, signed = session._keys, close_day(session)
    keys(room, "rotate", "--out", str(tmp_path / "sheet.txt"))
    with signed_in(room, "sam") as session:
        assert session._keys.key_id != first.key_id and session.roles == {Role.ASSESSOR}
        assert first.key_id in {k.key_id for k in session.reader._keys}
        again = close_day(session)
        session.send.exchange(lambda words: None)
        for statement in (signed, again):
            assert session.store.record_state(statement) is RecordState.ACKNOWLEDGED
    assert (
        run_enrol(["revoke", "--data", str(tmp_path / "central"), "--key", first.key_id, "--reason", "replaced"]) == 0
    )
    with signed_in(room, "sam") as session:
        session.send.exchange(lambda words: None)
        assert session.reader.verify(signed) and session.reader.verify(again)


def test_a_centre_gets_new_keys_and_the_former_are_ended(
    room: Desktop, office: Desktop, central: RunningCentral, tmp_path: Path
) -> None:
    with signed_in(office, "jo") as session:
        first, before = session.machine.centre_keys, close_day(session)
        session.staff.add("kim", "Kim Example", frozenset({"assessor"}), WORDS)
        session.send.exchange(lambda words: None)
    request, answer = tmp_path / "south.request", tmp_path / "south.certificates"
    keys(office, "request", "--person", "jo", "--out", str(request))
    shutil.copy(office.vault / ROOT_KEY, tmp_path / "central" / "keys" / "root.sealed")
    more = ["--data", str(tmp_path / "central")]
    assert run_enrol(["centre", *more, "--request", str(request), "--out", str(answer)]) == 0
    keys(office, "take", "--person", "jo", str(answer))
    with signed_in(office, "kim") as session:
        session.send.exchange(lambda words: None)
    assert first is not None
    assert run_enrol(["revoke", *more, "--key", first.key_id, "--reason", "replaced"]) == 0
    with signed_in(office, "kim") as session:
        after = close_day(session)
        session.send.exchange(lambda words: None)
        assert session.store.record_state(after) is RecordState.ACKNOWLEDGED
        assert session.reader.verify(before) and session.reader.verify(after)
    with signed_in(office, "jo") as session:
        assert session.machine.centre_keys is not None and session.machine.centre_keys.key_id != first.key_id
        assert first.key_id in {k.key_id for k in session.reader._keys}
    assert central.store.faults() == []


def test_only_the_manager_where_the_centres_key_is_asks_for_new_ones(room: Desktop, tmp_path: Path) -> None:
    with pytest.raises(NotAllowed, match="not here"):
        keys(room, "request", "--out", str(tmp_path / "x"))
    other = tmp_path / "y"
    other.write_text(json.dumps({"v": 1, "certificates": ["AAAA"]}))
    with pytest.raises(NotAllowed):
        keys(room, "take", str(other))


# ---- a passphrase that was lost ----


def test_a_lost_passphrase_is_replaced_by_the_sheet_and_nothing_is_lost(
    room: Desktop, central: RunningCentral, tmp_path: Path
) -> None:
    keys(room, "sheet", "--out", str(tmp_path / "sheet.txt"))
    code = next(w for w in (tmp_path / "sheet.txt").read_text().split() if w.count("-") == 4)
    with signed_in(room, "sam") as session:
        signed = close_day(session)  # nothing was sent yet
        session.vault.set_setting("mine", "kept").result()
        before = session._keys.key_id
    for _ in range(7):
        with pytest.raises(WrongPassphrase):
            room.sign_in("sam", "I do not know")
    new = words_in(tmp_path, "new", NEW)
    for wrong in ("AAAAA-AAAAA-AAAAA-AAAAA-AAAAA", "", code[:-1]):
        with pytest.raises(WrongPassphrase):
            keys(room, "recover", "--code-file", words_in(tmp_path, "c", wrong), "--new-passphrase-file", new)
    with pytest.raises(BadInput, match="at least"):
        keys(room, "recover", "--code-file", words_in(tmp_path, "c", code), "--new-passphrase-file",
             words_in(tmp_path, "short", "abc"))  # fmt: skip
    typed = code.lower().replace("-", " ")
    keys(room, "recover", "--code-file", words_in(tmp_path, "c", typed), "--new-passphrase-file", new)
    with pytest.raises(WrongPassphrase):
        room.sign_in("sam", WORDS)
    with signed_in(room, "sam", NEW) as session:
        assert session._keys.key_id == before and session.vault.setting("mine") == "kept"
        session.send.exchange(lambda words: None)
        assert session.store.record_state(signed) is RecordState.ACKNOWLEDGED


def test_a_newer_sheet_ends_the_one_before(office: Desktop) -> None:
    from observer_app.vault.people import open_person

    secrets = open_person(office.vault, "jo", WORDS, CLOCK.now())
    first = make_recovery(office.vault, secrets)
    second = make_recovery(office.vault, secrets)
    assert open_recovery(office.vault, secrets.person, second.code).keys.key_id == secrets.keys.key_id
    with pytest.raises(WrongPassphrase, match="recovery code"):
        open_recovery(office.vault, secrets.person, first.code)
    kept = (office.vault / "recovery.json").read_bytes()
    assert second.code.encode() not in kept and second.code.replace("-", "").encode() not in kept


def test_without_a_sheet_it_is_said(office: Desktop, tmp_path: Path) -> None:
    new = words_in(tmp_path, "new", NEW)
    (office.vault / "recovery.json").unlink(missing_ok=True)
    with pytest.raises(BadInput, match="No recovery sheet"):
        keys(office, "recover", "--person", "jo", "--code-file", words_in(tmp_path, "c", "X"),
             "--new-passphrase-file", new)  # fmt: skip


def everything_readable(desktop: Desktop, handle: str) -> bytes:
    """All that a person can open on a machine: every cell of both stores, the files beside them, with base64 undone."""
    with signed_in(desktop, handle) as session:
        found = [path.read_bytes() for path in desktop.vault.glob("*.json")]
        for store in (session.store, session.vault):
            for table in store.rows("SELECT name FROM sqlite_master WHERE type = 'table'"):
                for row in store.rows(f"SELECT * FROM {table['name']}"):
                    found += [value if isinstance(value, bytes) else str(value).encode() for value in row.values()]
    words = [word for part in found for word in re.findall(rb"[A-Za-z0-9+/]{40,}={0,2}", part)]
    return b"\n".join([*found, *(binascii.a2b_base64(w[: len(w) // 4 * 4]) for w in words)])


def test_a_manager_finds_nothing_that_opens_an_assessors_keys(office: Desktop) -> None:
    """Not even where the sheet was made, the passphrase changed and the keys renewed on the manager's own machine."""
    desk = KeyDesk(office.vault, CLOCK)
    with signed_in(office, "jo") as session:
        session.staff.add("kim", "Kim Example", frozenset({"assessor"}), WORDS)
    first = open_person(office.vault, "kim", WORDS, CLOCK.now())
    desk.sheet("kim", WORDS)
    desk.rotate("kim", WORDS)
    desk.change_passphrase("kim", WORDS, NEW)
    secrets = open_person(office.vault, "kim", NEW, CLOCK.now())
    held = everything_readable(office, "jo")
    mine = open_person(office.vault, "jo", WORDS, CLOCK.now())
    with signed_in(office, "jo") as session:
        machine = session.machine
    assert machine.keys.secret in held and machine.centre_keys.secret in held, "the control"  # type: ignore[union-attr]
    for keys_of in (first.keys, secrets.keys):
        assert keys_of.signing.seed not in held and keys_of.opening.raw not in held
    assert secrets.vault_key not in held and mine.vault_key != secrets.vault_key
    for row in (*enrolled_people(office.vault), *_sheets(office.vault)):
        for words in (WORDS, "", mine.vault_key.hex(), mine.device_key.hex(), machine.keys.secret.hex()):
            if row.handle != "jo":
                with pytest.raises(WrongPassphrase):
                    open_secret(row.sealed, words or "-")


def _sheets(vault: Path) -> list[Enrolled]:
    found = json.loads((vault / "recovery.json").read_text())["people"]
    return [Enrolled(person, "sheet", from_base64(sealed)) for person, sealed in found.items()]


def test_a_passphrase_is_changed(office: Desktop, tmp_path: Path) -> None:
    keys(office, "passphrase", "--new-passphrase-file", words_in(tmp_path, "new", NEW))
    with pytest.raises(WrongPassphrase):
        office.sign_in("jo", WORDS)
    office.sign_in("jo", NEW).lock()


def test_keys_seen_a_second_time_are_exchanged_a_second_time(office: Desktop) -> None:
    with signed_in(office, "jo") as session:
        session.staff.add("max", "Max Example", frozenset({"assessor"}), WORDS)
    seen = list[str]()
    for _ in range(3):
        seen.append(open_person(office.vault, "max", WORDS, CLOCK.now()).keys.key_id)
        KeyDesk(office.vault, CLOCK).rotate("max", WORDS)
    assert len(set(seen)) == 3
