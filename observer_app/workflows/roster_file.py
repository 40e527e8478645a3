# SPDX-License-Identifier: GPL-3.0-or-later
"""A day's list as one file for a USB stick: what the network would have carried, believed for the same reasons.

JSON: `v`, `envelope` (the signed roster), `certificates` (those of its signers and above, the root left out), `objects`
(sealed, by SHA-256), `wraps` (the day's key for each machine of the centre, by key id); all values in base64.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from observer_app.errors import BadInput
from observer_app.trust import strict_json
from observer_app.trust.envelope import from_base64, open_envelope, to_base64
from observer_app.trust.objects import object_name
from observer_app.trust.programme import Trust
from observer_app.trust.statements import read_statement
from observer_app.vault.device import DeviceStore
from observer_app.vault.durable import write_durably
from observer_app.vault.objects import ObjectFiles
from observer_app.vault.statements import Wrap
from observer_app.workflows.enrolment import Machine
from observer_app.workflows.rosters import take_in_rosters

__all__ = ["SUFFIX", "read_roster_file", "write_roster_file"]

SUFFIX = ".observer-roster"
_LIMIT = 128 * 1024 * 1024
_FIELDS = frozenset({"v", "envelope", "certificates", "objects", "wraps"})


def write_roster_file(day: str, folder: Path, store: DeviceStore, files: ObjectFiles, machine: Machine) -> Path:
    """Writes the day's newest roster; the file. Raises BadInput without one, DiskFull, EnvironmentFault."""
    roster = store.sittings.roster(day)
    if roster is None:
        raise BadInput("There are no bookings for this day.", advice="Bring in the day's file first.")
    envelope = store.statements.get(roster.statement)
    body = read_statement(open_envelope(envelope).payload).body
    names = [body["sittings"]["sha256"], *body["objects"]]
    trust = machine.trust()
    content = {
        "v": 1,
        "envelope": to_base64(envelope),
        "certificates": [to_base64(c) for c in trust.chain(trust.verify(envelope).signers)[:-1]],
        "objects": {name: to_base64(files.read(name)) for name in names},
        "wraps": {wrap.recipient: to_base64(wrap.wrap) for wrap in store.wraps(names[0])},
    }
    path = folder / f"roster-{day}{SUFFIX}"
    write_durably(path, strict_json.dumps(content))
    return path


def read_roster_file(path: Path, store: DeviceStore, files: ObjectFiles, machine: Machine, trust: Trust) -> str:
    """Takes a day's list in from a file; the day. Nothing is kept of a file that does not verify.

    Raises BadInput (no such file, or for another centre), IntegrityBroken (altered), NewerVersion.
    """
    found = _load(path)
    envelope = from_base64(found["envelope"], "The list's signed part")
    trust.add([from_base64(c, "A certificate in the list") for c in found["certificates"]])
    verified = trust.verify(envelope)
    statement = verified.statement
    if statement.type != "roster" or statement.header.centre != machine.centre:
        raise BadInput("This is not a day's list of this centre.", advice="Ask the centre manager for the right file.")
    name = str(statement.body["sittings"]["sha256"])
    recipient = next((k.key_id for k in machine.opening_keys if k.key_id in found["wraps"]), "")
    if not recipient:
        advice = "Ask the centre manager to write it again: this machine was enrolled later."
        raise BadInput("The list was not written for this machine.", advice=advice)
    for wanted in (name, *statement.body["objects"]):
        content = from_base64(found["objects"].get(wanted), "A part of the list")
        if object_name(content) != wanted:
            raise BadInput("The file is damaged: a part of the list is not what was signed.", file=path.name)
        files.put(content)
    store.put_wrap(Wrap(name, recipient, from_base64(found["wraps"][recipient], "The list's key"))).result()
    for certificate in found["certificates"]:
        store.statements.put(from_base64(certificate)).result()
    store.statements.put(envelope).result()
    take_in_rosters(store, files, machine, trust)
    return str(statement.body["day"])


def _load(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(_LIMIT + 1)
    except OSError as error:
        raise BadInput(
            f"The file cannot be read: {error.strerror}.", advice="Check that the stick is plugged in.", file=path.name
        ) from error
    found = strict_json.loads(data, limit=_LIMIT, what="The day's list")
    version = strict_json.version_of(found, what="The day's list")
    lists = type(found.get("certificates")) is list
    tables = type(found.get("objects")) is dict and type(found.get("wraps")) is dict
    if set(found) != _FIELDS or version != 1 or not lists or not tables:
        raise BadInput("This is not a day's list.", advice=f"Choose a file that ends in {SUFFIX}.", file=path.name)
    return found
