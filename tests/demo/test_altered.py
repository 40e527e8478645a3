# SPDX-License-Identifier: GPL-3.0-or-later
"""`observer verify` over what the demonstration left: sound it is well, and whatever is altered is named.

In the folder a file of every kind is changed, taken away and joined by a stranger, then any few are spoilt in any way.
What is copied out (statement, log, receipt, bundle, recording) has its bytes turned.
"""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from observer_app.trust.manifest import MANIFEST_NAME
from observer_app.trust.report import Report
from observer_app.trust.signed_file import read_signed_file
from observer_app.trust.verify import verify_paths
from tests.demo.conftest import Day, observer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

_ONES_OWN = re.compile(r"[0-9a-f]{32,}|\b[0-9a-f]{2}\b|\d+|(?<=stores/)[\w-]+|(?<=people/)p-[\w-]+")
_AT_THE_END, _FLIPS, _ROUNDS, _AT_ONCE = 80, 240, 8, 5


def kinds(day: Day, dice: random.Random) -> dict[str, str]:
    """A file of every kind: the names it has of its own left out, what remains is its kind."""
    found: dict[str, list[str]] = {}
    for name in day.files():
        found.setdefault(_ONES_OWN.sub("#", name), []).append(name)
    return {kind: dice.choice(names) for kind, names in found.items()}


def accused(report: Report) -> set[str]:
    return {finding.subject for finding in report.findings if not finding.ok}


@contextmanager
def made_whole_again(*paths: Path) -> Iterator[None]:
    """Whatever becomes of these files is undone."""
    before = {path: path.read_bytes() if path.exists() else None for path in paths}
    try:
        yield
    finally:
        for path, data in before.items():
            if data is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(data)


def flipped(data: bytes, at: int, dice: random.Random) -> bytes:
    if not data:  # a recorder's log in which nothing had to be written
        return b"\1"
    return data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1 :]


def named(day: Day, *names: str) -> None:
    """Fails unless verifying says that something is wrong, names each of these files, and accuses no sound one."""
    report = verify_paths([day.folder])
    found, top = accused(report), day.folder.as_posix()
    unnoticed = [name for name in names if f"{top}/{name}" not in found]
    assert report.exit_code == 1 and not unnoticed, f"not named: {unnoticed}; only {sorted(found)}"
    innocent = {f"{top}/{other}" for other in day.files() if other not in names}
    assert not found & innocent, f"{names}: accuses {sorted(found & innocent)}"


def test_the_day_verifies(day: Day, copy: Day, tmp_path: Path) -> None:
    run = observer("verify", "day", in_folder=day.folder.parent)
    assert run.returncode == 0 and run.stdout.endswith("All is well.\n"), run.stdout
    run = observer("verify", copy.folder, "--json", in_folder=tmp_path)
    told = json.loads(run.stdout)
    assert run.returncode == 0 and told["ok"] and told["checked"]["files against their signed list"] >= len(day.files())


@pytest.mark.parametrize("what", ["changed", "missing", "added"])
def test_the_command_names_what_is_wrong(what: str, copy: Day, dice: random.Random) -> None:
    name = dice.choice([n for n in copy.files() if not n.endswith(MANIFEST_NAME)])
    path = copy.folder / (f"{name}.new" if what == "added" else name)
    with made_whole_again(path):
        if what == "missing":
            path.unlink()
        else:
            path.write_bytes(flipped(path.read_bytes(), 0, dice) if what == "changed" else b"a stranger")
        run = observer("verify", copy.folder.name, in_folder=copy.folder.parent)
    assert run.returncode == 1, run.stdout
    wrong = [line for line in run.stdout.splitlines() if line.startswith("WRONG")]
    assert any(path.relative_to(copy.folder.parent).as_posix() in line for line in wrong), wrong
    assert run.stdout.splitlines()[-1].startswith("Not all is well")


def test_the_list_itself_changed_or_missing_is_named(copy: Day, dice: random.Random) -> None:
    path = copy.folder / MANIFEST_NAME
    data = path.read_bytes()
    with made_whole_again(path):
        path.write_bytes(flipped(data, dice.randrange(len(data)), dice))
        named(copy, MANIFEST_NAME)
        path.unlink()
        named(copy, MANIFEST_NAME)
    assert verify_paths([copy.folder]).ok


