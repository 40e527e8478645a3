# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading recordings: sealed segments, their index, exact frames, sound, clips."""
