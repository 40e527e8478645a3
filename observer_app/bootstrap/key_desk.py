# SPDX-License-Identifier: GPL-3.0-or-later
"""`observer keys`: the keys of a machine, its people and its centre, and the ways back when something is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from observer_app import BUILD
from observer_app.bootstrap.enrolling import check_new_passphrase
from observer_app.central.enrol import make_request
from observer_app.domain.moment import Clock
from observer_app.domain.roles import Role
from observer_app.errors import BadInput, IntegrityBroken, NotAllowed
from observer_app.protocol import EnrolAnswer
from observer_app.sync.client import Client, Identity
from observer_app.sync.line import HttpTransport
from observer_app.trust import strict_json
from observer_app.trust.certificates import Certificate, issue_certificate, read_certificate
from observer_app.trust.envelope import from_base64, to_base64
from observer_app.trust.keys import KeySet
from observer_app.trust.passphrase import choose_cost
from observer_app.vault.device import DeviceStore
from observer_app.vault.durable import write_durably
from observer_app.vault.people import (
    Enrolled,
    Secrets,
    change_passphrase,
    device_store_path,
    enrolled_people,
    open_person,
    person_vault_path,
    seal_again,
)
from observer_app.vault.person import PersonVault
from observer_app.vault.recovery import Sheet, make_recovery, recover
from observer_app.workflows.enrolment import Machine, load_machine
from observer_app.workflows.renewal import (
    Ask,
    certify_again,
    held_certificate,
    keep_former,
    renew_device,
    renew_person,
    take_person,
)

__all__ = ["KeyDesk", "sheet_advice", "sheet_title", "sheet_words", "write_sheet"]

_CENTRE, _NEXT, _FORMER = "machine/centre_keys", "machine/next_centre_keys", "machine/former_centre_keys"
_PERSON_NEXT = "next_keys"
_LIMIT = 4 * 1024 * 1024


class KeyDesk:
    """Every method is SLOW, and asks for the passphrase of who does it. Nobody may be signed in on the machine."""

    def __init__(self, vault: Path, clock: Clock) -> None:
        self._root, self._clock = vault, clock

    # ---- passphrases ----

    def sheet(self, handle: str, passphrase: str) -> Sheet:
        """A new recovery sheet for a person; the one before opens nothing any more."""
        return make_recovery(self._root, self._open(handle, passphrase))

    def recover(self, handle: str, code: str, passphrase: str) -> None:
        """A new passphrase by the code on the sheet. Raises WrongPassphrase, BadInput."""
        check_new_passphrase(passphrase)
        recover(self._root, self._whom(handle).person, code, passphrase, choose_cost())

    def change_passphrase(self, handle: str, old: str, new: str) -> None:
        """Raises WrongPassphrase, BadInput."""
        check_new_passphrase(new)
        change_passphrase(self._root, self._whom(handle).handle, old, new, self._clock.now(), choose_cost())

    # ---- renewing ----

    def renew(self, handle: str, passphrase: str, code: str = "", person_code: str = "") -> str:
        """New keys for the machine, and a later certificate for the person; a sentence. `code`, `person_code`: one-time
        codes for this very machine and person, for when a certificate has run out and they are not let in any more;
        with either, only what it is for is renewed."""
        secrets = self._open(handle, passphrase)
        with self._store(secrets) as store:
            machine = load_machine(store)
            if code or not person_code:
                with self._asking(store, machine, secrets, code) as ask:
                    machine = renew_device(store, machine, self._now(), ask)
            if person_code:
                self._take_person(store, machine, secrets, person_code)
                if not code:
                    return "Your keys count for longer again. Connect once, so that the store knows it."
            elif not code:
                with self._asking(store, machine, secrets, "") as ask:
                    renew_person(store, machine, secrets.keys, self._now(), ask)
            until = held_certificate(machine.trust(), machine.keys.key_id, "device")
        days = (until.not_after_ms - self._now()) // 86_400_000 if until else 0
        return f"This machine has new keys, which count for {days} days. Connect once, so that the store knows them."

    def _take_person(self, store: DeviceStore, machine: Machine, secrets: Secrets, code: str) -> None:
        with self._asking(store, machine, secrets, code) as ask:
            if ask is None:
                raise BadInput("A code needs the central store.", advice="Connect once, then try again.")
            take_person(store, machine, secrets.person, secrets.keys, ask)

    def rotate(self, handle: str, passphrase: str) -> Sheet:
        """New keys for a person under the same passphrase, and a new recovery sheet. What was signed stays signed; what
        was sealed for the former keys stays readable. The former keys still count until they are revoked."""
        secrets = self._open(handle, passphrase)
        with self._store(secrets) as store:
            machine = load_machine(store)
            vault = PersonVault(person_vault_path(self._root, secrets.person), secrets.vault_key)
            try:
                keys = self._next_person_keys(vault, secrets.keys)
                self._certify_person(store, machine, secrets, keys)
                keep_former(vault, secrets.keys)
            finally:
                vault.close()
        new = Secrets(secrets.person, secrets.handle, keys, secrets.vault_key, secrets.device_key)
        seal_again(self._root, new, passphrase, choose_cost())
        return make_recovery(self._root, new)

    @staticmethod
    def _next_person_keys(vault: PersonVault, now: KeySet) -> KeySet:
        """Kept before they are certified: a lost answer is asked for again. Those of an exchange that is over, the
        person's keys `now`, are no new ones."""
        kept = vault.setting(_PERSON_NEXT)
        if not kept or KeySet.from_secret(from_base64(kept, "A key")).key_id == now.key_id:
            kept = to_base64(KeySet.generate().secret)
            vault.set_setting(_PERSON_NEXT, kept).result()
        return KeySet.from_secret(from_base64(kept, "A key"))

    def _certify_person(self, store: DeviceStore, machine: Machine, secrets: Secrets, keys: KeySet) -> None:
        trust = machine.trust()
        held = held_certificate(trust, secrets.keys.key_id, "person")
        if held is None:
            raise BadInput("This person's certificate is not on this machine.", advice="Connect once, then try again.")
        if machine.centre_keys is not None and held.centre == machine.centre:
            found = [certify_again(machine, held, keys, self._now())]
        else:
            with self._asking(store, machine, secrets, "") as ask:
                if ask is None:
                    raise BadInput("New keys need the central store.", advice="Connect once, then try again.")
                answer = ask("person", keys.signing.public.raw, keys.opening.public)
            found = [c for c in answer.certificates if c != trust.root.data]
            trust.add(found)
        for certificate in found:
            store.statements.put(certificate).result()

    # ---- the centre ----

    def request_centre(self, handle: str, passphrase: str) -> bytes:
        """A request for new keys of the centre, for `observer central enrol centre`: public keys only."""
        secrets = self._open(handle, passphrase)
        with self._store(secrets) as store:
            machine = self._manages(store, secrets)
            if not store.setting(_NEXT):
                store.set_setting(_NEXT, KeySet.generate().secret).result()
            keys = KeySet.from_secret(store.setting(_NEXT))
            return make_request(machine.centre, keys.signing.public, keys.opening.public)

    def take_centre(self, handle: str, passphrase: str, certificates: bytes) -> int:
        """Takes the programme's answer: the centre signs with its new keys from now on, and everyone the former ones
        had certified is certified again, so that the former ones can be revoked; how many that were."""
        secrets = self._open(handle, passphrase)
        with self._store(secrets) as store:
            machine = self._manages(store, secrets)
            keys = KeySet.from_secret(store.setting(_NEXT)) if store.setting(_NEXT) else None
            found, trust = _certificates(certificates), machine.trust()
            trust.add(c for c in found if c != trust.root.data)
            own = read_certificate(found[0])
            if keys is None or own.key_id != keys.key_id or own.subject != machine.centre:
                advice = "Make a request first: observer keys request"
                raise BadInput("These certificates are not the answer to this machine's request.", advice=advice)
            for certificate in found:
                if certificate != trust.root.data:
                    store.statements.put(certificate).result()
            self._exchange_centre(store, machine, keys)
            return self._certify_everyone(store, load_machine(store))

    @staticmethod
    def _exchange_centre(store: DeviceStore, machine: Machine, keys: KeySet) -> None:
        before = [machine.centre_keys, *machine.former_centre_keys]
        former = b"".join(k.secret for k in before if k is not None)
        store.exchange_settings({_CENTRE: keys.secret, _FORMER: former}, _NEXT).result()

    def _certify_everyone(self, store: DeviceStore, machine: Machine) -> int:
        trust, done = machine.trust(), 0
        former = {k.key_id for k in machine.former_centre_keys}
        for held in trust.certificates:
            above = trust.issuer_of(held)
            if held.kind not in ("device", "person") or above is None or above.key_id not in former:
                continue
            if not trust.counts(held) or held.not_after_ms < self._now():
                continue
            store.statements.put(_same_again(machine, held)).result()
            done += 1
        return done

    # ---- what each needs ----

    def _now(self) -> int:
        return self._clock.now().wall_ms

    def _whom(self, handle: str) -> Enrolled:
        """Who is meant: by sign-in name, or the only person enrolled."""
        people = enrolled_people(self._root)
        if not people:
            raise BadInput("There are no stores of Observer in this folder.", advice="Name the folder with --vault.")
        if not handle and len(people) == 1:
            return people[0]
        found = next((p for p in people if p.handle.casefold() == handle.strip().casefold()), None)
        if found is None:
            advice = f"Choose one with --person: {', '.join(p.handle for p in people)}."
            words = f"Nobody called “{handle}” is enrolled" if handle else "Several people are enrolled"
            raise BadInput(f"{words} on this machine.", advice=advice)
        return found

    def _open(self, handle: str, passphrase: str) -> Secrets:
        return open_person(self._root, self._whom(handle).handle, passphrase, self._clock.now())

    @contextmanager
    def _store(self, secrets: Secrets) -> Iterator[DeviceStore]:
        store = DeviceStore(device_store_path(self._root), secrets.device_key)
        try:
            yield store
        finally:
            store.close()

    @contextmanager
    def _asking(self, store: DeviceStore, machine: Machine, secrets: Secrets, code: str) -> Iterator[Ask | None]:
        """Who can certify at the central store; None where this machine knows none. With a code nobody has to sign."""
        if not machine.central:
            yield None
            return
        with HttpTransport(machine.central) as line:
            who = Identity(
                machine.root, machine.device, machine.keys.signing, secrets.person, secrets.keys.signing
            )  # fmt: skip
            client = Client(line, None if code else who, clock=self._now)
            known = [c for c in machine.certificates if c != machine.root]
            if not code:
                client.put_certificates(known)

            def ask(kind: str, signing: bytes, opening: bytes) -> EnrolAnswer:
                return client.enrol(code, signing, opening) if code else client.renew(kind, signing, opening)

            yield ask

    def _manages(self, store: DeviceStore, secrets: Secrets) -> Machine:
        machine = load_machine(store)
        held = held_certificate(machine.trust(), secrets.keys.key_id, "person")
        if machine.centre_keys is None or held is None or Role.MANAGER.value not in held.roles:
            advice = "Do this as the manager, on the centre manager's machine."
            raise NotAllowed("The centre's keys are not here, or not yours to change.", advice=advice)
        return machine


