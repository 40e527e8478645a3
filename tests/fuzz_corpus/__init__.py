# SPDX-License-Identifier: GPL-3.0-or-later
"""Input that readers must take or refuse: one folder a reader, replayed by the quick tests."""
