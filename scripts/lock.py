# SPDX-License-Identifier: GPL-3.0-or-later
"""Write requirements.lock and requirements-fuzz.lock anew from pyproject.toml: every version, every file's hash, no
host name. The second is what `make fuzz` brings along for itself.

Needs `uv` (the only thing that does). `uv.lock` is its own working file and names the registry it
asked, so it is not kept: requirements.lock alone is the truth, and a registry is whatever the
person installing has configured.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# Made by `make lock` from pyproject.toml. Install with: pip install --require-hashes -r {}\n"
LOCKS = {
    "requirements.lock": ["--all-groups", "--no-group", "fuzz"],
    "requirements-fuzz.lock": ["--only-group", "fuzz"],
}
NAMES_A_HOST = re.compile(r"://|^--|@ ", re.MULTILINE)


def main() -> int:
    uv = shutil.which("uv")
    if uv is None:
        print("`make lock` needs the program uv on the path; nothing else does.", file=sys.stderr)
        return 1
    subprocess.run([uv, "lock", "--upgrade", "--quiet"], cwd=ROOT, check=True)
    for name, groups in LOCKS.items():
        export = [uv, "export", "--frozen", "--quiet", "--no-emit-project", *groups, "--no-header"]
        lines = subprocess.run(export, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        if NAMES_A_HOST.search(lines):
            print("The lock would name a host; a dependency does not come from a registry.", file=sys.stderr)
            return 1
        (ROOT / name).write_text(HEADER.format(name) + lines, encoding="utf-8")
        print(f"{name}: {len(re.findall('^[a-zA-Z]', lines, re.MULTILINE))} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
