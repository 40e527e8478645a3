# SPDX-License-Identifier: GPL-3.0-or-later
"""Network cameras for tests: real RTSP servers (Debian's gst-rtsp-server) playing a film on this machine."""

from __future__ import annotations

import bisect
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

__all__ = ["Sent", "Serve", "network_cameras"]

SERVER = Path(__file__).parent / "rtsp_server.py"
SYSTEM_PYTHON = "/usr/bin/python3"
NEEDED = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"

Serve = Callable[..., tuple[str, "subprocess.Popen[str]"]]


class Sent:
    """What the last who connected was sent, as the server wrote it down in its `log`."""

    def __init__(self, log: Path, fps: int) -> None:
        rows = [line.split() for line in log.read_text().splitlines(keepends=True) if line.endswith("\n")]
        rows = [row for row in rows if row[2] == rows[-1][2]]
        numbers = [round(int(pts) * fps / 1e9) for pts, _, _ in rows]
        self.at_ns = [int(at) for _, at, _ in rows]
        self.numbers = [number - numbers[0] for number in numbers]

    def then(self, ns: int) -> tuple[int, float]:
        """(the number of the picture sent last at a monotonic time, how many ms before that it was)."""
        place = bisect.bisect_right(self.at_ns, ns) - 1
        return self.numbers[place], (ns - self.at_ns[place]) / 1e6


@contextmanager
def network_cameras(film: Path) -> Iterator[Serve]:
    """Gives a function that starts a server with the arguments of `rtsp_server.py` behind the film: (address, process).

    Skips the test where the server is not installed; all are killed at the end.
    """
    if subprocess.run([SYSTEM_PYTHON, "-c", NEEDED], capture_output=True, check=False).returncode:
        pytest.skip("Debian's gst-rtsp-server is not installed (see README)")
    running: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> tuple[str, subprocess.Popen[str]]:
        command = [SYSTEM_PYTHON, str(SERVER), str(film), *arguments]
        running.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True))
        out = running[-1].stdout
        assert out is not None
        return out.readline().strip(), running[-1]

    try:
        yield start
    finally:
        for process in running:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()
