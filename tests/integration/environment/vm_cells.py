"""One cell of the matrix of faults where only Docker is a stand-in: real files, processes, journal.

As on a VM (tests/bed/bed_cells.py): the run is a process of its own, and gets its fault by the
same hook, and the same program before `docker`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from played_vm import Vm
from vm_starts import STARTS, State

from bed_verdict import way_on
from matrix import Cell, Place
from pipeline.environment.runs import journal, run_history
from pipeline.environment.runs.runner import DONE, STOPPED

ROOT = Path(__file__).parents[3]
INSIDE = ROOT / "tests" / "bed" / "inside"
#: Seconds that PostgreSQL needs after a power cut.
LATE = 2.0
#: Seconds that a run may take before it counts as hanging; many, for a busy machine.
SECONDS = 300
SIGNALS = {"kill": "KILL", "term": "TERM", "power": "KILL"}
#: Faults that need neither a recording nor a disk of their own.
FAULTS = (*SIGNALS, "fails", "hangs")
_RUN = """
import sys
sys.path[:0] = sys.argv[1:3]
port, sys.argv[1:] = int(sys.argv[3]), sys.argv[4:]
import bed_hook
from pipeline.environment.odoo import web
web.PORT = port
from pipeline.cli.main import main
sys.exit(main())
"""
_ROWS = """
SELECT json_build_object(
 'partners', (SELECT json_agg(name ORDER BY id) FROM res_partner),
 'version', (SELECT latest_version FROM ir_module_module WHERE name = 'mta'),
 'new', to_regclass('new_in_v2') IS NOT NULL,
 'mails', (SELECT json_agg(state ORDER BY id) FROM mail_mail))
