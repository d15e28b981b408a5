"""An environment on this machine: a real PostgreSQL, a stand-in for Docker, web servers.

These tests exist only where there is a PostgreSQL server; the container of the Python tests has
one ([python] apt in pipeline.toml).
"""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from docker_stand_in.daemon import Daemon, choose

from pipeline.core.environments import resolve
from pipeline.core.settings import load
from pipeline.environment.host.dotenv import update
from pipeline.environment.host.host import Host
from pipeline.environment.odoo import web

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
INITDB = BINARIES[-1] if BINARIES else shutil.which("initdb")
if INITDB is None:
    collect_ignore_glob = ["test_*.py"]

HERE = Path(__file__).parent
PAGE = '<html><link href="/web/assets/1/web.assets.css"></html>'
#: A database as Odoo's, as far as a deployment looks at it.
SCHEMA = """
CREATE EXTENSION unaccent;
ALTER FUNCTION unaccent(text) IMMUTABLE;
CREATE TABLE ir_module_module (id serial PRIMARY KEY, name text, state text, latest_version text);
INSERT INTO ir_module_module (name, state, latest_version) VALUES
  ('base', 'installed', '19.0.1.3'), ('mta', 'installed', '19.0.1.0.0'),
  ('sale', 'uninstalled', NULL);
CREATE TABLE ir_attachment (id serial PRIMARY KEY, name text, store_fname text);
CREATE TABLE ir_config_parameter (id serial PRIMARY KEY, key text UNIQUE, value text);
CREATE TABLE res_partner (id serial PRIMARY KEY, name text NOT NULL,
  create_date timestamp DEFAULT (now() AT TIME ZONE 'UTC'),
  write_date timestamp DEFAULT (now() AT TIME ZONE 'UTC'));
CREATE INDEX partner_name ON res_partner (unaccent(name));
INSERT INTO res_partner (name) VALUES ('Anaïs'), ('tab\there');
"""


@dataclass
class Server:
    """A PostgreSQL that was started for the tests.

    Attributes:
        folder: of its socket and its data.
        control: runs one of its programs.
        begin: what starts it.
    """

    folder: Path
    control: Callable[..., None]
    begin: tuple[str, ...]

    def start(self) -> None:
        """Start it again."""
        self.control(*self.begin)

    def kill(self) -> None:
        """End it as a power cut does."""
        self.control("pg_ctl", "-m", "immediate", "-w", "stop")

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run a statement and give what it prints."""
        argv = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-U", "odoo", "-d", database]
        environment = {**os.environ, "PGHOST": str(self.folder)}
        done = subprocess.run(
            argv, input=statement, env=environment, text=True, capture_output=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


def start_server() -> Iterator[Server]:
    """Start a PostgreSQL, as another user when this is root, and stop it in the end."""
    # Not in pytest's own folder: that one is closed to other users again and again.
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as name:
        folder = Path(name)
        user: list[str] = []
        if os.geteuid() == 0:
            entry = next(e for e in pwd.getpwall() if e.pw_name in ("postgres", "nobody"))
            identity = [f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}"]
            user = ["setpriv", *identity, "--clear-groups"]
            os.chown(folder, entry.pw_uid, entry.pw_gid)
        folder.chmod(0o755)

        def run(program: str, *options: str) -> None:
            argv = [*user, str(Path(str(INITDB)).parent / program), "-D", f"{folder}/data"]
            done = subprocess.run([*argv, *options], capture_output=True, timeout=120)
            assert done.returncode == 0, done.stdout + done.stderr

        run("initdb", "-U", "odoo", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
        settings = f"-k {folder} -c listen_addresses= -c fsync=off"
        settings += " -c max_locks_per_transaction=512 -c max_prepared_transactions=2"
        start = ("pg_ctl", "-o", settings, "-l", f"{folder}/log", "-w", "start")
        run(*start)
        try:
            yield Server(folder, run, start)
        finally:
            run("pg_ctl", "-m", "immediate", "-w", "stop")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The PostgreSQL of the environment."""
    yield from start_server()


@pytest.fixture(scope="session")
def drill_server() -> Iterator[Server]:
    """A second one, in which backups are tried."""
    yield from start_server()


def image(name: str, **changes: Any) -> dict[str, Any]:
    """The description of an image: its add-ons, and what an update with it does."""
    version = changes.pop("version", "19.0.1.0.0")
    addons = {
        "base": {"version": "19.0.1.3", "code": "b", "update": "b"},
        "mta": {"version": version, "own": True, "code": name, "update": version},
    }
    for addon in addons.values():
        addon |= {"installable": True, "depends": []}
    described = {"addons": addons, "update": "SELECT 1", "log": "", "exit": 0, "healthy": True}
    return described | changes


