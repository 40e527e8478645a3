# SPDX-License-Identifier: GPL-3.0-or-later
"""What leaves the centre on paper or as files: candidate reports, the day, tables, the signed bundle."""
