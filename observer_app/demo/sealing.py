# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of the demonstration: every file listed, hashed and signed by the sample centre, then verified."""

from __future__ import annotations

from pathlib import Path

from observer_app import BUILD
from observer_app.domain.moment import Clock
from observer_app.trust.manifest import list_header, write_manifest
from observer_app.trust.programme import Trust
from observer_app.trust.report import Report
from observer_app.trust.samples import sample_root
from observer_app.trust.verify import verify_paths
from observer_app.workflows.enrolment import Centre

__all__ = ["seal_the_folder"]


def seal_the_folder(out: Path, centre: Centre, clock: Clock) -> Report:
    """Writes manifest.json and gives the report of verifying the whole folder."""
    trust = Trust(sample_root(), [centre.certificate.data])
    now = clock.now()
    header = list_header(trust, [centre.keys.signing], BUILD, now.wall_ms, centre=centre.id,
                         monotonic_ms=now.monotonic_us // 1000, boot_id=now.boot_id)  # fmt: skip
    write_manifest(out, trust, header, [centre.keys.signing])
    return verify_paths([out])
