# SPDX-License-Identifier: GPL-3.0-or-later
"""The door: `observer` and `python -m observer_app` both come in here."""

from __future__ import annotations

import multiprocessing
import sys

__all__ = ["main"]


def main() -> int:
    """Run the command line; the return value is the exit status (0 well, 1 something is wrong, 2 usage)."""
    multiprocessing.freeze_support()  # in a frozen folder a child process starts this same door
    from observer_app.cli import main as command_line

    return command_line()


if __name__ == "__main__":
    sys.exit(main())
