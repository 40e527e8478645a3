# SPDX-License-Identifier: GPL-3.0-or-later
"""The encrypted stores of this machine: one vault a person, one store for the device, sealed objects as files."""
