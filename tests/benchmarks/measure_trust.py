# SPDX-License-Identifier: GPL-3.0-or-later
"""How long checking takes: a nation's records, and a day's bundle."""

from __future__ import annotations

import gc
import hashlib
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from nacl.signing import VerifyKey

from observer_app.central.store import now_ms
from observer_app.trust import merkle
from observer_app.trust.bundle import write_bundle
from observer_app.trust.certificates import Certificate
from observer_app.trust.checkpoints import Checkpoint, sign_checkpoint
from observer_app.trust.envelope import MAX_ENVELOPE, open_envelope
from observer_app.trust.examination import Examination
from observer_app.trust.manifest import list_header, write_manifest
from observer_app.trust.many import examine_many
from observer_app.trust.parts import Part
from observer_app.trust.programme import Trust
from observer_app.trust.receipts import make_receipt
from observer_app.trust.signed_file import SignedFile
from observer_app.trust.statements import NO_PREVIOUS
from observer_app.trust.verify import verify_paths
from tests.benchmarks.registry import Figure, benchmark
from tests.simulators.programme import H, Holder, Programme, record_body, sealed

RECORDS = 75_000
CENTRES = 30
FILMS, FILM_MB = 60, 15


@contextmanager
def _folder() -> Iterator[Path]:
    found = Path(tempfile.mkdtemp(prefix="observer-bench-"))
    try:
        yield found
    finally:
        shutil.rmtree(found)


def _body(number: int) -> dict[str, object]:
    """Twelve ratings, one of them left out with a reason, one recording."""
    ratings = [
        {"criterion": f"criterion-{k:02d}", "value": 1 + k % 5, "at_ms": 60_000 * k, "event": k} for k in range(1, 12)
    ]
    segment = {"recording": f"r-{number}", "segment": 1, "file_sha256": H, "index_sha256": H, "root": H,
               "size": 15_000_000, "clusters": 7200, "gaps": 0}  # fmt: skip
    return {
        **record_body(number, media=[segment]), "ratings": ratings,
        "unrated": [{"criterion": "criterion-12", "reason_sha256": H}],
    }  # fmt: skip