@dataclass
class Vm:
    """An environment on this machine.

    Attributes:
        home: folder of the stand-in for Docker.
        host: what the pipeline works with.
        server: the database server.
        run: runs a command of the pipeline: exit code, and what it printed.
    """

    home: Path
    host: Host
    server: Server
    run: Callable[..., tuple[int, str]]

    @property
    def database(self) -> str:
        """Odoo's database."""
        return self.host.environment.database

    @property
    def backups(self) -> Path:
        """The folder of backups."""
        return self.host.environment.backups

    @property
    def state(self) -> dict[str, Any]:
        """What the stand-in for Docker knows."""
        found: dict[str, Any] = json.loads((self.home / "state.json").read_text())
        return found

    def change(self, **values: Any) -> None:
        """Change what it knows."""
        (self.home / "state.json").write_text(json.dumps(self.state | values))

    def publish(self, name: str, **changes: Any) -> str:
        """Put an image into the registry; gives its reference by digest."""
        digest = hashlib.sha256(name.encode()).hexdigest()
        reference, identity = f"registry.test/odoo-mta@sha256:{digest}", f"sha256:id{digest[2:]}"
        known = json.loads((self.home / "images.json").read_text())
        known[identity] = image(name, **changes)
        (self.home / "images.json").write_text(json.dumps(known))
        self.change(registry={**self.state["registry"], reference: identity})
        return reference

    def command(self, *words: object) -> tuple[int, str]:
        """Run a command of `pipeline environment` on this environment."""
        place = self.host.environment
        where = ("--environment", place.name, "--source", place.directory)
        return self.run("environment", *words, *where)

    def shell(self, command: str, content: bytes | None = None) -> tuple[int, str]:
        """What a person types on the VM; docker gets no variables of the tests' and the shell's."""
        bare = 'docker() { env -i PATH="$PATH" HOME="$HOME" docker "$@"; }; '
        done = subprocess.run(
            ["bash", "-c", bare + command], input=content, capture_output=True, timeout=120
        )
        return done.returncode, (done.stdout + done.stderr).decode()

    def deploy(self, name: str, *options: object, **changes: Any) -> tuple[int, str]:
        """Publish an image and deploy it."""
        reference = self.publish(name, **changes)
        return self.command("deploy", "--image", reference, "--version", name, *options)

    def sql(self, statement: str) -> str:
        """Run a statement in Odoo's database."""
        return self.server.sql(statement, self.database)

    def databases(self) -> list[str]:
        """All databases that are not the server's own."""
        query = "SELECT datname FROM pg_database WHERE datname LIKE 'mta%' ORDER BY 1"
        return self.server.sql(query).split()

    def running(self, service: str) -> list[str]:
        """Names of the images that a service runs."""
        known = {value: key for key, value in self.state["registry"].items()}
        versions = {
            f"registry.test/odoo-mta@sha256:{hashlib.sha256(name.encode()).hexdigest()}": name
            for name in ("v1", "v2", "v3")
        }
        return [
            versions.get(known.get(one["image"], ""), one["image"])
            for one in self.state["containers"].values()
            if one["service"] == service and one["status"] == "running"
        ]

    def attach(self, content: bytes) -> str:
        """Store a file as Odoo does; gives its name."""
        digest = hashlib.sha1(content).hexdigest()
        name = f"{digest[:2]}/{digest}"
        path = self.home / "data" / "filestore" / self.database / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.sql(f"INSERT INTO ir_attachment (name, store_fname) VALUES ('a', '{name}')")
        return name


def listen(home: Path, user: Path) -> Callable[[], None]:
    """Start the daemon of the stand-in, as that of a user's current context; gives what ends it."""
    folder = Path(tempfile.mkdtemp(prefix="docker-", dir="/tmp"))  # a socket's path is short
    choose(user, folder / "docker.sock")
    end = Daemon(home, folder / "docker.sock").start()

    def ended() -> None:
        end()
        shutil.rmtree(folder)

    return ended


