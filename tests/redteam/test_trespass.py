# SPDX-License-Identifier: GPL-3.0-or-later
"""Someone with genuine keys who signs what is not theirs to sign: every signature fits, and both verifiers name it.

Beside each of these stands what is everyday work and must accuse nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from observer_app.errors import IntegrityBroken
from observer_app.trust.certificates import Certificate, make_root, read_certificate, revoke, vouch_for_pack
from observer_app.trust.envelope import record_id
from observer_app.trust.programme import Trust
from observer_app.trust.signed_file import make_signed_file
from observer_app.trust.verify import verify_paths
from tests.redteam.second import second_blames
from tests.unit.trust.cast import T0, YEAR, Cast, h, keys, record_body
from tests.unit.trust.test_statements import bodies

NORTH, SOUTH = "centre-07", "centre-08"
PEOPLE: dict[str, dict[str, tuple[str, ...]]] = {
    NORTH: {
        "assessor-1": ("assessor", "moderator"),
        "assessor-2": ("assessor",),
        "moderator-1": ("moderator",),
        "moderator-2": ("moderator", "assessor"),
        "manager-1": ("manager",),
    },
    SOUTH: {"south-manager": ("manager",), "south-moderator": ("moderator",)},
}
LAPTOP = {NORTH: "laptop-3", SOUTH: "laptop-8"}


class Stage:
    """Two centres of one programme, a moderator and a manager of the whole of it, and a log all is handed in to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.casts = {name: Cast(centre=name, people=people) for name, people in PEOPLE.items()}
        self.root, self.root_key = self.casts[NORTH].root, self.casts[NORTH].root_key
        found: list[bytes] = []
        for name, cast in self.casts.items():
            found += [c for who, c in cast.certificates.items() if who != "laptop-3"]
            found.append(cast.certify(cast.centre_certificate, keys(name).signing, "device", LAPTOP[name]))
        one = self.casts[NORTH]
        for who, role in (("wide-moderator", "moderator"), ("wide-manager", "manager")):
            found.append(one.certify(self.root, self.root_key, "person", who, roles=(role,)))
        self.trust = Trust(self.root, found)
        self.entries: list[bytes] = []

    def centre(self, name: str) -> Certificate:
        return self.casts[name].centre_certificate

    def sign(self, kind: str, person: str, centre: str = NORTH, **body: Any) -> bytes:
        """The next statement of that centre's laptop, into the log."""
        content = {**bodies()[kind], **body} if kind != "record" else record_body(**body)
        data = self.casts[centre].sign(kind, content, person, device=LAPTOP[centre])
        self.entries.append(data)
        return data

    def record(self, observation: str = "obs-1", person: str = "assessor-1") -> str:
        return record_id(self.sign("record", person, observation=observation))

    def blamed(self, *, logged: bool = True) -> tuple[set[int], list[str]]:
        """The entries' numbers that both verifiers name, and what is said of them."""
        paths = []
        for n, envelope in enumerate(self.entries):
            receipt = self.casts[NORTH].receipt(self.entries, n, alone=False) if logged else b""
            path = self.folder / f"{n:03d}.observer"
            path.write_bytes(make_signed_file(self.trust, envelope, receipt, revoked_too=True))
            paths.append(path)
        return blamed(paths, self.root.data, self.folder / "root")


def blamed(paths: Sequence[Path], root: bytes, beside: Path) -> tuple[set[int], list[str]]:
    beside.write_bytes(root)
    report = verify_paths(paths, root=beside)
    wrong = [f for f in report.findings if not f.ok]
    assert {f.subject for f in wrong} == second_blames(paths, root), report.lines()
    return {int(Path(f.subject).stem) for f in wrong}, [f.words for f in report.findings]


Deed = Callable[[Stage, str], object]
DEEDS: dict[str, tuple[Deed, str]] = {
    "a second mark by the first marker": (lambda s, r: s.sign("second_mark", "assessor-1", record=r), "their own"),
    "a decision by the first marker": (lambda s, r: s.sign("adjudication", "assessor-1", records=[r]), "their own"),
    "another assessor's correction": (lambda s, r: s.sign("amendment", "assessor-2", record=r), "another's record"),
    "another assessor withdraws it": (lambda s, r: s.sign("void", "assessor-2", record=r), "another's record"),
    "a moderator withdraws it": (lambda s, r: s.sign("void", "moderator-2", record=r), "another's record"),
    "another centre's correction": (lambda s, r: s.sign("amendment", "south-manager", SOUTH, record=r), "another cent"),
    "another centre withdraws it": (lambda s, r: s.sign("void", "south-manager", SOUTH, record=r), "another centre"),
    "another centre's mark": (lambda s, r: s.sign("second_mark", "south-moderator", SOUTH, record=r), "another centre"),
    "the observation once more": (lambda s, r: s.record("obs-1"), "a second time"),
    "by another assessor": (lambda s, r: s.record("obs-1", "assessor-2"), "a second time"),
}


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("logged", [True, False])
def test_what_is_not_theirs_to_sign_is_named(deed: str, logged: bool, tmp_path: Path) -> None:
    """Seen red with each comparison taken out of `agreement._trespass` and `_again`."""
    stage = Stage(tmp_path)
    record = stage.record()
    stage.record("obs-2", "assessor-2")
    do, words = DEEDS[deed]
    do(stage, record)
    numbers, said = stage.blamed(logged=logged)
    assert numbers == {2} and any(words in w for w in said), said