class _Nation:
    """Signed files of `count` records from CENTRES centres, in one file; `pairs` are what the bare checks take."""

    def __init__(self, count: int, out: Path) -> None:
        self.programme = Programme()
        self.out = out
        envelopes, signers = self._envelopes(count)
        tree: dict[tuple[int, int], bytes] = {}
        leaves = [merkle.leaf_hash(e) for e in envelopes]

        def subtree(start: int, end: int) -> bytes:
            if end - start == 1:
                return leaves[start]
            if (start, end) not in tree:
                middle = start + (1 << ((end - start - 1).bit_length() - 1))
                tree[(start, end)] = merkle.node_hash(subtree(start, middle), subtree(middle, end))
            return tree[(start, end)]

        trust = Trust(self.programme.root, [*self.programme.certificates, self.programme.log])
        origin = f"{self.programme.root.programme}/central"
        note = sign_checkpoint(Checkpoint(origin, count, subtree(0, count)), self.programme.log_key)
        above: dict[str, tuple[bytes, ...]] = {}
        self.places: list[tuple[int, int]] = []
        with out.open("wb") as file:
            for number, (envelope, who) in enumerate(zip(envelopes, signers, strict=True)):
                if who[1].id not in above:
                    chain = trust.chain([h.certificate for h in who])[:-1]
                    above[who[1].id] = (*chain, self.programme.log, self.programme.root.data)
                receipt = make_receipt(number, merkle.inclusion_proof(number, count, subtree), note)
                data = SignedFile(envelope, above[who[1].id], receipt).data
                self.places.append((file.tell(), len(data)))
                file.write(data)
        bare = {h.id: VerifyKey(h.certificate.signing_keys[0].raw) for pair in signers for h in pair}
        self.pairs = [
            (o.signed_bytes, [(bare[h.id], s.sig) for h, s in zip(who, o.signatures, strict=True)])
            for o, who in ((open_envelope(e), w) for e, w in zip(envelopes, signers, strict=True))
        ]

    def _envelopes(self, count: int) -> tuple[list[bytes], list[tuple[Holder, Holder]]]:
        found, who = list[bytes](), list[tuple[Holder, Holder]]()
        for place in range(CENTRES):
            centre = self.programme.centre(f"centre-{place}")
            device = self.programme.device(centre, f"laptop-{place}")
            person = self.programme.person(centre, f"p-{place}", "assessor")
            prev = NO_PREVIOUS
            for seq in range(1, count // CENTRES + 1):
                header = self.programme.header("record", seq, prev, device, (person, device))
                found.append(sealed(header, _body(len(found)), (person, device)))
                prev = open_envelope(found[-1]).record_id
                who.append((person, device))
        return found, who

    def files(self) -> list[tuple[str, Part]]:
        """Each as a part of the one file, as in a bundle."""
        return [(str(n), Part(str(n), self.out, size, start)) for n, (start, size) in enumerate(self.places)]


def _verify(nation: _Nation, root: Certificate) -> None:
    run = Examination(root)
    examine_many(run, nation.files(), MAX_ENVELOPE)
    report = run.finish()
    if not report.ok or report.passed[4] != len(nation.places) or report.passed[6] != len(nation.places):
        raise RuntimeError("\n".join(report.lines()[:5]))


def _bare(nation: _Nation) -> None:
    """The two signatures of each record and nothing else."""
    for message, signatures in nation.pairs:
        for key, signature in signatures:
            key.verify(message, signature)


def _processor_s() -> float:
    """Seconds of processor used by this process and by those it has ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def _taken(work: Callable[[], None]) -> tuple[float, float]:
    """(seconds by the clock, seconds of processor)."""
    wall, cpu = time.perf_counter(), _processor_s()
    work()
    return time.perf_counter() - wall, _processor_s() - cpu


@benchmark("verify_75k_s", "verify_75k_ratio")
def nation() -> list[Figure]:
    """75,000 signed files (two signatures, certificates, receipt) as `observer verify` checks them, from the disk. The
    ratio is of processor time, so that a second processor does not flatter it."""
    with _folder() as folder:
        made = _Nation(RECORDS, folder / "records")
        gc.freeze()  # what the measurement itself holds is no part of what is measured
        bare_s, bare_cpu = _taken(partial(_bare, made))
        ours_s, ours_cpu = _taken(partial(_verify, made, made.programme.root))
        gc.unfreeze()
    return [
        Figure("verify_75k_s", ours_s, "s", n=RECORDS, baseline=bare_s, aim=15),
        Figure("verify_75k_ratio", ours_cpu / bare_cpu, "", n=RECORDS, aim=2.0),
    ]


def _day(folder: Path, programme: Programme) -> Path:
    """A day's bundle: a list, and FILMS members of FILM_MB. The members repeat four films; the bundle holds all."""
    day = folder / "day"
    day.mkdir()
    for number in range(FILMS):
        target = day / f"{number:02d}.seg"
        if number < 4:
            target.write_bytes(os.urandom(FILM_MB * 1_000_000))
        else:
            os.link(day / f"{number % 4:02d}.seg", target)
    centre = programme.centre("centre")
    trust, key = Trust(programme.root, programme.certificates), centre.keys.signing
    write_manifest(day, trust, list_header(trust, [key], "bench", now_ms(), centre=centre.id), [key])
    return write_bundle(day, folder / "day.zip")


def _sha256(path: Path) -> None:
    with path.open("rb") as file:
        hashlib.file_digest(file, "sha256")


@benchmark("verify_day_ratio")
def day() -> list[Figure]:
    """`observer verify` of a day's bundle against SHA-256 over the same file; the best of three of each, in turn."""
    with _folder() as folder:
        programme = Programme()
        bundle = _day(folder, programme)
        (folder / "root").write_bytes(programme.root.data)
        ours, bare = list[float](), list[float]()
        for _ in range(3):
            bare.append(_taken(partial(_sha256, bundle))[0])
            wall = time.perf_counter()
            report = verify_paths([bundle], root=folder / "root")
            ours.append(time.perf_counter() - wall)
            if not report.ok:
                raise RuntimeError("\n".join(report.lines()[:5]))
        size = bundle.stat().st_size / 1e6
    rate, baseline = size / min(ours), size / min(bare)
    return [Figure("verify_day_ratio", rate / baseline, "", n=FILMS, aim=0.8, aim_is="at least")]
