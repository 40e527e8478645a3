# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetching: what this machine and the person signed in may have, verified before it is kept.

Anyone's machine: the centre's rosters and what they name. A manager: the centre's records, what others said about
them, and what lies beside. A moderator: what was assigned to them, with its recordings. Cursors are kept after what
they stand for is durable, so that nothing is skipped when the power goes.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from observer_app.domain.roles import Role
from observer_app.errors import Conflict, EnvironmentFault, IntegrityBroken
from observer_app.media.container import index_path, segment_path
from observer_app.protocol import PART_SIZE, LoggedStatement, ObjectInfo
from observer_app.sync.client import NotThere
from observer_app.sync.one_way import Ends, OneWay
from observer_app.sync.push import FILM, FILM_INDEX
from observer_app.trust.envelope import open_envelope
from observer_app.trust.objects import MAX_OBJECT
from observer_app.trust.statements import NO_PREVIOUS, Statement, read_statement
from observer_app.trust.whole_file import file_sha256
from observer_app.vault.statements import Wrap

__all__ = ["ARRIVED", "Fetched", "Pull"]

ARRIVED = "arrived/"  # setting: this + roster + "/" + device = when (ms) that machine said so, by the store's clock

_ANSWERS = ("countersignature", "refusal")  # to a correction


@dataclass
class Fetched:
    """What came. `types`: how many statements of each type. `problems`: what did not verify or could not be kept, each
    a sentence."""

    statements: int = 0
    objects: int = 0
    wraps: int = 0
    assignments: int = 0
    recordings: int = 0
    types: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


