# SPDX-License-Identifier: GPL-3.0-or-later
"""The exact packs a record was made with, by their hash: those received first, then those shipped."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from observer_app.domain.framework import Framework
from observer_app.domain.scenario import Scenario
from observer_app.errors import BadInput
from observer_app.packs.fault import PackFault
from observer_app.packs.loading import PackLibrary, load_from_bytes
from observer_app.vault.device import DeviceStore

__all__ = ["PackShelf", "not_offered", "why_not"]

_ASK = "Ask the centre manager."


class PackShelf:
    """Finds packs by hash; what was found is kept in memory, for a hash names one content for ever."""

    def __init__(self, store: DeviceStore, library: PackLibrary) -> None:
        self._store = store
        self._frameworks = {f.ref.sha256: f for f in library.frameworks.values()}
        self._scenarios = {s.ref.sha256: s for s in library.scenarios.values()}

    def find(
        self, framework: Mapping[str, Any], scenario: Mapping[str, Any]
    ) -> tuple[Framework | None, Scenario | None, tuple[str, ...]]:
        """Both packs as a record names them, and a sentence for each that is not here."""
        found = self._framework(framework)
        made_for = self._scenario(scenario, found) if found is not None else None
        missing = []
        if found is None:
            missing.append(_words("framework", framework))
        if made_for is None:
            missing.append(_words("scenario", scenario))
        return found, made_for, tuple(missing)

    def _framework(self, ref: Mapping[str, Any]) -> Framework | None:
        wanted = str(ref["sha256"])
        if wanted not in self._frameworks:
            pack = self._load("framework", wanted)
            if isinstance(pack, Framework):
                self._frameworks[wanted] = pack
        return self._frameworks.get(wanted)

    def _scenario(self, ref: Mapping[str, Any], framework: Framework) -> Scenario | None:
        wanted = str(ref["sha256"])
        if wanted not in self._scenarios:
            pack = self._load("scenario", wanted, framework)
            if isinstance(pack, Scenario):
                self._scenarios[wanted] = pack
        return self._scenarios.get(wanted)

    def _load(self, kind: str, wanted: str, *frameworks: Framework) -> Framework | Scenario | None:
        for kept in self._store.packs(kind):
            if kept.sha256 == wanted and hashlib.sha256(kept.content).hexdigest() == wanted:
                try:
                    return load_from_bytes(kept.content, kept.name, frameworks)
                except BadInput:
                    return None  # a pack with faults is never offered, whoever sent it
        return None


def _words(kind: str, ref: Mapping[str, Any]) -> str:
    return f"The {kind} pack “{ref['id']}”, version {ref['version']}, is not on this machine."


def not_offered(library: PackLibrary, scenarios: Iterable[str]) -> dict[str, str]:
    """Of these scenarios (ids) those that cannot be opened on this machine, each with a sentence why."""
    return {
        scenario: " ".join(why_not(library, scenario)) for scenario in scenarios if scenario not in library.scenarios
    }


def why_not(library: PackLibrary, scenario: str) -> tuple[str, str]:
    """(why a scenario is not offered here, what to do)."""
    fault = library.unsound.get(("scenario", scenario))
    if fault is not None:
        return f"Its scenario has a fault: {_place(fault)}.", _ASK
    named = {fault.file for fault in library.unsound.values()}
    unread = next((fault for fault in library.faults if fault.file not in named), None)
    if unread is not None:
        return f"Its scenario is not on this machine, or it is this file that cannot be read: {_place(unread)}.", _ASK
    return "Its scenario is not on this machine.", _ASK


def _place(fault: PackFault) -> str:
    name = Path(fault.file).name
    return f"{name}, line {fault.line}" if fault.line else name
