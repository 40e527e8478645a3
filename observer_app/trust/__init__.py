# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing, certifying, logging and checking: what makes a record something nobody can alter unseen."""
