# SPDX-License-Identifier: GPL-3.0-or-later
"""What a verification found, in words for people and as values for machines."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from observer_app.errors import ObserverError

__all__ = ["STEPS", "Finding", "Report", "plain"]

STEPS = {
    1: "the root",
    2: "files against their signed list",
    3: "certificates",
    4: "signed statements",
    5: "each machine's statements in unbroken order",
    6: "receipts of the central log",
    7: "recordings and other files a statement names",
    8: "bundles",
    9: "what statements say of each other",
    10: "codes printed on reports",
}


def plain(text: str) -> str:
    """In one line, without what a terminal would obey: whoever names a file may choose any letters for it."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found at a step (see STEPS) about `subject` (a file, mostly). `ok` with words is a remark."""

    step: int
    subject: str
    ok: bool
    words: str


@dataclass
class Report:
    """The whole result. `usage` is a sentence when the request itself was wrong (exit code 2)."""

    findings: list[Finding] = field(default_factory=list)
    passed: Counter[int] = field(default_factory=Counter)
    sample: bool = False
    usage: str = ""
    # What `findings` holds, found at once: of a nation's records each may be wrong.
    _noted: set[Finding] = field(default_factory=set, repr=False)

    @property
    def ok(self) -> bool:
        """Something was checked and nothing is wrong."""
        return not self.usage and bool(self.passed) and all(f.ok for f in self.findings)

    @property
    def exit_code(self) -> int:
        """0 all well, 1 something is wrong and named, 2 the request was wrong."""
        return 2 if self.usage else 0 if self.ok else 1

    def good(self, step: int, number: int = 1) -> None:
        """Counts what passed."""
        self.passed[step] += number

    def remark(self, step: int, subject: str, words: str) -> None:
        """Notes something a reader should know that is not wrong; the same once only."""
        self._note(Finding(step, subject, True, words))

    def wrong(self, step: int, subject: str, words: str | ObserverError) -> None:
        """Notes something wrong; the same once only."""
        self._note(Finding(step, subject, False, str(words)))

    def _note(self, finding: Finding) -> None:
        if finding not in self._noted:
            self._noted.add(finding)
            self.findings.append(finding)

    def lines(self) -> list[str]:
        """The report for people: what is wrong first."""
        if self.usage:
            return [plain(self.usage)]
        bad = [f for f in self.findings if not f.ok]
        found = [f"WRONG  {f.subject}: {f.words}" for f in bad]
        found += [f"note   {f.subject}: {f.words}" for f in self.findings if f.ok]
        found += [f"ok     {self.passed[step]} x {STEPS[step]}" for step in sorted(self.passed)]
        if self.sample:
            found.append("These are samples, not results.")
        if not self.ok:
            found.append(f"Not all is well: {len(bad)} found." if bad else "Nothing here could be checked.")
        else:
            found.append("All is well.")
        return [plain(line) for line in found]

    def as_dict(self) -> dict[str, Any]:
        """The report for machines."""
        return {
            "ok": self.ok,
            "exit_code": self.exit_code,
            "sample": self.sample,
            "usage": self.usage,
            "checked": {STEPS[step]: number for step, number in sorted(self.passed.items())},
            "findings": [asdict(f) for f in self.findings],
        }
