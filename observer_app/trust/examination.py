# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of `observer verify`: what has been seen so far, and the steps of `verify` upon it."""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from observer_app.errors import IntegrityBroken, ObserverError
from observer_app.trust.certificates import Certificate, read_certificate
from observer_app.trust.chain import verify_device_chain
from observer_app.trust.checkpoints import Checkpoint
from observer_app.trust.envelope import open_envelope
from observer_app.trust.manifest import MAX_MANIFEST
from observer_app.trust.programme import Trust, Verified
from observer_app.trust.receipts import parse_receipt
from observer_app.trust.report import Report
from observer_app.trust.samples import sample_root
from observer_app.trust.signed_file import SignedFile, check_certificates, check_signed_file, read_signed_file

__all__ = ["Examination"]

_FILE = re.compile(rb'"(?:sha256|file_sha256|index_sha256)"\s*:\s*"([0-9a-f]{64})"')
_ABOUT = frozenset({"record", "second_mark", "amendment"})
_THREADS = 2
_BATCH = 512  # statements held in memory at a time


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is kept of a statement that passed. `about`: the records it speaks of; `close`: of a day's close, the first
    and last number of its device's statements and the id of the last."""

    name: str
    record_id: str
    type: str
    programme: str
    device: str
    device_seq: int
    prev: str
    about: tuple[str, ...]
    close: tuple[int, int, str] | None


def _seen(name: str, verified: Verified) -> _Seen:
    header, body = verified.statement.header, verified.statement.body
    named = body.get("records")  # a day's close counts records under this name
    about = tuple(named) if isinstance(named, list) else (str(body["record"]),) if "record" in body else ()
    close = (body["first_seq"], body["last_seq"], body["head"]) if header.type == "day_close" else None
    return _Seen(
        name, verified.record_id, header.type, header.programme, header.device, header.device_seq, header.prev, about,
        close,
    )  # fmt: skip


Outcome = tuple[Trust, Verified, Checkpoint | None]


