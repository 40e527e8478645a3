# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: stable words that scripts and checks rely on.

Exit status everywhere: 0 all well, 1 something is wrong and it is named, 2 the command was not understood.
Each command imports what it needs when it runs, so that `observer verify` needs no screen and `observer` starts fast.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from observer_app import __version__
from observer_app.errors import BadInput, ObserverError

__all__ = ["main"]

_Command = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    parser = _parser()
    options = parser.parse_args(words)
    command: _Command = options.command
    try:
        return command(options)
    except ObserverError as error:
        return _failed(error, getattr(options, "json", False) or "--json" in getattr(options, "words", ()))
    except KeyboardInterrupt:
        print("\nStopped. What was confirmed is kept.", file=sys.stderr)
        return 130


def _failed(error: ObserverError, as_json: bool) -> int:
    """Says it; 1. For machines on standard output, as an answer is: what, what to do, which family's, and where it is
    wrong: a file and line, or the first bad object; what is not known is "" or 0."""
    if as_json:
        where = {name: getattr(error, name, "") for name in ("file", "subject")} | {"line": getattr(error, "line", 0)}
        said = {"ok": False, "error": error.message, "advice": error.advice, "kind": type(error).__name__}
        print(json.dumps(said | where))
    else:
        print(f"observer: {error}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="observer", description="Score live role-play, tie it to the recording, sign it."
    )
    parser.add_argument("--version", action="version", version=f"observer {__version__}")
    parser.add_argument("--vault", type=Path, help="folder of this machine's stores (default: the user's data folder)")
    parser.set_defaults(command=_window)
    commands = parser.add_subparsers(title="commands")
    _add_demo(commands)
    _add_central(commands)
    _add_day(commands)
    _add_checks(commands)
    _add_record(commands)
    return parser


def _command(commands: Any, name: str, command: _Command, words: str) -> argparse.ArgumentParser:
    found: argparse.ArgumentParser = commands.add_parser(name, help=words, description=words)
    found.set_defaults(command=command)
    found.add_argument("--json", action="store_true", help="the answer for machines, on standard output")
    return found


def _add_demo(commands: Any) -> None:
    demo = _command(commands, "demo", _demo, "a whole sample day without a person, kept in a folder")
    demo.add_argument("--out", type=Path, default=Path("demo-day"), help="an empty or new folder (default: demo-day)")
    demo.add_argument("--seconds", type=int, default=20, help="recorded seconds a sitting (default: 20)")


def _add_central(commands: Any) -> None:
    central = commands.add_parser("central", help="the central store").add_subparsers(title="commands", required=True)
    serve = _command(central, "serve", _serve, "run a central store")
    serve.add_argument("--data", type=Path, required=True, help="its folder")
    serve.add_argument("--database", help="a database address; without it, SQLite in the folder")
    serve.add_argument("--objects", help="an object storage address; without it, files in the folder")
    serve.add_argument("--listen", default="127.0.0.1:8440", metavar="HOST:PORT")
    enrol = _command(central, "enrol", _enrol, "keys and certificates of centres, devices and people")
    enrol.add_argument("words", nargs=argparse.REMAINDER, help="see: observer central enrol help")


def _add_day(commands: Any) -> None:
    send = _command(commands, "sync", _sync, "send what waits and fetch what is new, without the window")
    send.add_argument("--vault", type=Path, required=True)
    send.add_argument("--central", required=True, metavar="URL")
    export = commands.add_parser("export", help="exports").add_subparsers(title="commands", required=True)
    day = _command(export, "day", _export_day, "reports, tables and the signed bundle of one day")
    day.add_argument("--vault", type=Path, required=True)
    day.add_argument("--date", type=_day, required=True, metavar="YYYY-MM-DD")
    day.add_argument("--out", type=Path, required=True)
    records = _command(commands, "records", _records, "take a signed record back, erase a recording or notes")
    records.add_argument("words", nargs=argparse.REMAINDER, help="see: observer records help")
    keys = _command(commands, "keys", _keys, "keys of this machine, its people and its centre; recovery")
    keys.add_argument("words", nargs=argparse.REMAINDER, help="see: observer keys help")
    clip = _command(export, "clip", _export_clip, "a stretch of a recording as MP4; written down in the log first")
    clip.add_argument("--from", dest="start", type=_moment, required=True, metavar="MM:SS.mmm")
    clip.add_argument("--to", dest="end", type=_moment, required=True, metavar="MM:SS.mmm")
    marks = _command(export, "marks", _export_marks, "a record's marks on its recording's time as CSV and WebVTT")
    for parser in (clip, marks):
        parser.add_argument("--vault", type=Path, required=True)
        parser.add_argument("--record", required=True, metavar="ID", help="the record's identity")
        parser.add_argument("--purpose", required=True, choices=("appeal", "moderation", "training"))
        parser.add_argument("--reason", required=True, help="who asked for it and what it is to show")
        parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    backup = _command(commands, "backup", _backup, "copy this machine's sealed files to a stick, under a signed list")
    backup.add_argument("--vault", type=Path, required=True)
    backup.add_argument("--to", type=Path, required=True, metavar="DIR", help="the stick")
    back = _command(commands, "restore", _restore, "make a machine from its backup, in an empty folder")
    back.add_argument("--from", dest="place", type=Path, required=True, metavar="DIR", help="the stick")
    back.add_argument("--vault", type=Path, required=True, help="an empty or new folder")
    back.add_argument("--root", type=Path, help="the programme's root certificate, from a source you trust")
    for parser in (send, day, clip, marks, backup, back):
        parser.add_argument("--person", default="", help="sign-in name (default: the only person enrolled)")
        parser.add_argument("--passphrase-file", type=Path, help="first line is the passphrase (default: asked for)")


