# SPDX-License-Identifier: GPL-3.0-or-later
"""What a printed report says of itself as a QR code: which record it is, and where that stands in the central log.

`observer-record:v1/<record id>` and, once there is a receipt, `/<place>/<size>/<root>/<log>`: the entry's place (from
0), the size and root (hexadecimal) of a checkpoint it is proven under, and the log's name. A code proves nothing by
itself: it is compared with the signed record, which `observer verify CODE PATH...` does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from observer_app.errors import BadInput, NewerVersion

__all__ = ["PREFIX", "Printed", "read_printed"]

PREFIX = "observer-record:"
_FORM = re.compile(
    r"observer-record:v1/([0-9a-f]{64})(?:/(0|[1-9][0-9]{0,14})/([1-9][0-9]{0,14})/([0-9a-f]{64})/([!-~]{1,120}))?"
)


@dataclass(frozen=True, slots=True)
class Printed:
    """What a code says. `size` 0: printed before there was a receipt; `place`, `root` and `log` then say nothing."""

    record: str
    place: int = 0
    size: int = 0
    root: str = ""
    log: str = ""

    @property
    def text(self) -> str:
        """As it is printed."""
        known = f"/{self.place}/{self.size}/{self.root}/{self.log}" if self.size else ""
        return f"{PREFIX}v1/{self.record}{known}"


def read_printed(text: str) -> Printed:
    """Reads a code. Raises BadInput, NewerVersion."""
    found = _FORM.fullmatch(text.strip())
    if found is None:
        if text.startswith(PREFIX) and not text.startswith(f"{PREFIX}v1/"):
            raise NewerVersion("This code was printed by a newer Observer.", advice="Install the newer Observer.")
        raise BadInput("This is not a code from one of Observer's reports.", advice="Give it whole, in quotes.")
    record, place, size, root, log = found.groups()
    if size is None:
        return Printed(record)
    if int(place) >= int(size):
        raise BadInput("The code contradicts itself: its place lies beyond the log.")
    return Printed(record, int(place), int(size), root, log)
