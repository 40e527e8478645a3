# SPDX-License-Identifier: GPL-3.0-or-later
"""What every statement of a day played through the real workflows says of itself, held against what is known otherwise:
the machines' own order, the log as it stands, the packs shipped, the program, the clock of this machine."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from observer_app import BUILD
from observer_app.bootstrap.clock import MachineClock
from observer_app.bootstrap.sample_people import PEOPLE
from observer_app.central.export import write_central_export
from observer_app.central.store import CentralStore
from observer_app.demo.assessing import COMMENT, REASON
from observer_app.demo.script import acts_for
from observer_app.packs.check import library_at
from observer_app.shipped import shipped
from observer_app.trust.envelope import open_envelope
from observer_app.trust.merkle import leaf_hash, root_of
from observer_app.trust.receipts import parse_receipt
from observer_app.trust.samples import SAMPLE_PROGRAMME
from observer_app.trust.signed_file import SignedFile, read_signed_file
from observer_app.trust.statements import NO_PREVIOUS, Header, read_statement
from tests.demo.conftest import Day

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
HOUR_MS = 3600 * 1000


@pytest.fixture(scope="module")
def logged(copy: Day, tmp_path_factory: pytest.TempPathFactory) -> list[SignedFile]:
    """Every entry of the day's log, in order."""
    out = tmp_path_factory.mktemp("all") / "out"
    store = CentralStore(copy.folder / "central")
    try:
        write_central_export(store, out)
    finally:
        store.close()
    return [read_signed_file(p.read_bytes()) for p in sorted((out / "statements").iterdir())]


def headers(logged: list[SignedFile]) -> list[tuple[str, Header]]:
    opened = [open_envelope(f.envelope) for f in logged]
    return [(e.record_id, read_statement(e.payload).header) for e in opened]


def test_every_type_a_day_makes_is_there(logged: list[SignedFile]) -> None:
    kinds = Counter(h.type for _, h in headers(logged))
    asked = "roster media record amendment countersignature second_mark adjudication day_close"
    assert set(asked.split()) <= kinds.keys()
    assert kinds["media"] == kinds["record"] == 4


def test_each_says_by_which_program_on_whose_behalf_and_when(logged: list[SignedFile]) -> None:
    now = MachineClock().now()
    for _, h in headers(logged):
        assert (h.app_build, h.sample, h.programme, h.v) == (BUILD, True, SAMPLE_PROGRAMME, 1), h
        assert h.boot_id == now.boot_id and 0 < h.monotonic_ms <= now.monotonic_us // 1000
        assert now.wall_ms - 12 * HOUR_MS < h.claimed_wall_ms <= now.wall_ms, h.type
        drift = (h.claimed_wall_ms - h.monotonic_ms) - (now.wall_ms - now.monotonic_us // 1000)
        assert abs(drift) < 2000, "both clocks were read at one moment"
        assert h.centre and h.device and (h.person or h.type in ("media", "roster"))
        assert not (h.person and h.type == "media")
        assert len(h.keys) == 1 + (h.type != "media")


def personal(copy: Day) -> set[bytes]:
    """Everything of the day that says who somebody is or what was written of them: names, registrations, notes,
    comments, reasons, photos (a stretch of each)."""
    with (copy.folder / "bookings.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    words = {row[column] for row in rows for column in ("candidate_name", "registration", "assessor")}
    words |= {act.words for number in range(len(rows)) for act in acts_for(number, 8, 1, 7) if act.words}
    words |= {person.name for person in PEOPLE} | {COMMENT, REASON}
    photos = [photo.read_bytes() for photo in (copy.folder / "photos").iterdir()]
    return {word.encode() for word in words} | {photo[100:140] for photo in photos}


def test_nothing_personal_stands_in_anything_hashed_or_signed(copy: Day, logged: list[SignedFile]) -> None:
    """Statements with their certificates and receipts, the entries they name, and all the central store keeps."""
    secret = personal(copy)
    assert len(secret) > 20
    clear = [part for f in logged for part in (f.envelope, open_envelope(f.envelope).payload, *f.certificates)]
    clear += [open_envelope(certificate).payload for f in logged for certificate in f.certificates]
    entries = list((copy.folder / "exports" / "bundle" / "entries").iterdir())
    kept = [path for path in (copy.folder / "central").rglob("*") if path.is_file()]
    clear += [path.read_bytes() for path in (*entries, *kept, copy.folder / "manifest.json")]
    assert len(entries) >= 4 and len(kept) > 20
    assert {word for word in secret for data in clear if word in data} == set()


def test_the_machines_order_is_told_by_each(logged: list[SignedFile]) -> None:
    machines: dict[str, list[tuple[str, Header]]] = defaultdict(list)
    for record, h in headers(logged):
        machines[h.device].append((record, h))
    assert len(machines) == 4
    for chain in machines.values():
        before, at = NO_PREVIOUS, 0
        for number, (record, h) in enumerate(sorted(chain, key=lambda c: c[1].device_seq), 1):
            assert (h.device_seq, h.prev) == (number, before)
            assert h.monotonic_ms >= at
            before, at = record, h.monotonic_ms


def test_what_each_had_seen_of_the_log_is_the_log(logged: list[SignedFile]) -> None:
    """The newest checkpoint its machine had verified: its root is the log's at that size, it is older than the
    statement's own place, never shorter than the one its machine named before, and there from the first exchange on."""
    leaves = [leaf_hash(f.envelope) for f in logged]
    seen: dict[str, int] = defaultdict(int)
    told = 0
    by_machine = sorted(zip(headers(logged), logged, strict=True), key=lambda e: (e[0][1].device, e[0][1].device_seq))
    for (_, h), file in by_machine:
        last, place = h.last_checkpoint, parse_receipt(file.receipt).index
        size = last.size if last else 0
        assert seen[h.device] <= size <= place
        if last is not None and size:
            assert last.root == root_of(leaves[:size]).hex()
            assert h.last_server_time is not None and abs(h.last_server_time - h.claimed_wall_ms) < HOUR_MS
            told += 1
        seen[h.device] = size
    assert told >= 5, "what followed the records was signed after they had been sent"


def test_what_each_record_was_rated_by_is_the_pack_of_that_hash(logged: list[SignedFile]) -> None:
    library = library_at([shipped("rubrics"), shipped("resources") / "scenarios"])
    known = {ref.sha256: (ref.id, ref.version) for pack in (library.frameworks, library.scenarios)
             for ref in (p.ref for p in pack.values())}  # fmt: skip
    bodies = [s.body for f in logged if (s := read_statement(open_envelope(f.envelope).payload)).type == "record"]
    for body in bodies:
        for name in ("framework", "scenario"):
            assert known[body[name]["sha256"]] == (body[name]["id"], body[name]["version"])
    assert len({json.dumps(b["scenario"], sort_keys=True) for b in bodies}) >= 1


def test_no_header_is_made_anywhere_else() -> None:
    """One place for a machine's statements, one for what is issued, one for lists: what is true of these is of all."""
    package = Path(__file__).parents[2] / "observer_app"
    made = {p.relative_to(package).as_posix() for p in package.rglob("*.py") if " Header(" in p.read_text("utf-8")}
    assert made == {"trust/certificates.py", "trust/manifest.py", "workflows/signing.py"}
