# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulators: each stands at a port and can be talked to by a test."""
