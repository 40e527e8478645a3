# SPDX-License-Identifier: GPL-3.0-or-later
"""`observer central enrol ...`: the programme's root, its centres, desks and one-time codes, on the operator's machine.

programme   makes an empty folder the store of a new programme; its root key lies in it under a passphrase
adopt       makes an empty folder the store of a programme whose root is kept elsewhere
centre      certifies a centre from its request (a file with its public keys)
person      certifies a moderator or key officer of the whole programme from a request
desk        gives this store the right to certify machines and people of one centre by code
code        makes a one-time code for one machine or person
keys        shows whose keys there are, and which no longer count
revoke      ends a key at a place in the log
packs       signs frameworks and scenarios as the programme's own
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from observer_app import BUILD
from observer_app.central.enrolment import add_desk, make_code
from observer_app.central.packing import SignedPack, sign_packs
from observer_app.central.revoking import REASONS, revoke_keys, show_keys
from observer_app.central.store import CentralStore, is_set_up, now_ms, set_up, write_private
from observer_app.domain.roles import Role
from observer_app.errors import BadInput, Conflict
from observer_app.trust import strict_json
from observer_app.trust.certificates import issue_certificate, make_root, read_certificate
from observer_app.trust.envelope import from_base64, to_base64
from observer_app.trust.keys import PrivateKey, PublicKey
from observer_app.trust.passphrase import STANDARD_COST, Cost, open_secret, seal_secret
from observer_app.trust.samples import sample_root_key

__all__ = [
    "add_arguments", "adopt_programme", "certify", "create_programme", "make_request", "root_key_of", "run_enrol",
]  # fmt: skip

_DAY_MS = 24 * 3600 * 1000
_YEAR_MS = 366 * _DAY_MS
ROOT_YEARS = 20
PERSON_YEARS = 2


def create_programme(data: Path, programme: str, passphrase: str, *, cost: Cost = STANDARD_COST) -> bytes:
    """A new programme with its root and this store's log; the root's certificate. Raises Conflict, BadInput."""
    if is_set_up(data):
        raise Conflict("This folder is the store of a programme already.", advice="Choose an empty folder.")
    now, root_key, log_key = now_ms(), PrivateKey.generate(), PrivateKey.generate()
    until = now + ROOT_YEARS * _YEAR_MS
    root = make_root(programme, [root_key], build=BUILD, not_before_ms=now - _DAY_MS, not_after_ms=until)
    log = issue_certificate(
        read_certificate(root), [root_key], kind="log", subject=f"{programme}/central", signing=log_key.public,
        build=BUILD, not_before_ms=now - _DAY_MS, not_after_ms=until,
    )  # fmt: skip
    write_private(data / "keys" / "root.sealed", seal_secret(root_key.seed, passphrase, cost))
    set_up(data, root, [log], log_key)
    return root


def adopt_programme(data: Path, root: bytes, root_key: PrivateKey, origin: str) -> None:
    """This folder becomes the store of a programme whose root is given; its key certifies the log and is not kept."""
    found, log_key = read_certificate(root), PrivateKey.generate()
    log = issue_certificate(
        found, [root_key], kind="log", subject=origin, signing=log_key.public,
        build=BUILD, not_before_ms=found.not_before_ms, not_after_ms=found.not_after_ms,
    )  # fmt: skip
    set_up(data, root, [log], log_key)


def root_key_of(store: CentralStore, passphrase: Callable[[], str]) -> PrivateKey:
    """The programme's root key: published for samples, else from the folder under its passphrase.

    Raises BadInput when it is kept elsewhere, WrongPassphrase.
    """
    if store.registry.trust.sample:
        return sample_root_key()
    path = store.data / "keys" / "root.sealed"
    if not path.exists():
        raise BadInput("The programme's root key is not in this folder.", advice="Put keys/root.sealed back for this.")
    return PrivateKey(open_secret(path.read_bytes(), passphrase()))


def make_request(subject: str, signing: PublicKey, opening: bytes) -> bytes:
    """A request for a certificate: only public keys, as a file."""
    found = {"v": 1, "subject": subject, "signing": to_base64(signing.raw), "opening": to_base64(opening)}
    return strict_json.dumps(found)


def certify(
    store: CentralStore, root_key: PrivateKey, kind: str, request: bytes, roles: frozenset[str] = frozenset()
) -> list[bytes]:
    """Certifies a centre or a person of the whole programme from a request; the certificate and those above it."""
    found = strict_json.loads(request, limit=64 * 1024, what="The request")
    version = strict_json.version_of(found, what="The request")
    if set(found) != {"v", "subject", "signing", "opening"} or version != 1 or type(found["subject"]) is not str:
        raise BadInput("This is not a request for a certificate.")
    root, now = store.registry.trust.root, now_ms()
    certificate = issue_certificate(
        root, [root_key], kind=kind, subject=found["subject"], roles=roles,
        signing=PublicKey(from_base64(found["signing"])), opening=from_base64(found["opening"]) or None,
        build=BUILD, not_before_ms=now - _DAY_MS,
        not_after_ms=root.not_after_ms if kind == "centre" else now + PERSON_YEARS * _YEAR_MS,
    )  # fmt: skip
    store.registry.add([certificate])
    return store.registry.trust.chain([read_certificate(certificate)])


# ---- the command line ----

_COMMANDS = {
    "programme": "make an empty folder the store of a new programme",
    "adopt": "make an empty folder the store of a programme that exists",
    "centre": "certify a centre from its request",
    "person": "certify a moderator or key officer from a request",
    "desk": "let this store certify one centre's machines and people by code",
    "code": "make a one-time code",
    "keys": "show whose keys there are, and which no longer count",
    "revoke": "end a key: what stands in the log before stays good, nothing after",
    "packs": "sign frameworks and scenarios as the programme's own",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the sub-commands to `observer central enrol`. Passphrases are asked for, or read from the environment
    variable OBSERVER_ROOT_PASSPHRASE; they never stand on the command line."""
    what = parser.add_subparsers(dest="enrol", required=True, metavar="WHAT")
    parsers = {name: what.add_parser(name, help=words) for name, words in _COMMANDS.items()}
    for sub in parsers.values():
        sub.add_argument("--data", type=Path, required=True, metavar="DIR", help="the store's folder")
        sub.add_argument("--json", action="store_true", help="answer for a program")
    parsers["programme"].add_argument("--programme", required=True, metavar="NAME")
    parsers["adopt"].add_argument("--root", type=Path, required=True, metavar="FILE", help="the root's certificate")
    parsers["adopt"].add_argument("--root-key", type=Path, required=True, metavar="FILE", help="its sealed key")
    parsers["adopt"].add_argument("--origin", required=True, metavar="NAME", help="the new log's name")
    parsers["packs"].add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files or folders")
    for name in ("centre", "person"):
        parsers[name].add_argument("--request", type=Path, required=True, metavar="FILE")
        parsers[name].add_argument("--out", type=Path, required=True, metavar="FILE", help="where the certificates go")
    parsers["person"].add_argument("--role", action="append", required=True, choices=[r.value for r in Role])
    parsers["desk"].add_argument("--centre", required=True, metavar="ID")
    code = parsers["code"]
    code.add_argument("--centre", required=True, metavar="ID")
    code.add_argument("--kind", required=True, choices=["device", "person"])
    code.add_argument("--subject", required=True, metavar="ID", help="a pseudonymous id, no name")
    code.add_argument("--role", action="append", default=[], choices=[r.value for r in Role])
    code.add_argument("--hours", type=int, default=72, help="how long the code counts")
    whose = parsers["revoke"].add_mutually_exclusive_group(required=True)
    for kind in ("device", "person", "centre", "log", "key"):
        whose.add_argument(f"--{kind}", metavar="ID", help="this key" if kind == "key" else f"every key of this {kind}")
    parsers["revoke"].add_argument("--reason", required=True, choices=REASONS)
    words = "the log entry from which it no longer counts (unless given: from now on)"
    parsers["revoke"].add_argument("--from", dest="from_entry", type=int, metavar="ENTRY", help=words)


