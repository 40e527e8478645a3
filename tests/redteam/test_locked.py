# SPDX-License-Identifier: GPL-3.0-or-later
"""A laptop that is switched off: nothing of who was seen, or what was written of them, can be read on its disk."""

from __future__ import annotations

import base64
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from observer_app.capture.made_clip import make_clip
from observer_app.workflows.day_export import DayExport
from tests.unit.workflows.assess_cast import AssessCast
from tests.unit.workflows.record_cast import CLOCK, DAY, SCENARIO, CentreCast
from tests.unit.workflows.test_recording_real import RealCast, finish_and_sign, start

pytestmark = pytest.mark.slow
NOTE, DRAFT, ADDED = "Zephyrine wept at the door", "half a thought of Quillfeather", "Ombersley asked twice"


def written(words: str) -> tuple[bytes, ...]:
    """As the bytes of a file may hold them: both encodings, and base64 at each of its three offsets."""
    plain = words.encode()
    middle = [base64.b64encode(b"x" * n + plain)[4 : -4 or None] for n in range(3)]
    return (plain, plain.lower(), words.encode("utf-16-le"), words.encode("utf-16-be"), *middle)


def readable(folder: Path, known: list[str]) -> list[str]:
    """Each file and word where a known word stands in it or in its name."""
    found = []
    for path in (p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()):
        content = path.read_bytes()
        found += [f"{path.relative_to(folder)}: {w}" for w in known if any(f in content for f in written(w))]
        found += [f"{path.relative_to(folder)}: {w} (its name)" for w in known if w.lower() in path.name.lower()]
    return found


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "talk.mp4", 4, fps=15, size=(320, 180))


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The temporary folder of this process and of those it starts, so that it can be searched too."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder


def test_names_and_notes_cannot_be_read_while_running_after_a_crash_or_locked(
    tmp_path: Path, clip: Path, places: Path
) -> None:
    root = tmp_path / "vault"
    root.mkdir()
    cast = RealCast(root, clip)
    people = [c for s in cast.sittings for c in (s.candidate.name, s.candidate.registration) if len(c) > 4]
    known = [NOTE, DRAFT, ADDED, *people]
    assert len(people) >= 4
    (tmp_path / "seen").mkdir()
    (tmp_path / "seen" / "control").write_bytes(b"--" + NOTE.encode("utf-16-le"))
    assert readable(tmp_path / "seen", known)
    live = start(cast)
    live.write_note(NOTE, "", CLOCK.now(), CLOCK.now()).result(5)
    live.keep_draft(DRAFT, "", CLOCK.now())
    live.write_note(ADDED, "", CLOCK.now(), CLOCK.now()).result(5)
    cast.vault.write(lambda db: None).result(5)
    pulled = tmp_path / "plug-pulled"  # what the disk holds at this moment, its logs and half-written files included
    shutil.copytree(root, pulled, ignore=lambda where, names: [n for n in names if not os.path.isfile(f"{where}/{n}")
                                                               and not os.path.isdir(f"{where}/{n}")])  # fmt: skip
    assert readable(pulled, known) == []
    assert readable(places, known) == []
    finish_and_sign(cast, live)
    cast.assess.close()
    cast.close()
    assert readable(root, known) == []
    assert readable(places, known) == []
    assert readable(Path(os.environ["HOME"]), known) == []
    assert any(p.suffix == ".obsv" for p in root.rglob("*")) and (root / "device.db").stat().st_size > 0


def reports(folder: Path) -> list[str]:
    """Files that hold a printed page: its words are packed, so they are looked for by how it begins."""
    files = (p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    return [str(p.relative_to(folder)) for p in files if b"%PDF-" in p.read_bytes()]


def test_what_is_printed_and_exported_lies_only_where_somebody_chose(tmp_path: Path, places: Path) -> None:
    """A day's reports, by processes of their own, its tables and its bundle; and the pages an assessor prints."""
    given, stores = tmp_path / "given", [tmp_path / "centre", tmp_path / "room"]
    day, room = CentreCast(stores[0], sittings=6), AssessCast(stores[1])
    people = [c for s in (*day.sittings, *room.sittings) for c in (s.candidate.name, s.candidate.registration)]
    known = [*(p for p in people if len(p) > 4), *(f"Note on {c.id}" for c in SCENARIO.criteria)]
    for place in range(6):
        day.record(place)
    DayExport(day.reader(), day.manager.signatory)(DAY, given / "day", lambda done, total: None)
    review, _ = room.signed()
    review.print_to(given / "mine.pdf")
    assert readable(given, known) and len(reports(given)) == 8, "the control: seven of the day, one of the assessor's"
    for folder in (*stores, places, Path(os.environ["HOME"])):
        assert readable(folder, known) == [] and reports(folder) == [], "while it is open"
    day.close()
    room.close()
    for folder in (*stores, places, Path(os.environ["HOME"])):
        assert readable(folder, known) == [] and reports(folder) == [], "locked"
