# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of every Assess screen and state, to be looked at: `python -m tests.ui.shoot FOLDER [LOOK ...]`.

`python -m tests.ui.shoot --docs` takes those of docs/screens.md anew: everything in light and dark, the pages at 200 %
and on a large screen too; each with a palette of its own, so that the repository stays small.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QWidget

from observer_app.errors import DiskFull, IntegrityBroken
from observer_app.ui.app import build_window
from observer_app.ui.shell import MainWindow
from observer_app.ui.strings import say
from observer_app.ui.theme import make_theme, use
from tests.simulators.desk import PASSPHRASE, Desk, DeskSecond, sample_correction
from tests.simulators.desk_centre import DeskCentre, ManagerDesk
from tests.simulators.desk_moderate import DeskModerate, DrawnPictures

LOOKS = {
    "light": ("light", 1.0, 1280, 800),
    "dark": ("dark", 1.0, 1280, 800),
    "large": ("light", 2.0, 1280, 800),
    "larger": ("light", 1.5, 1280, 800),
    "wide": ("light", 1.0, 1920, 1080),
    "widedark": ("dark", 1.0, 1920, 1080),
}
Key = Qt.Key


class Camera:
    """Takes the pictures of one look."""

    def __init__(self, app: QApplication, folder: Path, look: str) -> None:
        self.app, self.folder, self.look = app, folder, look
        self.window: MainWindow | None = None

    def open(self, desk: Desk) -> MainWindow:
        if self.window is not None:
            self.window.close()
            self.window.deleteLater()
        name, factor, wide, high = LOOKS[self.look]
        use(make_theme(name, factor), self.app)
        self.window = build_window(desk)
        self.window.resize(wide, high)
        self.window.show()
        self.window.activateWindow()
        self.settle()
        return self.window

    def settle(self, until: Callable[[], bool] = lambda: True) -> None:
        end = time.monotonic() + 5
        for _ in range(6):
            self.app.processEvents()
        while not until() and time.monotonic() < end:
            self.app.processEvents()
        for _ in range(6):
            self.app.processEvents()

    def keys(self, *keys: Qt.Key | str) -> None:
        for key in keys:
            target = self.app.focusWidget()
            if target is None:
                raise SystemExit("nothing has the focus")
            if isinstance(target, QPlainTextEdit) and isinstance(key, str):
                target.insertPlainText(key)  # QTest knows no typographic quotes
            elif isinstance(key, str):
                QTest.keyClicks(target, key)
            else:
                QTest.keyClick(target, key)
            self.settle()

    def shoot(self, name: str) -> None:
        self.settle()
        assert self.window is not None
        self.window.grab().save(str(self.folder / f"{name}-{self.look}.png"))


def sign_in(camera: Camera, desk: Desk) -> MainWindow:
    window = camera.open(desk)
    camera.keys(PASSPHRASE, Key.Key_Return)
    camera.settle(lambda: window.session is not None)
    return window


def go_live(camera: Camera, desk: Desk) -> QWidget:
    window = sign_in(camera, desk)
    camera.keys(Key.Key_Return)
    camera.shoot("3-identity")
    camera.keys(Key.Key_Return)
    camera.shoot("3-start")
    camera.keys(Key.Key_Return)
    desk.clock.advance(700)
    desk.live.next_phase(desk.clock.now())
    page = window.front
    assert page is not None
    page.widget.refresh()  # type: ignore[attr-defined]
    camera.settle()
    return page.widget


def rate_through(camera: Camera, desk: Desk) -> None:
    def note(text: str, seconds: float) -> None:
        desk.clock.advance(seconds)
        camera.keys("n")
        desk.clock.advance(8)
        camera.keys(text, Key.Key_Return)

    def rate(figure: str, seconds: float) -> None:
        desk.clock.advance(seconds)
        camera.keys(figure)

    camera.keys(Key.Key_Down)
    rate("4", 185)
    note("Says who asked for the visit, and why.", 15)
    camera.keys(Key.Key_Up)
    rate("5", 50)
    note("Phone rings, candidate lets it ring.", 120)
    camera.keys("f", Key.Key_Down, Key.Key_Down)
    rate("4", 110)
    camera.keys(Key.Key_Down)
    rate("3", 50)
    note("Accepts “he is fine with them” and moves on.", 60)
    rate("4", 60)
    note("Waits. Lets the silence work. Mother starts talking about nights.", 100)
    camera.keys(Key.Key_Up)
    rate("5", 60)
    camera.keys("[")
    desk.clock.advance(90)
    camera.keys("]", Key.Key_Down, Key.Key_Down, Key.Key_Down)
    rate("6", 60)
    note("Says plainly what happens if the plan is not kept. No threat in the voice.", 10)
    camera.keys(Key.Key_Up, Key.Key_Up)
    desk.clock.advance(150)


