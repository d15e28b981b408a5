"""Time `dagger call ci` against a sequential script of the same checks, side by side in one run.

    python benchmarks/ci/compare.py [--cold] [--rounds 3]

Cold throws away the engine's whole cache, twice; the machine's images have to be pulled again.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
SETUP = """
set -e
apt-get update -qq
apt-get install -y -qq --no-install-recommends >/dev/null \\
  postgresql-17 python3-virtualenv python3-setuptools git jq openssh-server docker-registry
pip() { "/opt/$1/bin/pip" install -q --disable-pip-version-check --require-hashes -r "/opt/$2"; }
virtualenv -q /opt/tools
pip tools dev.lock
virtualenv -q --system-site-packages /opt/odoo  # Odoo is a package of the distribution
pip odoo core.lock
"""


def dagger(*arguments: str | Path) -> float:
    """Run dagger and give the seconds it took; a failure ends the benchmark."""
    begin = time.monotonic()
    command = ["dagger", "--progress=plain", *map(str, arguments)]
    ended = subprocess.run(command, capture_output=True, text=True)
    if ended.returncode:
        sys.exit(f"{' '.join(command)}\n{ended.stdout}\n{ended.stderr[-5000:]}")
    return time.monotonic() - begin


def quoted(text: str) -> str:
    """One value of a list on dagger's command line, which is read as CSV."""
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def ci(source: Path) -> float:
    """Seconds of `dagger call ci`."""
    seconds = dagger("call", "-m", ROOT, "ci", "--source", source)
    print(f"dagger call ci: {seconds:.1f} s", file=sys.stderr, flush=True)
    return seconds


def sources() -> str:
    """Debian's source for apt, which Odoo's image lacks."""
    command = ["dagger", "core", "-s", "container", "from", "--address=debian:trixie-slim"]
    command += ["file", "--path=/etc/apt/sources.list", "contents"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def script(source: Path, inside: bool = True) -> float:
    """Seconds of the script; with ``inside`` only its own, not those of making its container."""
    timed = "begin=$(date +%s.%N); bash /opt/script.sh >/tmp/log 2>&1 || { tail /tmp/log; exit 1; }"
    timed += "; echo $(date +%s.%N) $begin"
    command = ["dagger", "core", "-s", "container", "from", "--address=odoo:19.0"]
    command += ["with-user", "--name=root", "with-new-file", "--path=/etc/apt/sources.list"]
    command += [f"--contents={sources()}"]
    for lock in ("dev.lock", "core.lock"):
        command += ["with-file", f"--path=/opt/{lock}"]
        command += [f"--source={ROOT}/scripts/requirements/{lock}"]
    command += ["with-env-variable", "--name=DEBIAN_FRONTEND", "--value=noninteractive"]
    command += ["with-exec", f"--args=bash,-c,{quoted(SETUP)}"]
    command += ["with-env-variable", "--name=PATH", "--value=/opt/tools/bin:$PATH", "--expand"]
    command += ["with-env-variable", "--name=PIPELINE", "--value=/opt/pipeline"]
    command += ["with-directory", "--path=/opt/pipeline/pipeline"]
    command += [f"--source={ROOT}/scripts/pipeline", "with-new-file"]
    command += ["--path=/opt/pipeline/__main__.py"]
    command += ["--contents=from pipeline.cli.main import main; main()"]
    command += ["with-file", "--path=/opt/script.sh", f"--source={ROOT}/benchmarks/ci/script.sh"]
    command += [
        "with-directory",
        "--path=/src",
        f"--source={source}",
        "with-workdir",
        "--path=/src",
    ]
    command += ["with-env-variable", "--name=ROUND", f"--value={time.time()}"]
    command += ["with-exec", f"--args=bash,-c,{quoted(timed)}", "stdout"]
    begin = time.monotonic()
    ended = subprocess.run(command, capture_output=True, text=True)
    if ended.returncode:
        sys.exit(f"the script failed\n{ended.stdout}\n{ended.stderr[-5000:]}")
    if not inside:
        return time.monotonic() - begin
    finish, start = map(float, ended.stdout.split()[-2:])
    return finish - start


def change(source: Path, number: int) -> None:
    """Change one line of the add-on that most others stand on least: the last of the chain."""
    file = source / "odoo_addons/mta_contract/models/__init__.py"
    lines = [line for line in file.read_text("utf-8").splitlines() if not line.startswith("# ")]
    file.write_text("\n".join([f"# Round {number}.", *lines]) + "\n", encoding="utf-8")


def prune() -> None:
    """Forget everything that the engine has cached."""
    dagger("core", "engine", "local-cache", "prune")


def show(name: str, times: list[tuple[float, float]]) -> None:
    """Print a row of the table, from medians."""
    mine, other = (statistics.median(column) for column in zip(*times))
    ratio = f"{mine / other:.2g}"
    print(f"| {name} | {mine:.1f} s | {other:.1f} s | {ratio} | {len(times)} |", flush=True)


def main() -> None:
    """Run the rounds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cold", action="store_true", help="also with an empty cache")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each warm case")
    options = parser.parse_args()
    print("| case | dagger call ci | script | ratio | rounds |\n|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "source"
        subprocess.run(["git", "clone", "-q", ROOT, source], check=True)
        ci(source)
        changed, same = [], []
        for number in range(options.rounds):
            change(source, number + int(time.time()))
            one, none = ci(source), ci(source)
            theirs = script(source)  # it does the same work whatever has changed
            changed.append((one, theirs))
            same.append((none, theirs))
        show("nothing changed", same)
        show("one line changed in one add-on", changed)
        if options.cold:
            prune()
            theirs = script(source, inside=False)
            prune()
            show("cold: nothing cached", [(ci(source), theirs)])


if __name__ == "__main__":
    main()
