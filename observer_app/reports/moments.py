# SPDX-License-Identifier: GPL-3.0-or-later
"""What was marked, on the recording's time: a table (CSV) for people who count, captions (WebVTT) for any player."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from observer_app.reports.spreadsheet import csv_bytes

__all__ = ["Moment", "moments_csv", "moments_vtt"]

_POINT_MS = 3_000  # how long a mark without a length is shown as a caption
_COLUMNS = ("start_ms", "end_ms", "start", "whose", "what", "criterion_number", "criterion", "value", "text")


@dataclass(frozen=True, slots=True)
class Moment:
    """One mark. `whose` live, replay or recording; `what` rated, changed, note, flag, clip or gap; `end_ms` -1 for a
    point; `value` and `text` may be empty."""

    start_ms: int
    end_ms: int
    whose: str
    what: str
    number: str
    criterion: str
    value: str
    text: str


def moments_csv(moments: Sequence[Moment]) -> bytes:
    """One row a mark in order of time, headings first; times in ms and as hh:mm:ss.mmm of the recording."""
    rows = [
        [str(m.start_ms), str(m.end_ms) if m.end_ms >= 0 else "", _time(m.start_ms), m.whose, m.what, m.number,
         m.criterion, m.value, m.text]
        for m in sorted(moments, key=lambda m: (m.start_ms, m.whose))
    ]  # fmt: skip
    return csv_bytes([list(_COLUMNS), *rows])


def moments_vtt(moments: Sequence[Moment], head: str) -> bytes:
    """WebVTT with a caption a mark; `head` stands above as a comment."""
    blocks = ["WEBVTT", f"NOTE {_line(head)}"]
    for number, m in enumerate(sorted(moments, key=lambda m: (m.start_ms, m.whose)), 1):
        end_ms = m.end_ms if m.end_ms > m.start_ms else m.start_ms + _POINT_MS
        about = f"{m.number} {m.criterion}".strip()
        words = " ".join(part for part in (f"[{m.whose}]", m.what, m.value, about) if part)
        said = f"\n{_line(m.text)}" if m.text else ""
        blocks.append(f"{number}\n{_time(m.start_ms)} --> {_time(end_ms)}\n{_line(words)}{said}")
    return ("\n\n".join(blocks) + "\n").encode("utf-8")


def _line(words: str) -> str:
    """One line that no reader takes for an end, an arrow or a tag."""
    plain = " ".join(words.split())
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _time(ms: int) -> str:
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"
