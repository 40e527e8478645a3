# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys renewed before they run out: a machine's for new ones, a person's certificate for the same keys.

1. New keys are kept before anyone is asked to certify them: an answer that is lost is asked for again.
2. Keys are exchanged in one transaction; the former ones stay here, to open what was wrapped to them.
3. Who certifies: the centre's own key where this machine holds it, else the central store with its desk key.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from observer_app import BUILD
from observer_app.errors import BadInput, IntegrityBroken, ObserverError
from observer_app.protocol import EnrolAnswer
from observer_app.trust.certificates import Certificate, issue_certificate, read_certificate
from observer_app.trust.envelope import from_base64, to_base64
from observer_app.trust.keys import KeySet
from observer_app.trust.programme import Trust
from observer_app.vault.device import DeviceStore
from observer_app.vault.person import PersonVault
from observer_app.workflows.enrolment import DEVICE_LIFE_MS, PERSON_LIFE_MS, Machine, load_machine

__all__ = ["RENEW_BEFORE_MS", "certify_again", "former_keys", "held_certificate", "keep_former", "renew_device",
           "renew_person", "renew_what_runs_out", "runs_out",
           "take_person"]  # fmt: skip

_DAY_MS = 86_400_000
RENEW_BEFORE_MS = 30 * _DAY_MS
_PERSON_FORMER = "former_keys"
_KEYS, _NEXT, _FORMER = "machine/keys", "machine/next_keys", "machine/former_keys"

# Asks for a certificate: kind ("device" or "person"), public signing key, public opening key.
Ask = Callable[[str, bytes, bytes], EnrolAnswer]


def held_certificate(trust: Trust, key_id: str, kind: str) -> Certificate | None:
    """The certificate of a key that lasts longest and was not revoked; None without one."""
    found = [c for c in trust.certificates_for(key_id) if c.kind == kind and trust.counts(c)]
    return max(found, key=lambda c: c.not_after_ms, default=None)


def runs_out(trust: Trust, key_id: str, kind: str, now_ms: int) -> bool:
    """Whether it is time to renew: a month before the certificate runs out, or later."""
    held = held_certificate(trust, key_id, kind)
    return held is not None and held.not_after_ms - now_ms < RENEW_BEFORE_MS


def certify_again(machine: Machine, held: Certificate, keys: KeySet, now_ms: int) -> bytes:
    """A certificate for `keys` with what `held` says, by the centre's own key, which must be here."""
    centre_keys = machine.centre_keys
    trust = machine.trust()
    own = held_certificate(trust, centre_keys.key_id, "centre") if centre_keys else None
    if centre_keys is None or own is None:
        raise BadInput("This machine does not hold the centre's key.", advice="Use the centre manager's machine.")
    life = DEVICE_LIFE_MS if held.kind == "device" else PERSON_LIFE_MS
    return issue_certificate(
        own, [centre_keys.signing], kind=held.kind, subject=held.subject, signing=keys.signing.public,
        opening=keys.opening.public, roles=held.roles, build=BUILD,
        not_before_ms=now_ms - _DAY_MS, not_after_ms=now_ms + life,
    )  # fmt: skip


def renew_device(store: DeviceStore, machine: Machine, now_ms: int, ask: Ask | None) -> Machine:
    """SLOW. New keys for this machine, certified by the centre's key here or by whom `ask` asks; the machine as it is
    now. Raises BadInput (nobody to certify them, or for another machine), NotAllowed, Unreachable, IntegrityBroken."""
    secret = store.setting(_NEXT)
    if not secret:
        secret = KeySet.generate().secret
        store.set_setting(_NEXT, secret).result()
    keys = KeySet.from_secret(secret)
    trust = machine.trust()
    held = held_certificate(trust, machine.keys.key_id, "device")
    if machine.centre_keys is not None and held is not None:
        certificates = [certify_again(machine, held, keys, now_ms)]
    elif ask is not None:
        answer = ask("device", keys.signing.public.raw, keys.opening.public)
        if answer.kind != "device" or answer.subject != machine.device:
            store.exchange_settings({}, _NEXT).result()  # certified as somebody else's now: of no use here
        certificates = _answered(trust, answer, keys, "device")
        if read_certificate(certificates[0]).subject != machine.device:
            advice = f"Ask for a code for {machine.device}."
            raise BadInput("The new certificate is for another machine than this one.", advice=advice)
    else:
        raise BadInput("This machine's key can only be renewed by its centre.", advice="Connect, then try again.")
    for certificate in certificates:
        store.statements.put(certificate).result()
    former = machine.keys.secret + b"".join(k.secret for k in machine.former_keys)
    store.exchange_settings({_KEYS: secret, _FORMER: former}, _NEXT).result()
    return load_machine(store)


