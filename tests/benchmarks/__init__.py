# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured, each beside the bare operation measured in the same run: `make bench`."""
