# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is let in, who sees what, and what hostile requests are told."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

import pytest

from observer_app.central.serve import start_in_background
from observer_app.central.store import now_ms
from observer_app.errors import NotAllowed
from observer_app.protocol import PREFIX, Assignment, Credentials, Wrap, request_message
from observer_app.sync.client import Client, Identity, NotThere
from observer_app.sync.line import HttpTransport
from observer_app.trust.certificates import issue_certificate, revoke
from observer_app.trust.envelope import record_id
from observer_app.trust.keys import PrivateKey
from observer_app.trust.statements import NO_PREVIOUS
from tests.simulators.network import BadLine
from tests.simulators.programme import chain, record_body, sealed, second_mark_body
from tests.unit.central.conftest import Desk


def told(desk: Desk, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> tuple[int, str, str]:
    """(status, code, sentence) of what is answered."""
    answer = desk.line.request(method, path, headers, body)
    found = json.loads(answer.body)
    assert set(found) == {"code", "message", "advice", "subject", "last_seq"}, found
    assert "Traceback" not in found["message"] and found["message"].endswith(".")
    return answer.status, found["code"], found["message"]


def headers(
    desk: Desk, path: str, *, body: bytes = b"", at: int = 0, method: str = "GET", origin: str = ""
) -> dict[str, str]:
    key, nonce, time_ms = desk.device.keys.signing, os.urandom(16).hex(), at or now_ms()
    message = request_message(
        origin or desk.central.log.name, method, path, body, time_ms=time_ms, nonce=nonce, device_key=key.key_id
    )
    return Credentials(time_ms, nonce, key.key_id, key.sign(message)).headers()


PATH = PREFIX + "/certificates?after=0"


def test_unsigned_stale_foreign_and_replayed_requests_are_refused(desk: Desk) -> None:
    assert told(desk, "GET", PATH, {})[:2] == (400, "bad_input")
    assert told(desk, "GET", PATH, headers(desk, PATH, at=now_ms() - 3_600_000))[:2] == (401, "clock")
    assert told(desk, "GET", PATH, headers(desk, PATH, at=now_ms() + 3_600_000))[:2] == (401, "clock")
    assert told(desk, "GET", PATH, headers(desk, PATH, origin="another/store"))[:2] == (403, "not_allowed")
    assert told(desk, "GET", PATH.replace("0", "5"), headers(desk, PATH))[:2] == (403, "not_allowed")
    once = headers(desk, PATH)
    assert desk.line.request("GET", PATH, once, b"").status == 200
    assert told(desk, "GET", PATH, once)[:2] == (403, "not_allowed")
    swapped = headers(desk, PREFIX + "/wraps", body=b"{}", method="POST")
    assert told(desk, "POST", PREFIX + "/wraps", swapped, b"{ }")[:2] == (403, "not_allowed")


def test_a_request_from_before_a_restart_is_not_played_back(desk: Desk) -> None:
    once = headers(desk, PATH)
    assert desk.line.request("GET", PATH, once, b"").status == 200
    desk.central.stop()
    central = start_in_background(desk.central.store.data)
    try:
        with HttpTransport(central.url) as line:
            assert line.request("GET", PATH, once, b"").status == 401
            again = Client(line, Identity(desk.programme.root.data, "d-1", desk.device.keys.signing))
            assert again.certificates(0).certificates
    finally:
        central.stop()


def test_strangers_and_revoked_machines_are_not_let_in(desk: Desk) -> None:
    key = PrivateKey.generate()
    with pytest.raises(NotAllowed, match="does not know this machine"):
        Client(desk.line, Identity(desk.programme.root.data, "d-9", key)).certificates(0)
    assert desk.client.certificates(0).certificates
    gone = revoke(
        desk.centre.certificate, [desk.centre.keys.signing], desk.device.keys.key_id, valid_until_size=0, reason="lost",
        at_ms=now_ms(),
    )  # fmt: skip
    desk.client.put_certificates([gone])
    with pytest.raises(NotAllowed, match="no longer counts"):
        desk.client.certificates(0)


def test_a_certificate_that_ran_out_lets_nobody_in(desk: Desk) -> None:
    key = PrivateKey.generate()
    old = issue_certificate(
        desk.centre.certificate, [desk.centre.keys.signing], kind="device", subject="d-old", signing=key.public,
        not_before_ms=now_ms() - 80_000_000, not_after_ms=now_ms() - 1000,
    )  # fmt: skip
    desk.client.put_certificates([old])
    with pytest.raises(NotAllowed, match="has run out"):
        Client(desk.line, Identity(desk.programme.root.data, "d-old", key)).certificates(0)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/", b"", 404),
        ("DELETE", PREFIX + "/statements", b"", 405),
        ("POST", PREFIX + "/certificates", b"not json", 400),
        ("POST", PREFIX + "/certificates", b'{"certificates":[],"certificates":[],"next":0,"more":false}', 400),
        ("POST", PREFIX + "/certificates", b'{"certificates":["#"],"next":0,"more":false}', 400),
        ("POST", PREFIX + "/certificates", b'{"certificates":[NaN],"next":0,"more":false}', 400),
        ("POST", PREFIX + "/certificates", b"[" * 100_000, 400),
        ("POST", PREFIX + "/enrol", b"x" * 70_000, 413),
        ("GET", PREFIX + "/consistency?from=99&to=100", b"", 400),
        ("GET", PREFIX + "/consistency?from=-1&to=0x1", b"", 400),
        ("GET", PREFIX + "/consistency?from=%E0%A4%A&to=1", b"", 400),
    ],
)
def test_nonsense_gets_a_sentence(desk: Desk, method: str, path: str, body: bytes, status: int) -> None:
    assert told(desk, method, path, {}, body)[0] == status


