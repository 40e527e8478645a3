# SPDX-License-Identifier: GPL-3.0-or-later
"""The second verifier: one file for auditors, Python's standard library and PyNaCl, to be read within an hour.

    python observer_verify.py PATH... [--root FILE] [--json]      exit status 0 all well, 1 something is wrong, 2 usage

PATH: a folder or bundle given out, a signed file, a receipt, a recording. Written from docs/formats.md; it shares no
line with `observer verify`, which is quicker, explains more and looks at every field's grammar. Tests hold both to one
verdict. Take it from where you trust, never from what you check. What must hold, by the numbers in the report:

 1 root     it signs itself; it is the one given, or is taken from the files, and then that is said
 2 list     every file is as the folder's or bundle's signed list says; none was added, none is missing
 3 papers   certificates lead to that root, each given by who may give it; none is without use
 4 word     a statement has one form and the signatures it names, of who may sign it; an ended key's counts no more
 5 order    a machine's statements continue each other; what a day's close answers for is there
 6 log      an entry is in the log its receipt names; all receipts and checkpoints tell one history
 7 files    a recording is the one a statement names
 8 bundle   no byte of the ZIP is free
 9 about    what is said of a record is said of one, by who may; a second signature or refusal is another's; nothing
            is marked twice; a machine's list of its recording agrees with its record, its packs with those signed
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import struct
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from nacl.bindings import crypto_core_ed25519_is_valid_point
from nacl.exceptions import CryptoError
from nacl.signing import VerifyKey

MB = 2**20
SAMPLE_ROOT = "07f7a45097968d512944e2e00a6c497d3b90697a80458b602dfbdf694c644331"
SAMPLE_KEY = "ed25519:5ba442dd88ec178b35afcf7dce6deb1a1435b6e0790d8fe67089ff8b7352b6e0"
T = TypeVar("T")


class Wrong(Exception):
    """What does not hold, in a sentence."""


def need(holds: object, words: str) -> None:
    """Raises Wrong with `words` unless `holds`."""
    if not holds:
        raise Wrong(words)


# ---- bytes: one meaning for each ----
def read_json(data: bytes, limit: int) -> dict[str, Any]:
    """Strict JSON: one object, no name twice, whole numbers within 2**53, no half characters."""

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        need(len(dict(found)) == len(found), "A name stands twice.")
        return dict(found)

    def whole(digits: str) -> int:
        need(digits != "-0" and len(digits) < 18 and abs(int(digits)) < 2**53, "A number is not allowed.")
        return int(digits)

    need(len(data) <= limit, "It is too large.")
    found = json.loads(data.decode(), object_pairs_hook=pairs, parse_int=whole, parse_float=whole)
    need(type(found) is dict and write_json(found), "It is not one object.")  # half a character cannot be written
    return dict(found)


def write_json(value: Any) -> bytes:
    """As Observer writes it."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def unbase64(text: Any) -> bytes:
    """Base64 in its one form."""
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text, "Base64 is not in its one form.")
    return data


def sha256(data: bytes) -> bytes:
    """32 bytes."""
    return hashlib.sha256(data).digest()


# ---- 4: statements and their signatures (docs/formats.md, sections 2 and 3) ----
NUMBERS = "v device_seq claimed_wall_ms monotonic_ms"
TEXTS = "type programme centre device prev person boot_id app_build"
# type: (kinds that must all sign, kinds of which one must, roles of which the person must hold one, fields of the body)
ISSUERS, BOTH, OTHERS = "root centre", "person device", "sample keys last_checkpoint last_server_time body"
MARKS = "ratings unrated global_rating outcome events event_log"
ANY, VALID = "assessor moderator manager", "threshold signing_keys opening_key not_before_ms not_after_ms"
SIGNED_BY = {
    "record": (BOTH, "", "assessor", MARKS + " observation sitting candidate actor framework scenario media"),
    "amendment": (BOTH, "", ANY, "record reason_sha256 changes outcome"),
    "countersignature": (BOTH, "", ANY, "record amendment"),
    "refusal": (BOTH, "", ANY, "record amendment reason_sha256"),
    "void": (BOTH, "", "assessor manager", "record reason_sha256"),
    "second_mark": (BOTH, "", "moderator", MARKS + " record"),
    "release": (BOTH, "", "moderator manager", "record what purpose reason_sha256 from_ms to_ms files"),
    "latency": (BOTH, "", "moderator manager", "record recording latency_ms reason_sha256"),
    "adjudication": (BOTH, "", "moderator", "records decision reason_sha256 ratings outcome"),
    "media": ("device", "", "", "observation recording segments"),
    "deletion": ("person", "", "key_officer manager", "subject what objects reason_sha256"),
    "day_close": (BOTH, "", "manager", "day first_seq last_seq head expected records explained"),
    "certificate": ("", ISSUERS, "", "subject kind roles centre " + VALID),
    "revocation": ("", ISSUERS, "", "key valid_until_size reason"),
    "pack": ("", ISSUERS + " person", "manager", "pack kind size"),
    "roster": ("", "centre person log", "manager", "day sittings count objects"),
    "manifest": ("", ISSUERS + " person device log", "", "files counts"),
}
SIDE, MIXED = ("sample", "programme"), "Samples and results, or two programmes, are mixed."
MAY_ISSUE = {"root": {"centre", "person", "log"}, "centre": {"device", "person", "log"}}


