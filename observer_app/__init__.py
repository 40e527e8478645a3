# SPDX-License-Identifier: GPL-3.0-or-later
"""Observer: offline scoring of live role-play, tied to the recording and signed."""

__all__ = ["BUILD", "__version__"]

__version__ = "0.1.0"
BUILD = f"observer-{__version__}"  # as a signed statement names what made it
