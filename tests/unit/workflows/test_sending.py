# SPDX-License-Identifier: GPL-3.0-or-later
"""Sending as the window sees it: a real machine, a real sample store, plain words at every turn."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpcore
import pytest

from observer_app.bootstrap.clock import MachineClock
from observer_app.bootstrap.enrolling import add_person, make_machine, sample_centre
from observer_app.bootstrap.sample_people import PEOPLE
from observer_app.central.serve import RunningCentral, start_in_background
from observer_app.domain.record import RecordState
from observer_app.domain.roles import Role
from observer_app.errors import BadInput, IntegrityBroken, Unreachable
from observer_app.sync import line
from observer_app.sync.bounded import Allowance
from observer_app.sync.central_time import time_seen
from observer_app.sync.client import Client
from observer_app.sync.transfer import Summary
from observer_app.trust.passphrase import CHEAP_COST
from observer_app.trust.samples import sample_root
from observer_app.vault.objects import ObjectFiles
from observer_app.vault.outbox import EVIDENCE, ToSend
from observer_app.vault.people import open_person
from observer_app.workflows.enrolment import load_machine
from observer_app.workflows.sealing import sign_recordings
from observer_app.workflows.sending import SendDesk, done_words
from observer_app.workflows.signing import Signatory
from tests.pages.sample_machine import plain
from tests.servers.bad_central import ANSWERS, ENDLESS, BadCentral
from tests.simulators.programme import H, record_body

CLOCK = MachineClock()
SEGMENT = {"file_sha256": H, "index_sha256": H, "root": H, "size": 9, "clusters": 1, "gaps": 0}
ASSESSOR = next(p for p in PEOPLE if p.role is Role.ASSESSOR)


class Place:
    """A machine with an assessor signed in, and a sample store."""

    def __init__(self, folder: Path) -> None:
        now = CLOCK.now().wall_ms
        centre, root = sample_centre("Sample Centre North", now), folder / "machine"
        self.store, key = make_machine(root, centre, sample_root(), "Room 1", now)
        add_person(root, self.store, key, ASSESSOR.new(), centre.certificate, centre.keys.signing, now, cost=CHEAP_COST)
        secrets = open_person(root, ASSESSOR.name, ASSESSOR.passphrase, CLOCK.now())
        self.signatory = Signatory(root, load_machine(self.store), self.store, CLOCK, secrets.person, secrets.keys)
        self.key = secrets.keys.signing
        self.arrivals = 0
        self.desk = SendDesk(self.store, ObjectFiles(root), self.signatory, arrived=self._arrived)
        self.central: RunningCentral = start_in_background(folder / "central")

    def _arrived(self) -> None:
        self.arrivals += 1


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = Place(tmp_path)
    yield found
    found.store.close()
    found.central.stop()


def test_from_not_connected_to_up_to_date(place: Place) -> None:
    assert place.desk.words() == "Not connected. Nothing here needs it." and not place.desk.connected
    record_id = place.signatory.sign("record", record_body(), place.key).result()
    assert place.desk.waiting() == (1, 0)
    with pytest.raises(Unreachable, match="knows no central store"):
        place.desk.exchange(lambda _words: None)
    place.desk.use(place.central.url)
    said: list[str] = []
    assert place.desk.exchange(said.append) == "Acknowledged 1 result."
    assert any(words.startswith("Sending results") for words in said)
    assert place.store.record_state(record_id) is RecordState.ACKNOWLEDGED
    assert place.desk.waiting() == (0, 0) and place.desk.connected and place.arrivals == 1
    assert place.desk.words().startswith("Up to date at ")
    assert place.desk.exchange(said.append) == "Everything was up to date."
    assert place.signatory.sign("record", record_body(2), place.key).result()
    assert place.desk.words() == "Waiting to be sent: 1 result."


def test_a_machines_word_for_its_recording_is_signed_once_and_is_no_result(place: Place) -> None:
    """By the machine alone, a recording each, again only where more was found; sent with the results and not counted
    among them."""
    rows = [dict(SEGMENT, recording=f"r-{r}", segment=s) for r, s in ((1, 1), (1, 2), (2, 1))]
    for listed in (rows, rows, [*rows, dict(SEGMENT, recording="r-2", segment=2)]):
        sign_recordings(place.signatory, "o-1", listed)
    kept = place.store.statements.about("o-1", "media")
    said = [place.signatory.machine.trust().verify(k.envelope) for k in kept]
    assert [len(v.statement.body["segments"]) for v in said] == [2, 1, 2]
    assert [v.statement.body["recording"] for v in said] == ["r-1", "r-2", "r-2"]
    assert {tuple(s.kind for s in v.signers) for v in said} == {("device",)}
    assert {(v.statement.header.person, v.statement.body["observation"]) for v in said} == {("", "o-1")}
    place.signatory.sign("record", record_body(), place.key).result()
    assert place.desk.waiting() == (1, 0)
    place.desk.use(place.central.url)
    assert place.desk.exchange(lambda _words: None) == "Acknowledged 1 result."
    assert all(place.store.outbox.receipt(k.id) is not None for k in kept) and place.desk.waiting() == (0, 0)


def test_each_thing_sent_or_fetched_is_called_what_it_is() -> None:
    """A day's list is no result, a second mark neither; a machine's word for a recording goes unseen with it."""
    nothing = Summary("o", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (), {}, {})
    assert done_words(nothing) == "Everything was up to date."
    sent = {"record": 2, "roster": 1, "media": 4, "pack": 1}
    told = done_words(replace(nothing, acknowledged_types=sent, recordings_sent=1))
    assert told == "Acknowledged 2 results, 1 day’s list, 1 other signed paper and 1 recording."
    got = {"second_mark": 1, "amendment": 2}
    told = done_words(replace(nothing, received_types=got, problems=("One.", "Two.")))
    assert told == "Fetched 2 corrections and 1 second mark. 2 not taken: One."


def test_the_next_statement_carries_the_checkpoint_seen(place: Place) -> None:
    place.signatory.sign("record", record_body(), place.key).result()
    place.desk.use(place.central.url)
    place.desk.exchange(lambda _words: None)
    from observer_app.trust.envelope import open_envelope
    from observer_app.trust.statements import read_statement

    second = place.signatory.sign("record", record_body(2), place.key).result()
    header = read_statement(open_envelope(place.store.statements.get(second)).payload).header
    assert header.last_checkpoint is not None and header.last_checkpoint.size == 1
    seen = time_seen(place.store)
    assert seen is not None and header.last_server_time == seen.time_ms
    assert place.central.store.log.public.name in seen.note, "the time that its log signed"


def test_a_store_that_went_away_is_said_and_nothing_is_lost(place: Place) -> None:
    record_id = place.signatory.sign("record", record_body(), place.key).result()
    place.desk.use(place.central.url)
    place.central.stop()
    with pytest.raises(Unreachable, match="does not answer"):
        place.desk.exchange(lambda _words: None)
    assert place.desk.words() == "Not connected. Kept to be sent later: 1 result."
    assert place.store.record_state(record_id) is RecordState.SIGNED and place.desk.waiting() == (1, 0)


@pytest.mark.parametrize("kind", [kind for kind, answer in ANSWERS.items() if answer is not None])
def test_whatever_answers_instead_of_the_store_is_said_and_nothing_is_lost(place: Place, kind: str) -> None:
    record_id = place.signatory.sign("record", record_body(), place.key).result()
    with BadCentral(kind) as other:
        place.desk.use(other.url)
        with pytest.raises(Unreachable) as caught:
            place.desk.exchange(lambda _words: None)
    assert plain(str(caught.value)) and "kept" in caught.value.advice
    assert plain(place.desk.words()) and not place.desk.connected
    assert place.store.record_state(record_id) is RecordState.SIGNED and place.desk.waiting() == (1, 0)
    place.desk.use(place.central.url)
    assert place.desk.exchange(lambda _words: None) == "Acknowledged 1 result."
    assert place.desk.words().startswith("Up to date")


def test_a_store_that_takes_the_call_and_is_silent_is_given_up_soon(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "_HELLO_S", 0.2)
    with BadCentral("silence") as other:
        place.desk.use(other.url)
        with pytest.raises(Unreachable, match="does not answer"):
            place.desk.exchange(lambda _words: None)
        assert other.calls == 1


def test_an_answer_without_an_end_is_given_up(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "_LONGEST_S", 0.0)
    place.desk.use(place.central.url)
    with pytest.raises(Unreachable, match="does not come to an end"):
        place.desk.exchange(lambda _words: None)


@pytest.mark.parametrize("kind", list(ENDLESS))
def test_a_store_that_answers_in_drops_is_given_up_and_the_next_exchange_goes_on(
    place: Place, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """There is always a byte to wait for; the time of a request as a whole ends it."""
    monkeypatch.setattr(line, "_HELLO_WHOLE_S", 0.4)
    record_id = place.signatory.sign("record", record_body(), place.key).result()
    with BadCentral(kind) as other:
        place.desk.use(other.url)
        began = time.monotonic()
        with pytest.raises(Unreachable, match="does not come to an end") as caught:
            place.desk.exchange(lambda _words: None)
        assert time.monotonic() - began < 10 and other.calls == 1
    assert plain(str(caught.value)) and place.store.record_state(record_id) is RecordState.SIGNED
    place.desk.use(place.central.url)
    assert place.desk.exchange(lambda _words: None) == "Acknowledged 1 result."


def test_what_is_packed_is_not_unpacked() -> None:
    """A little that is packed twice fills any memory."""
    refused = pytest.raises(line.OtherAnswer, match="it packs what it says")
    with BadCentral("a packed answer") as other, line.HttpTransport(other.url) as asked, refused:
        asked.request("GET", line.ABOUT, {}, b"")


def test_a_little_text_does_not_become_a_great_many_things() -> None:
    with BadCentral("a great many empty things") as other, line.HttpTransport(other.url) as asked:
        client = Client(asked, None)
        tracemalloc.start()
        try:
            with pytest.raises(line.OtherAnswer, match="not a central store"):
                client.about()
            assert tracemalloc.get_traced_memory()[1] < 40_000_000  # the text itself has 6 million bytes
        finally:
            tracemalloc.stop()


def test_a_slow_line_is_given_the_time_for_what_moves() -> None:
    """A part of a recording goes through a line of 8 KiB a second; a head in drops has its minute."""
    allowance = Allowance()
    allowance.begin(600.0)
    assert 59 < allowance.patience(None) <= 60 and allowance.patience(30.0) == 30.0
    allowance.moved(2 * 1024 * 1024)
    assert 560 < allowance.patience(None) <= 572
    allowance.moved(64 * 1024 * 1024)
    assert 590 < allowance.patience(None) <= 600
    allowance.begin(0.0)
    assert allowance.over
    with pytest.raises(httpcore.ReadTimeout):
        allowance.patience(30.0)


@pytest.mark.parametrize("address", ["https://", "ftp://x", "http://a:99999", "http://[::1", "http://.a..b", "x"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(BadInput, match="not the address"):
        line.HttpTransport(address)


def test_an_address_that_is_none_is_refused(place: Place) -> None:
    with pytest.raises(BadInput, match="not the address"):
        place.desk.use("central.example")
    assert place.desk.address == ""


def test_something_damaged_at_the_store_is_named_once_all_else_is_done(place: Place) -> None:
    """The window's line says it until it is mended; the day's lists are taken in, results are acknowledged."""
    bookings = place.desk._files.put(b"sealed bookings")
    send, about = [ToSend("object", bookings, EVIDENCE)], [(bookings, "roster", 15)]
    place.signatory.sign("record", record_body(1), place.key, send=send, objects=about).result()
    place.desk.use(place.central.url)
    place.desk.exchange(lambda _words: None)
    place.desk._files.remove(bookings)
    stored = place.central.store.files.path(bookings)
    stored.write_bytes(b"sealed bookingX")
    record_id = place.signatory.sign("record", record_body(2), place.key).result()
    body = {"day": "2026-11-24", "sittings": {"sha256": bookings, "size": 15}, "count": 1, "objects": []}
    place.signatory.sign("roster", body, place.key).result()  # an assessor's: the store takes it not, and it is here
    before = place.arrivals
    with pytest.raises(IntegrityBroken) as found:
        place.desk.exchange(lambda _words: None)
    assert found.value.subject == bookings and bookings[:16] in found.value.message and plain(str(found.value))
    assert place.arrivals == before + 1 and place.store.record_state(record_id) is RecordState.ACKNOWLEDGED
    assert place.desk.words() == found.value.message and place.desk.connected
    stored.write_bytes(b"sealed bookings")
    place.desk.exchange(lambda _words: None)
    assert place.desk.words() != found.value.message and place.desk._files.has(bookings)
