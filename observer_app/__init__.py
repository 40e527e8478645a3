# SPDX-License-Identifier: GPL-3.0-or-later
"""Observer: offline scoring of live role-play, tied to the recording and signed."""

__all__ = ["__version__"]

__version__ = "0.1.0"
