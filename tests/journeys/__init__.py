# SPDX-License-Identifier: GPL-3.0-or-later
"""What people do in a day, from sign-in to the end of it, on real stores, a real recorder and a real central store."""
