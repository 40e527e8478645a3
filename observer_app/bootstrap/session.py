# SPDX-License-Identifier: GPL-3.0-or-later
"""A signed-in person, put together: the one place where workflows get their collaborators."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from observer_app.bootstrap.machine_files import keep_packs, library_for, packs_view, recorder_state
from observer_app.bootstrap.people_desk import PeopleDesk
from observer_app.capture.items import SourceName
from observer_app.capture.sources import list_sources
from observer_app.domain.moment import Clock
from observer_app.domain.roles import Role, workspaces
from observer_app.errors import Conflict, NotAllowed, ObserverError, StoreLocked
from observer_app.trust.keys import KeySet
from observer_app.vault.device import RESTORED, TAKEN_BACK, DeviceStore
from observer_app.vault.objects import ObjectFiles
from observer_app.vault.people import Secrets, device_store_path, person_vault_path
from observer_app.vault.person import PersonVault
from observer_app.workflows.assess import AssessDay, AssessParts
from observer_app.workflows.centre import CentreDesk
from observer_app.workflows.enrolment import Machine, load_machine
from observer_app.workflows.ports import PracticePort, StickProgress
from observer_app.workflows.preflight import Preflight
from observer_app.workflows.recording import CameraRecorder, RecorderPort
from observer_app.workflows.records import RecordReader
from observer_app.workflows.records_desk import RecordsDesk
from observer_app.workflows.renewal import former_keys, renew_what_runs_out
from observer_app.workflows.room import RoomDesk, camera_of, lock_minutes
from observer_app.workflows.roster_file import read_roster_file
from observer_app.workflows.rosters import own_lists_are_back, take_in_rosters
from observer_app.workflows.second_signature import SecondDesk
from observer_app.workflows.sending import SendDesk
from observer_app.workflows.signing import Signatory
from observer_app.workflows.views import SessionView
from observer_app.workflows.withdrawing import carry_out

if TYPE_CHECKING:
    from observer_app.bootstrap.own_desk import OwnDesk
    from observer_app.workflows.moderate import ModerateDesk

__all__ = ["Session"]

# What a session puts together when it is asked for; each holds keys.
_HOLD_KEYS = ("reader", "assess", "centre", "moderate", "second", "staff", "send", "records")


def _microphones() -> list[SourceName]:
    from observer_app.capture.sources_qt import list_microphones

    return list_microphones()


def _let_go(desk: AssessDay | ModerateDesk) -> None:
    # A recorder that does not answer records on, and is taken up again at the next sign-in.
    with suppress(ObserverError, TimeoutError):
        desk.close()


class Session:
    """SessionPort: one person signed in, their vault and the machine's store open until `lock`."""

    def __init__(
        self, vault: Path, clock: Clock, secrets: Secrets, begin_practice: Callable[[], PracticePort] | None = None
    ) -> None:
        """`begin_practice` (SLOW) makes a practice run beside these stores; None where there are none."""
        self.root = vault
        self.clock = clock
        self.store = DeviceStore(device_store_path(vault), secrets.device_key)
        try:
            self.vault = PersonVault(person_vault_path(vault, secrets.person), secrets.vault_key)
        except ObserverError:
            self.store.close()
            raise
        self.files = ObjectFiles(vault)
        self.person = secrets.person
        self._keys = secrets.keys
        self._device_key = secrets.device_key
        self._locked, self._backing_up = threading.Lock(), threading.Lock()
        self._open = True
        self._begin_practice = begin_practice
        self._practice: PracticePort | None = None
        try:
            self.machine: Machine = load_machine(self.store)
            if self.machine.centre_keys is not None:  # who holds the centre's key renews without being connected
                renew_what_runs_out(self.store, self.machine, self._keys, clock.now().wall_ms, None)
                self.machine = load_machine(self.store)
            self.trust = self.machine.trust()
            self.signatory = Signatory(vault, self.machine, self.store, clock, secrets.person, secrets.keys)
            self.library = library_for(vault, self.machine.sample)
            keep_packs(self.store, self.library)
        except BaseException:  # a held lock would keep the next try out
            self.vault.close()
            self.store.close()
            raise
        # A list that does not hold keeps nobody from their own vault; the next exchange names it.
        with suppress(ObserverError):
            self._arrived()

    def _arrived(self) -> None:
        """Takes in what has come: certificates into everything that holds them, rosters into the day."""
        self.machine = load_machine(self.store)
        self.signatory.machine = self.machine
        self.trust.add(self.machine.certificates)
        if "reader" in self.__dict__:
            self.reader.machine = self.machine
        carry_out(self.store, self.files, self.trust, self.vault)
        try:
            take_in_rosters(self.store, self.files, self.machine, self.trust)
        finally:
            back = self.store.setting(RESTORED) == TAKEN_BACK
            if back and own_lists_are_back(self.store, self.files):
                self.store.sittings.settle().result()

    @property
    def roles(self) -> frozenset[Role]:
        """What the centre's certificate says of this person; nothing else counts."""
        known = {r.value for r in Role}
        found = self.trust.certificates_for(self._keys.key_id)
        return frozenset(Role(r) for r in found[-1].roles if r in known) if found else frozenset()

    def view(self) -> SessionView:
        """Who is signed in, and how the machine stands."""
        return SessionView(
            person=self.person,
            name=self.store.person_name(self.person),
            centre=self.machine.centre_name,
            roles=self.roles,
            spaces=workspaces(self.roles),
            sample=self.machine.sample,
            connection=self.send.words(),
            connected=self.send.connected,
            lock_after_s=60 * lock_minutes(self.store),
        )

    def _needs(self, role: Role, what: str) -> None:
        if role not in self.roles:
            raise NotAllowed(f"Your role does not include {what}.", advice="Ask the centre manager.")

    @cached_property
    def assess(self) -> AssessDay:
        """The assessor's day."""
        self._needs(Role.ASSESSOR, "assessing")
        store = self.store

        def recorder() -> RecorderPort:
            return CameraRecorder(camera_of(store), recorder_state(self.root), self._recording_folder, self.clock)

        return AssessDay(
            AssessParts(
                vault=self.vault,
                store=self.store,
                files=self.files,
                clock=self.clock,
                library=self.library,
                recorder=recorder,
                preflight=Preflight(lambda: camera_of(store), self.root, self.clock),
                signatory=self.signatory,
                reader=lambda: self.reader,
            )
        )

    def _recording_folder(self, recording: str) -> Path:
        return self.files.recording(recording, create=True)

    @cached_property
    def reader(self) -> RecordReader:
        """Reads signed records back with every key this session may use."""
        keys: list[KeySet] = [self._keys, *former_keys(self.vault), *self.machine.opening_keys]
        if Role.MANAGER in self.roles and self.machine.centre_keys is not None:
            keys += [self.machine.centre_keys, *self.machine.former_centre_keys]
        return RecordReader(self.store, self.files, self.machine, self.trust, self.library, keys)

    @cached_property
    def staff(self) -> PeopleDesk:
        """Who may sign in here."""
        self._needs(Role.MANAGER, "adding people")
        return PeopleDesk(self.root, self.clock, self.store, self.machine, self._device_key)

    @cached_property
    def records(self) -> RecordsDesk:
        """The signed records of this machine, and taking back or erasing them."""
        return RecordsDesk(self.reader, self.signatory, self.roles, self.vault, self.library)

    @cached_property
    def own(self) -> OwnDesk:
        """This person's passphrase and recovery sheet."""
        from observer_app.bootstrap.own_desk import OwnDesk

        return OwnDesk(self.root, self.clock, self.person)

    @cached_property
    def room(self) -> RoomDesk:
        """The room's camera."""
        return RoomDesk(self.store, list_sources, _microphones)

    @cached_property
    def centre(self) -> CentreDesk:
        """The manager's day."""
        self._needs(Role.MANAGER, "managing the centre")
        from observer_app.workflows.day_export import DayExport  # the reports' library: only where it is used

        scenarios, packs = list(self.library.scenarios.values()), packs_view(self.root, self.library)
        export = DayExport(self.reader, self.signatory)
        return CentreDesk(self.signatory, self.files, scenarios, export, self.reader, packs)

    @cached_property
    def moderate(self) -> ModerateDesk:
        """The moderator's work."""
        self._needs(Role.MODERATOR, "moderating")
        from observer_app.workflows.moderate import ModerateDesk

        return ModerateDesk(self.reader, self.vault, self.signatory)

    @cached_property
    def second(self) -> SecondDesk:
        """Corrections that wait for this person's second signature."""
        if not self.roles & {Role.MANAGER, Role.MODERATOR}:
            self._needs(Role.MANAGER, "signing corrections of others")
        return SecondDesk(self.reader, self.signatory, self.roles)

    @cached_property
    def send(self) -> SendDesk:
        """What waits to be sent, and sending it."""
        return SendDesk(self.store, self.files, self.signatory, leaving=self._leaving, arrived=self._arrived)

    def _leaving(self) -> None:
        """What has happened to the day's sittings goes to the rooms with every exchange of the manager's; what was
        recorded of an interview that ended unsigned while nobody could sign it is signed now."""
        if self.store.setting(RESTORED):  # it signs nothing yet, and would not be let out if it tried
            return
        if "assess" in self.__dict__:
            self.assess.sign_left()
        if Role.MANAGER in self.roles and self.machine.centre_keys is not None:
            self.centre.pass_on()

    def practice(self) -> PracticePort:
        """SLOW. A practice run in a store of its own, thrown away when it ends or this person leaves."""
        self._needs(Role.ASSESSOR, "assessing")
        if self._begin_practice is None:
            raise NotAllowed("There is no practice within a practice.")
        self._end_practice()
        self._practice = self._begin_practice()
        return self._practice

    def _end_practice(self) -> None:
        if self._practice is not None:
            self._practice.close()
            self._practice = None

    def take_roster(self, file: Path) -> str:
        """Takes a day's list in from a file; the day."""
        return read_roster_file(file, self.store, self.files, self.machine, self.trust)

    def back_up(self, target: Path, progress: StickProgress = lambda step, done, total: None) -> str:
        """SLOW. Backs this machine up below a folder, a stick's as a rule; a sentence. Raises StoreLocked when it is
        locked before the backup is finished, Conflict while another one runs."""
        from observer_app.bootstrap.backup import back_up

        def told(step: str, done: int, total: int) -> None:
            if not self._open:
                raise StoreLocked(
                    "Observer was locked before the backup was finished: the stick holds the one before.",
                    advice="Sign in and back up again.",
                )
            progress(step, done, total)

        if not self._backing_up.acquire(blocking=False):
            raise Conflict("A backup of this machine is running already.", advice="Wait until it is done.")
        try:
            return back_up(self, target, told).sentence()
        finally:
            self._backing_up.release()

    def lock(self) -> None:
        """Signs out: stores close, keys are let go. A running recorder records on."""
        with self._locked:
            if not self._open:
                return
            self._open = False
        with ExitStack() as last:  # backwards; the stores are closed whatever the recorder does
            last.callback(self._forget)
            last.callback(self.store.close)
            last.callback(self.vault.close)
            for name in ("assess", "moderate"):
                if name in self.__dict__:
                    last.callback(_let_go, self.__dict__[name])
            last.callback(self._end_practice)

    def _forget(self) -> None:
        """Everything that holds a key is let go, whoever still holds the session."""
        for name in (*_HOLD_KEYS, "_keys", "_device_key", "signatory", "machine"):
            self.__dict__.pop(name, None)
