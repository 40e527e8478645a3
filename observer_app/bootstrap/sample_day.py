# SPDX-License-Identifier: GPL-3.0-or-later
"""The sample day: a centre on one machine, its people, today's bookings, and a made clip as the room's camera.

Everything goes through the same stores, keys and signatures as a real day; only the programme is the sample one, whose
root key is published, so that nothing made here can ever count.
"""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from pathlib import Path

from observer_app.bootstrap.enrolling import add_person, make_machine, sample_centre, setting_up, unfinished
from observer_app.bootstrap.machine_files import library_for
from observer_app.bootstrap.sample_people import ACTORS, PEOPLE, sample_sittings
from observer_app.capture.made_clip import make_clip
from observer_app.domain.moment import Clock
from observer_app.domain.roles import Role
from observer_app.domain.sitting import Sitting
from observer_app.errors import Conflict
from observer_app.trust.passphrase import CHEAP_COST
from observer_app.trust.samples import sample_root
from observer_app.vault.device import DeviceStore, KnownPerson
from observer_app.vault.objects import ObjectFiles
from observer_app.vault.people import device_store_path, enrolled_people, open_person
from observer_app.vault.sittings import encode_sittings
from observer_app.workflows.enrolment import load_machine
from observer_app.workflows.recording import CameraSettings
from observer_app.workflows.room import keep_camera
from observer_app.workflows.rosters import PreparedRoster
from observer_app.workflows.signing import Signatory

__all__ = ["SAMPLE_CENTRE", "ensure_sample_day", "name_people", "sample_clip"]

SAMPLE_CENTRE = "Sample Centre North"
_CLIP_S = 60
_SCENARIOS = ("first-home-visit", "missing-evenings", "after-the-call", "joining-a-new-school")


def sample_clip(folder: Path, seconds: float = _CLIP_S) -> Path:
    """The made clip that stands in for the room's camera; made once."""
    path = folder / "sample-room.mp4"
    if not path.exists():
        part = folder / "sample-room.part.mp4"
        make_clip(part, seconds, fps=25, title="Sample room: drawn people, no real interview")
        part.replace(path)
    return path


def ensure_sample_day(vault: Path, clock: Clock, now: datetime) -> None:
    """SLOW. Sets the machine up if it is not, and adds today's bookings if there are none. Raises Conflict when the
    folder belongs to a real programme."""
    if not device_store_path(vault).exists() or unfinished(vault):
        _set_up(vault, clock)
    manager = next(p for p in PEOPLE if p.role is Role.MANAGER)
    if manager.person not in {p.person for p in enrolled_people(vault)}:
        advice = "Choose another folder for the sample day."
        raise Conflict("This machine is set up for something other than a sample day.", advice=advice)
    secrets = open_person(vault, manager.name, manager.passphrase, clock.now())
    store = DeviceStore(device_store_path(vault), secrets.device_key)
    try:
        keep_camera(store, CameraSettings(str(sample_clip(vault)), loop=True, fps=25))
        if now.date().isoformat() not in store.sittings.days():
            signatory = Signatory(vault, load_machine(store), store, clock, secrets.person, secrets.keys)
            _book(vault, signatory, now)
    finally:
        store.close()


def _set_up(vault: Path, clock: Clock) -> None:
    now_ms = clock.now().wall_ms
    centre = sample_centre(SAMPLE_CENTRE, now_ms)
    with setting_up(vault, len(PEOPLE)):
        store, key = make_machine(vault, centre, sample_root(), "Sample machine", now_ms, holds_centre=True)
        with closing(store):
            for person in PEOPLE:
                add_person(
                    vault, store, key, person.new(), centre.certificate, centre.keys.signing, now_ms, cost=CHEAP_COST
                )
            name_people(store)


def name_people(store: DeviceStore) -> None:
    """Names for the sample people's and actors' ids, so that no screen shows an id."""
    for actor, name in ACTORS:
        store.put_person(KnownPerson(actor, name, frozenset())).result()
    for person in PEOPLE:
        store.put_person(KnownPerson(person.person, person.name, frozenset({person.role}))).result()


def _book(vault: Path, signatory: Signatory, now: datetime) -> None:
    """Today's bookings, signed by the centre, the first two candidates already checked in."""
    store, library = signatory.store, library_for(vault, sample=True)
    scenarios = [library.scenarios[name] for name in _SCENARIOS if name in library.scenarios]
    sittings = sample_sittings(now, scenarios)
    day = sittings[0].day
    prepared = PreparedRoster(day, store, ObjectFiles(vault), signatory.machine, encode_sittings(sittings))
    signed = signatory.sign_as_centre(
        "roster", prepared.body, about=f"roster-{day}", send=prepared.send, wraps=prepared.wraps,
        objects=prepared.objects,
    )  # fmt: skip
    store.sittings.put_roster(signed.result(), day, prepared.content).result()
    for sitting in sittings[:2]:
        _check_in(signatory, sitting)


def _check_in(signatory: Signatory, sitting: Sitting) -> None:
    at = signatory.clock.now()
    for kind in ("identity_checked", "arrived"):
        signatory.store.sittings.append(sitting.day, sitting.id, kind, signatory.person, at).result()
