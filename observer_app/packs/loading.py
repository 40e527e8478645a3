# SPDX-License-Identifier: GPL-3.0-or-later
"""Loading packs: one at a time (raises), or whole folders (faults beside what is sound).

Invariant: what is handed out has no fault. A faulty pack is never offered, not even in part, and a scenario
is never offered without its framework.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from observer_app.domain.framework import Framework
from observer_app.domain.scenario import Scenario
from observer_app.errors import BadInput
from observer_app.packs.building import build_framework, build_scenario
from observer_app.packs.fault import PackFault, raise_first
from observer_app.packs.meaning import check_framework, check_scenario
from observer_app.packs.reading import SIZE_LIMIT, Source, read_source
from observer_app.packs.shape import check_shape, kind_of

__all__ = [
    "PackLibrary",
    "library_of",
    "load_all",
    "load_framework",
    "load_from_bytes",
    "load_scenario",
    "pack_bytes",
    "pack_files",
]

_ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class PackLibrary:
    """The packs that may be offered, by id, and the faults of those that may not.

    `unsound` maps kind and id of a faulty pack, where both could be read, to its first fault; `contents` a sound pack's
    hash to its file's bytes.
    """

    frameworks: Mapping[str, Framework]
    scenarios: Mapping[str, Scenario]
    faults: tuple[PackFault, ...] = ()
    unsound: Mapping[tuple[str, str], PackFault] = field(default_factory=dict)
    contents: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(slots=True)
class _Shelf:
    """What has been loaded so far. `taken` maps kind and id to the file that holds it."""

    frameworks: dict[str, Framework] = field(default_factory=dict)
    scenarios: dict[str, Scenario] = field(default_factory=dict)
    faults: list[PackFault] = field(default_factory=list)
    taken: dict[tuple[str, str], str] = field(default_factory=dict)
    unsound: dict[tuple[str, str], PackFault] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)

    def note(self, source: Source, kind: str) -> None:
        """Keeps a source's faults, and which pack has them."""
        self.faults += source.faults
        name = source.tree.get("id") if isinstance(source.tree, dict) else None
        if source.faults and isinstance(name, str):
            self.unsound.setdefault((kind, name), min(source.faults))


