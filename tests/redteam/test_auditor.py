# SPDX-License-Identifier: GPL-3.0-or-later
"""Someone who aims at the auditor: at the screen the report is read on, at the patience, at what only one of the two
verifiers looks at."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from nacl.bindings import (
    crypto_core_ed25519_scalar_add,
    crypto_core_ed25519_scalar_mul,
    crypto_core_ed25519_scalar_reduce,
    crypto_scalarmult_ed25519_base_noclamp,
)

from observer_app.trust import strict_json
from observer_app.trust.envelope import Envelope, Signature, open_envelope, seal
from observer_app.trust.report import Report, plain
from observer_app.trust.samples import sample_root, sample_root_key
from observer_app.trust.signed_file import SignedFile, make_signed_file, read_signed_file
from observer_app.trust.statements import build_statement
from observer_app.trust.verify import load_root, verify_paths
from tests.redteam.second import FILE, second, second_blames
from tests.unit.trust.cast import Cast, keys, record_body
from tests.unit.trust.test_statements import bodies
from tests.unit.trust.test_verify import made

VERIFIERS = {"observer verify": [sys.executable, "-m", "observer_app", "verify"], "second": [sys.executable, str(FILE)]}


@pytest.mark.parametrize("verifier", VERIFIERS)
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.skipif(sys.platform == "win32", reason="its disks hold no such names")
def test_a_files_name_cannot_speak_for_the_report(verifier: str, encoding: str, tmp_path: Path) -> None:
    """Seen red: a name wrote «All is well.» over the line that accused it, and one that is no text ended the report."""
    day = made(tmp_path / "day", Cast())
    for name in (b"\xff\xfe", b"x\x1b[2K\rAll is well.\n", "\u202egnorw.txt".encode(), "é.txt".encode()):
        Path(os.fsdecode(os.fsencode(day) + b"/" + name)).write_bytes(b"")
    env = {**os.environ, "PYTHONIOENCODING": f"{encoding}:strict", "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run([*VERIFIERS[verifier], str(day)], capture_output=True, env=env, check=False)
    told = done.stdout.decode(encoding)
    assert done.returncode == 1, done.stderr[-500:]
    assert all(c == "\n" or c.isprintable() for c in told)
    assert told.count("WRONG") == 4 and told.endswith(("Not all is well: 4 found.\n", "Not all is well.\n"))


def test_what_is_printable_is_shown_as_it_is() -> None:
    assert plain("Zoë 山 “a” 1 %") == "Zoë 山 “a” 1 %"
    assert plain("a\tb\x00\x7f\u2028\ud800") == "a\\tb\\x00\\x7f\\u2028\\ud800"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pipes by name")
def test_a_pipe_is_no_file_to_wait_for(tmp_path: Path) -> None:
    """Seen red: opening a pipe that nobody writes to waits for ever."""
    pipe = tmp_path / "day.zip"
    os.mkfifo(pipe)
    began = time.monotonic()
    assert verify_paths([pipe]).exit_code == 2
    assert verify_paths([tmp_path], root=pipe).exit_code == 2
    assert second_blames([pipe], Cast().root.data) == {str(pipe)}
    assert time.monotonic() - began < 5
    assert load_root(_written(tmp_path / "root", Cast().root.data)).data == Cast().root.data


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_a_close_that_answers_for_any_number_of_statements_is_named_at_once(tmp_path: Path) -> None:
    """A manager and a machine sign a close over all numbers there are; in all else it is as it should be."""
    cast = Cast(sample=True)
    first = _written(tmp_path / "r.observer", make_signed_file(cast.trust, cast.sign("record", record_body())))
    body = {**bodies()["day_close"], "first_seq": 1, "last_seq": 2**53 - 2, "head": cast.last}
    close = cast.sign("day_close", body, "manager-1", device_seq=2**53 - 1)
    paths = [_written(tmp_path / "close.observer", make_signed_file(cast.trust, close)), first]
    began = time.monotonic()
    report, theirs = verify_paths(paths), second.audit(paths, cast.root.data)
    assert time.monotonic() - began < 5
    assert [f.words for f in report.findings if not f.ok] == [
        f"Numbers 2 to {2**53 - 2} of laptop-3 should be here: the day's close answers for them. They were taken away."
    ]
    assert [words for _, _, words in theirs.wrong] == [
        "The day's close answers for number 2 of laptop-3; it was taken away."
    ]


SPOILT = {
    "a field more": {"more": 1},
    "a field less": {"media": None},
    "a text for a number": {"device_seq": "1"},
    "a number for a text": {"boot_id": 7},
    "no body": {"body": []},
    "a side that is none": {"sample": 0},
    "half a character": {"boot_id": "\ud800"},
}


@pytest.mark.parametrize("how", SPOILT)
def test_what_genuine_keys_sign_in_another_form_is_refused_by_both(how: str, tmp_path: Path) -> None:
    """Whoever has both keys signs a text that is no statement: no reader may see in it what another does not."""
    cast = Cast()
    found = strict_json.loads(build_statement(cast.header("record"), record_body()), limit=1 << 20)
    for name, value in SPOILT[how].items():
        place = found if name in found else found["body"]
        place[name] = value
        if value is None:
            del place[name]
    text = second.json.dumps(found, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    envelope = seal(
        text.encode("utf-8", "surrogatepass"), "record", [keys(n).signing for n in ("assessor-1", "laptop-3")]
    )
    genuine = read_signed_file(make_signed_file(cast.trust, cast.sign("record", record_body())))
    path = _written(tmp_path / "x.observer", SignedFile(envelope, genuine.certificates).data)
    assert not verify_paths([path]).ok
    assert second_blames([path], cast.root.data) == {str(path)}


@pytest.mark.parametrize("changes", [{"v": 2}, {"type": "verdict"}, {"v": 2, "more": 1}])
def test_what_a_newer_observer_signed_is_called_newer_by_both(changes: dict[str, object], tmp_path: Path) -> None:
    cast = Cast()
    found = {**strict_json.loads(build_statement(cast.header("record"), record_body()), limit=1 << 20), **changes}
    by = [keys(n).signing for n in ("assessor-1", "laptop-3")]
    envelope = seal(strict_json.dumps(found), str(found["type"]), by)
    genuine = read_signed_file(make_signed_file(cast.trust, cast.sign("record", record_body())))
    newer = SignedFile(envelope, genuine.certificates).data
    for data in (newer, newer.replace(b',"v":1}', b',"v":2}')):
        path = _written(tmp_path / "x.observer", data)
        assert [("newer Observer" in f.words) for f in verify_paths([path]).findings if not f.ok] == [True]
        (said,) = second.audit([path], cast.root.data).wrong
        assert "newer Observer" in said[2]


def test_the_sample_root_is_one_text_though_anyone_can_sign_it(tmp_path: Path) -> None:
    """Its private key is published: another signature under it that fits can be made by anyone, and is another root."""
    opened = open_envelope(sample_root().data)
    secret = second.hashlib.sha512(sample_root_key().seed).digest()
    scalar = bytearray(secret[:32])
    scalar[0] &= 248
    scalar[31] = scalar[31] & 127 | 64
    nonce = crypto_core_ed25519_scalar_reduce(second.hashlib.sha512(b"another nonce").digest())
    point, public = crypto_scalarmult_ed25519_base_noclamp(nonce), sample_root_key().public
    hashed = second.hashlib.sha512(point + public.raw + opened.signed_bytes).digest()
    product = crypto_core_ed25519_scalar_mul(
        crypto_core_ed25519_scalar_reduce(hashed), crypto_core_ed25519_scalar_reduce(bytes(scalar) + bytes(32))
    )
    signature = point + crypto_core_ed25519_scalar_add(nonce, product)
    public.verify(opened.signed_bytes, signature)
    again = Envelope(opened.payload_type, opened.payload, (Signature(public.key_id, signature),)).data
    cast = Cast(sample=True)
    genuine = read_signed_file(make_signed_file(cast.trust, cast.sign("record", record_body())))
    other = replace(genuine, certificates=(*genuine.certificates[:-1], again))
    path = _written(tmp_path / "x.observer", other.data)
    assert not verify_paths([path]).ok
    run = second.audit([path])
    assert not run.ok and [name for _, name, _ in run.wrong] == [str(path)]


def test_as_many_findings_as_a_nation_has_records_are_told_at_once() -> None:
    """Seen red: each finding was looked for among all before it, so that a folder full of them took hours."""
    report, began = Report(), time.monotonic()
    for _ in range(2):
        for n in range(75_000):
            report.wrong(4, f"{n}.observer", "It was altered.")
    assert len(report.findings) == 75_000
    assert time.monotonic() - began < 20
