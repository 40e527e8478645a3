# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the microphone that is listened to is still the one chosen, where PulseAudio (or PipeWire in its place) gives
the sound.

When a microphone is pulled out, PulseAudio moves whoever listens to it on to another one without a word, and Qt 6.11
goes on naming what is gone among the microphones there are. So the server itself is asked ten times a second whether
the chosen one is there, under the number it had: put in again it has another, and whoever listened had been moved.
"""

from __future__ import annotations

import ctypes
import sys
import time
from typing import Any

__all__ = ["ChosenMicrophone"]

_READY, _FAILED = 4, 5  # of a connection; what is above is over too
_NO_AUTOSPAWN = 1
_ASK_EVERY_S = 0.1  # so long another one's sound may be taken for it
_FIRST_S = 1.0
_STEP_S = 0.005


class _Info(ctypes.Structure):
    """The beginning of what PulseAudio says of a source."""

    _fields_ = (("name", ctypes.c_char_p), ("index", ctypes.c_uint32))


_Told = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(_Info), ctypes.c_int, ctypes.c_void_p)


def _library() -> Any:
    """PulseAudio's own library with the few calls needed here; None where there is none."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        lib: Any = ctypes.CDLL("libpulse.so.0")
    except OSError:
        return None
    pointer, number = ctypes.c_void_p, ctypes.c_int
    for name, result, *takes in (
        ("pa_mainloop_new", pointer),
        ("pa_mainloop_get_api", pointer, pointer),
        ("pa_mainloop_iterate", number, pointer, number, pointer),
        ("pa_mainloop_free", None, pointer),
        ("pa_context_new", pointer, pointer, ctypes.c_char_p),
        ("pa_context_connect", number, pointer, ctypes.c_char_p, number, pointer),
        ("pa_context_get_state", number, pointer),
        ("pa_context_get_source_info_by_name", pointer, pointer, ctypes.c_char_p, _Told, pointer),
        ("pa_context_disconnect", None, pointer),
        ("pa_context_unref", None, pointer),
        ("pa_operation_unref", None, pointer),
    ):
        call = getattr(lib, name)
        call.restype, call.argtypes = result, takes
    return lib


class ChosenMicrophone:
    """Watches one microphone by PulseAudio's name for it, from before it is listened to until `close`. One thread."""

    def __init__(self, name: str) -> None:
        """Waits until the server has answered, a second at most. Of what it does not know nothing is ever claimed."""
        self._name = name.encode()
        self._lib = _library()
        self._context: Any = None
        self._asking: Any = None
        self._now: int | None = None  # its number, as the answer that is coming in has it
        self._number: int | None = None  # as it was when it was chosen
        self._gone = False
        self._told = _Told(self._take)  # kept, for the library does not
        self._asked_at = 0.0
        if self._lib is not None:
            self._connect()

    def _connect(self) -> None:
        self._loop = self._lib.pa_mainloop_new()
        self._context = self._lib.pa_context_new(self._lib.pa_mainloop_get_api(self._loop), b"Observer")
        self._lib.pa_context_connect(self._context, None, _NO_AUTOSPAWN, None)
        until = time.monotonic() + _FIRST_S
        while self._number is None and not self._gone and self._context is not None and time.monotonic() < until:
            self._step()
            time.sleep(_STEP_S)
        if self._number is None:
            self.close()  # not PulseAudio's: Qt has another way to the sound there

    @property
    def gone(self) -> bool:
        """Whether it is not there any more, as of a moment ago. To be looked at many times a second."""
        if self._context is not None:
            self._step()
        return self._gone and self._number is not None

    def _step(self) -> None:
        """What has come from the server, and the next question when it is due. Never waits."""
        while self._lib.pa_mainloop_iterate(self._loop, 0, None) > 0:
            pass
        state = self._lib.pa_context_get_state(self._context)
        if state >= _FAILED:
            self.close()  # without its server the microphone gives nothing, which is heard
        elif state == _READY and self._asking is None and time.monotonic() - self._asked_at >= _ASK_EVERY_S:
            self._asked_at, self._now = time.monotonic(), None
            self._asking = self._lib.pa_context_get_source_info_by_name(self._context, self._name, self._told, None)

    def _take(self, _context: int, info: Any, end: int, _data: int) -> None:
        """Called out of `_step`: first with what was asked for, if it is there, then with the end of the answer."""
        if end == 0:
            self._now = int(info.contents.index)
            return
        if self._number is None:
            self._number = self._now
        self._gone = self._now is None or self._now != self._number
        if self._asking is not None:
            self._lib.pa_operation_unref(self._asking)
            self._asking = None

    def close(self) -> None:
        """Let go of the server."""
        if self._context is None:
            return
        if self._asking is not None:
            self._lib.pa_operation_unref(self._asking)
            self._asking = None
        self._lib.pa_context_disconnect(self._context)
        self._lib.pa_context_unref(self._context)
        self._lib.pa_mainloop_free(self._loop)
        self._context = None