def run_enrol(words: Sequence[str], *, as_json: bool = False) -> int:
    """`observer central enrol WORDS`; 0. Raises the store's errors, each a sentence; wrong words end with status 2."""
    parser = argparse.ArgumentParser(prog="observer central enrol", description="Keys and certificates of a programme.")
    add_arguments(parser)
    if list(words) in ([], ["help"]):
        parser.print_help()
        return 0 if words else 2
    args = parser.parse_args(list(words))
    args.json = args.json or as_json
    return _run(args)


def _run(args: argparse.Namespace) -> int:
    if args.enrol == "programme":
        create_programme(args.data, args.programme, _passphrase(new=True))
        _say(args, {"programme": args.programme}, f"This folder is now the store of {args.programme}.")
        if not args.json:
            print("Copy keys/root.sealed to two safe places and take it out of this folder when no centre is enrolled.")
        return 0
    if args.enrol == "adopt":
        key = PrivateKey(open_secret(_file(args.root_key), _passphrase()))
        adopt_programme(args.data, _file(args.root), key, args.origin)
        _say(args, {"origin": args.origin}, "This folder is now a store of that programme.")
        return 0
    with closing(CentralStore(args.data)) as store:
        if args.enrol in ("centre", "person"):
            roles = frozenset(args.role) if args.enrol == "person" else frozenset[str]()
            chain = certify(store, root_key_of(store, _passphrase), args.enrol, _file(args.request), roles)
            write_private(args.out, strict_json.dumps({"v": 1, "certificates": [to_base64(c) for c in chain]}))
            _say(args, {"out": args.out.name}, f"The certificates lie in {args.out.name}.")
        elif args.enrol == "desk":
            add_desk(store, root_key_of(store, _passphrase), args.centre)
            _say(args, {"centre": args.centre}, f"This store can now make codes for {args.centre}.")
        elif args.enrol == "keys":
            _show_keys(args, show_keys(store))
        elif args.enrol == "packs":
            _show_packs(args, sign_packs(store, args.paths, lambda: root_key_of(store, _passphrase)))
        elif args.enrol == "revoke":
            _revoke(args, store)
        else:
            code = make_code(
                store.database, centre=args.centre, kind=args.kind, subject=args.subject, roles=args.role,
                until_ms=now_ms() + args.hours * 3600 * 1000,
            )  # fmt: skip
            _say(args, {"code": code}, f"{code}   (once, within {args.hours} hours)")
    return 0