"""


class NotPossible(Exception):
    """This fault cannot happen there."""


@dataclass
class MatrixEnvironment:
    """An environment in whose runs faults are injected.

    Attributes:
        vm: the environment.
        folder: what the hook and the program before `docker` read and write.
        port: of Odoo's web servers.
    """

    vm: Vm
    folder: Path
    port: int

    def state(self) -> State:
        """What runs, and what is there."""
        vm = self.vm
        version = vm.host.dotenv.get("ODOO_VERSION", "")
        there = vm.database in vm.databases()
        rows = json.loads(vm.sql(_ROWS)) if there else None
        store = vm.home / "data" / "filestore" / vm.database
        files = sorted(str(one.relative_to(store)) for one in store.rglob("*") if one.is_file())
        return State(version, rows, tuple(files))

    def run(self, command: list[str], plan: dict[str, Any]) -> dict[str, Any]:
        """Run a command of the pipeline as a process of its own."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        place = self.vm.host.environment
        known = [path.name for path in run_history.folders(self.vm.host.runs)]
        if plan["resumed"]:
            known.pop()
        whole = {"home": str(place.directory), "known": known, **plan}
        (self.folder / "plan.json").write_text(json.dumps(whole))
        words = ["environment", *command, "--environment", place.name]
        argv = [sys.executable, "-c", _RUN, str(ROOT / "scripts"), str(INSIDE), str(self.port)]
        done = subprocess.run(
            [*argv, *words],
            cwd=place.directory,
            env={**os.environ, "BED_FOLDER": str(self.folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
        )
        (self.folder / "plan.json").unlink()
        return {"code": done.returncode, "out": done.stdout}

    def lines(self, name: str) -> list[str]:
        """What the hook or the program before `docker` wrote down."""
        path = self.folder / name
        return path.read_text().splitlines() if path.exists() else []

    def before(self, place: Place) -> list[dict[str, Any]]:
        """What is wanted of the run before the fault, and of the resume."""
        first: dict[str, Any] = {"resumed": False, "rules": [], "stops": []}
        if place.trip:
            name = "KILL" if place.resumed else "TERM"
            stop = {"event": journal.STEP_BEGAN, "step": place.trip, "signal": name, "action": 1}
            first["stops"].append(stop)
        again: dict[str, Any] = {"resumed": True, "rules": [], "stops": []}
        return [first, again] if place.resumed else [first]

    def cell(self, cell: Cell) -> None:
        """Do a cell. Raises AssertionError when anything is lost; NotPossible."""
        place = cell.place
        where = {"event": place.event, "step": place.step}
        plans = self.before(place)
        if cell.fault in SIGNALS:
            plans[-1]["stops"].append({**where, "signal": SIGNALS[cell.fault], "action": 1})
        else:
            act = {"fails": "fail", "hangs": "hang"}[cell.fault]
            plans[-1]["rules"].append({**where, "act": act, "number": 1})
        command, before, after = STARTS[place.scenario.name](self.vm, self.state())
        answer = {"code": 0, "out": ""}
        for number, plan in enumerate(plans):
            answer = self.run(command if not number else ["resume"], plan)
        injected = bool(self.lines("acted"))
        if cell.fault == "power":
            self.cut(answer)
        self.end(answer, before, after)
        if not injected and cell.fault not in SIGNALS:
            raise NotPossible(f"{place.way} {place.step} asks nothing of Docker")
        assert injected, f"it did not come to {place}:\n{answer['out']}"

    def cut(self, answer: dict[str, Any]) -> None:
        """PostgreSQL dies with the run; it comes back late, and the boot's resume waits for it."""
        self.vm.server.kill()
        late = threading.Timer(LATE, self.vm.server.start)
        late.start()
        code, said = self.type("pipeline environment resume")
        late.join()
        answer["out"] += f"$ after the boot\n{said}"
        answer["code"] = code

    def type(self, line: str) -> tuple[int, str]:
        """Type a line that an error named."""
        words = line.split()[2:]  # `pipeline environment` comes with each
        if "--environment" in words:
            at = words.index("--environment")
            assert words[at + 1] == self.vm.host.environment.name
            del words[at : at + 2]
        answer = self.run(words, {"resumed": False, "rules": [], "stops": []})
        return answer["code"], answer["out"]

    def end(self, answer: dict[str, Any], before: State, after: State) -> None:
        """Do what the error says until it is whole."""
        first = (
            run_history.history(self.vm.host.runs)[-1]
            if run_history.folders(self.vm.host.runs)
            else None
        )
        said, code, all_said = answer["out"], answer["code"], [answer["out"]]
        for _ in range(4):
            line = way_on(said, code, self._status)
            if not line:
                break
            code, said = self.type(line)
            all_said.append(f"$ {line}\n{said}")
        else:
            raise AssertionError("\n".join([*all_said, "the commands that it names do not help"]))
        found = self.state()
        wrong = {
            name: list(self.problems(state, found))
            for name, state in (("before", before), ("after", after))
        }
        if all(wrong.values()):
            told = first.folder / journal.FILE_NAME if first else None
            lines = told.read_text() if told else ""
            raise AssertionError("\n".join([json.dumps(wrong, indent=1), *all_said, lines]))
        outcome = first.story.outcome if first is not None else ""
        # What stopped was led on from by the command that it named: for a rollback, to its end.
        if first is not None and first.story.ended and outcome != STOPPED and before != after:
            done = outcome == DONE
            assert done is (not wrong["after"]), (first.story.outcome, wrong, all_said)
        if first is not None and outcome == STOPPED:
            assert {"migrate", "restore"} & set(first.story.begun), all_said

    def _status(self) -> str:
        return self.type("pipeline environment status")[1]

    def problems(self, state: State, found: State) -> list[str]:
        """What is not as it is to be."""
        vm, wrong = self.vm, []
        if found != state:
            wrong.append(f"{found} is not {state}")
        wanted = [state.version] if state.version else []
        for service in ("odoo-mta-web", "odoo-mta-cron"):
            if vm.running(service) != wanted:
                wrong.append(f"{service} runs {vm.running(service)}, not {wanted}")
        left = [path.name for path in (vm.host.environment.directory / "proxy/state").iterdir()]
        if left:
            wrong.append(f"the proxy was left with {left}")
        code, said = vm.command("unlock")
        if (code, said) != (0, "the lock is free\n"):
            wrong.append(f"unlock: {code} {said}")
        opened = vm.server.sql(
            "SELECT datname FROM pg_database WHERE datallowconn AND datname LIKE 'mta%'"
        ).split()
        if opened != ([vm.database] if state.rows is not None else []):
            wrong.append(f"databases that are open: {opened}")
        home = vm.host.environment.directory
        if partial := [*vm.backups.rglob("*.partial"), *home.rglob("*.partial")]:
            wrong.append(f"partial files: {partial}")
        if list(vm.backups.glob("manifest_*.json")):
            code, said = vm.command("backup", "verify")
            if code:
                wrong.append(said)
        return wrong
