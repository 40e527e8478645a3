# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the files that come with the program are: the sample rubrics and the resources.

The same folder is in one of two places, looked for in this order:

1. beside the code: inside the installed package (the wheel puts it there) or inside the folder a
   frozen program unpacks to;
2. at the top of a checkout, next to `observer_app`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from observer_app.errors import EnvironmentFault

__all__ = ["shipped"]

_KINDS = ("rubrics", "resources")


def shipped(kind: str) -> Path:
    """The folder of shipped files of one kind, `"rubrics"` or `"resources"`.

    Raises `ValueError` for any other kind, `EnvironmentFault` when the installation is incomplete.
    """
    if kind not in _KINDS:
        raise ValueError(f"nothing of the kind {kind!r} is shipped; there are {', '.join(_KINDS)}")
    for place in _places(kind):
        if place.is_dir():
            return place
    raise EnvironmentFault(
        f"The folder “{kind}” that comes with Observer is missing.",
        advice="Install Observer again; your own work is kept elsewhere and is not touched.",
    )


def _places(kind: str) -> list[Path]:
    package = Path(__file__).resolve().parent
    places = [package / kind]
    frozen = getattr(sys, "_MEIPASS", None)
    if frozen is None:
        places.append(package.parent / kind)
    else:
        places.insert(0, Path(frozen) / "observer_app" / kind)
    return places
