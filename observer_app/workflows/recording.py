# SPDX-License-Identifier: GPL-3.0-or-later
"""The recorder as a live observation sees it, and the real one behind it.

1. Nothing here ever holds up scoring: starting, stopping and looking happen on threads of their own.
2. Without a reference to recorded consent nothing starts.
3. A window that comes back takes up the recorder that is still running; one that died is replaced, the gap told.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from observer_app.capture.client import RecorderClient
from observer_app.capture.config import GapRow, RecorderConfig, RecorderStatus
from observer_app.capture.supervise import RecorderWatch
from observer_app.domain.moment import Clock
from observer_app.errors import ConsentMissing, EnvironmentFault, ObserverError
from observer_app.media.still import to_jpeg
from observer_app.workflows.views import RECORDING
from observer_app.workflows.words import say

__all__ = ["CameraRecorder", "CameraSettings", "GapSeen", "Order", "RecorderPort", "Seen"]

_LOOK_S = 0.1
_LOOKED_AT_S = 2.0
# How the camera is set, which nobody mends while a candidate is in the room: the check before the first says it.
_SETTINGS = frozenset({"small", "upright", "seldom"})
_RETRY_S = 3.0
_CAUSE = 200


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be recorded. `recording`: 32 hexadecimal digits; `key`: 32 bytes; `consent`: the reference of the
    recorded consent; `planned_s`: seconds after which the recorder ends by itself, whatever became of the window."""

    recording: str
    key: bytes = field(repr=False)
    consent: str
    planned_s: float


@dataclass(frozen=True, slots=True)
class GapSeen:
    """Time without a recording, in microseconds of this boot's monotonic clock; `to_us` 0 while it lasts. `what` is
    missing, and how much of it the machine slept: as in `domain.observation.Gap`."""

    recording: str
    from_us: int
    to_us: int
    cause: str
    what: str = "picture"
    slept_ms: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """How recording stands: `state` is off, starting, recording or lost; the words are for the screen. `alarm`: what
    is wrong with picture or sound while it records, and what to do; "" when nothing is."""

    state: str
    words: str
    sound_words: str
    level: float
    alarm: str = ""


class RecorderPort(Protocol):
    """One recorder at a time. No call waits for the camera."""

    @property
    def latency_ms(self) -> int:
        """How much later than the room the camera's picture comes: a setting of the camera."""
        ...

    def start(self, order: Order, on_gap: Callable[[GapSeen], None], on_change: Callable[[], None]) -> None:
        """Starts, or takes up the recorder already running for it. Raises ConsentMissing without consent."""
        ...

    def seen(self) -> Seen:
        """How it stands now."""
        ...

    def picture(self) -> bytes:
        """Latest small picture as JPEG, b"" when there is none."""
        ...

    def stop(self, recording: str = "") -> Future[None]:
        """Ends the recording; done once its files are closed. Nothing running is no fault. `recording` names one that
        may run from before this was made."""
        ...

    def leave(self) -> Future[None]:
        """Lets go for good; a running recording records on. Done once nothing here touches it any more."""
        ...


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """Where picture and sound come from. `source`: a camera's number or name, an rtsp:// address, a file (for samples;
    `loop` repeats it). `latency_ms`: how much later than the room its picture comes."""

    source: str = field(repr=False)
    microphone: str = ""
    sound: bool = True
    loop: bool = False
    width: int = 1280
    height: int = 720
    fps: int = 30
    latency_ms: int = 0

    def recorder(
        self, recording: str, folder: Path, key: bytes, consent: str, planned_end_s: float = 3600.0
    ) -> RecorderConfig:
        """What a recorder of these sources is told; the rest as in `RecorderConfig`."""
        return RecorderConfig(
            recording=recording,
            folder=folder,
            key=key,
            source=self.source,
            consent=consent,
            planned_end_s=planned_end_s,
            sound=self.sound,
            microphone=self.microphone,
            loop=self.loop,
            width=self.width,
            height=self.height,
            fps=self.fps,
        )


_WORST = ("dropping", "frozen", "dark", "covered", "silent")


