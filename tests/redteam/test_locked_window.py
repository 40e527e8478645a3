# SPDX-License-Identifier: GPL-3.0-or-later
"""The real program on a screen of its own, its home, settings, caches and temporary files in one folder: neither while
it runs nor after a crash nor locked can that folder be read, and once it is locked its memory holds no key.

Seen red: with drafts kept in a file beside the vault, with a recorder that says its address, without the scrubbing,
with a store that is told its key by a statement that is kept.
"""

from __future__ import annotations

import base64
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from observer_app.bootstrap.clock import MachineClock
from observer_app.bootstrap.key_desk import KeyDesk
from observer_app.bootstrap.machine_files import recorder_state
from observer_app.bootstrap.sample_people import SamplePerson
from observer_app.capture.client import RecorderClient
from observer_app.vault.people import open_person
from observer_app.workflows.assigning import assign
from observer_app.workflows.recording import CameraSettings
from tests.benchmarks.screen import Screen, screen
from tests.pages.real_window import machine_once
from tests.pages.sample_machine import ASSESSOR, MANAGER, MODERATOR, Machine
from tests.pages.window_process import WindowProcess, until
from tests.redteam.test_locked import readable
from tests.servers.network_cameras import NEEDED, SYSTEM_PYTHON, network_cameras

__all__ = ["machine_once"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform != "linux", reason="the screen of its own and /proc are Linux's"),
]
NOTE, DRAFT, PASSPHRASE = "zephyrine wept at the door", "half a thought of quillfeather", "quiet copper lantern field"
USER, SECRET = "roomuser", "Tvq9zHiddenWord"
# As files of a recording, a photo or a preview would begin, or name what wrote them.
MEDIA = {
    "Matroska": b"\x42\x82\x88matroska", "JPEG": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00",
    "PNG": b"\x89PNG\r\n\x1a\n\x00\x00", "H.264": b"x264 - core",
    "a printed page": b"%PDF-", "a clear database": b"SQLite format 3\x00",
}  # fmt: skip
_OURS = ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "HOME", "TMPDIR")


@dataclass
class Laptop:
    """One folder in which all is that the program may write: its stores, and every folder it is told of."""

    folder: Path
    machine: Machine
    screen: Screen
    windows: list[WindowProcess] = field(default_factory=list)
    known: list[str] = field(default_factory=list)

    def open(self) -> WindowProcess:
        """The program, as a person's desktop starts it, with a log of what it says and Python's own crash reports."""
        places = {name: str(self.folder / name.lower()) for name in _OURS}
        for place in places.values():
            Path(place).mkdir(mode=0o700, exist_ok=True)
        log = self.folder / "window.log"
        self.windows.append(WindowProcess(self.machine.vault, self.screen, log, PYTHONFAULTHANDLER="1", **places))
        return self.windows[-1]

    def leaks(self, folder: Path | None = None) -> list[str]:
        """Every file of it in which a known word, or a picture, can be read."""
        where = folder or self.folder
        return readable(where, self.known) + media(where)

    def recorder(self) -> RecorderClient:
        state = recorder_state(self.machine.vault)
        found = [RecorderClient.attach(state, name) for name in RecorderClient.known(state)]
        (client,) = [c for c in found if c is not None]
        return client


def media(folder: Path) -> list[str]:
    """Files that hold a clear picture, film or database; the sample room's film stands in for a camera."""
    found = []
    for path in (p for p in folder.rglob("*") if p.is_file() and not p.is_symlink() and p.name != "sample-room.mp4"):
        content = path.read_bytes()
        found += [f"{path.relative_to(folder)}: {what}" for what, magic in MEDIA.items() if magic in content]
    return found


@pytest.fixture
def laptop(machine_once: Machine, tmp_path: Path) -> Iterator[Laptop]:
    folder = tmp_path / "laptop"
    folder.mkdir()
    machine = machine_once.copy(folder / "stores")
    KeyDesk(machine.vault, MachineClock()).change_passphrase(ASSESSOR.name, ASSESSOR.passphrase, PASSPHRASE)
    session = machine.sign_in(MANAGER)
    people = [s.candidate for day in session.store.sittings.days() for s in session.store.sittings.roster(day).sittings]  # type: ignore[union-attr]
    session.lock()
    with screen() as display:
        made = Laptop(folder, machine, display)
        made.known = [NOTE, DRAFT, PASSPHRASE, *(w for c in people for w in (c.name, c.registration))]
        try:
            yield made
        finally:
            for window in made.windows:
                window.close()
            state = recorder_state(machine.vault)
            for name in RecorderClient.known(state):
                client = RecorderClient.attach(state, name)
                if client is not None:
                    client.stop()
                    client.end_by_force()
                    client.close()


