# SPDX-License-Identifier: GPL-3.0-or-later
"""What the central store says, believed only once it is proven.

Every checkpoint seen is kept and every later one must continue it: a log that was cut, put back or told two ways is
found out by the machines that were told the other. Then nothing more is sent and a person is told.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from observer_app.errors import BadInput, IntegrityBroken, ObserverError, SampleRefused
from observer_app.protocol import About, LoggedStatement, sha256_hex
from observer_app.sync.client import Client, Identity
from observer_app.sync.paging import pages
from observer_app.trust.checkpoints import Checkpoint as LogCheckpoint
from observer_app.trust.checkpoints import check_consistent, verify_checkpoint
from observer_app.trust.merkle import leaf_hash
from observer_app.trust.programme import Trust, Verified
from observer_app.trust.receipts import parse_receipt
from observer_app.vault.device import DeviceStore
from observer_app.vault.outbox import Checkpoint

__all__ = ["Believing", "LogBroken", "NoLongerCounts", "meet"]

_AT_ONCE = 1000  # certificates; what a store reads at once is 16 MiB
_CALL = "Nothing more was sent. Leave this machine as it is and call the programme."


class LogBroken(IntegrityBroken):
    """The store's signed word contradicts itself, or what was seen of it: the whole exchange ends."""


class NoLongerCounts(IntegrityBroken):
    """A statement stands in the log where the key that signed it counts no more. It is as it was signed, and nobody's
    word: nothing at the store is damaged."""


class Believing:
    """One central store's log, as far as this machine has verified it."""

    def __init__(self, store: DeviceStore, client: Client, trust: Trust, origin: str, clock: Callable[[], int]) -> None:
        self.trust, self.origin = trust, origin
        self._store, self._client, self._clock = store, client, clock
        self.log = trust.log_key(origin)
        kept = store.outbox.last_checkpoint(origin)
        self._last = LogCheckpoint(kept.origin, kept.size, bytes.fromhex(kept.root)) if kept else None
        self._roots: dict[int, bytes] = {}

    def advance(self, note: str) -> None:
        """Takes in a note once it continues all that was seen. Raises IntegrityBroken for a note the log did not sign,
        LogBroken for one that contradicts what was seen, or whose proof is withheld."""
        new, last = verify_checkpoint(note, self.log), self._last
        if self._roots.get(new.size) == new.root:
            return
        try:
            if last is not None and new.size < last.size:
                self._within(new, last)
            elif last is not None:
                check_consistent(last, new, self._proof(last.size, new.size))
        except (IntegrityBroken, BadInput) as error:
            raise LogBroken(error.message, advice=_CALL, subject=self.origin) from error
        self._roots[new.size] = new.root
        if last is None or new.size >= last.size:
            self._last = new
        row = Checkpoint(self.origin, new.size, new.root.hex(), note.encode(), self._clock())
        self._store.outbox.put_checkpoint(row).result()

    def newest(self) -> None:
        """Asks for the newest checkpoint and takes it in: it must not be older than what was seen."""
        note = self._client.checkpoint()
        new = verify_checkpoint(note, self.log)
        check_consistent(self._last, new, self._proof(self._last.size, new.size) if self._last else ())
        self.advance(note)

    def reaches(self, size: int) -> None:
        """Whether the log has so many entries, the newest checkpoint asked for if need be. Raises LogBroken: a place
        in a list beyond the log would leave out all that is logged until then."""
        if self._last is None or self._last.size < size:
            self.newest()
        if self._last is None or self._last.size < size:
            words = f"The central store speaks of {size} entries, and its log has fewer."
            raise LogBroken(words, advice=_CALL, subject=self.origin)

    def _proof(self, old: int, new: int) -> tuple[bytes, ...]:
        return self._client.consistency(old, new).hashes if 0 < old < new else ()

    def _within(self, earlier: LogCheckpoint, last: LogCheckpoint) -> None:
        """An older note (of an older receipt) must lie within what was seen."""
        check_consistent(earlier, last, self._proof(earlier.size, last.size))

    def receipt(self, envelope: bytes, receipt: bytes) -> int:
        """The place of `envelope` in the log, proven. Raises IntegrityBroken, BadInput; LogBroken as `advance`."""
        found = parse_receipt(receipt)
        found.verify(leaf_hash(envelope), self.log)
        self.advance(found.note)
        return found.index

    def statement(self, logged: LoggedStatement) -> Verified:
        """A statement of someone else's: in the log where it is said to be, and signed by whom it says.

        Raises IntegrityBroken, BadInput, NewerVersion for what is wrong with this one; NoLongerCounts; LogBroken.
        """
        place = self.receipt(logged.envelope, logged.receipt)
        if place != logged.position:
            raise IntegrityBroken("A statement stands elsewhere in the log than where it was given.")
        found = self.trust.verify(logged.envelope, log_index=place, revoked_too=True)
        ended = self.trust.revoked_above(found.signers, place)
        if ended:
            raise NoLongerCounts("A statement was signed with a key that no longer counts.", subject=found.record_id)
        return found


