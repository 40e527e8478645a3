# SPDX-License-Identifier: GPL-3.0-or-later
"""A film made at run time: two drawn people talk at a table. For sample days, the demo and tests.

Every frame carries its number in the strip at its lower edge (`read_frame_number`), so that any picture anywhere can
be traced to its moment; the talk is real speech, so that sound can be judged.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from observer_app.capture.drawing import MOUTHS, POSES, Scene, number_blocks, read_frame_number, strip_rows
from observer_app.capture.speech import speak
from observer_app.errors import BadInput, EnvironmentFault

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["TALK", "make_clip", "read_frame_number"]

_RATE = 48_000
_PAUSE_S = 0.45
_VOICES = ("en-gb", "en-gb+f3")
TALK = (
    (0, "Thank you for coming in today. How have things been since we last met?"),
    (1, "Up and down, to be honest. The mornings are the hardest, getting everyone out of the door."),
    (0, "That sounds tiring. Can you tell me what happened this morning?"),
    (1, "He would not get dressed, and I shouted. I am not proud of it."),
    (0, "It takes courage to say that. What would have helped you at that moment?"),
    (1, "Another pair of hands. My sister used to come, but she has moved away."),
    (0, "I would like us to look at who else is around you. Would that be all right?"),
    (1, "Yes. I think so. As long as nobody talks over my head."),
    (0, "You will see everything I write down, and we decide the next steps together."),
    (1, "Then let us start with the mornings."),
)


def make_clip(
    path: Path,
    seconds: float,
    *,
    fps: int = 30,
    size: tuple[int, int] = (1280, 720),
    title: str = "Made clip: drawn people, no real interview",
    talk: tuple[tuple[int, str], ...] = TALK,
) -> Path:
    """Write an MP4 (or MKV, by the name's ending) of `seconds`; `path` itself.

    `talk`: (person 0 or 1, sentence) in turn, repeated to the end. Raises `BadInput` for a size that cannot carry
    the frame number, `EnvironmentFault` when the file cannot be written.
    """
    import av

    width, height = size
    if width % 2 or height % 2 or width < 256 or height < 144 or fps < 1 or seconds <= 0:
        raise BadInput("A made clip needs an even size of at least 256 x 144 and a length above nothing.")
    count = max(round(seconds * fps), 1)
    sound, mouths = _speech(count, fps, talk)
    try:
        with av.open(str(path), "w", options={"movflags": "+faststart"} if path.suffix == ".mp4" else {}) as container:
            _encode(container, _Pictures(Scene(width, height, title), fps), sound, mouths, fps)
    except OSError as error:
        raise EnvironmentFault(f"The clip {path.name} cannot be written: {error.strerror}.") from error
    return path


def _encode(
    container: Any, pictures: _Pictures, sound: NDArray[np.float32], mouths: NDArray[np.int8], fps: int
) -> None:
    import av

    video = container.add_stream("libx264", rate=fps)
    video.width, video.height, video.pix_fmt = pictures.width, pictures.height, "yuv420p"
    video.codec_context.gop_size = fps
    video.options = {"preset": "ultrafast", "crf": "24", "tune": "zerolatency"}
    audio = container.add_stream("aac", rate=_RATE, layout="mono")
    audio.bit_rate = 64_000
    heard = 0
    for number in range(mouths.shape[1]):
        frame = av.VideoFrame.from_ndarray(
            pictures.planes(number, (int(mouths[0, number]), int(mouths[1, number]))), format="yuv420p"
        )
        frame.pts, frame.time_base = number, Fraction(1, fps)
        for packet in video.encode(frame):
            container.mux(packet)
        while heard < len(sound) and heard * fps < (number + 1) * _RATE:
            part = av.AudioFrame.from_ndarray(sound[None, heard : heard + 1024], format="fltp", layout="mono")
            part.sample_rate, part.pts, part.time_base = _RATE, heard + 1024, Fraction(1, _RATE)
            for packet in audio.encode(part):
                container.mux(packet)
            heard += 1024
    for stream in (video, audio):
        for packet in stream.encode(None):
            container.mux(packet)


def _speech(count: int, fps: int, talk: tuple[tuple[int, str], ...]) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    """(samples of the whole clip, mouths: 2 x frames, how far open each mouth is at each frame)."""
    import numpy as np

    length = round(count / fps * _RATE)
    sound = np.zeros(-(-length // 1024) * 1024, np.float32)
    mouths = np.zeros((2, count), np.int8)
    said = {line: speak(line[1], _VOICES[line[0] % 2]) for line in dict.fromkeys(talk)}
    at, turn = round(0.4 * _RATE), 0
    while said and at < length:
        line = talk[turn % len(talk)]
        part = said[line][: length - at]
        sound[at : at + len(part)] = part * 0.7
        for frame in range(at * fps // _RATE, min((at + len(part)) * fps // _RATE, count)):
            start = frame * _RATE // fps - at
            loud = float(np.abs(part[max(start, 0) : start + _RATE // fps]).mean()) if start + _RATE // fps > 0 else 0
            mouths[line[0] % 2, frame] = min(int(loud * 28), MOUTHS - 1)
        at += len(part) + round(_PAUSE_S * _RATE)
        turn += 1
    return sound, mouths


class _Pictures:
    """Planar YUV pictures of the scene: each pose drawn once, then only strip and clock change from frame to frame."""

    def __init__(self, scene: Scene, fps: int) -> None:
        import cv2
        import numpy as np

        self._cv2, self._np = cv2, np
        self._scene, self._fps = scene, fps
        self.width, self.height = scene.width, scene.height
        self._drawn: dict[tuple[int, tuple[int, int]], Any] = {}

    def planes(self, number: int, mouths: tuple[int, int]) -> NDArray[np.uint8]:
        """Frame `number` as yuv420p, (height * 3 / 2) x width."""
        pose = number * POSES // (self._fps * 4) % POSES
        base: Any = self._drawn.get((pose, mouths))
        if base is None:
            base = self._cv2.cvtColor(self._scene.draw(pose, mouths), self._cv2.COLOR_BGR2YUV_I420)
            self._drawn[pose, mouths] = base
        planes: NDArray[np.uint8] = base.copy()
        self._write_clock(planes, number)
        self._write_number(planes, number)
        return planes

    def _write_clock(self, planes: NDArray[np.uint8], number: int) -> None:
        tenths = number * 10 // self._fps
        text = f"{tenths // 600:02d}:{tenths // 10 % 60:02d}.{tenths % 10}   frame {number:06d}"
        scale = self.height / 720 * 0.8
        place = (round(self.height * 0.03), round(self.height * 0.94))
        self._cv2.putText(
            planes[: self.height],
            text,
            place,
            self._cv2.FONT_HERSHEY_SIMPLEX,
            scale,
            40,
            max(round(scale * 2), 1),
            self._cv2.LINE_AA,
        )

    def _write_number(self, planes: NDArray[np.uint8], number: int) -> None:
        rows, blocks = strip_rows(self.height), number_blocks(number)
        edges = [round(i * self.width / len(blocks)) for i in range(len(blocks) + 1)]
        for i, white in enumerate(blocks):
            planes[self.height - rows : self.height, edges[i] : edges[i + 1]] = 235 if white else 16
        # Grey chroma under the strip, in both colour planes.
        chroma = planes[self.height :].reshape(2, self.height // 2, self.width // 2)
        chroma[:, self.height // 2 - rows // 2 :] = 128
