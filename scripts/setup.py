# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the environment `.venv` from requirements.lock, and prove that it works.

Standard library only: this runs before anything is installed. In order:

1. the Python that runs it is one Observer supports;
2. the system's own parts (shared libraries, and with `--tests` the programs the slow tests talk to) are
   there. As root on Debian the missing ones are installed; otherwise the exact command is printed;
3. `.venv` holds what the lock names, every file checked against its hash;
4. Qt starts, sound and film can be played, and the database engine is new enough.

What has been proved is stamped with the lock it was proved for, so the second run takes no time.

Exit status 0: all of it holds. 1: it does not, and the last lines say what to do.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
STAMP = ENVIRONMENT / "observer-setup.stamp"
STAMP_FOR_TESTS = ENVIRONMENT / "observer-setup-tests.stamp"
OLDEST, TOO_NEW = (3, 11), (3, 14)
INSTALL_ATTEMPTS = 3


@dataclass(frozen=True)
class Part:
    """One thing the system must have: `found_by` proves it, `package` is Debian's name for it.

    `found_by` is a shared library (`libGL.so.1`), a program (`!Xvfb`), an importable module of this
    Python (`import ensurepip`) or a GStreamer element of the system's Python (`gst x264enc`).
    """

    package: str
    found_by: str


ALWAYS = (
    Part("python3-venv", "import ensurepip"),
    Part("libgl1", "libGL.so.1"),
    Part("libegl1", "libEGL.so.1"),
    Part("libxkbcommon0", "libxkbcommon.so.0"),
    Part("libdbus-1-3", "libdbus-1.so.3"),
    Part("libfontconfig1", "libfontconfig.so.1"),
    Part("libglib2.0-0", "libglib-2.0.so.0"),
    Part("libpulse0", "libpulse.so.0"),
    Part("libxrandr2", "libXrandr.so.2"),  # without it Qt silently has no sound or film
    Part("libxcb1", "libxcb.so.1"),
    # A window, as against drawing off the screen:
    Part("libxkbcommon-x11-0", "libxkbcommon-x11.so.0"),
    Part("libxcb-cursor0", "libxcb-cursor.so.0"),
    Part("libxcb-icccm4", "libxcb-icccm.so.4"),
    Part("libxcb-image0", "libxcb-image.so.0"),
    Part("libxcb-keysyms1", "libxcb-keysyms.so.1"),
    Part("libxcb-render-util0", "libxcb-render-util.so.0"),
    Part("libxcb-shape0", "libxcb-shape.so.0"),
    Part("libxcb-xkb1", "libxcb-xkb.so.1"),
)

FOR_SLOW_TESTS = (
    Part("xvfb", "!Xvfb"),
    Part("xdotool", "!xdotool"),
    Part("strace", "!strace"),
    Part("poppler-utils", "!pdftoppm"),
    Part("dbus-daemon", "!dbus-daemon"),
    Part("pulseaudio", "!pulseaudio"),
    Part("pulseaudio-utils", "!parec"),
    Part("python3-gi", "gst "),
    Part("gir1.2-gst-rtsp-server-1.0", "gst "),
    Part("gstreamer1.0-plugins-base", "gst videoconvert"),
    Part("gstreamer1.0-plugins-good", "gst rtph264pay"),
    Part("gstreamer1.0-plugins-bad", "gst h264parse"),
    Part("gstreamer1.0-plugins-ugly", "gst x264enc"),
    Part("gstreamer1.0-libav", "gst avdec_h264"),
)

_SYSTEM_PYTHON = "/usr/bin/python3"
_ASK_GSTREAMER = """
import sys, gi
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gst, GstRtspServer
Gst.init(None)
sys.exit(0 if not sys.argv[1] or Gst.ElementFactory.find(sys.argv[1]) else 1)
"""
_ASK_LIBRARY = "import ctypes, sys; ctypes.CDLL(sys.argv[1])"

_PROOF = """
import sqlcipher3, sys
from PySide6.QtCore import qVersion
from PySide6.QtWidgets import QApplication
from PySide6.QtMultimedia import QMediaPlayer
application = QApplication([])
player = QMediaPlayer()
if not player.isAvailable():
    sys.exit("Qt starts, but it cannot play sound or film: a system library it needs is missing.")
version = tuple(int(part) for part in sqlcipher3.sqlite_version.split("."))
if version < (3, 51, 3):
    sys.exit(f"The database engine is {sqlcipher3.sqlite_version}; it must be 3.51.3 or newer.")
database = sqlcipher3.connect(":memory:")
database.execute("PRAGMA key = 'proof'")
if not database.execute("PRAGMA cipher_version").fetchone():
    sys.exit("The database engine cannot encrypt.")
print(f"Qt {qVersion()} starts and can play sound and film; SQLite {sqlcipher3.sqlite_version}, encrypted.")
"""


