# SPDX-License-Identifier: GPL-3.0-or-later
"""The packs a machine offers: what is put into its folder is read, or said to be faulty, and harms nothing else."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from observer_app.bootstrap.desktop import Desktop
from observer_app.bootstrap.sample_people import sample_file, sample_sittings
from observer_app.bootstrap.session import Session
from observer_app.errors import BadInput
from observer_app.shipped import shipped
from observer_app.workflows.board_views import PacksView
from tests.unit.bootstrap.conftest import CLOCK, WORDS, signed_in

_VISIT = "scenarios/first-home-visit.yaml"


def put_packs(vault: Path, *, sample: bool = False) -> None:
    for kind, folder in (("rubrics", shipped("rubrics")), ("scenarios", shipped("resources") / "scenarios")):
        for path in folder.glob("*.yaml"):
            words = path.read_text(encoding="utf-8")
            words = words if sample else words.replace("sample: true", "sample: false")
            (vault / "packs" / kind / path.name).write_text(words, encoding="utf-8")


def spoil(vault: Path, file: str, good: str, bad: str) -> int:
    """Changes a pack; the changed line's number."""
    path = vault / "packs" / file
    words = path.read_text(encoding="utf-8")
    assert good in words
    path.write_text(words.replace(good, bad, 1), encoding="utf-8")
    return words[: words.index(good)].count("\n") + 1


def told(office: Desktop) -> PacksView:
    with signed_in(office, "jo") as session:
        return session.centre.packs()


def book(session: Session, folder: Path) -> str:
    """Two sittings today for the person signed in, on the first home visit; the day."""
    scenario = session.library.scenarios["first-home-visit"]
    words = sample_file(sample_sittings(datetime.now(), [scenario], 4), dict(session.library.scenarios))
    rows = [row for row in words.splitlines() if "Sample Assessor B" not in row]
    assert len(rows) == 3
    file = folder / "day.csv"
    file.write_text("\n".join(rows).replace("Sample Assessor A", "Jo Example"), encoding="utf-8")
    return session.centre.take_in(file, WORDS).result()


def test_a_real_centre_begins_without_any_and_is_told_where_they_go(office: Desktop) -> None:
    view = told(office)
    assert (view.scenarios, view.faults) == (0, ()) and view.folder == str(office.vault / "packs")
    assert "every machine" in (office.vault / "packs" / "READ-ME.txt").read_text(encoding="utf-8").lower()


def test_what_is_put_there_is_offered_at_the_next_sign_in(office: Desktop) -> None:
    put_packs(office.vault)
    view = told(office)
    assert view.scenarios == 5 and view.faults == ()
    spoil(office.vault, _VISIT, "title: First home visit", "title: Our own visit")
    with signed_in(office, "jo") as session:
        assert session.library.scenarios["first-home-visit"].title == "Our own visit"
        assert len(session.store.packs("scenario")) == 6  # what was rated on the earlier one can still be read


def test_samples_are_refused_by_a_real_programme_at_their_line(office: Desktop) -> None:
    put_packs(office.vault, sample=True)
    view = told(office)
    assert view.scenarios == 0
    samples = [f for f in view.faults if "This is a sample" in f.reason]
    assert {f.file.split("/")[0] for f in samples} == {"rubrics", "scenarios"} and all(f.line for f in samples)
    assert all("sample: false" in f.advice for f in samples)


BAD = {
    "rubrics/big.yaml": (b"x" * 1_000_001, "larger than a pack"),
    "scenarios/empty.yaml": (b"", "empty"),
    "scenarios/film.yaml": (b"\0\1\xff" * 99, "not plain UTF-8"),
    "scenarios/broken.yaml": (b"pack: [scenario", "not well-formed"),
    "scenarios/visit.yaml.txt": (b"pack: scenario", "does not end in .yaml"),
    "beside.yml": (b"pack: neither", "which kind of pack"),
}


def test_bad_files_are_named_and_harm_no_other(office: Desktop) -> None:
    put_packs(office.vault)
    for name, (content, _) in BAD.items():
        (office.vault / "packs" / name).write_bytes(content)
    view = told(office)
    assert view.scenarios == 5
    found = {f.file: f.reason for f in view.faults}
    assert set(found) == set(BAD) and [n for n, (_, reason) in BAD.items() if reason not in found[n]] == [], found


def test_a_spoilt_scenario_is_named_and_its_bookings_say_why(office: Desktop, tmp_path: Path) -> None:
    put_packs(office.vault)
    with signed_in(office, "jo") as session:
        day = book(session, tmp_path)
        begun, waiting = (s.id for s in session.store.sittings.roster(day).sittings)  # type: ignore[union-attr]
        session.assess.open(begun, CLOCK.now()).close()
    line = spoil(office.vault, _VISIT, "minutes: 10,", "minutes: 0,")
    with signed_in(office, "jo") as session:
        fault = session.centre.packs().faults[0]
        assert (fault.file, fault.line) == (_VISIT, line) and "minutes" in fault.reason
        cards = {card.sitting: card for card in session.assess.today(CLOCK.now()).sittings}
        assert not cards[waiting].can_open and cards[waiting].status == "Cannot be opened"
        place = f"first-home-visit.yaml, line {line}"
        assert place in cards[waiting].detail and "Ask the centre manager" in cards[waiting].detail
        with pytest.raises(BadInput, match=place):
            session.assess.open(waiting, CLOCK.now())
        assert cards[begun].can_open  # what was begun keeps the pack it was begun with
        live = session.assess.open(begun, CLOCK.now())
        assert live.view(CLOCK.now()).scenario.title == "First home visit"
        live.close()


def test_a_spoilt_framework_says_so_in_every_scenario_on_it(office: Desktop, tmp_path: Path) -> None:
    put_packs(office.vault)
    with signed_in(office, "jo") as session:
        book(session, tmp_path)
    line = spoil(office.vault, "rubrics/child-and-family-practitioner.yaml", "cut: 4", "cut: 9")
    with signed_in(office, "jo") as session:
        view = session.centre.packs()
        assert view.faults[0].file.startswith("rubrics/") and view.faults[0].line == line
        assert all("framework has faults" in f.reason for f in view.faults[1:]) and len(view.faults) > 1
        assert {c.status for c in session.assess.today(CLOCK.now()).sittings} == {"Cannot be opened"}


def test_a_file_too_broken_to_say_which_it_is(office: Desktop, tmp_path: Path) -> None:
    put_packs(office.vault)
    with signed_in(office, "jo") as session:
        book(session, tmp_path)
    spoil(office.vault, _VISIT, "id: first-home-visit", "id: [first-home-visit")
    with signed_in(office, "jo") as session:
        details = {card.detail for card in session.assess.today(CLOCK.now()).sittings}
        assert all("not on this machine" in words and "first-home-visit.yaml" in words for words in details)


def test_a_scenario_that_was_taken_away(office: Desktop, tmp_path: Path) -> None:
    put_packs(office.vault)
    with signed_in(office, "jo") as session:
        book(session, tmp_path)
    (office.vault / "packs" / _VISIT).unlink()
    with signed_in(office, "jo") as session:
        details = {card.detail for card in session.assess.today(CLOCK.now()).sittings}
        assert details == {"Its scenario is not on this machine. Ask the centre manager."}
