# SPDX-License-Identifier: GPL-3.0-or-later
"""Before the first candidate: camera, sound, room on the disk, power, clock, signing key. Each with what to do.

None of it keeps anyone from scoring: what is passed over is written on the record with its reason.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from observer_app.capture.awake import can_stay_awake
from observer_app.capture.config import HealthNote
from observer_app.capture.health import HEALTH_SIZE, SELDOM, SELDOM_MS, PictureHealth
from observer_app.capture.items import CodedPicture, CodedSound, FrameSource, Item, Picture, Sound, SourceShape
from observer_app.capture.power import Battery, battery
from observer_app.capture.preview import PREVIEW_SIZE, loudness
from observer_app.capture.sources import NAMED, source_for
from observer_app.domain.moment import Clock
from observer_app.errors import ObserverError
from observer_app.media.still import to_jpeg
from observer_app.sync.central_time import TimeSeen
from observer_app.workflows.clock_check import awake_or_asleep, clock_check, compare
from observer_app.workflows.recording import CameraSettings
from observer_app.workflows.timekeeping import minutes_words
from observer_app.workflows.views import CheckState, CheckView
from observer_app.workflows.words import say

__all__ = [
    "BYTES_PER_SECOND", "CameraLook", "Preflight", "look_at_camera", "power_check", "rate_of",
    "sound_check", "space_check",
]  # fmt: skip

BYTES_PER_SECOND = 600_000  # a noisy 720p picture at 30 a second with sound, and more
_USUAL = 1280 * 720 * 30
_LEAST_RATE = 60_000
_QUIET = 0.01  # -40 dB: speech in the middle of a table is well above
_LOOK_S = 2.0
_LOOKS = 7
_GB = 1_000_000_000


@dataclass(frozen=True, slots=True)
class CameraLook:
    """What two seconds of camera and microphone showed. `fault`: why there is no picture, with advice. `rate`: bytes a
    second of recording it will need, half as much again as a camera that codes its own picture gave just now."""

    picture: bytes = b""
    notes: tuple[HealthNote, ...] = ()
    level: float = 0.0
    sound: bool = False
    rate: int = BYTES_PER_SECOND
    fault: ObserverError | None = field(default=None, compare=False)


def look_at_camera(settings: CameraSettings, seconds: float = _LOOK_S) -> CameraLook:
    """SLOW. Opens the source for a moment; nothing is kept. Never raises: a missing camera is a `fault`."""
    config = settings.recorder("0" * 32, Path(), bytes(32), "none: nothing is recorded")
    try:
        source = source_for(config)
        shape = source.open()
    except ObserverError as error:
        return CameraLook(fault=error)
    try:
        watched = _watch(source, seconds)
    except ObserverError as error:
        return CameraLook(fault=error)
    finally:
        source.close()
    last = watched.last
    if last is None:
        return CameraLook(fault=ObserverError("The camera gives no picture.", advice="Unplug it and plug it in again."))
    return CameraLook(_jpeg(last), watched.notes, watched.level, shape.sound, watched.rate or rate_of(shape))


def rate_of(shape: SourceShape | CameraSettings) -> int:
    """Bytes a second to reckon with for a picture of this size that the recorder codes itself."""
    return max(_LEAST_RATE, round(BYTES_PER_SECOND * shape.width * shape.height * max(1, shape.fps) / _USUAL))


class _Watched:
    """Takes a source's items in; looks at the picture's health often enough to tell a frozen one."""

    def __init__(self, seconds: float) -> None:
        self.last: Any = None
        self.notes: tuple[HealthNote, ...] = ()
        self.level: float = 0.0
        self._every_ms = seconds * 1000 / _LOOKS
        self._health = PictureHealth(sound=False, gone_ms=round(seconds * 700))
        self._first_ms = self._now_ms = -1
        self._looked_ms = 0.0
        self._coded = 0
        self._keys = 0

    @property
    def watched_ms(self) -> int:
        """Milliseconds from the first picture to the last, by the source's own clock."""
        return self._now_ms - self._first_ms

    def seen_enough(self, seconds: float) -> bool:
        """Whether it was watched for so long; a coded picture also until the second whole one, or that one is late."""
        enough = self.watched_ms >= seconds * 1000
        if enough and self._keys == 1 and self.watched_ms >= SELDOM_MS:
            self.notes = (*self.notes, SELDOM)
        return enough and (self._keys != 1 or self.watched_ms >= SELDOM_MS)

    @property
    def rate(self) -> int:
        """Bytes a second of a source that codes its own picture, half as much again; 0 of any other."""
        return self._coded * 1500 // max(1, self.watched_ms)

    def take(self, item: Item) -> None:
        """The next item."""
        if isinstance(item, Sound):
            self.level = max(self.level, loudness(item.samples))
            return
        if not isinstance(item, Picture):
            self._coded += item.packet.size
        if isinstance(item, CodedSound):
            self.level = max(self.level, item.level or 0.0)
            return
        self._keys += isinstance(item, CodedPicture) and item.key
        frame = item.frame if isinstance(item, Picture) else _decoded(item.packet)
        self._first_ms = item.pts_ms if self._first_ms < 0 else self._first_ms
        self._now_ms = item.pts_ms
        if frame is not None:
            self._look(frame)

    def _look(self, frame: Any) -> None:
        if self.last is None or self._now_ms - self._looked_ms >= self._every_ms:
            self._looked_ms = self._now_ms
            grey = frame.reformat(width=HEALTH_SIZE[0], height=HEALTH_SIZE[1], format="gray").to_ndarray()
            self.notes = self._health.look(grey, frame.width, frame.height, self.level, self._now_ms)
        self.last = frame


