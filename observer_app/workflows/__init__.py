# SPDX-License-Identifier: GPL-3.0-or-later
"""What each role can do: no Qt, no SQL. Views out (`views`), ports for the screens (`ports`)."""
