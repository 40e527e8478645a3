# SPDX-License-Identifier: GPL-3.0-or-later
"""Films and sealed recordings to measure with: noisy like a real room, each frame carrying its number."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from observer_app.capture.drawing import strip_rows
from observer_app.capture.index import SegmentFiles
from observer_app.capture.items import CodedPicture, CodedSound, SourceShape
from observer_app.capture.made_clip import make_clip
from observer_app.capture.muxer import SegmentMuxer
from observer_app.media.index_format import OpeningEntry

FPS = 30
SIZE = (1280, 720)
NOISE = 4.5  # standard deviation of the grey values: 9 to 10 Mbit/s at the recorder's own settings
ROOM_NOISE = 3.8  # 5 to 6 Mbit/s
_MS = Fraction(1, 1000)
# The recorder's own settings, so that a bare encode beside it does the same work.
ENCODER = {"preset": "veryfast", "tune": "zerolatency", "crf": "23", "x264-params": "keyint=30:min-keyint=1:scenecut=0"}


def noisy_clip(path: Path, seconds: int, *, variable: bool = False, noise: float = NOISE) -> Path:
    """MP4 of drawn people talking, 1280 x 720, H.264 with noise, AAC. `variable`: pictures 20 to 80 ms apart."""
    plain = make_clip(path.with_name("plain-" + path.name), seconds, fps=FPS, size=SIZE)
    try:
        with av.open(str(plain)) as source, av.open(str(path), "w", format="mp4") as container:
            video: Any = container.add_stream("libx264", rate=FPS)
            video.width, video.height, video.pix_fmt = *SIZE, "yuv420p"
            video.codec_context.time_base = _MS
            video.codec_context.gop_size = FPS
            video.options = ENCODER
            audio: Any = container.add_stream_from_template(source.streams.audio[0])
            _fill(container, source, video, audio, _Noise(variable, noise))
    finally:
        plain.unlink()
    return path


def with_tones(clip: Path, path: Path, tones: Sequence[tuple[float, int]]) -> Path:
    """MP4 of the clip's pictures as they are and, tones of (seconds, Hz; 0: silent) as its sound."""
    rate, parts = 48_000, list[Any]()
    for seconds, hertz in tones:
        parts.append(0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate))
    sound = np.concatenate(parts).astype(np.float32)
    with av.open(str(clip)) as source, av.open(str(path), "w", format="mp4") as film:
        pictures = source.streams.video[0]
        video: Any = film.add_stream_from_template(pictures)
        audio: Any = film.add_stream("aac", rate=rate, layout="mono")
        for packet in source.demux(pictures):
            if packet.pts is not None:
                packet.stream = video
                film.mux(packet)
        for at in range(0, len(sound), 1024):
            part = av.AudioFrame.from_ndarray(sound[None, at : at + 1024], format="fltp", layout="mono")
            part.sample_rate, part.pts, part.time_base = rate, at, Fraction(1, rate)
            film.mux(audio.encode(part))
        film.mux(audio.encode(None))
    return path


class _Noise:
    """Noise from a fixed seed, and the moments of the pictures."""

    def __init__(self, variable: bool, noise: float) -> None:
        self._random = np.random.default_rng(11)
        self._planes = self._random.normal(0, noise, (8, SIZE[1], SIZE[0])).astype(np.int16)
        self._variable = variable
        self._count = 0
        self._at_ms = 0

    def put_on(self, frame: av.VideoFrame) -> av.VideoFrame:
        planes = frame.to_ndarray(format="yuv420p")
        top = SIZE[1] - strip_rows(SIZE[1])
        shift = int(self._random.integers(0, SIZE[0]))
        noise = np.roll(self._planes[self._count % 8], shift, axis=1)[:top]
        planes[:top] = np.clip(planes[:top].astype(np.int16) + noise, 0, 255).astype(np.uint8)
        noisy = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        noisy.pts, noisy.time_base = self._moment(), _MS
        return noisy

    def _moment(self) -> int:
        if self._variable:
            at, self._at_ms = self._at_ms, self._at_ms + int(self._random.integers(20, 80))
        else:
            at = round(self._count * 1000 / FPS)
        self._count += 1
        return at


def _fill(container: Any, source: Any, video: Any, audio: Any, noise: _Noise) -> None:
    for packet in source.demux(source.streams.video[0], source.streams.audio[0]):
        if packet.stream.type == "audio":
            if packet.pts is not None and packet.size:
                packet.stream = audio
                container.mux(packet)
            continue
        for frame in packet.decode():
            for coded in video.encode(noise.put_on(frame)):
                container.mux(coded)
    for coded in video.encode(None):
        container.mux(coded)


def copied_recording(clip: Path, folder: Path, key: bytes, recording: str, seconds: int) -> int:
    """A sealed recording of `clip` repeated to `seconds`, copied as from a network camera, at the disk's speed; the
    number of its frames. Frame i of it shows number i modulo the clip's frames."""
    folder.mkdir(parents=True)
    opening = OpeningEntry("b0" * 16, 0, 1_000_000_000, 1_790_000_000_000, *SIZE, True, "network")
    files = SegmentFiles(folder, key, opening, recording=recording, frame_ms=33)
    count = 0
    with av.open(str(clip)) as source:
        video, audio = source.streams.video[0], source.streams.audio[0]
        shape = SourceShape(*SIZE, FPS, True, video, audio)
        muxer = SegmentMuxer(files, shape, SIZE, 0)
        for packet, at_ms in _repeated(source, video, audio, seconds * 1000):
            if packet.stream is video:
                pts = muxer.coded(CodedPicture(packet, at_ms, at_ms, packet.is_keyframe, 0))
                files.clock(pts, 1_000_000_000 + pts * 1_000_000, 0)
                count += 1
            else:
                muxer.coded_sound(CodedSound(packet, at_ms, None))
        muxer.close()
    files.close("stopped")
    return count


def _repeated(source: Any, video: Any, audio: Any, until_ms: int) -> Iterator[tuple[Any, int]]:
    passed = 0
    while True:
        source.seek(0)
        last = 0
        for packet in source.demux(video, audio):
            if packet.pts is None or not packet.size:
                continue
            at = round(float(packet.pts * packet.time_base) * 1000)
            last = max(last, at)  # of either: a repeated stream's sound may not begin before the last one's end
            if passed + at >= until_ms:
                return
            yield packet, passed + at
        passed += last + 33


def plain_copy(sealed: Any, path: Path) -> Path:
    """The same picture and sound, not encrypted, as FFmpeg itself writes it (Matroska with its own Cues)."""
    with av.open(sealed, "r", format="matroska") as source, av.open(str(path), "w", format="matroska") as container:
        streams = {s.index: container.add_stream_from_template(s) for s in source.streams}
        for packet in source.demux():
            if packet.pts is not None and packet.size:
                packet.stream = streams[packet.stream.index]
                container.mux(packet)
    return path


def picture_times(path: Path) -> list[int]:
    """The times (ms) of all pictures of a plain film in order, as FFmpeg tells them."""
    with av.open(str(path)) as source:
        video = source.streams.video[0]
        base = float(video.time_base or 0)
        found = [p.pts * base for p in source.demux(video) if p.pts is not None and p.size]
    return sorted(round(at * 1000) for at in found)


def processor_s(pid: int) -> float:
    """Seconds of processor time a process has used until now (Linux)."""
    fields = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait(seconds: float) -> None:
    """Let a measured process run."""
    threading.Event().wait(seconds)
