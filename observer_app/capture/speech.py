# SPDX-License-Identifier: GPL-3.0-or-later
"""Spoken sentences for made clips, by eSpeak NG where the wheel `espeakng-loader` is installed."""

from __future__ import annotations

import ctypes
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["speak"]

_RATE = 48_000
_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS of espeak's speak_lib.h
_lock = threading.Lock()
_loaded: tuple[Any, int] | None = None


def speak(text: str, voice: str = "en-gb") -> NDArray[np.float32]:
    """`text` as mono samples (-1 to 1) at 48 kHz. Without eSpeak NG: a soft hum with the rhythm of the words."""
    with _lock:
        engine = _engine()
        if engine is None:
            return _hum(text)
        library, rate = engine
        raw = _synthesise(library, text, voice)
    return _at_our_rate(raw, rate)


def _engine() -> tuple[Any, int] | None:
    global _loaded
    if _loaded is None:
        try:
            import espeakng_loader
        except ImportError:
            return None
        library = ctypes.CDLL(str(espeakng_loader.get_library_path()))
        data = str(espeakng_loader.get_data_path()).encode()
        rate = library.espeak_Initialize(ctypes.c_int(_SYNCHRONOUS), ctypes.c_int(0), data, ctypes.c_int(0))
        if rate <= 0:
            return None
        _loaded = (library, rate)
    return _loaded


def _synthesise(library: Any, text: str, voice: str) -> bytes:
    got = bytearray()

    def take(wave: Any, count: int, _: Any) -> int:
        if wave and count > 0:
            got.extend(ctypes.string_at(wave, count * 2))
        return 0

    kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
    callback = kind(take)
    library.espeak_SetSynthCallback(callback)
    if library.espeak_SetVoiceByName(voice.encode()) != 0:
        library.espeak_SetVoiceByName(b"en")
    said = text.encode()
    library.espeak_Synth(ctypes.c_char_p(said), ctypes.c_size_t(len(said) + 1), 0, 0, 0, 1, None, None)
    library.espeak_Synchronize()
    return bytes(got)


def _at_our_rate(raw: bytes, rate: int) -> NDArray[np.float32]:
    import numpy as np

    samples = np.asarray(np.frombuffer(raw, dtype=np.int16) / 32768, dtype=np.float32)
    if not len(samples):
        return samples
    places = np.arange(int(len(samples) * _RATE / rate)) * (rate / _RATE)
    return np.asarray(np.interp(places, np.arange(len(samples)), samples), dtype=np.float32)


def _hum(text: str) -> NDArray[np.float32]:
    import numpy as np

    parts = []
    for word in text.split():
        time = np.arange(int(_RATE * 0.07 * max(len(word), 2))) / _RATE
        swell = np.sin(np.pi * time / time[-1]) ** 2
        parts += [0.2 * swell * np.sin(2 * np.pi * 170 * time), np.zeros(_RATE // 20)]
    return np.asarray(np.concatenate(parts or [np.zeros(1)]), dtype=np.float32)
