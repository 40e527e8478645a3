# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetching: what this machine and the person signed in may have, verified before it is kept.

Anyone's machine: the centre's rosters and what they name. A manager: the centre's records, what others said about
them, and what lies beside. A moderator: what was assigned to them, with its recordings. Cursors are kept after what
they stand for is durable, so that nothing is skipped when the power goes. What does not hold is owed (`owed`): it is
not kept, it is named, and what lies behind it comes all the same.
"""

from __future__ import annotations

from itertools import pairwise

from observer_app.domain.roles import Role
from observer_app.errors import BadInput, Conflict, IntegrityBroken
from observer_app.media.container import index_path, segment_path
from observer_app.protocol import LoggedStatement, ObjectInfo, StatementPage
from observer_app.sync import owed
from observer_app.sync.believing import LogBroken
from observer_app.sync.client import NotThere
from observer_app.sync.fetching import Fetching
from observer_app.sync.line import KEPT, OtherAnswer
from observer_app.sync.paging import pages
from observer_app.sync.push import FILM, FILM_INDEX
from observer_app.trust.envelope import open_envelope
from observer_app.trust.objects import MAX_OBJECT
from observer_app.trust.statements import NO_PREVIOUS, Statement, read_statement
from observer_app.vault.statements import Wrap

__all__ = ["ARRIVED", "Pull"]

ARRIVED = "arrived/"  # setting: this + roster + "/" + device = when (ms) that machine said so, by the store's clock

_ANSWERS = ("countersignature", "refusal")  # to a correction


class Pull(Fetching):
    """One exchange's fetching."""

    def _has(self, role: Role) -> bool:
        return self._identity.person_key is not None and role.value in self._identity.roles

    # ---- small things ----

    def small(self) -> None:
        """Everything but recordings, what is owed first."""
        self._statements("revocations", "revocation")
        self._again()
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
        for page in pages(lambda at: self._page(at, kind), after):
            taken = [self._taken(logged, kind) for logged in page.statements]
            found += [statement for statement in taken if statement is not None]
            self._keep_cursor(setting, page.next)
        return found

    def _page(self, after: int, kind: str) -> StatementPage:
        """One page, in the log's order and within the log. Raises OtherAnswer, LogBroken."""
        page = self._client.statements(after, kind)
        places = [after - 1, *(logged.position for logged in page.statements), page.next]
        if any(one >= following for one, following in pairwise(places)):
            raise OtherAnswer("The central store gives results out of their order.", advice=KEPT)
        self._believing.reaches(page.next)
        return page

    def _taken(self, logged: LoggedStatement, kind: str) -> Statement | None:
        """Verified and kept; what does not hold is owed."""
        ref = f"{logged.position:015d}"
        try:
            statement = self._keep(logged)
        except LogBroken:
            raise
        except (IntegrityBroken, BadInput) as error:
            self._owe(owed.STATEMENT, ref, kind, error)
            return None
        self.owed.settle(owed.STATEMENT, ref)
        return statement

    def _again(self) -> None:
        """Asks for what is owed."""
        for debt in self.owed.all(owed.STATEMENT):
            first = self._page(int(debt.ref), debt.about).statements[:1]
            if first and first[0].position == int(debt.ref):
                statement = self._taken(first[0], debt.about)
                if statement is not None and statement.type in _ANSWERS:
                    self._all_beside(str(statement.body["record"]))
        for debt in self.owed.all(owed.OBJECT):
            if self._files.has(debt.ref):
                self.owed.settle(owed.OBJECT, debt.ref)
            else:
                self._object(debt.ref, debt.about)

    def _all_beside(self, record: str) -> None:
        """Everything small that lies beside a record."""
        for info in self._client.objects(record):
            self._beside(info)

    def _keep(self, logged: LoggedStatement) -> Statement:
        """Verifies and keeps one statement with its receipt. Raises as `Believing.statement`."""
        verified = self._believing.statement(logged)
        statement, record_id = verified.statement, verified.record_id
        if statement.type == "revocation":  # from the log itself, whatever the store's list of certificates leaves out
            self._believing.trust.add([logged.envelope])
        if statement.type == "deletion":  # nobody is owed what is erased
            for name in statement.body["objects"]:
                self.owed.settle(owed.OBJECT, name)
                self.owed.settle(owed.FILM, name)
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
        last, taken, unread = max(here, default=0), 0, False
        for page in pages(lambda at: self._page(at, ""), 0):
            for logged in page.statements:
                try:
                    header = read_statement(open_envelope(logged.envelope).payload).header
                except BadInput:
                    unread = True
                    continue
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
        if unread and self._client.device(self._identity.device).last_seq > last:
            raise IntegrityBroken(
                "The central store holds something that cannot be read, and it may be this machine's own.",
                advice="This machine signs nothing until it can. Call the programme.",
            )
        return taken

    def owes_own_lists(self) -> bool:
        """Whether something of this machine's own lists is at the store and did not come whole: what had happened, and
        under which number, is not known here as long."""
        lists = [k for k in self._store.statements.of_type("roster") if k.own]
        bodies = [read_statement(open_envelope(k.envelope).payload).body for k in lists]
        named = {name for body in bodies for name in (body["sittings"]["sha256"], *body["objects"])}
        return any(debt.ref in named for debt in self.owed.all(owed.OBJECT))

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
        for page in pages(self._client.completed, after):
            for info in page.objects:
                self._beside(info)
            self._keep_cursor(setting, page.next)

    def _beside(self, info: ObjectInfo) -> None:
        if info.kind in (FILM, FILM_INDEX):
            return
        if not self._files.has(info.sha256):
            self._object(info.sha256, info.about)
        else:
            self._store.know_object(info.sha256, info.kind, info.size, info.about).result()

    def _wraps(self) -> None:
        setting, after = self._cursor(f"wraps/{self._identity.person or '-'}")
        for page in pages(self._client.wraps, after):
            for wrap in page.wraps:
                self._store.put_wrap(Wrap(wrap.subject, wrap.recipient, wrap.box)).result()
                self.fetched.wraps += 1
            self._keep_cursor(setting, page.next)

    def _arrivals(self) -> None:
        """Which of the centre's machines have said that they have which roster. A store that is older says nothing."""
        setting, after = self._cursor("arrivals")
        try:
            for page in pages(self._client.arrivals, after):
                found = {f"{ARRIVED}{a.roster}/{a.device}": str(a.at_ms).encode() for a in page.arrivals}
                self._store.exchange_settings(found, drop="").result()
                self._keep_cursor(setting, page.next)
        except NotThere:
            return

    # ---- moderation ----

    def _assignments(self) -> None:
        me = self._identity.person
        here = dict(self._store.assignments(me))
        for given in self._client.assignments():
            if given.person != me:
                continue
            try:
                statement = self._taken(self._client.statement(given.record), "record")
            except NotThere:
                continue
            if statement is None:
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
        wanted: set[str] = set()
        for number, record in enumerate(mine, 1):
            if not self._store.statements.has(record):
                continue
            self._progress(f"Fetching recordings: {number} of {len(mine)}")
            body = read_statement(open_envelope(self._store.statements.get(record)).payload).body
            for segment in body.get("media", ()):
                folder = self._files.recording(segment["recording"], create=True)
                index = index_path(folder, segment["segment"])
                film = segment_path(folder, segment["segment"])
                self._file(index, segment["index_sha256"], record, range(MAX_OBJECT + segment["size"]))
                came = self._file(film, segment["file_sha256"], record, range(segment["size"], segment["size"] + 1))
                self.fetched.recordings += came
                wanted |= {segment["index_sha256"], segment["file_sha256"]}
        self.owed.only(owed.FILM, wanted)


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
