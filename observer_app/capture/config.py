# SPDX-License-Identifier: GPL-3.0-or-later
"""What a recorder is told, and what it answers. Plain values that cross a process border as JSON."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from observer_app.capture.words import say
from observer_app.errors import BadInput, ConsentMissing
from observer_app.media.container import KEY_BYTES, normal_recording_id

__all__ = ["GapRow", "HealthNote", "RecorderConfig", "RecorderState", "RecorderStatus", "redact"]

RecorderState = Literal[
    "starting", "recording", "source_lost", "stopped", "ended", "planned_end", "disk_full", "failed", "died"
]
FINISHED: tuple[RecorderState, ...] = ("stopped", "ended", "planned_end", "disk_full", "failed", "died")

# Up to the last @: people type passwords with @ and / in them as they are. And what cheap cameras take behind the host.
_CREDENTIALS = re.compile(r"(\b[a-zA-Z][a-zA-Z0-9+.-]*://)\S*@")
_IN_THE_PATH = re.compile(r"(?i)\b((?:user(?:name)?|usr|password|passwd|pass|pwd)=)[^&\s/?]*")


def redact(text: str) -> str:
    """`text` with user name and password taken out of every address in it."""
    return _IN_THE_PATH.sub(r"\1", _CREDENTIALS.sub(r"\1", text))


@dataclass(frozen=True, slots=True)
class GapRow:
    """Time of which something is missing. `to_monotonic_ns` is 0 while it lasts. `reason`: a plain sentence.

    `what`: `picture` (nothing was recorded), `still` (recorded, but the picture stood still) or `sound` (recorded, but
    without sound). `slept_ms`: how long of it the machine was asleep, which the monotonic clock does not count.
    """

    from_monotonic_ns: int
    to_monotonic_ns: int
    reason: str
    boot_id: str
    what: str = "picture"
    slept_ms: int = 0

    @property
    def seconds(self) -> float:
        """How long nothing was recorded, the machine's sleep included."""
        return max(self.to_monotonic_ns - self.from_monotonic_ns, 0) / 1e9 + self.slept_ms / 1000


@dataclass(frozen=True, slots=True)
class HealthNote:
    """Something wrong with picture or sound, by its short code (`words` has what is said of each)."""

    code: str

    @property
    def message(self) -> str:
        """What is seen."""
        return say(f"capture.note.{self.code}")

    @property
    def advice(self) -> str:
        """What to do."""
        return say(f"capture.note.{self.code}.do")


@dataclass(frozen=True, slots=True)
class RecorderConfig:
    """All a recorder needs. `source`: a file's path, an rtsp:// address, or a camera's number or name.

    `consent` is the reference of the candidate's recorded consent; without one nothing is recorded.
    `planned_end_s`: seconds after which the recorder stops by itself, whatever has become of the window.
    The picture is scaled down into `width` x `height` (streams from network cameras are kept as they are).
    """

    recording: str
    folder: Path
    key: bytes = field(repr=False)
    source: str = field(repr=False)
    consent: str
    planned_end_s: float = 3600.0
    sound: bool = True
    microphone: str = ""
    loop: bool = False
    width: int = 1280
    height: int = 720
    fps: int = 30
    preview: bool = True
    keep_trying: bool = True

    def check(self) -> RecorderConfig:
        """Self, with the identity in its normal form; `ConsentMissing` or `BadInput` when it must not be used."""
        if not self.consent.strip():
            raise ConsentMissing(
                "This candidate's consent to be recorded is not on file: nothing is recorded.",
                advice="Score without recording, or enter the consent in the day's list first.",
            )
        if len(self.key) != KEY_BYTES:
            raise BadInput("A recording's key has 32 bytes; this one has not.")
        if not self.source.strip():
            raise BadInput("No camera has been chosen.", advice="Choose a camera, a file or an rtsp:// address.")
        if not 0 < self.planned_end_s <= 24 * 3600:
            raise BadInput("A recording lasts between a moment and a day.")
        if not (16 <= self.width <= 7680 and 16 <= self.height <= 4320 and 1 <= self.fps <= 120):
            raise BadInput("The picture's size or rate is outside what can be recorded.")
        return RecorderConfig(**{**_values(self), "recording": normal_recording_id(self.recording)})

    def to_json(self) -> str:
        """One line for the recorder's standard input; it holds the key and must go nowhere else."""
        return json.dumps({**_values(self), "folder": str(self.folder), "key": self.key.hex()})

    @classmethod
    def from_json(cls, line: str) -> RecorderConfig:
        """What `to_json` wrote, checked as by `check`."""
        values = json.loads(line)
        return cls(**{**values, "folder": Path(values["folder"]), "key": bytes.fromhex(values["key"])}).check()


def _values(config: RecorderConfig) -> dict[str, Any]:
    return {f.name: getattr(config, f.name) for f in fields(config)}


@dataclass(frozen=True, slots=True)
class RecorderStatus:
    """How a recording stands. `seconds`: recorded picture; `level`: loudness 0 (silent) to 1 (full scale).

    `message` and `advice` are sentences for a person when something is not as it should be.
    """

    state: RecorderState
    recording: str
    segment: int = 0
    frames: int = 0
    dropped: int = 0
    seconds: float = 0.0
    level: float = 0.0
    size: int = 0
    last_frame_monotonic_ns: int = 0
    started_monotonic_ns: int = 0
    source_lost: bool = False
    message: str = ""
    advice: str = ""
    health: tuple[HealthNote, ...] = ()
    gaps: tuple[GapRow, ...] = ()
    pid: int = 0

    @property
    def finished(self) -> bool:
        """Whether it will record nothing more."""
        return self.state in FINISHED

    def to_json(self) -> dict[str, Any]:
        """Plain values, for the recorder's answers."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> RecorderStatus:
        """From what `to_json` gave."""
        health = tuple(HealthNote(str(h["code"])) for h in values.pop("health", ()))
        gaps = tuple(GapRow(**g) for g in values.pop("gaps", ()))
        return cls(**values, health=health, gaps=gaps)
