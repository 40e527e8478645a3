# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing: a person at a machine, and the one place where this machine's statements are made.

1. A passphrase is asked for every signature: what the session holds opens the vault, it does not sign by itself.
2. Number and predecessor of the statement are given by the store inside its transaction; header, payload and signature
   are made there, so no number is ever skipped or used twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from observer_app import BUILD
from observer_app.domain.moment import Clock
from observer_app.errors import NotAllowed
from observer_app.sync.central_time import time_seen
from observer_app.trust.envelope import seal
from observer_app.trust.keys import KeySet, PrivateKey
from observer_app.trust.statements import Header, LastCheckpoint, build_statement
from observer_app.vault.device import RESTORED, DeviceStore
from observer_app.vault.outbox import ToSend
from observer_app.vault.people import check_passphrase
from observer_app.vault.statements import Wrap
from observer_app.vault.texts import SaltedText
from observer_app.workflows.enrolment import Machine

__all__ = ["Signatory", "refuse_restored"]


@dataclass
class Signatory:
    """One signed-in person at this machine. `keys` are the person's, from the session.

    `machine` is replaced by the session when certificates arrive: everyone who holds this sees them.
    """

    root: Path
    machine: Machine
    store: DeviceStore
    clock: Clock
    person: str
    keys: KeySet = field(repr=False)

    def unlock(self, passphrase: str) -> PrivateKey:
        """SLOW. The person's signing key, given the passphrase again. Raises WrongPassphrase."""
        return check_passphrase(self.root, self.person, passphrase, self.clock.now()).keys.signing

    def sign(
        self,
        type: str,
        body: Mapping[str, Any] | Callable[[int, str], Mapping[str, Any]],
        person_key: PrivateKey,
        *,
        about: str = "",
        send: Sequence[ToSend] = (),
        wraps: Sequence[Wrap] = (),
        texts: Sequence[SaltedText] = (),
        objects: Sequence[tuple[str, str, int]] = (),
    ) -> Future[str]:
        """Signs `body` (or what it gives for number and predecessor) as person and device, stores and queues it;
        the statement's id once durable."""
        build = self._builder(type, body, (person_key, self.machine.keys.signing), self.person)
        return self.store.statements.sign_and_store(
            build, about=about, send=send, wraps=wraps, texts=texts, objects=objects
        )

    def sign_as_centre(
        self,
        type: str,
        body: Mapping[str, Any],
        *,
        about: str = "",
        send: Sequence[ToSend] = (),
        wraps: Sequence[Wrap] = (),
        objects: Sequence[tuple[str, str, int]] = (),
    ) -> Future[str]:
        """As `sign`, by the centre's own key and the device, no person: for passing on, never for judging.

        Raises NotAllowed on a machine that does not hold the centre's keys.
        """
        if self.machine.centre_keys is None:
            advice = "Do this on the centre manager's machine."
            raise NotAllowed("This machine does not hold the centre's key.", advice=advice)
        signers = (self.machine.centre_keys.signing, self.machine.keys.signing)
        build = self._builder(type, body, signers, "")
        return self.store.statements.sign_and_store(build, about=about, send=send, wraps=wraps, objects=objects)

    def sign_as_machine(self, type: str, body: Mapping[str, Any], *, about: str) -> Future[str]:
        """As `sign`, by the device alone: for what it did itself, a recording say, whoever sat before it."""
        build = self._builder(type, body, (self.machine.keys.signing,), "")
        return self.store.statements.sign_and_store(build, about=about)

    def _builder(
        self,
        type: str,
        body: Mapping[str, Any] | Callable[[int, str], Mapping[str, Any]],
        signers: tuple[PrivateKey, ...],
        person: str,
    ) -> Callable[[int, str], bytes]:
        """What makes and seals the statement once the store has given its number and predecessor."""
        refuse_restored(self.store)

        def build(device_seq: int, prev: str) -> bytes:
            made = body(device_seq, prev) if callable(body) else body
            header = self._header(type, device_seq, prev, tuple(k.key_id for k in signers))
            return seal(build_statement(replace(header, person=person), made), type, signers)

        return build

    def _header(self, type: str, device_seq: int, prev: str, keys: tuple[str, ...]) -> Header:
        now = self.clock.now()
        last = self.store.outbox.last_checkpoint()
        seen = time_seen(self.store)
        return Header(
            type=type,
            sample=self.machine.sample,
            programme=self.machine.programme,
            centre=self.machine.centre,
            device=self.machine.device,
            device_seq=device_seq,
            prev=prev,
            person=self.person,
            keys=keys,
            claimed_wall_ms=now.wall_ms,
            monotonic_ms=now.monotonic_us // 1000,
            boot_id=now.boot_id,
            app_build=BUILD,
            last_checkpoint=LastCheckpoint(last.size, last.root) if last else None,
            last_server_time=seen.time_ms if seen else None,
        )


def refuse_restored(store: DeviceStore) -> None:
    """What a backup does not know of this machine's own numbers the central store does: asked first, or the same number
    would be given twice, to a statement or to an entry about a booking. Raises NotAllowed."""
    if store.setting(RESTORED):
        raise NotAllowed(
            "This machine was restored from a backup and signs nothing until it has been connected once.",
            advice="Connect it to the central store, then try again. What is rated meanwhile is saved.",
        )
