# SPDX-License-Identifier: GPL-3.0-or-later
"""The server as a process of its own: it says where it answers, stops when told, and a kill loses nothing it said."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from observer_app.central.store import CentralStore
from observer_app.errors import Unreachable
from observer_app.protocol import ObjectOffer, sha256_hex
from observer_app.sync.client import Client, Identity
from observer_app.sync.line import HttpTransport
from observer_app.trust.envelope import record_id
from observer_app.trust.receipts import verify_receipt
from tests.simulators.programme import Programme, chain

_CODE = "import sys; from pathlib import Path; from observer_app.central.serve import run_server; " \
    "sys.exit(run_server(Path(sys.argv[1]), '127.0.0.1:0', as_json=True))"  # fmt: skip


@contextmanager
def served(data: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen([sys.executable, "-c", _CODE, str(data)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process, json.loads(process.stdout.readline())["url"]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_an_empty_folder_serves_samples_and_stops_when_told(tmp_path: Path) -> None:
    with served(tmp_path / "new") as (process, url):
        with HttpTransport(url) as line:
            about = Client(line, None).about()
        assert about.sample and about.programme == "sample"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    assert not (tmp_path / "new" / "central.db-wal").exists()
    with closing(CentralStore(tmp_path / "new")) as store:
        assert store.faults() == []


@pytest.mark.parametrize("after", [3, 9])
def test_a_killed_server_lost_nothing_it_acknowledged(tmp_path: Path, after: int) -> None:
    programme = Programme()
    centre = programme.centre("north")
    device, person = programme.device(centre, "d-1"), programme.person(centre, "p-1", "assessor")
    programme.set_up(tmp_path / "central")
    envelopes = chain(programme, device, person, 40)
    identity = Identity(programme.root.data, "d-1", device.keys.signing)
    receipts: dict[str, bytes] = {}
    with served(tmp_path / "central") as (process, url), HttpTransport(url) as line:
        client = Client(line, identity)
        client.put_certificates(programme.certificates)
        reached = threading.Event()

        def kill() -> None:
            reached.wait(60)
            os.kill(process.pid, signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        with pytest.raises(Unreachable):
            for number, envelope in enumerate(envelopes * 50):
                receipts[record_id(envelope)] = client.put_statements([envelope]).answers[0].receipt
                if number == after:
                    reached.set()
        killer.join()
    assert len(receipts) > after
    with served(tmp_path / "central") as (_, url), HttpTransport(url) as line:
        client = Client(line, identity)
        again = client.put_statements(envelopes).answers
    with closing(CentralStore(tmp_path / "central")) as store:
        assert store.faults() == [] and store.log.size == len(envelopes)
        for envelope, answer in zip(envelopes, again, strict=True):
            verify_receipt(answer.receipt, envelope, store.log.public)
            assert receipts.get(answer.record_id, answer.receipt) == answer.receipt


def test_a_part_that_was_acknowledged_is_there_after_a_kill(tmp_path: Path) -> None:
    programme = Programme()
    centre = programme.centre("north")
    device = programme.device(centre, "d-1")
    programme.set_up(tmp_path / "central")
    identity = Identity(programme.root.data, "d-1", device.keys.signing)
    first, second = os.urandom(4 * 1024 * 1024), b"the rest"
    offer = ObjectOffer(
        sha256_hex(first + second), len(first + second), "film", "r", (sha256_hex(first), sha256_hex(second))
    )
    with served(tmp_path / "central") as (_, url), HttpTransport(url) as line:
        client = Client(line, identity)
        client.put_certificates(programme.certificates)
        client.offer(offer)
        client.put_part(offer.sha256, 0, first)
    with served(tmp_path / "central") as (_, url), HttpTransport(url) as line:
        client = Client(line, identity)
        assert client.offer(offer).missing == (1,)
        assert client.put_part(offer.sha256, 1, second).complete
