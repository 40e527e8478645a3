# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of `observer verify`: what has been seen so far, and the steps of `verify` upon it."""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby

from observer_app.errors import IntegrityBroken, ObserverError
from observer_app.trust.agreement import disagreements, trespasses
from observer_app.trust.certificates import Certificate, read_certificate
from observer_app.trust.chain import verify_device_chain
from observer_app.trust.checkpoints import parse_note, verify_checkpoint
from observer_app.trust.envelope import open_envelope
from observer_app.trust.history import Histories, Place
from observer_app.trust.kept import ANSWERS, Kept, kept_of
from observer_app.trust.manifest import MAX_MANIFEST
from observer_app.trust.printed import read_printed
from observer_app.trust.programme import Trust, Verified
from observer_app.trust.receipts import parse_receipt
from observer_app.trust.report import Report
from observer_app.trust.samples import sample_root
from observer_app.trust.signed_file import SignedFile, check_certificates, check_signed_file, read_signed_file

__all__ = ["Examination", "Kept", "without_circles"]

_ABOUT = frozenset({"record", "second_mark", "amendment"})
_COUNTERSIGNED = "countersignature"

_NOWHERE = 2**63


@contextmanager
def without_circles() -> Iterator[None]:
    """What is checked holds no circles, and looking for them among a nation's records costs a tenth of the time."""
    looked = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looked:
            gc.enable()


def _ended(ends: dict[tuple[str, str], int], seen: Kept, index: int) -> str:
    """The key whose word had ended at this place in the log; "" when none had."""
    return next((k for k in seen.rests_on if index >= ends.get((seen.root, k), _NOWHERE + 1)), "")


