# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages as JSON objects and back: every field there, none too many, each of its kind; bytes in standard base64."""

from __future__ import annotations

import base64
import binascii
import types
from collections.abc import Hashable, Mapping
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from observer_app.errors import BadInput

__all__ = ["MAX_ENTRIES", "as_dict", "bytes_of", "read"]

MAX_ENTRIES = 100_000
T = TypeVar("T")


def as_dict(message: Any) -> dict[str, Any]:
    """The plain form of a message: a frozen dataclass of text, whole numbers, bytes, lists and such messages."""
    return {f.name: _plain(getattr(message, f.name)) for f in fields(message)}


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    return value if value is None or isinstance(value, (str, int)) else as_dict(value)


def read(kind: type[T], found: Mapping[str, Any]) -> T:
    """The message of class `kind` from its plain form. Raises BadInput naming the field that is wrong."""
    hints = _hints(cast(Hashable, kind))
    if set(found) != set(hints):
        wrong = sorted(set(found) ^ set(hints))[0]
        raise BadInput(f"A message's field {wrong} {'is missing' if wrong in hints else 'does not belong there'}.")
    return kind(**{name: _value(hint, found[name], name) for name, hint in hints.items()})


@cache
def _hints(kind: Hashable) -> dict[str, Any]:
    return get_type_hints(kind)


def _value(hint: Any, value: Any, name: str) -> Any:
    if get_origin(hint) is types.UnionType:
        return None if value is None else _value(get_args(hint)[0], value, name)
    if get_origin(hint) is tuple:
        if type(value) is not list or len(value) > MAX_ENTRIES:
            raise BadInput(f"A message's field {name} is not a list that can be read.")
        return tuple(_value(get_args(hint)[0], v, name) for v in value)
    if hint is bytes:
        return bytes_of(value, f"A message's field {name}")
    if hint in (str, int, bool):
        if type(value) is not hint:
            raise BadInput(f"A message's field {name} is of the wrong kind.")
        return value
    if type(value) is not dict:
        raise BadInput(f"A message's field {name} is of the wrong kind.")
    return read(hint, value)


def bytes_of(value: Any, what: str) -> bytes:
    """Bytes from standard base64. Raises BadInput naming `what` is wrong."""
    try:
        return base64.b64decode(value.encode("ascii"), validate=True)
    except (AttributeError, ValueError, binascii.Error) as error:
        raise BadInput(f"{what} is not in base64.") from error
