# SPDX-License-Identifier: GPL-3.0-or-later
"""The central store: receives, verifies, logs, keeps and hands out; it can read no film, no note and no name."""
