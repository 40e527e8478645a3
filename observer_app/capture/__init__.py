# SPDX-License-Identifier: GPL-3.0-or-later
"""Picture and sound to disk: sources, the recorder process, its control, and made clips."""
