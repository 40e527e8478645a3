# SPDX-License-Identifier: GPL-3.0-or-later
"""Checking packs for their authors: every fault of every file, with its line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from observer_app.domain.framework import Framework
from observer_app.errors import BadInput
from observer_app.packs.fault import PackFault
from observer_app.packs.loading import PackLibrary, library_of, load_framework, pack_bytes, pack_files
from observer_app.shipped import shipped

__all__ = ["check_paths", "library_at"]


def check_paths(paths: Iterable[Path]) -> list[PackFault]:
    """Every fault of the packs in files and folders, by file and line; empty when all is well."""
    return sorted(library_at(paths).faults)


def library_at(paths: Iterable[Path], *, samples: bool = True) -> PackLibrary:
    """The packs in files and folders, with their faults; without `samples` a sample is one.

    A scenario finds its framework among these files, then beside itself, then among those shipped.
    """
    faults: list[PackFault] = []
    files = _files(paths, faults)
    packs: list[tuple[str, bytes]] = []
    for path in files:
        try:
            packs.append((str(path), pack_bytes(path)))
        except BadInput as error:
            faults.append(PackFault(error.file, error.line, error.message, error.advice))
    library = library_of(packs, _around(files), samples=samples)
    return replace(library, faults=(*faults, *library.faults))


def _files(paths: Iterable[Path], faults: list[PackFault]) -> list[Path]:
    """The files meant, each once, in the order named."""
    found: dict[Path, Path] = {}
    for path in paths:
        if path.is_dir():
            inside = pack_files(path)
            if not inside:
                faults.append(PackFault(str(path), 0, "There is no pack in this folder.", "Packs end in .yaml."))
            found.update((file.resolve(), file) for file in inside)
        else:
            found[path.resolve()] = path
    return list(found.values())


def _around(files: list[Path]) -> list[Framework]:
    """Sound frameworks that are not being checked themselves; those beside a checked file come last and so win."""
    folders = [shipped("rubrics"), *dict.fromkeys(file.parent for file in files)]
    checked = {file.resolve() for file in files}
    found: list[Framework] = []
    for folder in folders:
        for path in sorted(folder.glob("*.y*ml")):
            if path.resolve() in checked:
                continue
            try:
                found.append(load_framework(path))
            except BadInput:
                continue  # a scenario, or a faulty neighbour nobody asked about
    return found
