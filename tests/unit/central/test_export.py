# SPDX-License-Identifier: GPL-3.0-or-later
"""The export: a stranger verifies it with the root alone, and no byte of it is free."""

from __future__ import annotations

from pathlib import Path

import pytest

from observer_app.central.export import write_central_export
from observer_app.errors import Conflict, IntegrityBroken
from observer_app.trust.verify import verify_paths
from tests.simulators.programme import chain
from tests.unit.central.conftest import Desk


def test_an_export_verifies_and_every_change_is_named(desk: Desk, tmp_path: Path) -> None:
    desk.client.put_statements(chain(desk.programme, desk.device, desk.assessor, 5))
    out, root = tmp_path / "export", tmp_path / "root"
    root.write_bytes(desk.programme.root.data)
    assert write_central_export(desk.central.store, out) == 5
    report = verify_paths([out], root=root)
    assert report.exit_code == 0, report.lines()
    third = sorted((out / "statements").iterdir())[2]
    content = bytearray(third.read_bytes())
    content[len(content) // 2] ^= 1
    third.write_bytes(bytes(content))
    report = verify_paths([out], root=root)
    assert report.exit_code == 1 and any(third.name in line for line in report.lines())
    third.unlink()
    assert verify_paths([out], root=root).exit_code == 1
    with pytest.raises(Conflict):
        write_central_export(desk.central.store, out)


def test_a_row_that_was_altered_is_named_not_exported(desk: Desk, tmp_path: Path) -> None:
    desk.client.put_statements(chain(desk.programme, desk.device, desk.assessor, 3))
    other = chain(desk.programme, desk.device, desk.assessor, 2)[1]
    for (name,) in desk.central.store.database.rows("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
        desk.central.store.database.run(f"DROP TRIGGER {name}")
    desk.central.store.database.run("UPDATE statement SET envelope = ? WHERE position = 1", (other,))
    with pytest.raises(IntegrityBroken) as found:
        write_central_export(desk.central.store, tmp_path / "export")
    assert found.value.subject == "log entry 1"
