# SPDX-License-Identifier: GPL-3.0-or-later
"""Which camera and microphone this room has, as kept in the machine's own store."""

from __future__ import annotations

from observer_app.vault.device import DeviceStore
from observer_app.workflows.recording import CameraSettings

__all__ = ["camera_of", "keep_camera"]


def keep_camera(store: DeviceStore, settings: CameraSettings) -> None:
    """Keeps where picture and sound come from in this room."""
    values = {
        "source": settings.source,
        "microphone": settings.microphone,
        "sound": "1" if settings.sound else "",
        "loop": "1" if settings.loop else "",
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
    )
