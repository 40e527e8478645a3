# SPDX-License-Identifier: GPL-3.0-or-later
"""One central store, put together from its folder.

DIR/programme.json      the root and the log's certificates (all public)
DIR/keys/log.key        the log's private key; whoever has it can sign checkpoints
DIR/keys/root.sealed    the programme's root key under a passphrase; better kept elsewhere
DIR/keys/desk-*.key     the keys with which one-time codes are honoured
DIR/central.db          statements, tree, receipts, certificates, wraps, who fetched what
DIR/objects/            sealed objects by name
DIR/last-checkpoint     what was last signed: the signer's memory
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from observer_app import BUILD
from observer_app.central.access import Access
from observer_app.central.database import Database
from observer_app.central.erasing import ERASED, Erasing
from observer_app.central.handover import Handover
from observer_app.central.holdings import Holdings
from observer_app.central.inspection import inspect_certificates
from observer_app.central.intake import Intake
from observer_app.central.log import Log
from observer_app.central.objects import FileObjects
from observer_app.central.registry import Registry
from observer_app.errors import BadInput, Conflict, EnvironmentFault
from observer_app.protocol import About
from observer_app.trust import strict_json
from observer_app.trust.certificates import issue_certificate, read_certificate
from observer_app.trust.envelope import from_base64, to_base64
from observer_app.trust.keys import PrivateKey
from observer_app.trust.programme import Trust
from observer_app.trust.samples import sample_root, sample_root_key
from observer_app.trust.signed_time import sign_time

__all__ = ["CentralStore", "is_set_up", "now_ms", "set_up", "set_up_sample", "write_private"]

YEAR_MS = 366 * 24 * 3600 * 1000
_SETTINGS = "programme.json"
_FOREVER_MS = 4_102_444_800_000


def now_ms() -> int:
    """This machine's clock, ms since 1970 UTC."""
    return time.time_ns() // 1_000_000


def is_set_up(data: Path) -> bool:
    """Whether this folder belongs to a programme already."""
    return (data / _SETTINGS).exists()


