# SPDX-License-Identifier: GPL-3.0-or-later
"""Whoever has a central store's database **and the log's key**, and gives out an export of their own making.

They can sign lists, receipts and checkpoints at will; what they lack are the signers' keys and the receipts that
machines hold. Both verifiers must find out; what they name first is what the two histories disagree on.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from observer_app.central.store import now_ms
from observer_app.trust import merkle
from observer_app.trust.checkpoints import Checkpoint, sign_checkpoint
from observer_app.trust.envelope import record_id
from observer_app.trust.manifest import MANIFEST_NAME, list_header, write_manifest
from observer_app.trust.programme import Trust
from observer_app.trust.receipts import make_receipt
from observer_app.trust.signed_file import make_signed_file
from observer_app.trust.verify import verify_paths
from tests.redteam.second import second_blames
from tests.redteam.tally import Tally
from tests.simulators.programme import Programme, chain

pytestmark = pytest.mark.slow
COUNT = 9


@dataclass
class Keeper:
    """Has the log's key: makes exports, receipts and checkpoints of any history."""

    programme: Programme
    folder: Path

    @cached_property
    def trust(self) -> Trust:
        return Trust(self.programme.root, [*self.programme.certificates, self.programme.log])

    @property
    def origin(self) -> str:
        return f"{self.programme.root.programme}/central"

    def checkpoint(self, envelopes: Sequence[bytes]) -> str:
        root = merkle.root_of([merkle.leaf_hash(e) for e in envelopes])
        return sign_checkpoint(Checkpoint(self.origin, len(envelopes), root), self.programme.log_key)

    def receipt(self, envelopes: Sequence[bytes], index: int, *, alone: bool) -> bytes:
        """The receipt of entry `index` of a log of exactly these entries."""
        leaves = [merkle.leaf_hash(e) for e in envelopes]
        path, note = merkle.inclusion_proof(index, len(leaves), leaves), self.checkpoint(envelopes)
        if not alone:
            return make_receipt(index, path, note)
        return make_receipt(
            index, path, note, leaf=leaves[index], certificates=[self.programme.log, self.programme.root.data]
        )

    def export(self, name: str, envelopes: Sequence[bytes]) -> Path:
        """An export as a store of these entries makes it: entry n has the receipt it got when it was the last."""
        folder = self.folder / name
        (folder / "statements").mkdir(parents=True)
        for n, envelope in enumerate(envelopes):
            receipt = self.receipt(envelopes[: n + 1], n, alone=False)
            data = make_signed_file(self.trust, envelope, receipt)
            (folder / "statements" / f"{n:08d}-{record_id(envelope)[:16]}.observer").write_bytes(data)
        (folder / "checkpoint.txt").write_text(self.checkpoint(envelopes), encoding="utf-8", newline="\n")
        self.sign(folder, len(envelopes))
        return folder

    def sign(self, folder: Path, count: int) -> None:
        """The list, signed anew."""
        (folder / MANIFEST_NAME).unlink(missing_ok=True)
        log = self.programme.log_key
        header = list_header(self.trust, [log], "test", now_ms())
        write_manifest(folder, self.trust, header, [log], counts={"statements": count})


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    return Keeper(Programme(), tmp_path)


def entries(programme: Programme, count: int = COUNT) -> list[bytes]:
    """Each of another machine, so that an entry left out leaves no gap in a machine's own order."""
    centre = programme.centre("north")
    person = programme.person(centre, "p-1", "assessor")
    return [chain(programme, programme.device(centre, f"d-{n}"), person, 1)[0] for n in range(count)]


def blames(keeper: Keeper, *paths: Path) -> tuple[set[str], set[str]]:
    """What `observer verify` names, and what the second verifier does."""
    root = keeper.folder / "root"
    root.write_bytes(keeper.programme.root.data)
    report = verify_paths(paths, root=root)
    found = {f.subject for f in report.findings if not f.ok}
    assert report.ok == (not found)
    return found, second_blames(paths, keeper.programme.root.data)


