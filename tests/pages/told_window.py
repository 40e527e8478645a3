# SPDX-License-Identifier: GPL-3.0-or-later
"""The desktop app in a process of its own that says what stands on its screen: `told_window WORDS...`.

The words are what `observer` gets; nothing of the app is replaced. For every line on standard input it writes one line
of JSON: the page in front, what has the focus, all words to be seen, and on Live what the screen draws. The line "idle"
is as if the time had passed after which the window locks; "memory FILE" has the program write all of its memory that it
can write to into a file, which no other program of the same user could. It ends with its standard input.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import threading
from typing import Any

from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel

from observer_app.__main__ import main
from observer_app.ui import shell
from observer_app.ui.assess.live import LivePage
from observer_app.ui.tasks import on_qt_thread

windows: list[Any] = []


def live(page: LivePage) -> dict[str, Any]:
    """What Live shows: the clock as it is read out, rows as they are drawn, and the view they were drawn from."""
    view = page.view
    return {
        "observation": view.observation,
        "candidate": view.candidate.name,
        "phase": view.phase.title if view.phase else "",
        "next": view.next_action,
        "clock": page.panel.clock.accessibleName(),
        "elapsed_ms": view.elapsed_ms,
        "rating": page.rating,
        "current": page.rubric.rows[page.rubric.current].row.number,
        "asking": page.strip.asking,
        "rows": {str(r.row.number): [r.row.value, str(r.row.state)] for r in page.rubric.rows if r.row is not None},
        "notes": [note.text for note in view.notes],
        "marks": [[mark.kind, mark.at_ms, mark.end_ms] for mark in view.marks],
        "recording": view.recording,
        "recording_words": view.recording_words,
        "trouble": view.trouble,
        "saved": view.saved,
    }


def seen() -> dict[str, Any]:
    window = windows[-1]
    labels = [w.text() for kind in (QLabel, QAbstractButton) for w in window.findChildren(kind) if w.isVisible()]
    focus, page = QApplication.focusWidget(), window.front
    return {
        "page": page.key if page is not None else "",
        "focus": focus.accessibleName() if focus is not None else "",
        "texts": [text for text in labels if text],
        "live": live(page) if isinstance(page, LivePage) else None,
    }


def say(found: dict[str, Any]) -> None:
    os.write(1, json.dumps(found).encode() + b"\n")


def write_memory(path: str) -> None:
    """The system copies from where it lies: nothing of it passes through Python and is found a second time."""
    libc, most = ctypes.CDLL(None, use_errno=True), 1024 * 1024
    with open("/proc/self/maps") as maps, open(path, "wb", 0) as out:
        for span, rights, *rest in [line.split() for line in maps]:
            if "rw" not in rights or rest[-1].startswith("/dev"):
                continue
            at, end = (int(place, 16) for place in span.split("-"))
            while at < end:
                done = libc.write(out.fileno(), ctypes.c_void_p(at), ctypes.c_size_t(min(most, end - at)))
                if done <= 0:
                    break  # gone meanwhile
                at += done


def answer() -> None:
    for asked in sys.stdin:
        if asked.startswith("memory "):
            write_memory(asked.split(maxsplit=1)[1].strip())
        if asked.strip() == "idle" and windows:
            on_qt_thread(windows[-1].idle.passed, windows[-1])
        if windows:
            on_qt_thread(lambda: say(seen()), windows[-1])
        else:
            say({"page": "", "focus": "", "texts": [], "live": None})
    os._exit(0)


def watch() -> None:
    show = shell.MainWindow.show_page

    def watched(self: Any, key: str) -> None:
        show(self, key)
        windows[:] = [self]

    shell.MainWindow.show_page = watched  # type: ignore[method-assign]


if __name__ == "__main__":
    sys.argv = ["observer", *sys.argv[1:]]
    watch()
    threading.Thread(target=answer, name="answering", daemon=True).start()
    sys.exit(main())
