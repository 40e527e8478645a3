# SPDX-License-Identifier: GPL-3.0-or-later
"""Someone who has a machine's key, and signs for another film than the one its record was made upon.

A machine's word for a recording carries no person's signature, so a stolen laptop is enough to make one. Every such
list is refused beside the record it contradicts, by both verifiers, and nothing else is accused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from observer_app.trust.programme import Trust
from observer_app.trust.signed_file import make_signed_file
from observer_app.trust.verify import verify_paths
from tests.redteam.second import second_blames
from tests.redteam.tally import Tally
from tests.unit.trust.cast import Cast, h, keys, record_body, segment

CHANGED: dict[str, Any] = {"file_sha256": h("other film"), "index_sha256": h("other index"), "root": h("other root"),
                           "size": 14_999_999, "clusters": 7199}  # fmt: skip


class Stage:
    """Two records of two segments each, and what their machine signed of the recordings."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.cast = folder, Cast(sample=True)
        issuer, key = self.cast.centre_certificate, keys(self.cast.centre).signing
        stolen = self.cast.certify(issuer, key, "device", "laptop-9")
        self.trust = Trust(self.cast.root, [*self.cast.certificates.values(), stolen])
        for n in (1, 2):
            body = record_body(observation=f"obs-{n}", media=self.segments(n))
            self.write(f"record-{n}", self.cast.sign("record", body))
            self.write(f"media-{n}", self.media(n, self.segments(n)))

    @staticmethod
    def segments(n: int) -> list[dict[str, Any]]:
        return [{**segment(h(f"film {n} {k}")), "recording": f"rec-{n}", "segment": k} for k in (1, 2)]

    def media(self, n: int, segments: list[dict[str, Any]], device: str = "laptop-3") -> bytes:
        body = {"observation": f"obs-{n}", "recording": f"rec-{n}", "segments": segments}
        if device == "laptop-3":
            return self.cast.sign("media", body, "")
        return Cast(sample=True).sign("media", body, "", device=device)

    def write(self, name: str, envelope: bytes) -> Path:
        path = self.folder / f"{name}.observer"
        path.write_bytes(make_signed_file(self.trust, envelope))
        return path

    def blamed(self) -> tuple[set[str], set[str]]:
        paths = sorted(self.folder.iterdir())
        report = verify_paths(paths)
        assert report.ok == (not [f for f in report.findings if not f.ok])
        return {f.subject for f in report.findings if not f.ok}, second_blames(paths, self.cast.root.data)

    def tried(self) -> Iterator[tuple[str, int, list[dict[str, Any]], str]]:
        for n in (1, 2):
            for k in (0, 1):
                for name, value in CHANGED.items():
                    segments = self.segments(n)
                    segments[k][name] = value
                    yield f"another {name}", n, segments, "laptop-3"
                    yield f"another {name}, of another machine", n, segments, "laptop-9"
            yield "the same, of another machine", n, self.segments(n), "laptop-9"
            yield "of the other record", n, [{**s, "recording": f"rec-{n}"} for s in self.segments(3 - n)], "laptop-3"


def test_a_list_of_another_film_is_named_beside_its_record(tmp_path: Path) -> None:
    stage, tally = Stage(tmp_path), Tally("a machine's word for a recording")
    assert stage.blamed() == (set(), set())
    for kind, n, segments, device in stage.tried():
        seq, last = stage.cast.seq, stage.cast.last
        path = stage.write("false", stage.media(n, segments, device))
        named = {str(path)}
        tally.note(kind, f"{n} {json.dumps(segments)}", stage.blamed() == (named, named))
        path.unlink()
        stage.cast.seq, stage.cast.last = seq, last
    tally.settle(40)


def test_what_only_one_of_them_knows_accuses_nobody(tmp_path: Path) -> None:
    """A segment more, one fewer, a gap that was noticed later, and a recording without a record."""
    stage = Stage(tmp_path)
    first, second = stage.segments(1)
    for n, segments in enumerate(([first], [first, second, {**second, "segment": 3}], [{**first, "gaps": 1}])):
        stage.write(f"more-{n}", stage.media(1, segments))
    stage.write("none", stage.media(7, stage.segments(7)))
    assert stage.blamed() == (set(), set())
