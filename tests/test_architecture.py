# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape of the code: what may import what, how long things may be, what no file may say.

Every import contract of pyproject.toml is broken here once, in a copy of the tree: a rule that has
never been red is not known to be a rule.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "observer_app"
MOST_LINES_IN_A_FILE = 400
MOST_LINES_IN_A_FUNCTION = 40
MOST_LINES_FOR_AN_HOUR = 700
MARK = "# SPDX-License-Identifier: GPL-3.0-or-later"
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]

# ---- imports ----

# contract -> (the module that does wrong, the import it must not have)
BAD_IMPORTS = {
    "the screen library only in ui": ("workflows/bad.py", "from PySide6 import QtCore"),
    "databases only in vault and central.database": ("sync/bad.py", "import sqlite3"),
    "picture and sound libraries only in capture and media": ("reports/bad.py", "import cv2"),
    "numpy only where there are pictures, sound or statistics": ("domain/bad.py", "import numpy"),
    "domain is pure: no file, clock, network or process": ("domain/bad.py", "import time"),
    "central shares only protocol, trust, domain and packs with the desktop": (
        "central/bad.py",
        "from observer_app import vault",
    ),
    "trust needs nothing but the standard library, PyNaCl and errors": ("trust/bad.py", "import cryptography"),
}
# Each layer's lowest reach upwards, and siblings that must not know each other.
BAD_LAYERS = [
    ("errors", "domain"),
    ("domain", "protocol"),
    ("protocol", "trust"),
    ("vault", "media"),
    ("packs", "media"),
    ("media", "capture"),
    ("sync", "workflows"),
    ("workflows", "ui"),
    ("central", "bootstrap"),
    ("ui", "bootstrap"),
    ("bootstrap", "demo"),
    ("demo", "cli"),
    ("cli", "__main__"),
    ("ui", "central"),
    ("moderation", "reports"),
    ("reports", "sync"),
    ("sync", "capture"),
    ("vault", "analysis"),
    ("trust", "vault"),
    ("trust", "analysis"),
    ("trust", "packs"),
    ("domain", "shipped"),
    ("domain", "wording"),
]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The tree and its contracts in another place, to be spoilt there."""
    shutil.copytree(PACKAGE, tmp_path / "observer_app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def add_import(copy: Path, module: str, line: str) -> None:
    """Write `line` into `observer_app/<module>`, making what is not there yet."""
    file = copy / "observer_app" / module
    file.parent.mkdir(exist_ok=True)
    (file.parent / "__init__.py").touch()
    with file.open("a", encoding="utf-8") as spoilt:
        spoilt.write(f"\n{line}\n")


def module_file(copy: Path, name: str) -> str:
    """Where the layer `name` lives below observer_app; a package's rule is broken from a file inside it."""
    package = copy / "observer_app" / name
    if package.is_dir():
        return f"{name}/bad.py"
    package.with_suffix(".py").touch()
    return f"{name}.py"


def test_every_contract_holds() -> None:
    run = lint_imports(ROOT)
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_contract_is_broken_below() -> None:
    assert {contract["name"] for contract in CONTRACTS} == {"layers", *BAD_IMPORTS}


@pytest.mark.parametrize("contract", BAD_IMPORTS)
def test_a_bad_import_breaks_its_contract(contract: str, copy: Path) -> None:
    module, line = BAD_IMPORTS[contract]
    if "vault" in line:
        add_import(copy, "vault/__init__.py", "")
    add_import(copy, module, line)
    run = lint_imports(copy)
    assert run.returncode == 1, run.stdout + run.stderr
    assert f"{contract} BROKEN" in run.stdout
    assert f"observer_app.{module.removesuffix('.py').replace('/', '.')}" in run.stdout


def test_an_import_upwards_or_sideways_breaks_the_layers(copy: Path) -> None:
    wanted = set()
    for low, high in BAD_LAYERS:
        module_file(copy, high)  # so that there is something to import
        file = module_file(copy, low)
        add_import(copy, file, f"import observer_app.{high}")
        wanted.add((f"observer_app.{file.removesuffix('.py').replace('/', '.')}", f"observer_app.{high}"))
    run = lint_imports(copy)
    assert "layers BROKEN" in run.stdout, run.stdout + run.stderr
    seen = set(re.findall(r"(observer_app\.[\w.]+) -> (observer_app\.\w+)", run.stdout))
    assert wanted <= seen, f"not noticed: {sorted(wanted - seen)}"


