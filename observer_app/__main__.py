# SPDX-License-Identifier: GPL-3.0-or-later
"""The door: `observer` and `python -m observer_app` both come in here."""

from __future__ import annotations

import multiprocessing
import sys

from observer_app.vault.durable import forbid_core_dumps

__all__ = ["RECORDER_WORD", "main"]

# A frozen folder has no `python -m`: the recorder's process is this program, started with this word by
# `capture.client`. Written out here too, so that no other command has to load `capture` to know it.
RECORDER_WORD = "record-child"


def main() -> int:
    """Run the command line; the return value is the exit status (0 well, 1 something is wrong, 2 usage)."""
    forbid_core_dumps()
    multiprocessing.freeze_support()  # in a frozen folder a pool's child process comes in here too
    if sys.argv[1:] == [RECORDER_WORD]:
        from observer_app.capture.recorder_process import main as recorder

        return recorder()
    from observer_app.cli import main as command_line

    return command_line()


if __name__ == "__main__":
    sys.exit(main())
