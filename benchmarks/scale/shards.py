"""Time 1, 2 and 4 shards of one repository of made-up add-ons, each shard by itself.

    python benchmarks/scale/shards.py [--addons 60] [--shards 1,2,4]

One machine stands for several: the shards run one after the other, each with the whole machine, and
the longest of them is what that many machines would have taken. The tools and the prepared database
are there before, as on a shared engine. Every count gets add-ons that the engine has not seen, and
those after the first are split by its times. The merged coverage has to be the same for all counts.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from generate import ROOT, repository


@dataclass(frozen=True)
class Measured:
    """One count of shards: seconds of each and of the merge, and the load of the machine."""

    seconds: list[float]
    merging: float
    share: float
    load: float
    coverage: str


def dagger(*arguments: str | Path) -> float:
    """Call the module and give the seconds it took; a failure ends the benchmark."""
    command = ["dagger", "--progress=plain", "call", "-m", str(ROOT), *map(str, arguments)]
    begin = time.monotonic()
    ended = subprocess.run(command, capture_output=True, text=True)
    if ended.returncode:
        sys.exit(f"{' '.join(command)}\n{ended.stdout}\n{ended.stderr[-5000:]}")
    return time.monotonic() - begin


def coverage(report: Path) -> str:
    """The coverage numbers of a report, as one text; a bad run ends the benchmark."""
    if (report / "exit-code").read_text(encoding="utf-8").strip() != "0":
        sys.exit((report / "actions.log").read_text(encoding="utf-8")[-3000:])
    return json.dumps(json.loads((report / "results/coverage-totals.json").read_text())["files"])


def share(shards: Path) -> float:
    """The part of all seconds of tests that the shard with most of them has."""
    reports = shards.glob("*/test-times.json")
    sums = [sum(json.loads(report.read_text())["seconds"].values()) for report in reports]
    return max(sums) / sum(sums)


def measure(scratch: Path, addons: int, count: int, times: Path) -> Measured:
    """Run all shards of a count, and merge them."""
    source, shards, report = (
        scratch / f"{name}-{count}" for name in ("source", "shards", "report")
    )
    repository(source, addons, salt=f"{count} shards, {time.time()}")
    given = ["--times", times] if times.exists() else []
    dagger("odoo", "--source", source, "sync")
    seconds, loads = [], []
    for number in range(1, count + 1):
        shard = ["--shard", f"{number}/{count}", *given]
        export = ["export", "--path", shards / f"shard-{number}"]
        seconds.append(dagger("report", "--source", source, *shard, *export))
        loads.append(os.getloadavg()[1])
        print(f"shard {number}/{count}: {seconds[-1]:.1f} s", file=sys.stderr, flush=True)
    export = ["export", "--path", report]
    merging = dagger("merge-reports", "--source", source, "--shards", shards, *export)
    if not times.exists():
        times.write_bytes((report / "test-times.json").read_bytes())
    load = statistics.mean(loads)
    return Measured(seconds, merging, share(shards), load, coverage(report))


def main() -> None:
    """Run all counts and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--addons", type=int, default=60, help="how many add-ons")
    parser.add_argument("--shards", default="1,2,4", help="counts of shards, in this order")
    options = parser.parse_args()
    print("| shards | longest | shortest | sum | merge | longest and merge, of 1 shard's ", end="")
    print("| tests of the longest, of all | load |\n|---|---|---|---|---|---|---|---|", flush=True)
    whole, covered = 0.0, set()
    with tempfile.TemporaryDirectory() as scratch:
        for count in map(int, options.shards.split(",")):
            times = Path(scratch) / "times.json"
            got = measure(Path(scratch), options.addons, count, times)
            took = max(got.seconds) + got.merging
            whole = whole or took
            covered.add(got.coverage)
            cells = (max(got.seconds), min(got.seconds), sum(got.seconds), got.merging)
            row = " | ".join(f"{cell:.1f} s" for cell in cells)
            row += f" | {took / whole:.2f} | {got.share:.2f} | {got.load:.1f} |"
            print(f"| {count} | {row}", flush=True)
    if len(covered) > 1:
        sys.exit("the merged coverage differs between the counts")


if __name__ == "__main__":
    main()
