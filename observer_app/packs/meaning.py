# SPDX-License-Identifier: GPL-3.0-or-later
"""What a shape cannot say: that the parts of a pack fit each other.

Every check takes what it can from a file that may also be wrong in shape, so that an author sees all faults at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeGuard

from observer_app.domain.framework import Framework
from observer_app.packs.reading import Place, Source

__all__ = ["check_framework", "check_scenario"]


def check_framework(source: Source) -> None:
    """Note every way in which a framework's parts do not fit each other."""
    tree = source.tree
    values = _check_scale(source, ("scale",))
    _check_scale(source, ("global_rating", "scale"))
    domains = list(_rows(tree, ("domains",)))
    _check_unique(source, ((place, row) for place, row in domains), "id")
    criteria = [found for place, row in domains for found in _rows_in(row, place, "criteria")]
    _check_unique(source, criteria, "id")
    known = {str(row.get("id")) for _, row in criteria}
    cut = _at(tree, ("rules", "cut"))
    if _is_whole(cut) and values:
        if cut not in values:
            source.fault(("rules", "cut"), f"The cut {cut} is not a point of the scale.", _list_of(values))
        elif cut == values[0]:
            source.fault(("rules", "cut"), "With the cut at the lowest point nobody can fail.", _list_of(values[1:]))
    must = _at(tree, ("rules", "must_pass"))
    _check_names(source, ("rules", "must_pass"), must, known, "this framework")
    _check_unique(source, _rows(tree, ("snippets",)), "keys")


def check_scenario(source: Source, framework: Framework | None) -> None:
    """Note every way in which a scenario's parts do not fit each other, or `framework` (None: not found)."""
    tree = source.tree
    phases = list(_rows(tree, ("phases",)))
    _check_unique(source, phases, "id")
    _check_phases(source, phases)
    _check_scale(source, ("global_rating", "scale"))
    criteria = list(_rows(tree, ("criteria",)))
    _check_unique(source, criteria, "id")
    _check_unique(source, criteria, "title")
    for place, row in criteria:
        _check_distinct_anchors(source, place, row)
    if framework is None:
        return
    if framework.sample and tree.get("sample") is False:
        reason = "A scenario on a sample framework is itself a sample."
        source.fault(("sample",), reason, "Write 'sample: true', or name a framework that is in force.")
    known = {criterion.id for criterion in framework.criteria()}
    for place, row in criteria:
        _check_names(source, (*place, "framework"), row.get("framework"), known, f"'{framework.title}'")
        _check_anchors(source, place, row, framework.scale.values)
    _check_must_pass(source, framework, criteria)


def _check_scale(source: Source, place: Place) -> list[int]:
    """The values of a scale, in file order; faults where they do not rise or a label repeats."""
    rows = list(_rows(source.tree, place))
    values: list[int] = []
    for at, row in rows:
        value = row.get("value")
        if not _is_whole(value):
            continue
        if values and value <= values[-1]:
            reason = f"The scale must rise: {value} stands after {values[-1]}."
            source.fault((*at, "value"), reason, "Begin with the lowest point.")
        values.append(value)
    _check_unique(source, rows, "label")
    return sorted(set(values))


def _check_phases(source: Source, phases: list[tuple[Place, dict[str, Any]]]) -> None:
    for place, row in phases:
        minutes, warn = row.get("minutes"), row.get("warn_at")
        for number, left in enumerate(warn if isinstance(warn, list) else ()):
            if _is_whole(left) and _is_whole(minutes) and left >= minutes > 0:
                reason = f"A reminder at {left} minutes left never comes: the phase has {minutes}."
                source.fault((*place, "warn_at", number), reason, "Use fewer minutes than the phase has.")
        if isinstance(warn, list) and len({str(w) for w in warn}) < len(warn):
            source.fault((*place, "warn_at"), "A reminder stands here twice.", "Keep one of the two.")
    if phases and not any(row.get("interview") is True for _, row in phases):
        source.fault(("phases",), "No phase is the interview.", "Mark one with 'interview: true'.")
    if phases and not any(row.get("recorded") is True for _, row in phases):
        source.fault(("phases",), "No phase is recorded.", "Mark the interview with 'recorded: true'.")


