# SPDX-License-Identifier: GPL-3.0-or-later
"""Someone with every right on what was given out: folders, bundles, receipts, certificates, recordings.

`observer verify` and the second verifier (resources/auditor) look at each falsified thing, and must say the same.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from observer_app.errors import ObserverError
from observer_app.trust.bundle import bundle_parts, write_bundle
from observer_app.trust.examination import Examination
from observer_app.trust.manifest import MANIFEST_NAME
from observer_app.trust.report import Report
from observer_app.trust.verify import verify_paths
from tests.redteam.second import second, second_blames
from tests.redteam.tally import Tally
from tests.unit.trust.cast import Cast
from tests.unit.trust.test_verify import made

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("given") / "day", Cast())


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("root") / "root"
    path.write_bytes(Cast().root.data)
    return path


def blamed(report: Report) -> set[str]:
    return {f.subject for f in report.findings if not f.ok}


def within(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file())


class Folder:
    """A copy that is spoilt and made whole again, file by file."""

    def __init__(self, day: Path, root: Path, tally: Tally) -> None:
        self.day, self.root, self.tally = day, root, tally
        self.kept = {p: p.read_bytes() for p in within(day)}

    def tried(self, kind: str, touched: set[Path]) -> None:
        """Looks, then puts all back. What was touched is named first; nothing else is but what lies around it."""
        report = verify_paths([self.day], root=self.root)
        names = {p.as_posix() for p in touched}
        # Without its list nothing vouches for a folder; a list within it that names what was touched is named too.
        lists = {(p.parent / MANIFEST_NAME).as_posix() for p in touched} | {(self.day / MANIFEST_NAME).as_posix()}
        found, other = blamed(report), second_blames([self.day], self.root.read_bytes())
        if self.day / MANIFEST_NAME in touched and kind.startswith(("swapped", "replaced")):
            lists |= found | other  # the genuine list of another folder: whatever it does not name is refused
        right = all(
            bool(f & (names | lists)) and all(n in names | lists or n.split(": ")[0] in names for n in f)
            for f in (found, other)
        )
        self.tally.note(kind, f"{sorted(names)} {sorted(found)} {sorted(other)}", report.exit_code == 1 and right)
        for path in within(self.day):
            if path not in self.kept:
                path.unlink()
        for path in touched:
            if path in self.kept:
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(self.kept[path])


def test_a_folder_given_out(day: Path, root: Path, tmp_path: Path) -> None:
    tally = Tally("a day's folder")
    folder = Folder(Path(shutil.copytree(day, tmp_path / "day")), root, tally)
    assert verify_paths([folder.day], root=root).ok and not second_blames([folder.day], root.read_bytes())
    for path, data in folder.kept.items():
        for _ in range(40):
            path.write_bytes(tally.spoilt(data))
            folder.tried("altered a file", {path})
        for _ in range(12):
            path.write_bytes(data[: tally.dice.randrange(len(data))])
            folder.tried("cut a file", {path})
            path.write_bytes(data + tally.dice.randbytes(1))
            folder.tried("made a file longer", {path})
        path.unlink()
        folder.tried("deleted a file", {path})
        added = path.with_name(f"new-{path.name}")
        added.write_bytes(data)
        folder.tried("added a file", {added})
        path.rename(added)
        folder.tried("renamed a file", {path, added})
        for other in folder.kept:
            if folder.kept[other] != data:
                path.write_bytes(folder.kept[other])
                other.write_bytes(data)
                folder.tried("swapped two files", {path, other})
                path.write_bytes(folder.kept[other])
                folder.tried("replaced a file by another", {path})
    assert verify_paths([folder.day], root=root).ok
    tally.settle(1200)


def test_a_bundle_given_out(day: Path, root: Path, tmp_path: Path) -> None:
    """Any byte of it; any member left out, twice, in another order; the list at its end told otherwise."""
    tally = Tally("a day's bundle")
    plain = write_bundle(day, tmp_path / "day.zip")
    data, target = plain.read_bytes(), tmp_path / "spoilt.zip"
    parts = bundle_parts(plain)

    def tried(kind: str, what: str, content: bytes) -> None:
        target.write_bytes(content)
        report = verify_paths([target], root=root)
        other = second_blames([target], root.read_bytes())
        named = all(f.startswith(str(target)) for f in blamed(report) | other)
        tally.note(kind, f"{what} {sorted(blamed(report))}", report.exit_code == 1 and bool(other) and named)

    assert not second_blames([plain], root.read_bytes())

    for _ in range(1000):
        tried("altered a byte", "", tally.spoilt(data))
    for _ in range(300):
        tried("cut", "", data[: tally.dice.randrange(len(data))])
        tried("made longer", "", data + tally.dice.randbytes(3))
    cuts = [(p.offset - 30 - len(p.name.encode()), p.offset + p.size) for p in parts]
    for a, (start, end) in enumerate(cuts):
        tried("left out a member", parts[a].name, data[:start] + data[end:])
        tried("a member twice", parts[a].name, data[:end] + data[start:])
        for start_b, end_b in cuts[a + 1 :]:
            spoilt = data[:start] + data[start_b:end_b] + data[end:start_b] + data[start:end] + data[end_b:]
            tried("swapped two members", parts[a].name, spoilt)
    tally.settle(1700)


def test_signed_files_and_receipts(day: Path) -> None:
    """Any byte of a record's file or a receipt, anything cut or put together from two."""
    tally = Tally("signed files and receipts")
    root = Cast().root
    kept = {p: p.read_bytes() for p in within(day) if p.suffix in (".observer", ".tlog-proof")}
    files = [d for p, d in kept.items() if p.suffix == ".observer"]
    receipts = [d for p, d in kept.items() if p.suffix == ".tlog-proof"]

    def holds(data: bytes) -> bool:
        """What both say; a difference between them is a fault, and counts as taken for genuine."""
        run, other = Examination(root), second.Audit(root.data)
        try:
            run.signed_file("file", data) if data.startswith(b"{") else run.receipt("file", data)
            ours = run.finish().ok
        except ObserverError:
            ours = False
        check = other.signed if data.startswith(b"{") else other.receipt
        other.trial(4, "file", lambda: check("file", data))
        other.together()
        return ours or bool(other.ok)

    assert all(holds(d) and not second_blames([p], root.data) for p, d in kept.items())
    for data in (*files, *receipts):
        for _ in range(400):
            tally.note("altered a byte", str(len(data)), not holds(tally.spoilt(data)))
        for _ in range(40):
            at = tally.dice.randrange(len(data))
            tally.note("cut", str(at), not holds(data[:at]))
            size = tally.dice.randrange(1, 40)
            tally.note("took a piece out", str(at), not holds(data[:at] + data[at + size :]))
            other = tally.dice.choice([d for d in (*files, *receipts) if d != data])
            mixed = data[:at] + other[at:]
            tally.note("put two together", str(at), mixed in (data, other) or not holds(mixed))
    tally.settle(3000)