def renew_person(store: DeviceStore, machine: Machine, keys: KeySet, now_ms: int, ask: Ask | None) -> bool:
    """SLOW. A later certificate for the same keys; False where only the programme's root may give it."""
    trust = machine.trust()
    held = held_certificate(trust, keys.key_id, "person")
    issuer = trust.issuer_of(held) if held is not None else None
    if held is None or issuer is None or issuer.kind != "centre":
        return False
    if machine.centre_keys is not None and issuer.subject == machine.centre:
        certificates = [certify_again(machine, held, keys, now_ms)]
    elif ask is not None:
        certificates = _answered(trust, ask("person", keys.signing.public.raw, keys.opening.public), keys, "person")
    else:
        return False
    for certificate in certificates:
        store.statements.put(certificate).result()
    return True


def take_person(store: DeviceStore, machine: Machine, person: str, keys: KeySet, ask: Ask) -> None:
    """SLOW. A later certificate for a person's keys, whoever gave the one before. Raises BadInput (for somebody else),
    NotAllowed, Unreachable, IntegrityBroken."""
    answer = ask("person", keys.signing.public.raw, keys.opening.public)
    certificates = _answered(machine.trust(), answer, keys, "person")
    if read_certificate(certificates[0]).subject != person:
        raise BadInput("The new certificate is for another person.", advice=f"Ask for a code for {person}.")
    for certificate in certificates:
        store.statements.put(certificate).result()


def _answered(trust: Trust, answer: EnrolAnswer, keys: KeySet, kind: str) -> list[bytes]:
    """The certificates given, once they lead to the root and are for the keys asked about."""
    trust.add(c for c in answer.certificates if c != trust.root.data)
    found = read_certificate(answer.certificates[0])
    if found.key_id != keys.key_id:
        raise IntegrityBroken("The central store certified something else than it was asked for.", subject=kind)
    if found.kind != kind:
        raise BadInput(f"The code was for a {found.kind}, not for a {kind}.", advice="Ask for a new one.")
    return [c for c in answer.certificates if c != trust.root.data]


def renew_what_runs_out(
    store: DeviceStore, machine: Machine, keys: KeySet, now_ms: int, ask: Ask | None
) -> tuple[str, ...]:
    """SLOW. Renews the machine's keys and the person's certificate where it is time; what could not be renewed, each a
    sentence that says until when it counts. Does nothing where neither the centre's key is here nor anybody to ask."""
    problems: list[str] = []
    if machine.centre_keys is None and ask is None:
        return ()
    trust = machine.trust()
    for kind, key_id, whose in (("device", machine.keys.key_id, "This machine's"), ("person", keys.key_id, "Your")):
        held = held_certificate(trust, key_id, kind)
        if held is None or not runs_out(trust, key_id, kind, now_ms):
            continue
        try:
            if kind == "device":
                machine = renew_device(store, machine, now_ms, ask)
                done = True
            else:
                done = renew_person(store, machine, keys, now_ms, ask)
            why = "" if done else "It was certified by the programme itself: ask the programme to renew it."
        except ObserverError as error:
            why = str(error)
        if why:
            day = datetime.fromtimestamp(held.not_after_ms / 1000).strftime("%d %B %Y")
            problems.append(f"{whose} key runs out on {day} and could not be renewed. {why}")
    return tuple(problems)


# ---- a person's former keys: in their own vault, which only they open ----


def former_keys(vault: PersonVault) -> tuple[KeySet, ...]:
    """The keys this person had before, the newest first."""
    secret = from_base64(vault.setting(_PERSON_FORMER), "A former key")
    return tuple(KeySet.from_secret(secret[at : at + 64]) for at in range(0, len(secret), 64))


def keep_former(vault: PersonVault, keys: KeySet) -> None:
    """Keeps keys that are about to be replaced. Durable on return; twice is once."""
    known = former_keys(vault)
    if keys.key_id not in {k.key_id for k in known}:
        secret = keys.secret + b"".join(k.secret for k in known)
        vault.set_setting(_PERSON_FORMER, to_base64(secret)).result()
