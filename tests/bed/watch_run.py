"""On the VM: run a command of the pipeline, and something of root's when its journal says so."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any


def main() -> None:
    wanted = json.loads(sys.argv[1])
    runs = Path(wanted["home"]) / ".deployments" / "runs"
    before = set(runs.glob("*"))
    line = f"cd {wanted['home']} && exec {shlex.join(wanted['command'])}"
    with open("/tmp/watched", "wb") as output:
        process = subprocess.Popen(
            ["su", "-", "ubuntu", "-c", line],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    acted = False
    while process.poll() is None:
        events = read(runs, before)
        if any(is_it(event, wanted) for event in events):
            time.sleep(wanted["pause"])
            owner = [event["owner"]["pid"] for event in events if event["event"] == "began"]
            shell = {**os.environ, "PID": str(owner[0])}
            action = ["sh", "-c", wanted["action"]]
            done = subprocess.run(action, env=shell, capture_output=True)  # stdout is the answer's
            acted = done.returncode == 0
            break
        time.sleep(0.005)
    code = process.wait()
    said = Path("/tmp/watched").read_text(errors="replace")
    print(json.dumps({"code": code, "out": said, "acted": acted}))


def is_it(event: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return bool(event["event"] == wanted["event"] and event.get("step", "") == wanted["step"])


def read(runs: Path, before: set[Path]) -> list[dict[str, Any]]:
    """The events of the run that is not one of those before."""
    for folder in set(runs.glob("*")) - before:
        try:
            lines = (folder / "journal.jsonl").read_text().splitlines(keepends=True)
        except OSError:
            continue
        return [json.loads(line) for line in lines if line.endswith("\n")]
    return []


if __name__ == "__main__":
    main()
