# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a machine keeps what, and which packs are offered on it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_data_path

from observer_app.shipped import shipped

if TYPE_CHECKING:
    from observer_app.packs.loading import PackLibrary
    from observer_app.vault.device import DeviceStore

__all__ = ["default_vault", "keep_packs", "library_for", "make_pack_folders", "pack_folders", "recorder_state"]


def default_vault(sample_day: bool) -> Path:
    """The folder of this machine's stores when none is named; a sample day has its own, always thrown away with it."""
    return user_data_path("Observer", appauthor=False) / ("sample-day" if sample_day else "stores")


def recorder_state(vault: Path) -> Path:
    """Where running recorders are found again."""
    return vault / "recorders"


def pack_folders(vault: Path, sample: bool) -> tuple[list[Path], list[Path]]:
    """(frameworks' folders, scenarios' folders). The shipped packs are samples, so only a sample programme offers
    them; a real one offers what was put into `packs/` of its own folder."""
    own = vault / "packs"
    frameworks = [p for p in (own / "rubrics",) if p.is_dir()]
    scenarios = [p for p in (own / "scenarios",) if p.is_dir()]
    if sample:
        frameworks.insert(0, shipped("rubrics"))
        scenarios.insert(0, shipped("resources") / "scenarios")
    return frameworks, scenarios


def make_pack_folders(vault: Path) -> None:
    """Empty folders for a real programme's own packs, with a word on what goes there."""
    for kind in ("rubrics", "scenarios"):
        (vault / "packs" / kind).mkdir(parents=True, exist_ok=True)
    words = """Frameworks go into rubrics/, scenarios into scenarios/, as YAML files.
The samples that come with Observer can be copied and changed: set `sample: false` in your own.
Check them with: observer packs check PATH
They are offered when the next person signs in on this machine.
"""
    (vault / "packs" / "READ-ME.txt").write_text(words, encoding="utf-8")


def library_for(vault: Path, sample: bool) -> PackLibrary:
    """The packs offered on this machine; faulty ones are left out and named in `faults`."""
    from observer_app.packs.loading import PackLibrary, load_all

    library = load_all(*pack_folders(vault, sample))
    if sample:
        return library
    frameworks = {k: f for k, f in library.frameworks.items() if not f.sample}
    scenarios = {k: s for k, s in library.scenarios.items() if not s.sample and s.framework_id in frameworks}
    return PackLibrary(frameworks, scenarios, library.faults)


def keep_packs(store: DeviceStore, vault: Path, sample: bool) -> None:
    """Keeps the packs offered today in the store: what was rated on one can be read when it is long replaced."""
    from observer_app.packs.loading import pack_bytes, pack_files

    known = {pack.sha256 for pack in store.packs()}
    for kind, folders in zip(("framework", "scenario"), pack_folders(vault, sample), strict=True):
        for folder in folders:
            for path in pack_files(folder):
                content = pack_bytes(path)
                sha256 = hashlib.sha256(content).hexdigest()
                if sha256 not in known:
                    store.put_pack(sha256, kind, path.name, content)
