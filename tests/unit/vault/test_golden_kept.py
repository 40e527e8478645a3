# SPDX-License-Identifier: GPL-3.0-or-later
"""What a machine keeps under passphrases, and a backup's list: made again byte for byte, and read for ever.

`python -m tests.unit.vault.test_golden_kept` writes those that do not exist; one that exists is never rewritten.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from observer_app.bootstrap.backup import contents_of
from observer_app.bootstrap.restore import _contents
from observer_app.errors import WrongPassphrase
from observer_app.trust import strict_json
from observer_app.trust.envelope import to_base64
from observer_app.trust.keys import KeySet, OpeningKey, PrivateKey
from observer_app.trust.parts import Part
from observer_app.trust.passphrase import CHEAP_COST, open_secret, seal_secret
from observer_app.vault.people import Secrets, enrolled_people, secrets_of
from observer_app.vault.recovery import open_recovery

FOLDER = Path(__file__).parents[2] / "golden" / "kept"
CODE, PASSPHRASE = "23456-789AB-CDEFG-HJKMN-PQRST", "correct horse battery staple"
ROWS = [{"path": "people.json", "sha256": "ab" * 32, "size": 812}, {"path": "objects/cd/" + "cd" * 32,
         "sha256": "cd" * 32, "size": 4711}]  # fmt: skip


def seed(name: str) -> bytes:
    return hashlib.sha256(f"golden {name}".encode()).digest()


def secrets() -> Secrets:
    keys = KeySet(PrivateKey.from_seed(seed("p-1")), OpeningKey(seed("p-1 x25519")))
    return Secrets("p-1", "sam", keys, seed("vault"), seed("device store"))


def sealed(words: str) -> str:
    plain = secrets_of(secrets())
    return to_base64(seal_secret(plain, words, CHEAP_COST, salt=seed("salt")[:16], nonce=seed("nonce")[:24]))


def golden() -> dict[str, bytes]:
    return {
        "recovery.json": strict_json.dumps({"v": 1, "people": {"p-1": sealed(CODE.replace("-", ""))}}),
        "people.json": strict_json.dumps(
            {"v": 1, "people": [{"person": "p-1", "handle": "sam", "sealed": sealed(PASSPHRASE)}]}
        ),
        "backup-contents.json": contents_of("d-1", 1_750_000_000_000, ROWS),
    }


@pytest.mark.parametrize("name", ["recovery.json", "people.json", "backup-contents.json"])
def test_it_is_made_again_byte_for_byte(name: str) -> None:
    assert golden()[name] == (FOLDER / name).read_bytes()


def test_no_golden_file_is_forgotten() -> None:
    assert {p.name for p in FOLDER.iterdir()} == golden().keys()


def test_a_sheet_of_years_ago_opens_the_way_back(tmp_path: Path) -> None:
    for name in ("people.json", "recovery.json"):
        shutil.copy(FOLDER / name, tmp_path)
    (enrolled,) = enrolled_people(tmp_path)
    assert (enrolled.person, enrolled.handle) == ("p-1", "sam")
    for typed in (CODE, CODE.lower().replace("-", " ")):
        found = open_recovery(tmp_path, "p-1", typed)
        assert secrets_of(found) == secrets_of(secrets()) and found.handle == "sam"
    with pytest.raises(WrongPassphrase):
        open_recovery(tmp_path, "p-1", CODE[:-1] + "2")
    assert open_secret(enrolled.sealed, PASSPHRASE) == secrets_of(secrets())


def test_a_list_of_years_ago_is_read() -> None:
    path = FOLDER / "backup-contents.json"
    rows, device, taken_ms = _contents(Part(path.name, path, path.stat().st_size))
    assert rows == [(r["path"], r["sha256"]) for r in ROWS]
    assert (device, taken_ms) == ("d-1", 1_750_000_000_000)


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, data in golden().items():
        if not (FOLDER / name).exists():
            (FOLDER / name).write_bytes(data)