class Examination:
    """Collects; `report` holds the outcome. `root` is the root believed, None to take it from the files."""

    def __init__(self, root: Certificate | None) -> None:
        self.report = Report()
        self._given = root
        self._trusts: dict[bytes, Trust] = {}
        self._lock = threading.RLock()
        self._accepted: set[tuple[bytes, ...]] = set()
        self._statements: dict[str, _Seen] = {}
        self._checkpoints: dict[tuple[bytes, str, int], tuple[str, Checkpoint]] = {}
        self.vouched: dict[str, str] = {}

    def trust_for(self, certificates: tuple[bytes, ...]) -> Trust:
        """Steps 1 and 3. The trust under the root these certificates end in. Raises IntegrityBroken when it is not
        the root given, or calls itself the sample root and is not."""
        data = certificates[-1]
        if certificates in self._accepted:
            return self._trusts[data]
        with self._lock:
            return self._new_trust(certificates, data)

    def _new_trust(self, certificates: tuple[bytes, ...], data: bytes) -> Trust:
        if data not in self._trusts:
            root = read_certificate(data)
            if self._given is not None and data != self._given.data:
                raise IntegrityBroken("This was made under another root than the one given.", subject=root.subject)
            if root.sample and data != sample_root().data:
                raise IntegrityBroken("This calls itself a sample but is not under the sample root.")
            self._trusts[data] = Trust(root)
            self.report.good(1)
            self.report.sample = self.report.sample or root.sample
            if self._given is None and not root.sample:
                words = "The root was taken from these files themselves; give it with --root to be sure whose it is."
                self.report.remark(1, root.subject, words)
        trust = self._trusts[data]
        known = len(trust.certificates)
        check_certificates(trust, certificates)
        self.report.good(3, len(trust.certificates) - known)
        self._accepted.add(certificates)
        return trust

    def signed_file(self, name: str, data: bytes) -> Verified:
        """Step 4 (and 6 where a receipt is within). Raises what is wrong."""
        return self.signed(name, read_signed_file(data))

    def signed(self, name: str, file: SignedFile) -> Verified:
        """As `signed_file`, once its form is read."""
        return self._keep(name, self._checked(file))

    def signed_files(self, files: Iterable[tuple[str, Callable[[], bytes]]]) -> None:
        """Step 4 (and 6) for many: name, and what reads the bytes. The signatures of two are checked at a time; what
        is found is reported in the order given."""

        def check(file: tuple[str, Callable[[], bytes]]) -> Outcome | ObserverError:
            try:
                return self._checked(read_signed_file(file[1]()))
            except ObserverError as error:
                return error

        waiting = iter(files)
        with ThreadPoolExecutor(_THREADS) as pool:
            while batch := list(islice(waiting, _BATCH)):
                for (name, _), found in zip(batch, pool.map(check, batch), strict=True):
                    if isinstance(found, ObserverError):
                        self.report.wrong(4, name, found)
                    else:
                        self._keep(name, found)

    def _checked(self, file: SignedFile) -> Outcome:
        trust = self.trust_for(file.certificates)
        return (trust, *check_signed_file(file, trust))

    def _keep(self, name: str, found: Outcome) -> Verified:
        trust, verified, checkpoint = found
        self.statement(name, verified)
        if checkpoint is not None:
            self._checkpoint(name, trust, checkpoint)
        return verified

    def statement(self, name: str, verified: Verified) -> None:
        """Keeps a statement that passed."""
        self.report.good(4)
        for words in verified.warnings:
            self.report.remark(4, name, words)
        self._statements.setdefault(verified.record_id, _seen(name, verified))
        if verified.statement.type != "manifest":
            for digest in _FILE.findall(verified.statement.payload):
                self.vouched.setdefault(digest.decode("ascii"), name)

    def envelope(self, name: str, data: bytes) -> None:
        """Step 4 for an envelope without its certificates: one of the roots seen so far must lead to its signers."""
        envelope = open_envelope(data, limit=2 * MAX_MANIFEST)
        failure: ObserverError = IntegrityBroken(
            "No certificates came with this statement.", advice="Give the folder or file that has them as well."
        )
        for trust in self._trusts.values():
            try:
                self.statement(name, trust.verify(envelope, payload_limit=MAX_MANIFEST))
                return
            except ObserverError as error:
                failure = error
        raise failure

    def receipt(self, name: str, data: bytes) -> None:
        """Step 6 for a receipt on its own. Raises what is wrong."""
        receipt = parse_receipt(data)
        if not receipt.leaf or not receipt.certificates:
            raise IntegrityBroken("A receipt does not say of which record it is, nor who gave it.")
        trust = self.trust_for(receipt.certificates)
        origin = receipt.checkpoint.origin
        logs = [c for c in trust.log_certificates(origin) if c.data in receipt.certificates]
        if not logs or tuple(trust.chain(logs[-1:])) != receipt.certificates:
            raise IntegrityBroken("A receipt does not carry the certificates of its log.", subject=origin)
        self._checkpoint(name, trust, receipt.verify(receipt.leaf, trust.log_key(origin), strict=True))

    def _checkpoint(self, name: str, trust: Trust, checkpoint: Checkpoint) -> None:
        self.report.good(6)
        place = (trust.root.data, checkpoint.origin, checkpoint.size)
        other, seen = self._checkpoints.setdefault(place, (name, checkpoint))
        if seen.root != checkpoint.root:
            self.report.wrong(6, name, f"The log shows two histories of {checkpoint.size} entries; the other: {other}.")

    def finish(self) -> Report:
        """Steps 5 and 9, over all that was seen."""
        chains: dict[tuple[str, str], list[_Seen]] = defaultdict(list)
        for seen in self._statements.values():
            if seen.device and seen.device_seq:
                chains[(seen.programme, seen.device)].append(seen)
        for (_, device), found in sorted(chains.items()):
            self._device(device, sorted(found, key=lambda f: f.device_seq))
        for seen in self._statements.values():
            self._references(seen)
        return self.report

    def _device(self, device: str, found: list[_Seen]) -> None:
        """Step 5: two statements at one place, a wrong predecessor, or an absent one that a day's close answers for are
        wrong; others that are absent are said to be absent."""
        closed = [seen.close for seen in found if seen.close]
        for place, seen in enumerate(found):
            before = found[place - 1] if place else None
            try:
                if before is not None and before.device_seq == seen.device_seq:
                    words = f"Two statements claim to be number {seen.device_seq} of {device}: one is not genuine."
                    raise IntegrityBroken(words)
                next_to = before is not None and before.device_seq + 1 == seen.device_seq
                verify_device_chain([before, seen] if before is not None and next_to else [seen])
                if not next_to:
                    self._absent(device, before.device_seq + 1 if before else 1, seen, closed)
                if seen.close and (seen.close[1] + 1, seen.close[2]) != (seen.device_seq, seen.prev):
                    raise IntegrityBroken("A day's close does not stand where it says its machine's order ends.")
            except IntegrityBroken as error:
                self.report.wrong(5, seen.name, error)
        self.report.good(5)

    def _absent(self, device: str, first: int, seen: _Seen, closed: list[tuple[int, int, str]]) -> None:
        """What is missing of a device from number `first` up to `seen`."""
        last = seen.device_seq - 1
        for start, end, _ in closed:
            low, high = max(first, start), min(last, end)
            if low <= high:
                which = f"Number {low}" if low == high else f"Numbers {low} to {high}"
                words = f"{which} of {device} should be here: the day's close answers for them. They were taken away."
                self.report.wrong(5, device, words)
                return
        if first > 1 and last >= first:
            words = f"{last - first + 1} statements before number {seen.device_seq} are not here."
            self.report.remark(5, device, words)

    def _references(self, seen: _Seen) -> None:
        """Step 9: what is said about a record that is not here cannot be compared."""
        for target in seen.about:
            about = self._statements.get(target)
            if about is None:
                self.report.remark(9, seen.name, f"It speaks of a record that is not here ({target[:16]}...).")
            elif about.type not in _ABOUT:
                self.report.wrong(9, seen.name, "It speaks of a statement that is not a record.")
            else:
                self.report.good(9)
