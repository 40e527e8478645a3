# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture that is shown is the picture of the moment, jumped to, stepped to or played; its drawn number says so."""

from __future__ import annotations

import random

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtMultimedia import QAudioBuffer, QAudioBufferOutput, QAudioFormat
from pytestqt.qtbot import QtBot

from observer_app.media.opened import Recording
from observer_app.ui.player import Player
from observer_app.ui.player_picture import Picture
from tests.pages.replay import rested
from tests.simulators.drawing import number_in
from tests.ui.moderate.conftest import FPS

RATE = 48_000

pytestmark = pytest.mark.qt_log_ignore("No RHI backend", extend=True)  # a machine without a graphics card


def number_at(ms: int) -> int:
    """The number of the last frame whose time, in whole ms, is not after `ms`."""
    number = ms * FPS // 1000 + 1
    while round(number * 1000 / FPS) > ms:
        number -= 1
    return number


class Watched:
    """A player and the picture it paints into."""

    def __init__(self, qtbot: QtBot, recording: Recording, *, with_sound: bool = True) -> None:
        self.qtbot = qtbot
        self.picture = Picture()
        qtbot.addWidget(self.picture, before_close_func=lambda _: self._end())
        self.picture.resize(816, 459)
        self.player = Player(recording, with_sound=with_sound, parent=self.picture)
        self.player.in_gap.connect(self.picture.set_gap)
        self.player.shown.connect(self.picture.render_picture)
        self.seen: list[tuple[int, int]] = []
        self.player.shown.connect(lambda image, at: self.seen.append((number_in(image), at)))

    def _end(self) -> None:
        self.player.close()
        self.qtbot.waitUntil(lambda: not self.player.frames.busy)

    def want(self, *moments: int) -> None:
        """Marks stand at these moments; everything about them that can be fetched ahead is."""
        self.player.want(moments)
        self.qtbot.waitUntil(lambda: rested(self.player.frames.ahead), timeout=20_000)

    def jump(self, at_ms: int) -> int:
        """The number painted after a jump."""
        with self.qtbot.waitSignal(self.player.shown, timeout=10_000):
            self.player.jump(at_ms)
        return number_in(self.picture.picture)


@pytest.fixture
def watched(qtbot: QtBot, recording: Recording) -> Watched:
    return Watched(qtbot, recording)


def test_a_jump_paints_the_frame_of_the_moment(watched: Watched) -> None:
    dice = random.Random(11)
    for ms in [0, 34, 3999, 6000, 8999, *(dice.randrange(0, 4000) for _ in range(10)),
               *(dice.randrange(6000, 9000) for _ in range(10))]:  # fmt: skip
        assert watched.jump(ms) == number_at(ms), ms
        assert watched.player.at_ms == round(number_at(ms) * 1000 / FPS)


def test_what_is_painted_is_what_came(watched: Watched) -> None:
    watched.jump(2000)
    painted = watched.picture.grab().toImage().scaled(640, 360)
    assert number_in(painted) == number_at(2000)


def test_where_a_mark_stands_the_very_picture_is_there_before_the_click(watched: Watched) -> None:
    watched.player.set_size(400, 225)
    watched.jump(3333)
    fetched = watched.picture.picture.copy()
    watched.jump(100)
    watched.want(3333, 2000, 8123, 5000)
    for moment in (8123, 3333, 2000, 8123):
        watched.player.jump(moment)  # and no turn of the loop
        assert number_in(watched.picture.picture) == number_at(moment) and watched.player.at_ms <= moment
    watched.player.jump(3333)
    assert watched.picture.picture == fetched
    watched.player.jump(5000)
    assert watched.picture.picture.isNull()  # a gap is one all the same


def test_who_stood_on_a_picture_and_marked_it_has_it(watched: Watched) -> None:
    watched.jump(3333)
    watched.player.frames.ahead.hold(True)  # nothing is fetched
    watched.player.want([watched.player.at_ms])
    at_ms = watched.player.at_ms
    watched.jump(100)
    watched.player.jump(at_ms)
    assert number_in(watched.picture.picture) == number_at(at_ms)


def test_what_was_wished_before_never_comes_over_it(watched: Watched) -> None:
    watched.want(3333)
    watched.player.jump(1000)
    watched.player.jump(3333)
    watched.qtbot.waitUntil(lambda: not watched.player.frames.busy)
    assert number_in(watched.picture.picture) == number_at(3333) and watched.seen[-1][0] == number_at(3333)


def test_a_step_from_there_is_the_next_frame(watched: Watched) -> None:
    watched.want(3333)
    watched.player.jump(3333)
    with watched.qtbot.waitSignal(watched.player.shown, timeout=10_000):
        watched.player.step(1)
    assert number_in(watched.picture.picture) == number_at(3333) + 1


