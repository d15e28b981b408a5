"""A VM for the matrix of faults: what is staged on it, and how it is made that way again.

Versions follow one another as in life: a cell that ends whole is where the next one begins, and
only what is broken is put back. Everything that a deployment writes lies on one small disk.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bed import ROOT, Machine
from bed_addons import ADDONS, boats
from bed_chain_scripts import (
    CREATE_MAILS,
    DISK,
    EMPTY,
    INSTALL_TOOLS,
    LATE_ENTRY,
    MAKE_DISK,
    MAKE_VOLUMES,
    PUT_BACK,
    SAVE,
    STOP_ALL,
    TOOLS,
    WRITE_RECORDS,
)
from bed_project import LABEL, LENGTH, copy_project, put_repository
from bed_registry import Registry
from bed_stage import Stage
from pipeline.environment.outbox import hold_sql

INSIDE = ROOT / "tests" / "bed" / "inside"
#: Limits as of a machine of these sizes; those for a program that hangs are so short that a busy
#: machine may reach them by itself. See pipeline.core.settings.environments.
LIMITS = {
    "health_seconds": 60,
    "drain_seconds": 2,
    "migration_seconds": 120,
    "command_seconds": 120,
    "slowest_mib_per_second": 20,
    "boot_seconds": 120,
    "count_seconds": 10,
}
SHORT = {"migration_seconds": 20, "command_seconds": 15}


@dataclass(frozen=True)
class Version:
    """A version of the add-on: a later number needs an update, a later change does not."""

    number: int
    change: int = 0

    def __str__(self) -> str:
        return f"{self.number}.0.{self.change}"

    def files(self) -> dict[str, str]:
        """What its image has beyond the one before."""
        migration = (
            f'cr.execute("UPDATE bed_boat SET length = {self.number}; '
            f"DROP TABLE IF EXISTS bed_mark_{self.number - 1}; "
            f'CREATE TABLE bed_mark_{self.number} (id int)")'
        )
        files = boats(f"{self.number}.0", LENGTH, migration)
        return {**files, f"{ADDONS}/bed_boats/README.md": f"Change {self.change}\n"}


@dataclass
class Chain:
    """A VM of one environment.

    Attributes:
        machine: the VM; its name is the environment's.
        registry: where the images are.
        project: the clone's origin.
        images: references by digest, of versions.
        version: what runs; None: nothing was ever deployed.
        saved: whether there is a stage to be put back, and of which version.
    """

    machine: Machine
    registry: Registry
    project: Path
    images: dict[Version, str] = field(default_factory=dict)
    version: Version | None = None
    saved: Version | None = None

    @property
    def environment(self) -> str:
        """``uat`` or ``prod``."""
        return self.machine.name

    @property
    def home(self) -> str:
        """Where the guide has it."""
        return "/opt/odoo-mta" + ("-prod" if self.environment == "prod" else "")

    @property
    def backups(self) -> str:
        """Where the guide has its backups."""
        return "/backups/odoo-mta/" + ("prod" if self.environment == "prod" else "test")

    @property
    def database(self) -> str:
        """Odoo's database."""
        return f"mta-{self.environment}"

    def prepare(self) -> None:
        """Prepare the VM, with its disk and what injects faults; nothing is deployed."""
        machine = self.machine
        machine.reset()
        machine.root("bash -s", input=f"{MAKE_DISK}{MAKE_VOLUMES}".encode())
        for path in INSIDE.glob("*.py"):
            machine.write(f"{TOOLS}/{path.name}", path.read_text())
        machine.root("bash -s", input=INSTALL_TOOLS.encode())
        put_repository(machine, self.project)
        stage = Stage(machine, self.project, self.registry, {})
        client = stage.client("run", "--", "prepare", "--repository=file:///srv/bare")
        said, _ = client.communicate(timeout=300)
        assert client.returncode == 0, said
        base, entry = "library/postgres:17", {"Entrypoint": ["sh", "/late.sh"]}
        late = self.registry.push("late", {"/late.sh": LATE_ENTRY}, base=base, config=entry)
        line = f"POSTGRES_IMAGE={self.registry.name}@{late}"
        machine.root(f"echo {line} >>{self.home}/.env")
        self.shell("docker compose pull --quiet postgres odoo-mta-proxy", timeout=300)

    def settle(self) -> None:
        """Deploy a first version and write data; keep all of it, to be put back."""
        self.empty()
        version = Version(1)
        self.pipeline(*self.deploy(version), timeout=600)
        self.shell(
            f"docker compose exec -T odoo-mta-web odoo shell --no-http -d {self.database}",
            input=WRITE_RECORDS.encode(),
        )
        self.sql("UPDATE bed_boat SET length = 1;\n" + CREATE_MAILS + hold_sql.hold())
        self.version = self.saved = version
        self.shell("docker compose stop", timeout=200)
        self.machine.root("bash -s", input=SAVE.encode())
        self.put_back()

    def put_back(self) -> None:
        """Make it what it was when it was saved; without that, empty."""
        if self.saved is None:
            self.empty()
            return
        machine = self.machine
        machine.root("bash -s", input=STOP_ALL.encode())
        machine.root("bash -s", input=PUT_BACK.encode())
        self.version = self.saved
        self.shell("docker compose up -d --quiet-pull", timeout=200)
        image = self.images[self.saved]
        kept = f"$(docker image inspect --format '{{{{.Id}}}}' {image} | cut -c 8-19)"
        machine.root(f"docker tag {image} odoo-mta:kept-{self.environment}-{kept}")

    def empty(self) -> None:
        """Make it a VM that was prepared, with a database server and nothing in it."""
        self.machine.root("rm -rf /run/bed; pkill -9 -u ubuntu; true")
        self.shell(EMPTY.replace("{disk}", DISK), timeout=200)
        self.version = None

    def limit(self, **seconds: int) -> None:
        """Change limits in pipeline.toml on the VM."""
        for key, value in seconds.items():
            self.machine.root(f"sed -i 's/^{key} = .*/{key} = {value}/' {self.home}/pipeline.toml")

    def prune(self) -> None:
        """Remove old backups when there are many: whoever looks reads every byte of all of them."""
        there = self.machine.root(f"ls {self.backups}/manifest_*.json 2>/dev/null | wc -l").out
        if int(there) > 3:
            self.pipeline("backup", "prune")

    def image(self, version: Version) -> str:
        """The image of a version, which is pushed when it is first asked for."""
        if version not in self.images:
            tag = f"uat-v{version}"
            digest = self.registry.push(tag, version.files(), {LABEL: str(version)})
            self.images[version] = f"{self.registry.name}@{digest}"
        return self.images[version]

    def deploy(self, version: Version) -> list[str]:
        """The command that deploys a version."""
        return ["deploy", "--image", self.image(version), "--version", str(version)]

    def words(self, *command: str) -> str:
        """A command of the pipeline as it is typed."""
        words = ["pipeline", "environment", *command, "--environment", self.environment]
        return shlex.join(words)

    def pipeline(self, *command: str, timeout: float = 300) -> str:
        """Run a command of the pipeline, which must do it."""
        code, said = self.type(self.words(*command), timeout)
        assert code == 0, f"{command}: {code}\n{said}"
        return said

    def type(self, line: str, timeout: float = 300) -> tuple[int, str]:
        """Type a line in the environment's directory; exit code and all that it said."""
        whole = f"su - ubuntu -c {shlex.quote(f'cd {self.home} && exec {line}')}"
        answer = self.machine.root(whole, ok=False, timeout=timeout)
        return answer.code, answer.out

    def sql(self, statements: str) -> None:
        """Run statements in Odoo's database."""
        tool = "docker exec -i odoo-mta-db psql -qXU odoo -v ON_ERROR_STOP=1 -o /dev/null"
        self.machine.root(f"{tool} -d {self.database}", input=statements.encode())

    def shell(self, script: str, input: bytes = b"", timeout: float = 120) -> str:
        """Run a script as the user in the environment's directory."""
        line = f"cd {self.home} && {script}" if "\n" not in script else f"cd {self.home}\n{script}"
        sudo = (
            f"su - ubuntu -c {shlex.quote(line)}"
            if "\n" not in script
            else f"bash -c {shlex.quote(line)}"
        )
        return str(self.machine.root(sudo, input=input, timeout=timeout).out)

    def rows(self) -> dict[str, Any]:
        """The rows of Odoo's database that the tests know."""
        line = shlex.join([self.home, self.environment, DISK, "rows"])
        said = self.machine.root(f"python3 {TOOLS}/bed_look.py {line}")
        found: dict[str, Any] = json.loads(said.out.splitlines()[-1])
        return found

    def put_aside(self) -> str:
        """The boats of the databases that were put aside; they are closed again."""
        tool = "docker exec -i odoo-mta-db psql -U odoo -tA"
        pattern = f"'{self.database}-aside-%'"
        listed = f'"SELECT datname FROM pg_database WHERE datname LIKE {pattern}"'
        script = f"""set -e
allow() {{ {tool} -d postgres -qc "ALTER DATABASE \\"$1\\" ALLOW_CONNECTIONS $2" </dev/null; }}
for name in $({tool} -d postgres -c {listed} </dev/null); do
  allow "$name" true
  {tool} -d "$name" -c 'SELECT name FROM bed_boat' </dev/null
  allow "$name" false
done
"""
        return str(self.machine.root(script).out)

    def look(self, patience: float = 60) -> dict[str, Any]:
        """Everything that tells whether it is whole; see inside/bed_look.py."""
        line = shlex.join([self.home, self.environment, DISK, str(patience)])
        said = self.machine.root(f"python3 {TOOLS}/bed_look.py {line}", timeout=patience + 120)
        found: dict[str, Any] = json.loads(said.out.splitlines()[-1])
        return found


def matrix_project(folder: Path) -> Path:
    """The project as it is deployed in the matrix: with short limits."""
    lines = "".join(f"{key} = {value}\n" for key, value in LIMITS.items())
    return copy_project(
        folder, more="".join(f"\n[environments.{name}]\n{lines}" for name in ("uat", "prod"))
    )