class Said(NamedTuple):
    """A statement, nothing of it believed yet. `message`: what is signed; `signatures`: key's name and 64 bytes."""

    envelope: bytes
    id: str
    message: bytes
    payload: bytes
    head: dict[str, Any]
    body: dict[str, Any]
    signatures: list[tuple[str, bytes]]

    @property
    def keys(self) -> dict[str, bytes]:
        """The signing keys a certificate is about, by name."""
        listed = [unbase64(k["public"]) for k in self.body["signing_keys"]]
        return {"ed25519:" + sha256(k).hex(): k for k in listed}


def read_statement(envelope: bytes, limit: int = MB) -> Said:
    """An envelope in its one form, and the statement in it."""
    found = read_json(envelope, limit)
    need(found.keys() == {"payload", "payloadType", "signatures"}, "It is not an envelope.")
    payload, kind = unbase64(found["payload"]), str(found["payloadType"])
    signatures = [(s["keyid"], unbase64(s["sig"])) for s in found["signatures"]]
    need(write_json(found) == envelope, "An envelope is not in its one form.")
    need(all(s.keys() == {"alg", "keyid", "sig"} and s["alg"] == "ed25519" for s in found["signatures"]), "Signatures.")
    head = read_json(payload, limit)
    known = head.get("type") in SIGNED_BY and (type(head.get("v")) is not int or head["v"] <= 1)
    need(known, "A statement was made by a newer Observer.")
    need(head.keys() == set(f"{NUMBERS} {TEXTS} {OTHERS}".split()), "A statement lacks a field, or has one too many.")
    need(all(type(head[n]) is int for n in NUMBERS.split()), "A statement's number is none.")
    need(head["v"] == 1 and all(type(head[n]) is str for n in TEXTS.split()), "A statement's text is none.")
    need(type(head["body"]) is dict and type(head["sample"]) is bool, "A statement has no body, or no side.")
    need(head["body"].keys() == set(SIGNED_BY[head["type"]][3].split()), "A body lacks a field, or has one too many.")
    need(kind == f"application/vnd.observer.{head['type']}+json", "A statement stands in an envelope of another type.")
    need(1 <= len(signatures) <= 8 and len(dict(signatures)) == len(signatures), "A key signed twice.")
    need(head["keys"] == [name for name, _ in signatures], "A statement does not carry the signatures it names.")
    message = b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)
    return Said(envelope, sha256(message).hex(), message, payload, head, head["body"], signatures)


def check_signature(key: bytes, message: bytes, signature: bytes) -> None:
    """Ed25519, strict: the key a sound point of the main group; libsodium refuses S beyond the order and a small R."""
    need(len(key) == 32 and crypto_core_ed25519_is_valid_point(key), "A key is not a sound point.")
    try:
        VerifyKey(key).verify(message, signature)
    except (CryptoError, ValueError) as error:
        raise Wrong("A signature does not fit: the text or the signature was altered.") from error


