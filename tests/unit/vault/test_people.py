# SPDX-License-Identifier: GPL-3.0-or-later
"""People of a machine: one passphrase opens everything, a wrong one opens nothing and makes the next try wait."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from observer_app.domain.moment import Moment
from observer_app.errors import BadInput, Conflict, StoreLocked, WrongPassphrase
from observer_app.trust.keys import KeySet
from observer_app.trust.passphrase import CHEAP_COST
from observer_app.vault import people
from observer_app.vault.people import (
    FREE_TRIES,
    LONGEST_WAIT_S,
    Secrets,
    change_passphrase,
    check_passphrase,
    enrol_person,
    enrolled_people,
    open_person,
    person_vault_path,
    wait_s,
)
from observer_app.vault.recovery import has_recovery, make_recovery
from tests.simulators.clock import SteppedClock

NOW = Moment(7_000_000_000, "a" * 32, 1_764_000_000_000)
DAY_S = 86_400
WORDS = "oak river lamp stone"


def secrets(person: str = "p-1", handle: str = "Ana") -> Secrets:
    return Secrets(person, handle, KeySet.generate(), bytes(range(32)), bytes(range(32, 64)))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    enrol_person(tmp_path, secrets(), WORDS, CHEAP_COST)
    return tmp_path


def wrong(root: Path, times: int, at: Moment = NOW) -> None:
    for _ in range(times):
        with pytest.raises(WrongPassphrase):
            open_person(root, "Ana", "wrong", at)


def test_one_passphrase_opens_everything(tmp_path: Path) -> None:
    made = secrets()
    enrol_person(tmp_path, made, WORDS, CHEAP_COST)
    opened = open_person(tmp_path, " ANA ", WORDS, NOW)
    assert (opened.person, opened.vault_key, opened.device_key) == (made.person, made.vault_key, made.device_key)
    assert opened.keys.secret == made.keys.secret
    assert check_passphrase(tmp_path, "p-1", WORDS, NOW).handle == "Ana"
    assert WORDS not in repr(opened) and made.vault_key.hex() not in repr(opened)


def test_the_file_holds_no_key_in_the_clear(root: Path) -> None:
    kept = (root / "people.json").read_bytes()
    opened = open_person(root, "Ana", WORDS, NOW)
    for secret in (opened.vault_key, opened.device_key, opened.keys.secret):
        assert secret not in kept and secret.hex().encode() not in kept
    assert set(json.loads(kept)["people"][0]) == {"person", "handle", "sealed"}


def test_names_are_taken_once(root: Path) -> None:
    for person, handle in (("p-2", "aNA"), ("p-1", "Other")):
        with pytest.raises(Conflict):
            enrol_person(root, secrets(person, handle), WORDS, CHEAP_COST)
    enrol_person(root, secrets("p-2", "Bo"), WORDS, CHEAP_COST)
    assert [p.handle for p in enrolled_people(root)] == ["Ana", "Bo"]
    for handle in ("", "  ", "x" * 61, "a\nb"):
        with pytest.raises(BadInput):
            enrol_person(root, secrets("p-3", handle), WORDS, CHEAP_COST)
    with pytest.raises(BadInput):
        enrol_person(root, secrets("../p", "Eve"), WORDS, CHEAP_COST)
    with pytest.raises(StoreLocked):
        open_person(root, "Nobody", WORDS, NOW)


def test_wrong_passphrases_make_the_next_try_wait_and_the_count_survives(root: Path) -> None:
    clock = SteppedClock(NOW)
    wrong(root, FREE_TRIES)
    assert wait_s(root, "p-1", NOW) == 1
    with pytest.raises(WrongPassphrase, match="1 second"):
        open_person(root, "Ana", WORDS, NOW)  # even the right one waits
    wrong(root, 1, clock.go(1))
    assert wait_s(root, "p-1", clock.now()) == 2
    assert open_person(root, "Ana", WORDS, clock.go(2)).person == "p-1"
    assert wait_s(root, "p-1", clock.now()) == 0


def guessed_often(root: Path) -> SteppedClock:
    """The clock as it stands after so many wrong tries that the wait is at its longest."""
    clock = SteppedClock(NOW)
    for _ in range(FREE_TRIES + 15):
        wrong(root, 1, clock.go(wait_s(root, "p-1", clock.now())))
    wrong(root, 1, clock.go(wait_s(root, "p-1", clock.now())))
    assert wait_s(root, "p-1", clock.now()) == LONGEST_WAIT_S
    return clock


@pytest.mark.parametrize("days", [-400, -1, 0, 1])
def test_a_clock_that_is_set_neither_ends_the_longest_wait_nor_prolongs_it(root: Path, days: int) -> None:
    clock = guessed_often(root)
    clock.moment = replace(clock.moment, wall_ms=clock.moment.wall_ms + days * DAY_S * 1000)
    assert wait_s(root, "p-1", clock.now()) == LONGEST_WAIT_S
    with pytest.raises(WrongPassphrase, match="too often"):
        open_person(root, "Ana", WORDS, clock.go(LONGEST_WAIT_S - 1))
    assert open_person(root, "Ana", WORDS, clock.go(1)).person == "p-1"


@pytest.mark.parametrize("off_s", [60, DAY_S, -DAY_S])
def test_after_a_restart_the_wait_begins_anew_whatever_the_clock_says(root: Path, off_s: int) -> None:
    clock = guessed_often(root)
    since_start_s = clock.restart_machine(off_s).monotonic_us // 1_000_000
    assert wait_s(root, "p-1", clock.now()) == LONGEST_WAIT_S - since_start_s
    with pytest.raises(WrongPassphrase, match="15 minutes"):
        open_person(root, "Ana", WORDS, clock.now())
    with pytest.raises(WrongPassphrase, match="1 second"):
        open_person(root, "Ana", WORDS, clock.go(LONGEST_WAIT_S - since_start_s - 1))
    assert open_person(root, "Ana", WORDS, clock.go(1)).person == "p-1"


def test_the_count_of_an_older_observer_goes_on(root: Path) -> None:
    rows = {"p-1": [FREE_TRIES + 20, NOW.wall_ms], "p-2": ["x"], "p-3": [1, 2, 3], "p-4": [-1, 0]}
    (root / "tries.json").write_text(json.dumps(rows))
    early = replace(NOW, monotonic_us=60_000_000)
    assert wait_s(root, "p-1", early) == LONGEST_WAIT_S - 60 and wait_s(root, "p-2", early) == 0
    assert wait_s(root, "p-1", NOW) == 0
    wrong(root, 1)
    assert wait_s(root, "p-1", NOW) == LONGEST_WAIT_S


def test_two_windows_guessing_at_once_are_counted_both(root: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        for _ in range(FREE_TRIES):
            pool.submit(people._count_failure, root, "p-1", NOW)
    assert wait_s(root, "p-1", NOW) == 1


def test_a_damaged_count_locks_nobody_out(root: Path) -> None:
    (root / "tries.json").write_text("{half")
    assert open_person(root, "Ana", WORDS, NOW).person == "p-1"


def test_a_changed_passphrase_opens_the_same_keys(root: Path) -> None:
    before = open_person(root, "Ana", WORDS, NOW)
    change_passphrase(root, "Ana", WORDS, "elm meadow bell tower", NOW, CHEAP_COST)
    wrong(root, 1)
    with pytest.raises(WrongPassphrase):
        open_person(root, "Ana", WORDS, NOW)
    after = open_person(root, "Ana", "elm meadow bell tower", NOW)
    assert after.keys.secret == before.keys.secret and after.vault_key == before.vault_key


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"v":1,"people":[{"person":"p"}]}', b'{"v":2,"people":[]}'])
def test_a_damaged_list_is_said_so(root: Path, content: bytes) -> None:
    (root / "people.json").write_bytes(content)
    with pytest.raises(BadInput):
        enrolled_people(root)


def test_a_vault_lies_under_its_persons_id(root: Path) -> None:
    assert person_vault_path(root, "p-1") == root / "people" / "p-1.db"
    assert enrolled_people(root / "nothing") == ()


def test_what_another_window_changed_meanwhile_is_not_undone(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stretching a passphrase takes a second: somebody is enrolled, and another gets a new one, in between."""
    real = people.seal_secret

    def meanwhile(*given: Any) -> bytes:
        monkeypatch.setattr(people, "seal_secret", real)
        change_passphrase(root, "Ana", WORDS, "other words of hers", NOW, CHEAP_COST)
        enrol_person(root, secrets("p-2", "Bo"), WORDS, CHEAP_COST)
        return real(*given)

    monkeypatch.setattr(people, "seal_secret", meanwhile)
    enrol_person(root, secrets("p-3", "Cy"), WORDS, CHEAP_COST)
    assert [p.handle for p in enrolled_people(root)] == ["Ana", "Bo", "Cy"]
    assert open_person(root, "Ana", "other words of hers", NOW).person == "p-1"


def test_of_two_windows_that_enrol_the_same_name_the_slower_one_is_told(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = people.seal_secret

    def meanwhile(*given: Any) -> bytes:
        monkeypatch.setattr(people, "seal_secret", real)
        enrol_person(root, secrets("p-2", "Bo"), WORDS, CHEAP_COST)
        return real(*given)

    monkeypatch.setattr(people, "seal_secret", meanwhile)
    with pytest.raises(Conflict, match="already enrolled"):
        enrol_person(root, secrets("p-3", "Bo"), WORDS, CHEAP_COST)
    assert [p.person for p in enrolled_people(root)] == ["p-1", "p-2"]


def test_many_windows_changing_at_once_lose_nothing(root: Path) -> None:
    names = [f"Person {n}" for n in range(8)]
    with ThreadPoolExecutor(len(names)) as pool:
        for n, name in enumerate(names):
            pool.submit(enrol_person, root, secrets(f"p-x{n}", name), WORDS, CHEAP_COST)
            pool.submit(make_recovery, root, secrets(f"p-x{n}", name), CHEAP_COST)
    assert {p.handle for p in enrolled_people(root)} == {"Ana", *names}
    assert all(has_recovery(root, f"p-x{n}") for n in range(len(names)))