def test_a_module_without_a_layer_is_noticed(copy: Path) -> None:
    add_import(copy, "stray.py", "")
    run = lint_imports(copy)
    assert run.returncode == 1
    assert "observer_app.stray" in run.stdout + run.stderr or "stray" in run.stdout


# What import-linter cannot see: parts of one outside package, and whether an import waits until it is needed.


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imports_of(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{name.name}" for name in node.names)


def when_loaded(tree: ast.Module) -> Iterator[ast.stmt]:
    """The statements that run when the module is imported: not inside functions, not for type checkers only."""
    waiting: list[ast.stmt] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting.extend(node.orelse)
            continue
        yield node
        waiting.extend(child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt))


def loads_eagerly(text: str, libraries: tuple[str, ...]) -> list[str]:
    found = []
    for node in when_loaded(ast.parse(text)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            found += [name for name in imports_of(node) if name.split(".")[0] in libraries]
    return found


def test_picture_libraries_wait_until_they_are_needed() -> None:
    eager = {file.name: found for file in sources() if (found := loads_eagerly(file.read_text("utf-8"), ("cv2", "av")))}
    assert not eager


def test_an_eager_import_is_noticed() -> None:
    assert loads_eagerly("try:\n    import av.container\nexcept ImportError:\n    pass", ("av",)) == ["av.container"]
    assert loads_eagerly("class A:\n    from cv2 import imread", ("cv2",)) == ["cv2.imread"]
    assert not loads_eagerly("def f():\n    import av", ("av",))
    assert not loads_eagerly("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import av", ("av",))


def has_widgets(text: str) -> bool:
    names = imports_of(ast.parse(text))
    return any(
        name.startswith("PySide6") and not name.startswith(("PySide6.QtCore", "PySide6.QtMultimedia")) for name in names
    )


def test_cameras_by_name_need_no_widgets() -> None:
    file = PACKAGE / "capture" / "sources_qt.py"
    assert not file.exists() or not has_widgets(file.read_text("utf-8"))
    assert has_widgets("from PySide6.QtWidgets import QLabel") and has_widgets("from PySide6 import QtGui")
    assert not has_widgets("from PySide6.QtMultimedia import QMediaDevices")


# What an auditor reads rests on little: the signing layer on PyNaCl, the second verifier on not even our own code.


def rests_on(text: str, *ours: str) -> set[str]:
    """What a file imports beyond the standard library, PyNaCl and `ours`."""
    found = {
        name for name in imports_of(ast.parse(text)) if name.split(".")[0] not in {*sys.stdlib_module_names, "nacl"}
    }
    return {name for name in found if not name.startswith(tuple(f"observer_app.{one}" for one in ours) or "-")}


def test_trust_rests_on_the_standard_library_and_pynacl() -> None:
    files = sorted((PACKAGE / "trust").glob("*.py"))
    assert {f.name: r for f in files if (r := rests_on(f.read_text("utf-8"), "trust", "errors"))} == {}
    assert rests_on("import cryptography", "trust") == {"cryptography"}
    assert rests_on("from observer_app.domain import events", "trust", "errors") == {"observer_app.domain.events"}


def test_the_second_verifier_is_one_file_of_its_own_that_can_be_read() -> None:
    """Nothing of the package, or a fault in what both use would go unseen by both; and no longer than one sitting."""
    text = (ROOT / "resources" / "auditor" / "observer_verify.py").read_text("utf-8")
    assert rests_on(text) == set()
    assert rests_on("from observer_app.trust import merkle") == {"observer_app.trust.merkle"}
    assert len(text.splitlines()) <= MOST_LINES_FOR_AN_HOUR
    assert not [long for long in too_long(text) if not long.startswith("file")]


# ---- no circles ----


def module_name(file: Path, top: Path) -> str:
    """`observer_app.capture.sources` for its file; a package for its `__init__.py`."""
    parts = file.relative_to(top).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_modules(text: str, name: str, package: str, known: set[str]) -> set[str]:
    """Modules of `known` that the module `name` imports anywhere: in functions and for type checkers too."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            names = {f"{base}.{alias.name}" for alias in node.names}
            found |= (names & known) or {base}
    return (found & known) - {name}


def circles(top: Path) -> list[list[str]]:
    """Groups of modules below `top` that import each other, however long the way round."""
    files = {module_name(file, top): file for file in (top / "observer_app").rglob("*.py")}
    graph = {}
    for name, file in files.items():
        package = name if file.name == "__init__.py" else name.rpartition(".")[0]
        graph[name] = imported_modules(file.read_text("utf-8"), name, package, set(files))
    reach = {name: reached(name, graph) for name in graph}
    found = {tuple(sorted(b for b in reach[a] if a in reach[b])) for a in graph if a in reach[a]}
    return [list(group) for group in sorted(found)]


def reached(start: str, graph: dict[str, set[str]]) -> set[str]:
    """Every module that `start` leads to."""
    found: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(graph[name])
    return found


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert not circles(ROOT)


@pytest.mark.parametrize(
    "line",
    [
        "from observer_app.one.c import thing",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from observer_app.one import c",
        "def late() -> None:\n    import observer_app.one.c",
        "from .c import thing",
        "from . import c",
    ],
)
def test_a_circle_is_noticed(line: str, tmp_path: Path) -> None:
    package = tmp_path / "observer_app" / "one"
    package.mkdir(parents=True)
    for empty in ("../__init__.py", "__init__.py", "d.py"):
        (package / empty).touch()
    (package / "a.py").write_text(line, encoding="utf-8")
    (package / "b.py").write_text("from observer_app.one import a", encoding="utf-8")
    (package / "c.py").write_text("from observer_app.one import d", encoding="utf-8")
    (package / "e.py").write_text("from observer_app.one.a import thing", encoding="utf-8")
    assert not circles(tmp_path)
    (package / "d.py").write_text("import observer_app.one.b", encoding="utf-8")
    assert circles(tmp_path) == [[f"observer_app.one.{name}" for name in "abcd"]]


# ---- sizes and first lines ----


def too_long(text: str) -> list[str]:
    """What in a file is over the limits: the file itself (`file`) and functions by name."""
    lines = len(text.splitlines())
    found = [f"file ({lines} lines)"] if lines > MOST_LINES_IN_A_FILE else []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            if length > MOST_LINES_IN_A_FUNCTION:
                found.append(f"{node.name} ({length} lines)")
    return found


def named(file: Path) -> str:
    return str(file.relative_to(ROOT))


def test_files_and_functions_fit_the_head() -> None:
    found = {named(file): long for file in sources() if (long := too_long(file.read_text("utf-8")))}
    assert not found


def test_a_long_file_and_a_long_function_are_noticed() -> None:
    assert too_long("x = 1\n" * 401) == ["file (401 lines)"]
    assert too_long("class A:\n    def f(self):\n" + "        pass\n" * 40) == ["f (41 lines)"]
    assert not too_long("def f():\n" + "    pass\n" * 39)


# What Qt and Python call by these names is said in their own documents.
_THEIRS = {"event", "paint", "data", "read", "readable", "readinto", "seek", "seekable", "size", "tell"}
_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def is_port(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base).startswith("Protocol") for base in node.bases)


def methods(node: ast.ClassDef) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Its public ones; a setter's words are its property's."""
    found = [m for m in node.body if isinstance(m, _FUNCTION) and not m.name.startswith("_")]
    return [m for m in found if not any(ast.unparse(by).endswith(".setter") for by in m.decorator_list)]


def wordless(sources: Sequence[ast.Module]) -> list[str]:
    """Public classes, functions and methods without a docstring. What a port says need not be said again by those
    behind it."""
    public = [
        n for tree in sources for n in tree.body if isinstance(n, (*_FUNCTION, ast.ClassDef)) and n.name[0] != "_"
    ]
    classes = [n for n in public if isinstance(n, ast.ClassDef)]
    ports = {m.name for n in classes if is_port(n) for m in methods(n)}
    found = [n.name for n in public if not ast.get_docstring(n)]
    for node in classes:
        known = _THEIRS if is_port(node) else _THEIRS | ports
        for method in methods(node):
            if method.name not in known and method.name.islower() and not ast.get_docstring(method):
                found.append(f"{node.name}.{method.name}")
    return found


def test_public_things_say_what_they_are() -> None:
    assert not wordless([ast.parse(file.read_text("utf-8")) for file in sources()])


def test_a_public_thing_without_words_is_noticed() -> None:
    port = 'class P(Protocol):\n    "A port."\n    def a(self): ...\n'
    behind = 'class C:\n    "Behind it."\n    def a(self): ...\n    def b(self): ...\n    def paintEvent(self): ...\n'
    assert wordless([ast.parse("def f(): ...\ndef _g(): ..."), ast.parse(port + behind)]) == ["f", "P.a", "C.b"]


def tracked(*patterns: str) -> list[Path]:
    """Files under version control; in an unpacked source archive, every file there is."""
    run = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, text=True, check=False)
    if run.returncode == 0:
        return [ROOT / name for name in run.stdout.split("\0") if name and (ROOT / name).is_file()]
    return [file for pattern in patterns or ("*",) for file in ROOT.rglob(pattern) if file.is_file()]


