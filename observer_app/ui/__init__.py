# SPDX-License-Identifier: GPL-3.0-or-later
"""The window: widgets in code, frozen views in, one meaningful signal out."""
