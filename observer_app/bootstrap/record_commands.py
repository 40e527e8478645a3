# SPDX-License-Identifier: GPL-3.0-or-later
"""`observer records WHAT`: what a manager, assessor or key officer does to a record that was signed, by its id.

list    the records on this machine: id, state, whether it is void; with --json {"ok": true, "records": [...]}, each
        {"record", "state", "void", "trouble"}: its id; none, saved, signed, sent or acknowledged; the reason it does
        not count, "" when it does; why it cannot be read, "" when it can
void    a record that does not count: signed, with a reason; the record stays
erase   a record's recording, or its notes with the recording, by a signed deletion; hashes and deletion stay

`void` and `erase` answer with --json {"ok": true, "statement", "words"}: the id of what was signed, and a sentence.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from observer_app.bootstrap import sign_in
from observer_app.bootstrap.command_words import commands_of, parsed, words_from
from observer_app.errors import BadInput
from observer_app.workflows.records_desk import RecordsDesk
from observer_app.workflows.views import SignedRecord
from observer_app.workflows.withdrawing import ERASURES

__all__ = ["run_records"]

_WHAT = {
    "list": "the records on this machine",
    "void": "take a record back: it does not count, and stays, with the reason",
    "erase": "destroy a record's recording, or its notes and recording; hashes and a signed deletion stay",
}


def _parser() -> argparse.ArgumentParser:
    parser, commands = commands_of("observer records", "Records that were signed.", "records", _WHAT)
    for name, sub in commands.items():
        sub.add_argument("--passphrase-file", type=Path, help="first line is the passphrase (default: asked for)")
        if name != "list":
            sub.add_argument("--record", required=True, metavar="ID", help="its id, or the first twelve signs of it")
            sub.add_argument("--reason", required=True, metavar="WORDS", help="why; the candidate may read it")
        if name == "erase":
            sub.add_argument("--what", required=True, choices=ERASURES)
    return parser


def run_records(words: Sequence[str], *, as_json: bool = False) -> int:
    """The command; 0. Raises our own errors, each a sentence; wrong words end with status 2."""
    options = parsed(_parser(), words)
    if isinstance(options, int):
        return options
    passphrase = words_from(options.passphrase_file, "Passphrase: ")
    session = sign_in(options.vault, options.person, passphrase)
    try:
        if options.records == "list":
            records = session.records.all()
            found: dict[str, Any] = {"records": [_told(record) for record in records]}
            words = "\n".join(map(_line, records))
        else:
            found = _run(session.records, options, passphrase)
            words = found["words"]
    finally:
        session.lock()
    print(json.dumps({"ok": True, **found}) if options.json or as_json else words)
    return 0


def _told(kept: SignedRecord) -> dict[str, str]:
    return {"record": kept.record, "state": kept.state.name.lower(), "void": kept.void, "trouble": kept.trouble}


def _run(desk: RecordsDesk, options: argparse.Namespace, passphrase: str) -> dict[str, str]:
    record = _named(desk, options.record)
    if options.records == "void":
        made = desk.void(record, options.reason, passphrase).result()
        return {"statement": made, "words": f"Record {record[:12]} does not count any more. Connect, so that all know."}
    made = desk.erase(record, options.what, options.reason, passphrase).result()
    words = f"Erased here: the {options.what} of record {record[:12]}. It is erased elsewhere with the next exchanges."
    return {"statement": made, "words": words}


def _line(kept: SignedRecord) -> str:
    if kept.trouble:
        return f"{kept.record}  cannot be read: {kept.trouble}"
    return f"{kept.record}  {kept.state.name.lower()}{'  void' if kept.void else ''}"


def _named(desk: RecordsDesk, given: str) -> str:
    found = [r.record for r in desk.all() if len(given) >= 12 and r.record.startswith(given.lower())]
    if len(found) != 1:
        raise BadInput("No record, or more than one, has this id here.", advice="See: observer records list")
    return found[0]
