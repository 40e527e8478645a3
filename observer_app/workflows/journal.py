# SPDX-License-Identifier: GPL-3.0-or-later
"""An observation being written: what is durable, what is on its way to the disk, and the state both fold into.

1. Nothing counts as saved before the disk has confirmed; what is on its way is known by its number.
2. Numbers are given by the vault. Here they are foretold, and put right when something before them failed.
3. Every method may be called from any thread; `on_change` callbacks come from whichever thread it was.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from observer_app.domain.events import Event, Kind
from observer_app.domain.folding import Fold
from observer_app.domain.moment import Moment
from observer_app.domain.observation import ObservationState
from observer_app.errors import Conflict, ObserverError
from observer_app.vault.person import PersonVault
from observer_app.vault.texts import SaltedText
from observer_app.vault.writer import Priority
from observer_app.workflows.saved import Saved, failed

__all__ = ["Journal"]

_RATING_KINDS = (Kind.RATED, Kind.GLOBAL_RATED)
_OF_SIGNING = (Kind.IDENTITY_CONFIRMED, Kind.SIGNED)
_WAIT_S = 60.0


class Journal:
    """One observation's events as one person writes them. `events` are those durable so far, at least the opening."""

    def __init__(self, vault: PersonVault, observation: str, person: str, events: list[Event]) -> None:
        self.vault = vault
        self.observation = observation
        self.person = person
        self._lock = threading.RLock()
        self._durable = list(events)
        self._pending: dict[int, Event] = {}
        self._tokens = itertools.count()
        self._fold: Fold | None = None
        self._words: dict[str, str] = {}
        self._listeners: list[Callable[[], None]] = []
        self._version = 0
        self._unsaved: dict[str, int] = {}
        self._trouble = ""
        self._sealing = False

    # ---- reading ----

    @property
    def version(self) -> int:
        """Grows whenever anything here changes."""
        return self._version

    @property
    def state(self) -> ObservationState:
        """Folded from the durable and the pending events; folded again only after a change."""
        with self._lock:
            if self._fold is None:
                self._fold = Fold([*self._durable, *self._pending.values()])
            return self._fold.state

    @property
    def pending(self) -> frozenset[int]:
        """Numbers of events the disk has not confirmed yet."""
        with self._lock:
            return frozenset(event.seq for event in self._pending.values())

    @property
    def unsaved(self) -> Mapping[str, int]:
        """Values by criterion ("" the overall one) that could not be saved, until one is."""
        with self._lock:
            return dict(self._unsaved)

    @property
    def trouble(self) -> str:
        """Why the last thing could not be saved, "" once something was."""
        return self._trouble

    @property
    def last_event(self) -> Event:
        """The newest durable event."""
        with self._lock:
            return self._durable[-1]

    def events(self, kind: str) -> tuple[Event, ...]:
        """All events of a kind so far, durable and pending, in order."""
        with self._lock:
            return tuple(e for e in (*self._durable, *self._pending.values()) if e.kind == kind)

    def words(self, text_hash: str) -> str:
        """The text behind a salted hash, "" when it is not here."""
        if not text_hash:
            return ""
        if text_hash not in self._words:
            self._words[text_hash] = self.vault.text(text_hash)
        return self._words[text_hash]

    def on_change(self, callback: Callable[[], None]) -> None:
        """`callback` is called after every change, from any thread."""
        with self._lock:
            self._listeners.append(callback)

    def changed(self) -> None:
        """Tells the listeners that something shown is different."""
        with self._lock:
            self._version += 1
            listeners = list(self._listeners)
        for listener in listeners:
            listener()

    # ---- writing ----

    def append(
        self,
        kind: str,
        at: Moment,
        body: Mapping[str, Any] | None = None,
        *,
        text: str | None = None,
        exact: bool = False,
        drop_draft: bool = False,
    ) -> Saved:
        """Writes one event; `text` goes beside it and its salted hash into the body's `text`.

        `exact`: only as the very next event (an undo aims at what was seen); else the future raises Conflict.
        """
        fields = dict(body or {})
        texts: tuple[SaltedText, ...] = ()
        if text is not None:
            try:
                texts = (SaltedText.new(text),)
            except ObserverError as error:
                return failed(error)
            fields["text"] = texts[0].hash
            self._words[texts[0].hash] = texts[0].text
        return self._send(kind, at, fields, texts, exact=exact, drop_draft=drop_draft)

    def _send(
        self,
        kind: str,
        at: Moment,
        body: Mapping[str, Any],
        texts: tuple[SaltedText, ...],
        *,
        exact: bool,
        drop_draft: bool,
    ) -> Saved:
        saved: Saved = Future()
        with self._lock:  # what is shown and what the writer is given must be in one order
            if self._sealing and kind not in _OF_SIGNING:
                return failed(Conflict("This is being signed just now.", advice="Wait a moment and look again."))
            seq = len(self._durable) + len(self._pending) + 1
            token = next(self._tokens)
            event = Event(self.observation, seq, kind, self.person, at, body)
            self._pending[token] = event
            if self._fold is not None:
                self._fold.add(event)
            future = self.vault.append(
                self.observation,
                kind,
                self.person,
                at,
                body,
                texts=texts,
                expect=seq if exact else 0,
                drop_draft=drop_draft,
            )
        self.changed()
        future.add_done_callback(lambda done: self._settle(done, token, saved))
        return saved

    @contextmanager
    def sealing(self) -> Iterator[None]:
        """While this lasts nothing comes to what is being signed but what belongs to signing, and all that was written
        before is on the disk: marks, entries and their number are of one moment. Raises Conflict within another."""
        with self._lock:
            if self._sealing:
                raise Conflict("This is being signed already.", advice="Wait a moment and look again.")
            self._sealing = True
        try:
            self.vault.write(lambda db: None, Priority.RATING).result(_WAIT_S)
            yield
        finally:
            self._sealing = False

    def undo(self, at: Moment) -> Saved:
        """Takes the last undoable event out of force. Raises Conflict (in the future) when there is none."""
        with self._lock:
            target = self.state.undo_target
            if not target:
                return failed(Conflict("There is nothing to undo."))
            return self.append(Kind.UNDONE, at, {"target": target}, exact=True)

    def redo(self, at: Moment) -> Saved:
        """Puts back what was undone last. Raises Conflict (in the future) when there is none."""
        with self._lock:
            target = self.state.redo_target
            if not target:
                return failed(Conflict("There is nothing to redo."))
            return self.append(Kind.REDONE, at, {"target": target}, exact=True)

    def _settle(self, done: Future[Event], token: int, saved: Saved) -> None:
        """The disk has answered: first the state, then whoever waits."""
        error = done.exception()
        with self._lock:
            as_foretold = next(iter(self._pending)) == token and error is None
            expected = self._pending.pop(token)
            as_foretold = as_foretold and done.result() == expected
            criterion = str(expected.body.get("criterion", ""))
            if error is None:
                self._durable.append(done.result())
                self._trouble = ""
                if expected.kind in (*_RATING_KINDS, Kind.WITHDRAWN):
                    self._unsaved.pop(criterion, None)
            else:
                self._trouble = str(error) if isinstance(error, ObserverError) else "This could not be saved."
                if expected.kind in _RATING_KINDS:
                    self._unsaved[criterion] = int(expected.body["value"])
            if not as_foretold:
                self._renumber()
                self._fold = None
        self.changed()
        if error is None:
            saved.set_result(None)
        else:
            saved.set_exception(error)

    def _renumber(self) -> None:
        for seq, (token, event) in enumerate(self._pending.items(), len(self._durable) + 1):
            if event.seq != seq:
                self._pending[token] = replace(event, seq=seq)
