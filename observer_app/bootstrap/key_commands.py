# SPDX-License-Identifier: GPL-3.0-or-later
"""`observer keys WHAT`: on a machine nobody is signed in on.

passphrase  a person chooses a new passphrase
sheet       makes a person's recovery sheet; the one before opens nothing any more
recover     a new passphrase by the code on the recovery sheet
renew       new keys for the machine, a later certificate for the person (happens by itself with an exchange)
rotate      new keys for a person
request     asks for new keys of the centre: a file for the operator
take        takes the operator's answer
"""

from __future__ import annotations

import argparse
import getpass
import json
from collections.abc import Sequence
from pathlib import Path

from observer_app.bootstrap.clock import MachineClock
from observer_app.bootstrap.key_desk import KeyDesk, write_sheet
from observer_app.errors import BadInput
from observer_app.vault.durable import write_durably

__all__ = ["run_keys", "words_from"]

_WHAT = {
    "passphrase": "choose a new passphrase",
    "sheet": "make a recovery sheet; the one before opens nothing any more",
    "recover": "choose a new passphrase by the code on the recovery sheet",
    "renew": "new keys for this machine (it happens by itself when it is connected)",
    "rotate": "new keys for a person",
    "request": "ask for new keys of the centre: writes a file for the operator",
    "take": "take the operator's answer to a request",
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="observer keys", description="Keys of a machine, its people and its centre.")
    what = parser.add_subparsers(dest="keys", required=True, metavar="WHAT")
    for name, words in _WHAT.items():
        sub = what.add_parser(name, help=words, description=words)
        sub.add_argument("--vault", type=Path, required=True, metavar="DIR", help="the folder of this machine's stores")
        sub.add_argument("--person", default="", help="sign-in name (default: the only person enrolled)")
        sub.add_argument("--json", action="store_true", help="answer for a program")
        if name == "recover":
            sub.add_argument("--code-file", type=Path, help="first line is the recovery code (default: asked for)")
        else:
            sub.add_argument("--passphrase-file", type=Path, help="first line is the passphrase (default: asked for)")
        if name in ("recover", "passphrase"):
            sub.add_argument("--new-passphrase-file", type=Path, help="first line is the new one (default: asked for)")
        if name in ("sheet", "rotate", "request"):
            sub.add_argument("--out", type=Path, required=True, metavar="FILE", help="a new file")
        if name == "renew":
            sub.add_argument("--code-file", type=Path, help="a one-time code for this machine, once it has run out")
        if name == "take":
            sub.add_argument("file", type=Path, metavar="FILE", help="what observer central enrol centre wrote")
    return parser


def run_keys(words: Sequence[str], *, as_json: bool = False) -> int:
    """The command; 0. Raises our own errors, each a sentence; wrong words end with status 2."""
    parser = _parser()
    if list(words) in ([], ["help"]):
        parser.print_help()
        return 0 if words else 2
    options = parser.parse_args(list(words))
    said = _run(KeyDesk(options.vault, MachineClock()), options)
    print(json.dumps({"ok": True, "words": said}) if options.json or as_json else said)
    return 0


def _run(desk: KeyDesk, options: argparse.Namespace) -> str:
    what, person = options.keys, options.person
    if what in ("sheet", "rotate", "request") and options.out.exists():
        raise BadInput(f"{options.out.name} is there already and is not replaced.", advice="Choose another name.")
    if what == "recover":
        code = words_from(options.code_file, "Recovery code: ")
        desk.recover(person, code, _new(options))
        return "The new passphrase counts from now on. Keep the sheet, or make a new one."
    passphrase = words_from(options.passphrase_file, "Passphrase: ")
    if what == "passphrase":
        desk.change_passphrase(person, passphrase, _new(options))
        return "The new passphrase counts from now on."
    if what == "renew":
        return desk.renew(person, passphrase, words_from(options.code_file, "") if options.code_file else "")
    if what == "request":
        write_durably(options.out, desk.request_centre(person, passphrase))
        return f"The request lies in {options.out.name}: take it to the operator."
    if what == "take":
        number = desk.take_centre(person, passphrase, _file(options.file))
        return f"The centre has new keys; {number} machines and people were certified again. Connect once."
    sheet = desk.sheet(person, passphrase) if what == "sheet" else desk.rotate(person, passphrase)
    write_sheet(options.out, sheet)
    begun = "The keys are new. " if what == "rotate" else ""
    return f"{begun}Print {options.out.name}, then delete it: whoever has it and the machine can sign."


def _new(options: argparse.Namespace) -> str:
    if options.new_passphrase_file is not None:
        return words_from(options.new_passphrase_file, "")
    found = getpass.getpass("New passphrase: ")
    if getpass.getpass("Again: ") != found:
        raise BadInput("The two passphrases differ.", advice="Try again.")
    return found


def words_from(file: Path | None, question: str) -> str:
    """From the file named, or asked for; never from the command line, where others can read it."""
    if file is None:
        return getpass.getpass(question)
    try:
        return _file(file).decode("utf-8").split("\n", 1)[0].rstrip("\r")
    except UnicodeDecodeError as error:
        raise BadInput(f"{file.name} is not a text file.", advice="Its first line is read.") from error


def _file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path.name} cannot be read.", advice="Check that the file is there.") from error
