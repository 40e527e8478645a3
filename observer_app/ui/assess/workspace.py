# SPDX-License-Identifier: GPL-3.0-or-later
"""How the Assess pages follow each other: today, a live observation, its review."""

from __future__ import annotations

from collections.abc import Sequence

from observer_app.domain.record import RecordState
from observer_app.errors import ObserverError
from observer_app.ui.assess.live import LivePage
from observer_app.ui.assess.phrases_page import PhrasesPage
from observer_app.ui.assess.records_page import RecordsPage
from observer_app.ui.assess.review import ReviewPage
from observer_app.ui.assess.room_page import RoomPage
from observer_app.ui.assess.today import TodayPage
from observer_app.ui.page import Page, ShellPort
from observer_app.ui.strings import say
from observer_app.ui.tasks import run
from observer_app.workflows.ports import AssessPort, PracticePort, SessionPort
from observer_app.workflows.views import CheckState, CheckView, SittingCard

__all__ = ["build_assess"]


class _Assess:
    """Opens and closes the pages of one assessor."""

    def __init__(self, session: SessionPort, shell: ShellPort) -> None:
        self._session, self._shell = session, shell
        self._port: AssessPort = session.assess
        self._practice: PracticePort | None = None
        self.today = TodayPage(self._port, shell, self.open, self.practise)
        self.phrases = PhrasesPage(self._port, shell)
        self.room = RoomPage(session.room, shell, self.today.look_again)
        self.records = RecordsPage(self._port, shell, self.review)

    def open(self, card: SittingCard) -> None:
        """A signed one to read, any other to go on with; where a check needs the person, only with a reason."""
        self._end_practice()
        if card.state >= RecordState.SIGNED or not card.can_open:
            self.review(card.sitting)
            return
        needs = [c for c in self.today.checks if c.state is CheckState.NEEDS_YOU] if not card.observation else []
        if needs:
            self.today.ask_why(needs, lambda reason: self._open(card, needs, reason))
        else:
            self._open(card)

    def _open(self, card: SittingCard, passed_over: Sequence[CheckView] = (), reason: str = "") -> None:
        at = self._shell.keys.pressed()
        try:
            for check in passed_over:
                self._port.override_check(check.kind, say("today.started_anyway", title=check.title, why=reason), at)
            live = self._port.open(card.sitting, at)
            page = LivePage(live, self._shell, self.back, lambda: self.review(card.sitting), self.moved)
        except ObserverError as error:
            self._shell.say(str(error))
            return
        self._show_live(page)

    def _show_live(self, page: LivePage) -> None:
        self._shell.add_page(page, tab=False)
        self._shell.show_page(page.key)

    def review(self, sitting: str) -> None:
        """Review and sign, or the signed record."""
        try:
            page = ReviewPage(self._port.review(sitting), self._shell, self.back)
        except ObserverError as error:
            self._shell.say(str(error))
            return
        self._show_review(page)

    def _show_review(self, page: ReviewPage) -> None:
        self._shell.add_page(page, after=self.today.key)
        self._shell.show_page(page.key)
        self._shell.remove_page(LivePage.key)

    def moved(self, sitting: str) -> None:
        """The observation on the screen has become another sitting's: opened anew as that."""
        self.back()
        self.today.refresh()
        card = next((c for c in self._port.today(self._shell.keys.now()).sittings if c.sitting == sitting), None)
        if card is not None:
            self._open(card)

    def back(self) -> None:
        """To Today."""
        self._shell.show_page(self.today.key)
        self._shell.remove_page(LivePage.key)

    # ---- practice ----

    def practise(self) -> None:
        """The same screens over a store of their own that is thrown away, marked on every page."""
        self.today.practice.set_busy(True)
        run(self._session.practice, self.today).then(self._begin_practice).or_else(self._no_practice)

    def _no_practice(self, error: Exception) -> None:
        self.today.practice.set_busy(False)
        self._shell.say(str(error))

    def _begin_practice(self, practice: PracticePort) -> None:
        self.today.practice.set_busy(False)
        self._practice = practice
        page = LivePage(practice.live(), self._shell, self.leave_practice, self._review_practice)
        page.mark = say("practice.mark")
        self._show_live(page)

    def _review_practice(self) -> None:
        if self._practice is not None:
            page = ReviewPage(self._practice.review(), self._shell, self.leave_practice)
            page.mark = say("practice.mark")
            self._show_review(page)

    def leave_practice(self) -> None:
        """Back to the real day."""
        self._end_practice()
        self._shell.show_page(self.today.key)
        self._shell.say(say("practice.over"), "good")

    def _end_practice(self) -> None:
        practice, self._practice = self._practice, None
        if practice is not None:
            for key in (LivePage.key, ReviewPage.key):
                self._shell.remove_page(key)
            run(practice.close, self.today)


def build_assess(session: SessionPort, shell: ShellPort) -> Sequence[Page]:
    """The pages of the Assess workspace; a live observation that was running when the program stopped is opened."""
    assess = _Assess(session, shell)
    running = session.assess.running()
    if running:
        card = next((c for c in session.assess.today(shell.keys.now()).sittings if c.sitting == running), None)
        if card is not None and card.can_open:
            shell.add_page(assess.today)
            shell.add_page(assess.records)
            shell.add_page(assess.phrases)
            shell.add_page(assess.room)
            assess.open(card)
            return ()
    return (assess.today, assess.records, assess.phrases, assess.room)