def test_a_body_beyond_its_cap_is_not_read_even_when_it_lies_about_its_length(desk: Desk) -> None:
    import socket
    from urllib.parse import urlsplit

    place = urlsplit(desk.central.url)
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=20) as line:
        line.sendall(b"POST /v1/enrol HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        line.sendall(b"20000\r\n" + b"x" * 0x20000 + b"\r\n")
        assert b" 413 " in line.recv(200)


def test_a_body_that_stops_coming_is_not_waited_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket
    from urllib.parse import urlsplit

    monkeypatch.setattr("observer_app.central.app._IDLE_SECONDS", 0.2)
    place = urlsplit(desk.central.url)
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=20) as line:
        line.sendall(b"POST /v1/enrol HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
        assert b" 503 " in line.recv(200)


def test_a_machine_alone_sees_its_own_and_a_manager_the_centre(desk: Desk) -> None:
    envelopes = chain(desk.programme, desk.device, desk.assessor, 3)
    desk.client.put_statements(envelopes)
    programme = desk.programme
    beside = programme.device(desk.centre, "d-2")
    south = programme.centre("south")
    elsewhere, boss = programme.device(south, "d-3"), programme.person(south, "p-south", "manager")
    office = programme.device(south, "d-4")
    moderator = programme.person(None, "p-mod", "moderator")
    desk.client.put_certificates(programme.certificates)
    assert len(desk.client.statements(0).statements) == 3
    assert desk.as_person(None, beside).statements(0).statements == ()
    assert len(desk.as_person(desk.manager, beside).statements(0).statements) == 3
    assert desk.as_person(boss, elsewhere).statements(0).statements == ()
    assert desk.as_person(moderator, elsewhere).statements(0).statements == ()
    first = record_id(envelopes[0])
    for stranger in (
        desk.as_person(None, beside),
        desk.as_person(boss, elsewhere),
        desk.as_person(moderator, elsewhere),
    ):
        with pytest.raises(NotThere):
            stranger.statement(first)
    with pytest.raises(NotAllowed, match="another centre"):
        desk.as_person(desk.manager, elsewhere).statements(0)
    desk.as_person(desk.manager).assign([Assignment(first, "p-mod", "", 0, b"")])
    seen = desk.as_person(moderator, elsewhere).statements(0).statements
    assert [record_id(s.envelope) for s in seen] == [first]
    who = (moderator, elsewhere)
    mark = sealed(programme.header("second_mark", 1, "0" * 64, elsewhere, who), second_mark_body(first), who)
    assert desk.as_person(moderator, elsewhere).put_statements([mark]).answers[0].status == "logged"
    assert desk.as_person(desk.manager, beside).statement(record_id(mark)).position == 3
    with pytest.raises(NotThere):
        desk.as_person(boss, office).statement(record_id(mark))


def test_wraps_go_to_whom_they_are_addressed_and_every_fetch_is_written_down(desk: Desk) -> None:
    other = desk.programme.device(desk.centre, "d-2")
    desk.client.put_certificates(desk.programme.certificates)
    wraps = [Wrap("rec-1", other.keys.key_id, b"for d-2"), Wrap("rec-1", desk.centre.keys.key_id, b"for the centre")]
    assert desk.client.put_wraps(wraps) == 2 and desk.client.put_wraps(wraps) == 0
    assert desk.client.wraps(0).wraps == ()
    assert [w.box for w in desk.as_person(None, other).wraps(0).wraps] == [b"for d-2"]
    assert [w.box for w in desk.as_person(desk.manager).wraps(0).wraps] == [b"for the centre"]
    rows = desk.central.store.database.rows(
        "SELECT device, person, action, subject FROM access WHERE action LIKE 'fetched%'"
    )
    assert [(r[0], r[1], r[3]) for r in rows] == [("d-2", "", "rec-1"), ("d-1", "p-manager", "rec-1")]
    logged = desk.central.store.database.rows("SELECT count(*) FROM statement")
    assert logged == [(0,)]


def test_the_board_says_how_far_the_days_records_have_come(desk: Desk) -> None:
    from datetime import UTC, datetime

    envelopes = chain(desk.programme, desk.device, desk.assessor, 2)
    desk.client.put_statements(envelopes)
    today = datetime.now(UTC).date().isoformat()
    rows = desk.as_person(desk.manager).board(today).rows
    assert [(r.sitting, r.position, r.expected, r.objects) for r in rows] == [("s-1", 0, 1, 0), ("s-2", 1, 1, 0)]
    assert desk.as_person(desk.manager).board("2020-01-01").rows == ()


def test_an_answer_lost_is_asked_for_again_with_a_new_signature(desk: Desk) -> None:
    line = BadLine(desk.line, ["lost_reply"], only=lambda _m, p: "certificates" in p)
    client = Client(line, Identity(desk.programme.root.data, "d-1", desk.device.keys.signing))
    assert client.certificates(0).certificates
    nonces = [h.get("Observer-Nonce") for _, p, h, _ in line.earlier if "certificates" in p]
    assert len(nonces) == 2 and nonces[0] != nonces[1]


def roster_body(name: str) -> dict[str, object]:
    return {"day": "2026-06-09", "sittings": {"sha256": name, "size": 9}, "count": 1, "objects": []}


def test_only_a_roster_of_ones_own_centre_arrives_and_once(desk: Desk) -> None:
    signers = (desk.manager, desk.device)
    header = desk.programme.header("roster", 1, NO_PREVIOUS, desk.device, signers)
    roster = sealed(header, roster_body("ab" * 32), signers)
    signers = (desk.assessor, desk.device)
    record = sealed(desk.programme.header("record", 2, record_id(roster), desk.device, signers), record_body(), signers)
    client = desk.client
    assert all(a.refusal is None for a in client.put_statements([roster, record]).answers)
    names = (record_id(roster), record_id(record), "cd" * 32, "no name")
    assert client.arrived(names) == (record_id(roster),) and client.arrived(names[:1]) == names[:1]
    south = desk.programme.centre("south")
    other = desk.programme.device(south, "d-9")
    boss = desk.programme.person(south, "p-boss", "manager")
    desk.central.store.registry.add(desk.programme.certificates)
    assert desk.as_person(None, other).arrived(names) == ()
    (arrival,) = desk.as_person(desk.manager).arrivals(0).arrivals
    assert (arrival.roster, arrival.device) == (record_id(roster), "d-1") and arrival.at_ms > 0
    assert desk.as_person(boss, other).arrivals(0).arrivals == ()
    page = desk.as_person(desk.manager).arrivals(0)
    assert desk.as_person(desk.manager).arrivals(page.next).arrivals == () and not page.more
    for who in (None, desk.assessor):
        with pytest.raises(NotAllowed):
            desk.as_person(who).arrivals(0)
