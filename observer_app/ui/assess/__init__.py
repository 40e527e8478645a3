# SPDX-License-Identifier: GPL-3.0-or-later
"""The Assess workspace: today, live, review and sign."""
