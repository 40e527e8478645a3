# SPDX-License-Identifier: GPL-3.0-or-later
"""Sending to the central store and fetching from it: results first, nothing twice, nothing lost."""
