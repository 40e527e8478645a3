# SPDX-License-Identifier: GPL-3.0-or-later
"""From the bytes of a YAML file to plain values that remember their lines.

A small, strict part of YAML: mappings, lists, text, whole numbers, decimals, true and false. Aliases (and with
them alias bombs), tags, merge keys and several documents in one file are refused; `yes`, `no` and dates are text,
never turned into something else behind the author's back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from observer_app.packs.fault import PackFault

__all__ = ["SIZE_LIMIT", "Place", "Source", "read_source"]

SIZE_LIMIT = 1_000_000  # bytes; the largest sample is under 20 kB
_DEPTH_LIMIT = 16
_FAULT_LIMIT = 200
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,15})\Z")
_DECIMAL = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)([eE][-+]?[0-9]+)?\Z")
_MANY_LINES = frozenset({"candidate_brief", "role_player_notes", "declaration", "statement", "notice"})

Place: TypeAlias = tuple[str | int, ...]  # the keys and positions that lead to a value


@dataclass(slots=True)
class Source:
    """A file read: `tree` is None when nothing could be read; `lines` maps a path of keys and positions to its line."""

    name: str
    tree: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    faults: list[PackFault] = field(default_factory=list)

    def line(self, path: Place) -> int:
        """The line of a path, or of the nearest thing around it that has one."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def fault(self, path: Place, reason: str, advice: str = "") -> None:
        """Note a fault at a path."""
        self.fault_at(self.line(path), reason, advice)

    def fault_at(self, line: int, reason: str, advice: str = "", *, newer: bool = False) -> None:
        """Note a fault at a line; beyond a couple of hundred nobody reads on."""
        if len(self.faults) < _FAULT_LIMIT:
            self.faults.append(PackFault(self.name, line, reason, advice, newer))


def read_source(data: bytes, name: str) -> Source:
    """Read a pack's bytes; faults are noted in the result, nothing is raised."""
    source = Source(name)
    if len(data) > SIZE_LIMIT:
        source.fault_at(0, "The file is larger than a pack may be (1 MB).", "A pack holds text only.")
        return source
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        source.fault_at(line, "The file is not plain UTF-8 text.", 'Save it again with the encoding "UTF-8".')
        return source
    _read_text(text, source)
    return source


def _read_text(text: str, source: Source) -> None:
    import yaml  # read only when a pack is read: the window starts without it

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        events = _Events(yaml.parse(text, Loader=loader), source)
        source.tree = events.document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        reason = f"This is not well-formed YAML: {error.problem or 'it cannot be read'}."
        source.fault_at(line, reason, _yaml_advice(text, line))
    except yaml.YAMLError as error:
        reason = str(getattr(error, "reason", "it cannot be read"))
        line = text.count("\n", 0, getattr(error, "position", 0) or 0) + 1
        source.fault_at(line, f"This is not well-formed YAML: {reason}.", "Retype the line in a plain text editor.")
    except _Unreadable:
        source.tree = None


def _yaml_advice(text: str, line: int) -> str:
    rows = text.splitlines()
    row = rows[line - 1] if 0 < line <= len(rows) else ""
    if "\t" in row:
        return "Use spaces, not the tab key, at the start of lines."
    return "Look at this line and the one above: spaces at the start, quotes round text with a colon in it."


class _Unreadable(Exception):
    """Reading cannot go on; the fault is already noted."""


class _Events:
    """Builds plain values from the parser's events. Depth is bounded, so recursion is too."""

    def __init__(self, events: Iterator[Any], source: Source) -> None:
        self._events = events
        self._source = source

    def document(self) -> Any:
        from yaml import events as ev

        next(self._events)  # start of stream
        first = next(self._events)
        if isinstance(first, ev.StreamEndEvent):
            self._stop(0, "The file is empty.", "")
        value = self._value(next(self._events), ())
        next(self._events)  # end of document
        after = next(self._events)
        if not isinstance(after, ev.StreamEndEvent):
            self._stop(_line(after), "There is a second pack in this file.", "Put each pack in a file of its own.")
        return value

    def _stop(self, line: int, reason: str, advice: str) -> None:
        self._source.fault_at(line, reason, advice)
        raise _Unreadable

    def _value(self, event: Any, path: Place) -> Any:
        from yaml import events as ev

        self._source.lines.setdefault(path, _line(event))
        if len(path) > _DEPTH_LIMIT:
            self._stop(_line(event), "Things are nested deeper here than in any pack.", "Compare with a sample pack.")
        if isinstance(event, ev.AliasEvent) or getattr(event, "anchor", None):
            self._stop(_line(event), "'&' and '*' names are not used in packs.", "Write the text out, or use quotes.")
        if getattr(event, "tag", None):
            reason = f"The marker '{event.tag[:40]}' is not used in packs."
            self._stop(_line(event), reason, "Take it out, or use quotes.")
        if isinstance(event, ev.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, ev.SequenceStartEvent):
            return self._sequence(path)
        return self._scalar(event, path)

    def _mapping(self, path: Place) -> dict[str, Any]:
        from yaml import events as ev

        found: dict[str, Any] = {}
        while not isinstance(event := next(self._events), ev.MappingEndEvent):
            line = _line(event)
            if not isinstance(event, ev.ScalarEvent) or event.anchor or event.tag:
                self._stop(line, "The word before a colon must be plain text.", "Compare with a sample pack.")
            key = str(event.value)
            double = key in found
            if double:
                self._source.fault_at(line, f"'{key[:60]}' stands here twice.", "Keep one of the two.")
            self._source.lines.setdefault((*path, key), line)
            value = self._value(next(self._events), (*path, key))
            if not double:
                found[key] = value
        return found

    def _sequence(self, path: Place) -> list[Any]:
        from yaml import events as ev

        found: list[Any] = []
        while not isinstance(event := next(self._events), ev.SequenceEndEvent):
            found.append(self._value(event, (*path, len(found))))
        return found

    def _scalar(self, event: Any, path: Place) -> Any:
        text = str(event.value)
        if not event.style and not isinstance(plain := _plain(text), str):
            return plain
        if event.style in ("|", ">"):
            text = text.rstrip()
        self._check_characters(text, path, _line(event))
        return text

    def _check_characters(self, text: str, path: Place, line: int) -> None:
        names = [p for p in path if isinstance(p, str)]
        many = bool(names) and names[-1] in _MANY_LINES
        bad = next((c for c in text if _forbidden(c) and not (many and c == "\n")), None)
        if bad == "\n":
            self._source.fault_at(line, "This text must stand on one line.", "Take the line break out.")
        elif bad is not None:
            self._source.fault_at(
                line, f"This text holds an invisible control character (U+{ord(bad):04X}).", "Retype the text."
            )


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _plain(text: str) -> Any:
    """A value without quotes: true, false, nothing, a number, or text."""
    if text in ("true", "false"):
        return text == "true"
    if text in ("", "~", "null"):
        return None
    if _WHOLE.match(text):
        return int(text)
    if _DECIMAL.match(text) and len(text) < 40:
        return float(text)
    return text


def _forbidden(character: str) -> bool:
    """Control characters, lone surrogates, line separators, and marks that make text read other than it is stored."""
    category = unicodedata.category(character)
    if category in ("Cc", "Cs", "Cn", "Co", "Zl", "Zp"):
        return True
    return category == "Cf" and character not in "\u200c\u200d\u00ad"