@pytest.fixture
def make_vm(
    tmp_path: Path,
    server: Server,
    run_pipeline: Callable[..., tuple[int, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[str], Vm]]:
    """Make an environment, ``uat`` or ``prod``, on which nothing is deployed yet."""
    servers: list[http.server.ThreadingHTTPServer] = []
    ending: list[Callable[[], None]] = []

    def make(name: str = "uat") -> Vm:
        home = tmp_path / "docker"
        (home / "data").mkdir(parents=True)
        (home / "live").symlink_to(server.folder)
        state = {
            "docker": "26.1.5",
            "compose": "2.26.1-4",
            "services": ["postgres", "odoo-mta-web", "odoo-mta-cron", "odoo-mta-proxy"],
            "images": {},
            "registry": {},
            "containers": {
                "proxy": {
                    "service": "odoo-mta-proxy",
                    "image": "odoo-mta-proxy",
                    "status": "running",
                    "address": "127.0.0.1",
                }
            },
            "networks": [],
            "number": 0,
            "faults": [],
            "logins": [],
        }
        (home / "state.json").write_text(json.dumps(state))
        (home / "images.json").write_text("{}")
        (home / "calls").touch()
        program = tmp_path / "bin" / "docker"
        program.parent.mkdir()
        program.write_text(
            f"#!{os.path.realpath(sys.executable)} -IS\n"
            f"import pathlib, sys; sys.path.insert(0, {str(HERE)!r})\n"
            "from docker_stand_in.program import main\n"
            f"sys.exit(main(pathlib.Path({str(home)!r}), sys.argv[1:]))\n"
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        ending.append(listen(home, tmp_path / "home"))
        monkeypatch.setenv("PGHOST", str(server.folder))  # for what tests run themselves
        monkeypatch.setenv("PGUSER", "odoo")
        monkeypatch.delenv("SLACK_WEBHOOK_URL", raising=False)
        place = tmp_path / "place"
        (place / "proxy" / "state").mkdir(parents=True)
        odoo, proxy = _servers(home, place)
        servers.extend([odoo, proxy])
        monkeypatch.setattr(web, "PORT", odoo.server_port)
        (place / "pipeline.toml").write_text(
            '[project]\nname = "odoo-mta"\n'
            f"[environments.{name}]\n"
            f'directory = "{place}"\nbackups = "{tmp_path / "backups"}"\n'
            f"port = {proxy.server_port}\nhealth_seconds = 2\ndrain_seconds = 1\n"
        )
        (place / ".env").write_text(
            f"# a comment\nENVIRONMENT={name}\nCOMPOSE_FILE=docker-compose.yml\nODOO_IMAGE=\n"
            f"ODOO_DATABASE=mta-{name}\nPOSTGRES_PASSWORD=not-secret\n"
        )
        settings = load(place)
        host = Host(resolve(settings.project.name, settings.environments, name))
        return Vm(home, host, server, run_pipeline)

    yield make
    for end in ending:
        end()
    for one in servers:
        one.shutdown()
        one.server_close()
    leftovers = "SELECT datname FROM pg_database WHERE datname LIKE 'mta%'"
    for database in server.sql(leftovers).split():
        server.sql(f'DROP DATABASE "{database}" WITH (FORCE)')


@pytest.fixture
def vm(make_vm: Callable[[str], Vm]) -> Vm:
    """UAT with version v1: a database, a filestore, a proxy."""
    return deployed(make_vm("uat"))


@pytest.fixture
def make_prod(make_vm: Callable[[str], Vm]) -> Callable[[], Vm]:
    """Make PROD with version v1."""
    return lambda: deployed(make_vm("prod"))


def deployed(vm: Vm) -> Vm:
    """As after a deployment of v1, to a database that looks as Odoo's."""
    reference = vm.publish("v1")
    identity = vm.state["registry"][reference]
    if "template_odoo" not in vm.server.sql("SELECT datname FROM pg_database").split():
        vm.server.sql("CREATE DATABASE template_odoo TEMPLATE template0")
        vm.server.sql(SCHEMA, "template_odoo")
    vm.server.sql(f'CREATE DATABASE "{vm.database}" TEMPLATE template_odoo')
    containers = vm.state["containers"]
    for number, service in enumerate(("postgres", "odoo-mta-web", "odoo-mta-cron"), 2):
        containers[f"{service}-{number}"] = {
            "service": service,
            "image": identity if service != "postgres" else service,
            "status": "running",
            "address": f"127.0.1.{number}",
        }
    vm.change(images={reference: identity}, containers=containers, number=4)
    update(vm.host.environment.dotenv, {"ODOO_IMAGE": reference, "ODOO_VERSION": "v1"})
    return vm


def _servers(home: Path, place: Path) -> tuple[Any, Any]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

        def container(self) -> dict[str, Any] | None:
            address = self.connection.getsockname()[0]
            state = json.loads((home / "state.json").read_text())
            found = (c for c in state["containers"].values() if c["address"] == address)
            return next(found, None)

        def do_GET(self) -> None:
            described = json.loads((home / "images.json").read_text())
            one = self.container()
            good = one and one["status"] == "running" and described[one["image"]]["healthy"]
            body = (PAGE if good else "no").encode()
            self.send_response(200 if good else 500)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    class Proxy(Handler):
        def container(self) -> dict[str, Any] | None:
            if (place / "proxy" / "state" / "maintenance").exists():
                return None
            upstream = place / "proxy" / "state" / "upstream.conf"
            text = upstream.read_text() if upstream.exists() else ""
            wanted = text.split()[2].rstrip(";") if text else ""
            state = json.loads((home / "state.json").read_text())
            for name, one in state["containers"].items():
                if one["service"] == "odoo-mta-web" and wanted in ("", name):
                    found: dict[str, Any] = one
                    return found
            return None

    servers = []
    for handler in (Handler, Proxy):
        server = http.server.ThreadingHTTPServer(("0.0.0.0", 0), handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
    return servers[0], servers[1]