def _watch(source: FrameSource, seconds: float) -> _Watched:
    """Some seconds by the source's own clock."""
    stop, watched = threading.Event(), _Watched(seconds)
    for item in source.items(stop):
        watched.take(item)
        if watched.seen_enough(seconds):
            stop.set()
    return watched


def _decoded(packet: Any) -> Any:
    try:
        frames = packet.decode()
    except ValueError:  # the library's own errors are of this family: one bad packet is no missing camera
        return None
    return frames[-1] if frames else None


def _jpeg(frame: Any) -> bytes:
    share = min(PREVIEW_SIZE[0] / frame.width, PREVIEW_SIZE[1] / frame.height)
    width, height = max(round(frame.width * share / 2) * 2, 2), max(round(frame.height * share / 2) * 2, 2)
    return to_jpeg(width, height, frame.reformat(width=width, height=height, format="rgb24").to_ndarray().tobytes())


def camera_check(look: CameraLook, name: str) -> CheckView:
    """Judges the picture."""
    if look.fault is not None:
        return _needs(
            "camera",
            say("view.preflight.no_camera_picture"),
            look.fault.message,
            look.fault.advice or say("view.preflight.check_cameras_cable"),
        )
    seen = [n for n in look.notes if n.code != "silent"]
    if seen:
        return CheckView(
            "camera", seen[0].message.rstrip("."), name, CheckState.NEEDS_YOU, seen[0].advice, -1.0, look.picture
        )
    return CheckView(
        "camera",
        say("view.preflight.camera_ready"),
        say("view.preflight.bright_sharp", name=name),
        CheckState.GOOD,
        picture=look.picture,
    )


def sound_check(look: CameraLook, wanted: bool = True) -> CheckView:
    """Judges the loudness of a moment in which somebody should speak."""
    if not wanted:
        return CheckView(
            "sound", say("view.preflight.sound_off"), say("view.preflight.camera_set_record_without"), CheckState.GOOD
        )
    if look.fault is not None or not look.sound:
        return _needs(
            "sound",
            say("view.preflight.no_sound"),
            say("view.preflight.no_microphone_was_heard"),
            say("view.preflight.check_that_microphone_plugged"),
            0.0,
        )
    if look.level < _QUIET:
        remedy = say("view.preflight.move_microphone_middle_table")
        return _needs("sound", say("view.preflight.sound_quiet"), say("view.preflight.low"), remedy, look.level)
    return CheckView(
        "sound",
        say("view.preflight.sound_good"),
        say("view.preflight.loud_enough_understand"),
        CheckState.GOOD,
        level=look.level,
    )


def space_check(free: int, seconds: int, rate: int = BYTES_PER_SECOND) -> CheckView:
    """Judges the room on the disk (bytes) against the recorded seconds still planned today at `rate` bytes a second."""
    needed = seconds * rate
    detail = say("view.preflight.free_today_needs_about", free=_room(free), needed=_room(needed))
    if free < needed + _GB:
        return _needs(
            "space", say("view.preflight.not_enough_space"), detail, say("view.preflight.make_room_disk_empty")
        )
    return CheckView("space", say("view.preflight.enough_space"), detail, CheckState.GOOD)