def live(camera: Camera) -> None:
    desk = Desk()
    page = go_live(camera, desk)
    rate_through(camera, desk)
    page.refresh()  # type: ignore[attr-defined]
    end = time.monotonic() + 0.4
    camera.settle(lambda: time.monotonic() > end)
    camera.shoot("4-live")
    camera.keys(Key.Key_Right)
    camera.shoot("4-live-focus")
    write_and_save(camera, desk, page)
    camera.keys(Key.Key_F1)
    camera.shoot("4-live-keys")
    camera.keys(Key.Key_F1)
    others(camera, desk, page)
    camera.keys("p", "Fire bell", Key.Key_Return)
    camera.shoot("4-live-paused")
    camera.keys("p")
    camera_troubles(camera, desk)
    page.bar.buttons["next"].click()  # type: ignore[attr-defined]
    camera.shoot("4-live-end")
    camera.keys(Key.Key_Return)
    for _ in range(2):
        desk.clock.advance(3000)
        page.refresh()  # type: ignore[attr-defined]
        page.bar.buttons["next"].click()  # type: ignore[attr-defined]
        camera.settle()
    camera.shoot("4-live-done")
    camera.keys(Key.Key_Return)
    review(camera, desk)


def write_and_save(camera: Camera, desk: Desk, page: Any) -> None:
    """A note half written, the phrases, a mark on its way to the disk, one that was refused, one taken back."""
    page.setFocus(Qt.FocusReason.OtherFocusReason)
    camera.keys("n")
    desk.clock.advance(14)
    camera.keys("Mother: partner “comes and goes”. Candidate asks when he last stayed")
    page.refresh()
    camera.shoot("4-live-note")
    camera.keys(Key.Key_F2)
    camera.shoot("4-live-phrases")
    camera.keys(Key.Key_Escape, Key.Key_Escape)
    desk.hold()
    camera.keys("5")
    camera.shoot("4-live-saving")
    desk.release()
    desk.refuse(DiskFull("There is no room left on the disk.", advice="Free some space; everything ticked is safe."))
    camera.keys("6")
    camera.shoot("4-live-not-saved")
    camera.keys("6")
    desk.clock.advance(3)
    camera.keys(Key.Key_Backspace)
    camera.shoot("4-live-withdrawn")


def camera_troubles(camera: Camera, desk: Desk) -> None:
    """The camera lost, standing still, and back."""
    desk.live.camera("lost", "Camera lost", "The camera gives no picture. Scoring goes on; the gap is written down.")
    camera.shoot("4-live-lost")
    still = "The picture has not changed for some seconds. Unplug the camera and plug it in again."
    desk.live.camera("recording", "Check the picture", f"{still} Scoring goes on.")
    camera.shoot("4-live-still")
    back = "The recording goes on. No picture for 0:04: The network camera has stopped sending. It is on record."
    desk.live.camera("recording", "Recording", back)
    camera.shoot("4-live-back")
    desk.live.camera("recording", "Recording")


def others(camera: Camera, desk: Desk, page: Any) -> None:
    """Somebody else is there; a note chosen by the mouse; a window without the keyboard."""
    desk.others = [c for c in desk.assess.today(desk.clock.now()).sittings if c.sitting in ("sit-9", "sit-12")]
    page.keys.wrong_candidate()
    camera.shoot("4-live-other")
    page.other.back.click()
    notes = page.notes.list
    place = notes.visualRect(notes.model().index(1, 0)).center()
    QTest.mouseClick(notes.viewport(), Qt.MouseButton.LeftButton, pos=place)
    camera.shoot("4-live-note-chosen")
    page.event(QEvent(QEvent.Type.WindowDeactivate))
    camera.shoot("4-live-deaf")
    page.event(QEvent(QEvent.Type.WindowActivate))
    camera.settle()


