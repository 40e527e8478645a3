# SPDX-License-Identifier: GPL-3.0-or-later
"""Which camera and microphone this room has: chosen once, kept in the machine's own store, used by everyone here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path

from observer_app.capture.config import redact
from observer_app.capture.items import SourceName
from observer_app.errors import BadInput
from observer_app.vault.device import DeviceStore
from observer_app.workflows.recording import CameraSettings
from observer_app.workflows.views import RoomView

__all__ = ["LATEST_MS", "RoomDesk", "camera_of", "keep_camera", "latency_of", "lock_minutes"]

_LOCK, _USUAL_MIN, _LONGEST_MIN = "lock/minutes", 10, 240

_ADDRESSES = ("rtsp://", "rtsps://")
LATEST_MS = 5000
_FILMS = frozenset({".mp4", ".mkv", ".mov", ".avi", ".webm"})


def keep_camera(store: DeviceStore, settings: CameraSettings) -> None:
    """Keeps where picture and sound come from in this room."""
    values = {
        "source": settings.source,
        "microphone": settings.microphone,
        "sound": "1" if settings.sound else "",
        "loop": "1" if settings.loop else "",
        "latency": str(settings.latency_ms),
        "size": f"{settings.width} {settings.height} {settings.fps}",
    }
    for name, value in values.items():
        store.set_setting(f"camera/{name}", value.encode()).result()


def camera_of(store: DeviceStore) -> CameraSettings:
    """The room's camera as kept; the first one of the machine where nothing was."""
    found = {name: value.decode() for name, value in store.settings("camera/").items()}
    width, height, fps = (int(n) for n in found.get("camera/size", "1280 720 30").split())
    return CameraSettings(
        source=found.get("camera/source", "0"),
        microphone=found.get("camera/microphone", ""),
        sound=found.get("camera/sound", "1") == "1",
        loop=found.get("camera/loop", "") == "1",
        width=width,
        height=height,
        fps=fps,
        latency_ms=int(found.get("camera/latency", "0")),
    )


def lock_minutes(store: DeviceStore) -> int:
    """Minutes without a key after which this machine's window locks."""
    kept = store.setting(_LOCK)
    return int(kept) if kept else _USUAL_MIN


def latency_of(typed: str) -> int:
    """Milliseconds as typed; nothing typed is 0. Raises BadInput."""
    text = typed.strip() or "0"
    if not (text.isascii() and text.isdigit()) or int(text) > LATEST_MS:
        advice = "Clap before the camera: a picture a quarter of a second late is 250."
        raise BadInput(f"How late the picture comes is a number from 0 to {LATEST_MS}.", advice=advice)
    return int(text)


class RoomDesk:
    """RoomPort. `cameras` and `microphones` list what the machine has."""

    def __init__(
        self,
        store: DeviceStore,
        cameras: Callable[[], Sequence[SourceName]],
        microphones: Callable[[], Sequence[SourceName]],
    ) -> None:
        self._store = store
        self._cameras, self._microphones = cameras, microphones

    def view(self) -> RoomView:
        """SLOW. What there is to choose from, and what is chosen. An address is shown without its password."""
        now = camera_of(self._store)
        cameras = tuple((s.source, s.label) for s in self._cameras())
        microphones = tuple((s.source, s.label) for s in self._microphones())
        listed = now.source in {source for source, _ in cameras}
        return RoomView(cameras, microphones, now.source if listed else "", "" if listed else redact(now.source),
                        now.microphone, now.sound, lock_minutes(self._store), now.latency_ms)  # fmt: skip

    def lock_after(self, minutes: int) -> Future[None]:
        """Keeps it for whoever signs in next; the future fails with BadInput for no time or over four hours."""
        if not 1 <= minutes <= _LONGEST_MIN:
            refused: Future[None] = Future()
            refused.set_exception(BadInput(f"It can lock after 1 to {_LONGEST_MIN} minutes."))
            return refused
        return self._store.set_setting(_LOCK, str(minutes).encode())

    def use(self, camera: str, address: str, microphone: str, sound: bool, latency: str = "") -> Future[None]:
        """SLOW. Keeps the choice: `camera` of the list, or an `address` (rtsp://..., or a film's file for practice);
        `latency`: milliseconds the picture comes later than the room, as typed.

        Raises BadInput. An address shown without its password and not changed keeps its password.
        """
        before = camera_of(self._store)
        source, loop = camera or address.strip(), False
        if not source:
            raise BadInput("No camera is chosen.", advice="Choose a camera, or type the address of one.")
        if not camera and source == redact(before.source):
            source, loop = before.source, before.loop
        elif not camera and not source.startswith(_ADDRESSES):
            film = Path(source).expanduser()
            if film.suffix.lower() not in _FILMS or not film.is_file():
                advice = "An address begins with rtsp://; a film's file must be on this machine."
                raise BadInput("This is neither a camera's address nor a film.", advice=advice)
            source, loop = str(film), True
        size = (before.width, before.height, before.fps)
        keep_camera(self._store, CameraSettings(source, microphone, sound, loop, *size, latency_of(latency)))
        done: Future[None] = Future()
        done.set_result(None)
        return done
