# SPDX-License-Identifier: GPL-3.0-or-later
"""Frameworks and scenarios as files: reading, checking to the line, and hashing."""