def _revoke(args: argparse.Namespace, store: CentralStore) -> None:
    kind = next(k for k in ("device", "person", "centre", "log", "key") if getattr(args, k))
    subject = str(getattr(args, kind))
    done = revoke_keys(
        store, kind, subject, args.reason, lambda: root_key_of(store, _passphrase), from_entry=args.from_entry
    )
    found = {"keys": list(done.keys), "valid_until_size": done.valid_until_size}
    words = f"{subject} counts for what stands in the log before entry {done.valid_until_size}, and for nothing after."
    print(json.dumps(found) if args.json else f"{words} The machines learn of it with their next exchange.")


def _show_keys(args: argparse.Namespace, found: list[dict[str, str]]) -> None:
    if args.json:
        print(json.dumps(found))
        return
    for one in found:
        until = datetime.fromtimestamp(int(one["until_ms"]) / 1000, UTC).date().isoformat()
        where = f" of {one['centre']}" if one["centre"] and one["kind"] != "centre" else ""
        word = f"until {until}" if one["counts"] == "yes" else "REVOKED"
        print(f"{one['kind']:7} {one['subject']}{where}  {word}  {one['key']}")


def _show_packs(args: argparse.Namespace, found: list[SignedPack]) -> None:
    if args.json:
        print(json.dumps({"packs": [asdict(p) for p in found]}))
        return
    for p in found:
        print(f"{'signed' if p.new else 'known '}  {p.kind} {p.id} {p.version}  {p.sha256}")
    print("The machines learn of it with their next exchange.")


def _say(args: argparse.Namespace, found: dict[str, str], words: str) -> None:
    print(json.dumps(found) if args.json else words)


def _file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path.name} cannot be read.", advice="Check that the file is there.") from error


def _passphrase(*, new: bool = False) -> str:
    given = os.environ.get("OBSERVER_ROOT_PASSPHRASE", "")
    if given:
        return given
    if not sys.stdin.isatty():
        raise BadInput("The root's passphrase is needed.", advice="Set OBSERVER_ROOT_PASSPHRASE or use a terminal.")
    found = getpass.getpass("Passphrase of the programme's root: ")
    if new and getpass.getpass("Again: ") != found:
        raise BadInput("The two passphrases differ.", advice="Try again.")
    return found