def _check_anchors(source: Source, place: Place, row: dict[str, Any], values: tuple[int, ...]) -> None:
    anchors = row.get("anchors")
    if not isinstance(anchors, dict):
        return
    title = str(row.get("title", row.get("id", "this criterion")))[:60]
    absent = [str(v) for v in values if str(v) not in anchors]
    if absent:
        reason = f"'{title}' has no description for {', '.join(absent)}."
        source.fault((*place, "anchors"), reason, f"The framework's scale is {', '.join(map(str, values))}.")
    for key in anchors:
        if key.isdigit() and len(key) == 1 and int(key) not in values:
            reason = f"'{title}' describes {key}, which is not on the framework's scale."
            source.fault((*place, "anchors", key), reason, _list_of(values))


def _check_distinct_anchors(source: Source, place: Place, row: dict[str, Any]) -> None:
    anchors = row.get("anchors")
    first: dict[str, str] = {}
    for key, text in anchors.items() if isinstance(anchors, dict) else ():
        plain = " ".join(str(text).casefold().split())
        if plain and plain in first:
            reason = f"{key} reads the same as {first[plain]}."
            source.fault((*place, "anchors", key), reason, "An assessor must be able to tell the two apart.")
        first.setdefault(plain, key)


def _check_must_pass(source: Source, framework: Framework, criteria: list[tuple[Place, dict[str, Any]]]) -> None:
    named = {str(name) for _, row in criteria for name in _list(row.get("framework"))}
    absent = [name for name in framework.rules.must_pass if name not in named]
    if absent and criteria:
        reason = f"No criterion here gives evidence of {_quoted(absent)}, which must be passed."
        source.fault(("criteria",), reason, "Add it to the 'framework' of the criterion that shows it.")


def _check_names(source: Source, place: Place, names: Any, known: set[str], whose: str) -> None:
    seen: set[str] = set()
    for number, name in enumerate(_list(names)):
        if not isinstance(name, str):
            continue
        if name not in known:
            source.fault((*place, number), f"'{name[:60]}' is not a criterion of {whose}.", "Check the spelling.")
        elif name in seen:
            source.fault((*place, number), f"'{name[:60]}' stands here twice.", "Keep one of the two.")
        seen.add(name)


def _check_unique(source: Source, rows: Iterable[tuple[Place, dict[str, Any]]], key: str) -> None:
    first: dict[str, Place] = {}
    for place, row in rows:
        name = row.get(key)
        if not isinstance(name, str):
            continue
        if name in first:
            line = source.line((*first[name], key))
            reason = f"The {key} '{name[:60]}' is used twice; first in line {line}."
            source.fault((*place, key), reason, "Each needs its own.")
        first.setdefault(name, place)


def _rows(tree: Any, place: Place) -> Iterator[tuple[Place, dict[str, Any]]]:
    """The mappings of the list at a place, each with its place; nothing where the shape is another."""
    found = _at(tree, place)
    for number, row in enumerate(_list(found)):
        if isinstance(row, dict):
            yield (*place, number), row


def _rows_in(row: dict[str, Any], place: Place, key: str) -> Iterator[tuple[Place, dict[str, Any]]]:
    for at, found in _rows(row, (key,)):
        yield (*place, *at), found


def _at(tree: Any, place: Place) -> Any:
    for key in place:
        if not isinstance(tree, dict):
            return None
        tree = tree.get(key)
    return tree


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []


def _is_whole(found: Any) -> TypeGuard[int]:
    return isinstance(found, int) and not isinstance(found, bool)


def _list_of(values: Iterable[int]) -> str:
    return f"Use one of {', '.join(map(str, values))}."


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
