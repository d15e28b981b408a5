"""An environment on this machine: a real PostgreSQL, a stand-in for Docker, web servers.

These tests exist only where there is a PostgreSQL server; the container of the Python tests has
one ([python] apt in pipeline.toml).
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from docker_stand_in.daemon import Daemon, choose
from docker_stand_in.kept import keep
from played_vm import Vm, deployed
from played_websites import start_websites
from postgres_server import PROGRAMS, PostgresServer, start_server

from pipeline.core.settings import load
from pipeline.core.settings.environments import resolve
from pipeline.environment.host.host import Host
from pipeline.environment.odoo import web

if PROGRAMS is None:
    collect_ignore_glob = ["test_*.py"]

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    """The PostgreSQL of the environment."""
    with start_server() as started:
        yield started


@pytest.fixture(scope="session")
def drill_server() -> Iterator[PostgresServer]:
    """A second one, in which backups are tried."""
    with start_server() as started:
        yield started


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
    server: PostgresServer,
    run_pipeline: Callable[..., tuple[int, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[str], Vm]]:
    """Make an environment, ``uat`` or ``prod``, on which nothing is deployed yet."""
    servers: list[ThreadingHTTPServer] = []
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
        keep(home, "state", state)
        keep(home, "images", {})
        (home / "calls").touch()
        program = tmp_path / "bin" / "docker"
        program.parent.mkdir()
        program.write_text(
            f"#!{os.path.realpath(sys.executable)} -IS\n"
            f"import sys; sys.path.insert(0, {str(HERE)!r})\n"
            "from docker_stand_in.program import main\n"
            f"sys.exit(main({str(home)!r}, sys.argv[1:]))\n"
        )
        program.chmod(0o755)
        # PostgreSQL's programs themselves: Debian's of the same names look for them first, in Perl.
        monkeypatch.setenv("PATH", f"{program.parent}:{PROGRAMS}:{os.environ['PATH']}")
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        ending.append(listen(home, tmp_path / "home"))
        monkeypatch.setenv("PGHOST", str(server.folder))  # for what tests run themselves
        monkeypatch.setenv("PGUSER", "odoo")
        monkeypatch.delenv("SLACK_WEBHOOK_URL", raising=False)
        place = tmp_path / "place"
        (place / "proxy" / "state").mkdir(parents=True)
        odoo, proxy = start_websites(home, place)
        servers.extend([odoo, proxy])
        monkeypatch.setattr(web, "PORT", odoo.server_port)
        postgres = int(server.sql("SHOW server_version_num")) // 10000
        (place / "pipeline.toml").write_text(
            f'[project]\nname = "odoo-mta"\n[odoo]\npostgres = {postgres}\n'
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