def test_the_decoder_follows_whoever_stays(watched: Watched, recording: Recording) -> None:
    watched.want(3333)
    watched.jump(8000)
    watched.player.jump(3333)
    place = recording.frames._decoder(1).place(3333)
    watched.qtbot.waitUntil(lambda: place in recording.frames._decoder(1)._kept, timeout=10_000)
    assert watched.seen[-1][0] == number_at(3333) and len(watched.seen) == 2  # and nothing is shown twice


def test_pictures_kept_have_a_bound_and_are_the_nearest_ones(qtbot: QtBot, recording: Recording) -> None:
    watched = Watched(qtbot, recording)
    frames = watched.player.frames
    one = 640 * 360 * 4
    frames.ahead._most = 3 * one + 1000
    moments = list(range(100, 3900, 400))
    watched.jump(1600)
    watched.want(*moments)
    assert frames.ahead.kept_bytes == 3 * one
    assert sorted(ms for ms in moments if frames.ahead.get(ms)) == [1300, 1700, 2100]
    watched.jump(3600)
    watched.want(*moments)
    assert sorted(ms for ms in moments if frames.ahead.get(ms)) == [2900, 3300, 3700]
    assert frames.ahead.kept_bytes == 3 * one
    watched.player.close()
    assert frames.ahead.kept_bytes == 0


def test_another_size_and_all_are_fetched_anew(watched: Watched) -> None:
    watched.player.set_size(320, 180)
    watched.want(3333)
    watched.player.set_size(480, 270)
    watched.qtbot.waitUntil(lambda: rested(watched.player.frames.ahead))
    watched.player.jump(3333)
    assert watched.picture.picture.width() == 480 and number_in(watched.picture.picture) == number_at(3333)


def test_nothing_is_fetched_ahead_while_it_plays(watched: Watched) -> None:
    watched.jump(100)
    watched.player.play()
    watched.player.want([3333])
    watched.qtbot.waitUntil(lambda: len(watched.seen) > 8, timeout=20_000)
    assert watched.player.frames.ahead.get(3333) is None
    watched.player.pause()
    watched.qtbot.waitUntil(lambda: watched.player.frames.ahead.get(3333) is not None, timeout=20_000)


def test_steps_go_frame_by_frame_both_ways_and_over_the_gap(watched: Watched) -> None:
    watched.jump(1000)
    for frames, number in ((1, 31), (1, 32), (-1, 31), (-1, 30), (-1, 29)):
        with watched.qtbot.waitSignal(watched.player.shown, timeout=10_000):
            watched.player.step(frames)
        assert number_in(watched.picture.picture) == number
    assert watched.jump(3999) == 119
    with watched.qtbot.waitSignal(watched.player.shown, timeout=10_000):
        watched.player.step(1)
    assert watched.player.at_ms == 6000 and number_in(watched.picture.picture) == 180


def test_of_many_wishes_the_last_is_fulfilled(watched: Watched) -> None:
    for ms in range(0, 4000, 100):
        watched.player.jump(ms)
    watched.player.jump(2500)
    watched.qtbot.waitUntil(lambda: watched.seen[-1:] == [(75, 2500)], timeout=10_000)
    assert len(watched.seen) < 20


def test_inside_the_gap_words_stand_and_never_a_picture_of_another_moment(watched: Watched) -> None:
    watched.jump(1000)
    watched.player.jump(3000)  # still on its way when the gap is asked for
    watched.player.jump(5000)
    assert watched.player.at_ms == 5000 and watched.picture.picture.isNull()
    assert watched.picture.words == "Nothing was recorded from 00:04 to 00:06, 2 s."
    assert watched.picture.accessibleName() == watched.picture.words
    watched.qtbot.waitUntil(lambda: not watched.player.frames.busy, timeout=10_000)
    assert watched.player.at_ms == 5000 and watched.picture.picture.isNull()
    painted = watched.picture.grab().toImage()
    assert number_in(painted.scaled(640, 360)) == -1
    assert watched.jump(6100) == 183 and watched.picture.words == ""


def test_a_step_out_of_the_gap_is_to_its_edge(watched: Watched) -> None:
    for frames, number in ((-1, 119), (1, 180), (-2, 118)):
        watched.player.jump(5000)
        with watched.qtbot.waitSignal(watched.player.shown, timeout=10_000):
            watched.player.step(frames)
        assert number_in(watched.picture.picture) == number


def test_a_picture_comes_in_the_size_it_is_shown_in(watched: Watched) -> None:
    watched.player.set_size(320, 400)
    watched.jump(2000)
    assert (watched.picture.picture.width(), watched.picture.picture.height()) == (320, 180)
    with watched.qtbot.waitSignal(watched.player.shown, timeout=10_000):
        watched.player.set_size(1280, 800)  # a larger window asks again; nothing is ever blown up
    assert watched.picture.picture.width() == 640 and number_in(watched.picture.picture) == 60


