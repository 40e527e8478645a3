# SPDX-License-Identifier: GPL-3.0-or-later
"""Checkers for the fields of statements: a table of name and checker is a statement's whole grammar.

A checker takes the value and the path to it, and raises BadInput naming the path. Where the path is "" none is made up
for what is inside: the first look at a statement is quick, only a refused one is looked at again to name the field.
Nothing is optional: an absent
field and a field unknown to us are both refused, so that two readers can never see two different statements.

A checker may also be known by the pattern of how Observer itself writes its values. What matches a whole statement's
pattern passes every checker it is made of (but `unique_by`, asked for by itself); what does not is looked at slowly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from observer_app.errors import BadInput
from observer_app.trust.envelope import from_base64
from observer_app.trust.strict_json import MAX_INT

__all__ = [
    "BOOL",
    "COUNT",
    "HASH",
    "ID",
    "ID_OR_NONE",
    "INT",
    "KEY_ID",
    "NAME",
    "PATH",
    "TIME_MS",
    "Check",
    "base64_of",
    "integer",
    "items",
    "listing",
    "nullable",
    "one_of",
    "unique_by",
    "uniques",
    "written",
]

Check = Callable[[Any, str], None]
_WRITTEN: dict[Check, str] = {}
_UNIQUE: dict[Check, str] = {}

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,79}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/+~-]{0,119}")
_HASH = re.compile(r"[0-9a-f]{64}")
_KEY_ID = re.compile(r"ed25519:[0-9a-f]{64}")
_RESERVED = frozenset('<>:"|?*\\')


def _refuse(path: str, reason: str) -> BadInput:
    return BadInput(f"A statement's field {path} {reason}.")


def written(check: Check) -> str | None:
    """A pattern, without groups, of the values `check` accepts as Observer writes them; None where there is none. It
    never matches what `check` refuses; what it does not match may still be right."""
    return _WRITTEN.get(check)


def uniques(table: Mapping[str, Check]) -> tuple[tuple[str, str], ...]:
    """The lists in `table` whose entries must differ: their name, and the field compared ("" for the entry itself)."""
    return tuple((name, _UNIQUE[check]) for name, check in table.items() if check in _UNIQUE)


def _known(check: Check, pattern: str | None) -> Check:
    if pattern is not None:
        _WRITTEN[check] = pattern
    return check


def _pattern(pattern: re.Pattern[str], reason: str, *, empty: bool = False) -> Check:
    match = pattern.fullmatch

    def check(value: Any, path: str) -> None:
        if type(value) is not str or (match(value) is None and not (empty and value == "")):
            raise _refuse(path, reason)

    return _known(check, f'"(?:{pattern.pattern}){"?" if empty else ""}"')


ID = _pattern(_ID, "is not an id (letters, digits and . _ : @ - only)")
ID_OR_NONE = _pattern(_ID, "is neither an id nor empty", empty=True)
NAME = _pattern(_NAME, "is not a name without blanks")
HASH = _pattern(_HASH, "is not a SHA-256 in hexadecimal")
KEY_ID = _pattern(_KEY_ID, "is not the id of a key")


def integer(least: int, most: int) -> Check:
    """A whole number within both bounds."""

    def check(value: Any, path: str) -> None:
        if type(value) is not int or not least <= value <= most:
            raise _refuse(path, f"is not a whole number from {least} to {most}")

    digits = min(len(str(most)), len(str(-least)) if least < 0 else 99) - 1  # so many digits are always within
    sign = "-?" if least < 0 else ""
    return _known(check, f"(?:0|{sign}[1-9][0-9]{{0,{digits - 1}}})" if least <= 0 and digits else None)


INT = integer(-MAX_INT, MAX_INT)
COUNT = integer(0, MAX_INT)
TIME_MS = integer(0, 2**47)


def BOOL(value: Any, path: str) -> None:  # noqa: N802 - a checker like the constants beside it
    """True or false."""
    if type(value) is not bool:
        raise _refuse(path, "is neither true nor false")


_known(BOOL, "(?:true|false)")


def PATH(value: Any, path: str) -> None:  # noqa: N802 - a checker like the constants beside it
    """A file below a folder: parts between `/`, none empty, `.` or `..`, nothing a Windows disk refuses."""
    if type(value) is not str or not 0 < len(value) <= 1000:
        raise _refuse(path, "is not a file's name")
    parts = value.split("/")
    if any(p in ("", ".", "..") or p[-1] in ". " or not _RESERVED.isdisjoint(p) for p in parts):
        raise _refuse(path, "is not a file's name within the folder")
    if any(ord(c) < 32 or ord(c) == 127 for c in value):
        raise _refuse(path, "is not a file's name within the folder")


def one_of(*words: str) -> Check:
    """One of these words."""

    def check(value: Any, path: str) -> None:
        if type(value) is not str or value not in words:
            raise _refuse(path, f"is none of {', '.join(words)}")

    return _known(check, f'"(?:{"|".join(map(re.escape, words))})"')


def base64_of(size: int) -> Check:
    """Standard base64 of exactly `size` bytes."""

    def check(value: Any, path: str) -> None:
        if len(from_base64(value, f"A statement's field {path}")) != size:
            raise _refuse(path, f"does not hold {size} bytes")

    return check


def nullable(inner: Check) -> Check:
    """`null` or what `inner` accepts."""

    def check(value: Any, path: str) -> None:
        if value is not None:
            inner(value, path)

    pattern = written(inner)
    return _known(check, f"(?:null|{pattern})" if pattern else None)


def items(table: Mapping[str, Check]) -> Check:
    """An object with exactly the names of `table`."""
    names = frozenset(table)
    checks = tuple(table.items())

    def check(value: Any, path: str) -> None:
        if type(value) is not dict:
            raise _refuse(path, "is not a group of fields")
        if value.keys() != names:
            wrong = sorted(value.keys() ^ names)[0]
            raise _refuse(f"{path}.{wrong}", "is missing" if wrong in names else "does not belong there")
        for name, inner in checks:
            inner(value[name], path and f"{path}.{name}")

    parts = [(name, written(inner)) for name, inner in sorted(checks)]
    fields = ",".join(f'"{re.escape(name)}":{pattern}' for name, pattern in parts)
    return _known(check, rf"\{{{fields}\}}" if all(pattern for _, pattern in parts) else None)


def listing(inner: Check, most: int, least: int = 0) -> Check:
    """A list of `least` to `most` entries."""

    def check(value: Any, path: str) -> None:
        if type(value) is not list or not least <= len(value) <= most:
            raise _refuse(path, f"is not a list of {least} to {most} entries")
        for place, entry in enumerate(value):
            inner(entry, path and f"{path}[{place}]")

    pattern, end = written(inner), "" if least else "?"
    several = rf"\[(?:{pattern}(?:,{pattern}){{{max(least - 1, 0)},{most - 1}}}+){end}\]"
    return _known(check, several if pattern and most > 0 else None)


def unique_by(name: str, inner: Check) -> Check:
    """A list whose entries differ in field `name` ("" when they are themselves compared)."""

    def check(value: Any, path: str) -> None:
        inner(value, path)
        seen = [entry[name] if name else entry for entry in value]
        if len(set(seen)) != len(seen):
            raise _refuse(path, f"names the same {name or 'entry'} twice")

    _UNIQUE[check] = name
    return _known(check, written(inner))
