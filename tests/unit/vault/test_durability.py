# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing is called saved that the disk has not confirmed. Each proof is shown to fail when the promise is broken."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from observer_app.errors import DiskFull
from observer_app.vault.person import PersonVault
from tests.unit.vault.writing_child import KEY

ROOT = Path(__file__).parents[3]
linux = pytest.mark.skipif(sys.platform != "linux", reason="the system's own ways of looking at a process differ")


def child(mode: str, root: Path, *more: str, before: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    command = [*before, sys.executable, "-m", "tests.unit.vault.writing_child", mode, str(root), *more]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )


def killed_after(root: Path, lines: int, *more: str) -> list[int]:
    """Numbers said to be saved up to a kill -9 at that line."""
    process = child("rate", root, *more)
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(lines)]
    process.send_signal(signal.SIGKILL)
    said += process.stdout.readlines()
    process.wait()
    process.stdout.close()
    return [int(line.split()[1]) for line in said if line.endswith("\n")]


def on_disk(root: Path) -> list[int]:
    vault = PersonVault(root / "p.db", KEY)
    try:
        return [event.seq for event in vault.events("o")]
    finally:
        vault.close()


def test_after_kill_9_everything_confirmed_is_there_in_order(tmp_path: Path) -> None:
    dice = random.Random(7)
    for _ in range(3):
        said = killed_after(tmp_path, dice.randint(20, 200))
        there = on_disk(tmp_path)
        assert there == list(range(1, len(there) + 1))
        assert said and set(said) <= set(there)


def test_the_kill_9_proof_notices_a_tick_before_the_commit(tmp_path: Path) -> None:
    said = killed_after(tmp_path, 2000, "lie")
    assert not set(said) <= set(on_disk(tmp_path))


@linux
def test_no_tick_without_the_disks_answer(tmp_path: Path) -> None:
    """The system refuses fsync: the rating must be refused too, and what was confirmed before must be there."""
    process = child("no-fsync", tmp_path)
    said = process.communicate(timeout=60)[0].splitlines()
    assert [line.split()[0] for line in said] == ["saved"] * 5 + ["refused"]
    assert set(range(1, 7)) <= set(on_disk(tmp_path))


@linux
def test_the_fsync_proof_notices_an_engine_told_not_to_sync(tmp_path: Path) -> None:
    process = child("no-fsync", tmp_path, "lie")
    said = process.communicate(timeout=60)[0].splitlines()
    assert len(said) > 40 and all(line.startswith("saved") for line in said)


def syncs_between_ticks(trace: str) -> list[int]:
    """How often the disk was asked between one tick written to standard output and the next."""
    counts, syncs = [], 0
    for line in trace.splitlines():
        if re.search(r"\bf(data)?sync\(", line):
            syncs += 1
        elif re.search(r'\bwrite\(1, "saved', line):
            counts.append(syncs)
            syncs = 0
    return counts


@linux
@pytest.mark.slow
@pytest.mark.parametrize("lie", [False, True])
def test_an_fsync_stands_between_every_key_and_its_tick(tmp_path: Path, lie: bool) -> None:
    assert shutil.which("strace"), "install the system package strace: this proof is never left out"
    trace = tmp_path / "trace"
    watch = ("strace", "-f", "-o", str(trace), "-e", "trace=fsync,fdatasync,write")
    more = ("lie",) if lie else ()
    process = child("no-fsync", tmp_path, *more, before=watch)
    process.communicate(timeout=120)
    counts = syncs_between_ticks(trace.read_text())[1:5]
    assert len(counts) == 4
    assert all(n == 0 for n in counts) if lie else all(n >= 1 for n in counts)


# ---- a full disk ----

_FULL = """
import sys
from pathlib import Path
from observer_app.domain.events import Kind
from observer_app.errors import DiskFull
from observer_app.vault.person import PersonVault
from observer_app.vault.writer import Priority
from tests.unit.vault.writing_child import KEY, moment
root = Path(sys.argv[1])
vault = PersonVault(root / "p.db", KEY, create=True)
vault.append("o", Kind.OPENED, "p", moment(0), {"sitting": "s"}).result()
with (root / "films").open("wb") as films:
    try:
        while True:
            films.write(bytes(1 << 16)); films.flush()
    except OSError:
        pass
saved, low_at, refused, draft = 1, 0, "", ""
for n in range(1, 60000):
    future = vault.append("o", Kind.RATED, "p", moment(n), {"criterion": "c", "value": n % 7})
    error = future.exception()
    if error is not None:
        refused = type(error).__name__
        break
    saved += 1
    if vault.space_low and not low_at:
        low_at = saved
        try:
            vault.set_setting("o", "x" * 900_000).result(); vault.set_setting("o", "y" * 4_000_000).result()
        except DiskFull as error:
            draft = type(error).__name__
(root / "films").unlink()
after = vault.append("o", Kind.RATED, "p", moment(1), {"criterion": "c", "value": 1}).exception()
print(saved, low_at, refused, draft, after)
vault.close()
again = PersonVault(root / "p.db", KEY)
print(len(again.events("o")), again.check())
again.close()
"""


@linux
@pytest.mark.skipif(not shutil.which("unshare"), reason="a small disk of one's own needs unshare")
def test_a_full_disk_refuses_nothing_it_confirmed_and_keeps_room_for_ratings(tmp_path: Path) -> None:
    """On a real disk of 12 MB, filled to the brim: ratings go on into the reserve, then are refused in words."""
    script = f'mount -t tmpfs -o size=12m none "{tmp_path}" && exec "{sys.executable}" -c "$1" "{tmp_path}"'
    run = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, "sh", _FULL], cwd=ROOT, capture_output=True, text=True, timeout=110
    )
    if "Operation not permitted" in run.stderr:
        pytest.skip("this machine does not let a test mount a small disk")
    assert run.returncode == 0, run.stderr
    first, second = run.stdout.splitlines()
    saved, low_at, refused, draft, after = first.split(maxsplit=4)
    assert int(low_at) > 0 and int(saved) > int(low_at) + 100, "ratings went on after the reserve was given up"
    assert refused == draft == DiskFull.__name__ and after == "None"
    assert second == f"{int(saved) + 1} []"