class Pull(OneWay):
    """One exchange's fetching."""

    def __init__(self, ends: Ends) -> None:
        super().__init__(ends)
        self.fetched = Fetched()

    def _has(self, role: Role) -> bool:
        return self._identity.person_key is not None and role.value in self._identity.roles

    # ---- small things ----

    def small(self) -> None:
        """Everything but recordings."""
        self._statements("revocations", "revocation")
        if self._identity.person_key is not None:
            self._statements(f"signed/{self._identity.person}", "record")
            for kind in _ANSWERS:
                for answer in self._statements(f"{kind}/{self._identity.person}", kind):
                    self._all_beside(str(answer.body["record"]))
        self._statements("deletions", "deletion")
        self._statements("packs", "pack")
        self._progress("Fetching rosters")
        self._statements("rosters", "roster")
        for kept in self._store.statements.of_type("roster"):
            self._named(read_statement(open_envelope(kept.envelope).payload), kept.id)
        if self._has(Role.MANAGER):
            self._progress("Fetching the centre's records")
            self._statements(f"centre/{self._identity.person}", "")
            self._objects(f"objects/{self._identity.person}")
            self._arrivals()
        if self._has(Role.MODERATOR):
            self._progress("Fetching what is to be moderated")
            self._assignments()
        self._wraps()

    def _cursor(self, name: str) -> tuple[str, int]:
        setting = f"central/{self._believing.origin}/{name}"
        return setting, int(self._store.setting(setting) or b"0")

    def _keep_cursor(self, setting: str, value: int) -> None:
        self._store.set_setting(setting, str(value).encode()).result()

    def _statements(self, scope: str, kind: str) -> list[Statement]:
        """What came since the last time, verified and kept."""
        setting, after = self._cursor(scope)
        found: list[Statement] = []
        more = True
        while more:
            page = self._client.statements(after, kind)
            found += [self._keep(logged) for logged in page.statements]
            more, after = page.more, page.next
            self._keep_cursor(setting, after)
        return found

    def _all_beside(self, record: str) -> None:
        """Everything small that lies beside a record."""
        for info in self._client.objects(record):
            self._beside(info)

    def _keep(self, logged: LoggedStatement) -> Statement:
        """Verifies and keeps one statement with its receipt. Raises IntegrityBroken: the store vouched for it."""
        verified = self._believing.statement(logged)
        statement, record_id = verified.statement, verified.record_id
        if statement.type == "revocation":  # from the log itself, whatever the store's list of certificates leaves out
            self._believing.trust.add([logged.envelope])
        if not self._store.statements.has(record_id):
            self._store.statements.put(logged.envelope, about=_about(statement, record_id)).result()
            self.fetched.statements += 1
            self.fetched.types[statement.type] += 1
        if self._store.outbox.receipt(record_id) is None:
            self._store.outbox.put_receipt(record_id, logged.receipt, self._clock()).result()
        return statement

    def own(self) -> int:
        """A machine restored from a backup takes back what it had signed and sent since, before it sends or signs
        anything; how many. Raises Conflict when what it holds is not what it had sent."""
        here = {kept.device_seq: kept.id for kept in self._store.statements.own()}
        last, taken, after, more = max(here, default=0), 0, 0, True
        while more:
            page = self._client.statements(after, "")
            for logged in page.statements:
                header = read_statement(open_envelope(logged.envelope).payload).header
                if header.device != self._identity.device or not header.device_seq:
                    continue
                verified = self._believing.statement(logged)
                seq, record_id = header.device_seq, verified.record_id
                follows = header.prev == here.get(seq - 1, NO_PREVIOUS)
                if here.get(seq, record_id) != record_id or (seq > last and (seq != last + 1 or not follows)):
                    raise Conflict(
                        f"This machine's statement {seq} is not the one the central store holds. Both are kept.",
                        advice="Stop using this machine and call the programme.",
                    )
                if seq > last:
                    about = _about(verified.statement, record_id)
                    self._store.statements.take_back(logged.envelope, seq, about).result()
                    here[seq], last, taken = record_id, seq, taken + 1
                    self._named(verified.statement, record_id)
                if self._store.outbox.receipt(record_id) is None:
                    self._store.outbox.put_receipt(record_id, logged.receipt, self._clock()).result()
            more, after = page.more, page.next
        return taken

    def _named(self, statement: Statement, record_id: str) -> None:
        """Fetches the sealed objects a statement names that are not here; what has not arrived there yet comes next
        time."""
        names = [statement.body[n]["sha256"] for n in ("sittings", "event_log") if n in statement.body]
        names += statement.body["objects"] if statement.type == "roster" else []
        for name in names:
            if not self._files.has(name):
                self._object(name, _about(statement, record_id))

    def _objects(self, scope: str) -> None:
        setting, after = self._cursor(scope)
        more = True
        while more:
            page = self._client.completed(after)
            for info in page.objects:
                self._beside(info)
            more, after = page.more, page.next
            self._keep_cursor(setting, after)

    def _beside(self, info: ObjectInfo) -> None:
        if info.kind in (FILM, FILM_INDEX):
            return
        if not self._files.has(info.sha256):
            self._object(info.sha256, info.about)
        else:
            self._store.know_object(info.sha256, info.kind, info.size, info.about).result()

    def _object(self, name: str, about: str) -> None:
        try:
            info = self._client.info(name)
            content = self._bytes(name, min(info.size, MAX_OBJECT + 64))
        except NotThere:
            return
        if hashlib.sha256(content).hexdigest() != name:
            raise IntegrityBroken("What the central store sent is not what its name says.", subject=name)
        self._files.put(content)
        self._store.know_object(name, info.kind, len(content), about).result()
        self.fetched.objects += 1

    def _bytes(self, name: str, size: int) -> bytes:
        found = bytearray()
        while len(found) < size:
            block = self._client.fetch(name, len(found), min(len(found) + PART_SIZE, size))
            found += block
            if not block:
                break
        return bytes(found)

    def _wraps(self) -> None:
        setting, after = self._cursor(f"wraps/{self._identity.person or '-'}")
        more = True
        while more:
            page = self._client.wraps(after)
            for wrap in page.wraps:
                self._store.put_wrap(Wrap(wrap.subject, wrap.recipient, wrap.box)).result()
                self.fetched.wraps += 1
            more, after = page.more, page.next
            self._keep_cursor(setting, after)

    def _arrivals(self) -> None:
        """Which of the centre's machines have said that they have which roster. A store that is older says nothing."""
        setting, after = self._cursor("arrivals")
        more = True
        while more:
            try:
                page = self._client.arrivals(after)
            except NotThere:
                return
            found = {f"{ARRIVED}{a.roster}/{a.device}": str(a.at_ms).encode() for a in page.arrivals}
            self._store.exchange_settings(found, drop="").result()
            more, after = page.more, page.next
            self._keep_cursor(setting, after)

    # ---- moderation ----

    def _assignments(self) -> None:
        me = self._identity.person
        here = dict(self._store.assignments(me))
        for given in self._client.assignments():
            if given.person != me:
                continue
            try:
                statement = self._keep(self._client.statement(given.record))
            except NotThere:
                continue
            self._named(statement, given.record)
            self._all_beside(given.record)
            if given.record not in here:
                self._store.put_assignment(given.record, me, given.content).result()
                self.fetched.assignments += 1
        given_now = len(self._store.assignments(me))  # another assignment shows what was logged long before
        for kind in ("amendment", "latency", *_ANSWERS, "deletion"):
            self._statements(f"{kind}/{me}/{given_now}", kind)

    def recordings(self) -> None:
        """A moderator's recordings, oldest assignment first; those not there yet come next time."""
        if not self._has(Role.MODERATOR):
            return
        mine = [record for record, _ in self._store.assignments(self._identity.person)]
        for number, record in enumerate(mine, 1):
            if not self._store.statements.has(record):
                continue
            self._progress(f"Fetching recordings: {number} of {len(mine)}")
            body = read_statement(open_envelope(self._store.statements.get(record)).payload).body
            for segment in body.get("media", ()):
                folder = self._files.recording(segment["recording"], create=True)
                index = index_path(folder, segment["segment"])
                film = segment_path(folder, segment["segment"])
                self._file(index, segment["index_sha256"])
                self.fetched.recordings += self._file(film, segment["file_sha256"])

    def _file(self, path: Path, sha256: str) -> bool:
        """Fetches one file, going on where it stopped; True once it is here, whole, and new."""
        if path.exists():
            return False
        partial = path.with_name(path.name + ".part")
        try:
            size = self._client.info(sha256).size
            with partial.open("ab") as file:
                while (at := file.tell()) < size:
                    block = self._client.fetch(sha256, at, min(at + PART_SIZE, size))
                    if not block:
                        break
                    file.write(block)
                file.flush()
                os.fsync(file.fileno())
            return _settle(partial, path, sha256)
        except NotThere:
            partial.unlink(missing_ok=True)
            return False
        except OSError as error:
            raise EnvironmentFault("A recording cannot be written on this machine.", advice="Make room.") from error


def _settle(partial: Path, path: Path, sha256: str) -> bool:
    if file_sha256(partial) != sha256:
        partial.unlink()
        raise IntegrityBroken("A recording that was fetched is not what was signed.", subject=path.name)
    partial.replace(path)
    return True


def _about(statement: Statement, record_id: str) -> str:
    """What a statement refers to, as `Statements` files it."""
    body = statement.body
    if "record" in body:
        return str(body["record"])
    if statement.type == "adjudication":
        return str(body["records"][0])
    if statement.type == "deletion":
        return str(body["subject"])
    if statement.type == "media":
        return str(body["observation"])
    if statement.type == "pack":
        return f"pack-{body['pack']['sha256']}"
    if statement.type in ("day_close", "roster"):
        return f"{'day' if statement.type == 'day_close' else 'roster'}-{body['day']}"
    return record_id
