# SPDX-License-Identifier: GPL-3.0-or-later
"""What was erased is not in a store's file any more, not in its free space either, whoever has its key."""

from __future__ import annotations

import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from observer_app.domain.events import Kind
from observer_app.domain.moment import Moment
from observer_app.domain.sitting import Candidate, Consent, Sitting
from observer_app.vault.device import DeviceStore
from observer_app.vault.person import PersonVault
from observer_app.vault.sittings import encode_sittings
from observer_app.vault.statements import Wrap
from observer_app.vault.texts import SaltedText
from tests.waiting import until

KEY = bytes(range(32))
_PAGE, _RESERVED, _SALT, _IV = 4096, 80, 16, 16
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl opens the pages by hand")


def clear_pages(path: Path) -> bytes:
    """Every page of a closed store as it was before it was sealed, free space and all, by another program."""
    data, found = path.read_bytes(), []
    for at in range(0, len(data), _PAGE):
        page = data[at : at + _PAGE]
        sealed, iv = page[_SALT if at == 0 else 0 : -_RESERVED], page[-_RESERVED : -_RESERVED + _IV]
        command = ["openssl", "enc", "-d", "-aes-256-cbc", "-nopad", "-K", KEY.hex(), "-iv", iv.hex()]
        found.append(subprocess.run(command, input=sealed, capture_output=True, check=True).stdout)
    return b"".join(found)


@needs_openssl
def test_a_wrapped_key_that_was_destroyed(tmp_path: Path) -> None:
    path = tmp_path / "device.db"
    store = DeviceStore(path, KEY, create=True)
    for n in range(3):
        store.put_wrap(Wrap("o-1", f"ed25519:{n}", b"the wrap of one" + bytes([n]))).result(5)
        store.put_wrap(Wrap("o-2", f"ed25519:{n}", b"the wrap of two" + bytes([n]))).result(5)
    store.close()
    assert b"the wrap of one" in clear_pages(path)
    store = DeviceStore(path, KEY)
    store.forget("o-1", [], keys=True).result(5)
    store.close()
    assert b"the wrap of one" not in clear_pages(path) and b"the wrap of two" in clear_pages(path)


@needs_openssl
def test_notes_that_were_erased(tmp_path: Path) -> None:
    path, at = tmp_path / "p-1.db", Moment(1000, "b" * 32, 1_764_000_000_000)
    vault = PersonVault(path, KEY, create=True)
    vault.append("o-1", Kind.OPENED, "p-1", at, {"sitting": "s-1"}).result(5)
    note, other = SaltedText.new("zephyrine wept at the door"), SaltedText.new("another one waited")
    vault.append("o-1", Kind.NOTE_WRITTEN, "p-1", at, {"text": note.hash}, texts=[note]).result(5)
    vault.append("o-2", Kind.OPENED, "p-1", at, {"sitting": "s-2"}).result(5)
    vault.append("o-2", Kind.NOTE_WRITTEN, "p-1", at, {"text": other.hash}, texts=[other]).result(5)
    key = vault.evidence_key("o-1")
    vault.keep_draft("o-1", "half a thought").result(5)
    vault.close()
    assert all(secret in clear_pages(path) for secret in (note.text.encode(), key, b"half a thought"))
    vault = PersonVault(path, KEY)
    vault.forget("o-1").result(5)
    vault.close()
    left = clear_pages(path)
    assert not any(secret in left for secret in (note.text.encode(), key, b"half a thought"))
    assert other.text.encode() in left


def booking(number: int, name: str) -> Sitting:
    person = Candidate(f"c-{number}", name, f"SWE {name[::-1]}", name.encode() * 2000)
    return Sitting(f"s-{number}", person, "2026-11-24", 1, "09:00", "1", "f", "sc", "a-1", consent=Consent.GIVEN)


@needs_openssl
def test_the_name_of_a_booking_in_every_list_and_in_those_to_come(tmp_path: Path) -> None:
    path, day = tmp_path / "device.db", "2026-11-24"
    first, second = booking(1, "Zephyrine Quill"), booking(2, "Ombersley Finch")
    gone = (b"Zephyrine", first.candidate.registration.encode(), b"WmVwaHlyaW5lIFF1aWxs")  # the photo, in base64
    store = DeviceStore(path, KEY, create=True)
    store.sittings.put_roster("aa" * 32, day, encode_sittings([first, second])).result(5)
    store.sittings.put_roster("bb" * 32, day, encode_sittings([second, first])).result(5)
    assert store.sittings.find("s-1") == first
    store.close()
    assert all(part in clear_pages(path) for part in gone)
    store = DeviceStore(path, KEY)
    assert store.sittings.find("s-1") == first
    assert store.sittings.erase_names({"s-1"}) == {day} and store.sittings.erase_names({"s-1"}) == frozenset()
    found = store.sittings.find("s-1")
    assert found is not None and found.candidate == Candidate("c-1", "", "", b"") and found.starts == first.starts
    store.close()
    assert not any(part in clear_pages(path) for part in gone), "its free space too"
    store = DeviceStore(path, KEY)
    store.sittings.put_roster("cc" * 32, day, encode_sittings([first, second])).result(5)
    found = store.sittings.find("s-1")
    assert found is not None and not found.candidate.name and store.sittings.find("s-2") == second
    store.close()
    left = clear_pages(path)
    assert not any(part in left for part in gone) and b"Ombersley Finch" in left


def test_a_list_that_arrives_while_a_name_is_erased(tmp_path: Path) -> None:
    """What is erased is looked up when the list is written, not when it was handed in."""
    store, day, go_on = DeviceStore(tmp_path / "device.db", KEY, create=True), "2026-11-24", threading.Event()
    store.write(lambda db: go_on.wait(10))  # the writer is busy while both are asked for
    erasing = threading.Thread(target=lambda: store.sittings.erase_names({"s-1"}))
    erasing.start()
    until(lambda: store._writer._waiting)
    arrived = store.sittings.put_roster("aa" * 32, day, encode_sittings([booking(1, "Zephyrine Quill")]))
    go_on.set()
    arrived.result(5)
    erasing.join(5)
    found = store.sittings.find("s-1")
    assert found is not None and not found.candidate.name
    store.close()