def test_of_every_kind_a_changed_a_missing_and_a_strange_file_is_named(copy: Day, dice: random.Random) -> None:
    """Three at a time, of different kinds: every kind is once changed, once missing, once joined by a stranger."""
    chosen = [name for name in kinds(copy, dice).values() if name != MANIFEST_NAME]
    assert len(chosen) >= 35, sorted(chosen)
    dice.shuffle(chosen)
    for number, changed in enumerate(chosen):
        missing, like = chosen[number - 1], chosen[number - 2]
        strange = f"{like}.new"
        with made_whole_again(*(copy.folder / name for name in (changed, missing, strange))):
            data = (copy.folder / changed).read_bytes()
            (copy.folder / changed).write_bytes(flipped(data, dice.randrange(len(data)), dice) if data else b"\n")
            shutil.copy(copy.folder / like, copy.folder / strange)
            (copy.folder / missing).unlink()
            named(copy, changed, missing, strange)
    assert verify_paths([copy.folder]).ok


def test_any_file_at_all(copy: Day, dice: random.Random) -> None:
    """Cut, made longer, emptied, put in another's place: files and ways drawn anew every run."""
    files = [n for n in copy.files() if n != MANIFEST_NAME and (copy.folder / n).stat().st_size]
    for _ in range(_ROUNDS):
        names = dice.sample(files, _AT_ONCE)
        paths = [copy.folder / name for name in names]
        with made_whole_again(*paths):
            for path in paths:
                data, other = path.read_bytes(), (copy.folder / dice.choice(files)).read_bytes()
                cut = data[: dice.randrange(len(data))]
                path.write_bytes(dice.choice([cut, data + dice.randbytes(1), b"", other if other != data else cut]))
            named(copy, *names)
    assert verify_paths([copy.folder]).ok


# ---- copied out ----

COPIED_OUT = {
    "a record": "exports/bundle/record/*",
    "an amendment": "exports/bundle/amendment/*",
    "a second signature": "exports/bundle/countersignature/*",
    "a second mark": "exports/bundle/second_mark/*",
    "a decision": "exports/bundle/adjudication/*",
    "a day's close": "exports/bundle/day_close/*",
    "a roster": "exports/bundle/roster/*",
    "a record's entries": "exports/bundle/entries/*",
    "a receipt": "receipts/*",
    "a bundle": "exports/bundle-*.zip",
    "a recording": "recordings/*",
}


def places(size: int, dice: random.Random) -> Iterable[int]:
    """Both ends, where lengths and marks stand, and a few hundred anywhere."""
    ends = {*range(min(size, _AT_THE_END)), *range(max(0, size - _AT_THE_END), size)}
    return sorted(ends | {dice.randrange(size) for _ in range(_FLIPS)})


@pytest.mark.parametrize("what", COPIED_OUT)
def test_any_flipped_byte_of_what_is_copied_out(what: str, day: Day, dice: random.Random, tmp_path: Path) -> None:
    file = dice.choice(sorted(day.folder.glob(COPIED_OUT[what])))
    path = Path(shutil.copy(file, tmp_path))
    data = path.read_bytes()
    assert verify_paths([path]).ok
    for at in places(len(data), dice):
        path.write_bytes(flipped(data, at, dice))
        report = verify_paths([path])
        assert report.exit_code == 1, f"byte {at} of {file.name} is free"
        assert any(subject.startswith(str(path)) for subject in accused(report)), accused(report)
    run = observer("verify", path, in_folder=tmp_path)
    assert run.returncode == 1 and f"WRONG  {path}" in run.stdout


def test_an_envelope_and_what_it_stands_on(day: Day, dice: random.Random, tmp_path: Path) -> None:
    """The signed statement alone, as it lies within its file, beside the file that has its certificates."""
    files = sorted(day.folder.glob("exports/bundle/record/*"))
    read = {file: read_signed_file(file.read_bytes()) for file in files}
    first, second = next((a, b) for a in files for b in files if a < b and read[a].certificates == read[b].certificates)
    envelope = read[first].envelope
    beside, path = Path(shutil.copy(second, tmp_path)), tmp_path / "envelope"
    path.write_bytes(envelope)
    assert verify_paths([beside, path]).ok
    for at in places(len(envelope), dice):
        path.write_bytes(flipped(envelope, at, dice))
        report = verify_paths([beside, path])
        assert report.exit_code == 1 and accused(report) == {str(path)}, f"byte {at}"
