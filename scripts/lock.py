# SPDX-License-Identifier: GPL-3.0-or-later
"""Write requirements.lock anew from pyproject.toml: every version, every file's hash, no host name.

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
HEADER = "# Made by `make lock` from pyproject.toml. Install with: pip install --require-hashes -r requirements.lock\n"
NAMES_A_HOST = re.compile(r"://|^--|@ ", re.MULTILINE)


def main() -> int:
    uv = shutil.which("uv")
    if uv is None:
        print("`make lock` needs the program uv on the path; nothing else does.", file=sys.stderr)
        return 1
    subprocess.run([uv, "lock", "--upgrade", "--quiet"], cwd=ROOT, check=True)
    export = [uv, "export", "--frozen", "--quiet", "--no-emit-project", "--all-groups", "--no-header"]
    lines = subprocess.run(export, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    if NAMES_A_HOST.search(lines):
        print("The lock would name a host; a dependency does not come from a registry.", file=sys.stderr)
        return 1
    (ROOT / "requirements.lock").write_text(HEADER + lines, encoding="utf-8")
    print(f"requirements.lock: {len(re.findall('^[a-zA-Z]', lines, re.MULTILINE))} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
