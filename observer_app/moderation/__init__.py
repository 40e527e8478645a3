# SPDX-License-Identifier: GPL-3.0-or-later
"""Which records a second person marks, how far two people agree, and what is decided where they do not."""