def review(camera: Camera, desk: Desk) -> None:
    window = camera.window
    assert window is not None and window.front is not None
    page = window.front.widget
    camera.shoot("5-review")
    port = desk.assess.review_port
    for row in port.view().rows:
        if row.value is None:
            if row.number == 7:
                port.give_reason(row.criterion, "The chance did not come up.", desk.clock.now())
                continue
            port.rate(row.criterion, 5, desk.clock.now())
        port.comment(row.criterion, "Safe and clear overall. Risk questions came late.", desk.clock.now())
    page.refresh()  # type: ignore[attr-defined]
    page.panel.person.setChecked(True)  # type: ignore[attr-defined]
    camera.shoot("5-review-nearly")
    page.panel.declared.setChecked(True)  # type: ignore[attr-defined]
    page.panel.passphrase.setText(PASSPHRASE)  # type: ignore[attr-defined]
    camera.shoot("5-review-ready")
    page.panel.button.click()  # type: ignore[attr-defined]
    camera.settle(lambda: bool(desk.assess.review_port.signed_with))
    camera.settle(lambda: page.signed)  # type: ignore[attr-defined]
    camera.shoot("5-review-signed")
    page.panel.amend.click()  # type: ignore[attr-defined]
    camera.shoot("5-review-amend")
    page.lines[0].scale.chosen.emit(4)  # type: ignore[attr-defined]
    page.panel.reason.setPlainText("I read my note again: the phone was answered.")  # type: ignore[attr-defined]
    page.panel.amend_passphrase.setText(PASSPHRASE)  # type: ignore[attr-defined]
    page.panel.amend_button.click()  # type: ignore[attr-defined]
    camera.settle(lambda: page.panel.second.isVisible())  # type: ignore[attr-defined]
    camera.shoot("5-review-second")
    window.show_page("records")
    camera.settle(lambda: bool(window.front.cards))  # type: ignore[union-attr, attr-defined]
    camera.shoot("5-records")
    window.show_page("room")
    camera.settle(lambda: window.front is not None and window.front.key == "room")
    camera.shoot("2-room")
    window._lock_idle()
    camera.shoot("1-locked")


def opening(camera: Camera) -> None:
    window = camera.open(Desk(enrolled=False))
    camera.shoot("0-first-run")
    window.front.centre.click()  # type: ignore[union-attr, attr-defined]
    camera.shoot("0-first-run-centre")
    desk = Desk()
    camera.open(desk)
    camera.shoot("1-sign-in")
    camera.keys("wrong", Key.Key_Return)
    camera.settle(lambda: bool(camera.window.front.trouble.text()))  # type: ignore[union-attr, attr-defined]
    camera.shoot("1-sign-in-wrong")
    desk.assess.quiet = True
    sign_in(camera, desk)
    camera.settle(lambda: bool(camera.window.front.checks))  # type: ignore[union-attr, attr-defined]
    camera.shoot("2-today")
    camera.keys(Key.Key_Return)
    camera.shoot("2-today-why")
    desk.assess.own_phrases = (("lis", "Lets the family finish."), ("eye", "Keeps eye contact."))
    camera.window.show_page("phrases")  # type: ignore[union-attr]
    camera.shoot("2-phrases")


def practice(camera: Camera) -> None:
    desk = Desk()
    window = sign_in(camera, desk)
    window.front.practice.button.click()  # type: ignore[union-attr, attr-defined]
    camera.settle(lambda: window.front is not None and window.front.key == "live")
    camera.keys(Key.Key_Return, Key.Key_Return)
    camera.shoot("6-practice")


