# SPDX-License-Identifier: GPL-3.0-or-later
"""Trust: from a statement's signatures through certificates to one programme's root.

Steps of `Trust.verify`, in this order: 1 form of the envelope and statement; 2 sample and programme are the root's;
3 the signatures are those the header names, none more or fewer; 4 each key is certified, the certificates lead to the
root; 5 each signature fits; 6 the signers may sign this type, and are the person, device and centre the header names;
7 no key was revoked at its place in the log; 8 claimed time against the certificates (a warning: clocks are claims).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from observer_app.errors import IntegrityBroken, NewerVersion, SampleRefused
from observer_app.trust.certificates import ISSUES, Certificate, read_certificate
from observer_app.trust.checkpoints import LogKey
from observer_app.trust.envelope import MAX_ENVELOPE, Envelope, open_envelope
from observer_app.trust.keys import ALGORITHM
from observer_app.trust.rules import check_signers
from observer_app.trust.samples import sample_root
from observer_app.trust.statements import MAX_PAYLOAD, Header, Statement, read_statement

__all__ = ["Trust", "Verified"]

MAX_CERTIFICATES = 200_000


@dataclass(frozen=True)
class Verified:
    """A statement whose signatures lead to the root. `signers` stand in the order of the signatures."""

    statement: Statement
    signers: tuple[Certificate, ...]
    envelope: Envelope
    warnings: tuple[str, ...] = ()

    @property
    def record_id(self) -> str:
        """The statement's identity."""
        return self.envelope.record_id

    @property
    def device(self) -> str:
        """As in the header: with `device_seq` and `prev` what `chain.verify_device_chain` needs."""
        return self.statement.header.device

    @property
    def device_seq(self) -> int:
        """As in the header."""
        return self.statement.header.device_seq

    @property
    def prev(self) -> str:
        """As in the header."""
        return self.statement.header.prev


def _same_side(sample: bool, root: Certificate, name: str) -> None:
    if sample != root.sample:
        words = "Sample material cannot enter a real programme." if sample else "Real material cannot enter a sample."
        raise SampleRefused(words, advice="Samples and real results never mix.", subject=name)