def test_every_source_names_its_licence_first() -> None:
    sourceless = [named(file) for file in tracked("*.py", "*.spec") if file.read_text("utf-8").split("\n")[0] != MARK]
    assert not sourceless


def test_every_package_says_what_it_is() -> None:
    silent = [
        named(file)
        for file in sources()
        if file.name == "__init__.py" and not ast.get_docstring(ast.parse(file.read_text("utf-8")))
    ]
    assert not silent


def test_names_are_the_fields() -> None:
    vague = {"utils", "util", "helpers", "helper", "manager", "core", "data", "common", "misc"}
    assert not [named(file) for file in sources() if file.stem in vague or file.parent.name in vague]


# ---- what no file may say ----

_REGISTRIES = "|".join(("py" + "pi", "python" + "hosted", "test" + r"\.pypi"))
NEVER_SAID = {
    "a path of one machine": re.compile(r"(?<![\w.\-])/(?:work|root|home|Users)/[\w.]"),
    "a registry's host": re.compile(rf"(?i)\b[\w.-]*(?:{_REGISTRIES})\.(?:org|io|com)\b"),
}


def said(text: str) -> list[str]:
    return [what for what, pattern in NEVER_SAID.items() if pattern.search(text)]


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = {}
    for file in tracked():
        try:
            text = file.read_text("utf-8")
        except UnicodeDecodeError:
            continue  # a font, a picture, golden bytes
        if file != Path(__file__).resolve() and (what := said(text)):
            found[named(file)] = what
    assert not found


