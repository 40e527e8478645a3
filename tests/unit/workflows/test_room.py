# SPDX-License-Identifier: GPL-3.0-or-later
"""The room's camera page: by name or by address, by keys, and what is wrong said in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from observer_app.capture.items import SourceName
from observer_app.errors import BadInput
from observer_app.vault.device import DeviceStore
from observer_app.workflows.room import RoomDesk, camera_of, lock_minutes


@pytest.fixture
def desk(tmp_path: Path):  # type: ignore[no-untyped-def]
    store = DeviceStore(tmp_path / "device.db", bytes(32), create=True)
    cameras = [SourceName("0", "Room camera", "camera"), SourceName("2", "Spare camera", "camera")]
    yield RoomDesk(store, lambda: cameras, list), store, tmp_path
    store.close()


def test_a_camera_of_the_list_is_kept(desk) -> None:  # type: ignore[no-untyped-def]
    room, store, _ = desk
    assert room.view().camera == "0"
    room.use("2", "", "", False).result()
    assert (camera_of(store).source, camera_of(store).sound) == ("2", False)
    assert room.view().camera == "2"


def test_an_address_keeps_its_password_and_never_shows_it(desk) -> None:  # type: ignore[no-untyped-def]
    room, store, _ = desk
    room.use("", "rtsp://user:secret@10.0.0.9/stream", "", True).result()
    shown = room.view().address
    assert "secret" not in shown
    room.use("", shown, "", True).result()
    assert camera_of(store).source == "rtsp://user:secret@10.0.0.9/stream"


def test_how_late_a_cameras_picture_comes_is_kept_with_it(desk) -> None:  # type: ignore[no-untyped-def]
    room, store, _ = desk
    assert room.view().latency_ms == 0
    room.use("2", "", "", True, " 240 ").result()
    assert camera_of(store).latency_ms == room.view().latency_ms == 240
    for typed in ("-1", "5001", "soon", "2.5", "²"):
        with pytest.raises(BadInput, match="from 0 to 5000"):
            room.use("2", "", "", True, typed)
    assert camera_of(store).latency_ms == 240


@pytest.mark.parametrize("address", ["", "http://somewhere/", "nowhere.mp4", "/etc/hostname"])
def test_what_is_no_camera_is_said_in_a_sentence(desk, address: str) -> None:  # type: ignore[no-untyped-def]
    room, store, _ = desk
    with pytest.raises(BadInput) as caught:
        room.use("", address, "", True)
    assert caught.value.advice
    assert camera_of(store).source == "0"


def test_a_film_stands_in_for_a_camera_again_and_again(desk) -> None:  # type: ignore[no-untyped-def]
    room, store, folder = desk
    film = folder / "practice.mp4"
    film.write_bytes(b"film")
    room.use("", str(film), "", True).result()
    assert (camera_of(store).source, camera_of(store).loop) == (str(film), True)


def test_how_long_before_it_locks_is_the_machines(desk) -> None:  # type: ignore[no-untyped-def]
    room, store, _ = desk
    assert lock_minutes(store) == room.view().lock_min == 10
    room.lock_after(30).result()
    assert lock_minutes(store) == room.view().lock_min == 30
    for wrong in (0, 241):
        with pytest.raises(BadInput):
            room.lock_after(wrong).result()
    assert lock_minutes(store) == 30
