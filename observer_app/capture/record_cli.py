# SPDX-License-Identifier: GPL-3.0-or-later
"""`observer record`: the recorder alone, without scoring. For trying a camera, and for checks."""

from __future__ import annotations

import json as json_format
import os
import shutil
import signal
import sys
import threading
import uuid
from pathlib import Path
from typing import Any

from observer_app.capture.client import RecorderClient
from observer_app.capture.config import RecorderConfig, RecorderStatus
from observer_app.errors import EnvironmentFault
from observer_app.media.container import KEY_BYTES
from observer_app.media.segment import segment_summary

__all__ = ["run_record"]

_LONGEST_S = 4 * 3600.0
_POLL_S = 0.2


def run_record(
    source: str, out: Path, seconds: float | None, json: bool = False, *, loop: bool = False, sound: bool = True
) -> int:
    """Record `source` into a new folder under `out` until it ends, `seconds` have passed or Ctrl+C.

    The recording's key is written beside it as `recording.key`: only here, where there is no vault to wrap it.
    Returns 0 when it ended as it should, 1 when not. Raises our own errors where nothing was recorded.
    """
    folder, status = _record(source, out, seconds, loop=loop, sound=sound, quiet=json)
    if status.frames == 0:
        raise EnvironmentFault(status.message or "Nothing was recorded.", advice=status.advice)
    _report(folder, status, json)
    return 0 if status.state in ("stopped", "ended", "planned_end") else 1


def _record(
    source: str, out: Path, seconds: float | None, *, loop: bool, sound: bool, quiet: bool
) -> tuple[Path, RecorderStatus]:
    recording, key = uuid.uuid4().hex, os.urandom(KEY_BYTES)
    folder = out / recording
    try:
        folder.mkdir(parents=True)
        fd = os.open(folder / "recording.key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "w") as file:
            file.write(key.hex() + "\n")
    except OSError as error:
        raise EnvironmentFault(
            f"{out} cannot be written to: {error.strerror}.", advice="Choose another folder."
        ) from error
    config = RecorderConfig(
        recording=recording,
        folder=folder,
        key=key,
        source=source,
        consent="standalone: the person at the keyboard",
        planned_end_s=min(seconds or _LONGEST_S, _LONGEST_S),
        loop=loop,
        sound=sound,
        preview=False,
        keep_trying=False,
    )
    try:
        with RecorderClient.start(config, folder) as client:
            return folder, _wait(client, quiet)
    finally:
        for leftover in (folder / f"{recording}.recorder", folder / "recorder.log"):
            leftover.unlink(missing_ok=True)
        if not any(folder.glob("*.obsv")):
            shutil.rmtree(folder)


def _wait(client: RecorderClient, quiet: bool) -> RecorderStatus:
    """Until it is over; Ctrl+C ends it well."""
    stop = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: stop.set())
    try:
        while not (status := client.status()).finished:
            if not quiet and sys.stderr.isatty():
                print(
                    f"\r{status.state}  {status.seconds:8.1f} s  {status.size / 1e6:8.1f} MB", end="", file=sys.stderr
                )
            if stop.wait(_POLL_S):
                return client.stop()
        return status
    finally:
        signal.signal(signal.SIGINT, before)
        if not quiet and sys.stderr.isatty():
            print(file=sys.stderr)


def _report(folder: Path, status: RecorderStatus, json: bool) -> None:
    summary = segment_summary(folder)
    said: dict[str, Any] = {
        "recording": status.recording,
        "folder": str(folder),
        "key_file": str(folder / "recording.key"),
        "state": status.state,
        "seconds": round(summary.duration_ms / 1000, 3),
        "frames": status.frames,
        "dropped": status.dropped,
        "bytes": summary.size,
        "segments": [
            {"file": s.file, "size": s.size, "clusters": s.clusters, "root": s.root} for s in summary.segments
        ],
        "gaps_ms": [[g.start_ms, g.end_ms] for g in summary.gaps],
    }
    if json:
        print(json_format.dumps(said))
        return
    pictures = f"{status.frames} pictures ({status.dropped} dropped)"
    print(f"Recorded {said['seconds']:.1f} s, {pictures}, {summary.size / 1e6:.1f} MB.")
    print(f"Recording: {folder}")
    print(f"Its key:   {folder / 'recording.key'}   (whoever has it can watch the recording)")
    if status.message:
        print(f"{status.message} {status.advice}".strip())
