# SPDX-License-Identifier: GPL-3.0-or-later
"""What capture says to people outside its errors, by key (`observer_app.wording`).

The recorder sends a note's code alone to the window: the words are the window's, in its language.
"""

from __future__ import annotations

from observer_app.wording import register, say

__all__ = ["say"]

register(
    {
        "capture.awake": "An interview is being recorded",
        "capture.ended": "The file is over.",
        "capture.held_up": "The disk does not take the recording.",
        "capture.held_up.do": "Go on rating. If it goes on, tell the centre manager: the disk may be failing.",
        "capture.missed": "The computer did not keep up with the camera.",
        "capture.note.blurred": "The picture is out of focus.",
        "capture.note.blurred.do": "Clean the lens or set the camera's focus.",
        "capture.note.covered": "The picture shows nothing but one colour.",
        "capture.note.covered.do": "Check that nothing covers the camera.",
        "capture.note.dark": "The picture is nearly black.",
        "capture.note.dark.do": "Turn on the light or take the cap off the camera.",
        "capture.note.dropping": "The computer does not keep up with the camera: pictures are being lost.",
        "capture.note.dropping.do": "Close other programs on this computer.",
        "capture.note.frozen": "The picture has not changed for some seconds.",
        "capture.note.frozen.do": "Unplug the camera and plug it in again.",
        "capture.note.seldom": "The camera sends a whole picture only every few seconds.",
        "capture.note.seldom.do": "Set its key-frame interval (also called I-frame or GOP) to one second, in the "
        "camera's own settings.",
        "capture.note.silent": "There is no sound.",
        "capture.note.silent.do": "Check that the microphone is on and is the one chosen.",
        "capture.note.small": "The picture is very small.",
        "capture.note.small.do": "Choose a larger picture in the camera's settings.",
        "capture.note.upright": "The picture stands upright.",
        "capture.note.upright.do": "Turn the camera on its side.",
        "capture.planned_end": "The recording has stopped at its planned end.",
    }
)
