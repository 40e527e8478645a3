# SPDX-License-Identifier: GPL-3.0-or-later
"""Every word the window shows stands in a catalogue: no widget, name, tool tip or menu is given words of its own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import observer_app.ui

UI = Path(observer_app.ui.__file__).parent
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
    "album.py": {"the page after signing in", "the next phase", "the record", "a recording"},  # a demonstration's
    "theme.py": {"DejaVu Sans", "Liberation Sans", "Noto Sans"},
    "work_page.py": {"d MMMM yyyy"},
    "day.py": {"dddd d MMMM"},
    "marks_panel.py": {"t b"},  # which edges have a line
}


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
    sources = {file: file.read_text("utf-8") for file in sorted(UI.rglob("*.py"))}
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
