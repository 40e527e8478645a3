# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects as files named by their hash, and the folders of the recordings.

Layout below the vault's root: `objects/<first two digits>/<sha256>`, `recordings/<recording id>/`.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

from observer_app.errors import BadInput, IntegrityBroken
from observer_app.vault.durable import disk_fault, make_folder, write_durably

__all__ = ["ObjectFiles"]

_NAME = re.compile(r"[0-9a-f]{64}")
_RECORDING = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


class ObjectFiles:
    """The files of a vault root. Content is whatever was sealed elsewhere; here it is only ever checked by its name."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha256: str) -> Path:
        """Where the object lies or would lie. Raises BadInput for what is not a SHA-256 in hexadecimal."""
        if not _NAME.fullmatch(sha256):
            raise BadInput("This is not the name of an object.")
        return self.root / "objects" / sha256[:2] / sha256

    def put(self, content: bytes) -> str:
        """Keeps an object durably; its name. The same one twice is one. Raises DiskFull, EnvironmentFault."""
        sha256 = hashlib.sha256(content).hexdigest()
        if not self.has(sha256):
            path = self.path(sha256)
            make_folder(path.parent.parent)
            make_folder(path.parent)
            write_durably(path, content)
        return sha256

    def has(self, sha256: str) -> bool:
        """Whether the object is here."""
        return self.path(sha256).is_file()

    def read(self, sha256: str) -> bytes:
        """The object's bytes. Raises BadInput when it is not here, IntegrityBroken when it is not what it is named."""
        try:
            content = self.path(sha256).read_bytes()
        except FileNotFoundError as error:
            raise BadInput("An object is not on this machine.", advice="Connect to fetch it.") from error
        except OSError as error:
            raise disk_fault(error, "an object") from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise IntegrityBroken(
                "A file of this vault is not what its name says: it was altered or damaged.",
                advice="Leave it as it is and tell the programme.",
                subject=sha256,
            )
        return content

    def remove(self, sha256: str) -> None:
        """Takes an object away, for an erasure; what is not here is no fault."""
        self.path(sha256).unlink(missing_ok=True)

    def erase_recording(self, recording: str) -> None:
        """Drops a recording's files from this disk; none there is no fault. Raises BadInput as `recording`."""
        shutil.rmtree(self.recording(recording), ignore_errors=True)

    def recording(self, recording: str, *, create: bool = False) -> Path:
        """The folder of a recording. Raises BadInput for what cannot be one's id."""
        if not _RECORDING.fullmatch(recording):
            raise BadInput("This is not a recording's identity.")
        folder = self.root / "recordings" / recording
        if create:
            make_folder(folder.parent)
            make_folder(folder)
        return folder