def _same_again(machine: Machine, held: Certificate) -> bytes:
    """What a former key of the centre certified, by its new one: the same keys, roles and end."""
    keys = machine.centre_keys
    own = held_certificate(machine.trust(), keys.key_id, "centre") if keys is not None else None
    if keys is None or own is None:
        raise IntegrityBroken("The centre's new certificate is missing.", subject=machine.centre)
    return issue_certificate(
        own, [keys.signing], kind=held.kind, subject=held.subject, signing=held.signing_keys[0],
        opening=held.opening_key, roles=held.roles, build=BUILD,
        not_before_ms=held.not_before_ms, not_after_ms=held.not_after_ms,
    )  # fmt: skip


def _certificates(data: bytes) -> list[bytes]:
    """The answer of `observer central enrol centre`. Raises BadInput."""
    found = strict_json.loads(data, limit=_LIMIT, what="The file of certificates")
    version, listed = strict_json.version_of(found, what="The file of certificates"), found.get("certificates")
    if set(found) != {"v", "certificates"} or version != 1 or type(listed) is not list or not listed:
        raise BadInput("This is not a file of certificates.", advice="It is what observer central enrol centre writes.")
    return [from_base64(c, "A certificate") for c in listed]


def write_sheet(path: Path, sheet: Sheet) -> None:
    """The sheet as a text to be printed; never over a file that is there. Raises EnvironmentFault, BadInput."""
    if path.exists():
        raise BadInput(f"{path.name} is there already and is not replaced.", advice="Choose another name.")
    write_durably(path, sheet_words(sheet).encode())


def sheet_words(sheet: Sheet) -> str:
    """What stands on the paper."""
    return f"{sheet_title(sheet)}\n\n    {sheet.code}\n\n{sheet_advice(sheet)}\n"


def sheet_title(sheet: Sheet) -> str:
    """The paper's heading."""
    return f"Observer: recovery sheet of {sheet.handle}"


def sheet_advice(sheet: Sheet) -> str:
    """What to do with it, in lines short enough for any printer."""
    return f"""If the passphrase is forgotten: on the sign-in page of the same machine choose
"Passphrase forgotten", type this code and a new passphrase. Nothing else changes.
Keep this paper as you would keep the passphrase, away from the machine. Whoever
has both the paper and the machine can sign as {sheet.handle}."""
