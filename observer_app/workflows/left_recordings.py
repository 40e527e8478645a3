# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings nobody will sign a record of: of an interview that was broken off, or opened for the wrong candidate.

Their machine says by itself what it recorded, as it does before any record is signed, once the recorder has closed its
files: who exchanges or shortens such a film later is found out too. The film stays on the machine.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from observer_app.errors import ObserverError
from observer_app.vault.device import DeviceStore
from observer_app.vault.objects import ObjectFiles
from observer_app.vault.person import PersonVault
from observer_app.workflows.recording import RecorderPort
from observer_app.workflows.review_parts import WAIT_S
from observer_app.workflows.sealing import media_rows, sign_recordings
from observer_app.workflows.signing import Signatory

__all__ = ["sign_left_recordings"]

_NEVER_SIGNED = ("abandoned", "reopened")


def sign_left_recordings(
    vault: PersonVault,
    store: DeviceStore,
    files: ObjectFiles,
    signatory: Signatory,
    recorder: Callable[[], RecorderPort],
) -> int:
    """SLOW. Signs those this person left and that are on this disk; of how many interviews. What cannot be closed or
    signed now waits for the next time."""
    done = 0
    for kept in vault.observations():
        if kept.state not in _NEVER_SIGNED or any(k.own for k in store.statements.about(kept.id, "media")):
            continue
        recordings = [r.id for r in store.recordings(kept.id) if files.recording(r.id).is_dir()]
        with suppress(ObserverError, TimeoutError):
            for recording in recordings:
                _close(recorder(), recording)
            rows = media_rows(recordings, files.recording, vault.evidence_key(kept.id)) if recordings else []
            sign_recordings(signatory, kept.id, rows)
            done += bool(rows)
    return done


def _close(recorder: RecorderPort, recording: str) -> None:
    """By a recorder of its own: the one in use may be what asks. One that runs from before is found and ended."""
    try:
        recorder.stop(recording).result(WAIT_S)
    finally:
        recorder.leave()
