# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a secret can be read that should be nowhere: files, files within files, and the list of running programs."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from pathlib import Path

__all__ = ["told_by_files", "told_by_programs"]


def told_by_files(secret: str, *folders: Path) -> list[str]:
    """The files in which it stands."""
    files = [p for folder in folders for p in sorted(folder.rglob("*")) if p.is_file()]
    return [where for p in files for where in _told_in(secret, str(p), p.read_bytes())]


def _told_in(secret: str, name: str, content: bytes) -> list[str]:
    found = [name] if secret.encode() in content or secret.encode("utf-16-le") in content else []
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for member in packed.namelist():
                found += _told_in(secret, f"{name}/{member}", packed.read(member))
    return found


def told_by_programs(secret: str) -> list[bytes]:
    """The commands of running programs in whose command or surroundings it stands (but the camera's, which was told to
    ask for it)."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it is gone
            command, surroundings = (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
            if b"rtsp_server.py" not in command and secret.encode() in command + surroundings:
                found.append(command)
    return found