class Trust:
    """One programme: its root, and every certificate and revocation accepted under it."""

    def __init__(self, root: Certificate | bytes, certificates: Iterable[bytes] = ()) -> None:
        """`root` is believed (its source is the caller's affair), but must be sound and signed by its own keys."""
        self.root = read_certificate(root) if isinstance(root, bytes) else root
        if self.root.kind != "root" or not self.root.key_ids.issuperset(self.root.issuer_keys):
            raise IntegrityBroken("This is not a programme's root.", subject=self.root.subject)
        if len(self.root.issuer_keys) < self.root.threshold:
            raise IntegrityBroken("The root is not signed by enough of its keys.", subject=self.root.subject)
        self._refuse_published(self.root)
        self._signed_by(open_envelope(self.root.data), self.root)
        self._by_key: dict[str, list[Certificate]] = {k: [self.root] for k in self.root.key_ids}
        self._issuer: dict[str, Certificate] = {}
        self._known: dict[bytes, Certificate] = {self.root.data: self.root}
        self._logs: dict[str, list[Certificate]] = {}
        self._log_keys: dict[str, LogKey] = {}
        self._revoked: dict[str, int] = {}
        self._revocations: dict[bytes, None] = {}
        self._above: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._rests_on: dict[tuple[str, ...], tuple[str, ...]] = {}
        self.add(certificates)

    @property
    def sample(self) -> bool:
        """Whether this is the sample programme."""
        return self.root.sample

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """All accepted certificates, the root first."""
        return tuple(self._known.values())

    @property
    def revocations(self) -> tuple[bytes, ...]:
        """The envelopes of all accepted revocations."""
        return tuple(self._revocations)

    def add(self, envelopes: Iterable[bytes]) -> None:
        """Accepts certificates and revocations, in any order; what is known already is passed over.

        Raises IntegrityBroken naming the first that does not lead to the root (those that do are kept), SampleRefused,
        BadInput.
        """
        waiting = [d for d in dict.fromkeys(envelopes) if d not in self._known and d not in self._revocations]
        while waiting:
            left: list[bytes] = []
            for data in waiting:
                if not self._accept(data):
                    left.append(data)
            if len(left) == len(waiting):
                name = open_envelope(left[0]).record_id
                raise IntegrityBroken("A certificate's issuer is unknown: it does not lead to the root.", subject=name)
            waiting = left

    def _accept(self, data: bytes) -> bool:
        """False while the issuer is unknown."""
        envelope = open_envelope(data)
        if envelope.type == "revocation":
            return self._accept_revocation(envelope)
        found = read_certificate(envelope)
        issuer = self._issuer_of(found.issuer_keys, found)
        if issuer is None:
            return False
        self._check_issued(found, issuer)
        self._signed_by(envelope, issuer)
        self._known[data] = found
        self._issuer[found.record_id] = issuer
        for key in found.key_ids:
            self._by_key.setdefault(key, []).append(found)
        if found.kind == "log":
            self._logs.setdefault(found.subject, []).append(found)
            self._log_keys[found.subject] = LogKey(found.subject, found.signing_keys[0])
        return True

    def _issuer_of(self, keys: Sequence[str], found: Certificate | None = None) -> Certificate | None:
        """Who holds `keys`; of several certificates (renewed ones) the first that is valid as long as `found`."""
        able = [c for c in self._by_key.get(keys[0], ()) if ISSUES[c.kind] and c.key_ids.issuperset(keys)]
        for candidate in able if found else ():
            if found and candidate.covers(found.not_before_ms) and candidate.covers(found.not_after_ms):
                return candidate
        return able[0] if able else None

    def _check_issued(self, found: Certificate, issuer: Certificate) -> None:
        name = found.subject
        _same_side(found.sample, self.root, name)
        self._refuse_published(found)
        if found.programme != self.root.programme or found.kind not in ISSUES[issuer.kind]:
            raise IntegrityBroken("A certificate was given by someone who may not give it.", subject=name)
        if len(found.issuer_keys) < issuer.threshold:
            raise IntegrityBroken("A certificate is not signed by enough of its issuer's keys.", subject=name)
        if found.kind == "centre" and found.centre != found.subject:
            raise IntegrityBroken("A centre's certificate names another centre.", subject=name)
        if issuer.kind == "centre" and found.centre != issuer.subject:
            raise IntegrityBroken("A centre certified someone of another centre.", subject=name)
        if found.not_before_ms < issuer.not_before_ms or found.not_after_ms > issuer.not_after_ms:
            raise IntegrityBroken("A certificate outlives its issuer's.", subject=name)

    def _refuse_published(self, found: Certificate) -> None:
        """The sample root's private key is public: only the sample root itself may bear it."""
        if found.kind == "root" and found.sample and found.data == _published().data:
            return
        if not found.key_ids.isdisjoint(_published().key_ids):
            raise SampleRefused("The published sample key cannot stand for anything else.", subject=found.subject)

    def _signed_by(self, envelope: Envelope, issuer: Certificate) -> None:
        keys = {k.key_id: k for k in issuer.signing_keys}
        for signature in envelope.signatures:
            _known_algorithm(signature.alg)
            keys[signature.keyid].verify(envelope.signed_bytes, signature.sig)

    def _accept_revocation(self, envelope: Envelope) -> bool:
        statement = read_statement(envelope.payload)
        header, key = statement.header, str(statement.body["key"])
        issuer, target = self._issuer_of(header.keys), self._by_key.get(key)
        if issuer is None or target is None:
            return False
        self._check_header(header, envelope)
        mine = issuer.kind == "root" or all(self._certified_by(c, issuer.subject) for c in target)
        if not mine or len(header.keys) < issuer.threshold or key in self.root.key_ids:
            raise IntegrityBroken("A key was revoked by someone who may not revoke it.", subject=key)
        self._signed_by(envelope, issuer)
        size = int(statement.body["valid_until_size"])
        self._revoked[key] = min(size, self._revoked.get(key, size))
        self._revocations[envelope.data] = None
        return True

    def _certified_by(self, certificate: Certificate, centre: str) -> bool:
        """Whether a centre gave it, with whichever of its keys."""
        above = self._issuer.get(certificate.record_id)
        return above is not None and above.kind == "centre" and above.subject == centre

    def _check_header(self, header: Header, envelope: Envelope) -> None:
        name = envelope.record_id
        if header.type != envelope.type:
            raise IntegrityBroken("A statement stands in an envelope of another type.", subject=name)
        _same_side(header.sample, self.root, name)
        if header.programme != self.root.programme:
            raise IntegrityBroken("A statement belongs to another programme.", subject=name)
        if header.keys != tuple(s.keyid for s in envelope.signatures):
            raise IntegrityBroken("A statement does not carry the signatures it names.", subject=name)

    def certificates_for(self, key_id: str) -> tuple[Certificate, ...]:
        """The accepted certificates of a key, oldest first; () when there is none."""
        return tuple(self._by_key.get(key_id, ()))

    def _choose(
        self, key_id: str, header: Header, name: str, among: Collection[bytes] | None, log_index: int | None
    ) -> Certificate:
        found = [c for c in self._by_key.get(key_id, ()) if c.centre in ("", header.centre) or c.kind == "log"]
        if among is not None:
            found = [c for c in found if c.data in among]
        if not found:
            raise IntegrityBroken(f"No certificate for the key {key_id[:20]}... of a statement.", subject=name)
        current = [c for c in found if c.covers(header.claimed_wall_ms)] or found
        # A key certified anew, under another key of its centre, outlives the revocation of the first.
        sound = [c for c in current if not self.revoked_above((c,), log_index)] if self._revoked else current
        return (sound or current)[-1]

    def issuer_of(self, certificate: Certificate) -> Certificate | None:
        """The certificate above; None for the root."""
        return self._issuer.get(certificate.record_id)

    def chain(self, signers: Iterable[Certificate]) -> list[bytes]:
        """The envelopes of `signers` and of everyone above them, each once, the root last: what a file that must
        stand alone carries along."""
        found: dict[bytes, None] = {}
        for signer in signers:
            above: Certificate | None = signer
            while above is not None and above is not self.root:
                found[above.data] = None
                above = self.issuer_of(above)
        return [*found, self.root.data]

    def verify(
        self,
        data: bytes | Envelope,
        *,
        log_index: int | None = None,
        at_ms: int | None = None,
        among: Collection[bytes] | None = None,
        limit: int = MAX_ENVELOPE,
        payload_limit: int = MAX_PAYLOAD,
        revoked_too: bool = False,
    ) -> Verified:
        """Checks one statement as the module says. Raises IntegrityBroken (with the record id as subject),
        SampleRefused, NewerVersion, BadInput.

        `log_index`: its proven place in central's log, for revocations (unknown: a revoked key's word counts for
        nothing). `at_ms`: a time the caller knows (central's own); outside a certificate's validity it raises.
        `among`: only these certificates (envelopes) may be used. `revoked_too` leaves step 7 to whoever reads it later.
        """
        envelope = open_envelope(data, limit=limit) if isinstance(data, bytes) else data
        statement = read_statement(envelope.payload, limit=payload_limit)
        header, name = statement.header, envelope.record_id
        self._check_header(header, envelope)
        signers = tuple(self._choose(s.keyid, header, name, among, log_index) for s in envelope.signatures)
        for signature, signer in zip(envelope.signatures, signers, strict=True):
            _known_algorithm(signature.alg)
            key = next(k for k in signer.signing_keys if k.key_id == signature.keyid)
            try:
                key.verify(envelope.signed_bytes, signature.sig)
            except IntegrityBroken as error:
                raise IntegrityBroken(error.message, subject=name) from error
        check_signers(header, signers, name)
        if not revoked_too:
            self._check_revoked(signers, log_index, name)
        return Verified(statement, signers, envelope, self._time_words(signers, header.claimed_wall_ms, at_ms, name))

    def keys_above(self, signers: Sequence[Certificate]) -> tuple[str, ...]:
        """The ids of the signers' keys and of all above them: whose revocation ends their word."""
        wanted = tuple(s.record_id for s in signers)
        if wanted not in self._above:
            found: dict[str, None] = {}
            for signer in signers:
                above: Certificate | None = signer
                while above is not None:
                    found |= dict.fromkeys(sorted(above.key_ids))
                    above = self.issuer_of(above)
            self._above[wanted] = tuple(found)
        return self._above[wanted]

    def rests_on(self, signers: Sequence[Certificate]) -> tuple[str, ...]:
        """What would end the signers' word (see `ends`): each key, their own and those above but the root's, ended by
        the root; and each that a centre certified, ended by that centre."""
        wanted = tuple(s.record_id for s in signers)
        if wanted not in self._rests_on:
            found: dict[str, None] = {}
            for signer in signers:
                one, above = signer, self.issuer_of(signer)
                while above is not None:
                    found |= dict.fromkeys(self.ends(by, k) for by in (self.root, above) for k in sorted(one.key_ids))
                    one, above = above, self.issuer_of(above)
            self._rests_on[wanted] = tuple(found)
        return self._rests_on[wanted]

    @staticmethod
    def ends(issuer: Certificate, key: str) -> str:
        """What a revocation of `key` by `issuer` ends, to be compared with `rests_on`: a centre's ends only what it
        certified itself, with whichever of its keys."""
        return key if issuer.kind == "root" else f"{key} of {issuer.subject}"

    def revoked_above(self, signers: Sequence[Certificate], log_index: int | None) -> str:
        """The key, the signers' own or one above, that no longer counts at this place in the log; "" when all do."""
        for key in self.keys_above(signers):
            if key in self._revoked and (log_index is None or log_index >= self._revoked[key]):
                return key
        return ""

    def counts(self, certificate: Certificate) -> bool:
        """Whether neither its key nor one above it was revoked: whom to let in, and wrap keys for, now."""
        return not self.revoked_above((certificate,), None)

    def _check_revoked(self, signers: Sequence[Certificate], log_index: int | None, name: str) -> None:
        key = self.revoked_above(signers, log_index) if self._revoked else ""
        if key:
            raise IntegrityBroken(
                f"A statement was signed with a key that no longer counts ({self._by_key[key][-1].subject}).",
                advice="Ask who signed it; a person must decide.",
                subject=name,
            )

    @staticmethod
    def _time_words(signers: Iterable[Certificate], claimed_ms: int, at_ms: int | None, name: str) -> tuple[str, ...]:
        words = []
        for signer in signers:
            if at_ms is not None and not signer.covers(at_ms):
                raise IntegrityBroken(f"The certificate of {signer.subject} is not valid now.", subject=name)
            if not signer.covers(claimed_ms):
                words.append(f"The clock of the machine stood outside the certificate of {signer.subject}.")
        return tuple(words)

    def log_key(self, origin: str) -> LogKey:
        """The newest certified key of the log of this name. Raises IntegrityBroken when there is none."""
        if origin not in self._log_keys:
            raise IntegrityBroken("No certificate for the log that gave a receipt.", subject=origin)
        return self._log_keys[origin]

    def log_certificates(self, origin: str) -> list[Certificate]:
        """The accepted certificates of the log of this name, oldest first."""
        return list(self._logs.get(origin, ()))


def _published() -> Certificate:
    return sample_root()


def _known_algorithm(name: str) -> None:
    if name != ALGORITHM:
        raise NewerVersion(
            "A signature was made in a way this Observer does not know yet.", advice="Install the newer Observer."
        )
