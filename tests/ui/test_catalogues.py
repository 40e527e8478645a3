# SPDX-License-Identifier: GPL-3.0-or-later
"""Every word the window shows stands in a catalogue: no widget, name, tool tip or menu is given words of its own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import observer_app.capture
import observer_app.ui
import observer_app.workflows

UI = Path(observer_app.ui.__file__).parent
WORKFLOWS = Path(observer_app.workflows.__file__).parent
CAPTURE = Path(observer_app.capture.__file__).parent
_SENTENCE = re.compile(r"[^\W\d_][.,:;!?…]* +[^\W\d_]")
_WORD = re.compile(r"[A-Z][a-z]{2,}[.…:]?")
_SHOWN = re.compile(
    r"set(Text|AccessibleName|AccessibleDescription|ToolTip|StatusTip|WindowTitle|PlaceholderText|Title)"
)
_TAKES_WORDS = {
    "Text", "Button", "LinkButton", "TabButton", "Field", "TextField", "TickBox", "Choice", "Picker", "Slide", "QLabel",
    "QFileDialog", "Table", "Tag", "addAction", "addItem", "setItemText", "say", "paint_text", "say_trouble",
}  # fmt: skip
# What stands on the keys of a keyboard, and the names of typefaces, are nobody's sentences.
_KEYS = re.compile(r"((Ctrl|Shift) )*([A-Z]|Enter|Esc|Space|Backspace|Left|Right|Up|Down|Ctrl|Shift)")
_NOT_SHOWN = {
    "app.py": {"loading the rest", "Observer"},  # a thread's name; the name of the settings
    "album.py": {
        "the page after signing in",
        "the next phase",
        "the record",
        "a recording",
        "the signed record",
        "the recovery sheet",
        "a correction that waits",
    },  # a demonstration's
    "theme.py": {"DejaVu Sans", "Liberation Sans", "Noto Sans"},
    "work_page.py": {"d MMMM yyyy"},
    "day.py": {"dddd d MMMM"},
    "marks_panel.py": {"t b"},  # which edges have a line
}


# The workflows that hold sentences outside their catalogue, and why they may. None of them gives one to a view.
_ERRORS = "the words of an error: it is raised with its advice, by the command line too, and read whole by tests"
_PAPER = "stands in a document that is signed or given out: its language is the programme's, not the window's"
_RECORD = "is written into what is sealed: it stays as it was written, in whatever language it is read later"
_OUTSIDE: dict[str, tuple[str, ...]] = {
    _ERRORS: (
        "assess.py", "assigning.py", "day_file.py", "enrolment.py", "evidence.py", "film.py", "journal.py", "live.py",
        "pack_shelf.py", "records.py", "records_desk.py", "releases.py", "renewal.py", "room.py", "roster_file.py",
        "rosters.py", "signing.py", "table_file.py", "verified.py", "lateness.py",
    ),
    _PAPER: (
        "day_export.py", "day_reports.py", "record_parts.py", "views.py",
    ),
    _RECORD: (
        "live_recording.py", "preflight.py", "recording.py",
    ),
}  # fmt: skip
_PRINTED = "is printed by the recorder on its own, is spoken in a made film, or is for whoever reads the program"
_OUTSIDE_CAPTURE: dict[str, tuple[str, ...]] = {
    _ERRORS: ("reader.py", "recorder.py", "recorder_process.py", "rtsp.py"),
    _RECORD: ("client.py", "supervise.py"),
    _PRINTED: ("made_clip.py", "muxer.py", "record_cli.py"),
}
_VIEW = re.compile(r"(View|Card|(?<!Gap)Seen|Step|Item|Row)$|^_(needs|wrong)$")
_RAISES = {
    "BadInput", "Conflict", "NotAllowed", "ObserverError", "IntegrityBroken", "EnvironmentFault", "failed", "broken",
    "Unreachable", "WrongPassphrase", "DiskFull", "StoreLocked", "SampleRefused", "NewerVersion",
}  # fmt: skip


def _unshown(tree: ast.Module) -> set[int]:
    """Docstrings, what is raised (errors have their own words), and the catalogues themselves."""
    found: set[int] = set()
    for node in ast.walk(tree):
        catalogue = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "register"
        if (
            isinstance(node, ast.Raise)
            or catalogue
            or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        ):
            found |= {id(inner) for inner in ast.walk(node)}
    return found


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _given(call: ast.Call) -> Iterator[ast.expr]:
    """The arguments of a call that are shown or read out."""
    name = _name(call)
    if _SHOWN.fullmatch(name) or name in _TAKES_WORDS:
        yield from call.args
    yield from (k.value for k in call.keywords if k.arg in ("name", "hint", "text", "title", "words"))


def own_words(source: str, exceptions: frozenset[str] = frozenset()) -> list[str]:
    """Literals that are words for people: any that reads like a sentence, and single words that are shown."""
    tree = ast.parse(source)
    unshown, found = _unshown(tree), []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in unshown:
            if _SENTENCE.search(node.value) and "{{" not in node.value:
                found.append(node.value)
        elif isinstance(node, ast.Call) and id(node) not in unshown:
            for argument in _given(node):
                inner = [argument] if isinstance(argument, ast.Constant) else list(ast.iter_child_nodes(argument))
                found += [n.value for n in inner if isinstance(n, ast.Constant) and _WORD.fullmatch(str(n.value))]
    return [words for words in found if words not in exceptions and not _KEYS.fullmatch(words)]


@pytest.mark.parametrize("file", sorted(UI.rglob("*.py")), ids=lambda file: file.relative_to(UI).as_posix())
def test_no_module_of_the_window_has_words_of_its_own(file: Path) -> None:
    assert own_words(file.read_text("utf-8"), frozenset(_NOT_SHOWN.get(file.name, ()))) == []


def composed(source: str) -> list[str]:
    """Sentences of a workflow that are neither raised nor handed to an error: what a view would show."""
    tree = ast.parse(source)
    unshown = _unshown(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node) in _RAISES:
            unshown |= {id(inner) for inner in ast.walk(node)}
    texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and id(n) not in unshown]
    return [words for words in texts if isinstance(words, str) and _SENTENCE.search(words)]


def shown_by_a_view(source: str) -> list[str]:
    """Those of them that are given to a view where they stand."""
    tree = ast.parse(source)
    given = {
        id(inner)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and _VIEW.search(_name(call))
        for inner in ast.walk(call)
    }
    texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and id(n) in given]
    return [words for words in texts if isinstance(words, str) and _SENTENCE.search(words)]


@pytest.mark.parametrize(
    "file", sorted(p for p in WORKFLOWS.glob("*.py") if p.name != "words.py"), ids=lambda file: file.name
)
def test_no_workflow_gives_a_view_words_of_its_own(file: Path) -> None:
    """They stand in `workflows.words`; a module that is not listed above has no sentence at all."""
    source = file.read_text("utf-8")
    if not any(file.name in names for names in _OUTSIDE.values()):
        assert composed(source) == []
    assert shown_by_a_view(source) == []


def shown_by_capture(source: str) -> list[str]:
    """Sentences given to a note, or to the end of a recording that is no error's, where they stand."""
    calls = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Call) and _name(n) in ("HealthNote", "_end")]
    told = [c for c in calls if not any(isinstance(a, ast.Constant) and a.value == "failed" for a in c.args)]
    texts = [n.value for c in told for n in ast.walk(c) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return [words for words in texts if _SENTENCE.search(words)]


@pytest.mark.parametrize(
    "file", sorted(p for p in CAPTURE.glob("*.py") if p.name != "words.py"), ids=lambda file: file.name
)
def test_what_capture_shows_is_in_its_catalogue(file: Path) -> None:
    """`capture.words`: notes on picture and sound, how a recording ended."""
    source = file.read_text("utf-8")
    if not any(file.name in names for names in _OUTSIDE_CAPTURE.values()):
        assert composed(source) == []
    assert shown_by_capture(source) == []


def test_it_notices_a_note_with_words_of_its_own() -> None:
    assert shown_by_capture('HealthNote("dark", "The picture is nearly black.", "Turn on the light.")')
    assert shown_by_capture('self._end("planned_end", "The recording has stopped.")')
    assert not shown_by_capture('self._end("planned_end", say("capture.planned_end"))')


def test_what_is_listed_as_outside_is_there() -> None:
    listed = [name for names in _OUTSIDE_CAPTURE.values() for name in names]
    assert not [name for name in listed if not composed((CAPTURE / name).read_text("utf-8"))]
    names = {name for listed in _OUTSIDE.values() for name in listed}
    assert not [name for name in names if not composed((WORKFLOWS / name).read_text("utf-8"))]


def test_it_notices_a_sentence_given_to_a_view_and_passes_over_an_errors() -> None:
    assert composed('return CheckView("clock", "Clock is wrong", "", True)')
    assert shown_by_a_view('return CheckView("clock", "Clock is wrong", "", True)')
    assert composed('words = f"Within {n} seconds of central time"')
    assert not composed('return failed(BadInput("There is no such check."))')
    assert not composed('raise Conflict("Nothing waits here.", advice="Look again later.")')
    assert not composed('return say("view.clock.clock_wrong")')


@pytest.mark.parametrize(
    "line",
    [
        'Text("Rate it now")',
        'label.setText(f"{n} things left to do")',
        'box.setAccessibleName("Candidate")',
        'Button("Sign", kind="main")',
        'Field(say("a.b"), hint="Type your passphrase")',
        'menu.addAction(icon("lock"), "Lock")',
        'x = "Rate now" if y else ""',
        'panel.say("Signed" if done else "")',
    ],
)
def test_it_notices(line: str) -> None:
    assert own_words(line)


@pytest.mark.parametrize(
    "line",
    ['Text(say("review.title"), "title", "soft")', 'raise BadInput("This is wrong here.")', '"""Says what it is."""'],
)
def test_it_leaves_alone_what_is_not_shown(line: str) -> None:
    assert not own_words(line)


def test_no_words_are_kept_that_nothing_says() -> None:
    """Every key of the catalogues is used: written out, or as the beginning of one put together."""
    sources = {
        file: file.read_text("utf-8")
        for file in sorted((*UI.rglob("*.py"), *WORKFLOWS.rglob("*.py"), *CAPTURE.rglob("*.py")))
    }
    used: set[str] = set()
    starts: set[str] = set()
    keys: set[str] = set()
    for source in sources.values():
        tree = ast.parse(source)
        inside = {
            id(n) for c in ast.walk(tree) if isinstance(c, ast.Call) and _name(c) == "register" for n in ast.walk(c)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
                used.add(node.value)
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                starts.add(str(node.values[0].value))
            if isinstance(node, ast.Dict) and id(node) in inside:
                keys |= {k.value for k in node.keys if isinstance(k, ast.Constant) and isinstance(k.value, str)}
    idle = {k for k in keys if k not in used and re.sub(r"\.(one|many)$", "", k) not in used}
    left = sorted(k for k in idle if not any(k.startswith(start) for start in starts if "." in start))
    assert not left, "\n".join(left)