def pack_bytes(path: Path) -> bytes:
    """The bytes of a pack's file, at most one more than the largest a pack may have. Raises BadInput."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise BadInput("This is not a file.", advice="Name a pack's file or its folder.", file=str(path))
        with path.open("rb") as file:
            return file.read(SIZE_LIMIT + 1)
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or "it cannot be opened"
        advice = "Check its name and place."
        raise BadInput(f"The file cannot be read: {words}.", advice=advice, file=str(path)) from error


def pack_files(folder: Path) -> list[Path]:
    """The pack files in a folder and the folders in it, in a fixed order."""
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in _ENDINGS and p.is_file())


def load_from_bytes(data: bytes, name: str, frameworks: Iterable[Framework] = ()) -> Framework | Scenario:
    """Either kind of pack from its bytes; `name` stands in messages. Raises BadInput, NewerVersion."""
    source = read_source(data, name)
    kind = kind_of(source)
    pack: Framework | Scenario | None = None
    if kind == "framework":
        pack = examine_framework(source, data)
    elif kind == "scenario":
        pack = examine_scenario(source, data, {f.ref.id: f for f in frameworks})
    raise_first(source.faults)
    if pack is None:  # pragma: no cover - no pack without a fault
        raise BadInput("The pack cannot be read.", file=name)
    return pack


def load_framework(path: Path) -> Framework:
    """The framework in a file. Raises BadInput (with file and line), NewerVersion."""
    pack = load_from_bytes(pack_bytes(path), str(path))
    if not isinstance(pack, Framework):
        raise BadInput("This is a scenario, not a framework.", file=str(path))
    return pack


def load_scenario(path: Path, frameworks: Iterable[Framework]) -> Scenario:
    """The scenario in a file; its framework must be among `frameworks`. Raises BadInput, NewerVersion."""
    pack = load_from_bytes(pack_bytes(path), str(path), frameworks)
    if not isinstance(pack, Scenario):
        raise BadInput("This is a framework, not a scenario.", file=str(path))
    return pack


def load_all(folders: Iterable[Path], *, samples: bool = True) -> PackLibrary:
    """Every sound pack in the folders, frameworks and scenarios in any of them. A folder that is not there counts as
    empty. Without `samples` a sample is a faulty pack."""
    packs: list[tuple[str, bytes]] = []
    faults: list[PackFault] = []
    files = {file.resolve(): file for folder in folders for file in pack_files(folder)}
    for path in files.values():
        try:
            packs.append((str(path), pack_bytes(path)))
        except BadInput as error:
            faults.append(PackFault(error.file, error.line, error.message, error.advice))
    library = library_of(packs, samples=samples)
    return replace(library, faults=(*faults, *library.faults))


def library_of(
    packs: Iterable[tuple[str, bytes]], known: Iterable[Framework] = (), *, samples: bool = True
) -> PackLibrary:
    """Every sound pack among (name, bytes), frameworks and scenarios in any order.

    `known` are frameworks that scenarios may name besides; they are not part of the result.
    """
    shelf = _Shelf()
    scenarios: list[tuple[Source, bytes]] = []
    for name, data in packs:
        source = read_source(data, name)
        kind = kind_of(source)
        if kind == "scenario":
            scenarios.append((source, data))
            continue
        framework = examine_framework(source, data) if kind == "framework" else None
        _refuse_sample(source, samples)
        _note_twice(shelf, source, "framework")
        if framework is not None and not source.faults:
            shelf.frameworks[framework.ref.id] = framework
            shelf.contents[framework.ref.sha256] = data
        shelf.note(source, kind or "")
    usable = {f.ref.id: f for f in known} | shelf.frameworks
    for source, data in scenarios:
        _refuse_sample(source, samples)
        _shelve_scenario(shelf, source, data, usable)
    return PackLibrary(shelf.frameworks, shelf.scenarios, tuple(sorted(shelf.faults)), shelf.unsound, shelf.contents)


def _refuse_sample(source: Source, samples: bool) -> None:
    if not samples and isinstance(source.tree, dict) and source.tree.get("sample") is True:
        advice = "Check every word of it against the published text, then write `sample: false`."
        source.fault(("sample",), "This is a sample: nobody may be judged by it.", advice)


def _shelve_scenario(shelf: _Shelf, source: Source, data: bytes, usable: Mapping[str, Framework]) -> None:
    wanted = source.tree.get("framework")
    holder = shelf.taken.get(("framework", wanted)) if isinstance(wanted, str) else None
    scenario = examine_scenario(source, data, usable, faulty_in=holder or "")
    _note_twice(shelf, source, "scenario")
    if scenario is not None and not source.faults:
        shelf.scenarios[scenario.ref.id] = scenario
        shelf.contents[scenario.ref.sha256] = data
    shelf.note(source, "scenario")


def _note_twice(shelf: _Shelf, source: Source, kind: str) -> None:
    """A second file with the same id is a fault of the second, whatever their versions: which would be offered?"""
    name = source.tree.get("id") if isinstance(source.tree, dict) else None
    if not isinstance(name, str):
        return
    if (kind, name) in shelf.taken:
        reason = f"The {kind} '{name[:64]}' is also in {shelf.taken[kind, name]}."
        source.fault(("id",), reason, "Keep one of the two files, or give this one another id.")
    shelf.taken.setdefault((kind, name), source.name)


def examine_framework(source: Source, data: bytes) -> Framework | None:
    """The framework in a source; None when it has faults, which the source then holds."""
    check_shape(source, "framework")
    if not _newer(source):
        check_framework(source)
    return None if source.faults else build_framework(source.tree, data)


def examine_scenario(
    source: Source, data: bytes, frameworks: Mapping[str, Framework], *, faulty_in: str = ""
) -> Scenario | None:
    """As `examine_framework`; `faulty_in` names the file whose framework was found faulty."""
    check_shape(source, "scenario")
    if _newer(source):
        return None
    wanted = source.tree.get("framework")
    framework = frameworks.get(wanted) if isinstance(wanted, str) else None
    check_scenario(source, framework)
    if framework is None and isinstance(wanted, str):
        if faulty_in:
            reason = f"Its framework has faults of its own, in {faulty_in}."
            source.fault(("framework",), reason, "Mend that file first.")
        else:
            advice = f"Known: {', '.join(sorted(frameworks)) or 'none'}."
            source.fault(("framework",), f"The framework '{wanted[:64]}' is not here.", advice)
    return None if source.faults or framework is None else build_scenario(source.tree, data, framework)


def _newer(source: Source) -> bool:
    return any(fault.newer for fault in source.faults)
