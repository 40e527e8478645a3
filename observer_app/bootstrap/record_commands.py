# SPDX-License-Identifier: GPL-3.0-or-later
"""`observer records WHAT`: what a manager, assessor or key officer does to a record that was signed, by its id.

list    the records on this machine: id, state, whether it is void
void    a record that does not count: signed, with a reason; the record stays
erase   a record's recording, or its notes with the recording, by a signed deletion; hashes and deletion stay
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from observer_app.bootstrap import sign_in
from observer_app.bootstrap.key_commands import words_from
from observer_app.bootstrap.session import Session
from observer_app.errors import BadInput, ObserverError
from observer_app.workflows.withdrawing import ERASURES

__all__ = ["run_records"]

_WHAT = {
    "list": "the records on this machine",
    "void": "take a record back: it does not count, and stays, with the reason",
    "erase": "destroy a record's recording, or its notes and recording; hashes and a signed deletion stay",
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="observer records", description="Records that were signed.")
    what = parser.add_subparsers(dest="records", required=True, metavar="WHAT")
    for name, words in _WHAT.items():
        sub = what.add_parser(name, help=words, description=words)
        sub.add_argument("--vault", type=Path, required=True, metavar="DIR", help="the folder of this machine's stores")
        sub.add_argument("--person", default="", help="sign-in name (default: the only person enrolled)")
        sub.add_argument("--passphrase-file", type=Path, help="first line is the passphrase (default: asked for)")
        sub.add_argument("--json", action="store_true", help="answer for a program")
        if name != "list":
            sub.add_argument("--record", required=True, metavar="ID", help="its id, or the first twelve signs of it")
            sub.add_argument("--reason", required=True, metavar="WORDS", help="why; the candidate may read it")
        if name == "erase":
            sub.add_argument("--what", required=True, choices=ERASURES)
    return parser


def run_records(words: Sequence[str], *, as_json: bool = False) -> int:
    """The command; 0. Raises our own errors, each a sentence; wrong words end with status 2."""
    parser = _parser()
    if list(words) in ([], ["help"]):
        parser.print_help()
        return 0 if words else 2
    options = parser.parse_args(list(words))
    passphrase = words_from(options.passphrase_file, "Passphrase: ")
    with closing(_Open(sign_in(options.vault, options.person, passphrase))) as opened:
        found = _run(opened.session, options, passphrase)
    if options.json or as_json:
        print(json.dumps(found))
    else:
        print("\n".join(found) if isinstance(found, list) else found["words"])
    return 0


class _Open:
    def __init__(self, session: Session) -> None:
        self.session = session

    def close(self) -> None:
        self.session.lock()


def _run(session: Session, options: argparse.Namespace, passphrase: str) -> list[str] | dict[str, str]:
    if options.records == "list":
        return [_line(session, record) for record in session.reader.records()]
    record = _record(session, options.record)
    if options.records == "void":
        made = session.void(record, options.reason, passphrase)
        return {"statement": made, "words": f"Record {record[:12]} does not count any more. Connect, so that all know."}
    made = session.erase(record, options.what, options.reason, passphrase)
    words = f"Erased here: the {options.what} of record {record[:12]}. It is erased elsewhere with the next exchanges."
    return {"statement": made, "words": words}


def _line(session: Session, record: str) -> str:
    try:
        opened = session.reader.open(record)
    except ObserverError as error:
        return f"{record}  cannot be read: {error.message}"
    return f"{record}  {opened.state_of.name.lower()}{'  void' if opened.void else ''}"


def _record(session: Session, given: str) -> str:
    found = [r for r in session.reader.records() if len(given) >= 12 and r.startswith(given.lower())]
    if len(found) != 1:
        raise BadInput("No record, or more than one, has this id here.", advice="See: observer records list")
    return found[0]
