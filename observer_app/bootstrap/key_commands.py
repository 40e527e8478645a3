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
from observer_app.bootstrap.command_words import commands_of, given_file, parsed, words_from
from observer_app.bootstrap.key_desk import KeyDesk, write_sheet
from observer_app.errors import BadInput
from observer_app.vault.durable import write_durably

__all__ = ["run_keys"]

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
    words = "Keys of a machine, its people and its centre."
    parser, commands = commands_of("observer keys", words, "keys", _WHAT)
    for name, sub in commands.items():
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
            sub.add_argument("--person-code-file", type=Path, help="a one-time code for you, once your own has run out")
        if name == "take":
            sub.add_argument("file", type=Path, metavar="FILE", help="what observer central enrol centre wrote")
    return parser


def run_keys(words: Sequence[str], *, as_json: bool = False) -> int:
    """The command; 0. Raises our own errors, each a sentence; wrong words end with status 2."""
    options = parsed(_parser(), words)
    if isinstance(options, int):
        return options
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
        given = (words_from(f, "") if f else "" for f in (options.code_file, options.person_code_file))
        return desk.renew(person, passphrase, *given)
    if what == "request":
        write_durably(options.out, desk.request_centre(person, passphrase))
        return f"The request lies in {options.out.name}: take it to the operator."
    if what == "take":
        number = desk.take_centre(person, passphrase, given_file(options.file))
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
