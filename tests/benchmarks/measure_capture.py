# SPDX-License-Identifier: GPL-3.0-or-later
"""Recording: pictures dropped, processor used, and what a kill takes.

1. Ten minutes of a noisy 720p30 film with sound, encrypted, with the preview asked for ten times a second; beside it
   the bare decoding and encoding of the same film by PyAV. `OBSERVER_BENCH_SECONDS` shortens it: n is the seconds.
2. A network camera's stream copied (a real RTSP server on the loopback), with and without preview, beside PyAV alone
   copying the same stream to a plain file. n is the seconds.
3. Twenty recorders killed at a random moment: from the last picture that can be seen afterwards to the kill. n: kills.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from observer_app.capture.client import RecorderClient
from observer_app.capture.config import RecorderConfig, RecorderStatus
from observer_app.media.opened import open_recording
from tests.benchmarks.films import ENCODER, FPS, ROOM_NOISE, SIZE, noisy_clip, processor_s, wait
from tests.benchmarks.registry import Figure, benchmark

KEY = bytes(range(32))
CLIP_S = 20
KILLS = 20
LEAST_MBIT = 3.0
SERVER = Path(__file__).parents[1] / "servers" / "rtsp_server.py"


def seconds_to_measure(default: int) -> int:
    return int(os.environ.get("OBSERVER_BENCH_SECONDS", str(default)))


@contextmanager
def folder() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="observer-bench-"))
    try:
        yield place
    finally:
        shutil.rmtree(place)


@contextmanager
def recording(source: str, place: Path) -> Iterator[tuple[RecorderClient, RecorderConfig]]:
    """A recorder of `source`, recording; it never outlives the block."""
    name = uuid.uuid4().hex
    config = RecorderConfig(name, place / name, KEY, source, "consent-bench", 7200.0, loop=True)
    with RecorderClient.start(config, place / "state") as client:
        try:
            while not (status := client.status()).frames:
                if status.finished:
                    raise RuntimeError(status.message)
                wait(0.05)
            yield client, config
        finally:
            client.stop(30)
            client.end_by_force()


def watch(client: RecorderClient, seconds: float, *, preview: bool) -> tuple[RecorderStatus, float]:
    """(status, cores used) over some seconds of recording, after two seconds to settle."""
    wait(2.0)
    pid = client.status().pid
    began, used = time.monotonic(), processor_s(pid)
    while time.monotonic() - began < seconds:
        if preview:
            client.preview()
        wait(0.1 if preview else 0.5)
    cores = (processor_s(pid) - used) / (time.monotonic() - began)
    return client.status(), cores


@benchmark("record_720p30_frames_dropped", "record_720p30_cpu_cores")
def record_720p30() -> list[Figure]:
    seconds = seconds_to_measure(600)
    with folder() as place:
        clip = noisy_clip(place / "noisy.mp4", CLIP_S, noise=ROOM_NOISE)
        with recording(str(clip), place) as (client, _):
            status, cores = watch(client, seconds, preview=True)
        rate = status.size * 8 / status.seconds / 1e6
        if rate < LEAST_MBIT:
            raise RuntimeError(f"the film is too easy: {rate:.1f} Mbit/s")
        bare = bare_encoding(clip)
    return [
        Figure("record_720p30_frames_dropped", status.dropped, "frames", n=seconds, aim=0),
        Figure("record_720p30_cpu_cores", cores, "cores", n=seconds, baseline=bare, aim=0.5),
    ]


def bare_encoding(clip: Path) -> float:
    """Processor seconds for a second of film: decoding and encoding of the picture only, in this process."""

    def used() -> float:
        own = resource.getrusage(resource.RUSAGE_SELF)
        return own.ru_utime + own.ru_stime

    began = used()
    with av.open(str(clip)) as source, av.open(os.devnull, "w", format="matroska") as container:
        video: Any = container.add_stream("libx264", rate=FPS)
        video.width, video.height, video.pix_fmt, video.options = *SIZE, "yuv420p", ENCODER
        video.codec_context.thread_count = 1
        count = 0
        for frame in source.decode(video=0):
            frame.pts, frame.time_base = count, Fraction(1, FPS)
            frame.pict_type = av.video.frame.PictureType.NONE
            for packet in video.encode(frame):
                container.mux(packet)
            count += 1
        for packet in video.encode(None):
            container.mux(packet)
    return (used() - began) / (count / FPS)


@contextmanager
def network_camera(clip: Path, sound: str) -> Iterator[str]:
    """The address of a real RTSP server playing the clip."""
    command = ["/usr/bin/python3", str(SERVER), str(clip), sound]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.kill()


@benchmark("rtsp_copy_cpu_cores", "rtsp_copy_g711_cpu_cores", "rtsp_copy_preview_cpu_cores")
def rtsp_copy() -> list[Figure]:
    seconds = min(seconds_to_measure(30), 60)
    ways = (("rtsp_copy_cpu_cores", "aac", False), ("rtsp_copy_g711_cpu_cores", "g711", False),
            ("rtsp_copy_preview_cpu_cores", "aac", True))  # fmt: skip
    figures = []
    with folder() as place:
        clip = noisy_clip(place / "noisy.mp4", seconds + 15)
        with network_camera(clip, "aac") as address:
            bare = bare_copy(address, seconds)
        for name, sound, preview in ways:
            with network_camera(clip, sound) as address, recording(address, place) as (client, _):
                _, cores = watch(client, seconds, preview=preview)
            aim = None if preview else 0.03
            figures.append(Figure(name, cores, "cores", n=seconds, baseline=bare, aim=aim))
    return figures


BARE_COPY = """
import sys, time, av
source = av.open(sys.argv[1], options={"rtsp_transport": "tcp"}, timeout=(8, 3))
out = av.open(sys.argv[2], "w", format="matroska", options={"flush_packets": "1", "cluster_time_limit": "250"})
streams = {s.index: out.add_stream_from_template(s) for s in source.streams}
used, began, end = 0.0, 0.0, float(sys.argv[3])
for packet in source.demux():
    if packet.pts is None or not packet.size or (not began and not packet.is_keyframe):
        continue
    if not began:
        used, began = time.process_time(), time.monotonic()
    packet.stream = streams[packet.stream.index]
    out.mux(packet)
    if time.monotonic() - began > end:
        break
print((time.process_time() - used) / (time.monotonic() - began))
"""


def bare_copy(address: str, seconds: int) -> float:
    """Cores PyAV alone takes to copy the stream into a plain Matroska file."""
    command = [sys.executable, "-c", BARE_COPY, address, os.devnull, str(seconds)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@benchmark("crash_video_lost_s_max")
def crash() -> list[Figure]:
    chance = random.Random(7)
    lost = []
    with folder() as place:
        clip = noisy_clip(place / "noisy.mp4", CLIP_S)
        for _ in range(KILLS):
            with recording(str(clip), place) as (client, config):
                wait(1.0 + chance.random() * 2)
                killed = time.monotonic_ns()
                client.end_by_force()
                lost.append(killed - last_seen_ns(config))
    return [Figure("crash_video_lost_s_max", max(lost) / 1e9, "s", n=KILLS, aim=0.5)]


def last_seen_ns(config: RecorderConfig) -> int:
    """The monotonic time of the last picture that can be seen of a recording whose recorder was killed."""
    with open_recording(config.folder, KEY) as opened:
        shown = opened.frames.frame_at(opened.duration_ms)  # decoded: it is really there
        told = opened.timeline.monotonic_ns(shown.pts_ms)
    assert told is not None
    return told[1]
