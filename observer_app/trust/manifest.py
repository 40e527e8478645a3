# SPDX-License-Identifier: GPL-3.0-or-later
"""The signed manifest of a folder: every file in it by name, size and SHA-256.

`manifest.json` is itself a signed file, so that folder, certificates and root travel together. Whatever is changed,
added or missing afterwards is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from observer_app.errors import BadInput
from observer_app.trust.envelope import seal
from observer_app.trust.keys import PrivateKey
from observer_app.trust.parts import Hashes, Part, Progress, folder_parts, hash_parts, no_progress
from observer_app.trust.programme import Trust, Verified
from observer_app.trust.signed_file import SignedFile, check_signed_file, make_signed_file, read_signed_file
from observer_app.trust.statements import NO_PREVIOUS, Header, build_statement
from observer_app.trust.whole_file import write_durably

__all__ = [
    "MANIFEST_NAME",
    "MAX_MANIFEST",
    "ManifestCheck",
    "check_manifest",
    "check_parts",
    "list_header",
    "read_manifest",
    "write_list",
    "write_manifest",
]

MANIFEST_NAME = "manifest.json"
MAX_MANIFEST = 64 * 1024 * 1024


@dataclass(frozen=True)
class ManifestCheck:
    """What differs from the manifest: names of files, sorted. `fit` counts those that are as signed."""

    verified: Verified
    changed: tuple[str, ...]
    added: tuple[str, ...]
    missing: tuple[str, ...]
    fit: int

    @property
    def ok(self) -> bool:
        """Nothing differs."""
        return not (self.changed or self.added or self.missing)


def list_header(
    trust: Trust,
    signers: Sequence[PrivateKey],
    build: str,
    wall_ms: int,
    *,
    centre: str = "",
    device: str = "",
    monotonic_ms: int = 0,
    boot_id: str = "",
) -> Header:
    """The header of a manifest: outside every device's chain, and no person's, for it says what was given out and not
    what is true."""
    return Header(
        type="manifest",
        sample=trust.sample,
        programme=trust.root.programme,
        centre=centre,
        device=device,
        device_seq=0,
        prev=NO_PREVIOUS,
        person="",
        keys=tuple(k.key_id for k in signers),
        claimed_wall_ms=wall_ms,
        monotonic_ms=monotonic_ms,
        boot_id=boot_id,
        app_build=build,
    )


def write_manifest(
    folder: Path,
    trust: Trust,
    header: Header,
    signers: Sequence[PrivateKey],
    *,
    counts: Mapping[str, int] | None = None,
    progress: Progress = no_progress,
) -> Path:
    """Signs every file in `folder` (but the manifest itself) and writes `manifest.json`; its path.

    `header.type` must be `manifest` and `header.keys` those of `signers`, whose certificates `trust` must know. Names
    must not hold a candidate's name: they are signed. Raises BadInput, EnvironmentFault, DiskFull.
    """
    parts = [p for p in folder_parts(folder) if p.name != MANIFEST_NAME]
    files = [{"path": p.name, "sha256": digest, "size": p.size} for p, digest in hash_parts(parts, progress)]
    return write_list(folder, trust, header, signers, files, counts or {})


def write_list(
    folder: Path,
    trust: Trust,
    header: Header,
    signers: Sequence[PrivateKey],
    files: Sequence[Mapping[str, object]],
    counts: Mapping[str, int],
    *,
    revoked_too: bool = False,
) -> Path:
    """As `write_manifest`, of a folder whose `files` ({"path", "sha256", "size"}, sorted by path) were hashed before.
    `revoked_too` also by a key that has ended since: `make_signed_file`."""
    payload = build_statement(header, {"files": files, "counts": dict(counts)}, limit=MAX_MANIFEST)
    envelope = seal(payload, "manifest", signers, limit=2 * MAX_MANIFEST)
    signed = make_signed_file(
        trust, envelope, limit=2 * MAX_MANIFEST, payload_limit=MAX_MANIFEST, revoked_too=revoked_too
    )
    target = folder / MANIFEST_NAME
    write_durably(target, signed)
    return target


def read_manifest(parts: Sequence[Part]) -> SignedFile:
    """The manifest among the parts of a folder or bundle, not yet verified. Raises BadInput when there is none."""
    for part in parts:
        if part.name == MANIFEST_NAME:
            return read_signed_file(part.read(2 * MAX_MANIFEST), limit=2 * MAX_MANIFEST)
    raise BadInput(
        f"{MANIFEST_NAME} is missing: nothing says which files belong here.", advice="Take the folder as it was given."
    )


def check_parts(
    parts: Sequence[Part],
    file: SignedFile,
    trust: Trust,
    *,
    hashes: Hashes | None = None,
    progress: Progress = no_progress,
) -> ManifestCheck:
    """Verifies the manifest `file` under `trust`, then every part against it.

    `hashes` keeps what was read for the caller, and what the caller has read already. Raises what
    `check_signed_file` raises.
    """
    verified, _ = check_signed_file(file, trust, limit=2 * MAX_MANIFEST, payload_limit=MAX_MANIFEST)
    if verified.statement.type != "manifest":
        raise BadInput(f"{MANIFEST_NAME} is another kind of statement.")
    named = {f["path"]: (f["sha256"], f["size"]) for f in verified.statement.body["files"]}
    here = {p.name: p for p in parts if p.name != MANIFEST_NAME}
    changed = [p.name for p in here.values() if p.name in named and p.size != named[p.name][1]]
    read = [p for p in here.values() if p.name in named and p.size == named[p.name][1]]
    for part, digest in hash_parts(read, progress, hashes):
        if digest != named[part.name][0]:
            changed.append(part.name)
    added, missing = sorted(here.keys() - named.keys()), sorted(named.keys() - here.keys())
    fit = len(named) - len(missing) - len(changed)
    return ManifestCheck(verified, tuple(sorted(changed)), tuple(added), tuple(missing), fit)


def check_manifest(folder: Path, trust: Trust, *, progress: Progress = no_progress) -> ManifestCheck:
    """Checks a folder under its manifest. Raises BadInput without one, IntegrityBroken when it does not hold itself."""
    parts = folder_parts(folder)
    return check_parts(parts, read_manifest(parts), trust, progress=progress)
