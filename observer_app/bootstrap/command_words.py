# SPDX-License-Identifier: GPL-3.0-or-later
"""What the commands of a machine have in common: how they name it, and how secrets come to them."""

from __future__ import annotations

import argparse
import getpass
from collections.abc import Mapping, Sequence
from pathlib import Path

from observer_app.errors import BadInput

__all__ = ["commands_of", "given_file", "machine_of", "parsed", "words_from"]


def commands_of(
    program: str, words: str, dest: str, what: Mapping[str, str]
) -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    """A program's parser with one command for each of `what` (name and explanation), each of which names a machine."""
    parser = argparse.ArgumentParser(prog=program, description=words)
    several = parser.add_subparsers(dest=dest, required=True, metavar="WHAT")
    found = {name: several.add_parser(name, help=help, description=help) for name, help in what.items()}
    for command in found.values():
        machine_of(command)
    return parser, found


def machine_of(parser: argparse.ArgumentParser) -> None:
    """Which machine, who does it, and how the answer is to look."""
    parser.add_argument("--vault", type=Path, required=True, metavar="DIR", help="the folder of this machine's stores")
    parser.add_argument("--person", default="", help="sign-in name (default: the only person enrolled)")
    parser.add_argument("--json", action="store_true", help="answer for a program")


def parsed(parser: argparse.ArgumentParser, words: Sequence[str]) -> argparse.Namespace | int:
    """What was asked for, or the exit status where it was only to be explained."""
    if list(words) in ([], ["help"]):
        parser.print_help()
        return 0 if words else 2
    return parser.parse_args(list(words))


def words_from(file: Path | None, question: str) -> str:
    """From the file named, or asked for; never from the command line, where others can read it. Raises BadInput."""
    if file is None:
        try:
            return getpass.getpass(question)
        except EOFError as error:
            advice = "Name a file whose first line it is, with --passphrase-file."
            raise BadInput("A passphrase is needed, and nobody is there to type it.", advice=advice) from error
    try:
        return given_file(file).decode("utf-8").split("\n", 1)[0].rstrip("\r")
    except UnicodeDecodeError as error:
        raise BadInput(f"{file.name} is not a text file.", advice="Its first line is read.") from error


def given_file(path: Path) -> bytes:
    """A file somebody named. Raises BadInput."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path.name} cannot be read.", advice="Check that the file is there.") from error