class CameraRecorder:
    """The real recorder: a process of its own behind `capture.RecorderWatch`."""

    def __init__(
        self, settings: CameraSettings, state_folder: Path, folder_of: Callable[[str], Path], clock: Clock
    ) -> None:
        """`folder_of` gives (and makes) the folder of a recording's id; `state_folder` is where recorders are found."""
        self._settings = settings
        self._state_folder = state_folder
        self._folder_of = folder_of
        self._clock = clock
        self._work = ThreadPoolExecutor(1, "recorder")
        self._lock = threading.Lock()
        self._watch: RecorderWatch | None = None
        self._order: Order | None = None
        self._fault: ObserverError | None = None
        self._ended = threading.Event()
        self._looked_at = 0.0
        self._picture = b""
        self._told_end = False

    @property
    def latency_ms(self) -> int:
        """As set for this camera."""
        return self._settings.latency_ms

    # ---- start and stop ----

    def start(self, order: Order, on_gap: Callable[[GapSeen], None], on_change: Callable[[], None]) -> None:
        if not order.consent.strip():
            raise ConsentMissing(
                "This candidate's consent to be recorded is not on file: nothing is recorded.",
                advice="Score without recording, or let the centre enter the consent first.",
            )
        self._ended = threading.Event()
        self._order, self._fault, self._told_end = order, None, False
        self._work.submit(self._begin, order, on_gap, on_change, self._ended)

    def _begin(
        self, order: Order, on_gap: Callable[[GapSeen], None], on_change: Callable[[], None], ended: threading.Event
    ) -> None:
        began_us = self._clock.now().monotonic_us
        told = False
        while not ended.is_set():
            try:
                watch = self._open(order, on_gap, on_change, began_us)
            except ObserverError as error:
                self._fault = error
                if not told:
                    on_gap(GapSeen(order.recording, began_us, 0, error.message[:_CAUSE]))
                    on_change()
                told = True
                ended.wait(_RETRY_S)
                continue
            if told:
                on_gap(
                    GapSeen(order.recording, began_us, self._clock.now().monotonic_us, "The recorder did not start.")
                )
            with self._lock:
                self._watch, self._fault = watch, None
            watch.watch()
            threading.Thread(target=self._look, args=(watch, ended), name="preview", daemon=True).start()
            on_change()
            return

    def _open(
        self, order: Order, on_gap: Callable[[GapSeen], None], on_change: Callable[[], None], began_us: int
    ) -> RecorderWatch:
        config = self._settings.recorder(
            order.recording, self._folder_of(order.recording), order.key, order.consent, order.planned_s
        )
        last = [""]

        def tell(gap: GapRow) -> None:
            start = gap.from_monotonic_ns // 1000 or began_us
            end = gap.to_monotonic_ns // 1000
            on_gap(GapSeen(order.recording, start, end, gap.reason[:_CAUSE], gap.what, gap.slept_ms))

        def look(status: RecorderStatus) -> None:
            self._tell_end(order, status, on_gap)
            now = f"{status.state} {status.health}"
            if now != last[0]:
                last[0] = now
                on_change()

        return RecorderWatch(config, self._state_folder, on_gap=tell, on_status=look)

    def _tell_end(self, order: Order, status: RecorderStatus, on_gap: Callable[[GapSeen], None]) -> None:
        """A recorder that ended without being asked leaves a gap that lasts."""
        if not status.finished or status.state in ("died", "stopped") or self._told_end or self._ended.is_set():
            return
        self._told_end = True
        start = status.last_frame_monotonic_ns // 1000 or self._clock.now().monotonic_us
        on_gap(GapSeen(order.recording, start, 0, (status.message or "The recording ended.")[:_CAUSE]))

    def stop(self, recording: str = "") -> Future[None]:
        self._ended.set()
        return self._work.submit(self._finish, recording)

    def _finish(self, recording: str) -> None:
        with self._lock:
            watch, order = self._watch, self._order
        status, name = None, order.recording if order is not None else recording
        if watch is not None:
            status = watch.stop()
        elif name:
            # Told to stop before it was taken up: it may run all the same, from before the window's restart.
            client = RecorderClient.attach(self._state_folder, name)
            if client is not None:
                with client:
                    status = client.stop()
        if status is not None and not status.finished:
            raise EnvironmentFault(
                "The recorder has not closed the recording yet.", advice="Wait a moment, then try again."
            )
        with self._lock:
            self._watch, self._order = None, None
        self._picture, self._fault = b"", None

    def leave(self) -> Future[None]:
        self._ended.set()
        left = self._work.submit(self._let_go)
        self._work.shutdown(wait=False)
        return left

    def _let_go(self) -> None:
        with self._lock:
            watch, self._watch = self._watch, None
        if watch is not None:
            watch.leave()

    # ---- looking ----

    def seen(self) -> Seen:
        with self._lock:
            watch, fault, order = self._watch, self._fault, self._order
        if order is None:
            return Seen("off", say("view.recording.off"), say("view.recording.sound_off"), 0.0)
        if fault is not None:
            return Seen(
                "lost", say("view.recording.not_recording", message=fault.message), say("view.recording.sound_off"), 0.0
            )
        if watch is None:
            return Seen("starting", say("view.recording.starting_record"), say("view.recording.sound_off"), 0.0)
        return _seen(watch.status, self._settings.sound)

    def picture(self) -> bytes:
        self._looked_at = time.monotonic()
        return self._picture

    def _look(self, watch: RecorderWatch, ended: threading.Event) -> None:
        """Fetches the small picture while somebody looks, so that the window's own thread never waits for it."""
        while not ended.wait(_LOOK_S):
            if time.monotonic() - self._looked_at > _LOOKED_AT_S:
                continue
            preview = watch.client.preview()
            self._picture = to_jpeg(preview.width, preview.height, preview.rgb) if preview is not None else b""


def _seen(status: RecorderStatus, sound: bool) -> Seen:
    codes = {note.code: note for note in status.health}
    sound_words = (
        say("view.recording.sound_off")
        if not sound
        else say("view.recording.no_sound")
        if "silent" in codes
        else say("view.recording.sound_good")
    )
    match status.state:
        case "recording":
            told = [n for n in status.health if n.code not in _SETTINGS]
            look = any(n.code != "silent" for n in told)
            notes = sorted(told, key=lambda n: n.code not in _WORST)
            alarm = next((f"{n.message} {n.advice}" for n in notes), "")
            words = say("view.recording.check_picture") if look else RECORDING
            return Seen("recording", words, sound_words, status.level, alarm)
        case "starting":
            return Seen("starting", say("view.recording.starting_record"), say("view.recording.sound_off"), 0.0)
        case "died":
            return Seen("lost", say("view.recording.recorder_stopped"), say("view.recording.sound_off"), 0.0)
        case _:
            words = status.message or say("view.recording.recording_has_ended")
            return Seen(
                "lost", say("view.recording.not_recording_any_more", words=words), say("view.recording.sound_off"), 0.0
            )
