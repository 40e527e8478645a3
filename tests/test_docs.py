# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documents say is so: links lead somewhere, commands are understood, buttons and keys have these words."""

from __future__ import annotations

import ast
import importlib
import re
import shlex
from functools import cache
from pathlib import Path

import pytest

from observer_app.central.enrol import add_arguments
from observer_app.cli import _parser
from observer_app.errors import ObserverError
from tests.pages.every_key import keys_in, page_keys

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")],
    key=lambda path: path.as_posix(),
)
GUIDE = [path for path in DOCUMENTS if path.parent.name == "guide"]
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_PROGRAMS = ("observer", ".venv/bin/observer")


def _named(paths: list[Path]) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in paths]


def _words(path: Path) -> str:
    return path.read_text(encoding="utf-8")


# ---- links and pictures ----


def _anchors(path: Path) -> set[str]:
    """As they are made from headings: small letters, no punctuation, blanks to hyphens."""
    headings = re.findall(r"^#+ (.+)$", _FENCED.sub("", _words(path)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=_named(DOCUMENTS))
def test_every_link_leads_somewhere(path: Path) -> None:
    lost = []
    for link in _LINK.findall(_FENCED.sub("", _words(path))):
        if "://" in link:
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            lost.append(link)
    assert lost == []


def test_every_picture_of_the_guide_is_a_small_picture() -> None:
    pictures = sorted((ROOT / "docs" / "guide" / "pictures").glob("*"))
    assert pictures
    for picture in pictures:
        content = picture.read_bytes()
        assert content.startswith(b"\x89PNG"), picture.name
        assert len(content) <= 150 * 1024, f"{picture.name}: {len(content)} bytes"


def test_the_guide_shows_every_page_of_the_window_and_every_picture_of_it() -> None:
    shown = {p.name for p in (ROOT / "docs/guide/pictures").glob("*") if not p.stem.endswith("-dark")}
    linked = {Path(link).name for page in GUIDE for link in _LINK.findall(_words(page)) if "pictures/" in link}
    assert shown == linked
    assert keys_in((ROOT / "docs/guide/pictures").glob("*")) == page_keys()


def test_every_picture_of_the_screens_is_small_and_shown() -> None:
    shown = _words(ROOT / "docs" / "screens.md")
    pictures = sorted((ROOT / "docs" / "screens").glob("*"))
    assert len(pictures) > 60
    for picture in pictures:
        content = picture.read_bytes()
        assert content.startswith(b"\x89PNG") and len(content) <= 100 * 1024, f"{picture.name}: {len(content)} bytes"
    assert [p.name for p in pictures if f"(screens/{p.name})" not in shown] == []


def test_each_role_has_its_page_with_a_picture() -> None:
    for role in ("assessor", "manager", "moderator"):
        assert "](pictures/" in _words(ROOT / "docs" / "guide" / f"{role}.md"), role
    assert (ROOT / "docs" / "guide" / "operator.md").is_file()


# ---- commands ----


def _commands(path: Path) -> list[str]:
    """Lines set as code that begin with the program's name, and such words within a line."""
    text = _words(path)
    lines = [line.strip() for line in re.findall(r"^(?: {4,}|(?=observer ))(.+)$", text, re.MULTILINE)]
    within = re.findall(r"`([^`\n]+)`", text)
    # What a command does may stand beside it after some blanks; aligned options do not begin an explanation.
    found = [re.split(r" {2,}(?![-\[])", words)[0].replace("\\|", "|").strip() for words in (*lines, *within)]
    return [words for words in found if words.split(" ")[0] in _PROGRAMS and len(words.split()) > 1]


ALL_COMMANDS = [
    (path.relative_to(ROOT).as_posix(), words)
    for path in DOCUMENTS
    if "decisions" not in path.parts
    for words in _commands(path)
]


def _filled(words: str) -> list[str]:
    """Arguments for the parser: what may be left out stays out, and a date is a date."""
    words = re.sub(r"\[[^\]]*\]", "", words).replace("...", "").replace("--date D", "--date 2026-11-24")
    return shlex.split(words)[1:]


@pytest.mark.parametrize(("document", "words"), ALL_COMMANDS, ids=[f"{d}: {w}" for d, w in ALL_COMMANDS])
def test_every_command_is_understood(document: str, words: str) -> None:
    arguments = _filled(words)
    if not any(word.startswith("-") or word.isupper() for word in arguments):
        arguments.append("--help")  # only its name
    try:
        options = _parser().parse_args(arguments)
        if arguments[:2] == ["central", "enrol"] and options.words not in ([], ["help"]):
            import argparse

            parser = argparse.ArgumentParser()
            add_arguments(parser)
            parser.parse_args(options.words)
    except SystemExit as end:
        assert end.code == 0, f"{document}: {words}"
    except ObserverError as error:  # pragma: no cover - says which document
        pytest.fail(f"{document}: {words}: {error}")


def test_the_readme_names_every_command() -> None:
    named = {words.split()[1] for document, words in ALL_COMMANDS if document == "README.md"}
    assert {"demo", "central", "sync", "export", "verify", "packs", "record"} <= named


@pytest.mark.parametrize("path", DOCUMENTS, ids=_named(DOCUMENTS))
def test_every_make_word_exists(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", _words(ROOT / "Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^ {4})make ([a-z-]+)", _words(path), re.MULTILINE))
    assert named <= targets


# ---- buttons and keys ----


@cache
def _said() -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """Every text of the catalogues and of the workflows' views, whole, and those with a value in them as patterns."""
    from observer_app.wording import texts

    for name in ("assess.words", "centre.strings", "moderate.strings"):
        importlib.import_module(f"observer_app.ui.{name}")
    importlib.import_module("observer_app.workflows.words")
    plain, patterns = set(), []
    for text in texts().values():
        plain.add(text)
        if "{" in text:
            patterns.append(".+".join(re.escape(part) for part in re.split(r"\{[^}]*\}", text)))
    for path in [*(ROOT / "observer_app/ui").rglob("*.py"), *(ROOT / "observer_app/workflows").rglob("*.py")]:
        for node in ast.walk(ast.parse(_words(path))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                plain.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = [p.value if isinstance(p, ast.Constant) else None for p in node.values]
                if isinstance(parts[0], str) and len(parts[0].strip()) >= 3:
                    patterns.append("".join(".+" if p is None else re.escape(str(p)) for p in parts))
    return frozenset(plain), tuple(re.compile(p) for p in patterns)


def _is_said(words: str) -> bool:
    plain, patterns = _said()
    return words in plain or any(pattern.fullmatch(words) for pattern in patterns)


# Composed when shown: a digit of the scale, "N gaps in the recording", a refusal's reason.
COMPOSED = {
    "1": '"1 to 7"', "7": '"1 to 7"', "1 gap in the recording": " in the recording",
    "Not recorded: the candidate refused": "the candidate refused", "Consent to film not asked": "not asked",
    "Needs you": "Needs you {n}", "Signed a second time by Sample Assessor B": "Signed a second time by",
    "Tab": "setTabChangesFocus",
}  # fmt: skip


@pytest.mark.parametrize("path", GUIDE, ids=_named(GUIDE))
def test_bold_words_are_on_the_screen(path: Path) -> None:
    bold = {" ".join(words.split()) for words in _BOLD.findall(_words(path))}
    assert [words for words in sorted(bold) if words not in COMPOSED and not _is_said(words)] == []


@pytest.mark.parametrize(("words", "part"), COMPOSED.items())
def test_composed_words_are_composed_from_what_is_there(words: str, part: str) -> None:
    sources = [*(ROOT / "observer_app/ui").rglob("*.py"), *(ROOT / "observer_app/workflows").rglob("*.py")]
    assert any(part in _words(path) for path in sources), words


def test_the_sample_passphrases_are_the_real_ones() -> None:
    from observer_app.bootstrap.sample_people import PEOPLE

    readme = _words(ROOT / "README.md")
    for person in PEOPLE:
        assert f"{person.name} | {person.passphrase} |" in readme


@pytest.mark.parametrize("path", GUIDE, ids=_named(GUIDE))
def test_the_guide_uses_plain_words(path: Path) -> None:
    text = re.sub(r"`[^`]*`|^ {4,}.*$|\(\S+\)", "", _words(path), flags=re.MULTILINE).lower()
    found = [
        word
        for word in ("sync", "event", "hash", "null", "json", "exception", "database error")
        if re.search(rf"\b{word}", text)
    ]
    if path.name == "operator.md":
        found = []  # the operator reads commands
    assert found == []
