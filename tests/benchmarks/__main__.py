# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m tests.benchmarks [NAME...]`: measure, print a table, write bench-results.json.

A name, or the beginning of one, chooses; without names everything is measured.

Exit status 0: measured (whether or not an aim is met, which the table says); 1: a measurement failed or did not
give what it promised; 2: no measurement's name is that or begins so.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import pkgutil
import sys
import traceback
from pathlib import Path

import tests.benchmarks
from observer_app.capture.machine import ENDS_WITH
from tests.benchmarks.registry import REGISTERED, Benchmark, Figure

RESULTS = Path("bench-results.json")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("names", nargs="*", help="only these figures, by name or by how their names begin")
    parser.add_argument("--out", type=Path, default=RESULTS)
    wanted = parser.parse_args(arguments)
    os.environ[ENDS_WITH] = str(os.getpid())  # a measurement that is stopped leaves no recorder behind
    for module in pkgutil.iter_modules(tests.benchmarks.__path__):
        if module.name.startswith("measure_"):
            importlib.import_module(f"tests.benchmarks.{module.name}")
    known = {name for one in REGISTERED for name in one.names}
    if unknown := [name for name in wanted.names if not any(one.startswith(name) for one in known)]:
        print(f"No such figure: {', '.join(sorted(unknown))}. There are: {', '.join(sorted(known))}", file=sys.stderr)
        return 2
    begins = tuple(wanted.names) or ("",)
    chosen = [one for one in REGISTERED if any(name.startswith(begins) for name in one.names)]
    return measure(chosen, wanted.out)


def measure(chosen: list[Benchmark], out: Path) -> int:
    """Run them in order, one table line as each is done; what was measured is written even if a later one fails."""
    figures: list[Figure] = []
    failed = False
    print(f"{'name':32} {'value':>10} {'unit':6} {'baseline':>10} {'ratio':>7} {'n':>6}  aim")
    for one in chosen:
        try:
            got = one.run()
        except Exception:  # noqa: BLE001  one broken measurement must not cost the others
            traceback.print_exc()
            got = []
        for figure in got:
            print(line(figure), flush=True)
        if {figure.name for figure in got} != set(one.names):
            print(f"{', '.join(one.names)}: not measured", file=sys.stderr)
            failed = True
        figures += got
    out.write_text(json.dumps([figure.row() for figure in figures], indent=2) + "\n", encoding="utf-8")
    return 1 if failed else 0


def line(figure: Figure) -> str:
    """One line of the table."""
    baseline = "" if figure.baseline is None else f"{figure.baseline:.4g}"
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    aim = "" if figure.aim is None else f"{figure.aim_is} {figure.aim:g}: {'met' if figure.is_met else 'NOT MET'}"
    return f"{figure.name:32} {figure.value:>10.4g} {figure.unit:6} {baseline:>10} {ratio:>7} {figure.n:>6}  {aim}"


if __name__ == "__main__":
    sys.exit(main())