ME = SamplePerson(ASSESSOR.person, ASSESSOR.name, ASSESSOR.role, PASSPHRASE)


def into_the_interview(window: WindowProcess) -> None:
    """By keys into the recorded simulation: a rating, a note, and half of another one."""
    window.into_the_simulation()
    window.press("5", "n")
    window.until(lambda seen: "note" in seen["focus"].lower(), "the note's line")
    window.screen.type(NOTE)
    window.press("Return").live(lambda live: live["notes"] == [NOTE] and live["saved"], "the note saved")
    window.press("n").until(lambda seen: "note" in seen["focus"].lower(), "the note's line")
    window.screen.type(DRAFT)


def has_a_network_camera() -> bool:
    return subprocess.run([SYSTEM_PYTHON, "-c", NEEDED], capture_output=True, check=False).returncode == 0


def test_nothing_of_a_day_can_be_read_while_running_after_crashes_or_locked(laptop: Laptop, tmp_path: Path) -> None:
    film = laptop.machine.vault / "sample-room.mp4"
    if has_a_network_camera():
        with network_cameras(film) as serve:
            address, _ = serve("silent", f"{USER}:{SECRET}")
            laptop.machine.camera(CameraSettings(source=address))
            laptop.known += [SECRET, base64.b64encode(f"{USER}:{SECRET}".encode()).decode()]
            a_day_with_crashes(laptop, tmp_path)
    else:
        a_day_with_crashes(laptop, tmp_path)


def a_day_with_crashes(laptop: Laptop, tmp_path: Path) -> None:
    window = laptop.open().sign_in(ME)
    into_the_interview(window)
    recorder = laptop.recorder()
    until(lambda: recorder.status().seconds > 1.5, "a second of film")
    pulled = tmp_path / "plug-pulled"  # what the disk holds now, half-written files and logs included
    shutil.copytree(laptop.folder, pulled, ignore=_only_files)
    assert laptop.leaks(pulled) == []
    window.kill(signal.SIGSEGV)
    assert laptop.leaks() == []
    os.kill(recorder.status().pid, signal.SIGABRT)
    recorder.close()
    again = laptop.open().sign_in(ME)
    again.live(lambda live: live["notes"] == [NOTE], "the same interview")
    assert laptop.leaks() == []
    again.kill(signal.SIGABRT)
    said = (laptop.folder / "window.log").read_text()
    assert "Fatal Python error: Aborted" in said, "the control: crashes are reported, and the report was searched"
    last = laptop.open().sign_in(ME)
    last.live(lambda live: live["notes"] == [NOTE], "the same interview")
    last.close()
    assert laptop.leaks() == [] and not list(laptop.folder.rglob("core*"))
    assert list(laptop.folder.rglob("*.obsv")) and (laptop.machine.vault / "device.db").stat().st_size > 0


def _only_files(where: str, names: list[str]) -> list[str]:
    return [n for n in names if not os.path.isfile(f"{where}/{n}") and not os.path.isdir(f"{where}/{n}")]


def test_what_can_be_read_is_found(tmp_path: Path) -> None:
    """The control of the searches."""
    (tmp_path / "draft").write_bytes(b".." + DRAFT.encode("utf-16-le"))
    (tmp_path / "log").write_bytes(b"rtsp " + base64.b64encode(f"x{SECRET}".encode()))
    (tmp_path / "film").write_bytes(b"\x1a\x45\xdf\xa3" + MEDIA["Matroska"])
    assert len(readable(tmp_path, [DRAFT, SECRET])) == 2 and media(tmp_path) == ["film: Matroska"]


# ---- what was recorded, played again ----


