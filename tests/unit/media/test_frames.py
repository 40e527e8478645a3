# SPDX-License-Identifier: GPL-3.0-or-later
"""The exact frame of every moment, across segments and gaps; the number drawn in the picture is the witness."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from observer_app.capture.drawing import read_frame_number
from observer_app.capture.made_recording import make_recording
from observer_app.errors import BadInput, IntegrityBroken
from observer_app.media.container import segment_path
from observer_app.media.frames import _ticks
from observer_app.media.opened import open_recording
from observer_app.media.timeline import Gap, Position
from observer_app.workflows.film import Film
from tests.benchmarks.films import copied_recording, noisy_clip, with_tones
from tests.unit.media.conftest import BOOT, FPS, KEY, ORIGIN_NS, RECORDING


def expected_number(ms: int) -> int:
    """The number of the last frame whose time, rounded to ms as recorded, is not after `ms`."""
    number = ms * FPS // 1000 + 1
    while round(number * 1000 / FPS) > ms:
        number -= 1
    return number


def number_or_none(rgb: NDArray[np.uint8]) -> int | None:
    try:
        return read_frame_number(rgb)
    except BadInput:
        return None


def test_every_jump_shows_the_last_frame_at_or_before_the_moment(recorded: Path) -> None:
    dice = random.Random(3)
    moments = [dice.randrange(0, 4000) for _ in range(30)] + [dice.randrange(6000, 9000) for _ in range(20)]
    moments += [0, 33, 34, 3999, 6000, 8999]
    dice.shuffle(moments)
    with open_recording(recorded, KEY) as recording:
        for ms in moments:
            frame = recording.frames.frame_at(ms)
            assert read_frame_number(frame.rgb) == expected_number(ms), ms
            assert frame.pts_ms == round(expected_number(ms) * 1000 / FPS)
            assert (frame.width, frame.height, frame.in_gap) == (640, 360, False)


@pytest.mark.parametrize("base", [Fraction(1, 1000), Fraction(1, 90_000), Fraction(1, 12_800)])
def test_a_seek_is_never_a_hair_too_early(base: Fraction) -> None:
    """That would be the key frame before: right in the end, and twice the work."""
    for ms in range(10_000):
        assert _ticks(ms, base) * base >= Fraction(ms, 1000) > (_ticks(ms, base) - 1) * base


def test_a_jump_decodes_no_more_than_its_own_group_of_pictures(recorded: Path) -> None:
    with open_recording(recorded, KEY) as recording:
        reader = recording.frames
        index = recording.indexes[0]
        keys = [index.frames_ms[place] for place in index.keys]
        assert len(keys) > 2
        for key in keys:
            reader.frame_at(8000)
            reader._decoder(1)._decoded = None  # as after a jump from afar
            reader._decoder(1)._kept.clear()
            reader.frame_at(key)
            assert len(reader._decoder(1)._kept) == 1, key


def test_a_jump_opens_nothing_but_what_lies_about_its_moment(recorded: Path) -> None:
    """And the film's first clusters, which say what is in it. All else is damaged: who opened it would say so."""
    with open_recording(recorded, KEY) as recording:
        clusters = recording.indexes[0].entries[1:]
    path = segment_path(recorded, 1)
    film = bytearray(path.read_bytes())
    for entry in clusters:
        if 750 <= entry.start_ms < 1750 or entry.start_ms >= 3000:
            film[entry.offset + entry.length // 2] ^= 1
    path.write_bytes(film)
    with open_recording(recorded, KEY) as recording:
        for ms in (2400, 2010, 2600):
            assert read_frame_number(recording.frames.frame_at(ms).rgb) == expected_number(ms)
        with pytest.raises(IntegrityBroken, match="cluster"):
            recording.frames.frame_at(1500)


def test_a_clusters_length_is_its_time_however_much_there_is_to_see(tmp_path: Path) -> None:
    """Every cluster is an entry to be read before the first picture."""
    clip = noisy_clip(tmp_path / "noisy.mp4", 3, noise=8.0)
    assert clip.stat().st_size * 8 / 3 > 8_000_000
    copied_recording(clip, tmp_path / RECORDING, KEY, RECORDING, 3)
    with open_recording(tmp_path / RECORDING, KEY) as recording:
        clusters = recording.indexes[0].entries[1:]
        assert len(clusters) <= 3 * 4 + 4
        assert all(c.end_ms - c.start_ms <= 300 for c in clusters)


def test_a_picture_may_be_asked_for_smaller_never_larger(recorded: Path) -> None:
    with open_recording(recorded, KEY) as recording:
        for fit, size in (((320, 320), (320, 180)), ((5000, 90), (160, 90)), ((5000, 5000), (640, 360))):
            frame = recording.frames.frame_at(1234, fit=fit)
            assert (frame.width, frame.height) == size == (frame.rgb.shape[1], frame.rgb.shape[0])
        assert read_frame_number(recording.frames.frame_at(1234, fit=(480, 480)).rgb) == 37


def test_inside_a_gap_the_picture_before_it_is_shown_and_said_so(recorded: Path) -> None:
    with open_recording(recorded, KEY) as recording:
        frame = recording.frames.frame_at(5000)
        assert frame.in_gap and read_frame_number(frame.rgb) == 119
        assert [(g.start_ms, g.end_ms) for g in recording.timeline.gaps] == [(4000, 6000)]
        assert recording.segments() == ((0, 4000), (6000, 9000))
        assert recording.duration_ms == 9000


def test_before_the_start_and_behind_the_end_the_nearest_frame_is_shown(recorded: Path) -> None:
    with open_recording(recorded, KEY) as recording:
        assert read_frame_number(recording.frames.frame_at(-50).rgb) == 0
        assert read_frame_number(recording.frames.frame_at(99_000).rgb) == 269


def test_stepping_goes_frame_by_frame_both_ways_and_over_a_gap(recorded: Path) -> None:
    with open_recording(recorded, KEY) as recording:
        reader = recording.frames
        reader.frame_at(3950)
        seen = [read_frame_number(reader.step(1).rgb) for _ in range(4)]
        assert seen == [119, 180, 181, 182]
        back = [read_frame_number(reader.step(-1).rgb) for _ in range(5)]
        assert back == [181, 180, 119, 118, 117]
        assert recording.step(3967, 1) == 6000 and recording.step(6000, -1) == 3967
        assert read_frame_number(reader.step(-500).rgb) == 0
        assert read_frame_number(reader.step(500).rgb) == 269


def test_clock_moments_find_their_frame_and_gaps_stay_gaps(recorded: Path) -> None:
    with open_recording(recorded, KEY) as recording:
        at = recording.timeline.locate(BOOT, ORIGIN_NS + 1_234_000_000)
        assert at == Position(1, 1234, 1234)
        assert recording.timeline.locate(BOOT, ORIGIN_NS + 7_500_000_000) == Position(2, 1500, 7500)
        assert recording.timeline.locate(BOOT, ORIGIN_NS + 7_500_000_000, latency_ms=200) == Position(2, 1700, 7700)
        assert recording.timeline.locate(BOOT, ORIGIN_NS + 5_000_000_000) == Gap(4000, 6000, 1, 2)
        assert isinstance(recording.timeline.locate("00" * 16, ORIGIN_NS), Gap)
        assert isinstance(recording.timeline.locate(BOOT, ORIGIN_NS - 10_000_000_000), Gap)
        assert recording.timeline.monotonic_ns(7500) == (BOOT, ORIGIN_NS + 7_500_000_000)
        assert recording.timeline.monotonic_ns(5000) is None


def test_the_virtual_file_is_a_whole_matroska_with_length_and_sound(recorded: Path) -> None:
    with open_recording(recorded, KEY) as recording, av.open(recording.open_stream(2), "r") as container:
        assert abs((container.duration or 0) - 3_000_000) < 50_000
        numbers = [read_frame_number(f.to_ndarray(format="rgb24")) for f in container.decode(video=0)]
        assert numbers == list(range(180, 270))
    with open_recording(recorded, KEY) as recording, av.open(recording.open_stream(1), "r") as container:
        first = next(container.decode(audio=0))
        assert first.pts is not None and 0 <= float(first.pts * first.time_base) <= 0.022
        sound = np.concatenate([f.to_ndarray().reshape(-1) for f in container.decode(audio=0)])
        assert len(sound) / 48_000 == pytest.approx(4.0, abs=0.1)
        assert np.abs(sound).max() > 0.05


def test_nothing_in_a_segment_lies_before_its_first_picture(recorded: Path) -> None:
    """Players shift the whole picture when sound begins below 0 (the AAC encoder's priming)."""
    with open_recording(recorded, KEY) as recording, av.open(recording.open_stream(1), "r") as container:
        times = [(p.stream.type, p.pts) for p in container.demux() if p.pts is not None]
    assert min(pts for _, pts in times) == 0 and times[0] == ("video", 0)


def test_sound_and_picture_stay_together(recorded: Path, clip: Path) -> None:
    """The recorded speech lies where the film has it, to a few milliseconds."""

    def line(source: object) -> NDArray[np.float64]:
        found = np.zeros(4 * 48_000)
        with av.open(source, "r") as film:
            for frame in film.decode(audio=0):
                part = frame.to_ndarray().reshape(-1)
                at = round(float(frame.pts * frame.time_base) * 48_000)
                if 0 <= at < len(found):
                    found[at : at + len(part)] = part[: len(found) - at]
        return found

    with open_recording(recorded, KEY) as recording:
        ours, theirs = line(recording.open_stream(1)), line(str(clip))
    match = np.fft.irfft(np.fft.rfft(theirs) * np.conj(np.fft.rfft(ours)))
    lag = int(np.argmax(match))
    lag = lag if lag < len(match) // 2 else lag - len(match)
    assert abs(lag) / 48 < 5.0


def test_the_waveform_is_silent_in_the_gap_and_loud_where_there_is_speech(recorded: Path) -> None:
    with open_recording(recorded, KEY) as recording:
        line = recording.waveform(90)
    assert len(line) == 90 and max(line[45:58]) == 0.0
    assert max(line[5:38]) > 0.1 and max(line) <= 1.0


def test_the_waveform_is_loud_at_the_seconds_where_there_is_sound_and_nowhere_else(clip: Path, tmp_path: Path) -> None:
    """A sound of 1 s, one of 0.2 s after the gap, and one that ends with the recording."""
    sounds = ((1.5, 0), (1.0, 700), (4.0, 0), (0.2, 300), (1.3, 0), (1.0, 900))
    film = with_tones(clip, tmp_path / "sounds.mp4", sounds)
    pieces = [(0.0, 4.0), (6.0, 9.0)]
    make_recording(film, tmp_path / RECORDING, KEY, RECORDING, pieces, origin_ns=ORIGIN_NS, boot_id=BOOT)
    with open_recording(tmp_path / RECORDING, KEY) as recording:
        line = recording.waveform(90)  # 0.1 s each
        coarse = Film([recording]).waveform(9)
    loud = {number for number, peak in enumerate(line) if peak > 0.4}
    quiet = {number for number, peak in enumerate(line) if peak < 0.02}
    there = {*range(15, 25), *range(65, 67), *range(80, 90)}
    beside = {14, 25, 64, 67, 79}  # a piece of sound (21 ms) may lie over the edge
    assert there <= loud <= there | beside and quiet | beside >= set(range(90)) - there
    assert [peak > 0.4 for peak in coarse[:7]] == [False, True, True, False, False, False, True]


def test_a_thumbnail_is_the_picture_of_the_middle_of_its_stretch(recorded: Path) -> None:
    with open_recording(recorded, KEY) as recording:
        for count in (3, 9, 10):  # of five and ten stretches some have their middle in the gap
            middles = [9000 * (2 * n + 1) // (2 * count) for n in range(count)]
            there = [expected_number(ms if ms < 4000 or ms >= 6000 else 3999) for ms in middles]
            for shown in (recording, Film([recording])):
                small = shown.thumbnails(count, 180)
                assert {(wide, high) for wide, high, _ in small} == {(320, 180)}
                pixels = [np.frombuffer(rgb, np.uint8).reshape(180, 320, 3) for _, _, rgb in small]
                assert [read_frame_number(picture) for picture in pixels] == there
        assert [(w, h, len(b)) for w, h, b in recording.thumbnails(3, 90)] == [(160, 90, 160 * 90 * 3)] * 3


def test_an_exact_cut(recorded: Path, tmp_path: Path) -> None:
    with open_recording(recorded, KEY) as recording:
        recording.export_clip(1010, 7000, tmp_path / "cut.mp4", "for an appeal")
        with pytest.raises(BadInput):
            recording.export_clip(4200, 5800, tmp_path / "none.mp4")
    with av.open(str(tmp_path / "cut.mp4")) as cut:
        frames = [(float(f.time or 0), number_or_none(f.to_ndarray(format="rgb24"))) for f in cut.decode(video=0)]
    assert frames[0] == (0.0, 30)  # 1010 ms shows frame 30 (1000 ms)
    assert frames[1][1] == 31 and frames[1][0] == pytest.approx(0.023, abs=0.002)
    assert frames[-1][1] == 209 and frames[-1][0] == pytest.approx(5.957, abs=0.002)
    assert [n for _, n in frames if n is not None] == [*range(30, 120), *range(180, 210)]
    assert [at for at, n in frames if n is None] == [pytest.approx(2.990, abs=0.002)]  # the gap, dark, from its start
    with av.open(str(tmp_path / "cut.mp4")) as cut:
        assert cut.metadata["comment"] == "for an appeal"
        heard = [(float(f.time or 0), float(f.time or 0) + f.samples / f.sample_rate) for f in cut.decode(audio=0)]
    assert heard[0][0] < 0.03 and heard[-1][1] == pytest.approx(5.99, abs=0.03)


def test_the_sound_of_a_clip_is_that_of_its_pictures(recorded: Path, clip: Path, tmp_path: Path) -> None:
    """To a few milliseconds, by correlation with the film that was recorded."""
    with open_recording(recorded, KEY) as recording:
        recording.export_clip(1210, 3210, tmp_path / "cut.mp4")

    def line(source: str, from_s: float, length_s: float) -> NDArray[np.float64]:
        found = np.zeros(round(length_s * 48_000))
        with av.open(source) as film:
            for frame in film.decode(audio=0):
                part = frame.to_ndarray().reshape(-1)
                at = round((float(frame.pts * frame.time_base) - from_s) * 48_000)
                if 0 <= at < len(found):
                    found[at : at + len(part)] = part[: len(found) - at]
        return found

    ours, theirs = line(str(tmp_path / "cut.mp4"), 0, 2), line(str(clip), 1.21, 2)
    match = np.fft.irfft(np.fft.rfft(theirs) * np.conj(np.fft.rfft(ours)))
    lag = int(np.argmax(match))
    assert abs(lag if lag < len(match) // 2 else lag - len(match)) / 48 < 12.0


@pytest.mark.parametrize(("start_ms", "end_ms"), [(1000, 2000), (1013, 1991), (1007, 1016)])
def test_no_sound_of_before_or_after_is_in_a_clip(clip: Path, tmp_path: Path, start_ms: int, end_ms: int) -> None:
    """The second before has one tone, the second after another; between them a third, from end to end."""
    film = with_tones(clip, tmp_path / "tones.mp4", ((1.0, 500), (1.0, 2000), (1.0, 5000)))
    make_recording(film, tmp_path / RECORDING, KEY, RECORDING, [(0.0, 3.0)], origin_ns=ORIGIN_NS, boot_id=BOOT)
    with open_recording(tmp_path / RECORDING, KEY) as recording:
        recording.export_clip(start_ms, end_ms, tmp_path / "cut.mp4")
    with av.open(str(tmp_path / "cut.mp4")) as cut:
        sound = np.concatenate([f.to_ndarray().reshape(-1) for f in cut.decode(audio=0)])
    wide = round((end_ms - start_ms) * 48)
    spectrum = np.abs(np.fft.rfft(sound)) ** 2
    hertz = np.fft.rfftfreq(len(sound), 1 / 48_000)
    shares = [spectrum[abs(hertz - tone) < 200].sum() / spectrum.sum() for tone in (500, 2000, 5000)]
    assert shares[0] < 0.001 and shares[1] > 0.9 and shares[2] < 0.001  # 21 ms too many: 0.005
    assert 0 <= len(sound) - wide < 1024  # the encoder's last block is filled up with silence
    pieces = np.abs(sound[: wide // 96 * 96].reshape(-1, 96)).max(axis=1)  # 2 ms each
    assert pieces[1:-1].min() > 0.3  # and there is no hole in it


def test_a_folder_without_a_recording_and_a_wrong_key_are_refused_in_words(recorded: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="holds no recording"):
        open_recording(tmp_path / "empty", KEY)
    with pytest.raises(BadInput, match="32 bytes"):
        open_recording(recorded, b"short")
    with pytest.raises(Exception, match="entry 0 does not open with the recording's key"):
        open_recording(recorded, bytes(32))
    with pytest.raises(Exception, match="another recording"):
        open_recording(recorded, KEY, recording="ff" * 16)
    assert open_recording(recorded, KEY, recording=RECORDING).close() is None
