# SPDX-License-Identifier: GPL-3.0-or-later
"""One record being marked: the port, its opened recording and the moment to show next; shared by Replay and Compare."""

from __future__ import annotations

from dataclasses import dataclass, field

from observer_app.domain.record import RecordState
from observer_app.ui.player_frames import FrameDesk
from observer_app.workflows.board_views import CompareView
from observer_app.workflows.ports import PicturePort, ReplayPort

__all__ = ["COMPARE", "REPLAY", "WORK", "Marking"]

WORK, REPLAY, COMPARE = "moderate.work", "moderate.replay", "moderate.compare"


@dataclass
class Marking:
    """`pictures` and `frames` are None until the recording is open; `wanted_ms` -1 for no moment asked for.

    `both` is None until `fetch` has brought both sets of marks, which no one may before the own ones are signed.
    """

    port: ReplayPort
    pictures: PicturePort | None = None
    frames: FrameDesk | None = None
    wanted_ms: int = field(default=-1)
    both: CompareView | None = None

    @property
    def signed(self) -> bool:
        """Whether the moderator's own marks are signed."""
        return self.port.view().state >= RecordState.SIGNED

    def fetch(self) -> CompareView:
        """Both sets as they are now. SLOW. Raises NotAllowed before signing."""
        self.both = self.port.compare()
        return self.both
