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
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from generate import ROOT, repository


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


def measure(scratch: Path, addons: int, count: int, times: Path) -> tuple[list[float], float, str]:
    """Seconds of each shard, seconds of the merge, and the merged coverage."""
    source, shards, report = (
        scratch / f"{name}-{count}" for name in ("source", "shards", "report")
    )
    repository(source, addons, salt=f"{count} shards, {time.time()}")
    given = ["--times", times] if times.exists() else []
    dagger("odoo", "--source", source, "sync")
    seconds = []
    for number in range(1, count + 1):
        shard = ["--shard", f"{number}/{count}", *given]
        export = ["export", "--path", shards / f"shard-{number}"]
        seconds.append(dagger("report", "--source", source, *shard, *export))
        print(f"shard {number}/{count}: {seconds[-1]:.1f} s", file=sys.stderr, flush=True)
    export = ["export", "--path", report]
    merging = dagger("merge-reports", "--source", source, "--shards", shards, *export)
    if not times.exists():
        times.write_bytes((report / "test-times.json").read_bytes())
    return seconds, merging, coverage(report)


def main() -> None:
    """Run all counts and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--addons", type=int, default=60, help="how many add-ons")
    parser.add_argument("--shards", default="1,2,4", help="counts of shards, in this order")
    options = parser.parse_args()
    print(
        "| shards | longest | shortest | all together | merge | longest and merge, of one shard's |"
    )
    print("|---|---|---|---|---|---|", flush=True)
    whole, covered = 0.0, set()
    with tempfile.TemporaryDirectory() as scratch:
        for count in map(int, options.shards.split(",")):
            times = Path(scratch) / "times.json"
            seconds, merging, files = measure(Path(scratch), options.addons, count, times)
            took = max(seconds) + merging
            whole = whole or took
            covered.add(files)
            cells = (max(seconds), min(seconds), sum(seconds), merging)
            row = " | ".join(f"{cell:.1f} s" for cell in cells)
            print(f"| {count} | {row} | {took / whole:.2f} |", flush=True)
    if len(covered) > 1:
        sys.exit("the merged coverage differs between the counts")


if __name__ == "__main__":
    main()