# ---- 1 and 3: certificates (section 4) ----
class Papers:
    """The certificates a file carries, the root last; checked when made."""

    def __init__(self, certificates: Iterable[bytes], root: bytes | None) -> None:
        self.all = [read_statement(c) for c in certificates]
        need(self.all and all(c.head["type"] == "certificate" for c in self.all), "It carries no certificates.")
        self.root, self.above = self.all[-1], dict[str, Said]()
        need(self.root.body["kind"] == "root", "The certificates do not end in a root.")
        need(root in (None, self.root.envelope), "This was made under another root than the one given.")
        sample = sha256(self.root.envelope).hex() == SAMPLE_ROOT
        need(self.root.head["sample"] == sample, "It is no sample, or no result.")
        self._signed(self.root, self.root)
        for one in self.all:
            body = one.body
            sound = body["not_before_ms"] <= body["not_after_ms"] and 1 <= body["threshold"] <= len(one.keys)
            need(sound, "A certificate contradicts itself.")
            need(SAMPLE_KEY not in one.keys or (sample and one is self.root), "The published sample key is misused.")
            need(all(one.head[n] == self.root.head[n] for n in SIDE), MIXED)
            if one is not self.root:
                self.above[one.id] = self._issuer(one)

    def _signed(self, one: Said, issuer: Said) -> None:
        need(issuer.keys.keys() >= set(one.head["keys"]), "A certificate is signed by other keys than its issuer's.")
        need(len(one.signatures) >= issuer.body["threshold"], "Too few of its issuer's keys signed a certificate.")
        for name, signature in one.signatures:
            check_signature(issuer.keys[name], one.message, signature)

    def _issuer(self, one: Said) -> Said:
        body, keys = one.body, set(one.head["keys"])
        for issuer in (c for c in self.all if c.body["kind"] in MAY_ISSUE and c.keys.keys() >= keys):
            its = issuer.body
            if its["not_before_ms"] <= body["not_before_ms"] and body["not_after_ms"] <= its["not_after_ms"]:
                self._signed(one, issuer)
                need(body["kind"] in MAY_ISSUE[its["kind"]], "A certificate was given by who may not give it.")
                need(its["kind"] == "root" or body["centre"] == its["subject"], "Certified across centres.")
                need(body["kind"] != "centre" or body["centre"] == body["subject"], "A centre names another.")
                return issuer
        raise Wrong("A certificate does not lead to the root, or outlives its issuer's.")

    def up(self, ones: Iterable[Said]) -> Iterator[Said]:
        """`ones` and all above them but the root."""
        for one in ones:
            while one is not self.root:
                yield one
                one = self.above[one.id]

    def chain(self, ones: Iterable[Said]) -> list[bytes]:
        """`ones` and all above them, each once, the root last."""
        return [*dict.fromkeys(one.envelope for one in self.up(ones)), self.root.envelope]

    def rests_on(self, ones: Iterable[Said]) -> set[str]:
        """What a revocation can end: each key by its name, for the root's; with the centre above it, for a centre's."""
        names = [(key, self.above[one.id].body["subject"]) for one in self.up(ones) for key in one.keys]
        return {key for key, _ in names} | {f"{key} of {subject}" for key, subject in names}

    def believe(self, said: Said) -> list[Said]:
        """Step 4: every signature, and who may sign what. The signers' certificates, in order."""
        head, signers, of = said.head, list[Said](), ("", said.head["centre"])
        need(all(head[n] == self.root.head[n] for n in SIDE), MIXED)
        for k, signature in said.signatures:
            held = [c for c in self.all if k in c.keys and (c.body["kind"] == "log" or c.body["centre"] in of)]
            current = [c for c in held if c.body["not_before_ms"] <= head["claimed_wall_ms"] <= c.body["not_after_ms"]]
            need(held, "A signer has no certificate here.")
            signers.append((current or held)[-1])
            check_signature(signers[-1].keys[k], said.message, signature)
        must, one_of, roles, _ = (set(words.split()) for words in SIGNED_BY[head["type"]])
        kinds = {s.body["kind"] for s in signers}
        people = [s.body for s in signers if s.body["kind"] == "person"]
        machines = [s.body for s in signers if s.body["kind"] == "device"]
        need(kinds >= must and (not one_of or kinds & one_of), "A statement lacks a signature it must have.")
        need(not people or not roles or roles & set(people[0]["roles"]), "It was signed by a person without the role.")
        need((people[0]["subject"] if people else "") == head["person"], "It names another person than its signer.")
        need([m["subject"] for m in machines] == [head["device"]] * bool(head["device"]), "It names another machine.")
        need(not machines or machines[0]["centre"] == head["centre"], "It names another centre than its machine's.")
        return signers


# ---- 6: the log (section 7; RFC 9162, section 2.1) ----
NUMBER, ORIGIN = "(0|[1-9][0-9]{0,15})", "[A-Za-z0-9][A-Za-z0-9._:@/~-]{0,119}"
Span = tuple[int, int]
# A proof: the entry's place, the path up, the checkpoint; where it stands alone, its hash and certificates.
Receipt = tuple[int, list[bytes], str, bytes, list[bytes]]


def read_receipt(data: bytes) -> Receipt:
    """A receipt in its one form."""
    form = f"c2sp[.]org/tlog-proof@v1\n(?:extra ([^\n]+)\n)?index {NUMBER}\n((?:[^\n]+\n){{0,63}})\n(.*)"
    found = re.fullmatch(form, data.decode(), re.DOTALL)
    if found is None or len(data) > MB:
        raise Wrong("It is not a receipt.")
    extra, index, lines, note = found.groups()
    leaf, certificates = b"", list[bytes]()
    if extra is not None:
        more = read_json(unbase64(extra), MB)
        right = more.keys() == {"certificates", "leaf"} and write_json(more) == unbase64(extra)
        leaf, certificates = bytes.fromhex(more["leaf"]), [unbase64(c) for c in more["certificates"]]
        need(right and leaf.hex() == more["leaf"] and len(leaf) == 32, "Its extra line is wrong.")
    return int(index), [unbase64(line) for line in lines.split("\n")[:-1]], note, leaf, certificates


