# SPDX-License-Identifier: GPL-3.0-or-later
"""Candidates' photos, brought in with the day's file: a folder `photos` beside it, each named by the ID.

A candidate without one is no fault: the booking system may have none. One that cannot be used is named, like a bad row.
"""

from __future__ import annotations

from pathlib import Path

from observer_app.errors import BadInput
from observer_app.media.still import picture_size

__all__ = ["PHOTOS", "photo_of"]

PHOTOS = "photos"
_SUFFIXES = (".jpg", ".jpeg", ".png")
_MAX_BYTES = 512 * 1024  # as a booking may carry (docs/formats.md, section 9)
_MAX_SIDE = 4000


def photo_of(file: Path, candidate: str) -> bytes:
    """The picture of a candidate beside the day's file, b"" when there is none. Raises BadInput naming the picture."""
    folder = file.parent / PHOTOS
    found = next((p for s in _SUFFIXES for p in (folder / f"{candidate}{s}", folder / f"{candidate}{s.upper()}")
                  if p.is_file()), None)  # fmt: skip
    if found is None:
        return b""
    try:
        with found.open("rb") as picture:
            data = picture.read(_MAX_BYTES + 1)
    except OSError as error:
        raise BadInput(
            f"The photo {found.name} cannot be read.", advice="Check that it is not open elsewhere."
        ) from error
    if len(data) > _MAX_BYTES:
        raise BadInput(f"The photo {found.name} is larger than 512 KB.", advice="Save it smaller, as JPEG.")
    size = picture_size(data, _MAX_SIDE)
    if size is None:
        raise BadInput(f"{found.name} is not a picture that can be shown.", advice="Save it again as JPEG or PNG.")
    return data