class Examination:
    """Collects; `report` holds the outcome. `root` is the root believed, None to take it from the files."""

    def __init__(self, root: Certificate | None) -> None:
        self.report = Report()
        self.given = root
        self._trusts: dict[bytes, Trust] = {}
        self._accepted: set[tuple[bytes, ...]] = set()
        self._statements: dict[str, tuple[str, Kept]] = {}
        self._histories = Histories()
        self.vouched: dict[str, str] = {}
        self.by_itself: set[str] = set()  # names of statements given as files of their own, not within a set

    def trust_for(self, certificates: tuple[bytes, ...]) -> Trust:
        """Steps 1 and 3. The trust under the root these certificates end in. Raises IntegrityBroken when it is not
        the root given, or calls itself the sample root and is not."""
        data = certificates[-1]
        if certificates in self._accepted:
            return self._trusts[data]
        if data not in self._trusts:
            root = read_certificate(data)
            if self.given is not None and data != self.given.data:
                raise IntegrityBroken("This was made under another root than the one given.", subject=root.subject)
            if root.sample and data != sample_root().data:
                raise IntegrityBroken("This calls itself a sample but is not under the sample root.")
            self._trusts[data] = Trust(root)
            self.report.good(1)
            self.report.sample = self.report.sample or root.sample
            if self.given is None and not root.sample:
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
        verified, kept = self._checked(file)
        self._keep(name, kept)
        return verified

    def signed_files(self, files: Iterable[tuple[str, bytes | ObserverError]]) -> list[tuple[str, Kept | str]]:
        """Step 4 (and 6) for many (name, and its bytes or why there are none): what is to be kept of each, or what is
        wrong."""
        found: list[tuple[str, Kept | str]] = []
        for name, data in files:
            try:
                if isinstance(data, ObserverError):
                    raise data
                found.append((name, self._checked(read_signed_file(data))[1]))
            except ObserverError as error:
                found.append((name, str(error)))
        return found

    def take_in(self, found: Iterable[tuple[str, Kept | str]]) -> None:
        """What `signed_files` found, here or in another process."""
        for name, kept in found:
            if isinstance(kept, str):
                self.report.wrong(4, name, kept)
            else:
                self._keep(name, kept)

    @property
    def accepted(self) -> tuple[tuple[bytes, ...], ...]:
        """The chains of certificates believed so far, each as a file carried it."""
        return tuple(self._accepted)

    def _checked(self, file: SignedFile) -> tuple[Verified, Kept]:
        trust = self.trust_for(file.certificates)
        verified, receipt = check_signed_file(file, trust)
        place = None
        if receipt is not None:
            path = b"".join(receipt.path)
            place = Place(trust.root.record_id, receipt.checkpoint, receipt.index, verified.envelope.leaf, path)
        return verified, kept_of(verified, place, trust)

    def _keep(self, name: str, kept: Kept) -> None:
        self.report.good(4)
        for words in kept.warnings:
            self.report.remark(4, name, words)
        self._statements.setdefault(kept.record_id, (name, kept))
        for digest in kept.files:
            self.vouched.setdefault(digest, name)
        if kept.place is not None:
            self._place(name, kept.place)

    def statement(self, name: str, verified: Verified, trust: Trust) -> None:
        """Keeps a statement that passed under `trust`."""
        self._keep(name, kept_of(verified, None, trust))

    def envelope(self, name: str, data: bytes) -> None:
        """Step 4 for an envelope without its certificates: one of the roots seen so far must lead to its signers."""
        envelope = open_envelope(data, limit=2 * MAX_MANIFEST)
        failure: ObserverError = IntegrityBroken(
            "No certificates came with this statement.", advice="Give the folder or file that has them as well."
        )
        for trust in self._trusts.values():
            try:
                self.statement(name, trust.verify(envelope, payload_limit=MAX_MANIFEST), trust)
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
        checkpoint = receipt.verify(receipt.leaf, trust.log_key(origin), strict=True)
        path = b"".join(receipt.path)
        self._place(name, Place(trust.root.record_id, checkpoint, receipt.index, receipt.leaf, path))

    def checkpoint(self, name: str, data: bytes, *, whole: bool) -> None:
        """Step 6 for a checkpoint that lies beside records. `whole`: it is the log's own list, which must hold every
        entry. Raises what is wrong; where nothing here certifies the log, that is a remark."""
        note = data.decode("utf-8", "replace")
        origin = parse_note(note).checkpoint.origin
        for trust in self._trusts.values():
            if trust.log_certificates(origin):
                checkpoint = verify_checkpoint(note, trust.log_key(origin), strict=True)
                self.report.good(6)
                self._contradicting(self._histories.checkpoint(name, trust.root.record_id, checkpoint, whole=whole))
                return
        self.report.remark(6, name, "Nothing here certifies the log it is of.")

    def _place(self, name: str, place: Place) -> None:
        """Step 6 across receipts: one log has one root at each size, and one entry at each place."""
        self.report.good(6)
        self._contradicting(self._histories.receipt(name, place))

    def _contradicting(self, found: Iterable[tuple[str, str]]) -> None:
        for name, words in found:
            self.report.wrong(6, name, words)

    def printed(self, code: str) -> None:
        """Step 10: a code from a report against the record itself. What was printed and what was signed must agree in
        the record, its place in the log, and the log's root at the size the code names."""
        try:
            said = read_printed(code)
        except ObserverError as error:
            self.report.wrong(10, code[:40], error)
            return
        name, seen = self._statements.get(said.record, ("", None))
        subject = f"{said.record[:16]}..."
        if seen is None:
            self.report.wrong(10, subject, "The record of the printed code is not among what was given.")
            return
        if said.size and seen.place is not None:
            proven = (seen.place.at, seen.place.checkpoint.origin)
            known = self._histories.root_of(seen.place.root, said.log, said.size)
            if proven != (said.place, said.log) or (known is not None and known.hex() != said.root):
                self.report.wrong(10, subject, f"The printed code says another place in the log than {name} proves.")
                return
            if known is None:
                words = f"The log at {said.size} entries, which the code names, is not among what was given."
                self.report.remark(10, subject, words)
        elif said.size:
            self.report.remark(10, subject, f"No receipt came with {name}: its place in the log was not compared.")
        self.report.good(10)

    @without_circles()
    def finish(self) -> Report:
        """Steps 4 (revoked keys), 5, 6 and 9, over all that was seen."""
        self._contradicting(self._histories.finish())
        self._revoked()
        chains: dict[tuple[str, str], list[tuple[str, Kept]]] = defaultdict(list)
        for name, kept in self._statements.values():
            if kept.device and kept.device_seq:
                chains[(kept.root, kept.device)].append((name, kept))
        for (_, device), found in sorted(chains.items()):
            self._device(device, sorted(found, key=lambda f: f[1].device_seq))
        for name, kept in self._statements.values():
            self._references(name, kept)
        every = list(self._statements.values())
        for name, words in disagreements(every):
            if words:
                self.report.wrong(9, name, words)
            else:
                self.report.good(9)
        for name, words in trespasses(every):
            self.report.wrong(9, name, words)
        self._had_seen()
        answered = {kept.amendment: "" for _, kept in self._statements.values()}
        answered |= {k.amendment: k.type for _, k in self._statements.values() if k.type == _COUNTERSIGNED}
        for name, kept in self._statements.values():
            if kept.type == "amendment" and not answered.get(kept.record_id):
                words = "No second signature of this correction is here; its framework may ask for one."
                refused = " Another person refused it." if kept.record_id in answered else ""
                self.report.remark(9, name, words + refused)
        return self.report

    def _revoked(self) -> None:
        """Step 4: what was signed with a key from the place in the log on at which it was revoked. The earliest
        revocation first: one that was signed with a key revoked before it ends nobody's word."""
        ends: dict[tuple[str, str], int] = {}
        told = [(seen.place.at if seen.place else _NOWHERE, name, seen) for name, seen in self._statements.values()]
        for index, _, seen in sorted((t for t in told if t[2].revokes), key=lambda t: (t[0], t[1])):
            key, size = seen.revokes or ("", 0)
            if not _ended(ends, seen, index):
                ends[seen.root, key] = min(size, ends.get((seen.root, key), size))
        for index, name, seen in told if ends else ():
            key = _ended(ends, seen, index)
            if key and seen.type == "manifest":
                words = "Its list was signed with a key that was revoked, nobody can tell when: go by the receipts."
                self.report.remark(4, name, words)
            elif key:
                words = f"It was signed with a key that counts no longer from log entry {ends[seen.root, key]} on"
                where = "it is not proven to stand before it" if index == _NOWHERE else f"it is entry {index}"
                self.report.wrong(4, name, f"{words}; {where}.")

    def _device(self, device: str, found: list[tuple[str, Kept]]) -> None:
        """Step 5: two statements at one place, a wrong predecessor, or an absent one that a day's close answers for are
        wrong; others that are absent are said to be absent. One file given by itself is no set that anything was
        taken from."""
        alone = len(found) == 1 and found[0][0] in self.by_itself
        closed = [seen.close for _, seen in found if seen.close and not alone]
        if alone and found[0][1].close:
            self.report.remark(5, found[0][0], f"It closes a day of {device} whose other statements were not given.")
        last: list[Kept] = []  # those at the number before; more than one in a fork, and each may be continued
        for _, at_one in groupby(found, key=lambda f: f[1].device_seq):
            here = list(at_one)
            next_to = bool(last) and last[0].device_seq + 1 == here[0][1].device_seq
            for place, (name, seen) in enumerate(here):
                try:
                    if place:
                        words = f"Two statements claim to be number {seen.device_seq} of {device}: one is not genuine."
                        raise IntegrityBroken(words)
                    before = next((k for k in last if k.record_id == seen.prev), last[0]) if next_to else None
                    verify_device_chain([before, seen] if before is not None else [seen])
                    if seen.close and (seen.close[1] + 1, seen.close[2]) != (seen.device_seq, seen.prev):
                        raise IntegrityBroken("A day's close does not stand where it says its machine's order ends.")
                except IntegrityBroken as error:
                    self.report.wrong(5, name, error)
            if not next_to:
                self._absent(device, last[0].device_seq + 1 if last else 1, here[0][1], closed)
            last = [seen for _, seen in here]
        self.report.good(5)

    def _absent(self, device: str, first: int, seen: Kept, closed: list[tuple[int, int, str]]) -> None:
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

    def _had_seen(self) -> None:
        """Step 6: what machines say they had seen of the log before they signed. It is signed, so a log written anew
        cannot change it; but it does not say of which of a programme's logs it is, so it accuses none."""
        said: dict[tuple[str, tuple[int, str]], str] = {}
        for name, seen in self._statements.values():
            if seen.had_seen is not None and seen.had_seen[0]:
                said.setdefault((seen.root, seen.had_seen), name)
        for (root, (size, hashed)), name in sorted(said.items(), key=lambda s: s[0]):
            known = self._histories.roots_at(root, size)
            if known and bytes.fromhex(hashed) not in known:
                words = (
                    f"Its machine had seen a log of {size} entries that was another: of another store, or told anew."
                )
                self.report.remark(6, name, words)

    def _references(self, name: str, seen: Kept) -> None:
        """Step 9: what is said about a record that is not here cannot be compared."""
        for target in seen.about:
            about = self._statements.get(target)
            if about is None:
                self.report.remark(9, name, f"It speaks of a record that is not here ({target[:16]}...).")
            elif about[1].type not in _ABOUT:
                self.report.wrong(9, name, "It speaks of a statement that is not a record.")
            else:
                self.report.good(9)
        if seen.amendment:
            self._answered(name, seen)

    def _answered(self, name: str, seen: Kept) -> None:
        """Step 9: a second signature or a refusal is another person's, about an amendment of the record it names."""
        found, does = self._statements.get(seen.amendment), ANSWERS[seen.type]
        if found is None:
            self.report.remark(9, name, f"It {does} a correction that is not here ({seen.amendment[:16]}...).")
        elif found[1].type != "amendment" or found[1].about != seen.about:
            self.report.wrong(9, name, f"It {does} something that is not a correction of the record it names.")
        elif found[1].person == seen.person and seen.type != _COUNTERSIGNED:
            self.report.wrong(9, name, "A correction was refused by who signed it: a refusal is another's.")
        elif found[1].person == seen.person:
            self.report.wrong(9, name, "A correction was signed twice by one person: a second signature is another's.")
        else:
            self.report.good(9)
