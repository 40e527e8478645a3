# SPDX-License-Identifier: GPL-3.0-or-later
"""The Moderate screens and the player."""
