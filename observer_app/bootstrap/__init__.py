# SPDX-License-Identifier: GPL-3.0-or-later
"""The composition root: only here are concrete things constructed and handed to each other."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from observer_app.errors import BadInput
from observer_app.workflows.board_views import ExportView

if TYPE_CHECKING:
    from observer_app.bootstrap.session import Session

__all__ = ["back_up_once", "exchange_once", "export_day", "give_out", "open_window", "restore_once"]

_SWITCH_S = 0.001  # the disk's answer to a rating does not wait Python's usual 5 ms behind a window that is drawing


def open_window(vault: Path | None, *, sample_day: bool = False) -> int:
    """The desktop app until its window is closed; the exit status."""
    from observer_app.bootstrap.clock import MachineClock
    from observer_app.bootstrap.desktop import Desktop, warm_up
    from observer_app.bootstrap.machine_files import default_vault
    from observer_app.bootstrap.sample_central import SampleCentral
    from observer_app.ui.app import run_app

    sys.setswitchinterval(_SWITCH_S)
    folder, clock = vault or default_vault(sample_day), MachineClock()
    if not sample_day:
        return run_app(Desktop(folder, clock), sys.argv[:1], warm_up)
    Desktop(folder, clock).enrol.sample_day()
    central = SampleCentral(folder / "central")
    try:
        return run_app(Desktop(folder, clock, lambda: central.url), sys.argv[:1], warm_up)
    finally:
        central.stop()


def exchange_once(vault: Path, central: str, person: str, passphrase: str, progress: Callable[[str], None]) -> str:
    """Sends and fetches once; a sentence."""
    session = sign_in(vault, person, passphrase)
    try:
        session.send.use(central)
        return session.send.exchange(progress)
    finally:
        session.lock()


def back_up_once(vault: Path, target: Path, person: str, passphrase: str, progress: Callable[[str], None]) -> str:
    """Backs a machine up below `target`; a sentence."""
    session = sign_in(vault, person, passphrase)
    try:
        return session.back_up(target, _in_words("Backing up", progress))
    finally:
        session.lock()


def restore_once(
    place: Path, vault: Path, root: Path | None, person: str, passphrase: str, progress: Callable[[str], None]
) -> str:
    """Makes `vault` the machine whose backup lies in `place`; a sentence."""
    from observer_app.bootstrap.clock import MachineClock
    from observer_app.bootstrap.restore import restore
    from observer_app.trust.verify import load_root

    believed = load_root(root) if root is not None else None
    return restore(place, vault, person, passphrase, MachineClock().now(), root=believed,
                   progress=_in_words("Restoring", progress))  # fmt: skip


def _in_words(copying: str, progress: Callable[[str], None]) -> Callable[[str, int, int], None]:
    """How far a stick is, for the command line: a line whenever something else is being done, or for each file."""
    steps = {"copying": copying, "checking": "Checking", "opening": "Opening the stores", "signing": "Signing the list"}
    said = ""

    def tell(step: str, done: int, total: int) -> None:
        nonlocal said
        far = f": {done} of {total}" if step == "copying" else f": {100 * done // max(1, total)} %"
        words = steps[step] + (far if step in ("copying", "checking") else "")
        if words != said:
            said = words
            progress(words)

    return tell


def export_day(vault: Path, day: str, out: Path, person: str, passphrase: str) -> ExportView:
    """Exports one day as its manager."""
    session = sign_in(vault, person, passphrase)
    try:
        return session.centre.export(day, out, lambda done, total: None)
    finally:
        session.lock()


def give_out(
    vault: Path, person: str, passphrase: str, record: str, purpose: str, reason: str, file: Path,
    span: tuple[int, int] | None,
) -> str:  # fmt: skip
    """A stretch of a record's recording (ms), or without one its marks, as files; the id of what is written down."""
    from observer_app.workflows.releases import Asked, Releases

    session = sign_in(vault, person, passphrase)
    try:
        releases, asked = Releases(session.reader, session.signatory), Asked(purpose, reason, passphrase, file)
        return releases.clip(record, *span, asked) if span is not None else releases.marks(record, asked)
    finally:
        session.lock()


def sign_in(vault: Path, person: str, passphrase: str) -> Session:
    """SLOW. A session of the person named, or the only one enrolled; to be locked by the caller."""
    from observer_app.bootstrap.clock import MachineClock
    from observer_app.bootstrap.desktop import Desktop

    desktop = Desktop(vault, MachineClock())
    people = desktop.people()
    if not people:
        raise BadInput("There are no stores of Observer in this folder.", advice="Name the folder with --vault.")
    if not person and len(people) > 1:
        names = ", ".join(p.handle for p in people)
        raise BadInput("Several people are enrolled on this machine.", advice=f"Choose one with --person: {names}.")
    return desktop.sign_in(person or people[0].handle, passphrase)
