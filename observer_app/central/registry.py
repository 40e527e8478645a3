# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificates and revocations this store has accepted: who is who, under one programme's root."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from observer_app.central.database import Database
from observer_app.errors import BadInput, SampleRefused
from observer_app.protocol import CertificatePage
from observer_app.trust.certificates import Certificate
from observer_app.trust.envelope import open_envelope
from observer_app.trust.programme import Trust
from observer_app.trust.statements import read_statement

__all__ = ["Registry"]

_PAGE = 500
_MOST = 200_000


class Registry:
    """`trust` always holds what the database holds, even what another process (`central enrol`) has just added."""

    def __init__(self, database: Database, root: bytes) -> None:
        self._db = database
        self._lock = threading.Lock()
        self._seen = 0
        self.trust = Trust(root)
        self.refresh()

    def refresh(self) -> None:
        """Takes in what was added since."""
        with self._lock:
            rows = self._db.rows(
                "SELECT number, envelope FROM certificate WHERE number > ? ORDER BY number", (self._seen,)
            )
            if rows:
                self.trust.add(bytes(r[1]) for r in rows)
                self._seen = int(rows[-1][0])

    def add(self, envelopes: Sequence[bytes]) -> int:
        """Accepts certificates and revocations that lead to the root, in any order; how many are new. A revocation
        signed with a key that was revoked itself is passed over: a thief's word ends nobody else's.

        Raises IntegrityBroken, SampleRefused, BadInput for the first that does not; those that do are kept.
        """
        self.refresh()
        (count,) = self._db.one("SELECT count(*) FROM certificate") or (0,)
        if count + len(envelopes) > _MOST:
            raise BadInput("The central store holds as many certificates as it may.", advice="Call the programme.")
        for envelope in envelopes:
            self._refuse_other_side(envelope)
        envelopes = [e for e in envelopes if not self._by_a_revoked_key(e)]
        with self._lock:
            try:
                self.trust.add(envelopes)
            finally:
                known = {c.data for c in self.trust.certificates[1:]} | set(self.trust.revocations)
                good = [(e,) for e in envelopes if e in known]
                new = self._db.many("INSERT OR IGNORE INTO certificate (envelope) VALUES (?)", good)
        self.refresh()
        return new

    def _refuse_other_side(self, envelope: bytes) -> None:
        """Said first and plainly: a sample's certificate would otherwise only be called unknown."""
        if read_statement(open_envelope(envelope).payload).header.sample != self.trust.sample:
            words = "a real programme" if not self.trust.sample else "samples"
            raise SampleRefused(f"This central store is for {words}.", advice="Samples and real results never mix.")

    def _by_a_revoked_key(self, envelope: bytes) -> bool:
        opened = open_envelope(envelope)
        if opened.type != "revocation" or envelope in self.trust.revocations:
            return False
        issuers = [c for s in opened.signatures for c in self.trust.certificates_for(s.keyid)]
        return bool(issuers) and not any(self.counts(c) for c in issuers)

    def counts(self, certificate: Certificate) -> bool:
        """Whether neither its key nor one above it was revoked."""
        return self.trust.counts(certificate)

    def page(self, after: int) -> CertificatePage:
        """Certificates and revocations numbered above `after`."""
        rows = self._db.rows(
            "SELECT number, envelope FROM certificate WHERE number > ? ORDER BY number LIMIT ?", (after, _PAGE)
        )
        following = int(rows[-1][0]) if rows else after
        return CertificatePage(tuple(bytes(r[1]) for r in rows), following, len(rows) == _PAGE)

    def keys_of(self, holder: Certificate) -> frozenset[str]:
        """The ids of all keys a machine or person has had: what was wrapped to a former one is still theirs."""
        return frozenset(
            k for c in self.trust.certificates
            if (c.kind, c.subject, c.centre) == (holder.kind, holder.subject, holder.centre) for k in c.key_ids
        )  # fmt: skip

    def of_key(self, key_id: str, kind: str) -> Certificate | None:
        """The newest certificate of a key of this kind, or None. A key is whose it was certified as first: a centre
        that certifies another's key as one of its own takes nobody's place."""
        found = [c for c in self.trust.certificates_for(key_id) if c.kind == kind]
        if not found:
            self.refresh()
            found = [c for c in self.trust.certificates_for(key_id) if c.kind == kind]
        mine = [c for c in found if c.subject == found[0].subject and found[0].centre in ("", c.centre)]
        return mine[-1] if mine else None

    def centre_keys(self, centre: str) -> frozenset[str]:
        """The ids of a centre's keys."""
        return frozenset(
            k for c in self.trust.certificates if c.kind == "centre" and c.subject == centre for k in c.key_ids
        )
