# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong in a day, and that nothing is lost by it."""
