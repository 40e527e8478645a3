# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting a store up, certifying centres, and codes that count once."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from observer_app.central.enrol import make_request, root_key_of, run_enrol
from observer_app.central.enrolment import add_desk, desk_of, make_code, redeem
from observer_app.central.serve import run_server, start_in_background
from observer_app.central.store import CentralStore, now_ms, set_up_sample
from observer_app.errors import BadInput, Conflict, IntegrityBroken, NotAllowed, WrongPassphrase
from observer_app.protocol import EnrolRequest
from observer_app.sync.client import Client, Identity
from observer_app.sync.line import HttpTransport
from observer_app.trust import strict_json
from observer_app.trust.certificates import issue_certificate, read_certificate
from observer_app.trust.envelope import from_base64
from observer_app.trust.keys import KeySet, PrivateKey
from observer_app.trust.programme import Trust


def words(data: Path, what: str, *more: str) -> list[str]:
    return [what, "--data", str(data), *more]


@pytest.fixture
def store_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OBSERVER_ROOT_PASSPHRASE", "four words of root")
    data = tmp_path / "central"
    assert run_enrol(words(data, "programme", "--programme", "england")) == 0
    return data


def test_from_an_empty_folder_to_an_enrolled_machine(store_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys = KeySet.generate()
    request, out = store_folder.parent / "north.request", store_folder.parent / "north.certificates"
    request.write_bytes(make_request("north", keys.signing.public, keys.opening.public))
    assert run_enrol(words(store_folder, "centre", "--request", str(request), "--out", str(out))) == 0
    chain = [from_base64(c) for c in strict_json.loads(out.read_bytes(), limit=10**6)["certificates"]]
    assert read_certificate(chain[0]).key_id == keys.key_id and read_certificate(chain[-1]).kind == "root"
    assert run_enrol(words(store_folder, "desk", "--centre", "north")) == 0
    capsys.readouterr()
    more = ("--centre", "north", "--kind", "device", "--subject", "d-7")
    assert run_enrol(words(store_folder, "code", *more), as_json=True) == 0
    code = json.loads(capsys.readouterr().out)["code"]
    central = start_in_background(store_folder)
    try:
        mine, thief = KeySet.generate(), KeySet.generate()
        with HttpTransport(central.url) as line:
            client = Client(line, None)
            answer = client.enrol(code.lower().replace("-", " "), mine.signing.public.raw, mine.opening.public)
            again = client.enrol(code, mine.signing.public.raw, mine.opening.public)
            assert answer == again
            with pytest.raises(NotAllowed, match="used"):
                client.enrol(code, thief.signing.public.raw, thief.opening.public)
            with pytest.raises(NotAllowed):
                client.enrol("AAAA-BBBB-CCCC-DDDD", mine.signing.public.raw, b"")
            with pytest.raises(BadInput):
                client.enrol(code, b"short", b"")
            trust = Trust(client.about().root, answer.certificates[:-1])
            mine_certificate = trust.certificates_for(mine.key_id)[0]
            assert (mine_certificate.subject, mine_certificate.centre) == ("d-7", "north")
            assert Client(line, Identity(answer.certificates[-1], "d-7", mine.signing)).certificates(0).certificates
    finally:
        central.stop()


def test_a_code_runs_out(store_folder: Path) -> None:
    run_enrol(words(store_folder, "desk", "--centre", "north"))
    with closing(CentralStore(store_folder)) as store:
        code = make_code(
            store.database, centre="north", kind="person", subject="p-1", roles=["assessor"], until_ms=now_ms() - 1
        )
        with pytest.raises(NotAllowed, match="run out"):
            redeem(store, EnrolRequest(code, PrivateKey.generate().public.raw, b""))
        kept = store.database.rows("SELECT hash FROM code")
        assert code.replace("-", "") not in str(kept)


def test_a_store_that_stopped_between_a_codes_use_and_its_answer_gives_it_at_the_next_try(
    store_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_enrol(words(store_folder, "desk", "--centre", "north"))
    mine, thief = PrivateKey.generate().public.raw, PrivateKey.generate().public.raw
    with closing(CentralStore(store_folder)) as store:
        code = make_code(
            store.database, centre="north", kind="device", subject="d-7", roles=[], until_ms=now_ms() + 60_000
        )
        with monkeypatch.context() as stopped:
            stopped.setattr(store.registry, "add", lambda certificates: (_ for _ in ()).throw(SystemExit))
            with pytest.raises(SystemExit):
                redeem(store, EnrolRequest(code, mine, b""))
    with closing(CentralStore(store_folder)) as store:
        with pytest.raises(NotAllowed, match="was used"):
            redeem(store, EnrolRequest(code, thief, b""))
        monkeypatch.setattr(store, "clock", lambda: now_ms() + 120_000)  # it was used in time
        answer = redeem(store, EnrolRequest(code, mine, b""))
        assert answer == redeem(store, EnrolRequest(code, mine, b"")) and answer.subject == "d-7"
        with pytest.raises(NotAllowed, match="was used"):
            redeem(store, EnrolRequest(code, thief, b""))


def test_a_code_is_not_spent_on_a_key_that_is_somebody_elses(store_folder: Path) -> None:
    """Public keys are public: whoever has a code could have another's certified as their own."""
    run_enrol(words(store_folder, "desk", "--centre", "north"))
    run_enrol(words(store_folder, "desk", "--centre", "south"))
    theirs = PrivateKey.generate()
    with closing(CentralStore(store_folder)) as store:

        def code(centre: str, kind: str, subject: str) -> str:
            return make_code(
                store.database, centre=centre, kind=kind, subject=subject, roles=[], until_ms=now_ms() + 60_000
            )

        redeem(store, EnrolRequest(code("north", "device", "d-1"), theirs.public.raw, b""))
        for wanted in (("north", "device", "d-2"), ("north", "person", "p-2"), ("south", "device", "d-1")):
            given = code(*wanted)
            with pytest.raises(NotAllowed, match="somebody else"):
                redeem(store, EnrolRequest(given, theirs.public.raw, b""))
            assert redeem(store, EnrolRequest(given, PrivateKey.generate().public.raw, b"")).subject == wanted[2]
        again = redeem(store, EnrolRequest(code("north", "device", "d-1"), theirs.public.raw, b""))
        assert again.subject == "d-1"


def test_a_key_that_nothing_can_be_sealed_for_is_not_certified(store_folder: Path) -> None:
    run_enrol(words(store_folder, "desk", "--centre", "north"))
    with closing(CentralStore(store_folder)) as store:
        code = make_code(
            store.database, centre="north", kind="device", subject="d-1", roles=[], until_ms=now_ms() + 60_000
        )
        mine = KeySet.generate()
        with pytest.raises(BadInput, match="not usable"):
            redeem(store, EnrolRequest(code, mine.signing.public.raw, bytes(32)))
        assert redeem(store, EnrolRequest(code, mine.signing.public.raw, mine.opening.public)).subject == "d-1"


def test_a_centre_that_certifies_anothers_key_takes_nobodys_place(store_folder: Path) -> None:
    with closing(CentralStore(store_folder)) as store:
        root_key, key = root_key_of(store, lambda: "four words of root"), PrivateKey.generate()
        for centre in ("north", "south"):
            add_desk(store, root_key, centre)
            desk, desk_key = desk_of(store, centre)
            span = {"not_before_ms": now_ms() - 1000, "not_after_ms": now_ms() + 10**9}
            certificate = issue_certificate(
                desk, [desk_key], kind="device", subject=f"d-{centre}", signing=key.public, **span
            )
            store.registry.add([certificate])
        found = store.registry.of_key(key.key_id, "device")
        assert found is not None and (found.subject, found.centre) == ("d-north", "north")


def test_what_is_there_is_never_replaced(store_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (store_folder / "keys" / "log.key").read_bytes()
    with pytest.raises(Conflict):
        run_enrol(words(store_folder, "programme", "--programme", "other"))
    run_enrol(words(store_folder, "desk", "--centre", "north"))
    with pytest.raises(Conflict):
        run_enrol(words(store_folder, "desk", "--centre", "north"))
    assert (store_folder / "keys" / "log.key").read_bytes() == before
    assert (store_folder / "keys" / "log.key").stat().st_mode & 0o077 == 0
    monkeypatch.setenv("OBSERVER_ROOT_PASSPHRASE", "wrong")
    with pytest.raises(WrongPassphrase):
        run_enrol(words(store_folder, "desk", "--centre", "south"))


def test_an_exchanged_log_key_is_noticed(store_folder: Path) -> None:
    with closing(CentralStore(store_folder)) as store:
        store.log.remember(store.log.newest())
    (store_folder / "keys" / "log.key").write_bytes(PrivateKey.generate().seed)
    with pytest.raises(IntegrityBroken):
        CentralStore(store_folder)


@pytest.mark.parametrize(
    ("listen", "database", "objects"),
    [
        ("nowhere", None, None),
        ("127.0.0.1:99999", None, None),
        ("127.0.0.1:0", "postgresql://db/observer", None),
        ("127.0.0.1:0", None, "s3://bucket"),
    ],
)
def test_what_this_build_cannot_do_is_said(
    tmp_path: Path, listen: str, database: str | None, objects: str | None
) -> None:
    set_up_sample(tmp_path / "central")
    with pytest.raises(BadInput) as found:
        run_server(tmp_path / "central", listen, database, objects)
    if database or objects:
        assert "stores on SQLite and files" in found.value.message


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "holiday.txt").write_text("photos")
    with pytest.raises(BadInput, match="not a central store"):
        run_server(tmp_path, "127.0.0.1:0")
    assert [p.name for p in tmp_path.iterdir()] == ["holiday.txt"]
