# SPDX-License-Identifier: GPL-3.0-or-later
"""What someone with every right on the disks may do to results, ten thousand times over, and how each is noticed."""
