# SPDX-License-Identifier: GPL-3.0-or-later
"""The field's own things, pure: no file, clock, network, database or screen."""
