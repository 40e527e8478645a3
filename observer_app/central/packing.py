# SPDX-License-Identifier: GPL-3.0-or-later
"""`observer central enrol packs`: the programme signs its frameworks and scenarios, each an entry of the log.

A record names the hash of what it was rated by. With this, anyone can tell that it was the programme's own; without a
signature a pack still works. One id and version is signed for one content only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from observer_app import BUILD
from observer_app.central.store import CentralStore, now_ms
from observer_app.errors import BadInput, Conflict
from observer_app.packs.check import library_at
from observer_app.trust.certificates import vouch_for_pack
from observer_app.trust.envelope import open_envelope
from observer_app.trust.keys import PrivateKey
from observer_app.trust.statements import read_statement

__all__ = ["SignedPack", "sign_packs"]


@dataclass(frozen=True, slots=True)
class SignedPack:
    """A pack the log now has a signature for. `new`: it had none before."""

    kind: str
    id: str
    version: str
    sha256: str
    new: bool


def sign_packs(store: CentralStore, paths: Iterable[Path], root_key: Callable[[], PrivateKey]) -> list[SignedPack]:
    """Signs every pack in files and folders with the programme's root and logs it: none while one of them is faulty.

    Raises BadInput (a fault, by file and line; a sample in a real programme), Conflict (other contents were signed
    under that id and version).
    """
    library = library_at(paths, samples=store.registry.trust.sample)
    if library.faults:
        first = min(library.faults)
        raise BadInput(first.reason, advice=first.advice, file=first.file, line=first.line)
    known, made, found = _signed(store), list[bytes](), list[SignedPack]()
    packs = [("framework", f.ref) for f in library.frameworks.values()]
    packs += [("scenario", s.ref) for s in library.scenarios.values()]
    for kind, ref in packs:
        before = known.get((kind, ref.id, ref.version))
        if before not in (None, ref.sha256):
            raise Conflict(
                f"The {kind} {ref.id} {ref.version} was signed with other contents.", advice="Give it a new version."
            )
        found.append(SignedPack(kind, ref.id, ref.version, ref.sha256, before is None))
    key = root_key() if any(p.new for p in found) else None
    for p in found:
        if p.new and key is not None:
            named = {"id": p.id, "version": p.version, "sha256": p.sha256}
            size, root = len(library.contents[p.sha256]), store.registry.trust.root
            made.append(vouch_for_pack(root, [key], named, kind=p.kind, size=size, at_ms=now_ms(), build=BUILD))
    for answer in store.intake.accept(made).answers:
        if answer.refusal is not None:
            raise BadInput(answer.refusal.message, advice=answer.refusal.advice)
    return found


def _signed(store: CentralStore) -> dict[tuple[str, str, str], str]:
    """What the programme itself signed: kind, id and version to the hash."""
    found = {}
    for (data,) in store.database.rows("SELECT envelope FROM statement WHERE type = 'pack' AND centre = ''"):
        body = read_statement(open_envelope(bytes(data)).payload).body
        found[body["kind"], body["pack"]["id"], body["pack"]["version"]] = body["pack"]["sha256"]
    return found