def read_checkpoint(note: str, papers: Papers) -> tuple[str, int, bytes, Said]:
    """Origin, size, root and the log's certificate, once that log's newest key here has signed, and nobody else."""
    found = re.fullmatch(f"(({ORIGIN})\n{NUMBER}\n(.+)\n)\n\u2014 ({ORIGIN}) (.+)\n", note)
    if found is None:
        raise Wrong("A checkpoint is not in its form.")
    text, origin, size, root, name, signature = found.groups()
    logs = [c for c in papers.all if c.body["kind"] == "log" and c.body["subject"] == origin]
    need(logs and name == origin, "The log of a checkpoint has no certificate here.")
    key, raw = next(iter(logs[-1].keys.values())), unbase64(signature)
    need(raw[:4] == sha256(origin.encode() + b"\n\x01" + key)[:4], "A checkpoint is signed by another key.")
    check_signature(key, text.encode(), raw[4:])
    need(len(unbase64(root)) == 32, "A checkpoint's root has a wrong length.")
    return origin, int(size), unbase64(root), logs[-1]


def nodes_of(index: int, size: int, leaf: bytes, path: list[bytes]) -> Iterator[tuple[Span, bytes]]:
    """Every node a proof speaks of: (first entry, entry after its last) and hash; the last one is the root."""
    need(index < size, "A receipt names a place the log does not have.")
    start, end, turns = 0, size, list[tuple[int, int, int]]()
    while end - start > 1:  # down to the leaf; on the left the largest full tree that leaves something on the right
        middle = start + (1 << ((end - start - 1).bit_length() - 1))
        turns.append((start, middle, end))
        start, end = (start, middle) if index < middle else (middle, end)
    need(len(path) == len(turns) and all(len(p) == 32 for p in path), "A receipt's proof has a wrong length.")
    yield (index, index + 1), leaf
    for (start, middle, end), beside in zip(reversed(turns), path, strict=True):
        left = index < middle
        yield ((middle, end) if left else (start, middle)), beside
        leaf = sha256(b"\x01" + (leaf + beside if left else beside + leaf))
        yield (start, end), leaf


# ---- 2 and 8: folders and bundles (section 8) ----
class Piece(NamedTuple):
    """A file or a member of a bundle: `size` bytes from `start` of `path`."""

    name: str
    path: Path
    start: int
    size: int

    def chunks(self) -> Iterator[bytes]:
        """A megabyte at a time."""
        left = self.size
        with self.path.open("rb") as file:
            file.seek(self.start)
            while left:
                chunk = file.read(min(MB, left))
                need(chunk, "It ends before its end.")
                left -= len(chunk)
                yield chunk

    def read(self, start: int = 0, most: int = 129 * MB) -> bytes:
        """At most `most` bytes."""
        return b"".join(self._replace(start=self.start + start, size=min(self.size - start, most)).chunks())

    def sha256(self) -> str:
        """In hexadecimal."""
        digest = hashlib.sha256()
        for chunk in self.chunks():
            digest.update(chunk)
        return digest.hexdigest()


def piece_of(path: Path, name: str = "") -> Piece:
    """A whole file. Links and devices are refused: what they show may change."""
    need(path.is_file() and not path.is_symlink(), "It is a link or a device.")
    return Piece(name or str(path), path, 0, path.stat().st_size)


def folder_pieces(folder: Path) -> list[Piece]:
    """Every file below `folder`."""
    found = sorted(p for p in folder.rglob("*") if p.is_symlink() or not p.is_dir())
    return [piece_of(p, p.relative_to(folder).as_posix()) for p in found]


def bundle_pieces(bundle: Path) -> list[Piece]:
    """Step 8: the members; every other byte of the ZIP is made again from them and compared."""
    found, listed, whole, place = list[Piece](), b"", piece_of(bundle), 0
    while whole.read(place, 4) == b"PK\3\4":
        head = whole.read(place, 30).ljust(30)
        size, length = struct.unpack_from("<IH", head, 22)
        name = whole.read(place + 30, length)
        piece, crc = Piece(name.decode(), bundle, place + 30 + length, size), 0
        for chunk in piece.chunks():
            crc = zlib.crc32(chunk, crc)
        fields = (20, 0x0800, 0, 0, 0x0021, crc, size, size, len(name))
        need(head == b"PK\3\4" + struct.pack("<HHHHHIIIHH", *fields, 0), f"{piece.name} was altered in the bundle.")
        listed += b"PK\1\2" + struct.pack("<HHHHHHIIIHHHHHII", 20, *fields, 0, 0, 0, 0, 0, place) + name
        found.append(piece)
        place = piece.start + size
    end = struct.pack("<HHHHIIH", 0, 0, len(found), len(found), len(listed), place, 0)
    need(whole.read(place) == listed + b"PK\5\6" + end, "The bundle's list of members was altered.")
    names = [p.name for p in found]
    need(names == sorted(set(names), key=lambda n: (n != "manifest.json", n)), "The bundle's members are not in order.")
    return found