def write_private(path: Path, content: bytes) -> None:
    """A new file only its owner reads, durable. Raises Conflict when it is there, EnvironmentFault."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise Conflict(f"{path.name} is there already and is not replaced.") from error
    except OSError as error:
        raise EnvironmentFault(f"{path.name} cannot be written in the store's folder.") from error


def set_up(data: Path, root: bytes, log_certificates: Sequence[bytes], log_key: PrivateKey) -> None:
    """Makes `data` the store of `root`'s programme. `log_certificates`: the log's first, then those above it.

    Raises Conflict when it is set up already, BadInput or IntegrityBroken when the parts do not fit each other.
    """
    if is_set_up(data):
        raise Conflict("This folder is the store of a programme already.", advice="Choose an empty folder.")
    Trust(root, log_certificates)
    first = read_certificate(log_certificates[0])
    if first.kind != "log" or first.key_id != log_key.key_id:
        raise BadInput("The log's certificate is not for the log's key.")
    write_private(data / "keys" / "log.key", log_key.seed)
    settings = {
        "v": 1,
        "origin": first.subject,
        "root": to_base64(root),
        "log": [to_base64(c) for c in log_certificates],
    }
    write_private(data / _SETTINGS, json.dumps(settings, indent=1).encode())


def set_up_sample(data: Path) -> None:
    """Makes `data` a store of the sample programme, which takes nothing real. Each has a name of its own: a sample
    store that was thrown away and made anew is another store, not one that forgot."""
    key, root = PrivateKey.generate(), sample_root()
    origin = f"sample/central-{secrets.token_hex(4)}"
    certificate = issue_certificate(
        root, [sample_root_key()], kind="log", subject=origin, signing=key.public, build=BUILD, not_before_ms=0,
        not_after_ms=_FOREVER_MS,
    )  # fmt: skip
    set_up(data, root.data, [certificate], key)


class CentralStore:
    """Everything the server answers from. Any thread may call its parts."""

    def __init__(self, data: Path, *, clock: Callable[[], int] = now_ms) -> None:
        """Opens the store in `data`. Raises BadInput (not set up), IntegrityBroken (not what it signed before)."""
        self.data, self.clock = data, clock
        origin, self.root, self.log_certificates = _settings(data)
        try:
            key = PrivateKey((data / "keys" / "log.key").read_bytes())
        except OSError as error:
            raise EnvironmentFault("The log's key cannot be read.", advice="Put keys/log.key back in place.") from error
        self.database = Database(data / "central.db")
        self.database.number_from(clock())
        self.registry = Registry(self.database, self.root)
        self.registry.add(self.log_certificates)
        chain = [*self.log_certificates, self.root]
        self.log = Log(self.database, origin, key, chain, data / "last-checkpoint", clock)
        self.access = Access(self.database, self.registry, origin, clock)
        self.files = FileObjects(data / "objects")
        self.erasing = Erasing(self.database, self.files)
        self.intake = Intake(self.database, self.log, self.registry, self.erasing, clock)
        self.intake.log_revocations()  # what a stop kept from being logged
        self.erasing.sweep()  # and from being erased
        self.holdings = Holdings(self.database, self.files, self.access, clock)
        self.handover = Handover(self.database, self.registry, self.access, self.erasing, clock)

    def about(self) -> About:
        """What the store says of itself to anyone."""
        root = self.registry.trust.root
        return About(self.log.origin, root.programme, root.sample, self.clock(), self.root, self.log_certificates)

    def signed_time(self, nonce: str) -> str:
        """The store's time, signed by its log over the asker's own number. Raises BadInput."""
        return sign_time(self.log.origin, self.clock(), nonce, self.log.key)

    def take_certificates(self, envelopes: Sequence[bytes]) -> int:
        """Accepts certificates and revocations as `Registry.add`; each revocation becomes an entry of the log."""
        new = self.registry.add(envelopes)
        self.intake.log_revocations()
        return new

    def faults(self) -> list[str]:
        """SLOW. What is wrong in this store, each in a sentence naming it: the file, the log, the objects."""
        found = [f"The database is damaged: {words}" for words in self.database.damage()]
        found += self.log.faults()
        found += inspect_certificates(self.database, self.log.public, self.root)
        for name, size, complete in self.database.rows("SELECT sha256, size, complete FROM object ORDER BY sha256"):
            if complete == ERASED:
                continue
            if complete and not self.files.check(str(name)):
                found.append(f"Object {name} is missing or altered.")
            elif complete and self.files.path(str(name)).stat().st_size != size:
                found.append(f"Object {name} stands under another size.")
        lost = (
            "SELECT c.sha256 FROM completed c LEFT JOIN object o USING (sha256) "
            "WHERE coalesce(o.complete, 0) NOT IN (1, 2)"
        )
        unlisted = (
            "SELECT o.sha256 FROM object o LEFT JOIN completed c USING (sha256) "
            "WHERE o.complete = 1 AND c.number IS NULL"
        )
        found += [f"Object {name} was erased, and no signed deletion says so." for name in self.erasing.unsigned()]
        for sql in (lost, unlisted):
            found += [f"Object {name} was taken off a list it stood on." for (name,) in self.database.rows(sql)]
        return found

    def close(self) -> None:
        """Lets go of the files."""
        self.database.close()


def _settings(data: Path) -> tuple[str, bytes, tuple[bytes, ...]]:
    try:
        raw = (data / _SETTINGS).read_bytes()
    except OSError as error:
        raise BadInput(
            "This folder is not a central store yet.", advice="Set it up with: observer central enrol programme"
        ) from error
    found = strict_json.loads(raw, limit=1024 * 1024, what="The store's programme file")
    if (
        strict_json.version_of(found, what="The store's programme file") != 1
        or set(found) != {"v", "origin", "root", "log"}
        or type(found["log"]) is not list
        or type(found["origin"]) is not str
    ):
        raise BadInput("The store's programme file is not in the expected form.", file=_SETTINGS)
    log = tuple(from_base64(c, "A certificate") for c in found["log"])
    return found["origin"], from_base64(found["root"], "The root"), log
