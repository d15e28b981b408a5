"""Time what reads a whole repository of add-ons without a container, at several sizes.

    python benchmarks/scale/static.py [--sizes 10,100,1000] [--rounds 3]

Each number is a whole `pipeline …` process on this machine: the median of the rounds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from coverage import CoverageData
from generate import git, repository

STEPS = {
    "`modules`": ("modules",),
    "`manifests`": ("manifests",),
    "`gitignore`": ("gitignore",),
    "`plan`": ("plan",),
    "`plan --changed-since`, one file changed": ("plan", "--changed-since", "HEAD~1"),
    "`plan --changed-since`, a file of every add-on changed": ("plan", "--changed-since", "HEAD~2"),
    "`plan --shard 2/4`": ("plan", "--shard", "2/4"),
    "`coverage`, data of every add-on": (
        *("coverage", "--results", "{results}", "--output", "{results}-reports"),
    ),
}


def covered(source: Path, results: Path) -> None:
    """Write coverage data as the tests of each add-on leave them: every second line ran."""
    results.mkdir()
    for folder in sorted((source / "addons").iterdir()):
        path = folder / "models.py"
        count = len(path.read_text(encoding="utf-8").splitlines())
        arcs = [(line, line + 2) for line in range(1, count, 2)]
        with closing(CoverageData(basename=str(results / f"coverage-{folder.name}"))) as data:
            data.add_arcs({path.relative_to(source).as_posix(): arcs})
            data.write()


def measured(source: Path, arguments: tuple[str, ...]) -> tuple[float, float]:
    """Seconds and MiB of one command; one that fails ends the benchmark."""
    command = (sys.executable, "-m", "pipeline", *arguments, "--source", str(source))
    begin = time.monotonic()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1):  # 1: findings, as of the coverage gate
            said.seek(0)
            sys.exit(f"{' '.join(command)}\n{said.read().decode()[-3000:]}")
    return time.monotonic() - begin, usage.ru_maxrss / 1024


def change(source: Path, most: int) -> None:
    """Add a line to a file of the first add-ons, and commit."""
    for folder in sorted((source / "addons").iterdir())[-most:]:
        with (folder / "models.py").open("a", encoding="utf-8") as file:
            file.write(f"\n# {time.time()}\n")
    git(source, "commit", "-qam", "Change")


def main() -> None:
    """Run all steps at all sizes and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="10,100,1000", help="numbers of add-ons")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each step")
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    rows: dict[str, list[str]] = {step: [] for step in STEPS}
    with tempfile.TemporaryDirectory() as scratch:
        for size in sizes:
            source = Path(scratch) / str(size)
            repository(source, size)
            change(source, size)
            change(source, 1)
            results = Path(scratch) / f"results-{size}"
            covered(source, results)
            for step, words in STEPS.items():
                arguments = tuple(word.format(results=results) for word in words)
                runs = [measured(source, arguments) for _ in range(options.rounds)]
                seconds, memory = (statistics.median(column) for column in zip(*runs))
                rows[step].append(f"{seconds:.2f} s, {memory:.0f} MiB")
                print(f"{size} add-ons, {step}: {rows[step][-1]}", file=sys.stderr, flush=True)
    print("| step |", " | ".join(f"{size:,} add-ons" for size in sizes), "|")
    print("|---|" + "---|" * len(sizes))
    for step, cells in rows.items():
        print(f"| {step} |", " | ".join(cells), "|")


if __name__ == "__main__":
    main()
