# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON in the narrow form Observer signs: one meaning for every byte, or it is refused.

The standard reader accepts a name given twice, NaN, numbers that lose digits and half characters; two readers
that disagree on such a text would show two different marks under one signature.
"""

from __future__ import annotations

import json
from typing import Any

from observer_app.errors import BadInput, NewerVersion

__all__ = ["MAX_DEPTH", "MAX_INT", "dumps", "loads", "version_of"]

MAX_DEPTH = 16
MAX_INT = 2**53 - 1
_MAX_DIGITS = 16


class _Refused(ValueError):
    """Carries the sentence out of the standard reader's callbacks."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Refused("the same name stands twice in one object")
    return found


def _whole(digits: str) -> int:
    if len(digits) < _MAX_DIGITS and digits != "-0":
        return int(digits)
    if len(digits) > _MAX_DIGITS + 1 or abs(int(digits)) > MAX_INT:
        raise _Refused("a number is too large")
    if digits == "-0":
        raise _Refused("a number is written as minus nothing")
    return int(digits)


def _no_fraction(_text: str) -> Any:
    raise _Refused("a number is not whole")


def _no_constant(_text: str) -> Any:
    raise _Refused("a value is not a number anyone can compare")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_int=_whole, parse_float=_no_fraction, parse_constant=_no_constant
)
# Where a table follows, it bounds every number; a digit string too long for Python is a ValueError like any other.
_SHAPED = json.JSONDecoder(object_pairs_hook=_pairs, parse_float=_no_fraction, parse_constant=_no_constant)
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _depth_ok(value: Any) -> bool:
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        inner: list[Any] = []
        for item in level:
            inner += [v for v in (item.values() if isinstance(item, dict) else item) if isinstance(v, (dict, list))]
        if not inner:
            return True
        level = inner
    return False


def loads(data: bytes, *, limit: int, what: str = "The data", shape_follows: bool = False) -> dict[str, Any]:
    """Reads one object from UTF-8 bytes of at most `limit` bytes. `what` begins the sentence of an error.

    `shape_follows`: the caller holds every level against a table, so nesting and numbers need not be measured here.

    Refused with BadInput: not UTF-8, a byte order mark, names given twice, fractions, NaN and Infinity, numbers of
    2**53 and beyond, half characters (lone surrogates), nesting deeper than MAX_DEPTH, anything but an object.
    """
    if len(data) > limit:
        raise BadInput(f"{what} is too large ({len(data)} bytes; at most {limit} are read).")
    try:
        text = data.decode("utf-8")
        # raw_decode would leave a tail unread; decode does not, and takes no byte order mark for a blank.
        found = (_SHAPED if shape_follows and b"-0" not in data else _DECODER).decode(text)
        if b"\\u" in data:  # the only way a half character gets past strict UTF-8
            _ENCODER.encode(found).encode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{what} cannot be read: it is not text in UTF-8.") from error
    except UnicodeEncodeError as error:
        raise BadInput(f"{what} cannot be read: half a character stands in it.") from error
    except _Refused as error:
        raise BadInput(f"{what} cannot be read: {error}.") from error
    except RecursionError as error:
        raise BadInput(f"{what} cannot be read: it is nested too deeply.") from error
    except ValueError as error:
        raise BadInput(f"{what} cannot be read: it is incomplete or not in the expected form.") from error
    if not isinstance(found, dict):
        raise BadInput(f"{what} cannot be read: it is not one object.")
    if not shape_follows and not _depth_ok(found):
        raise BadInput(f"{what} cannot be read: it is nested too deeply.")
    return found


def version_of(found: dict[str, Any], newest: int = 1, *, what: str) -> int:
    """The version `v` of what `loads` gave, from 1 to `newest`; 0 where it says none, for the caller to refuse: `true`
    is no number, whatever Python thinks. Raises NewerVersion for a later one; `what` begins the sentence."""
    version = found.get("v")
    if type(version) is not int or version < 1:
        return 0
    if version > newest:
        raise NewerVersion(f"{what} was made by a newer Observer.", advice="Install the newer Observer.")
    return version


def _check(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise BadInput("The data to be written is nested too deeply.")
    if isinstance(value, dict):
        for name, inner in value.items():
            if type(name) is not str:
                raise BadInput("A name in the data to be written is not text.")
            _check(inner, depth + 1)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            _check(inner, depth + 1)
    elif type(value) is int:
        if abs(value) > MAX_INT:
            raise BadInput("A number to be written is too large.")
    elif value is not None and type(value) not in (str, bool):
        raise BadInput(f"A value of kind {type(value).__name__} cannot be signed; only text and whole numbers can.")


def dumps(value: dict[str, Any]) -> bytes:
    """The one way Observer writes JSON it will sign: names sorted by code point, no blanks, UTF-8, no escapes beyond
    those JSON requires. Raises BadInput for fractions, other kinds of value, or half characters."""
    _check(value, 0)
    try:
        return _ENCODER.encode(value).encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadInput("The text to be written holds half a character.") from error
