# SPDX-License-Identifier: GPL-3.0-or-later
"""A pack's shape against the published JSON Schema, every fault in plain words at its line."""

from __future__ import annotations

import json
from difflib import get_close_matches
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from observer_app.packs.reading import Place, Source
from observer_app.shipped import shipped

if TYPE_CHECKING:
    from jsonschema import ValidationError

__all__ = ["KINDS", "check_shape", "kind_of"]

KINDS = ("framework", "scenario")
FORMAT = 1
_NAMED_AT_MOST = 100  # looking for the nearest word is slow, and nobody reads on
_TYPES = {
    "string": "text; if it looks like a number, put it in quotes",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list (lines that start with a hyphen)",
    "object": "a group of named fields",
}


def kind_of(source: Source) -> str | None:
    """`"framework"`, `"scenario"`, or None with the fault noted."""
    if source.tree is None:
        if not source.faults:
            source.fault_at(0, "The file is empty.")
        return None
    if not isinstance(source.tree, dict):
        source.fault_at(1, "This is not a pack: it must be a list of named fields.", "Compare with a sample pack.")
        return None
    kind = source.tree.get("pack")
    if kind in KINDS:
        return str(kind)
    advice = "Begin the file with 'pack: framework' or 'pack: scenario'."
    source.fault(("pack",), "The file does not say which kind of pack it is.", advice)
    return None


def check_shape(source: Source, kind: str) -> None:
    """Note every fault of shape. A file of a later edition gets that one fault: its fields cannot be judged here."""
    edition = source.tree.get("format")
    if isinstance(edition, int) and not isinstance(edition, bool) and edition > FORMAT:
        line = source.line(("format",))
        source.fault_at(line, "This pack was made for a newer Observer.", "Install the newer Observer.", newer=True)
        return
    seen: set[tuple[Place, str]] = set()
    for error in _validator(kind).iter_errors(source.tree):
        place: Place = tuple(error.absolute_path)
        for at, reason, advice in _in_words(error, place):
            if (at, reason) not in seen:
                seen.add((at, reason))
                source.fault(at, reason, advice)


@lru_cache(maxsize=len(KINDS))
def _validator(kind: str) -> Any:
    from jsonschema import Draft202012Validator  # a slow import; needed only when a pack is read

    path = shipped("resources") / "schema" / f"{kind}.schema.json"
    return Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))


def _in_words(error: ValidationError, place: Place) -> list[tuple[Place, str, str]]:
    """One schema error as (place, reason, advice), more than one when several fields are meant."""
    name = _name(place)
    schema: Any = error.schema
    meaning = str(schema.get("description", "")) if isinstance(schema, dict) else ""
    match str(error.validator):
        case "required":
            return _missing(error, place)
        case "additionalProperties":
            return _unknown(error, place)
        case "propertyNames" | "pattern" if isinstance(error.instance, str):
            return [_bad_text(error, place, meaning)]
        case "type":
            return [(place, f"{name} must be {_TYPES.get(str(error.validator_value), 'of another kind')}.", meaning)]
        case "enum" | "const":
            values = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
            return [(place, f"{name} must be {' or '.join(str(v) for v in values)}.", meaning)]
    return [(place, _bounds(error, name), meaning)]


def _name(place: Place) -> str:
    """What to call a place: its own key, or its number in the list it stands in."""
    if not place:
        return "The file"
    last = place[-1]
    if isinstance(last, int):
        return f"Number {last + 1} under '{_name_of_list(place)}'"
    return f"'{last[:60]}'"


def _name_of_list(place: Place) -> str:
    return next((str(p) for p in reversed(place[:-1]) if isinstance(p, str)), "the list")


def _missing(error: ValidationError, place: Place) -> list[tuple[Place, str, str]]:
    fields: Any = error.validator_value
    instance: Any = error.instance
    known: Any = error.schema
    where = f" in {_name(place)[0].lower() + _name(place)[1:]}" if place else ""
    absent = [field for field in fields if field not in instance]
    return [
        (place, f"'{field}' is missing{where}.", str(known["properties"].get(field, {}).get("description", "")))
        for field in absent
    ]


def _unknown(error: ValidationError, place: Place) -> list[tuple[Place, str, str]]:
    known: Any = error.schema
    instance: Any = error.instance
    names = list(known.get("properties", {}))
    found = []
    for key in islice((key for key in instance if key not in names), _NAMED_AT_MOST):
        near = get_close_matches(key[:60], names, n=1)
        advice = f"Did you mean '{near[0]}'?" if near else f"Known here: {', '.join(names)}."
        found.append(((*place, key), f"'{key[:60]}' is not a field of a pack here.", advice))
    return found


def _bad_text(error: ValidationError, place: Place, meaning: str) -> tuple[Place, str, str]:
    text = str(error.instance)
    if not text.strip():
        return place, f"{_name(place)} is empty.", meaning
    at = (*place, text) if error.parent is not None and str(error.parent.validator) == "propertyNames" else place
    return at, f"{_name(at)}: '{text[:60]}' is not written as it must be.", meaning


def _bounds(error: ValidationError, name: str) -> str:
    limit, found = error.validator_value, error.instance
    size = len(found) if isinstance(found, (str, list, dict)) else found
    match str(error.validator):
        case "minLength":
            return f"{name} is empty."
        case "maxLength":
            return f"{name} is {size} characters long; there is room for {limit}."
        case "minItems" | "minProperties":
            return f"{name} needs at least {limit}; there {'is' if size == 1 else 'are'} {size}."
        case "maxItems" | "maxProperties":
            return f"{name} may have at most {limit}; there are {size}."
        case "minimum":
            return f"{name} must be {limit} or more; it is {size}."
        case "maximum":
            return f"{name} must be {limit} or less; it is {size}."
    return f"{name} is not as it must be."
