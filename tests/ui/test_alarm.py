# SPDX-License-Identifier: GPL-3.0-or-later
"""A central store that tells another history than before is said aloud in the window, and what to do then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from observer_app.errors import IntegrityBroken, Unreachable
from observer_app.trust.checkpoints import Checkpoint, check_consistent
from observer_app.trust.merkle import EMPTY_ROOT, consistency_proof, leaf_hash, root_of
from tests.pages.assess import SignInPage
from tests.pages.driving import Driver
from tests.simulators import desk as desk_simulator
from tests.simulators.desk import PASSPHRASE, Desk, DeskSend

LEAVES = [leaf_hash(bytes([n])) for n in range(6)]
OTHER = [*LEAVES[:2], leaf_hash(b"another"), *LEAVES[3:]]


@dataclass
class Compared(DeskSend):
    """A connection that compares what is shown now with what was seen, as a machine does."""

    shown: Checkpoint
    proof: list[bytes] = field(default_factory=list)
    asked: int = 0

    def exchange(self, progress: Callable[[str], None]) -> str:
        self.asked += 1
        try:
            check_consistent(Checkpoint("log", 4, root_of(LEAVES[:4])), self.shown, self.proof)
        except IntegrityBroken as error:
            call = "Nothing more was sent. Leave this machine as it is and call the programme."
            raise IntegrityBroken(error.message, advice=call) from error
        raise Unreachable("The centre does not answer.")


FORKED = Compared(Checkpoint("log", 6, root_of(OTHER)), consistency_proof(4, 6, OTHER))
SHORTER = Compared(Checkpoint("log", 3, root_of(LEAVES[:3])))
EMPTIED = Compared(Checkpoint("log", 0, EMPTY_ROOT))
GENUINE = Compared(Checkpoint("log", 6, root_of(LEAVES)), consistency_proof(4, 6, LEAVES))


@pytest.mark.parametrize(("line", "words"), [(FORKED, "was rewritten"), (SHORTER, "has become shorter"),
                                             (EMPTIED, "has become shorter"), (GENUINE, "")])  # fmt: skip
def test_a_rewritten_or_shorter_log_is_said_in_the_window(
    open_window: Callable[..., Driver], desk: Desk, monkeypatch: pytest.MonkeyPatch, line: Compared, words: str
) -> None:
    monkeypatch.setattr(desk_simulator, "DeskSend", lambda: line)
    line.asked = 0
    driver = open_window(desk)
    SignInPage(driver).sign_in(PASSPHRASE)
    driver.wait(lambda: line.asked > 0)
    if words:
        driver.wait(lambda: driver.sees(words))
        assert driver.sees("call the programme")
        assert not driver.sees("hash") and not driver.sees("consisten")
    else:
        assert not driver.sees("call the programme")
