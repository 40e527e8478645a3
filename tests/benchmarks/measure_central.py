# SPDX-License-Identifier: GPL-3.0-or-later
"""The central store over real HTTP, in its own process: results a second, a recording's way, what is sent twice."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from observer_app.central.serve import start_in_background
from observer_app.errors import Unreachable
from observer_app.protocol import MAX_BATCH, PART_SIZE, ObjectOffer, sha256_hex
from observer_app.sync.client import Client, Identity
from observer_app.sync.line import HttpTransport
from tests.benchmarks.registry import Figure, benchmark
from tests.simulators.network import LOST_REPLY, LOST_REQUEST, BadLine
from tests.simulators.programme import Holder, Programme, chain

CENTRES, EACH = 3, 1000
FILM = 160 * 1024 * 1024
TIMES = 3
# What a store must do at least: take the bytes in, write them down, answer when they are on the disk.
_BARE_STORE = """
import os, sys, uvicorn

async def app(scope, receive, send):
    with open(sys.argv[1] + scope["path"].replace("/", "-"), "wb") as file:
        more = True
        while more:
            message = await receive()
            file.write(message.get("body", b""))
            more = message.get("more_body", False)
        file.flush()
        os.fsync(file.fileno())
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})

uvicorn.run(app, fd=int(sys.argv[2]), log_level="warning", access_log=False, lifespan="off", ws="none")
"""


@contextmanager
def _central(data: Path) -> Iterator[str]:
    """`observer central serve` over `data`; its address."""
    command = [sys.executable, "-m", "observer_app", "central", "serve", "--data", str(data), "--listen", "127.0.0.1:0"]
    process = subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    try:
        yield str(json.loads(process.stdout.readline())["url"])
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


@contextmanager
def _bare(folder: Path) -> Iterator[str]:
    """A server that only writes down what it is sent; its address."""
    import socket

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(16)
        listening.set_inheritable(True)
        command = [sys.executable, "-c", _BARE_STORE, str(folder / "bare"), str(listening.fileno())]
        process = subprocess.Popen(command, pass_fds=[listening.fileno()])
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            process.terminate()
            process.wait(20)


def _hand_in(url: str, programme: Programme, device: Holder, envelopes: list[bytes]) -> None:
    with HttpTransport(url) as line:
        client = Client(line, Identity(programme.root.data, device.id, device.keys.signing))
        for at in range(0, len(envelopes), MAX_BATCH):
            answers = client.put_statements(envelopes[at : at + MAX_BATCH]).answers
            if any(not a.receipt for a in answers):
                raise RuntimeError("not everything was taken")


def _bare_appends(path: Path, envelopes: list[bytes]) -> float:
    """The same results into a table, durable after each batch, and nothing else: how many a second."""
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE kept (position INTEGER PRIMARY KEY, envelope BLOB)")
    began = time.perf_counter()
    for at in range(0, len(envelopes), MAX_BATCH):
        with database:
            database.executemany(
                "INSERT INTO kept (envelope) VALUES (?)", [(e,) for e in envelopes[at : at + MAX_BATCH]]
            )
    took = time.perf_counter() - began
    database.close()
    return len(envelopes) / took


@benchmark("append_http_per_s")
def appends() -> list[Figure]:
    """Results of three centres handed in at once, in the batches machines use, each verified, logged and answered with
    a receipt. The baseline writes the same bytes into a table, unverified."""
    with tempfile.TemporaryDirectory(prefix="observer-bench-") as folder:
        programme, data = Programme(), Path(folder) / "central"
        devices, results = list[Holder](), list[list[bytes]]()
        for number in range(CENTRES):
            centre = programme.centre(f"centre-{number}")
            devices.append(programme.device(centre, f"room-{number}"))
            results.append(chain(programme, devices[-1], programme.person(centre, f"p-{number}", "assessor"), EACH))
        programme.set_up(data)
        bare = _bare_appends(Path(folder) / "bare.db", [e for some in results for e in some])
        with _central(data) as url, ThreadPoolExecutor(CENTRES) as rooms:
            with HttpTransport(url) as line:
                for one in devices:
                    client = Client(line, Identity(programme.root.data, one.id, one.keys.signing))
                    client.put_certificates(programme.certificates)
            began = time.perf_counter()
            list(rooms.map(lambda n: _hand_in(url, programme, devices[n], results[n]), range(CENTRES)))
            took = time.perf_counter() - began
    count = CENTRES * EACH
    return [Figure("append_http_per_s", count / took, "1/s", count, bare, aim=500, aim_is="at least")]


def _offer(film: Path) -> ObjectOffer:
    """Names of a recording and its parts; cut beforehand, for a machine does that before it sends."""
    whole, parts = hashlib.sha256(), list[str]()
    with film.open("rb") as file:
        while block := file.read(PART_SIZE):
            whole.update(block)
            parts.append(sha256_hex(block))
    return ObjectOffer(whole.hexdigest(), film.stat().st_size, "film", "o-1", tuple(parts))


def _send(client: Client, film: Path, offer: ObjectOffer) -> int:
    """Sends what the store lacks; how many parts that were."""
    missing = client.offer(offer).missing
    with film.open("rb") as file:
        for number in missing:
            file.seek(number * PART_SIZE)
            client.put_part(offer.sha256, number, file.read(PART_SIZE))
    return len(missing)


@benchmark("upload_ratio")
def upload() -> list[Figure]:
    """A recording handed in part by part (signed requests, each part and the whole hashed again by the store, durable),
    against the same parts PUT to a server that only writes them down durably. The best of three of each, in turn."""
    with tempfile.TemporaryDirectory(prefix="observer-bench-") as name:
        folder, programme = Path(name), Programme()
        device = programme.device(programme.centre("north"), "room")
        programme.set_up(folder / "central")
        ours, bare = list[float](), list[float]()
        with _central(folder / "central") as url, _bare(folder) as plain:  # noqa: SIM117  one line would be too long
            with HttpTransport(url) as line, HttpTransport(plain) as other:
                client = Client(line, Identity(programme.root.data, device.id, device.keys.signing))
                client.put_certificates(programme.certificates)
                for _ in range(TIMES):
                    film = folder / "film"
                    film.write_bytes(os.urandom(FILM))
                    offer = _offer(film)
                    began = time.perf_counter()
                    with film.open("rb") as file:
                        for number in range(len(offer.parts)):
                            other.request("PUT", f"/parts/{number}", {}, file.read(PART_SIZE))
                    bare.append(time.perf_counter() - began)
                    began = time.perf_counter()
                    _send(client, film, offer)
                    ours.append(time.perf_counter() - began)
                    if not client.offer(offer).complete:
                        raise RuntimeError("the recording is not whole at the store")
    rate, baseline = FILM / 1e6 / min(ours), FILM / 1e6 / min(bare)
    return [Figure("upload_ratio", rate / baseline, "", TIMES, aim=0.7, aim_is="at least")]


@benchmark("resent_parts_max")
def resent() -> list[Figure]:
    """A line cut at every part of a recording, before or after the store had it: parts sent twice, the worst."""
    worst, cuts = 0, 0
    with tempfile.TemporaryDirectory(prefix="observer-bench-") as name:
        folder, programme = Path(name), Programme()
        device = programme.device(programme.centre("north"), "room")
        programme.set_up(folder / "central")
        running = start_in_background(folder / "central")
        identity = Identity(programme.root.data, device.id, device.keys.signing)
        try:
            with HttpTransport(running.url) as line:
                Client(line, identity).put_certificates(programme.certificates)
                for fault in (LOST_REQUEST, LOST_REPLY):
                    for number in range(6):
                        film = folder / "film"
                        film.write_bytes(os.urandom(6 * PART_SIZE - 100))
                        offer = _offer(film)
                        first = BadLine(line, [fault] * 2, only=lambda m, p, n=number: p.endswith(f"/parts/{n}"))
                        with suppress(Unreachable):
                            _send(Client(first, identity), film, offer)
                        second = BadLine(line)
                        _send(Client(second, identity), film, offer)
                        # Requests that never left are no parts sent; a part counts as resent once it was sent before.
                        sent = [p for m, p, _ in (*first.asked, *second.asked) if m == "PUT" and "/parts/" in p]
                        worst, cuts = max(worst, len(sent) - len(offer.parts)), cuts + 1
                        if not Client(line, identity).offer(offer).complete:
                            raise RuntimeError("the recording is not whole at the store")
        finally:
            running.stop()
    return [Figure("resent_parts_max", worst, "", cuts, aim=1)]
