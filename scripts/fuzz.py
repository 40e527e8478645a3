# SPDX-License-Identifier: GPL-3.0-or-later
"""`make fuzz`: every reader under atheris, then the property tests with many more examples.

atheris comes from requirements-fuzz.lock, hash by hash, into `.venv-fuzz`, a folder beside the environment, so that
nothing else ever sees it. What it found is in build/fuzz/<reader>/; each find has to be mended and kept in the reader's
corpus (tests/fuzz_corpus/<reader>/), which the quick tests replay.

Exit status 0: nothing found. 1: something was, or it cannot be run here; the last lines say which.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK, TARGET, OUT = ROOT / "requirements-fuzz.lock", ROOT / ".venv-fuzz", ROOT / "build" / "fuzz"
CORPUS = ROOT / "tests" / "fuzz_corpus"
# A reader that needs longer for one input, or more, is a find.
LIMITS = ["-timeout=10", "-rss_limit_mb=1024", "-max_len=65536", "-print_final_stats=1"]


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("readers", nargs="*", help="only these; without, all and then the property tests")
    parser.add_argument("--seconds", type=int, default=900, help="for each reader")
    wanted = parser.parse_args()
    readers = sorted(p.name for p in CORPUS.iterdir() if p.is_dir() and not p.name.startswith("_"))
    if unknown := set(wanted.readers) - set(readers):
        print(f"No such reader: {', '.join(sorted(unknown))}. There are: {', '.join(readers)}", file=sys.stderr)
        return 1
    if not _brought():
        print("atheris could not be installed here (it exists for Linux and macOS); see above.", file=sys.stderr)
        return 1
    found = [name for name in wanted.readers or readers if not _hunted(name, wanted.seconds)]
    if not wanted.readers and not _properties():
        found.append("the property tests")
    print(f"\nFound something: {', '.join(found)}" if found else "\nNothing found.")
    return 1 if found else 0


def _brought() -> bool:
    """atheris in its own folder; once for each lock."""
    stamp = TARGET / "observer.stamp"
    if stamp.is_file() and stamp.read_bytes() == LOCK.read_bytes():
        return True
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes",
               "--only-binary=:all:", "--upgrade", "--target", str(TARGET), "--requirement", str(LOCK)]  # fmt: skip
    if subprocess.run(command, check=False).returncode != 0:
        return False
    stamp.write_bytes(LOCK.read_bytes())
    return True


def _hunted(name: str, seconds: int) -> bool:
    """Whether a reader was looked at for so long and nothing was found."""
    print(f"\n{name}: {seconds} s", flush=True)
    grown, finds = OUT / name / "grown", OUT / name
    grown.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.fuzz_corpus.hunt", name, f"-max_total_time={seconds}",
               f"-artifact_prefix={finds}{os.sep}", *LIMITS, str(grown), str(CORPUS / name)]  # fmt: skip
    around = {**os.environ, "PYTHONPATH": str(TARGET), "QT_QPA_PLATFORM": "offscreen"}
    log = OUT / name / "log"
    with log.open("w", encoding="utf-8") as out:
        code = subprocess.run(
            command, cwd=ROOT, env=around, stdout=out, stderr=subprocess.STDOUT, check=False
        ).returncode
    lines = log.read_text("utf-8", errors="replace").splitlines()
    print("\n".join(line for line in lines if line.startswith(("stat::number_of_executed", "stat::peak_rss"))))
    if code:
        print("\n".join(lines[-40:]))
    return code == 0


def _properties() -> bool:
    command = [sys.executable, "-m", "pytest", "-q", "-m", "hypothesis", "--hypothesis-profile=fuzz", "--timeout=0"]
    return subprocess.run([*command, "-n", "2"], cwd=ROOT, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
