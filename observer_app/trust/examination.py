# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of `observer verify`: what has been seen so far, and the steps of `verify` upon it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

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

_NAMES = frozenset({"sha256", "file_sha256", "index_sha256"})


def _named(value: Any) -> Iterator[str]:
    """Every file hash a statement's body names."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in _NAMES and isinstance(inner, str):
                yield inner
            else:
                yield from _named(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner)


class Examination:
    """Collects; `report` holds the outcome. `root` is the root believed, None to take it from the files."""

    def __init__(self, root: Certificate | None) -> None:
        self.report = Report()
        self._given = root
        self._trusts: dict[bytes, Trust] = {}
        self._statements: dict[str, tuple[str, Verified]] = {}
        self._checkpoints: dict[tuple[bytes, str, int], tuple[str, Checkpoint]] = {}
        self.vouched: dict[str, str] = {}

    def trust_for(self, certificates: tuple[bytes, ...]) -> Trust:
        """Steps 1 and 3. The trust under the root these certificates end in. Raises IntegrityBroken when it is not
        the root given, or calls itself the sample root and is not."""
        data = certificates[-1]
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
        return trust

    def signed_file(self, name: str, data: bytes) -> Verified:
        """Step 4 (and 6 where a receipt is within). Raises what is wrong."""
        return self.signed(name, read_signed_file(data))

    def signed(self, name: str, file: SignedFile) -> Verified:
        """As `signed_file`, once its form is read."""
        trust = self.trust_for(file.certificates)
        verified, checkpoint = check_signed_file(file, trust)
        self.statement(name, verified)
        if checkpoint is not None:
            self._checkpoint(name, trust, checkpoint)
        return verified

    def statement(self, name: str, verified: Verified) -> None:
        """Keeps a statement that passed."""
        self.report.good(4)
        for words in verified.warnings:
            self.report.remark(4, name, words)
        self._statements.setdefault(verified.record_id, (name, verified))
        if verified.statement.type != "manifest":
            for digest in _named(verified.statement.body):
                self.vouched.setdefault(digest, name)

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
        chains: dict[tuple[str, str], list[tuple[str, Verified]]] = defaultdict(list)
        for name, verified in self._statements.values():
            if verified.device and verified.device_seq:
                header = verified.statement.header
                chains[(header.programme, header.device)].append((name, verified))
        for (_, device), found in sorted(chains.items()):
            self._device(device, sorted(found, key=lambda f: f[1].device_seq))
        for name, verified in self._statements.values():
            self._references(name, verified)
        return self.report

    def _device(self, device: str, found: list[tuple[str, Verified]]) -> None:
        """Step 5: two statements at one place, or a wrong predecessor, are wrong; absent ones are said to be absent."""
        for place, (name, verified) in enumerate(found):
            before = found[place - 1][1] if place else None
            try:
                if before is not None and before.device_seq == verified.device_seq:
                    words = f"Two statements claim to be number {verified.device_seq} of {device}: one is not genuine."
                    raise IntegrityBroken(words)
                next_to = before is not None and before.device_seq + 1 == verified.device_seq
                verify_device_chain([before, verified] if before is not None and next_to else [verified])
                if before is not None and not next_to:
                    absent = verified.device_seq - before.device_seq - 1
                    self.report.remark(
                        5, device, f"{absent} statements before number {verified.device_seq} are not here."
                    )
            except IntegrityBroken as error:
                self.report.wrong(5, name, error)
        self.report.good(5)

    def _references(self, name: str, verified: Verified) -> None:
        """Step 9: what is said about a record that is not here cannot be compared."""
        body = verified.statement.body
        named = body.get("records")  # a day's close counts records under this name
        targets = named if isinstance(named, list) else [body["record"]] if "record" in body else []
        for target in targets:
            about = self._statements.get(target)
            if about is None:
                self.report.remark(9, name, f"It speaks of a record that is not here ({target[:16]}...).")
            elif about[1].statement.type not in ("record", "second_mark", "amendment"):
                self.report.wrong(9, name, "It speaks of a statement that is not a record.")
            else:
                self.report.good(9)
