"""What a visitor notices of a deployment, and what it costs next to Odoo's own work.

    eval "$(scripts/engine/engine env)"; python benchmarks/deploy/measure.py

On a stand-in for a VM (tests/bed), with real Docker, Odoo and PostgreSQL. Two deployments, while 24
requests a second go on and one slow request is always in flight: code only, and with a migration.
"""

from __future__ import annotations

import http.client
import http.cookiejar
import itertools
import json
import re
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests" / "bed")]

from bed import Machine, machine  # noqa: E402
from bed_addons import ADDONS, boats  # noqa: E402
from bed_project import LABEL, LENGTH, copy_project  # noqa: E402
from bed_registry import Registry  # noqa: E402
from bed_stage import HOME, NEW, OLD, Stage, set_stage  # noqa: E402
from pipeline.remote.session import Session  # noqa: E402
from pipeline.remote.target import ssh_target  # noqa: E402

CODE = "1.1.0"
PER_SECOND, SLOW_SECONDS = 24, 4
#: What is asked for, and whether by somebody who has logged in.
PAGES = (("/web/login", False), ("/odoo", True), ("/web/health", False), ("/web/health", False))
_SLOW = f"""
import time

from odoo import http


class Slow(http.Controller):
    @http.route("/bed/slow", type="http", auth="user")
    def slow(self):
        time.sleep({SLOW_SECONDS})
        return "slow"
"""


@dataclass(frozen=True)
class Answer:
    """One request: when it began and ended, its status (0: none), whether it was the slow one."""

    began: float
    ended: float
    status: int
    slow: bool


def versions(registry: Registry) -> dict[str, str]:
    """Push 1.0.0, the same with another controller, and 2.0.0 with a migration."""

    def files(version: str, **more: str) -> dict[str, str]:
        made = boats(version, **more)
        place = f"{ADDONS}/bed_boats"
        made[f"{place}/__init__.py"] = "from . import controllers, models\n"
        made[f"{place}/controllers/__init__.py"] = "from . import main\n"
        made[f"{place}/controllers/main.py"] = _SLOW
        return made

    code = files("1.0")
    code[f"{ADDONS}/bed_boats/controllers/main.py"] += "\n# changed\n"
    migration = 'cr.execute("UPDATE bed_boat SET length = 7")'
    contents = {
        OLD: files("1.0"),
        CODE: code,
        NEW: files("2.0", field=LENGTH, migration=migration, model=_HARBOUR),
    }
    return {
        version: registry.push(f"uat-v{version}", made, {LABEL: version})
        for version, made in contents.items()
    }


_HARBOUR = """

class Harbour(models.Model):
    _name = "bed.harbour"
    _description = "Harbour"

    name = fields.Char()
"""


class Visitors:
    """Requests from outside, at a steady rate whatever the answers are."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: list[Answer] = []
        self._cookie = self._log_in()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._slowly, daemon=True)]
        self._threads.append(threading.Thread(target=self._steadily, daemon=True))

    def __enter__(self) -> Visitors:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(60)

    def _log_in(self) -> str:
        jar = http.cookiejar.CookieJar()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        page = opener.open(f"{self.url}/web/login", timeout=60).read().decode()
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token
        form = {"login": "admin", "password": "admin", "csrf_token": token[1]}
        opener.open(f"{self.url}/web/login", urllib.parse.urlencode(form).encode(), timeout=60)
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)

    def _steadily(self) -> None:
        begin = time.monotonic()
        running = []
        for number, (page, known) in zip(itertools.count(), itertools.cycle(PAGES)):
            if self._over.wait(max(0.0, begin + number / PER_SECOND - time.monotonic())):
                break
            one = threading.Thread(target=self._ask, args=(page, known), daemon=True)
            one.start()
            running.append(one)
        for one in running:
            one.join(60)

    def _slowly(self) -> None:
        while not self._over.is_set():
            self._ask("/bed/slow", True, slow=True)

    def _ask(self, page: str, known: bool, slow: bool = False) -> None:
        began = time.monotonic()
        headers = {"Cookie": self._cookie} if known else {}
        request = urllib.request.Request(f"{self.url}{page}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                answer.read()
                status = answer.status
        except urllib.error.HTTPError as error:
            with error:
                status = error.code
        except (OSError, http.client.HTTPException):
            status = 0
        self.answers.append(Answer(began, time.monotonic(), status, slow))
        if slow and status != 200:
            time.sleep(0.2)


def deploy(stage: Stage, version: str) -> tuple[float, int]:
    """Deploy over SSH as a client does: seconds, and commands sent."""
    keys = stage.machine.key.parent
    (keys / "known_hosts").write_text(stage.machine.known_hosts)
    vm = stage.machine
    aim = ssh_target("uat", vm.address, vm.user, vm.key, keys / "known_hosts", 22)
    said: list[bytes] = []
    session = Session(aim, said.append, print)
    begin = time.monotonic()
    command = [*stage.deploy(version)[:1], "--environment", "uat", *stage.deploy(version)[1:]]
    answer = session.lasting(
        f"measured-{version.replace('.', '-')}", command, {}, PurePosixPath(HOME)
    )
    assert answer.code == 0, b"".join(said).decode()
    return time.monotonic() - begin, session.round_trips


def measured(stage: Stage, version: str) -> dict[str, object]:
    """One deployment under load."""
    stage.put_back()
    stage.whole()
    with Visitors(f"http://{stage.machine.address}:8069") as visitors:
        time.sleep(5)
        seconds, round_trips = deploy(stage, version)
        time.sleep(5)
    good = sorted(one.ended for one in visitors.answers if one.status == 200)
    closed = [one for one in visitors.answers if one.status == 503]
    failed = [one for one in visitors.answers if one.status not in (200, 303, 503)]
    steps = {e["step"]: e["seconds"] for e in stage.events() if e["event"] == "step-done"}
    odoo = sum(steps.get(step, 0.0) for step in ("migrate", "health"))
    return {
        "version": version,
        "requests": len(visitors.answers),
        "slow requests": sum(one.slow for one in visitors.answers),
        "failed": len(failed),
        "maintenance page": len(closed),
        "longest gap, s": round(max(b - a for a, b in zip(good, good[1:])), 2),
        "update of the database, s": round(steps.get("migrate", 0.0), 2),
        "deployment, s": round(seconds, 1),
        "of it in addition to update and health check, s": round(seconds - odoo, 1),
        "commands over SSH": round_trips,
        "steps, s": steps,
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with machine("uat", folder / "keys", folder / "log") as vm:
            print(json.dumps(_all(vm, folder), indent=2))


def _all(vm: Machine, folder: Path) -> list[dict[str, object]]:
    registry = Registry()
    (folder / "project").mkdir()
    stage = set_stage(vm, copy_project(folder / "project"), registry, versions(registry))
    return [measured(stage, version) for version in (CODE, NEW)]


if __name__ == "__main__":
    main()