def own_and_sticks(camera: Camera) -> None:
    """What one person does with their passphrase, a machine with a stick, and a manager with what was signed."""
    desk = Desk()
    window: Any = sign_in(camera, desk)
    window._open_own()
    camera.shoot("7-own")
    camera.keys(PASSPHRASE, Key.Key_Return)
    camera.settle(lambda: window.front.sheet is not None)
    camera.shoot("7-own-sheet")
    desk.backup_gate.clear()
    window._open_backup()
    camera.keys("/media/stick")
    window.front._busy = True
    window.front.line.say(say("backup.stay"), "quiet")
    window.front._render("copying", 214, 388)
    camera.shoot("7-backup")
    window.front._over()
    window.lock()
    window.front.forgotten.click()
    camera.shoot("7-forgotten")
    window = camera.open(Desk(enrolled=False))
    window.front.restore.click()
    camera.shoot("7-restore")
    manager = ManagerDesk(centre=DeskCentre())
    window = camera.open(manager)  # type: ignore[arg-type]
    window.sign_in(manager)
    window.show_page("centre.records")
    camera.settle(lambda: bool(window.front.records))
    camera.shoot("7-records")
    giving = window.front.panel.giving
    window.front.panel.choices["give"].setChecked(True)
    camera.settle(lambda: giving.start.isVisible())
    giving._take(751_000, 778_250)
    giving.give.file.setText("S-0001-clip.mp4")
    camera.shoot("7-records-giving")
    window.front.panel.choices["notes"].setChecked(True)
    camera.shoot("7-records-erasing")


def door_and_corrections(camera: Camera) -> None:
    """At the door, with the tick about training; corrections that wait, on the board and on their page."""
    manager = ManagerDesk(centre=DeskCentre())
    manager.second = DeskSecond([sample_correction(4), sample_correction(7)])
    window: Any = camera.open(manager)  # type: ignore[arg-type]
    window.sign_in(manager)
    camera.settle(lambda: bool(window.front.corrections.count))
    camera.shoot("8-board-corrections")
    window.front.corrections.open()
    camera.settle(lambda: bool(window.front.shown))
    camera.shoot("8-corrections")
    window.show_page("centre.check_in")
    window.front.search.setText("11")
    camera.keys(Key.Key_Return)
    panel = window.front.panel
    for box in (panel.identity, panel.given, panel.training):
        box.setChecked(True)
    camera.shoot("8-check-in-training")


def damaged_recording(camera: Camera) -> None:
    """A recording that is not what was signed: said in the bar, the part itself never shown."""
    moderate = DeskModerate(DrawnPictures())
    moderate.damage = IntegrityBroken("The recording’s file 0001.obsv is not what was signed.", subject="0001.obsv")
    desk = ManagerDesk(moderate=moderate)
    window: Any = camera.open(desk)  # type: ignore[arg-type]
    window.sign_in(desk)
    camera.keys(Key.Key_Return)
    camera.settle(lambda: window.front.key == "moderate.replay" and window.front.chrome().status is not None)
    camera.settle(lambda: "damaged" in window.front.chrome().status[1])
    camera.shoot("9-replay-damaged")


COLOURS = 64
SCREENS = Path(__file__).parents[2] / "docs" / "screens"
# At 200 % and at 1920x1080 the pages, not every state of them.
LARGE = ("2-today", "3-identity", "4-live", "4-live-note", "4-live-lost", "4-live-deaf", "5-review", "5-review-second",
         "5-records", "7-own", "7-records-erasing", "1-locked", "2-room", "4-live-still",
         "8-check-in-training", "8-board-corrections", "8-corrections", "9-replay-damaged")  # fmt: skip
WIDE = ("2-today", "4-live", "5-review")


def take(app: QApplication, folder: Path, looks: Sequence[str]) -> None:
    """Every picture of the looks, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for look in looks:
        camera = Camera(app, folder, look)
        opening(camera)
        live(camera)
        practice(camera)
        own_and_sticks(camera)
        door_and_corrections(camera)
        damaged_recording(camera)
        if camera.window is not None:
            camera.window.close()


def for_the_documents(app: QApplication) -> None:
    """The pictures of docs/screens.md, in place of those that are there."""
    from scripts.guide_pictures import paletted

    with tempfile.TemporaryDirectory() as name:
        take(app, Path(name), ("light", "dark", "large", "wide"))
        SCREENS.mkdir(exist_ok=True)
        for old in SCREENS.glob("[0-9]-*.png"):
            old.unlink()
        for file in sorted(Path(name).glob("*.png")):
            state, _, look = file.stem.rpartition("-")
            if look in ("light", "dark") or state in (LARGE if look == "large" else WIDE):
                paletted(file, COLOURS).save(str(SCREENS / file.name), None, 0)  # type: ignore[call-overload]


def main() -> int:
    app = QApplication([])
    if sys.argv[1] == "--docs":
        for_the_documents(app)
    else:
        take(app, Path(sys.argv[1]), sys.argv[2:] or list(LOOKS))
    return 0


if __name__ == "__main__":
    sys.exit(main())
