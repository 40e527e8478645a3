# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a machine keeps what, and which packs are offered on it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_data_path

from observer_app.shipped import shipped

if TYPE_CHECKING:
    from observer_app.packs.loading import PackLibrary
    from observer_app.vault.device import DeviceStore
    from observer_app.workflows.board_views import PacksView

__all__ = [
    "PACKS", "default_vault", "keep_packs", "library_for", "make_pack_folders", "pack_folders", "packs_view",
    "recorder_state",
]  # fmt: skip

PACKS = "packs"


def default_vault(sample_day: bool) -> Path:
    """The folder of this machine's stores when none is named; a sample day has its own, always thrown away with it."""
    return user_data_path("Observer", appauthor=False) / ("sample-day" if sample_day else "stores")


def recorder_state(vault: Path) -> Path:
    """Where running recorders are found again."""
    return vault / "recorders"


def pack_folders(vault: Path, sample: bool) -> list[Path]:
    """Where packs are read from. The shipped ones are samples, so only a sample programme offers them; a real one
    offers what was put into `packs/` of its own folder."""
    own = vault / PACKS
    return [shipped("rubrics"), shipped("resources") / "scenarios", own] if sample else [own]


def make_pack_folders(vault: Path) -> None:
    """Empty folders for a real programme's own packs, with a word on what goes there."""
    for kind in ("rubrics", "scenarios"):
        (vault / PACKS / kind).mkdir(parents=True, exist_ok=True)
    words = """Frameworks go into rubrics/, scenarios into scenarios/, as YAML files whose names end in .yaml.
The samples that come with Observer can be copied and changed: set `sample: false` in your own.
Check them with: observer packs check PATH
They are read when somebody signs in. What is wrong with one is said to the centre manager, under Import.
Every machine needs the same files.
"""
    (vault / PACKS / "READ-ME.txt").write_text(words, encoding="utf-8")


def library_for(vault: Path, sample: bool) -> PackLibrary:
    """The packs offered on this machine; faulty ones are left out and named in `faults`."""
    from observer_app.packs.fault import PackFault
    from observer_app.packs.loading import load_all

    library = load_all(pack_folders(vault, sample), samples=sample)
    advice = "Take away what stands behind .yaml in its name."
    misnamed = [
        PackFault(str(path), 0, "The file is not read, for its name does not end in .yaml.", advice)
        for path in sorted((vault / PACKS).rglob("*"))
        if _misnamed(path.name) and path.is_file()
    ]
    return replace(library, faults=(*library.faults, *misnamed))


def _misnamed(name: str) -> bool:
    """As `visit.yaml.txt`: an editor added an ending, and the folder's window does not show it."""
    return re.fullmatch(r"[^.].*\.ya?ml\.[^.~]+", name, re.IGNORECASE) is not None


def packs_view(vault: Path, library: PackLibrary) -> PacksView:
    """What the manager is told of the packs here; files are named from the folder they belong into."""
    from observer_app.workflows.board_views import PacksView, PackTrouble

    own = vault / PACKS

    def called(file: str) -> str:
        path = Path(file)
        return path.relative_to(own).as_posix() if path.is_relative_to(own) else path.name

    troubles = tuple(PackTrouble(called(f.file), f.line, f.reason, f.advice) for f in library.faults)
    return PacksView(str(own), len(library.scenarios), troubles)


def keep_packs(store: DeviceStore, library: PackLibrary) -> None:
    """Keeps the packs offered today in the store: what was rated on one can be read when it is long replaced."""
    known = {pack.sha256 for pack in store.packs()}
    offered = [("framework", f.ref) for f in library.frameworks.values()]
    offered += [("scenario", s.ref) for s in library.scenarios.values()]
    for kind, ref in offered:
        if ref.sha256 not in known:
            store.put_pack(ref.sha256, kind, f"{ref.id}.yaml", library.contents[ref.sha256]).result()
