# SPDX-License-Identifier: GPL-3.0-or-later
"""A person's vault: what was confirmed is there, in order, and altered entries are named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as sqlcipher

from observer_app.domain.events import Kind
from observer_app.domain.moment import Moment
from observer_app.errors import (
    BadInput,
    Conflict,
    EnvironmentFault,
    IntegrityBroken,
    NewerVersion,
    StoreLocked,
    WrongPassphrase,
)
from observer_app.trust.chain import verify_chain
from observer_app.vault.person import PersonVault
from observer_app.vault.texts import SaltedText
from observer_app.vault.writer import Priority
from tests.waiting import until

KEY = bytes(range(32))
ALTER = "DROP TRIGGER events_no_update; DROP TRIGGER events_no_delete;"


def at(ms: int) -> Moment:
    return Moment(ms * 1000, "b" * 32, 1_764_000_000_000 + ms)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "people" / "p1.db"


@pytest.fixture
def vault(path: Path) -> Iterator[PersonVault]:
    vault = PersonVault(path, KEY, create=True)
    yield vault
    vault.close()


def opened(vault: PersonVault, observation: str = "o1", sitting: str = "s1") -> None:
    vault.append(observation, Kind.OPENED, "p1", at(0), {"sitting": sitting}).result(5)


def raw(path: Path) -> sqlcipher.Connection:
    connection = sqlcipher.connect(str(path))
    connection.execute("PRAGMA cipher_log_level = NONE")
    connection.execute(f"PRAGMA key = \"x'{KEY.hex()}'\"")
    return connection


def test_events_come_back_in_order_after_reopening(vault: PersonVault, path: Path) -> None:
    opened(vault)
    futures = [vault.append("o1", Kind.RATED, "p1", at(n), {"criterion": "c1", "value": n % 7}) for n in range(1, 50)]
    assert [f.result(5).seq for f in futures] == list(range(2, 51))
    count, head = vault.head("o1")
    vault.close()
    again = PersonVault(path, KEY)
    assert [e.seq for e in again.events("o1")] == list(range(1, 51))
    assert again.head("o1") == (count, head)
    assert verify_chain(again.payloads("o1"), bytes.fromhex(head), count) == 50
    assert [(o.id, o.sitting, o.count) for o in again.observations()] == [("o1", "s1", 50)]
    again.close()


def test_the_writing_connection_waits_for_the_disk(vault: PersonVault) -> None:
    def modes(db: object) -> tuple[int, str]:
        execute = db.execute  # type: ignore[attr-defined]
        return execute("PRAGMA synchronous").fetchone()[0], execute("PRAGMA journal_mode").fetchone()[0]

    assert vault.write(modes).result(5) == (2, "wal")


def test_a_text_lies_beside_and_only_its_salted_hash_within(vault: PersonVault, path: Path) -> None:
    opened(vault)
    words = SaltedText.new("Asks when he last stayed")
    body = {"note": "n1", "criterion": "c1", "text": words.hash, "began_us": 1}
    vault.append("o1", Kind.NOTE_WRITTEN, "p1", at(1), body, texts=[words]).result(5)
    assert vault.text(words.hash) == "Asks when he last stayed"
    assert all(b"last stayed" not in payload for payload in vault.payloads("o1"))
    assert SaltedText.new("same").hash != SaltedText.new("same").hash
    vault.close()
    for file in path.parent.iterdir():
        assert b"last stayed" not in file.read_bytes() and b"note_written" not in file.read_bytes()


def test_a_failed_append_leaves_neither_text_nor_event(vault: PersonVault) -> None:
    opened(vault)
    words = SaltedText.new("nowhere")
    future = vault.append("o1", Kind.NOTE_WRITTEN, "p1", at(1), {"text": words.hash}, texts=[words], expect=9)
    with pytest.raises(Conflict):
        future.result(5)
    assert vault.text(words.hash) == "" and vault.head("o1")[0] == 1


def test_ratings_go_before_what_else_waits(vault: PersonVault) -> None:
    import threading

    opened(vault)
    gate, order = threading.Event(), list[str]()
    vault.write(lambda db: gate.wait(10), Priority.NORMAL)
    bulk = [vault.write(lambda db, n=n: order.append(f"bulk {n}"), Priority.BULK) for n in range(3)]  # type: ignore[misc]
    rating = vault.append("o1", Kind.RATED, "p1", at(1), {"criterion": "c", "value": 1})
    rating.add_done_callback(lambda _: order.append("rating"))
    gate.set()
    [f.result(5) for f in bulk]
    assert order == ["rating", "bulk 0", "bulk 1", "bulk 2"]


def test_a_failing_job_does_not_stop_the_next(vault: PersonVault) -> None:
    opened(vault)
    broken = vault.write(lambda db: 1 // 0)
    wrong = vault.write(lambda db: db.execute("INSERT INTO nothing VALUES (1)"))
    with pytest.raises(ZeroDivisionError):
        broken.result(5)
    with pytest.raises(EnvironmentFault):
        wrong.result(5)
    assert vault.append("o1", Kind.RATED, "p1", at(1), {"criterion": "c", "value": 1}).result(5).seq == 2


@pytest.mark.parametrize("sql", ["UPDATE events SET kind = 'x'", "DELETE FROM events"])
def test_entries_are_never_changed_even_by_us(vault: PersonVault, sql: str) -> None:
    opened(vault)
    with pytest.raises(IntegrityBroken):
        vault.write(lambda db: db.execute(sql)).result(5)
    assert vault.head("o1")[0] == 1


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("UPDATE events SET payload = replace(payload, '\"value\":3', '\"value\":4') WHERE seq = 4", "o1 4"),
        ("DELETE FROM events WHERE seq = 3", "o1 3"),
        ("DELETE FROM events WHERE seq = 6", "o1 6"),
        ("UPDATE events SET seq = seq + 100 WHERE seq = 2", "o1 2"),
        ("INSERT INTO events SELECT observation, 7, kind, payload, hash FROM events WHERE seq = 6", "o1 7"),
    ],
)
def test_an_altered_entry_is_named(vault: PersonVault, path: Path, sql: str, named: str) -> None:
    opened(vault)
    for n in range(1, 6):
        vault.append("o1", Kind.RATED, "p1", at(n), {"criterion": "c1", "value": n}).result(5)
    vault.close()
    connection = raw(path)
    connection.executescript(ALTER.replace("CREATE", "") + sql)
    if "value" in sql:  # the text form of a BLOB must be stored as one again
        connection.execute("UPDATE events SET payload = CAST(payload AS BLOB)")
    connection.commit()
    connection.close()
    again = PersonVault(path, KEY)
    with pytest.raises(IntegrityBroken) as caught:
        again.events("o1")
    again.close()
    assert caught.value.subject == named


def test_an_event_needs_an_opening_first(vault: PersonVault) -> None:
    with pytest.raises(BadInput):
        vault.append("o9", Kind.RATED, "p1", at(1), {"criterion": "c", "value": 1}).result(5)
    with pytest.raises(BadInput):
        vault.events("o9")


def test_a_second_opening_is_told_so(vault: PersonVault, path: Path) -> None:
    with pytest.raises(StoreLocked, match="open in another Observer"):
        PersonVault(path, KEY)
    vault.close()
    PersonVault(path, KEY).close()


def test_a_wrong_key_and_a_damaged_file_are_told_apart(vault: PersonVault, path: Path) -> None:
    opened(vault)
    vault.close()
    with pytest.raises(WrongPassphrase):
        PersonVault(path, bytes(32))
    damaged = bytearray(path.read_bytes())
    damaged[100] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(IntegrityBroken):
        PersonVault(path, KEY)
    path.write_bytes(b"not a database at all" * 500)
    with pytest.raises(IntegrityBroken):
        PersonVault(path, KEY)


def test_a_damaged_page_inside_is_found(vault: PersonVault, path: Path) -> None:
    opened(vault)
    for n in range(1, 400):
        vault.append("o1", Kind.RATED, "p1", at(n), {"criterion": "c1", "value": n})
    vault.close()
    damaged = bytearray(path.read_bytes())
    damaged[-2000] ^= 1
    path.write_bytes(damaged)
    again = PersonVault(path, KEY)
    assert again.check() != []
    again.close()


def test_a_missing_store_is_never_replaced(path: Path) -> None:
    with pytest.raises(EnvironmentFault, match="missing"):
        PersonVault(path, KEY)
    assert not path.exists()


def test_a_store_made_by_a_newer_observer_is_not_called_damaged(vault: PersonVault, path: Path) -> None:
    vault.close()
    connection = raw(path)
    connection.execute("PRAGMA user_version = 99")
    connection.commit()
    connection.close()
    with pytest.raises(NewerVersion):
        PersonVault(path, KEY)
    connection = raw(path)  # and the lock was let go
    connection.execute("PRAGMA user_version = 1")
    connection.commit()
    connection.close()
    PersonVault(path, KEY).close()


def test_a_closed_vault_says_so(vault: PersonVault) -> None:
    opened(vault)
    vault.close()
    with pytest.raises(StoreLocked):
        vault.append("o1", Kind.RATED, "p1", at(1), {"criterion": "c", "value": 1}).result(5)


def test_drafts_and_settings(vault: PersonVault) -> None:
    vault.keep_draft("o1", "half a sen").result(5)
    assert vault.draft("o1") == "half a sen"
    vault.keep_draft("o1", "").result(5)
    assert vault.draft("o1") == ""
    vault.set_setting("running", "s1").result(5)
    assert vault.setting("running") == "s1" and vault.setting("other", "none") == "none"


Rated = Callable[[], tuple[PersonVault, bytes]]


@pytest.fixture
def rated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rated]:
    """Gives twenty ratings to a vault that looks at its log whenever nothing waits: it, and its file before them."""
    monkeypatch.setattr("observer_app.vault.writer._IDLE_S", 0.0)
    vault = PersonVault(tmp_path / "p.db", bytes(32), create=True)

    def rate() -> tuple[PersonVault, bytes]:
        vault.append("o", Kind.OPENED, "p", at(1), {"sitting": "s"}).result()
        before = vault.path.read_bytes()
        for value in range(20):
            vault.append("o", Kind.RATED, "p", at(1), {"criterion": "c", "value": value % 7}).result()
        return vault, before

    yield rate
    vault.close()


def test_ratings_leave_the_log_to_grow_and_anything_else_has_it_folded_in(rated: Rated) -> None:
    """A log that was folded in begins anew, and its first commit waits for the disk twice: not at every rating."""
    vault, before = rated()
    assert vault.path.read_bytes() == before
    vault.set_setting("a", "b").result()
    until(lambda: vault.path.read_bytes() != before, "the log folded in")
    assert vault.setting("a") == "b"


def test_a_log_of_ratings_is_folded_in_once_it_is_long(rated: Rated, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("observer_app.vault.writer._LONG_LOG", 30)
    vault, before = rated()
    until(lambda: vault.path.read_bytes() != before, "the log folded in")
    assert len(vault.events("o")) == 21
