# SPDX-License-Identifier: GPL-3.0-or-later
"""The root of everything that is only a sample.

Its key is published: anyone can make sample centres and sample people, so that nothing signed under it can ever be
mistaken for a result. Every statement under it says `sample: true`, and a real central store refuses it.
"""

from __future__ import annotations

import hashlib
from functools import cache

from observer_app.trust.certificates import Certificate, make_root, read_certificate
from observer_app.trust.keys import PrivateKey

__all__ = ["SAMPLE_PROGRAMME", "sample_root", "sample_root_key"]

SAMPLE_PROGRAMME = "sample"
_SEED = b"Observer: the published key of the sample programme, version 1"
_UNTIL_MS = 4_102_444_800_000  # the year 2100


@cache
def sample_root_key() -> PrivateKey:
    """The published private key."""
    return PrivateKey.from_seed(hashlib.sha256(_SEED).digest())


@cache
def sample_root() -> Certificate:
    """The one sample root, the same in every Observer."""
    return read_certificate(
        make_root(SAMPLE_PROGRAMME, [sample_root_key()], not_before_ms=0, not_after_ms=_UNTIL_MS, sample=True)
    )
