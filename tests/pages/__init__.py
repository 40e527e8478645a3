# SPDX-License-Identifier: GPL-3.0-or-later
"""The screens as a test speaks to them: by keys, and by what can be read on them."""