def test_what_may_not_be_said_is_noticed() -> None:
    assert said("see /work/main/x.py") == said("'/home/me'") == said("cd /root/a") == ["a path of one machine"]
    assert said("https://py" + "pi.org/simple") == ["a registry's host"]
    assert not said("network/work/shop and ~/home, https://example.org/home/page")


@pytest.mark.parametrize(("name", "least"), [("requirements.lock", 50), ("requirements-fuzz.lock", 1)])
def test_the_lock_has_hashes_and_no_hosts(name: str, least: int) -> None:
    lock = (ROOT / name).read_text("utf-8")
    assert "://" not in lock and not re.search(r"(?m)^\s*--(?!hash=)", lock)
    entries = re.split(r"(?m)^(?=[A-Za-z])", lock)[1:]
    unhashed = [entry.split()[0] for entry in entries if not re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry)]
    assert len(entries) >= least and not unhashed


def test_the_lock_answers_for_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    locked = {name.lower() for name in re.findall(r"(?m)^([\w.-]+)==", (ROOT / "requirements.lock").read_text("utf-8"))}
    bare = {re.split(r"[<>=!~ ;\[]", one)[0].lower().replace("_", "-") for one in wanted}
    assert bare <= {name.replace("_", "-") for name in locked}


def plain(name: str) -> str:
    return name.strip().lower().replace("_", "-")


def test_every_locked_package_is_listed_with_its_licence_and_no_other() -> None:
    rows = re.findall(r"(?m)^\| ([^|]+) \| *([^| ][^|]*) \|", (ROOT / "docs" / "licences.md").read_text("utf-8"))
    names = [re.sub(r"\([^)]*\)", "", named) for named, _ in rows if named.strip() not in ("package", "---")]
    listed = {plain(name) for row in names for name in row.split(",")}
    locks = [(ROOT / name).read_text("utf-8") for name in ("requirements.lock", "requirements-fuzz.lock")]
    assert listed == {plain(name) for name in re.findall(r"(?m)^([\w.-]+)==", "\n".join(locks))}