def test_an_export_that_leaves_an_entry_out_is_named_though_its_list_is_signed_anew(keeper: Keeper) -> None:
    tally = Tally("central export, entries left out by whoever has the log's key")
    envelopes = entries(keeper.programme)
    whole = keeper.export("whole", envelopes)
    assert blames(keeper, whole) == (set(), set())
    for n in range(COUNT):
        for more in range(n, COUNT):
            copy = Path(shutil.copytree(whole, keeper.folder / "copy"))
            for path in sorted((copy / "statements").iterdir())[n : more + 1]:
                path.unlink()
            keeper.sign(copy, COUNT - (more - n + 1))
            found = blames(keeper, copy)
            named = {f"{copy.as_posix()}/checkpoint.txt"}
            # With every entry gone nothing certifies the log any more but the list itself.
            tally.note("left out of the files", f"{n} {more} {found}", found == (named, named))
            shutil.rmtree(copy)
    tally.settle(COUNT * (COUNT + 1) // 2)


def test_a_log_written_anew_is_contradicted_by_any_receipt_a_machine_kept(keeper: Keeper) -> None:
    """An entry dropped, two exchanged, one replaced, and everything after it made to fit with the log's key."""
    tally = Tally("central export written anew, beside one receipt of a machine")
    *envelopes, other = entries(keeper.programme, COUNT + 1)  # the last is genuine too, and was never handed in
    kept = keeper.folder / "kept.tlog-proof"

    def tried(kind: str, told: list[bytes], first: int) -> None:
        made = keeper.export("made", told)
        assert blames(keeper, made) == (set(), set()), "by itself it must look genuine, or the test proves nothing"
        for size in range(first + 1, COUNT + 1):
            for index in (0, first, size - 1):
                kept.write_bytes(keeper.receipt(envelopes[:size], index, alone=True))
                found = blames(keeper, made, kept)
                near = all(f and all(str(kept) == n or n.startswith(made.as_posix()) for n in f) for f in found)
                tally.note(kind, f"{first} {size} {index} {found}", near)
        shutil.rmtree(made)

    for n in range(COUNT - 1):
        tried("an entry dropped", [*envelopes[:n], *envelopes[n + 1 :], other], n)
        tried("two exchanged", [*envelopes[:n], envelopes[n + 1], envelopes[n], *envelopes[n + 2 :]], n)
        tried("one replaced", [*envelopes[:n], other, *envelopes[n + 1 :]], n)
    for size in range(1, COUNT + 1):  # the genuine log at every length is no contradiction
        made = keeper.export("made", envelopes)
        kept.write_bytes(keeper.receipt(envelopes[:size], size - 1, alone=True))
        assert blames(keeper, made, kept) == (set(), set())
        shutil.rmtree(made)
    tally.settle(300)


def stretches_of(at: int, start: int, end: int) -> set[tuple[int, int]]:
    """Every stretch (first entry, the one after the last) whose root the proof of entry `at` says (RFC 9162, 2.1.3)."""
    if end - start == 1:
        return {(start, end)}
    half = 1
    while 2 * half < end - start:
        half *= 2
    middle = start + half
    inner = stretches_of(at, start, middle) if at < middle else stretches_of(at, middle, end)
    return {(start, end), (start, middle), (middle, end)} | inner


def test_checkpoints_and_receipts_of_one_log_at_every_pair_of_lengths(keeper: Keeper) -> None:
    """Two receipts alone, of logs that differ in one entry both have: the later one is named, at whatever lengths."""
    tally = Tally("two receipts of different lengths")
    envelopes = entries(keeper.programme)
    one, two = keeper.folder / "one.tlog-proof", keeper.folder / "two.tlog-proof"
    for told, place in (([*envelopes[:2], envelopes[3], envelopes[2], *envelopes[4:]], 2), (envelopes, COUNT)):
        for a in range(1, COUNT + 1):
            for b in range(1, COUNT + 1):
                one.write_bytes(keeper.receipt(envelopes[:a], a - 1, alone=True))
                two.write_bytes(keeper.receipt(told[:b], min(place, b - 1), alone=True))
                found = blames(keeper, one, two)
                shared = stretches_of(a - 1, 0, a) & stretches_of(min(place, b - 1), 0, b)
                differ = any(envelopes[start:end] != told[start:end] for start, end in shared)
                kind = "told two ways" if differ else "nothing they both speak of differs"
                tally.note(kind, f"{a} {b} {found}", all(found) if differ else found == (set(), set()))
    assert tally.tried["told two ways"] >= COUNT
    tally.settle(150)
