# SPDX-License-Identifier: GPL-3.0-or-later
"""The people and bookings of a sample day: plainly nobody, their passphrases meant to be read off the screen."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from observer_app.domain.roles import Role
from observer_app.domain.scenario import Scenario
from observer_app.domain.sitting import Candidate, Consent, Sitting
from observer_app.shipped import shipped

if TYPE_CHECKING:
    from observer_app.bootstrap.enrolling import NewPerson

__all__ = [
    "ACTORS", "PEOPLE", "SamplePerson", "sample_file", "sample_photo", "sample_sittings", "write_sample_day",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """Someone who does not exist."""

    person: str
    name: str
    role: Role
    passphrase: str

    def new(self) -> NewPerson:
        """As to be enrolled; the sign-in name is the name."""
        from observer_app.bootstrap.enrolling import NewPerson  # the sign-in page wants these names and no stores

        return NewPerson(self.person, self.name, self.name, frozenset({self.role}), self.passphrase)


PEOPLE = (
    SamplePerson("p-sample-assessor-a", "Sample Assessor A", Role.ASSESSOR, "sample oak river lamp"),
    SamplePerson("p-sample-assessor-b", "Sample Assessor B", Role.ASSESSOR, "sample elm meadow bell"),
    SamplePerson("p-sample-manager", "Sample Manager", Role.MANAGER, "sample ash harbour key"),
    SamplePerson("p-sample-moderator-m", "Sample Moderator M", Role.MODERATOR, "sample yew window star"),
)
ACTORS = tuple((f"sample-actor-{n}", f"Sample Actor {n}") for n in range(1, 5))
_PHOTOS = 8


def sample_photo(number: int) -> bytes:
    """A drawn portrait (PNG), in turn."""
    name = f"sample-{(number - 1) % _PHOTOS + 1:02}.png"
    return (shipped("resources") / "sample_photos" / name).read_bytes()


def sample_sittings(now: datetime, scenarios: list[Scenario], count: int = 8) -> list[Sitting]:
    """Bookings around `now` for Assessor A and B in turn, two at a time in two rooms; the first pair is due now."""
    first = now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0)
    latest = now.replace(hour=23, minute=0) - timedelta(minutes=45 * (count // 2 - 1))
    first = min(first, latest) if latest > now.replace(hour=0, minute=0) else first
    sittings = []
    for number in range(1, count + 1):
        pair, room = (number - 1) // 2, (number - 1) % 2
        scenario = scenarios[pair % len(scenarios)]
        candidate = Candidate(
            f"S-{number:04}", f"Sample Candidate {number:02}", f"SW-SAMPLE-{number:02}", sample_photo(number)
        )
        sittings.append(
            Sitting(
                id="s-" + hashlib.sha256(f"sample|{now.date()}|{number}".encode()).hexdigest()[:24],
                candidate=candidate,
                day=now.date().isoformat(),
                session=1 + pair * 3 // max(1, count // 2),
                starts=(first + timedelta(minutes=45 * pair)).strftime("%H:%M"),
                room=f"Room {room + 1}",
                framework_id=scenario.framework_id,
                scenario_id=scenario.ref.id,
                assessor=PEOPLE[room].person,
                actor=ACTORS[pair % len(ACTORS)][0],
                extra_percent=25 if number == 3 else 0,
                consent=Consent.GIVEN,
            )
        )
    return sittings


def sample_file(sittings: list[Sitting], scenarios: dict[str, Scenario]) -> str:
    """The same bookings as the booking system would export them (CSV)."""
    names = {p.person: p.name for p in PEOPLE}
    rows = [
        "date,session,start,room,candidate_id,candidate_name,registration,scenario,assessor,actor,extra_time_percent"
    ]
    for s in sittings:
        title = scenarios[s.scenario_id].title
        row = (s.day, s.session, s.starts, s.room, s.candidate.id, s.candidate.name, s.candidate.registration, title,
               names[s.assessor], s.actor, s.extra_percent)  # fmt: skip
        rows.append(",".join(f'"{cell}"' for cell in row))
    return "\n".join(rows) + "\n"


def write_sample_day(file: Path, sittings: list[Sitting], scenarios: dict[str, Scenario]) -> None:
    """The bookings' file, and the candidates' photos in a folder beside it, as the import page takes them in."""
    file.write_text(sample_file(sittings, scenarios), encoding="utf-8")
    photos = file.parent / "photos"
    photos.mkdir(exist_ok=True)
    for s in sittings:
        (photos / f"{s.candidate.id}.png").write_bytes(s.candidate.photo)
