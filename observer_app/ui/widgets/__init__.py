# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts every screen is made of; each draws itself from the theme and has one `render` or setter."""