def test_a_moderator_who_marks_a_record_again_after_seeing_the_marks_is_named(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    record = stage.record()
    for person in ("moderator-1", "wide-moderator", "moderator-1"):
        stage.sign("second_mark", person, record=record)
    assert stage.blamed()[0] == {3}


def test_everyday_work_accuses_nobody(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    one, two = stage.record(), stage.record("obs-2", "assessor-2")
    stage.sign("amendment", "assessor-1", record=one)
    stage.sign("amendment", "assessor-2", record=two)
    change = record_id(stage.sign("amendment", "manager-1", record=two))
    stage.sign("countersignature", "assessor-1", record=two, amendment=change)
    stage.sign("second_mark", "moderator-1", record=one)
    stage.sign("adjudication", "moderator-1", records=[one])
    stage.sign("second_mark", "assessor-1", record=two)  # a moderator too, and not of their own
    stage.sign("second_mark", "wide-moderator", SOUTH, record=one)
    stage.sign("void", "manager-1", record=two)
    stage.record("obs-2", "assessor-2")  # the one before was withdrawn
    assert stage.blamed()[0] == set()


def test_a_centre_ends_only_keys_it_certified(tmp_path: Path) -> None:
    """Seen red with `Trust.ends` giving the key alone: the south's word then ends the north's people."""
    for issuer, key, ended in (
        (SOUTH, "assessor-1", set()),
        (NORTH, "assessor-1", {0}),
        (NORTH, NORTH, set()),
        (SOUTH, SOUTH, set()),
        ("", "laptop-3", {0}),
        ("", NORTH, {0}),
        ("", "root", set()),
    ):
        stage = Stage(tmp_path)
        stage.record()
        by = stage.centre(issuer) if issuer else stage.root
        private = keys(issuer).signing if issuer else stage.root_key
        stage.entries.append(revoke(by, [private], keys(key).key_id, valid_until_size=0, reason="stolen", at_ms=T0))
        assert stage.blamed()[0] == ended, (issuer, key)


@pytest.mark.parametrize(("issuer", "taken"), [(NORTH, True), ("", True), (SOUTH, False)])
def test_a_machine_believes_an_end_only_from_who_certified_the_key(issuer: str, taken: bool, tmp_path: Path) -> None:
    """Seen red with `mine` taken for granted in `Trust._accept_revocation`."""
    stage = Stage(tmp_path)
    by = stage.centre(issuer) if issuer else stage.root
    private, key = keys(issuer).signing if issuer else stage.root_key, keys("assessor-1")
    word = revoke(by, [private], key.key_id, valid_until_size=0, reason="stolen", at_ms=T0)
    if taken:
        stage.trust.add([word])
    else:
        with pytest.raises(IntegrityBroken, match="may not revoke it"):
            stage.trust.add([word])
    held = stage.trust.certificates_for(key.key_id)
    assert held and [stage.trust.counts(c) for c in held] == [not taken] * len(held)


def test_two_programmes_of_one_name_do_not_accuse_each_other(tmp_path: Path) -> None:
    """Somebody makes a root of their own under the programme's name, with machines of the same names."""
    stage = Stage(tmp_path)
    stage.record()
    genuine = tmp_path / "0.observer"
    genuine.write_bytes(make_signed_file(stage.trust, stage.entries[0]))
    other = Cast()
    root = make_root("kss", [keys("other root").signing], not_before_ms=T0 - YEAR, not_after_ms=T0 + 9 * YEAR)
    other.__dict__["root"] = read_certificate(root)
    other.__dict__["centre_certificate"] = read_certificate(
        other.certify(other.root, keys("other root").signing, "centre", other.centre)
    )
    by = (other.centre_certificate, keys(other.centre).signing)
    certified = [
        other.certify(*by, "device", "laptop-3"),
        other.certify(*by, "person", "assessor-1", roles=["assessor"]),
    ]
    trust = Trust(other.root, [other.centre_certificate.data, *certified])
    false = [other.sign("record", record_body(ratings=[], unrated=[]))]
    false.append(revoke(other.root, [keys("other root").signing], keys("assessor-1").key_id, valid_until_size=0,
                        reason="stolen", at_ms=T0))  # fmt: skip
    paths = [genuine]
    for n, envelope in enumerate(false):
        paths.append(tmp_path / f"false-{n}.observer")
        paths[-1].write_bytes(make_signed_file(trust, envelope, revoked_too=True))
    report = verify_paths(paths)
    assert {f.subject for f in report.findings if not f.ok} == {str(paths[1])}, report.lines()
    assert any("taken from these files" in f.words for f in report.findings)
    root_file = tmp_path / "root"
    root_file.write_bytes(stage.root.data)
    given = {f.subject for f in verify_paths(paths, root=root_file).findings if not f.ok}
    assert given == {str(p) for p in paths[1:]} == second_blames(paths, stage.root.data)


def test_only_the_programmes_own_word_for_a_framework_binds_records(tmp_path: Path) -> None:
    """A manager whom the root certified for the whole programme is not the programme."""
    stage = Stage(tmp_path)
    stage.record()
    other = {"id": "kss-practitioner", "version": "2026.1", "sha256": h("another framework")}
    body = {"pack": other, "kind": "framework", "size": 9}
    stage.entries.append(stage.casts[NORTH].sign("pack", body, "wide-manager", device="", centre="", device_seq=0,
                                                 prev="0" * 64, boot_id=""))  # fmt: skip
    assert stage.blamed()[0] == set()
    stage.entries[1] = vouch_for_pack(stage.root, [stage.root_key], other, kind="framework", size=9, at_ms=T0)
    assert stage.blamed()[0] == {0}