def _add_checks(commands: Any) -> None:
    verify = _command(commands, "verify", _verify, "check signatures, chains, receipts and files, offline")
    verify.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    verify.add_argument("--root", type=Path, help="the programme's root certificate, from a source you trust")
    packs = commands.add_parser("packs", help="frameworks and scenarios").add_subparsers(
        title="commands", required=True
    )
    check = _command(packs, "check", _packs_check, "name file, line and reason of every fault")
    check.add_argument("paths", nargs="+", type=Path, metavar="PATH")


def _add_record(commands: Any) -> None:
    record = _command(commands, "record", _record, "the recorder alone")
    where = "-: from standard input, so that no list of running programs shows an address with its password"
    record.add_argument("--source", required=True, metavar="URL|INDEX|FILE", help=where)
    record.add_argument("--out", type=Path, required=True)
    record.add_argument("--seconds", type=float)


def _day(words: str) -> str:
    try:
        return date.fromisoformat(words).isoformat()
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{words!r} is not a date like 2026-11-24") from error


def _moment(words: str) -> int:
    """A time in a recording, ms."""
    from observer_app.workflows.timekeeping import place_in

    try:
        return place_in(words)
    except BadInput as error:
        raise argparse.ArgumentTypeError(error.message) from error


def _window(options: argparse.Namespace) -> int:
    from observer_app.bootstrap import open_window

    return open_window(options.vault, sample_day=os.environ.get("OBSERVER_SAMPLE_DAY") == "1")


def _demo(options: argparse.Namespace) -> int:
    from observer_app.demo import run_demo

    return run_demo(options.out, options.seconds, as_json=options.json)


def _serve(options: argparse.Namespace) -> int:
    from observer_app.central.serve import run_server

    return run_server(options.data, options.listen, options.database, options.objects, as_json=options.json)


def _enrol(options: argparse.Namespace) -> int:
    from observer_app.central.enrol import run_enrol

    return run_enrol(options.words, as_json=options.json)


def _backup(options: argparse.Namespace) -> int:
    from observer_app.bootstrap import back_up_once

    progress = _progress(options)
    return _done(options, back_up_once(options.vault, options.to, options.person, _passphrase(options), progress))


def _restore(options: argparse.Namespace) -> int:
    from observer_app.bootstrap import restore_once

    words = restore_once(
        options.place, options.vault, options.root, options.person, _passphrase(options), _progress(options)
    )
    return _done(options, words)


def _records(options: argparse.Namespace) -> int:
    from observer_app.bootstrap.record_commands import run_records

    return run_records(options.words, as_json=options.json)


def _keys(options: argparse.Namespace) -> int:
    from observer_app.bootstrap.key_commands import run_keys

    return run_keys(options.words, as_json=options.json)


def _sync(options: argparse.Namespace) -> int:
    from observer_app.bootstrap import exchange_once

    words = exchange_once(options.vault, options.central, options.person, _passphrase(options), _progress(options))
    return _done(options, words)


def _export_day(options: argparse.Namespace) -> int:
    from observer_app.bootstrap import export_day

    view = export_day(options.vault, options.date, options.out, options.person, _passphrase(options))
    return _done(options, "\n".join((*view.lines, *view.held_back)), folder=view.folder)


def _export_clip(options: argparse.Namespace) -> int:
    from observer_app.bootstrap import give_out

    statement = give_out(options.vault, options.person, _passphrase(options), options.record, options.purpose,
                         options.reason, options.out, (options.start, options.end))  # fmt: skip
    return _done(options, f"The clip is there. It is written down as {statement}.", statement=statement)


def _export_marks(options: argparse.Namespace) -> int:
    from observer_app.bootstrap import give_out

    statement = give_out(options.vault, options.person, _passphrase(options), options.record, options.purpose,
                         options.reason, options.out, None)  # fmt: skip
    return _done(options, f"The marks are there. It is written down as {statement}.", statement=statement)


def _verify(options: argparse.Namespace) -> int:
    from observer_app.trust.verify import run_verify

    return run_verify(options.paths, root=options.root, as_json=options.json)


def _packs_check(options: argparse.Namespace) -> int:
    from observer_app.packs.check import check_paths

    faults = check_paths(options.paths)
    if options.json:
        found = [{"file": str(f.file), "line": f.line, "reason": f.reason, "advice": f.advice} for f in faults]
        print(json.dumps({"ok": not faults, "faults": found}))
    else:
        for fault in faults:
            print(fault)
        print("1 fault." if len(faults) == 1 else f"{len(faults) or 'No'} faults.")
    return 1 if faults else 0


def _record(options: argparse.Namespace) -> int:
    from observer_app.capture.record_cli import run_record

    source = sys.stdin.readline().strip() if options.source == "-" else options.source
    return run_record(source, options.out, options.seconds, options.json)


def _passphrase(options: argparse.Namespace) -> str:
    from observer_app.bootstrap.command_words import words_from

    return words_from(options.passphrase_file, "Passphrase: ")


def _progress(options: argparse.Namespace) -> Callable[[str], None]:
    if options.json:
        return lambda words: None
    return lambda words: print(words, file=sys.stderr, flush=True)


def _done(options: argparse.Namespace, words: str, **more: str) -> int:
    print(json.dumps({"ok": True, "words": words, **more}) if options.json else words)
    return 0
