# SPDX-License-Identifier: GPL-3.0-or-later
"""`observer verify`: checks what Observer gave out, offline, without believing whoever gave it.

Accepts folders with a manifest, bundles, signed files, receipts, bare envelopes beside their certificates, recordings.
The steps, in the order they happen (the numbers stand in the report):

1. The root: the one given; the built-in one for samples; else the one in the files, and the report says so.
2. Every file of a folder or bundle against its signed manifest: changed, added and missing ones are named.
3. Certificates: each leads to the root, none is without use.
4. Statements: the one form in bytes, every signature, who may sign what, sample apart from real; nothing signed with
   a key from the place in the log on at which a revocation among the files ends it.
5. Each device's statements continue each other; two at one place are an alarm, and so is one that is absent though a
   day's close answers for it.
6. Receipts and checkpoints: the entry is in the log, the checkpoint is the log's; all of them tell one history of it,
   whatever its length was; a central store's own list leaves no entry out.
7. Recordings and other loose files: by the statement that names their SHA-256: behind them (a trailer), beside them
   (`name.observer`), among the paths given, or the manifest of a folder above.
8. Bundles: no byte of the ZIP is free.
9. What statements say of each other: an amendment's record is a record, a second signature under it another person's;
   what a machine signed of its recording is what the record says of it, and what the programme signed as a framework or
   scenario what a record names under that id and version.
10. Codes printed on reports (`observer-record:...`, in quotes): the record is here, and in the log where the code says.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from observer_app.errors import BadInput, EnvironmentFault, IntegrityBroken, ObserverError
from observer_app.trust import strict_json
from observer_app.trust.bundle import bundle_parts, is_bundle
from observer_app.trust.certificates import Certificate, read_certificate
from observer_app.trust.checkpoints import MAX_NOTE
from observer_app.trust.envelope import MAX_ENVELOPE
from observer_app.trust.examination import Examination
from observer_app.trust.manifest import MANIFEST_NAME, MAX_MANIFEST, ManifestCheck, check_parts, read_manifest
from observer_app.trust.many import examine_many
from observer_app.trust.parts import Hashes, Part, Progress, folder_parts, no_progress
from observer_app.trust.printed import PREFIX
from observer_app.trust.receipts import FIRST_LINE, MAX_RECEIPT
from observer_app.trust.report import Report, plain
from observer_app.trust.signed_file import FORMAT, SUFFIX, read_signed_file
from observer_app.trust.trailer import split_trailer

__all__ = ["load_root", "run_verify", "verify_paths"]

_HASH_NAME = re.compile(r"[0-9a-f]{64}")
_HEAD = 64
_FILE_LIMIT = MAX_ENVELOPE + 1024 * 1024
_ABOVE = 12
_CHECKPOINT = "checkpoint.txt"


def load_root(path: Path) -> Certificate:
    """A root from a file: its envelope, or a signed file of it. Raises BadInput, EnvironmentFault."""
    try:
        if not path.is_file():
            raise BadInput("The root given is not a file.")
        data = Part(path.name, path, path.stat().st_size).read(_FILE_LIMIT)
    except OSError as error:
        raise EnvironmentFault(f"The root {path.name} cannot be read ({error.strerror}).") from error
    found = strict_json.loads(data, limit=_FILE_LIMIT, what="The root")
    root = read_certificate(read_signed_file(data).envelope if found.get("format") == FORMAT else data)
    if root.kind != "root":
        raise BadInput("The file given as the root is not a programme's root.")
    return root


def verify_paths(paths: Sequence[Path], *, root: Path | None = None, progress: Progress = no_progress) -> Report:
    """Verifies everything under `paths`. Never raises for what is wrong with them: the report says it."""
    try:
        given = load_root(root) if root is not None else None
    except ObserverError as error:
        return Report(usage=str(error))
    codes = [p.as_posix() for p in paths if p.as_posix().startswith(PREFIX)]
    paths = [p for p in paths if not p.as_posix().startswith(PREFIX)]
    absent = [p for p in paths if not p.exists()]
    if absent:
        return Report(usage=f"There is no {absent[0]}.")
    odd = [p for p in paths if not p.is_dir() and not p.is_file()]  # a pipe, say, which nobody may ever write to
    if odd:
        return Report(usage=f"{odd[0]} is neither a file nor a folder.")
    if not paths:
        also = " A printed code needs what holds its record as well: the day's bundle, say." if codes else ""
        return Report(usage=f"Say which files or folders to verify.{also}")
    run = _Run(Examination(given), progress)
    loose: list[Path] = []
    for path in paths:
        if path.is_dir():
            run.folder(path)
        elif not run.known(path):
            loose.append(path)
    for path in loose:
        run.loose(path)
    for code in codes:
        run.examination.printed(code)
    return run.examination.finish()


def run_verify(paths: Sequence[Path], *, root: Path | None = None, as_json: bool = False) -> int:
    """The command: prints the report, with progress on a terminal after the first second; the exit code."""
    begun, shown = time.monotonic(), [0.0]

    def progress(done: int, whole: int, name: str) -> None:
        now = time.monotonic()
        if now - begun > 1 and now - shown[0] > 0.2:
            shown[0] = now
            part = f"{100 * done // whole:3d} %" if whole else ""
            print(f"\r\x1b[K{part} {plain(name[-60:])}", end="", file=sys.stderr, flush=True)

    report = verify_paths(paths, root=root, progress=progress if sys.stderr.isatty() else no_progress)
    if shown[0]:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    if as_json:
        print(json.dumps(report.as_dict()))
    else:
        out = sys.stderr if report.usage else sys.stdout
        known = out.encoding or "utf-8"  # a terminal may not have every letter of a name
        print("\n".join(report.lines()).encode(known, "backslashreplace").decode(known), file=out)
    return report.exit_code


def _head(part: Part) -> bytes:
    return b"".join(part._replace(size=min(part.size, _HEAD)).chunks())


class _Run:
    def __init__(self, examination: Examination, progress: Progress) -> None:
        self.examination = examination
        self.report = examination.report
        self.progress = progress
        self.hashes: Hashes = {}

    def folder(self, folder: Path) -> None:
        """Step 2 for a folder, then everything in it."""
        try:
            parts = folder_parts(folder)
        except ObserverError as error:
            self.report.wrong(2, str(folder), error)
            return
        self.tree(parts, f"{folder.as_posix().rstrip('/')}/")

    def tree(self, parts: Sequence[Part], shown: str) -> None:
        """Step 2: the manifest first, then the files it names and that are as signed."""
        check: ManifestCheck | None = None
        try:
            file = read_manifest(parts)
            trust = self.examination.trust_for(file.certificates)
            check = check_parts(parts, file, trust, hashes=self.hashes, progress=self.progress)
            self.examination.statement(shown + MANIFEST_NAME, check.verified, trust)
            self.report.good(2, check.fit)
        except ObserverError as error:
            name = error.subject if isinstance(error, IntegrityBroken) and error.subject else ""
            known = name in {p.name for p in parts}
            self.report.wrong(2, shown + (name if known else MANIFEST_NAME), error)
        differing: set[str] = set()
        if check is not None:
            for names, words in (
                (check.changed, "It was changed after it was signed for."),
                (check.added, "It was added: the signed list does not name it."),
                (check.missing, "It is missing: the signed list names it."),
            ):
                differing.update(names)
                for name in names:
                    self.report.wrong(2, shown + name, words)
        rest = [p for p in parts if p.name != MANIFEST_NAME and p.name not in differing]
        self.contents(rest, shown)
        self.checkpoints(rest, shown, check)

    def contents(self, parts: Sequence[Part], shown: str) -> None:
        """Steps 3 to 8 inside a folder or bundle."""
        examine_many(self.examination, [(shown + p.name, p) for p in parts if p.name.endswith(SUFFIX)], _FILE_LIMIT)
        for part in parts:
            if part.name.endswith(SUFFIX):
                continue
            name = shown + part.name
            try:
                head = _head(part)
                if part.name.endswith("/" + MANIFEST_NAME):
                    self.nested(parts, part, shown)
                elif head.startswith(FIRST_LINE.encode()):
                    self.examination.receipt(name, part.read(MAX_RECEIPT))
                elif part.name.endswith(".zip") and is_bundle(head) and not part.offset:
                    self.bundle(part.path, name)
            except ObserverError as error:
                self.report.wrong(4, name, error)
        for part in parts:
            if self.hashes.get((part.path, part.offset)) in self.examination.vouched:
                self.report.good(7)

    def checkpoints(self, parts: Sequence[Part], shown: str, check: ManifestCheck | None) -> None:
        """Step 6 for the checkpoints beside records, once all receipts were seen. Where the log itself signed the list
        that was checked, it holds every entry, and the checkpoint that says how many."""
        whole = check is not None and check.verified.signers[0].kind == "log"
        if whole and not any(p.name == _CHECKPOINT for p in parts):
            words = "The log's own list comes without the log's word for how many entries there are (checkpoint.txt)."
            self.report.wrong(6, shown + MANIFEST_NAME, words)
        for part in parts:
            if part.name.rpartition("/")[2] == _CHECKPOINT:
                try:
                    self.examination.checkpoint(shown + part.name, part.read(MAX_NOTE), whole=whole)
                except ObserverError as error:
                    self.report.wrong(6, shown + part.name, error)

    def nested(self, parts: Sequence[Part], manifest: Part, shown: str) -> None:
        """A folder within a folder that has a signed list of its own."""
        prefix = manifest.name.removesuffix(MANIFEST_NAME)
        inner = [p._replace(name=p.name.removeprefix(prefix)) for p in parts if p.name.startswith(prefix)]
        file = read_manifest(inner)
        trust = self.examination.trust_for(file.certificates)
        check = check_parts(inner, file, trust, hashes=self.hashes)
        self.examination.statement(shown + manifest.name, check.verified, trust)
        self.report.good(2, check.fit)
        for name in (*check.changed, *check.added, *check.missing):
            self.report.wrong(2, shown + prefix + name, f"It is not as {shown}{manifest.name} says.")
        self.checkpoints([p for p in inner if p.name not in check.changed], shown + prefix, check)

    def bundle(self, path: Path, shown: str) -> None:
        """Step 8, then step 2 within."""
        parts = bundle_parts(path)
        self.report.good(8)
        self.tree(parts, shown + ": ")

    def known(self, path: Path) -> bool:
        """A single file of a kind that stands alone; False for any other."""
        name = str(path)
        try:
            part = Part(name, path, path.stat().st_size)
            head = _head(part)
            if is_bundle(head):
                self.bundle(path, name)
            elif head.startswith(FIRST_LINE.encode()):
                self.examination.receipt(name, part.read(MAX_RECEIPT))
            elif head.startswith(b"{"):
                self.json_file(part)
            else:
                return False
        except (ObserverError, OSError) as error:
            words = error if isinstance(error, ObserverError) else f"It cannot be read ({error.strerror})."
            self.report.wrong(8 if path.suffix == ".zip" else 4, name, words)
        return True

    def json_file(self, part: Part) -> None:
        """Step 4 for a file given by itself: a signed file, a manifest without its folder, or a bare envelope."""
        data = part.read(3 * MAX_MANIFEST)
        found = strict_json.loads(data, limit=3 * MAX_MANIFEST, what="The file")
        if "format" not in found:
            self.examination.envelope(part.name, data)
            return
        file = read_signed_file(data, limit=2 * MAX_MANIFEST)
        trust = self.examination.trust_for(file.certificates)
        envelope_type = str(found["envelope"].get("payloadType"))
        if ".manifest+" not in envelope_type:
            self.examination.by_itself.add(part.name)
            self.examination.signed(part.name, file)
            return
        check = check_parts([], file, trust)
        self.examination.statement(part.name, check.verified, trust)
        for entry in check.verified.statement.body["files"]:
            self.examination.vouched.setdefault(entry["sha256"], part.name)
        self.report.remark(
            2, part.name, f"Only the list itself was checked, not the {len(check.missing)} files it names."
        )

    def loose(self, path: Path) -> None:
        """Step 7: whatever vouches for a file that cannot speak for itself."""
        name = str(path)
        try:
            carried = split_trailer(path)
            whole = path.stat().st_size
            digest = Part(name, path, carried[0] if carried else whole).sha256(lambda n: self.progress(n, whole, name))
            if carried is not None:
                self._vouch(name, f"{name} (its end)", carried[1], digest)
            elif digest in self.examination.vouched:
                self.report.good(7)
            elif path.with_name(path.name + SUFFIX).is_file():
                beside = path.with_name(path.name + SUFFIX)
                size = beside.stat().st_size
                self._vouch(name, str(beside), Part(beside.name, beside, size).read(_FILE_LIMIT), digest)
            elif not self._listed_above(path, digest):
                self._by_name(path, digest)
        except (ObserverError, OSError) as error:
            words = error if isinstance(error, ObserverError) else f"It cannot be read ({error.strerror})."
            self.report.wrong(7, name, words)

    def _vouch(self, name: str, source: str, signed: bytes, digest: str) -> None:
        self.examination.signed_file(source, signed)
        if digest in self.examination.vouched:
            self.report.good(7)
        else:
            self.report.wrong(7, name, f"It is not the file that was signed for in {source}.")

    def _listed_above(self, path: Path, digest: str) -> bool:
        """A file left where it was: the signed list of a folder above it. False when there is none that names it."""
        place = path.resolve()
        for folder in list(place.parents)[:_ABOVE]:
            manifest = folder / MANIFEST_NAME
            if not manifest.is_file():
                continue
            part = Part(MANIFEST_NAME, manifest, manifest.stat().st_size)
            file = read_manifest([part])
            trust = self.examination.trust_for(file.certificates)
            check = check_parts([part], file, trust)
            relative = place.relative_to(folder).as_posix()
            for entry in check.verified.statement.body["files"]:
                if entry["path"] == relative:
                    self.examination.statement(str(manifest), check.verified, trust)
                    if entry["sha256"] == digest:
                        self.report.good(7)
                    else:
                        self.report.wrong(7, str(path), f"It was changed after {manifest} was signed.")
                    return True
        return False

    def _by_name(self, path: Path, digest: str) -> None:
        if _HASH_NAME.fullmatch(path.stem) and path.stem == digest:
            self.report.good(7)
            self.report.remark(7, str(path), "It is what its name says; no signed statement naming it was given.")
        elif _HASH_NAME.fullmatch(path.stem):
            self.report.wrong(7, str(path), "It is not what its name says: it was altered.")
        else:
            self.report.wrong(7, str(path), "Nothing signed vouches for this file: give what names it as well.")
