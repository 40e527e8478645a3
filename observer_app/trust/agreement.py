# SPDX-License-Identifier: GPL-3.0-or-later
"""Step 9 of `verify` between statements that name the same thing without naming each other.

1. What a machine signed of its recording is what the record of the same observation says of it, and is of the machine
   at which that record was signed. What only one of them names is not compared.
2. A framework or scenario that the programme signed has, under that id and version, no other contents in any record.
   One that nobody signed is not compared: packs need no signature.
3. Who speaks of a record may do so: nobody marks or decides upon their own a second time, an assessor corrects or
   withdraws no one else's, a centre's people speak of their centre's records.
4. An observation is signed once, and a moderator marks a record once: what comes later takes no mark's place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from observer_app.trust.kept import Kept
from observer_app.trust.rules import trespass

__all__ = ["disagreements", "trespasses"]

_LAST = 2**63

Fact = tuple[tuple[str, ...], str]
# By what it is about: everything held to be right of it, with the name of a statement that says so.
Right = dict[tuple[str, ...], dict[str, str]]


def disagreements(seen: Sequence[tuple[str, Kept]]) -> Iterator[tuple[str, str]]:
    """(name, words) for every comparison that could be made of (name, statement); words are "" where they agree."""
    lists = [(name, kept) for name, kept in seen if kept.type == "media"]
    records = [(name, kept) for name, kept in seen if kept.type == "record"]
    films = _right((name, fact) for name, kept in records for fact in _films(kept)) if lists else {}
    for name, kept in lists:
        said = [(what, value) for what, value in _films(kept) if what in films]
        other = _contradicted(said, films)
        if said:
            yield name, f"It says another recording, or is another machine's, than {other}." if other else ""
    signed = _right((n, fact) for n, kept in seen if kept.type == "pack" for fact in _packs(kept))
    for name, kept in records if signed else ():
        for what, value in _packs(kept):
            other = _contradicted([(what, value)], signed)
            if what in signed:
                yield name, f"It names another {what[1]} than was signed ({other})." if other else ""


def _right(told: Iterable[tuple[str, Fact]]) -> Right:
    right: Right = defaultdict(dict)
    for name, (what, value) in told:
        right[what].setdefault(value, name)
    return dict(right)


def _contradicted(said: Iterable[Fact], right: Right) -> str:
    """The name of a statement that says otherwise of something, where none says the same; "" without one."""
    return next((next(iter(right[w].values())) for w, value in said if w in right and value not in right[w]), "")


def _films(kept: Kept) -> Iterator[Fact]:
    """Whose recording of an observation it is, and what each of its segments must be."""
    if kept.recorded:
        observation, *segments = kept.recorded
        yield (kept.root, observation), kept.device
        for words in segments:
            yield (kept.root, observation, words.partition(" ")[0]), words


def _packs(kept: Kept) -> Iterator[Fact]:
    """What a record was rated by, or what the programme signed."""
    for which, sha256 in kept.packs:
        yield (kept.root, which), sha256


def trespasses(seen: Sequence[tuple[str, Kept]]) -> Iterator[tuple[str, str]]:
    """(name, words) for every statement that is against 3 or 4."""
    records = {kept.record_id: kept for _, kept in seen if kept.type == "record"}
    for name, kept in seen:
        about = [records[r] for r in kept.about if r in records and records[r].root == kept.root]
        for record in about:
            words = trespass(kept.type, kept.person, kept.of_centre, kept.roles, (record.person, record.centre))
            if words:
                yield name, words
    yield from _again(seen)


def _again(seen: Sequence[tuple[str, Kept]]) -> Iterator[tuple[str, str]]:
    """The log's order says which came first; what is proven nowhere came last, in its machine's order."""
    void = {record for _, kept in seen if kept.type == "void" for record in kept.about}
    first: dict[tuple[str, ...], tuple[tuple[int, int], str, str]] = {}
    for name, kept in seen:
        if kept.record_id in void or kept.type not in ("record", "second_mark"):
            continue
        what = kept.observation or (kept.person, *kept.about)
        key = (kept.root, kept.type, what) if isinstance(what, str) else (kept.root, kept.type, *what)
        here = ((kept.place.at if kept.place else _LAST, kept.device_seq), kept.record_id, name)
        other = first.setdefault(key, here)
        if other is not here:
            (_, _, earlier), (_, _, later) = sorted((other, here))
            first[key] = min(other, here)
            yield later, f"It was signed a second time; the first: {earlier}."