def test_playing_shows_each_picture_at_its_own_time_and_passes_over_the_gap(watched: Watched) -> None:
    watched.jump(3000)
    watched.seen.clear()
    watched.player.set_rate(2.0)
    watched.player.play()
    watched.qtbot.waitUntil(lambda: any(at > 7000 for _, at in watched.seen), timeout=30_000)
    watched.player.pause()
    assert not watched.player.playing
    for number, at in watched.seen:
        assert number == number_at(at + 1), (number, at)  # start times are whole microseconds, cut to ms
    moments = [at for _, at in watched.seen]
    assert moments == sorted(moments) and moments[0] >= 2940
    assert not any(4000 <= at < 6000 for at in moments)


def test_what_is_played_sounds_as_it_was_recorded(watched: Watched, recording: Recording) -> None:
    """What Qt's player gives to be heard, tapped before any loudspeaker, against the sound within the sealed file."""
    watched.jump(0)
    watched.player.play()
    watched.qtbot.waitUntil(lambda: bool(watched.seen), timeout=30_000)
    watched.player.pause()
    playing = watched.player._stream._player  # type: ignore[union-attr]
    tap, heard = QAudioBufferOutput(), np.zeros(4 * RATE, np.float32)

    def hear(buffer: QAudioBuffer) -> None:
        form = buffer.format()
        assert (form.sampleFormat(), form.channelCount(), form.sampleRate()) == (
            QAudioFormat.SampleFormat.Float,
            1,
            RATE,
        )
        put(heard, buffer.startTime() * RATE // 1_000_000, np.frombuffer(bytes(buffer.constData()), np.float32))

    tap.audioBufferReceived.connect(hear)
    playing.setAudioBufferOutput(tap)
    watched.jump(0)
    watched.player.play()
    watched.qtbot.waitUntil(lambda: watched.player.at_ms > 3000, timeout=30_000)
    watched.player.pause()
    playing.setAudioBufferOutput(None)
    told = np.zeros(4 * RATE, np.float32)
    with av.open(recording.open_stream(1), "r") as film:
        for frame in film.decode(audio=0):
            put(told, round(float(frame.pts * frame.time_base) * RATE), frame.to_ndarray().reshape(-1))
    ours, theirs = loudness(heard), loudness(told)
    assert theirs.max() > 0.05 and theirs.min() < 0.001, "somebody speaks, and pauses"
    alike = [float(np.corrcoef(np.roll(ours, late), theirs)[0, 1]) for late in range(-10, 11)]
    assert alike[10] == max(alike) > 0.95, alike


def loudness(line: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of every 20 ms of the first two and a half seconds."""
    parts = line[: RATE * 5 // 2].reshape(-1, RATE // 50)
    return np.sqrt((parts**2).mean(axis=1))


def put(line: NDArray[np.float32], at: int, part: NDArray[np.float32]) -> None:
    """Lays sound onto a line of time, samples from its beginning."""
    part = part[max(0, -at) : max(0, len(line) - at)]
    line[max(0, at) : max(0, at) + len(part)] = part


def test_pausing_leaves_the_exact_picture_that_was_playing(watched: Watched) -> None:
    watched.jump(500)
    watched.player.play()
    watched.qtbot.waitUntil(lambda: watched.player.at_ms > 900, timeout=30_000)
    watched.player.pause()
    at = watched.player.at_ms
    watched.qtbot.waitUntil(lambda: not watched.player.frames.busy, timeout=10_000)
    assert abs(watched.player.at_ms - at) <= 1
    assert number_in(watched.picture.picture) == number_at(watched.player.at_ms)


def test_at_the_end_it_stands_on_the_last_picture(watched: Watched) -> None:
    watched.jump(8600)
    watched.player.play()
    watched.qtbot.waitUntil(lambda: not watched.player.playing, timeout=30_000)
    watched.qtbot.waitUntil(lambda: number_in(watched.picture.picture) == 269, timeout=10_000)


def test_without_sound_the_pictures_still_run(qtbot: QtBot, recording: Recording) -> None:
    shown = Watched(qtbot, recording, with_sound=False)
    said: list[str] = []
    shown.player.said.connect(said.append)
    shown.jump(3500)
    shown.player.play()
    qtbot.waitUntil(lambda: any(at > 6300 for _, at in shown.seen), timeout=30_000)
    shown.player.pause()
    qtbot.waitUntil(lambda: not shown.player.frames.busy, timeout=10_000)
    assert said == ["This machine cannot play sound, so the picture runs without it."]
    assert all(number == number_at(at) for number, at in shown.seen)
