# SPDX-License-Identifier: GPL-3.0-or-later
"""Every reader of JSON takes its version for what it is: `true` is no 1, and what comes later is newer, not damaged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from observer_app.bootstrap.key_desk import _certificates
from observer_app.bootstrap.restore import _contents
from observer_app.bootstrap.sample_day import sample_sittings
from observer_app.central.enrol import certify
from observer_app.central.store import _settings
from observer_app.domain.events import Event
from observer_app.errors import BadInput, NewerVersion, ObserverError
from observer_app.trust import strict_json
from observer_app.trust.envelope import to_base64
from observer_app.trust.objects import seal_object
from observer_app.trust.parts import Part
from observer_app.trust.samples import sample_root
from observer_app.trust.signed_file import read_signed_file
from observer_app.trust.statements import read_statement
from observer_app.vault.people import enrolled_people
from observer_app.vault.recovery import has_recovery
from observer_app.vault.sittings import _read, decode_sittings, encode_sittings
from observer_app.workflows.evidence import read_evidence
from observer_app.workflows.roster_file import _load
from observer_app.workflows.rosters import _take_in_history
from tests.unit.trust.golden_files import FOLDER
from tests.unit.workflows.record_cast import SCENARIO

KEY = b"k" * 32
ROOT = to_base64(sample_root().data)
ENTRY = {"v": 1, "seq": 1, "sitting": "s-1", "kind": "arrived", "by": "p-1", "value": "", "reason": "",
         "monotonic_us": 1, "boot_id": "b", "wall_ms": 1, "source": "handler"}  # fmt: skip
EVENT = {"v": 1, "observation": "o-1", "seq": 1, "kind": "opened", "person": "p-1", "monotonic_us": 1, "boot_id": "b",
         "wall_ms": 1, "source": "key", "body": {}}  # fmt: skip


def _written(data: bytes, path: Path) -> Path:
    path.write_bytes(data)
    return path


def _part(data: bytes, path: Path) -> Part:
    return Part("contents", _written(data, path), len(data))


def _golden(name: str) -> dict[str, Any]:
    return strict_json.loads((FOLDER / name).read_bytes(), limit=1 << 20, what="A golden file")


# name: (what a right one holds, its newest version, who reads the bytes given a folder to put them in)
Reader = Callable[[bytes, Path], object]
READERS: dict[str, tuple[dict[str, Any], int, Reader]] = {
    "bookings": (
        strict_json.loads(
            encode_sittings(sample_sittings(datetime(2026, 11, 24, 9, 0), [SCENARIO], 1)), limit=1 << 24, what="It"
        ),
        1, lambda data, _: decode_sittings(data),
    ),
    "an entry about a sitting": (ENTRY, 1, lambda data, _: _read(data)),
    "an event": (EVENT, 1, lambda data, _: Event.from_payload(strict_json.loads(data, limit=1 << 16, what="It"))),
    "the list of people": (
        {"v": 1, "people": []}, 1, lambda data, at: enrolled_people(_written(data, at / "people.json").parent),
    ),
    "the recovery file": (
        {"v": 1, "people": {}}, 1, lambda data, at: has_recovery(_written(data, at / "recovery.json").parent, "p-1"),
    ),
    "notes": (
        {"v": 2, "candidate": None, "texts": []}, 2, lambda data, _: read_evidence(seal_object(data, KEY).data, KEY),
    ),
    "a list on a stick": (
        {"v": 1, "envelope": "", "certificates": [], "objects": {}, "wraps": {}}, 1,
        lambda data, at: _load(_written(data, at / "day.observer-roster")),
    ),
    "a history": (
        {"v": 1, "device": "d-1", "entries": []}, 1,
        lambda data, _: _take_in_history(data, None, "d-1"),  # type: ignore[arg-type]  # its own is passed over
    ),
    "certificates": ({"v": 1, "certificates": [ROOT]}, 1, lambda data, _: _certificates(data)),
    "a request": (
        {"v": 1, "subject": "c-1", "signing": "", "opening": ""}, 1,
        lambda data, _: certify(None, None, "centre", data),  # type: ignore[arg-type]  # refused before either is asked
    ),
    "a store's programme": (
        {"v": 1, "origin": "sample/central", "root": ROOT, "log": []}, 1,
        lambda data, at: _settings(_written(data, at / "programme.json").parent),
    ),
    "a backup's list": (
        {"v": 1, "device": "d-1", "taken_ms": 1, "files": []}, 1, lambda data, at: _contents(_part(data, at / "list")),
    ),
    "a signed file": (_golden("record.observer"), 1, lambda data, _: read_signed_file(data)),
    "a statement": (_golden("statement-void.json"), 1, lambda data, _: read_statement(data)),
}  # fmt: skip


@pytest.mark.parametrize("name", READERS)
def test_a_version_is_a_whole_number_that_is_known(name: str, tmp_path: Path) -> None:
    content, newest, read = READERS[name]
    if name != "a request":
        read(strict_json.dumps({**content, "v": newest}), tmp_path)
    for wrong in (True, False, 0, -1, "1", None, [1]):
        with pytest.raises(BadInput) as refused:
            read(strict_json.dumps({**content, "v": wrong}), tmp_path)
        assert not isinstance(refused.value, NewerVersion), wrong
    for later in (newest + 1, 2**53 - 1):
        with pytest.raises(NewerVersion, match="newer Observer"):
            read(strict_json.dumps({**content, "v": later}), tmp_path)


@pytest.mark.parametrize("name", READERS)
def test_what_has_two_meanings_or_says_something_else_is_refused(name: str, tmp_path: Path) -> None:
    """Of every format alike: a field more or less, a name twice, fractions, NaN, half characters, another beginning."""
    content, newest, read = READERS[name]
    good, version = strict_json.dumps(content), b'"v":%d' % newest
    assert good.count(version) >= 1
    told = {
        "a field more": strict_json.dumps({**content, "more": 1}),
        **{f"without {left}": strict_json.dumps({k: content[k] for k in content if k != left}) for left in content},
        "a name twice": b"{" + version + b"," + good[1:],
        "a name twice, written otherwise": b'{"\\u0076":%d,' % newest + good[1:],
        "a fraction": good.replace(version, version + b".0", 1),
        "a power": good.replace(version, version + b"e0", 1),
        "no number": good.replace(version, b'"v":NaN', 1),
        "half a character": good.replace(version, version + b',"\\ud800":1', 1),
        "a byte order mark": b"\xef\xbb\xbf" + good,
        "a list": b"[" + good + b"]",
        "two": good + good,
        "cut off": good[:-1],
        "nothing": b"",
    }  # fmt: skip
    taken = []
    for how, data in told.items():
        try:
            read(data, tmp_path)
            taken.append(how)
        except NewerVersion:
            taken.append(f"{how}: called newer")
        except ObserverError:
            continue
    assert taken == []