def test_a_replay_leaves_nothing_to_be_read(laptop: Laptop) -> None:
    """Playing with sound hands the film to the system's player, which has caches of its own."""
    KeyDesk(laptop.machine.vault, MachineClock()).change_passphrase(ME.name, PASSPHRASE, ASSESSOR.passphrase)
    manager = laptop.machine.sign_in(MANAGER)
    sitting = manager.store.sittings.states(manager.store.sittings.days()[0])[0].sitting.id
    manager.lock()
    record = laptop.machine.record_a_sitting(sitting, seconds=4)
    manager = laptop.machine.sign_in(MANAGER)
    assign(manager.reader, record, MODERATOR.person)
    laptop.known += [words for _, words, _ in manager.reader.open(record).notes()]
    manager.lock()
    window = laptop.open()
    window.until(lambda seen: seen["page"] == "sign-in")
    laptop.screen.give_keyboard()
    window.press("Down", "Down", "Down")
    window.until(lambda seen: f"Passphrase of {MODERATOR.name}" in seen["focus"], "the moderator's field")
    laptop.screen.type(MODERATOR.passphrase)
    window.press("Return").until(lambda seen: seen["page"] == "moderate.work", "the work list")
    window.press("Return").until(lambda seen: seen["page"] == "moderate.replay", "the replay")
    still = window.until(lambda seen: any("0:0" in text for text in seen["texts"]), "where it stands")["texts"]
    window.press("space").until(lambda seen: seen["texts"] != still, "playing")
    assert laptop.leaks() == []
    window.kill()
    assert laptop.leaks() == []


# ---- memory ----


def places_in_memory(window: WindowProcess, folder: Path, secrets: dict[str, bytes]) -> dict[str, int]:
    """How often each secret stands in what the window can write to: whatever it was told or made lies there."""
    memory = window.memory(folder / "memory")
    return {name: memory.count(secret) for name, secret in secrets.items()}


def secrets_of(machine: Machine) -> dict[str, bytes]:
    """What signing in brings into memory: the person's, the stores', the machine's and the centre's keys."""
    mine = open_person(machine.vault, ME.name, ME.passphrase, MachineClock().now())
    session = machine.sign_in(ME)
    keys, centre = session.machine.keys, session.machine.centre_keys
    session.lock()
    assert centre is not None
    raw = {
        "signing key": mine.keys.signing.seed, "opening key": mine.keys.opening.raw, "vault": mine.vault_key,
        "store": mine.device_key, "machine's signing key": keys.signing.seed, "machine's opening key": keys.opening.raw,
        "centre's signing key": centre.signing.seed, "centre's opening key": centre.opening.raw,
    }  # fmt: skip
    written = {f"{name} in figures": raw[name].hex().encode() for name in ("vault", "store")}
    typed = {"passphrase": PASSPHRASE.encode(), "passphrase in the window": PASSPHRASE.encode("utf-16-le")}
    return raw | written | typed


def test_no_key_is_in_memory_once_the_window_has_locked_itself(laptop: Laptop, tmp_path: Path) -> None:
    secrets = secrets_of(laptop.machine)
    window = laptop.open().sign_in(ME)
    into_the_interview(window)
    open_now = places_in_memory(window, tmp_path, secrets)
    assert open_now["signing key"] and open_now["machine's signing key"], "the control: it is looked for where it is"
    assert not open_now["vault in figures"] and not open_now["store in figures"], (
        "the engine was told, and kept no text"
    )
    window.press("Escape", "p").until(lambda seen: "paused" in seen["focus"].lower() or seen["live"], "the pause")
    window.screen.type("fire bell")
    window.press("Return")
    window.until(lambda seen: any("Paused" in text for text in seen["texts"]), "the pause, over which it locks")
    window.idle()
    window.until(lambda seen: seen["page"] == "sign-in", "the lock")
    session = laptop.machine.sign_in(ME)
    secrets["interview's key"] = session.vault.evidence_key(session.vault.observations()[-1].id)
    session.lock()
    left: dict[str, int] = {}

    def gone() -> bool:
        left.clear()
        left.update({name: n for name, n in places_in_memory(window, tmp_path, secrets).items() if n})
        return not left

    try:
        until(gone, "memory without keys")
    except AssertionError:
        raise AssertionError(f"in memory still: {left}") from None
