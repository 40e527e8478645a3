# SPDX-License-Identifier: GPL-3.0-or-later
"""Every error Observer raises on purpose.

One root, three families, because what a person must do next differs by whose fault it is:

* `EnvironmentFault`: a disk, a network, a file or a person's input is not as it must be.
  The remedy is outside the program and `advice` names it.
* `IntegrityBroken`: something signed, hashed or sealed is not what it was. Never retried, never
  repaired silently; the first bad object is named.
* `Conflict`: two honest parties want different things (a record already signed, a sitting already
  taken). Nobody cheated; a person must choose.

Anything else that escapes (a `KeyError`, say) is a defect of ours.
"""

from __future__ import annotations

__all__ = [
    "BadInput",
    "CameraMissing",
    "Conflict",
    "ConsentMissing",
    "DiskFull",
    "EnvironmentFault",
    "IntegrityBroken",
    "NewerVersion",
    "NotAllowed",
    "ObserverError",
    "SampleRefused",
    "StoreLocked",
    "Unreachable",
    "WrongPassphrase",
]


class ObserverError(Exception):
    """Root of the family. `message` says what happened, `advice` what a person can do about it."""

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".strip()


class EnvironmentFault(ObserverError):
    """Something outside the program is not as it must be."""


class BadInput(EnvironmentFault):
    """A file, field, frame or request from outside is wrong.

    `file` and `line` (1-based, 0 when unknown) locate it for the person who can mend it.
    """

    def __init__(self, message: str, *, advice: str = "", file: str = "", line: int = 0) -> None:
        super().__init__(message, advice=advice)
        self.file = file
        self.line = line

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}: " if self.file and self.line else f"{self.file}: " if self.file else ""
        return place + super().__str__()


class NewerVersion(BadInput):
    """The thing read was made by a newer Observer; it is not altered, we are old."""


class WrongPassphrase(EnvironmentFault):
    """The passphrase does not open this vault or key."""


class StoreLocked(EnvironmentFault):
    """Another process holds the store, or it has not been unlocked."""


class DiskFull(EnvironmentFault):
    """There is no room to write. What was confirmed before is safe."""


class CameraMissing(EnvironmentFault):
    """The camera, file or address chosen as a source gives no picture."""


class ConsentMissing(EnvironmentFault):
    """No consent to be recorded is on file; recording must not start."""


class Unreachable(EnvironmentFault):
    """The other side of a connection does not answer; what was to be sent is kept."""


class NotAllowed(EnvironmentFault):
    """This person's role does not include what was asked."""


class IntegrityBroken(ObserverError):
    """Something signed, hashed or sealed is not what it was.

    `subject` names the first bad object (a file, a record id, a log position).
    """

    def __init__(self, message: str, *, advice: str = "", subject: str = "") -> None:
        super().__init__(message, advice=advice)
        self.subject = subject


class SampleRefused(IntegrityBroken):
    """Sample material met something real; the two never mix."""


class Conflict(ObserverError):
    """Two honest parties want different things; a person must choose."""