def test_a_recording_beside_what_was_signed(day: Path, root: Path, tmp_path: Path) -> None:
    tally = Tally("a recording with its signed statement")
    plain = next(p for p in within(day) if p.suffix == ".obsv" and p.with_name(p.name + ".observer").exists())
    film, signed = plain.read_bytes(), plain.with_name(plain.name + ".observer").read_bytes()
    target = tmp_path / plain.name
    target.with_name(target.name + ".observer").write_bytes(signed)
    whole = (day / "recordings" / "copy.obsv").read_bytes()

    def tried(kind: str, content: bytes) -> None:
        target.write_bytes(content)
        os.utime(target)
        report = verify_paths([target], root=root)
        other = second_blames([target], root.read_bytes())
        named = blamed(report) | other <= {str(target), f"{target} (its end)"}
        tally.note(kind, "", report.exit_code == 1 and bool(other) and named)

    tried("emptied", b"")
    target.write_bytes(film)
    assert verify_paths([target], root=root).ok and not second_blames([target], root.read_bytes())

    for _ in range(250):
        tried("altered", tally.spoilt(film))
        tried("altered one that carries its proof", tally.spoilt(whole))
        at, size = tally.dice.randrange(len(film) - 100), tally.dice.randrange(1, 50)
        tried("cut", film[:at])
        one, two = film[at : at + size], film[at + size : at + 2 * size]
        tried("two pieces swapped", film[:at] + two + one + film[at + 2 * size :])
    tally.settle(900)