def power_check(found: Battery | None, seconds: int, awake: bool = True) -> CheckView:
    """Judges whether the power lasts for the recorded seconds still planned today. `found` None: the system tells of no
    battery. `awake`: whether the machine can be kept from falling asleep while it records; said, but no fault."""
    more = "" if awake else say("view.preflight.cannot_be_kept_awake")
    if found is None:
        return CheckView(
            "power",
            say("view.preflight.power"),
            say("view.preflight.no_battery_reported_runs", more=more),
            CheckState.GOOD,
        )
    if found.charging:
        return CheckView(
            "power",
            say("view.preflight.power_connected"),
            say("view.preflight.charging", percent=found.percent, more=more),
            CheckState.GOOD,
        )
    if found.left_s < 0:
        detail = say("view.preflight.battery", percent=found.percent)
    else:
        detail = say("view.preflight.battery_lasting", percent=found.percent, length=minutes_words(found.left_s))
        if found.left_s > seconds:
            return CheckView("power", say("view.preflight.battery_lasts"), f"{detail}{more}", CheckState.GOOD)
    needed = say("view.preflight.today_still_records", length=minutes_words(seconds)) if seconds else ""
    return _needs(
        "power",
        say("view.preflight.not_plugged"),
        f"{detail} {needed}".strip() + more,
        say("view.preflight.plug_charger"),
    )


def key_check(certificate_days: int | None, machine_days: int | None = None) -> CheckView:
    """Judges whether the signed-in person can sign, and what is signed here be sent. Days: how long the person's and
    the machine's certificates are good for. One that has run out keeps nobody from signing."""
    if certificate_days is None:
        remedy = say("view.preflight.ask_centre_manager_enrol")
        return _needs(
            "key",
            say("view.preflight.you_cannot_sign_here"),
            say("view.preflight.your_certificate_not_machine"),
            remedy,
        )
    if certificate_days < 0 or (machine_days is not None and machine_days < 0):
        whose = "your_certificate_has_run" if certificate_days < 0 else "machines_certificate_has_run"
        return _needs(
            "key",
            say(f"view.preflight.{whose}"),
            say("view.preflight.kept_until_renewed"),
            say("view.preflight.ask_centre_manager"),
        )
    return CheckView("key", say("view.preflight.ready_to_sign"), say("view.preflight.asked_again"), CheckState.GOOD)


def _needs(kind: str, title: str, detail: str, remedy: str, level: float = -1.0) -> CheckView:
    return CheckView(kind, title, detail, CheckState.NEEDS_YOU, remedy, level)


def _room(amount: int) -> str:
    if amount < _GB:
        return f"{max(0, amount) // 1_000_000} MB"
    return f"{amount / _GB:.0f} GB" if amount >= 10 * _GB else f"{amount / _GB:.1f} GB"


class Preflight:
    """The six checks of one machine."""

    def __init__(self, settings: Callable[[], CameraSettings], root: Path, clock: Clock) -> None:
        """`settings` gives the camera as it is chosen now; `root` is the folder on whose disk recordings go."""
        self._settings = settings
        self._root = root
        self._clock = clock

    def run(
        self,
        seconds_today: int,
        central: TimeSeen | None,
        certificate_days: tuple[int | None, int | None],
        *,
        busy: bool = False,
    ) -> tuple[CheckView, ...]:
        """SLOW. All six, looked at anew.

        `seconds_today`: recorded seconds still planned; `central`: the time it signed last, or None;
        `certificate_days`: the two of `key_check`; `busy`: the camera is recording just now and is left alone.
        """
        s = self._settings()
        name = (
            say("view.preflight.camera", source=s.source) if s.source.isdigit() else say("view.preflight.room_camera")
        )
        if s.source.startswith(NAMED):
            name = s.source.removeprefix(NAMED)
        look = CameraLook(rate=rate_of(s)) if busy else look_at_camera(s)
        picture = (
            CheckView("camera", say("view.preflight.camera_recording"), name, CheckState.GOOD)
            if busy
            else camera_check(look, name)
        )
        sound = (
            CheckView("sound", say("view.preflight.sound_recorded"), name, CheckState.GOOD)
            if busy
            else sound_check(look, s.sound)
        )
        rate = look.rate if look.fault is None else rate_of(s)
        return (
            picture,
            sound,
            space_check(shutil.disk_usage(self._root).free, seconds_today, rate),
            power_check(battery(), seconds_today, can_stay_awake()),
            self.clock(central),
            key_check(*certificate_days),
        )

    def clock(self, central: TimeSeen | None) -> CheckView:
        """This machine's clock as it stands now; `central` as in `run`."""
        now = awake_or_asleep(self._clock)
        return clock_check(compare(central, now), now.wall_ms)
