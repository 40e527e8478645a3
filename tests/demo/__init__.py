# SPDX-License-Identifier: GPL-3.0-or-later
"""The demonstration, run as anyone would run it."""