class SetupFailed(Exception):
    """What is wrong and what to do, in sentences."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Make .venv from requirements.lock and prove that it works.")
    parser.add_argument("--tests", action="store_true", help="also the programs the slow tests talk to")
    for_tests: bool = parser.parse_args().tests
    try:
        _set_up(for_tests)
    except SetupFailed as failure:
        print(f"\nObserver cannot be set up yet. {failure}", file=sys.stderr)
        return 1
    return 0


def _set_up(for_tests: bool) -> None:
    _check_python()
    stamp = _stamp()
    if not _is_stamped(STAMP, stamp):
        _system_parts(ALWAYS)
        _environment()
        STAMP.write_text(stamp, encoding="utf-8")
    if for_tests and not _is_stamped(STAMP_FOR_TESTS, stamp):
        _system_parts(FOR_SLOW_TESTS)
        STAMP_FOR_TESTS.write_text(stamp, encoding="utf-8")


def _is_stamped(file: Path, stamp: str) -> bool:
    return file.is_file() and file.read_text(encoding="utf-8") == stamp and _answers_yes([_python(), "-c", ""])


def _check_python() -> None:
    if not OLDEST <= sys.version_info[:2] < TOO_NEW:
        raise SetupFailed(
            f"It needs Python 3.11, 3.12 or 3.13; this is {sys.version.split()[0]}.\n"
            "Name another one like this:  make setup PYTHON=python3.11"
        )


# ---- the system's own parts ----


def _system_parts(parts: tuple[Part, ...]) -> None:
    missing = _missing(parts)
    if not missing:
        return
    command = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    said = shlex.join(command)
    if not _is_debian():
        raise SetupFailed("These parts of the system are missing (by their Debian names):\n  " + "\n  ".join(missing))
    if os.geteuid() != 0:
        raise SetupFailed(f"Parts of the system are missing. Install them, then come back:\n  sudo {said}")
    print(f"Installing what the system lacks: {' '.join(missing)}", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=quiet, capture_output=True, check=False)
    done = subprocess.run([*command, "-qq"], env=quiet, capture_output=True, text=True, check=False)
    still = _missing(parts)
    if done.returncode != 0 or still:
        print("\n".join((done.stdout + done.stderr).splitlines()[-20:]), file=sys.stderr)
        raise SetupFailed(f"Some parts of the system could not be installed: {' '.join(still)}.\nTry:  {said}")


def _missing(parts: tuple[Part, ...]) -> list[str]:
    answers: dict[str, bool] = {}
    for part in parts:
        if part.found_by not in answers:
            answers[part.found_by] = _found(part.found_by)
    return [part.package for part in parts if not answers[part.found_by]]


def _found(what: str) -> bool:
    if what.startswith("!"):
        return shutil.which(what[1:]) is not None
    if what.startswith("gst "):
        return _answers_yes([_SYSTEM_PYTHON, "-c", _ASK_GSTREAMER, what[4:]])
    if what.startswith("import "):
        return _answers_yes([sys.executable, "-c", what])
    return _answers_yes([sys.executable, "-c", _ASK_LIBRARY, what])


def _answers_yes(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _is_debian() -> bool:
    try:
        lines = Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    fields = dict(line.split("=", 1) for line in lines if "=" in line)
    family = f"{fields.get('ID', '')} {fields.get('ID_LIKE', '')}".replace('"', "").split()
    return "debian" in family and shutil.which("apt-get") is not None


# ---- the environment ----


def _environment() -> None:
    began = time.monotonic()
    same_python = f"import pip, sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"
    if not _answers_yes([_python(), "-c", same_python]):
        print("Making the environment .venv", flush=True)
        _must([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], "The environment could not be made.")
    print("Installing what requirements.lock names (several hundred MB the first time)", flush=True)
    _install_locked()
    _must(
        [*_pip(), "--no-deps", "--no-build-isolation", "--editable", str(ROOT)],
        "Observer itself could not be put into its environment.",
    )
    _prove()
    print(f"Set up in {time.monotonic() - began:.0f} s.", flush=True)


def _install_locked() -> None:
    """Everything the lock names. A network that stutters gets more than one chance; a wrong hash never."""
    command = [*_pip(), "--require-hashes", "--requirement", str(LOCK)]
    for attempt in range(1, INSTALL_ATTEMPTS + 1):
        if subprocess.run(command, check=False).returncode == 0:
            return
        if attempt < INSTALL_ATTEMPTS:
            print(f"That did not work; once more ({attempt + 1} of {INSTALL_ATTEMPTS}).", flush=True)
    raise SetupFailed(
        "What requirements.lock names could not all be installed; the lines above say why.\n"
        "If it is the network, run the same command again: what has arrived is kept."
    )


def _prove() -> None:
    quiet = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    proof = subprocess.run([_python(), "-c", _PROOF], env=quiet, capture_output=True, text=True, check=False)
    if proof.returncode != 0:
        raise SetupFailed(f"The environment does not work:\n{proof.stderr.strip() or proof.stdout.strip()}")
    print(proof.stdout.strip(), flush=True)


def _pip() -> list[str]:
    patience = ["--retries", "8", "--timeout", "60"]
    return [_python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", *patience]


def _must(command: list[str], otherwise: str) -> None:
    if subprocess.run(command, check=False).returncode != 0:
        raise SetupFailed(f"{otherwise} This is what failed:\n  {shlex.join(command)}")


def _python() -> str:
    inside = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return str(ENVIRONMENT.joinpath(*inside))


def _stamp() -> str:
    """Changes when the lock, the project's own installation or the Python does."""
    digest = hashlib.sha256(f"{sys.version}\n{ENVIRONMENT}\n".encode())
    for file in (LOCK, ROOT / "pyproject.toml", Path(__file__)):
        digest.update(file.read_bytes())
    return digest.hexdigest() + "\n"


if __name__ == "__main__":
    sys.exit(main())
