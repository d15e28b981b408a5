"""On the VM, as root: run commands of the pipeline one after another, and inject faults meanwhile.

Called with a JSON text, prints one: for each command `code`, `out`, whether it was `injected`, the
`calls` of programs, the number of `actions` by place.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

FOLDER = Path("/run/bed")
sys.path.insert(0, "/usr/local/lib/bed")
import bed_where  # noqa: E402

#: As `su -` does, but not with a process between, which stops itself when its child is stopped.
AS_USER = ["setpriv", "--reuid=ubuntu", "--regid=ubuntu", "--init-groups", "--reset-env"]
AS_USER += ["bash", "--login", "-c"]
#: The one disk of deployments, backups and volumes.
DISK = Path("/mnt/disk")


def main() -> None:
    wanted = json.loads(sys.argv[1])
    answers = []
    for phase in wanted["phases"]:
        answers.append(run(wanted, phase))
    print(json.dumps(answers))


def run(wanted: dict[str, Any], phase: dict[str, Any]) -> dict[str, Any]:
    home, resumed = wanted["home"], phase["resumed"]
    runs = Path(home) / ".deployments" / "runs"
    known = [path.name for path in runs.glob("*")]
    if resumed:
        known.remove(max(known))
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    FOLDER.chmod(0o1777)
    plan = {"home": home, "known": known, "resumed": resumed}
    plan |= {"rules": phase["rules"], "stops": phase["stops"]}
    (FOLDER / "plan.json").write_text(json.dumps(plan))
    clock = time.monotonic()
    with open("/tmp/injected", "wb") as output:
        process = subprocess.Popen(
            [*AS_USER, f"cd {home} && exec {phase['command']}"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    injected = watch(process, plan, phase)
    try:
        code: int | None = process.wait(phase["seconds"])
    except subprocess.TimeoutExpired:
        code = None  # it hangs; whoever reads this says so
        for number in owners(plan):
            os.kill(number, signal.SIGKILL)
        process.wait()
    (DISK / "filler").unlink(missing_ok=True)
    acted = lines("acted")
    (FOLDER / "plan.json").unlink()
    actions: dict[str, int] = {}
    for line in lines("actions"):
        actions[line] = actions.get(line, 0) + 1
    return {
        "code": code,
        "out": Path("/tmp/injected").read_text(errors="replace"),
        # What the hook wrote is a way to the place; a program says its fault as JSON.
        "injected": injected or any(line.startswith("{") for line in acted),
        "acted": acted,
        "calls": [json.loads(line) for line in lines("calls")],
        "actions": actions,
        "seconds": time.monotonic() - clock,
        "events": bed_where.events(home, known),
    }


def lines(name: str) -> list[str]:
    try:
        return (FOLDER / name).read_text().splitlines()
    except OSError:
        return []


def watch(process: subprocess.Popen[bytes], plan: bed_where.Plan, phase: dict[str, Any]) -> bool:
    """Wait for the moment, and inject the fault; whether it came."""
    injection = phase["injection"]
    if not injection:
        return False
    reached = FOLDER / "reached"
    while process.poll() is None:
        if injection["hold"]:
            if reached.exists():
                act(injection["what"], int(reached.read_text()))
                return True
        else:
            told = bed_where.events(plan["home"], plan["known"])
            if bed_where.place(told, plan["resumed"]) == (injection["event"], injection["step"]):
                time.sleep(injection["pause"])
                owner = owners(plan)[-1]
                act(injection["what"], owner)
                return True
        time.sleep(0.003)
    return False


def owners(plan: bed_where.Plan) -> list[int]:
    told = bed_where.events(plan["home"], plan["known"])
    return [event["owner"]["pid"] for event in told if event.get("owner")]


def act(what: str, process: int) -> None:
    if what == "kill":
        os.kill(process, signal.SIGKILL)
    elif what == "term":
        os.kill(process, signal.SIGTERM)
    elif what == "disk":
        fill()
    elif what == "power":
        cut_the_power()
    try:
        os.kill(process, signal.SIGCONT)
    except ProcessLookupError:
        pass


def fill() -> None:
    """Take all the space that there is, to the last block."""
    free = shutil.disk_usage(DISK).free
    with open(DISK / "filler", "wb") as file:
        while free >= 4096:
            try:
                os.posix_fallocate(file.fileno(), file.seek(0, 2), free)
                free = shutil.disk_usage(DISK).free
            except OSError:
                free //= 2


def cut_the_power() -> None:
    (FOLDER / "plan.json").unlink()  # what runs after the boot gets no fault
    (DISK / "postgres" / "late").touch()
    os.sync()
    init = Path("/run/machine.pid")
    number = int(init.read_text())
    init.unlink()
    os.kill(number, signal.SIGUSR1)
    time.sleep(60)


main()