def meet(store: DeviceStore, client: Client, identity: Identity, clock: Callable[[], int]) -> tuple[About, Believing]:
    """Asks the store who it is, and refuses another programme's. Exchanges certificates both ways.

    Raises SampleRefused, IntegrityBroken, Unreachable.
    """
    about = client.about()
    own = Trust(identity.root).root
    if about.sample != own.sample:
        here, there = ("a sample", "real") if own.sample else ("real", "for samples")
        raise SampleRefused(
            f"This machine is {here}; the central store at this address is {there}. The two never meet.",
            advice="Check the store's address.",
        )
    if about.root != identity.root:
        raise IntegrityBroken(
            f"The central store at this address belongs to another programme ({about.programme}).",
            advice="Check the store's address.",
            subject=about.origin,
        )
    kept = _certificates(store)
    trust = Trust(identity.root)
    _add(trust, kept)
    trust.add(about.log_certificates)
    believing = Believing(store, client, trust, about.origin, clock)
    believing.newest()
    known = set(kept) - {identity.root}
    inward = [c for c in (*(c.data for c in trust.certificates), *trust.revocations) if c in known]
    _publish(store, client, inward, about.origin, _own(trust, identity))
    _fetch_certificates(store, client, trust, about.origin)
    return about, believing


def _certificates(store: DeviceStore) -> list[bytes]:
    return [k.envelope for kind in ("certificate", "revocation") for k in store.statements.of_type(kind)]


def _own(trust: Trust, identity: Identity) -> frozenset[bytes]:
    """The certificates of whoever is about to ask, and those above them."""
    keys = [identity.device_key, *([identity.person_key] if identity.person_key else [])]
    return frozenset(trust.chain(c for key in keys for c in trust.certificates_for(key.key_id)))


def _publish(
    store: DeviceStore, client: Client, certificates: list[bytes], origin: str, own: Collection[bytes]
) -> None:
    """Hands in what is known here, issuers first, unless it is what was handed in last time. One's `own` every time: a
    store put back from a copy would not know any more who asks."""
    name, now = f"central/{origin}/published", sha256_hex(b"".join(sorted(certificates))).encode()
    known = store.setting(name) == now
    wanted = [c for c in certificates if c in own] if known else certificates
    for start in range(0, len(wanted), _AT_ONCE):
        client.put_certificates(wanted[start : start + _AT_ONCE])
    if not known:
        store.set_setting(name, now).result()


def _add(trust: Trust, envelopes: Iterable[bytes]) -> None:
    trust.add(e for e in envelopes if e != trust.root.data)


def _fetch_certificates(store: DeviceStore, client: Client, trust: Trust, origin: str) -> None:
    """Takes in what is new; one that does not lead to the root stops the exchange."""
    name = f"central/{origin}/certificates"
    for page in pages(client.certificates, int(store.setting(name) or b"0")):
        try:
            trust.add(page.certificates)
        except ObserverError as error:
            raise IntegrityBroken(error.message, advice=_CALL, subject=origin) from error
        for certificate in page.certificates:
            store.statements.put(certificate).result()
        store.set_setting(name, str(page.next).encode()).result()
