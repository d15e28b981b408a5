"""Time `dagger call test` on add-ons of OCA against one database and one process, side by side.

    python benchmarks/ci/addons.py [--rounds 1]

Each round has a source that the engine has not seen: what prepares its database is new, images and
packages are cached. Then one line is changed in an add-on on which no other one depends, and then
nothing. Ratios are those of the medians.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests/bed"))

from bed_oca import ADDONS, fetch  # noqa: E402
from bed_repository import Repository  # noqa: E402

#: Those that pass by hand, in the image as it is.
LEFT_OUT = ("auth_saml", "dms", "fs_attachment", "fs_storage", "pdf_xml_attachment")
NAMES = tuple(name for name in ADDONS if name not in LEFT_OUT)
LINE = "partner_contact_access_link"
ROUNDS = 3
SETTINGS = """
[odoo]
allowed_log = ["mail/static/lib/selfie_segmentation/selfie_segmentation"]

[coverage]
minimum = 0
"""


def dagger(*arguments: str | Path) -> tuple[float, str]:
    """Run a function: seconds, and what it returned or said."""
    command = ["dagger", "--progress=plain", "call", "-m", ROOT, *arguments]
    begin = time.monotonic()
    ended = subprocess.run([*map(str, command)], capture_output=True, text=True)
    seconds = time.monotonic() - begin
    if ended.returncode:
        print(ended.stderr[-3000:], file=sys.stderr)
    return seconds, ended.stdout


def main() -> None:
    """Measure, and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1, choices=range(1, ROUNDS + 1))
    rounds = parser.parse_args().rounds
    seconds: dict[str, list[float]] = defaultdict(list)

    def note(case: str, measured: float) -> None:
        seconds[case].append(round(measured, 1))
        print(f"{case}: {measured:.1f} s", file=sys.stderr, flush=True)

    for number in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            repository = Repository.create(path := Path(folder, "repository"))
            fetch(NAMES, path)
            repository.write("pipeline.toml", SETTINGS)
            # With other requirements, the container is another one, and so are its databases.
            repository.write("requirements.txt", f"# {time.time()} {number}\n")
            repository.commit()
            note("cold", dagger("test", "--source", path)[0])
            with (path / LINE / "__init__.py").open("a") as file:
                file.write(f"# {number}\n")
            note("one line", dagger("test", "--source", path)[0])
            note("unchanged", dagger("test", "--source", path)[0])
            script = ROOT / "benchmarks/ci/one_process.py"
            given = (
                "with-file",
                "--path=/one.py",
                f"--source={script}",
                "with-user",
                "--name=root",
            )
            command = ",".join(["/opt/venv/bin/python", "/one.py", *NAMES])
            said = dagger(
                "odoo", "--source", path, *given, "with-exec", f"--args={command}", "stdout"
            )
            note("one process", sum(json.loads(said[1].splitlines()[-1]).values()))
    whole = statistics.median(seconds["one process"])
    ratios = {case: round(statistics.median(all_) / whole, 3) for case, all_ in seconds.items()}
    print(json.dumps({"seconds": seconds, "ratios": ratios}))


if __name__ == "__main__":
    main()