class Audit:
    """One run: what was wrong, said and counted, and what all files together must not contradict."""

    def __init__(self, root: bytes | None = None) -> None:
        self.root, self.wrong, self.notes, self.passed = root, list[tuple[int, str, str]](), list[str](), Counter[int]()
        self.papers: dict[tuple[bytes, ...], Papers] = {}
        self.said: dict[str, tuple[str, Said]] = {}
        self.nodes: dict[tuple[str, str], dict[Span, tuple[bytes, str]]] = defaultdict(dict)
        self.entries: dict[tuple[str, str], set[int]] = defaultdict(set)
        # By statement: its place in the log, what it rests on, the certificate of who signed (the person), the root.
        self.by: dict[str, tuple[float, set[str], dict[str, Any], str]] = {}
        self.vouched, self.alone = set[str](), set[str]()
        self.whole: list[tuple[str, tuple[str, str], int]] = []

    @property
    def ok(self) -> bool:
        """Something was checked, and nothing is wrong."""
        return bool(self.passed) and not self.wrong

    def blame(self, step: int, name: str, words: str) -> None:
        """A line in the report."""
        self.wrong.append((step, name, words))

    def trial(self, step: int, name: str, check: Callable[[], T]) -> T | None:
        """What `check` gives; None, and a line in the report, where something does not hold."""
        try:
            found = check()
        except (Wrong, OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            self.blame(step, name, str(error) if isinstance(error, Wrong) else f"It is not in its form ({error!r}).")
            return None
        self.passed[step] += 1
        return found

    def trust(self, certificates: Iterable[bytes]) -> Papers:
        """Steps 1 and 3."""
        chain = tuple(certificates)
        if chain not in self.papers:
            self.papers[chain] = found = Papers(chain, self.root)
            self.passed[3] += len(chain)
            whose = f"The root {found.root.body['subject']} was taken from the files; give it with --root."
            whose = "All is under the root given." if self.root else whose
            self.notes.append("These are samples, not results." if found.root.head["sample"] else whose)
        return self.papers[chain]

    def signed(self, name: str, data: bytes, limit: int = MB) -> Said:
        """Steps 3, 4 and 6 for a signed file: exactly the certificates it needs, its statement, its receipt."""
        found = read_json(data, limit + MB // 2)
        need(found.get("format") == "observer-statement" and type(found.get("v")) is int, "It is not a signed file.")
        need(found["v"] <= 1, "A signed file was made by a newer Observer.")
        need(found["v"] == 1 and len(found) == 5, "A signed file lacks a field, or has one too many.")
        need(write_json(found) == data, "A signed file is not in its one form.")
        papers = self.trust(write_json(c) for c in found["certificates"])
        said = read_statement(write_json(found["envelope"]), limit)
        signers = papers.believe(said)
        who = next((s for s in signers if s.body["kind"] == "person"), signers[0]).body
        keys, place = papers.rests_on(signers), float("inf")  # where nothing proves a place, revocations come before it
        if found["receipt"] is not None:
            receipt = read_receipt(found["receipt"].encode())
            need(not receipt[3], "A receipt within a file needs no certificates of its own.")
            place = receipt[0]
            signers.append(self.entry(name, receipt, papers, sha256(b"\0" + said.envelope)))
        need(papers.chain(signers) == [c.envelope for c in papers.all], "It carries certificates it has no use for.")
        self.said.setdefault(said.id, (name, said))
        self.by.setdefault(said.id, (place, keys, who, papers.root.id))
        if said.head["type"] != "manifest":
            named = re.findall(rb'"(?:file_|index_)?sha256"\s*:\s*"([0-9a-f]{64})"', said.payload)
            self.vouched.update(n.decode() for n in named)
        return said

    def receipt(self, name: str, data: bytes) -> None:
        """Step 6 for a receipt that stands alone."""
        *_, leaf, certificates = found = read_receipt(data)
        need(leaf and certificates, "A receipt does not say of which record it is, nor who gave it.")
        papers = self.trust(certificates)
        log = self.entry(name, found, papers, leaf)
        need(papers.chain([log]) == certificates, "A receipt's certificates are not its log's.")

    def entry(self, name: str, receipt: Receipt, papers: Papers, leaf: bytes) -> Said:
        """Step 6: the proof leads to the checkpoint. The log's certificate."""
        place, path, note, _, _ = receipt
        origin, size, root, log = read_checkpoint(note, papers)
        nodes = list(nodes_of(place, size, leaf, path))
        need(nodes[-1] == ((0, size), root), "A receipt does not lead to the log's root.")
        self.history(name, (papers.root.id, origin), nodes)
        self.entries[papers.root.id, origin].add(place)
        return log

    def history(self, name: str, log: tuple[str, str], nodes: Iterable[tuple[Span, bytes]]) -> None:
        """Step 6: what is said of the same entries of one log, whatever its length was then, must be the same."""
        for span, node in nodes:
            seen, other = self.nodes[log].setdefault(span, (node, name))
            if seen != node:
                self.blame(6, name, f"The log tells two histories of entries {span}; the other: {other}.")
                return

    def checkpoint(self, name: str, note: str, whole: bool) -> None:
        """Step 6 for a checkpoint beside records. `whole`: the log's own export, which must hold every entry."""
        for papers in self.papers.values():
            if any(c.body["kind"] == "log" and c.body["subject"] == note.partition("\n")[0] for c in papers.all):
                origin, size, root, _ = read_checkpoint(note, papers)
                self.history(name, (papers.root.id, origin), [((0, size), root)] if size else [])
                self.whole += [(name, (papers.root.id, origin), size)] * whole
                return
        self.notes.append(f"{name}: nothing here certifies the log it is of.")

    def tree(self, pieces: list[Piece], shown: str) -> None:
        """Step 2: the signed list, what differs from it, then whatever does not."""
        here = {p.name: p for p in pieces}
        manifest, listed, whole = here.pop("manifest.json", None), dict[str, Any](), False
        if manifest is None:
            self.blame(2, shown + "manifest.json", "It is missing: nothing says which files belong here.")
            return
        path = shown + manifest.name
        said = self.trial(2, path, lambda: self.signed(path, manifest.read(), 128 * MB))
        if said is not None and said.head["type"] == "manifest":
            listed = {f["path"]: (f["size"], f["sha256"]) for f in said.body["files"]}
            signer = [c for p in self.papers.values() for c in p.all if said.head["keys"][0] in c.keys]
            whole = signer[0].body["kind"] == "log"
            if whole and "checkpoint.txt" not in here:
                self.blame(6, path, "The log's own list comes without its word for how many entries there are.")
        for name in sorted(listed.keys() | here.keys()) if said is not None else ():
            piece = here.get(name)
            if piece is None or (piece.size, piece.sha256()) != listed.get(name):
                how = "taken away" if piece is None else "altered" if name in listed else "added"
                self.blame(2, shown + name, f"It was {how}, says the signed list.")
                here.pop(name, None)
        self.passed[2] += len(here)
        for piece in sorted(here.values(), key=lambda p: (p.name.endswith("checkpoint.txt"), p.name)):
            self.member(piece, shown, list(here.values()), whole)

    def member(self, piece: Piece, shown: str, others: list[Piece], whole: bool) -> None:
        """A file of a folder or bundle, by its kind; most kinds have only their place in the list."""
        name, head = shown + piece.name, piece.read(0, 22)
        if piece.name.endswith(".observer"):
            self.trial(4, name, lambda: self.signed(name, piece.read()))
        elif head == b"c2sp.org/tlog-proof@v1":
            self.trial(6, name, lambda: self.receipt(name, piece.read()))
        elif piece.name.endswith("/manifest.json"):
            above = piece.name.removesuffix("manifest.json")
            inner = [p._replace(name=p.name.removeprefix(above)) for p in others if p.name.startswith(above)]
            self.tree(inner, shown + above)
        elif piece.name.endswith(".zip") and head[:4] == b"PK\3\4" and not piece.start:
            self.tree(self.trial(8, name, lambda: bundle_pieces(piece.path)) or [], f"{name}: ")
        elif piece.name.rpartition("/")[2] == "checkpoint.txt":
            self.trial(6, name, lambda: self.checkpoint(name, piece.read().decode(), whole))

    def given(self, path: Path) -> bool:
        """A path given; False for a file that cannot speak for itself: it is looked at after all others."""
        name, head = str(path), Piece("", path, 0, path.stat().st_size).read(0, 22) if path.is_file() else b""
        if path.is_dir():
            self.tree(self.trial(2, name, lambda: folder_pieces(path)) or [], path.as_posix().rstrip("/") + "/")
        elif head[:4] == b"PK\3\4":
            self.tree(self.trial(8, name, lambda: bundle_pieces(path)) or [], f"{name}: ")
        elif head[:1] == b"{":
            self.alone.add(name)
            self.trial(4, name, lambda: self.signed(name, piece_of(path).read()))
        elif head == b"c2sp.org/tlog-proof@v1":
            self.trial(6, name, lambda: self.receipt(name, piece_of(path).read()))
        else:
            return False
        return True

    def recording(self, path: Path) -> None:
        """Step 7: behind a recording, beside it, or among what was given, a statement names its SHA-256."""
        film, beside = piece_of(path), path.with_name(path.name + ".observer")
        length, magic = struct.unpack(">I8s", film.read(max(film.size - 12, 0)).rjust(12))
        if magic == b"OBSTRLR\1" and length <= film.size - 12:
            self.signed(f"{path} (its end)", film.read(film.size - 12 - length, length))
            film = film._replace(size=film.size - 12 - length)
        elif beside.is_file():
            self.trial(4, str(beside), lambda: self.signed(str(beside), piece_of(beside).read()))
        need(film.sha256() in self.vouched, "No signed statement names this file.")

    def together(self) -> None:
        """Steps 4 (revoked keys), 5, 6 and 9, over all that was seen, in the log's order, then the machines'."""
        told = sorted(self.said.values(), key=lambda t: (self.by[t[1].id][0], t[1].head["device_seq"], t[1].id))
        self.revoked(told)
        machines: dict[tuple[str, str], dict[int, list[tuple[str, Said]]]] = defaultdict(lambda: defaultdict(list))
        for name, said in told:
            head = said.head
            if head["device"] and head["device_seq"]:
                machines[self.by[said.id][3], head["device"]][head["device_seq"]].append((name, said))
        self.about(told)
        self.agreed()
        for (_, machine), found in machines.items():
            self.order(machine, found)
        for log, nodes in self.nodes.items():
            self.rebuilt(log, nodes)

    def about(self, told: list[tuple[str, Said]]) -> None:
        """Step 9: who speaks of a record may do so; no observation is signed twice, no record marked twice by one."""
        void, once = {s.body["record"] for _, s in told if s.head["type"] == "void"}, set[Any]()
        for name, said in told:
            head, body, kind, (_, _, who, root) = said.head, said.body, said.head["type"], self.by[said.id]
            one = [body["record"]] if "record" in body else []
            for other in body["records"] if kind == "adjudication" else one:
                about = self.said[other][1].head if other in self.said else {"type": ""}
                if about["type"] not in ("record", "second_mark", "amendment", ""):
                    self.blame(9, name, "It speaks of a statement that is not a record.")
                if about["type"] != "record" or self.by[other][3] != root:
                    continue
                own, over = about["person"] == head["person"], {"manager", "moderator" * (kind != "void")}
                may = not own if kind in ("second_mark", "adjudication") else own or over & set(who["roles"])
                if who["centre"] not in ("", about["centre"]):
                    self.blame(9, name, "It speaks of another centre's record.")
                elif not may and kind in ("second_mark", "adjudication", "amendment", "void"):
                    self.blame(9, name, "Who signed it may not mark, decide, correct or withdraw that record.")
            second = self.said[body["amendment"]][1] if body.get("amendment") in self.said else None
            if second and (second.head["type"] != "amendment" or second.body["record"] != body["record"]):
                self.blame(9, name, "It signs something that is not a correction of the record it names.")
            elif second and second.head["person"] == head["person"]:
                self.blame(9, name, "A correction was signed twice, or refused, by one person.")
            what = (kind, root, body["observation"] if kind == "record" else (*one, head["person"]))
            if kind in ("record", "second_mark") and said.id not in void:
                if what in once:
                    self.blame(9, name, "It was signed a second time.")
                once.add(what)

    def agreed(self) -> None:
        """Step 9: a machine's list of its recording agrees with its record (`gaps` apart), packs with those signed."""
        right, claims = defaultdict[Any, list[Any]](list), list[tuple[str, Any, Any]]()
        for name, said in self.said.values():
            kind, body, (_, _, who, root) = said.head["type"], said.body, self.by[said.id]
            rows = body["media"] if kind == "record" else body["segments"] if kind == "media" else ()
            films = {(r["recording"], r["segment"]): {**r, "gaps": 0} for r in rows} | {"": said.head["device"]}
            for what, value in films.items() if rows else ():
                key: tuple[Any, ...] = (root, body["observation"], what)
                right[key].append(value) if kind == "record" else claims.append((name, key, value))
            packs = {k: body[k] for k in ("framework", "scenario")} if kind == "record" else {}
            packs |= {body["kind"]: body["pack"]} if kind == "pack" and who["kind"] == "root" else {}
            for which, pack in packs.items():
                key, value = (root, which, pack["id"], pack["version"]), pack["sha256"]
                right[key].append(value) if kind == "pack" else claims.append((name, key, value))
        for name, key, value in claims:
            if key in right and value not in right[key]:
                self.blame(9, name, f"It says otherwise of {' '.join(map(str, key[1:]))} than was signed.")

    def revoked(self, told: list[tuple[str, Said]]) -> None:
        """Step 4, the earliest first: one by an ended key ends nothing, and a centre ends only what it certified."""
        ends: dict[tuple[str, str], float] = {}

        def ended(said: Said) -> bool:
            place, keys, _, root = self.by[said.id]
            return any(place >= ends[root, k] for k in keys if (root, k) in ends)

        for _, said in told:
            if said.head["type"] == "revocation" and not ended(said):
                _, _, who, root = self.by[said.id]
                end = "" if who["kind"] == "root" else f" of {who['subject']}"
                key, size = (root, said.body["key"] + end), said.body["valid_until_size"]
                ends[key] = min(size, ends.get(key, size))
        words = "It was signed with a key that was revoked, and does not stand before that in the log."
        for name, said in told:
            if ended(said) and said.head["type"] == "manifest":
                self.notes.append(f"{name}: {words} Go by the receipts.")
            elif ended(said):
                self.blame(4, name, words)

    def order(self, machine: str, found: dict[int, list[tuple[str, Said]]]) -> None:
        """Step 5 for one machine; `found` by number."""
        for at, here in sorted(found.items()):
            before = {s.id for _, s in found.get(at - 1, ())}
            for place, (name, said) in enumerate(here):
                prev, close = said.head["prev"], said.body if said.head["type"] == "day_close" else None
                if place:
                    self.blame(5, name, f"Two statements claim to be number {at} of {machine}.")
                if (at == 1) != (prev == "0" * 64) or (before and prev not in before):
                    self.blame(5, name, f"Number {at} of {machine} does not continue the one before it.")
                if close and (close["last_seq"] + 1, close["head"]) != (at, prev):
                    self.blame(5, name, "A day's close does not stand where its machine's order ends.")
                by_itself = len(found) == len(here) == 1 and name in self.alone
                all_of = range(max(close["first_seq"], 1), close["last_seq"] + 1) if close and not by_itself else ()
                gone = next((g for g in all_of if g not in found), 0)
                if gone:
                    self.blame(5, name, f"The day's close answers for number {gone} of {machine}; it was taken away.")
        self.passed[5] += 1

    def rebuilt(self, log: tuple[str, str], nodes: dict[Span, tuple[bytes, str]]) -> None:
        """Step 6: as far as every entry is here, each root is made again from them."""
        peaks, size = list[tuple[int, bytes]](), 0  # the roots of the full trees so far, the largest first
        while size in self.entries[log]:
            peaks.append((1, nodes[size, size + 1][0]))
            while len(peaks) > 1 and peaks[-1][0] == peaks[-2][0]:
                (width, right), (_, left) = peaks.pop(), peaks.pop()
                peaks.append((2 * width, sha256(b"\x01" + left + right)))
            size += 1
            root = peaks[-1][1]
            for _, left in reversed(peaks[:-1]):
                root = sha256(b"\x01" + left + root)
            if nodes.get((0, size), (root, ""))[0] != root:
                self.blame(6, nodes[0, size][1], f"The first {size} entries do not give the log's root.")
        for name, which, wanted in self.whole:
            if which == log and size < wanted:
                self.blame(6, name, f"Entry {size} of the log is not here, and it should be.")


def audit(paths: Iterable[Path], root: bytes | None = None) -> Audit:
    """Everything under `paths`. Raises OSError for what cannot be read at all."""
    run = Audit(root)
    for path in [p for p in paths if not run.given(p)]:
        run.trial(7, str(path), lambda path=path: run.recording(path))  # type: ignore[misc]
    if run.passed:
        run.trial(9, "what was given, together", run.together)
    return run


def main() -> int:
    """The command. What a terminal would obey in a file's name is written out."""
    parser = argparse.ArgumentParser(description="Checks what Observer gave out, offline.")
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--root", type=Path, help="the programme's root certificate")
    parser.add_argument("--json", action="store_true", help="for machines")
    wanted = parser.parse_args()
    absent = [p for p in (*wanted.paths, *([wanted.root] if wanted.root else [])) if not p.exists()]
    if absent:
        parser.error(f"There is no {absent[0]}.")
    run = audit(wanted.paths, wanted.root.read_bytes() if wanted.root else None)
    if wanted.json:
        print(json.dumps({"ok": run.ok, "wrong": run.wrong, "notes": run.notes, "passed": run.passed}))
        return 0 if run.ok else 1
    lines = [f"WRONG  step {step}, {name}: {words}" for step, name, words in run.wrong]
    lines += [f"note   {words}" for words in dict.fromkeys(run.notes)]
    lines += [f"ok     step {step}: {count}" for step, count in sorted(run.passed.items())]
    for line in [*lines, "All is well." if run.ok else "Not all is well."]:
        print("".join(c if " " <= c <= "~" else ascii(c)[1:-1] for c in line))
    return 0 if run.ok else 1


if __name__ == "__main__":
    sys.exit(main())
