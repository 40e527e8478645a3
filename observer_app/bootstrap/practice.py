# SPDX-License-Identifier: GPL-3.0-or-later
"""A practice run: the real screens over a sample centre of their own that is thrown away.

Nothing of it can become a result, and not because somebody remembers to ask:

1. its stores are a folder of their own under the sample programme, whose statements every real central store refuses;
2. who sits in it has nobody's key to sign with: whatever is signed goes through `_NeverSigns`;
3. it has no way out: all it gives is an observation and its review, and nothing in either sends;
4. the folder is gone when the practice ends, and what a crash left of one when the next begins.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from observer_app.bootstrap.sample_day import ensure_sample_day, sample_clip
from observer_app.bootstrap.sample_people import PEOPLE
from observer_app.bootstrap.session import Session
from observer_app.capture.client import RecorderClient
from observer_app.domain.moment import Clock
from observer_app.domain.roles import Role
from observer_app.errors import NotAllowed, ObserverError
from observer_app.vault.people import open_person
from observer_app.workflows.live import LiveObservation
from observer_app.workflows.review import ReviewObservation
from observer_app.workflows.signing import Signatory

__all__ = ["Practice", "begin_practice"]

_PREFIX = "practice-"
_CLIP_S = 20


def _never(*_: Any, **__: Any) -> NoReturn:
    advice = "Go back to Today when you are ready."
    raise NotAllowed("This was practice: nothing of it is signed, kept or sent.", advice=advice)


class _NeverSigns(Signatory):
    """In a practice there is nothing to sign with."""

    unlock = sign = sign_as_centre = sign_as_machine = _never


class Practice:
    """PracticePort: one observation of a made-up candidate, and its review."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        """SLOW. `folder` is emptied when the practice ends."""
        self._folder, self._clock = folder, clock
        person = next(p for p in PEOPLE if p.role is Role.ASSESSOR)
        ensure_sample_day(folder, clock, datetime.now())
        secrets = open_person(folder, person.name, person.passphrase, clock.now())
        self._session = Session(folder, clock, secrets)
        s = self._session.signatory
        self._session.signatory = _NeverSigns(s.root, s.machine, s.store, s.clock, s.person, s.keys)
        self._sitting = self._session.assess.today(clock.now()).sittings[0].sitting
        self._live: LiveObservation | None = None

    def live(self) -> LiveObservation:
        """The observation, opened or gone on with."""
        self._live = self._session.assess.open(self._sitting, self._clock.now())
        return self._live

    def review(self) -> ReviewObservation:
        """Its review; whatever it would sign is refused."""
        return self._session.assess.review(self._sitting)

    def close(self) -> None:
        """SLOW. Ends it and throws everything of it away; may be called again."""
        if self._live is not None and not self._live.closed:
            with suppress(ObserverError, TimeoutError):  # a recorder that does not answer is stopped by `_throw_away`
                self._live.finish(self._clock.now())
        self._session.lock()
        _throw_away(self._folder)


def begin_practice(root: Path, clock: Clock) -> Practice:
    """SLOW. A new practice beside the stores in `root`; what a crash left of earlier ones goes first."""
    for left in root.glob(f"{_PREFIX}*"):
        _throw_away(left)
    clip = sample_clip(root, _CLIP_S)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=root))
    try:
        shutil.copy(clip, folder / clip.name)
        return Practice(folder, clock)
    except BaseException:
        _throw_away(folder)
        raise


def _throw_away(folder: Path) -> None:
    state = folder / "recorders"
    for name in RecorderClient.known(state) if state.is_dir() else []:
        with suppress(ObserverError, OSError):
            client = RecorderClient.attach(state, name)
            if client is not None:
                client.stop()
                client.close()
    shutil.rmtree(folder, ignore_errors=True)
